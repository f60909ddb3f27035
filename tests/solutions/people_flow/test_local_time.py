"""Hours of the town's wall clock, its days of rest among them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from kota.model.instant import HOUR, parse
from kota.solutions.people_flow.local_time import slots_at, town_zone
from kota.solutions.people_flow.streets.model import slot_of

KUALA_LUMPUR = ZoneInfo("Asia/Kuala_Lumpur")
MELBOURNE = ZoneInfo("Australia/Melbourne")


def slot(hour: int, *, rest: bool) -> int:
    return int(slot_of(np.array([hour]), np.array([rest]))[0])


def test_hours_are_those_of_the_zone() -> None:
    noon = parse("2025-11-27T04:00:00Z")
    expected = [slot(12, rest=False), slot(13, rest=False)]
    assert slots_at(noon, 2, KUALA_LUMPUR).tolist() == expected


def test_a_week_ends_with_two_days_of_rest() -> None:
    friday = parse("2025-11-27T16:00:00Z")
    days = [int(slots_at(friday + k * 24 * HOUR, 1, KUALA_LUMPUR)[0]) for k in range(4)]
    assert days == [slot(0, rest=k in (1, 2)) for k in range(4)]


def test_summer_time_moves_the_hours() -> None:
    winter, summer = parse("2019-07-03T00:00:00Z"), parse("2019-11-27T00:00:00Z")
    assert slots_at(winter, 1, MELBOURNE)[0] == slot(10, rest=False)
    assert slots_at(summer, 1, MELBOURNE)[0] == slot(11, rest=False)


def test_a_public_holiday_is_a_day_of_rest() -> None:
    malaysia_day = parse("2025-09-16T04:00:00Z")
    assert slots_at(malaysia_day, 1, KUALA_LUMPUR)[0] == slot(12, rest=True)
    assert slots_at(malaysia_day, 1, ZoneInfo("UTC"))[0] == slot(4, rest=False)


def test_the_configured_zone_is_taken_before_that_of_the_place() -> None:
    place = {"type": "Point", "coordinates": [144.97, -37.81]}
    city: Any = SimpleNamespace(zone=KUALA_LUMPUR, value=lambda *_: place)
    here: Any = object()
    assert town_zone(city, [here]) is KUALA_LUMPUR
    city.zone = None
    assert town_zone(city, [here]) == MELBOURNE
    assert town_zone(city, []) == ZoneInfo("UTC")
