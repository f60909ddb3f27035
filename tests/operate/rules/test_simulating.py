"""What a rule would have done in the past is what it did live."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.conftest import ManualClock
from tests.operate.rules.conftest import T1, T2, RuledTown, rule
from tests.operate.rules.test_room import LOW, Open

from kota.errors import ConfigurationError
from kota.model.instant import render

NOW = 1_767_225_600_000_000
RULES = {
    "threshold": rule(LOW, id='"r"'),
    "lasting": rule(LOW, id='"r"', lasting="25"),
    "quiet": rule(LOW, id='"r"', again_after="60"),
    "mean": rule('if = { is = "low", attribute = "level", limit = 2, window = 30, over = "mean" }'),
    "falling": rule('if = { is = "falling", attribute = "level", limit = 100, window = 20 }'),
    "stale": rule('if = { is = "stale", attribute = "level", limit = 25 }'),
    "calendar": rule(LOW + '\n---\ncalendar = { from = "00:01", until = "00:02" }'),
    "related": rule(
        LOW
        + '\n---\nrelated = { type = "Pump", by = "fills" }\nof_them = "none"\n'
        + 'if = { is = "equals", attribute = "power", value = 1.0 }'
    ),
    "fence": rule(
        "outside = { area = [[106.0, -6.0], [106.1, -6.0], [106.1, -5.9]] }", lasting="10"
    ),
}
STEPS = st.lists(
    st.tuples(
        st.integers(1, 30),  # seconds that pass
        st.sampled_from(["T1", "T2", "pump", "nothing"]),
        st.sampled_from([0.5, 1.9, 2.2, 2.4, 3.0]),
        st.booleans(),
    ),
    min_size=3,
    max_size=10,
)


async def live(folder: Path, text: str, steps: list[tuple[int, str, float, bool]]) -> RuledTown:
    """A town in which these things happened, each judged when it came."""
    clock = ManualClock(NOW)
    t = await RuledTown(folder, clock).open(text)
    for seconds, who, level, flag in steps:
        for _ in range(seconds * 2):
            clock.advance(0.5)
            due = t.rules.engine.soonest()
            if due is not None and due <= clock.now():
                await t.rules.settle()
        if who == "pump":
            await t.say("urn:ngsi-ld:Pump:P", power=float(flag), fills=T1 if flag else T2)
        elif who != "nothing":
            place = (106.09, -5.98) if flag else (106.5, -5.95)
            await t.say(T1 if who == "T1" else T2, level=level, at=place)
    return t


@pytest.mark.parametrize("name", RULES)
@settings(max_examples=5, suppress_health_check=list(HealthCheck))
@given(steps=STEPS)
async def test_simulation_when_run_over_what_was_lived_through_then_it_says_the_same(
    name: str, steps: list[tuple[int, str, float, bool]]
) -> None:
    with TemporaryDirectory() as folder:
        t = await live(Path(folder), RULES[name], steps)
        try:
            lived = []
            for subject in (T1, T2):
                journal = await t.journal(subject=subject)
                lived += [(one.at, subject, one.evidence[0].value) for one in journal]
            tried = await t.tried(600)
            found = [(render(one.at), one.subject, one.evidence[0].value) for one in tried.firings]
            assert sorted(found, key=str) == sorted(lived, key=str)
            active = {one.subject for one in t.rules.records.values() if one.active}
            open_ones = {
                one.subject for i, one in enumerate(tried.firings) if i not in tried.endings
            }
            assert open_ones == active
        finally:
            await t.close()


async def test_simulation_when_it_begins_later_then_windows_are_filled_from_before(
    ruled: Open,
) -> None:
    t = await ruled(RULES["lasting"])
    await t.say(level=1.0)
    await t.after(300)
    tried = await t.tried(60)
    assert [one.at for one in tried.firings] == [t.clock.now() + 1 - 60_000_000]
    assert tried.by_rule == {"r": 1}


async def test_simulation_when_a_rule_is_not_live_then_nothing_is_done(ruled: Open) -> None:
    t = await ruled(rule(LOW, enabled="false"))
    await t.say(level=1.0)
    tried = await t.tried(60, text=rule(LOW))
    assert (tried.total, tried.observations > 0) == (1, True)
    assert t.notebook.opened == []
    assert t.rules.records == {}
    with pytest.raises(ConfigurationError, match=r"tried\.toml line 6"):
        await t.tried(60, text=rule(LOW.replace('"low"', '"lowish"')))
