"""Each interlock lets a setting pass or says why not."""

from __future__ import annotations

from typing import Any

import pytest

from kota.model.instant import SECOND
from kota.model.quality import Level
from kota.operate.commands.interlock import (
    AnyInterlock,
    Excludes,
    MaximumStarts,
    MinimumTime,
    Move,
    Range,
    Rate,
    Requires,
    Situation,
    Value,
)
from kota.operate.commands.reading import Reading

PUMP = "urn:ngsi-ld:Pump:1"
TANK = "urn:ngsi-ld:Tank:1"
NOW = 10_000 * SECOND


class Known:
    """A city of which some readings are known."""

    def __init__(self, **readings: Reading) -> None:
        self.readings = {tuple(key.split("_")): one for key, one in readings.items()}

    def reading(self, entity: str, attribute: str) -> Reading | None:
        return self.readings.get((entity.split(":")[2].lower(), attribute))

    def pending(self, _: str) -> Value | None:
        return None

    def target(self, _: str, relationship: str) -> str | None:
        return TANK if relationship == "endsAt" else None


def refusal(
    interlock: AnyInterlock, value: Value, *moves: tuple[int, Value], world: Any = None
) -> str | None:
    past = tuple(Move(NOW - ago * SECOND, one) for ago, one in moves)
    return interlock.refusal(Situation(PUMP, value, NOW, past, world or Known()))


@pytest.mark.parametrize("value", [0.0, 1, 0.5])
def test_a_number_within_its_range_passes(value: float) -> None:
    assert refusal(Range(low=0, high=1), value) is None


@pytest.mark.parametrize("value", [-0.1, 1.01, float("nan"), float("inf"), "on", True])
def test_anything_else_is_outside_the_range(value: Value) -> None:
    assert refusal(Range(low=0, high=1), value) is not None


def test_a_change_is_measured_against_all_settings_within_the_time() -> None:
    rate = Rate(by=0.2, within=60)
    assert refusal(rate, 0.6, (100, 0.5)) is None
    assert "0.3" in str(refusal(rate, 0.8, (100, 0.5)))
    assert "0.3" in str(refusal(rate, 0.8, (100, 0.5), (30, 0.65)))
    assert refusal(rate, 0.8, (400, 0.5), (300, 0.65)) is None


def test_a_setting_is_kept_for_its_minimum_time() -> None:
    kept = MinimumTime(at="on", seconds=600)
    assert refusal(kept, "off", (900, "off"), (700, "on")) is None
    assert "500 s" in str(refusal(kept, "off", (900, "off"), (100, "on")))
    assert refusal(kept, "on", (100, "on")) is None
    assert refusal(kept, "on", (5, "off")) is None
    assert "400 s" in str(refusal(kept, "off", (900, "off"), (200, "on"), (10, "on")))


def test_starts_are_counted_within_the_time() -> None:
    starts = MaximumStarts(at="on", count=2, seconds=3600)
    history = [(3000, "off"), (2000, "on"), (1500, "off"), (900, "on"), (500, "off")]
    assert "2 starts" in str(refusal(starts, "on", *history))
    assert refusal(starts, "off", *history) is None
    assert refusal(starts, "on", (9000, "off"), (8000, "on"), *history[2:]) is None
    assert refusal(starts, "on", *history[:-1]) is None


@pytest.mark.parametrize(
    "interlock",
    [
        Rate(by=1, within=1),
        MinimumTime(at="on", seconds=1),
        MaximumStarts(at="on", count=1, seconds=1),
    ],
)
def test_where_the_present_setting_is_not_known_nothing_that_depends_on_it_passes(
    interlock: AnyInterlock,
) -> None:
    value: Value = 1.0 if isinstance(interlock, Rate) else "on"
    assert "not known" in str(refusal(interlock, value))


def test_a_measured_state_must_hold_and_be_fresh() -> None:
    full = Requires(attribute="level", compare="<", limit=9.0, fresh=60, via="endsAt", only=("on",))
    level = Known(tank_level=Reading(8.0, NOW - 30 * SECOND))
    assert refusal(full, "on", world=level) is None
    high = Known(tank_level=Reading(9.5, NOW))
    assert "needed is < 9.0" in str(refusal(full, "on", world=high))
    assert refusal(full, "off", world=high) is None
    old = Known(tank_level=Reading(8.0, NOW - 61 * SECOND))
    assert "61 s ago" in str(refusal(full, "on", world=old))
    bad = Known(tank_level=Reading(8.0, NOW, Level.BAD))
    assert "bad quality" in str(refusal(full, "on", world=bad))
    ahead = Known(tank_level=Reading(8.0, NOW + 120 * SECOND))
    assert "ahead" in str(refusal(full, "on", world=ahead))
    assert "not known" in str(refusal(full, "on"))
    text = Known(tank_level=Reading("full", NOW))
    assert "no order" in str(refusal(full, "on", world=text))
    lost = Requires(attribute="level", compare="<", limit=9.0, fresh=60, via="startsAt")
    assert "points to nothing" in str(refusal(lost, "on", world=level))


def test_another_actuator_excludes_a_setting_while_it_is_so_or_may_be() -> None:
    other = Excludes(entity="urn:ngsi-ld:Valve:1", attribute="status", at="open", fresh=60)
    assert refusal(other, "on", world=Known(valve_status=Reading("closed", NOW))) is None
    assert refusal(other, "on", world=Known(valve_status=Reading("open", NOW))) is not None
    assert refusal(other, "on") is not None


def test_own_words_stand_before_the_reason() -> None:
    said = refusal(Range(low=0, high=1, words="The gate opens from 0 to 1"), 2.0)
    assert said == "The gate opens from 0 to 1 (2 is outside 0 to 1)"
