"""Fruin's levels and the density that carries a flow."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kota.errors import SolutionError
from kota.solutions.people_flow.streets.service_levels import (
    direction,
    dwell,
    level_of_service,
    walking_speed,
    walkway_density,
)


def test_levels_change_at_fruins_areas() -> None:
    areas = np.array([3.3, 3.2, 2.3, 1.35, 0.9, 0.4])
    assert level_of_service(1 / areas).tolist() == ["A", "B", "C", "D", "E", "F"]
    assert level_of_service(np.array([1 / 0.5]), standing=True).tolist() == ["D"]


@given(flow=st.floats(0, 8000), width=st.floats(2.0, 10.0))
def test_the_density_carries_the_flow(flow: float, width: float) -> None:
    density = walkway_density(np.array([flow]), np.array([width]))
    carried = float((density * walking_speed(density) * width * 3600)[0])
    assert carried == pytest.approx(flow, abs=0.01 * flow + 1)


def test_a_walkway_without_width_is_refused() -> None:
    with pytest.raises(SolutionError, match="carries nobody"):
        walkway_density(np.array([1.0]), np.array([0.0]))


def test_dwell_is_presence_over_arrivals() -> None:
    assert dwell(np.full(12, 30.0), np.full(12, 10.0)) == pytest.approx(3.0)
    assert np.isnan(dwell(np.ones(3), np.zeros(3)))


def test_direction_is_one_sided_or_not() -> None:
    found = direction(np.array([10.0, 5.0, 0.0]), np.array([0.0, 5.0, 0.0]))
    assert found[:2].tolist() == [1.0, 0.0]
    assert np.isnan(found[2])
