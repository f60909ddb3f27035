"""Walking speed and perceived time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kota.network.walking import perceived, tobler_speed, walking_times


def test_walking_on_the_flat_is_five_kilometres_an_hour() -> None:
    assert tobler_speed(0.0) * 3.6 == pytest.approx(5.04, abs=0.01)


def test_walking_is_fastest_slightly_downhill() -> None:
    slopes = np.linspace(-0.5, 0.5, 1001)
    assert slopes[tobler_speed(slopes).argmax()] == pytest.approx(-0.05)


@given(st.floats(1, 1e4), st.floats(-0.5, 0.5))
def test_a_way_back_is_the_way_there_on_the_opposite_slope(length: float, slope: float) -> None:
    there, back = walking_times(length, slope)
    again, forth = walking_times(length, -slope)
    assert there == pytest.approx(forth)
    assert back == pytest.approx(again)


@given(st.floats(0, 1), st.floats(0, 1))
def test_more_shade_never_feels_longer(a: float, b: float) -> None:
    less, more = sorted((a, b))
    assert perceived(100.0, more) <= perceived(100.0, less) + 1e-9
