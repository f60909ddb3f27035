"""Demand follows the clock, the week and the seed."""

from __future__ import annotations

import numpy as np
import pytest

from kota.solutions.water.demand import Demand

MONDAY = 1_764_547_200 // 86_400 * 86_400
FRIDAY = MONDAY + 4 * 86_400
BASES = np.array([[10.0, 2.0, 0.0], [0.0, 0.0, 5.0], [3.0, 6.0, 1.0]])


def day(start: int) -> np.ndarray:
    return start + np.arange(0, 86_400, 900)


def test_the_same_time_gives_the_same_demand_however_it_is_asked_for() -> None:
    demand = Demand(BASES, seed=3)
    whole = demand.metered(day(MONDAY))
    assert whole[40] == pytest.approx(demand.metered([int(day(MONDAY)[40])])[0])
    assert not np.allclose(whole, Demand(BASES, seed=4).metered(day(MONDAY)))


def test_means_are_the_bases() -> None:
    times = MONDAY + np.arange(0, 28 * 86_400, 1800)
    mean = Demand(BASES, seed=3).metered(times).mean(axis=0)
    assert mean == pytest.approx(BASES.sum(axis=1), rel=0.06)


def test_homes_peak_in_the_morning_and_sleep_at_night() -> None:
    homes = Demand(np.array([[10.0, 0.0, 0.0]]), seed=3).metered(day(MONDAY))[:, 0]
    assert homes[7 * 4] > 1.5 * 10
    assert homes[3 * 4] < 0.6 * 10


def test_trade_pauses_for_friday_prayers() -> None:
    trade = Demand(np.array([[0.0, 10.0, 0.0]]), seed=3)
    friday, monday = trade.metered(day(FRIDAY))[:, 0], trade.metered(day(MONDAY))[:, 0]
    assert friday[53] / friday[44] < 0.7 * monday[53] / monday[44]


def test_leakage_is_drawn_and_not_metered() -> None:
    demand = Demand(BASES, seed=3, leakage=0.1)
    gap = demand.drawn(day(MONDAY)) - demand.metered(day(MONDAY))
    assert gap == pytest.approx(np.tile(0.1 * BASES.sum(axis=1), (96, 1)))
