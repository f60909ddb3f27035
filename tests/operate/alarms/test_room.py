"""Alarms of a town, from the observation to the operator."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import msgspec
import pytest
from tests.operate.alarms.conftest import LOW, SITI, T1, T2, Town, alarm_of, defined

from kota.errors import ConfigurationError, ConflictError, NotFoundError
from kota.model.instant import SECOND
from kota.model.quality import Level, Quality
from kota.operate.alarms import Condition, Suppression
from kota.operate.alarms.desk import Wanted
from kota.operate.alarms.states import Event, State

Open = Callable[..., Awaitable[Town]]


async def test_threshold_when_crossed_then_raised_and_ended_behind_the_deadband(
    town: Open,
) -> None:
    t = await town(defined())
    seen = []
    for level in (2.0, 1.9, 2.1, 2.49, 2.5, 2.4):
        t.clock.advance(1)
        await t.say(level=level)
        seen.append(t.state_of())
    assert seen == ["normal", *["unacknowledged"] * 3, "returned", "returned"]


async def test_alarm_when_raised_then_it_is_an_alert_with_its_cause(town: Open) -> None:
    t = await town(defined(owner="water"))
    t.clock.advance(1)
    await t.say(level=1.5, name="East tank")
    alert = await t.state.get(alarm_of())
    assert alert is not None
    said = {
        name.rsplit("/", 1)[-1].rsplit(":", 1)[-1]: one[0].value
        for name, one in alert.attrs.items()
    }
    assert said["alarmState"] == "unacknowledged"
    assert said["severity"] == "high"
    assert said["name"] == "Level is low: East tank"
    assert said["alertSource"] == T1
    assert said["alarmTransition"]["value"] == 1.5
    assert said["alarmTransition"]["limit"] == 2.0
    assert said["alarmTransition"]["by"] == "Kota"
    assert alert.scope == ("/Town/North",)


async def test_alarm_when_it_lives_then_every_step_is_in_its_journal(town: Open) -> None:
    t = await town(defined())
    for level in (3.0, 1.5, 2.3, 2.6):
        t.clock.advance(10)
        await t.say(level=level)
    assert t.state_of() == "returned"
    alarm = await t.act(Event.ACKNOWLEDGE, why="valve was shut")
    assert (alarm.state, alarm.acknowledged_by) == (State.NORMAL, "Siti")
    assert await t.events() == ["raise", "clear", "acknowledge"]
    last = (await t.desk.journal([alarm_of()]))[alarm_of()][-1]
    assert (last.by, last.role, last.why) == ("Siti", "operator", "valve was shut")


async def test_operator_when_the_state_does_not_allow_it_then_refused_and_nothing_changes(
    town: Open,
) -> None:
    t = await town(defined())
    await t.say(level=3.0)
    before = t.alarm()
    for event in (Event.ACKNOWLEDGE, Event.RESET, Event.UNSHELVE, Event.RESTORE, Event.ASSIGN):
        with pytest.raises(ConflictError, match="the alarm is normal"):
            await t.act(event)
    with pytest.raises(NotFoundError):
        await t.act(Event.ACKNOWLEDGE, name="urn:ngsi-ld:Alert:low:Tank:T-9")
    assert t.alarm() == before
    assert await t.events() == []


async def test_delay_on_when_the_condition_is_short_then_nothing_is_raised(town: Open) -> None:
    t = await town(defined(delay_on=60))
    await t.say(level=1.0)
    await t.after(59)
    assert t.state_of() == "normal"
    await t.say(level=3.0)
    await t.after(60)
    assert t.state_of() == "normal"
    await t.say(level=1.0)
    await t.after(60)
    assert t.state_of() == "unacknowledged"


async def test_delay_off_when_the_condition_comes_back_then_the_alarm_stays(town: Open) -> None:
    t = await town(defined(delay_off=60))
    await t.say(level=1.0)
    await t.after(10)
    await t.say(level=3.0)
    await t.after(50)
    await t.say(level=1.0)
    await t.after(50)
    assert t.state_of() == "unacknowledged"
    await t.say(level=3.0)
    await t.after(60)
    assert await t.events() == ["raise", "clear"]


async def test_bad_value_when_it_crosses_the_limit_then_it_is_not_judged(town: Open) -> None:
    bad = Quality(Level.BAD)
    t = await town(defined(), defined("bad", Condition("bad", "level")))
    await t.say(level=0.0, quality=bad)
    assert t.state_of() == "normal"
    assert t.state_of(alarm_of(name="bad")) == "unacknowledged"


@pytest.mark.parametrize(
    ("when", "levels", "expected"),
    [
        (Condition("high", "level", limit=5.0), [5.0, 5.1], "unacknowledged"),
        (Condition("high", "level", against="maxLevel", limit=-1.0), [9.0, 9.1], "unacknowledged"),
        (Condition("rising", "level", limit=100.0, window=20), [1.0, 2.0, 3.0], "unacknowledged"),
        (Condition("rising", "level", limit=400.0, window=20), [1.0, 2.0, 3.0], "normal"),
        (Condition("falling", "level", limit=100.0, window=20), [3.0, 2.0, 1.0], "unacknowledged"),
        (Condition("falling", "level", limit=100.0, window=20), [1.0, 2.0, 3.0], "normal"),
        (
            Condition("high", "level", limit=2.0, window=20, over="mean"),
            [1, 2, 4],
            "unacknowledged",
        ),
        (Condition("high", "level", limit=2.0, window=20, over="least"), [1, 3, 4], "normal"),
        (
            Condition("high", "level", limit=2.0, window=20, over="least"),
            [3, 3, 4],
            "unacknowledged",
        ),
        (Condition("high", "level", limit=2.0, window=60, over="most"), [3, 3, 4], "normal"),
        (
            Condition("deviation", "level", against="maxLevel", limit=2.0),
            [8, 7.9],
            "unacknowledged",
        ),
        (Condition("query", q="level<2|maxLevel<2"), [3, 1], "unacknowledged"),
        (Condition("equals", "level", value=3.0), [1, 3], "unacknowledged"),
        (Condition("differs", "level", value=3.0), [1, 3], "returned"),
        (Condition("low", "level", limit=2.0, only_while="maxLevel>20"), [1, 1], "normal"),
    ],
)
async def test_condition_of_each_kind(
    town: Open, when: Condition, levels: list[float], expected: str
) -> None:
    t = await town(defined(when=when))
    for level in levels:
        t.clock.advance(10)
        await t.say(level=float(level), maxLevel=10.0)
    assert t.state_of() == expected


async def test_deviation_when_a_forecast_is_meant_then_the_one_for_now_is_compared(
    town: Open,
) -> None:
    when = Condition("deviation", "level", against="levelForecast", lag=60, limit=1.0)
    t = await town(defined(when=when))
    await t.say(level=3.0, levelForecast=4.0)
    t.clock.advance(30)
    await t.say(level=3.5, levelForecast=9.0)
    t.clock.advance(30)
    await t.say(level=4.1, levelForecast=9.0)
    assert t.state_of() == "normal"
    t.clock.advance(30)
    await t.say(level=4.1)
    assert t.state_of() == "unacknowledged"


async def test_stale_when_nothing_comes_then_raised_and_ended_by_the_next_value(
    town: Open,
) -> None:
    t = await town(defined(when=Condition("stale", "level", limit=60)))
    for _ in range(3):
        await t.say(level=3.0)
        await t.after(50)
    assert t.state_of() == "normal"
    await t.after(11)
    assert t.state_of() == "unacknowledged"
    await t.say(level=3.0)
    assert t.state_of() == "returned"
    await t.after(61)
    assert await t.events() == ["raise", "clear", "raise"]


async def test_stale_when_the_entity_never_came_then_raised(town: Open) -> None:
    t = await town(defined(when=Condition("stale", "level", limit=60), entity=T2))
    await t.after(61)
    assert t.state_of(alarm_of(T2)) == "unacknowledged"
    await t.say(T2, level=1.0)
    assert t.state_of(alarm_of(T2)) == "returned"


async def test_stale_when_a_plant_has_not_told_its_time_then_nothing_is_said(town: Open) -> None:
    t = await town(defined(when=Condition("stale", "level", limit=60)))
    await t.say(level=3.0, ago=3600, clock="water")
    await t.after(600)
    assert t.state_of() == "normal"
    t.told("water", ahead=-4170, speed=20)
    await t.after(1)
    assert t.state_of() == "normal"
    await t.after(1)
    assert t.state_of() == "unacknowledged"


async def test_latching_when_over_and_acknowledged_then_it_waits_for_a_reset(town: Open) -> None:
    t = await town(defined(latching=True))
    await t.say(level=1.0)
    await t.act(Event.ACKNOWLEDGE)
    t.clock.advance(1)
    await t.say(level=3.0)
    assert t.state_of() == "latched"
    await t.act(Event.RESET)
    assert t.state_of() == "normal"


async def test_shelved_when_its_time_is_over_then_it_is_as_its_condition_is(town: Open) -> None:
    t = await town(defined())
    await t.say(level=1.0)
    await t.act(Event.SHELVE, hours=1, why="pump is repaired")
    await t.after(3599)
    assert t.state_of() == "shelved"
    await t.after(1)
    assert t.state_of() == "unacknowledged"
    await t.act(Event.SHELVE, hours=1)
    await t.say(level=3.0)
    await t.after(3600)
    assert t.state_of() == "normal"
    with pytest.raises(ConflictError, match="at most 8 h"):
        await t.act(Event.SHELVE, hours=8.1)


async def test_suppressed_by_design_when_that_ends_then_the_alarm_is_shown(town: Open) -> None:
    works = Suppression('status=="works"', "works on the tank")
    zone = Suppression("inflow<1", "the zone is shut", entity="urn:ngsi-ld:Zone:Z")
    t = await town(defined(suppress=(works, zone)))
    await t.say(level=1.0, status="works")
    assert t.state_of() == "suppressed"
    t.clock.advance(1)
    await t.say(status="on")
    assert t.state_of() == "unacknowledged"
    await t.say("urn:ngsi-ld:Zone:Z", inflow=0.0)
    assert t.state_of() == "suppressed"
    journal = (await t.desk.journal([alarm_of()]))[alarm_of()]
    assert journal[-1].why == "the zone is shut"
    await t.delete("urn:ngsi-ld:Zone:Z")
    assert t.state_of() == "unacknowledged"


async def test_escalation_when_nobody_acknowledges_then_the_next_one_gets_it(town: Open) -> None:
    t = await town(defined(escalate_after=60, escalate_to=("shift lead", "duty engineer")))
    await t.say(level=1.0)
    await t.after(60)
    assert t.alarm().assignee == "shift lead"  # type: ignore[union-attr]
    await t.after(60)
    assert t.alarm().assignee == "duty engineer"  # type: ignore[union-attr]
    await t.after(600)
    assert await t.events() == ["raise", "escalate", "escalate"]


async def test_escalation_when_acknowledged_in_time_then_nobody_is_called(town: Open) -> None:
    t = await town(defined(escalate_after=60, escalate_to=("shift lead",)))
    await t.say(level=1.0)
    await t.act(Event.ACKNOWLEDGE)
    await t.after(61)
    assert await t.events() == ["raise", "acknowledge"]


async def test_entity_when_deleted_then_its_alarm_ends_with_a_reason(town: Open) -> None:
    t = await town(defined())
    await t.say(level=1.0)
    await t.delete(T1)
    assert t.state_of() == "normal"
    journal = (await t.desk.journal([alarm_of()]))[alarm_of()]
    assert journal[-1].why == "the entity was deleted"


async def test_scope_when_the_entity_lies_elsewhere_then_it_is_not_watched(town: Open) -> None:
    t = await town(defined(scope="/Town/South/#"), defined("here", scope="/Town/North"))
    await t.say(level=1.0)
    assert t.state_of() is None
    assert t.state_of(alarm_of(name="here")) == "unacknowledged"


async def test_cause_when_shared_then_one_incident(town: Open) -> None:
    t = await town(defined(cause=("zone",), group_within=600))
    for name, zone in (("A", "urn:z:1"), ("B", "urn:z:2"), ("C", "urn:z:1"), ("D", "urn:z:2")):
        await t.say(f"urn:ngsi-ld:Tank:{name}", level=1.0, zone=zone)
        await t.after(300)
    found = t.desk.incidents(t.desk.select(Wanted()))
    members = [sorted(one.entity[-1] for one in each.alarms) for each in found]
    assert sorted(members) == [["A", "C"], ["B", "D"]]
    await t.after(601)
    await t.say("urn:ngsi-ld:Tank:E", level=1.0, zone="urn:z:1")
    assert len(t.desk.incidents(t.desk.select(Wanted()))) == 3


async def test_cause_when_an_alarm_joins_two_incidents_then_they_are_one(town: Open) -> None:
    pipe = defined(
        "pipe", Condition("high", "flow", limit=9.0), type="Pipe", cause=("startsAt", "endsAt")
    )
    t = await town(defined(), pipe)
    await t.say(T1, level=1.0)
    await t.say(T2, level=1.0)
    assert len(t.desk.incidents(t.desk.select(Wanted()))) == 2
    await t.say("urn:ngsi-ld:Pipe:P", flow=10.0, startsAt=T1, endsAt=T2)
    (incident,) = t.desk.incidents(t.desk.select(Wanted()))
    assert incident.first.entity == T1
    assert (len(incident.alarms), incident.unseen) == (3, 3)
    alert = await t.state.get(alarm_of(T2))
    assert alert is not None
    assert alert.attrs["urn:kota:ns:alarmGroup"][0].value == incident.id


async def test_reload_when_bad_then_refused_and_the_running_ones_stay(town: Open) -> None:
    t = await town(defined())
    t.definitions = ()
    with pytest.raises(ConfigurationError):
        await t.alarms.reload()
    await t.say(level=1.0)
    assert t.state_of() == "unacknowledged"


async def test_reload_when_the_limit_moved_then_the_present_is_judged_anew(town: Open) -> None:
    t = await town(defined(), defined("other"))
    await t.say(level=1.0)
    await t.act(Event.ACKNOWLEDGE)
    t.definitions = (defined(when=msgspec.structs.replace(LOW, limit=0.2)),)
    assert await t.alarms.reload() == 1
    assert t.state_of() == "normal"
    assert t.state_of(alarm_of(name="other")) == "normal"
    journal = (await t.desk.journal([alarm_of(name="other")]))[alarm_of(name="other")]
    assert journal[-1].event is Event.RETIRE


async def test_judging_when_one_definition_fails_then_the_others_go_on(
    town: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    t = await town(defined(), defined("broken"))
    await t.say(level=3.0)

    def fail(*_: object) -> None:
        raise RuntimeError("no such thing")

    watch = t.alarms.engine.watches[alarm_of(name="broken")]
    monkeypatch.setattr(watch, "rule", watch.rule._replace(judge=fail))
    t.clock.advance(1)
    await t.say(level=1.0)
    assert t.state_of() == "unacknowledged"
    assert t.alarms.engine.faults == {"broken": f"{T1}: no such thing"}


async def test_report_when_asked_then_it_counts_what_operators_saw(town: Open) -> None:
    t = await town(defined())
    start = t.clock.now()
    for _ in range(3):
        await t.say(level=1.0)
        await t.after(10)
        await t.say(level=3.0)
        await t.after(5)
    await t.act(Event.ACKNOWLEDGE)
    t.clock.time = start + 3600 * SECOND
    found = await t.desk.report(start=start, end=t.clock.now(), operators=1)
    assert (found.alarms, found.per_operator_hour) == (3, 3.0)
    assert found.chattering == [alarm_of()]
    assert found.top[0].count == 3
    assert (found.acknowledged, found.median_to_acknowledge) == (1, 45.0)
    assert (found.waiting, found.incidents) == (0, 1)
    assert SITI.name == "Siti"
