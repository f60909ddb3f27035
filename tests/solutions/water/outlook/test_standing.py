"""What is taken in the coming hours is as in the same hours before, bent to how it is now."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kota.errors import InputError
from kota.model.instant import DAY, HOUR
from kota.solutions.water.outlook.live import tariff_of
from kota.solutions.water.outlook.standing import HOURS, hourly

NOW = 20_000 * DAY + 7 * HOUR


def week(scale_lately: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    times = NOW - np.arange(7 * 96)[::-1] * (HOUR // 4)
    clock = times % DAY / HOUR
    taken = 100 + 50 * np.sin(2 * np.pi * clock / 24)
    taken[-12:] *= scale_lately
    return times, taken


def test_a_day_like_the_others_goes_on_like_them() -> None:
    ahead = hourly(*week(), NOW)
    clock = (NOW % DAY / HOUR + np.arange(HOURS) + 0.5) % 24
    assert ahead == pytest.approx(100 + 50 * np.sin(2 * np.pi * clock / 24), abs=3)


def test_what_is_taken_beyond_the_usual_now_fades() -> None:
    plain, more = hourly(*week(), NOW), hourly(*week(1.3), NOW)
    ratio = more / plain
    assert 1.15 < ratio[0] < 1.35
    assert ratio[20] < 1.1


@settings(max_examples=30, deadline=None)
@given(st.floats(0.1, 10.0))
def test_it_scales_as_what_was_taken_does(scale: float) -> None:
    times, taken = week()
    assert hourly(times, scale * taken, NOW) == pytest.approx(scale * hourly(times, taken, NOW))


def test_prices_hold_from_their_times_and_bad_ones_are_refused() -> None:
    tariff = tariff_of({"07:00": 0.2, "22:00": 0.1})
    assert [tariff.at(hour * 3600) for hour in (0, 8, 23)] == [0.1, 0.2, 0.1]
    with pytest.raises(InputError, match="'7' is no time of day"):
        tariff_of({"7": 0.1})
    with pytest.raises(InputError, match="a price of -1 from"):
        tariff_of({"07:00": -1})
