"""Holidays are those of the zone's country and subdivision."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from kota.errors import SolutionError
from kota.solutions.people_flow.forecast.calendar import (
    Region,
    checked_region,
    public_holidays,
    region_of,
    zone_near,
)
from kota.solutions.people_flow.forecast.counts import DAY, hour_of


def day(text: str) -> int:
    return hour_of(datetime.fromisoformat(text)) // DAY


def test_melbourne_has_its_cup_and_sydney_has_not() -> None:
    cup = day("2019-11-05")
    found = {
        zone: public_holidays(region_of(ZoneInfo(zone)), cup - 3, cup + 3)
        for zone in ("Australia/Melbourne", "Australia/Sydney")
    }
    assert found["Australia/Melbourne"] == {cup: "Melbourne Cup Day"}
    assert found["Australia/Sydney"] == {}


def test_a_moved_holiday_keeps_its_name_and_no_region_has_none() -> None:
    monday = day("2020-12-28")
    assert public_holidays(Region("AU", "VIC"), monday, monday) == {monday: "Boxing Day"}
    assert public_holidays(Region(), 0, 30_000) == {}


def test_a_region_is_checked() -> None:
    assert str(checked_region("MY", "10")) == "MY-10"
    with pytest.raises(SolutionError, match="no known holidays"):
        checked_region("ZZ", None)
    with pytest.raises(SolutionError, match=r"no subdivision 'VIC'.*01"):
        checked_region("MY", "VIC")


@pytest.mark.parametrize(
    ("longitude", "latitude", "zone"),
    [
        (101.7, 3.1, "Asia/Kuala_Lumpur"),
        (2.35, 48.85, "Europe/Paris"),
        (-46.6, -23.5, "America/Sao_Paulo"),
        (179.2, -8.5, "Pacific/Funafuti"),
    ],
)
def test_the_zone_of_a_place_is_the_nearest(longitude: float, latitude: float, zone: str) -> None:
    assert zone_near(longitude, latitude).key == zone
