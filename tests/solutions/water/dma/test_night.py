"""Night flow by several methods; losses by their published formulas."""

from __future__ import annotations

import numpy as np
import pytest

from kota.solutions.water.dma.losses import Works, losses, unavoidable
from kota.solutions.water.dma.night import night_flow

DAY = 288
BEGIN = 1_514_764_800


def inflow(days: int, *, leak: float, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Use that is nearly nothing at three, and a leak."""
    rng = np.random.default_rng(seed)
    times = BEGIN + 300 * np.arange(days * DAY)
    hour = times % 86_400 / 3600
    use = 30 * (1 - np.cos(2 * np.pi * (hour - 3) / 24)) * rng.uniform(0.95, 1.05, len(times))
    return times, use + leak


def test_all_methods_find_a_leak_that_is_as_large_as_the_night_flow() -> None:
    found = night_flow(*inflow(9, leak=8.0))
    for method in (found.fixed, found.percentile, found.moving, found.pooled):
        assert method.shape == (9,)
        assert method[1:] == pytest.approx(8.3, abs=0.5)
    assert found.middle == pytest.approx(8.3, abs=0.4)


def test_a_night_of_festivities_hardly_moves_the_pooled_method_or_the_middle() -> None:
    times, flow = inflow(9, leak=8.0)
    flow[5 * DAY : 5 * DAY + 60] += 15.0
    found = night_flow(times, flow)
    assert found.fixed[5] > 20
    assert found.pooled[5] == pytest.approx(8.3, abs=0.5)
    assert found.apart[5] > 3 * found.apart[4]


def test_a_night_that_is_not_told_is_not_guessed() -> None:
    times, flow = inflow(3, leak=8.0)
    flow[DAY : DAY + 80] = np.nan
    found = night_flow(times, flow)
    assert np.isnan(found.fixed[1])
    assert np.isnan(found.moving[1])
    assert np.isfinite(found.fixed[2])


def test_unavoidable_losses_are_those_of_lambert() -> None:
    works = Works(mains=100, connections=5000, private=10, pressure=50)
    assert unavoidable(works) == pytest.approx((1800 + 4000 + 250) * 50 / 1000)


def test_leakage_is_the_night_flow_less_use_and_follows_pressure() -> None:
    works = Works(mains=10, connections=1000, private=0, pressure=40, pressure_night=50)
    found = losses(20.0, works)
    assert found.leakage == pytest.approx((20 - 1.7) * 24 * 0.8)
    assert found.index == pytest.approx(found.leakage / unavoidable(works))
    assert found.per_connection == pytest.approx(found.leakage)
    assert losses(1.0, works).leakage == 0
