"""No alarm is lost or doubled, however a town ends."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.conftest import ManualClock
from tests.operate.alarms.conftest import LOW, T1, Town, alarm_of, defined

from kota.clock import WallClock
from kota.operate.alarms import Condition
from kota.operate.alarms.states import Event

Open = Callable[..., Awaitable[Town]]


async def test_alarm_when_the_town_is_closed_and_opened_then_it_stands_as_it_stood(
    town: Open,
) -> None:
    t = await town(defined(cause=("zone",)))
    await t.say(level=1.0, zone="urn:z:1")
    await t.act(Event.COMMENT, why="looking")
    await t.act(Event.SHELVE, hours=1, why="works")
    before = t.alarm()
    await t.close()
    await town()
    assert t.alarm() == before
    await t.after(3600)
    assert await t.events() == ["raise", "comment", "shelve", "unshelve"]
    await t.say("urn:ngsi-ld:Tank:T-2", level=1.0, zone="urn:z:1")
    assert t.alarm(alarm_of("urn:ngsi-ld:Tank:T-2")).group != before.group  # type: ignore[union-attr]


async def test_incident_when_the_town_is_opened_again_then_it_goes_on(town: Open) -> None:
    t = await town(defined(cause=("zone",)))
    await t.say(level=1.0, zone="urn:z:1")
    await t.close()
    await town()
    await t.say("urn:ngsi-ld:Tank:T-2", level=1.0, zone="urn:z:1")
    assert t.alarm(alarm_of("urn:ngsi-ld:Tank:T-2")).group == t.alarm().group  # type: ignore[union-attr]


async def test_crash_when_an_excursion_was_committed_and_not_judged_then_it_is_told(
    town: Open,
) -> None:
    t = await town(defined())
    for level in (3.0, 1.0, 3.0):
        t.clock.advance(1)
        await t.say(level=level, settle=False)
    await t.crash()
    await town()
    assert await t.events() == ["raise", "clear"]
    assert t.state_of() == "returned"
    await t.crash()
    await town()
    assert await t.events() == ["raise", "clear"]


async def test_crash_when_the_last_value_was_not_judged_then_the_present_is(town: Open) -> None:
    t = await town(defined())
    await t.say(level=1.0, settle=False)
    await t.crash()
    await town()
    assert await t.events() == ["raise"]


async def test_crash_when_idle_for_long_before_then_the_excursion_is_told(town: Open) -> None:
    t = await town(defined())
    await t.say(level=3.0)
    for _ in range(100):
        await t.after(10)
    for level in (1.0, 3.0):
        t.clock.advance(1)
        await t.say(level=level, settle=False)
    await t.crash()
    await town()
    assert await t.events() == ["raise", "clear"]


async def test_opening_when_a_recording_was_brought_in_meanwhile_then_it_is_not_alarmed(
    town: Open,
) -> None:
    t = await town(defined())
    await t.say(level=3.0)
    await t.close()
    t.clock.advance(300)
    definitions, t.definitions = t.definitions, (defined("none", entity="urn:ngsi-ld:X:1"),)
    await t.open()
    for level in (1.0, 3.0):
        t.clock.advance(1)
        await t.say(level=level)
    await t.close()
    t.definitions = definitions
    await t.open()
    assert await t.events() == []


async def test_delay_when_the_town_restarts_within_then_it_is_counted_from_the_start(
    town: Open,
) -> None:
    t = await town(defined(delay_on=60))
    await t.say(level=3.0)
    for _ in range(4):
        t.clock.advance(10)
        await t.say(level=1.0)
    await t.crash()
    await town()
    await t.after(25)
    assert t.state_of() == "normal"
    await t.after(5)
    assert t.state_of() == "unacknowledged"


async def test_window_when_the_town_restarts_within_then_it_is_remembered(town: Open) -> None:
    when = Condition("rising", "level", limit=100.0, window=20)
    t = await town(defined(when=when))
    for level in (1.0, 2.0):
        await t.say(level=level)
        t.clock.advance(10)
    await t.close()
    await town()
    await t.say(level=3.0)
    assert t.state_of() == "unacknowledged"


LIVES = st.lists(
    st.one_of(
        st.sampled_from([1.0, 2.2, 3.0]),
        st.sampled_from(["settle", "close", "crash"]),
    ),
    max_size=14,
)


def excursions(life: list[float | str]) -> list[str]:
    """What an alarm with the limit 2.0 and the deadband 0.5 must go through."""
    events: list[str] = []
    active = False
    for step in life:
        if isinstance(step, str):
            continue
        if not active and step < LOW.limit:  # type: ignore[operator]
            active = True
            events.append("raise")
        elif active and step >= 2.5:
            active = False
            events.append("clear")
    return events


@settings(max_examples=25)
@given(life=LIVES)
async def test_whatever_a_town_goes_through_each_excursion_is_told_once(
    life: list[float | str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    clock = ManualClock(1_767_225_600_000_000)
    t = await Town(tmp_path_factory.mktemp("life"), clock).open(defined())
    for step in life:
        clock.advance(1)
        if isinstance(step, float):
            await t.say(level=step, settle=False)
        elif step == "settle":
            await t.alarms.settle()
        else:
            await (t.close() if step == "close" else t.crash())
            await t.open()
    await t.alarms.settle()
    assert await t.events() == excursions(life)
    await t.close()


@pytest.mark.timeout(110)
async def test_kill_when_levels_rise_and_fall_then_each_excursion_is_told_once(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "town"
    told = 0
    for seconds in (1.5, 2.5, 2.0):
        with subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("crashing.py")), str(folder), str(told)],
            stdout=subprocess.PIPE,
            text=True,
        ) as child:
            assert child.stdout is not None
            first = child.stdout.readline()
            assert first, "it ended by itself"
            time.sleep(seconds)
            child.kill()
            numbers = [int(line) for line in (first + child.stdout.read()).split()]
        told = numbers[-1] + 1
    t = await Town(folder, WallClock()).open(defined())  # type: ignore[arg-type]
    events = await t.events()
    await t.close()
    raised = [event for event in events if event == "raise"]
    assert told > 100
    assert events == (["raise", "clear"] * len(raised))[: len(events)]
    assert told <= len(raised) <= told + 3, "one more may be committed at each kill"
    assert t.alarm().entity == T1  # type: ignore[union-attr]
