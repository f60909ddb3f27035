"""Rules of a town, from the observation to what is done."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from tests.operate.rules.conftest import SITI, T1, T2, RuledTown, rule

from kota.errors import ConfigurationError
from kota.operate.commands.command import Mode

Open = Callable[..., Awaitable[RuledTown]]
LOW = 'if = { is = "low", attribute = "level", limit = 2.0, deadband = 0.5 }'
PUMP = "urn:ngsi-ld:Pump:P-1"
Z1 = "urn:ngsi-ld:Zone:Z-1"
SQUARE = [[106.0, -6.0], [107.0, -6.0], [107.0, -5.0], [106.0, -5.0], [106.0, -6.0]]


async def test_threshold_when_it_begins_to_hold_then_fires_once_until_it_ended(
    ruled: Open,
) -> None:
    t = await ruled(rule(LOW))
    seen = []
    for level in (3.0, 1.9, 1.8, 2.4, 2.6, 1.5):
        t.clock.advance(10)
        await t.say(level=level)
        seen.append((t.count(), t.is_active()))
    assert seen == [(0, False), (1, True), (1, True), (1, True), (1, False), (2, True)]


async def test_firing_when_it_happens_then_it_is_explained_and_audited(ruled: Open) -> None:
    t = await ruled(rule(LOW))
    t.clock.advance(10)
    await t.say(level=1.5, name="East tank")
    (told,) = await t.journal()
    (seen,) = told.evidence
    assert (seen.words, seen.holds, seen.entity) == ("level is low (2)", True, T1)
    assert (seen.attribute, seen.value, seen.limit) == ("level", 1.5, 2.0)
    assert (told.version, told.digest) == (1, t.rules.definition("r").digest)
    assert [(one.do, one.state, one.id) for one in told.outcomes] == [
        ("work", "done", "urn:ngsi-ld:WorkOrder:1")
    ]
    (line,) = await t.audited("rule.fired")
    assert (line["who"], line["role"], line["subject"]) == ("r", "rule", T1)
    assert line["detail"]["evidence"][0]["value"] == 1.5
    entity = await t.state.get("urn:ngsi-ld:RuleFiring:r:Tank:T-1")
    assert entity is not None
    assert entity.scope == ("/Town/North",)


async def test_lasting_when_it_holds_long_enough_then_fires_at_that_instant(ruled: Open) -> None:
    t = await ruled(rule(LOW, lasting="60"))
    began = t.clock.now()
    await t.say(level=1.5)
    await t.after(59.9)
    assert t.count() == 0
    await t.after(0.2)
    found = t.record()
    assert found is not None
    assert (found.count, found.fired_at) == (1, began + 60_000_000)


async def test_lasting_when_it_is_interrupted_then_does_not_fire(ruled: Open) -> None:
    t = await ruled(rule(LOW, lasting="60"))
    await t.say(level=1.5)
    t.clock.advance(40)
    await t.say(level=3.0)
    t.clock.advance(10)
    await t.say(level=1.5)
    await t.after(40)
    assert t.count() == 0
    await t.after(21)
    assert t.count() == 1


async def test_silence_when_nothing_comes_then_fires_without_an_observation(ruled: Open) -> None:
    t = await ruled(rule('if = { is = "stale", attribute = "level", limit = 300 }'))
    await t.say(level=3.0)
    await t.after(299)
    assert t.count() == 0
    await t.after(2)
    assert t.count() == 1
    await t.say(level=3.0)
    assert not t.is_active()


async def test_again_when_it_is_quiet_then_fires_after_that_if_it_holds(ruled: Open) -> None:
    t = await ruled(rule(LOW, again_after="600"))
    for level in (1.5, 3.0, 1.5):
        t.clock.advance(10)
        await t.say(level=level)
    assert t.count() == 1
    await t.after(570)
    assert t.count() == 1
    await t.after(20)
    assert t.count() == 2


async def test_calendar_when_the_hour_comes_then_fires_with_nothing_observed(ruled: Open) -> None:
    t = await ruled(rule('calendar = { from = "22:00", until = "05:00", days = ["thu"] }'))
    await t.say(level=3.0)  # 2026-01-01, a Thursday, 00:00 UTC
    await t.after(21 * 3600)
    assert t.count() == 0
    await t.after(3601)
    assert t.is_active()
    await t.after(6 * 3600)
    assert t.is_active()  # 04:00 on Friday belongs to the night of Thursday
    await t.after(3600)
    assert not t.is_active()
    await t.after(20 * 3600)
    assert t.count() == 1


async def test_fence_when_a_thing_enters_the_zone_then_fires_and_follows_the_zone(
    ruled: Open,
) -> None:
    t = await ruled(rule(f'inside = {{ zone = "{Z1}" }}', type='"Vehicle"'))
    bus = "urn:ngsi-ld:Vehicle:B-1"
    await t.say(bus, at=(105.5, -5.5))
    await t.say(Z1, area=SQUARE)
    assert t.count(subject=bus) == 0
    t.clock.advance(1)
    await t.say(bus, at=(106.5, -5.5))
    assert t.is_active(subject=bus)
    moved = [[x - 3, y] for x, y in SQUARE]
    await t.say(Z1, area=moved)
    assert not t.is_active(subject=bus)


async def test_fence_when_it_is_around_a_point_then_metres_count(ruled: Open) -> None:
    t = await ruled(
        rule(
            "inside = { area = [[106.0, -6.0], [106.1, -6.0], [106.1, -5.9]], within = 500 }",
            type='"Vehicle"',
        )
    )
    bus = "urn:ngsi-ld:Vehicle:B-1"
    await t.say(bus, at=(106.05, -6.006))  # about 660 m south
    assert t.count(subject=bus) == 0
    t.clock.advance(1)
    await t.say(bus, at=(106.05, -6.004))  # about 440 m
    assert t.count(subject=bus) == 1


@pytest.mark.parametrize(
    ("related", "tank", "pump"),
    [
        (f'entity = "{PUMP}"', {}, {}),
        ('via = "filledBy"', {"filledBy": PUMP}, {}),
        ('type = "Pump", by = "fills"', {}, {"fills": T1}),
        ('type = "Pump", same = "zone"', {"zone": "north"}, {"zone": "north"}),
        ('type = "Pump", near = 200', {"at": (106.8, -6.2)}, {"at": (106.801, -6.2)}),
    ],
)
@pytest.mark.parametrize("tank_first", [True, False])
async def test_related_when_both_systems_meet_their_clause_then_fires(
    ruled: Open, related: str, tank: dict[str, str], pump: dict[str, str], tank_first: bool
) -> None:
    asks = f'related = {{ {related} }}\nif = {{ is = "equals", attribute = "power", value = 0.0 }}'
    t = await ruled(rule(f"{LOW}\n---\n{asks}"))

    async def tanks() -> None:
        await t.say(T1, level=1.0, **tank)
        await t.say(T2, level=1.0)

    async def pumps() -> None:
        await t.say(PUMP, power=0.0, **pump)
        await t.say("urn:ngsi-ld:Pump:P-2", power=1.0)

    first, second = (tanks, pumps) if tank_first else (pumps, tanks)
    await first()
    assert t.count() == 0
    await second()
    assert t.count() == 1
    expected = 1 if related.startswith("entity") else 0
    assert t.count(subject=T2) == expected
    (told,) = await t.journal()
    assert [one.entity for one in told.evidence] == [T1, PUMP]
    t.clock.advance(1)
    await t.say(PUMP, power=5.0)
    assert not t.is_active()


async def test_related_when_none_may_then_an_empty_neighbourhood_counts(ruled: Open) -> None:
    asks = 'related = { type = "Pump", by = "fills" }\nof_them = "none"\n'
    asks += 'if = { is = "high", attribute = "power", limit = 0.0 }'
    t = await ruled(rule(asks))
    await t.say(T1, level=1.0)
    assert t.is_active()
    await t.say(PUMP, power=2.0, fills=T1)
    assert not t.is_active()
    await t.delete(PUMP)
    assert t.is_active()


async def test_match_when_any_then_one_clause_is_enough(ruled: Open) -> None:
    high = 'if = { is = "high", attribute = "level", limit = 8.0 }'
    t = await ruled(rule(f"{LOW}\n---\n{high}", match='"any"'))
    for level, active in ((9.0, True), (5.0, False), (1.0, True)):
        t.clock.advance(1)
        await t.say(level=level)
        assert t.is_active() is active


async def test_command_when_manual_then_refused_when_automatic_then_sent_once(ruled: Open) -> None:
    then = f'do = "command"\nentity = "{PUMP}"\nvalue = "OPEN"'
    t = await ruled(rule(LOW, then))
    await t.say(PUMP, status="CLOSED")
    await t.commands.settle()
    await t.say(level=1.0)
    (told,) = await t.journal()
    assert told.outcomes[0].state == "done"
    assert "refused" in told.outcomes[0].words
    t.clock.advance(1)
    await t.say(level=3.0)
    await t.commands.set_mode(PUMP, Mode.AUTOMATIC, SITI)
    t.clock.advance(1)
    await t.say(level=1.0)
    told = (await t.journal())[-1]
    assert "sent" in told.outcomes[0].words
    command = await t.commands.command(told.outcomes[0].id or "")
    assert (command.actor.name, command.actor.role) == ("r", "rule")
    assert command.cause == "urn:ngsi-ld:RuleFiring:r:Tank:T-1"


async def test_set_when_told_then_the_attribute_is_stated_and_audited(ruled: Open) -> None:
    t = await ruled(rule(LOW, 'do = "set"\nattribute = "state"\nvalue = "low"'))
    await t.say(level=1.0)
    tank = await t.state.get(T1)
    assert tank is not None
    assert [one[0].value for name, one in tank.attrs.items() if name.endswith("state")] == ["low"]
    (line,) = await t.audited("rule.set")
    assert line["cause"] == "urn:ngsi-ld:RuleFiring:r:Tank:T-1"


async def test_set_when_it_is_what_an_actuator_tells_then_refused(ruled: Open) -> None:
    then = 'do = "set"\nattribute = "status"\nvalue = "OPEN"'
    t = await ruled(
        rule('if = { is = "equals", attribute = "status", value = "CLOSED" }', then, type='"Pump"')
    )
    await t.say(PUMP, status="CLOSED")
    await t.commands.settle()
    t.clock.advance(1)
    await t.say(PUMP, status="x")
    t.clock.advance(1)
    await t.say(PUMP, status="CLOSED")
    told = (await t.journal(subject=PUMP))[-1]
    assert told.outcomes[0].state == "failed"
    assert "may not state what an actuator tells" in told.outcomes[0].words


async def test_notice_when_told_then_it_is_put_to_the_chain(ruled: Open) -> None:
    t = await ruled(rule(LOW, 'do = "notify"\nto = "duty"\ntext = "Tank is low"'))
    await t.say(level=1.0)
    assert t.notebook.told == [("urn:ngsi-ld:RuleFiring:r:Tank:T-1:1:0", "duty", "Tank is low")]


async def test_rules_when_they_undo_each_other_then_stopped(ruled: Open) -> None:
    on = rule(
        'if = { is = "equals", attribute = "flag", value = true }',
        'do = "set"\nattribute = "flag"\nvalue = false',
    )
    off = rule(
        'if = { is = "equals", attribute = "flag", value = false }',
        'do = "set"\nattribute = "flag"\nvalue = true',
        id='"s"',
    )
    t = await ruled(on + off)
    await t.say(level=1.0, flag=True)
    for _ in range(100):
        await t.rules.settle()
    assert 20 < t.count() < 40
    assert "stopped" in next(iter(t.rules.stopped.values()))


async def test_load_when_a_file_is_wrong_then_refused_with_its_line_and_the_running_ones_stay(
    ruled: Open,
) -> None:
    t = await ruled(rule(LOW))
    before = (t.folder / "rules" / "town.toml").read_text()
    bad = before.replace("low", "lowish", 1)
    with pytest.raises(ConfigurationError, match=r"town\.toml line 6: is: 'lowish' is unknown"):
        await t.rules.load({"town.toml": bad}, SITI)
    assert (t.folder / "rules" / "town.toml").read_text() == before
    await t.say(level=1.0)
    assert t.count() == 1


async def test_load_when_a_rule_changed_then_it_has_a_new_version_and_the_audit_says_who(
    ruled: Open,
) -> None:
    t = await ruled(rule(LOW))
    first = t.rules.definition("r").digest
    changed = await t.rules.load({"town.toml": rule(LOW.replace("2.0", "1.0"))}, SITI)
    assert changed == ["r"]
    versions = t.rules.versions.of("r")
    assert [(one.number, one.by) for one in versions] == [(1, "Kota"), (2, "Siti")]
    assert versions[0].digest == first != versions[1].digest
    assert (await t.audited("rules.load"))[-1]["who"] == "Siti"
    await t.say(level=1.5)
    assert t.count() == 0
    t.clock.advance(1)
    await t.say(level=0.5)
    assert (await t.journal())[0].version == 2


async def test_load_when_a_rule_looks_back_then_history_fills_what_it_looks_at(
    ruled: Open,
) -> None:
    t = await ruled("")
    for level in (1.0, 1.0, 1.0):
        await t.say(level=level)
        t.clock.advance(20)
    mean = 'if = { is = "low", attribute = "level", limit = 2, window = 30, over = "mean" }'
    await t.rules.load({"town.toml": rule(mean)}, SITI)
    assert t.is_active()


async def test_start_when_rules_were_out_of_force_then_what_is_long_past_does_not_fire(
    ruled: Open,
) -> None:
    t = await ruled(rule(LOW))
    await t.say(level=3.0)
    await t.rules.load({"town.toml": None}, SITI)
    t.clock.advance(3600)
    await t.say(level=1.0)
    t.clock.advance(10)
    await t.say(level=3.0)
    t.clock.advance(3600)
    await t.crash()
    t = await ruled(rule(LOW))
    assert t.count() == 0


async def test_load_when_a_rule_is_taken_out_then_what_it_said_is_over(ruled: Open) -> None:
    t = await ruled(rule(LOW))
    await t.say(level=1.0)
    assert t.is_active()
    await t.rules.load({"town.toml": None}, SITI)
    assert not t.is_active()
    assert t.rules.definitions == ()


async def test_restart_when_a_rule_holds_then_it_does_not_fire_again(ruled: Open) -> None:
    t = await ruled(rule(LOW))
    await t.say(level=1.0)
    for end in (t.close, t.crash):
        await end()
        t.clock.advance(5)
        t = await ruled()
        await t.rules.settle()
        assert (t.count(), t.is_active()) == (1, True)
    assert len(t.notebook.opened) == 1


async def test_crash_when_something_was_committed_and_not_judged_then_it_fires_at_the_start(
    ruled: Open,
) -> None:
    t = await ruled(rule(LOW))
    await t.say(level=3.0)
    t.clock.advance(1)
    await t.say(level=1.0, settle=False)
    t.clock.advance(1)
    await t.say(level=3.0, settle=False)
    await t.crash()
    t.clock.advance(5)
    t = await ruled()
    assert (t.count(), t.is_active()) == (1, False)


async def test_crash_when_it_was_lasting_then_the_time_before_counts(ruled: Open) -> None:
    t = await ruled(rule(LOW, lasting="60"))
    await t.say(level=1.5)
    await t.after(30)
    await t.crash()
    t.clock.advance(10)
    t = await ruled()
    assert t.count() == 0
    await t.after(21)
    assert t.count() == 1


async def test_plant_when_it_has_a_clock_of_its_own_then_that_counts(ruled: Open) -> None:
    t = await ruled(rule(LOW, lasting="600"))
    t.told("water", ahead=0, speed=60)
    await t.say(level=1.5, clock="water")
    await t.after(9)
    assert t.count() == 0
    await t.after(2)
    assert t.count() == 1
