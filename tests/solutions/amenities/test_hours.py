"""Opening hours in OpenStreetMap's and Smart Data Models' forms."""

from __future__ import annotations

from typing import Any

import pytest

from kota.errors import InputError
from kota.solutions.amenities.hours import read_hours, read_moment


@pytest.mark.parametrize(
    ("value", "moment", "is_open"),
    [
        ("Mo-Fr 08:00-17:00", "We 12:00", True),
        ("Mo-Fr 08:00-17:00", "We 17:00", False),
        ("Mo-Fr 08:00-17:00", "Sa 12:00", False),
        ("Mo-Fr 08:00-12:00,13:00-17:00", "Mo 12:30", False),
        ("Mo-Su 08:00-17:00; We off", "We 12:00", False),
        ("24/7", "Su 03:00", True),
        ("08:00-20:00", "Su 19:59", True),
        ("Fr 22:00-02:00", "Sa 01:30", True),
        ("Fr 22:00-02:00", "Fr 01:30", False),
        ("Sa-Mo 10:00-12:00", "Su 11:00", True),
        ("Mo,We 10:00-12:00; PH off", "We 11:00", True),
        (["Mo 08:00-10:00", "Mo 12:00-14:00"], "Mo 13:00", True),
        (["Mo 08:00-10:00", "Mo 12:00-14:00"], "Mo 09:00", True),
        ({"dayOfWeek": "Monday", "opens": "09:00", "closes": "11:00"}, "Mo 10:00", True),
        (
            [{"dayOfWeek": ["https://schema.org/Friday"], "opens": "09:00", "closes": "11:00"}],
            "Th 10:00",
            False,
        ),
    ],
)
def test_places_are_open_when_they_say(value: Any, moment: str, is_open: bool) -> None:
    hours = read_hours(value)
    assert hours is not None
    assert hours.open_at(*read_moment(moment)) is is_open


def test_what_says_nothing_has_no_hours() -> None:
    assert read_hours(None) is None
    assert read_hours("") is None


@pytest.mark.parametrize(
    "value", ["sunrise-sunset", "Mo-Fr", "Xx 08:00-10:00", "Mo 25:00-26:00", 8, ["Mo", 3]]
)
def test_what_is_not_understood_is_refused(value: Any) -> None:
    with pytest.raises(InputError):
        read_hours(value)
