"""A balance adds up and knows how far it can be trusted."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from kota.solutions.water.balance import Balance, balance

flows = arrays(np.float64, 4, elements=st.floats(0, 500))


def of(inflow: np.ndarray, supply: np.ndarray, levels: np.ndarray) -> Balance:
    held = np.nan_to_num(supply, nan=7.0)
    areas = np.array([10.0, 50.0])
    return balance(inflow=inflow, supply=supply, held=held, levels=levels, areas=areas, hours=0.25)


@given(flows, flows, arrays(np.float64, (2, 2), elements=st.floats(0, 12)))
def test_what_came_in_is_used_stored_or_unaccounted(
    inflow: np.ndarray, supply: np.ndarray, levels: np.ndarray
) -> None:
    found = of(inflow, supply, levels)
    total = found.consumption + found.storage + found.unaccounted
    assert total == pytest.approx(found.inflow, abs=1e-6)
    assert found.unaccounted_sd >= max(found.inflow_sd, found.consumption_sd, found.storage_sd)


def test_a_silent_meter_widens_the_doubt_and_lowers_the_coverage() -> None:
    still = np.full((2, 2), 3.0)
    complete = of(np.array([100.0]), np.array([40.0, 60.0]), still)
    partial = of(np.array([100.0]), np.array([40.0, np.nan]), still)
    assert (complete.coverage, partial.coverage) == (1.0, 0.5)
    assert partial.consumption_sd > complete.consumption_sd
    assert partial.consumption == 47.0
