"""The parts of the p-median: swaps, prices and balls tell the truth, and their bounds hold."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kota.solutions.amenities.siting.choice import Purse
from kota.solutions.amenities.siting.deadline import Deadline
from kota.solutions.amenities.siting.interchange import Interchange
from kota.solutions.amenities.siting.lagrangian import Dual, Pace
from kota.solutions.amenities.siting.median import common_unit, median
from kota.solutions.amenities.siting.program import Program
from kota.solutions.amenities.siting.radius import add_balls, make_balls
from kota.solutions.amenities.siting.search import recentre, search, shake

SEEDS = st.integers(0, 10**6)


def table(seed: int, n: int = 9, m: int = 7) -> np.ndarray:
    """Costs with ties."""
    return np.random.default_rng(seed).integers(0, 12, (n, m)).astype(np.float64)


def free(m: int, count: int | None, budget: float = np.inf, seed: int = 0) -> Purse:
    prices = np.random.default_rng(seed).integers(1, 6, m).astype(np.float64)
    return Purse(np.zeros(m, dtype=bool), count, prices, budget)


def least(costs: np.ndarray, purse: Purse) -> float:
    """The cost of the best sites, all tried."""
    m = costs.shape[1]
    sets = (s for size in range(1, m + 1) for s in combinations(range(m), size))
    allowed = (list(s) for s in sets if purse.allows(np.array(s)))
    return min((float(costs[:, s].min(axis=1).sum()) for s in allowed), default=np.inf)


@given(SEEDS, st.integers(1, 5))
def test_a_swap_saves_what_was_said_and_leaves_true_tallies(seed: int, p: int) -> None:
    costs, rng = table(seed), np.random.default_rng(seed)
    swaps = Interchange(costs, free(7, p), rng.permutation(7)[:p])
    for _ in range(4):
        saving = swaps.savings()
        allowed = np.argwhere(np.isfinite(saving))
        out, into = allowed[rng.integers(len(allowed))]
        before = swaps.cost
        swaps.swap(int(out), int(into))
        assert swaps.cost == pytest.approx(costs[:, swaps.sites].min(axis=1).sum())
        assert before - swaps.cost == pytest.approx(saving[out, into])
        fresh = Interchange(costs, swaps.purse, swaps.sites)
        assert swaps.extra == pytest.approx(fresh.extra)
        assert swaps.gain == pytest.approx(fresh.gain)
        assert swaps.loss == pytest.approx(fresh.loss)


@given(SEEDS, st.integers(1, 6))
def test_no_swap_improves_what_swaps_have_improved(seed: int, p: int) -> None:
    costs = table(seed)
    found = Interchange(costs, free(7, p), np.random.default_rng(seed).permutation(7)[:p])
    found.improve()
    for out in range(p):
        for into in set(range(7)) - set(found.sites):
            other = found.sites.copy()
            other[out] = into
            assert costs[:, other].min(axis=1).sum() >= found.cost * (1 - 1e-9)


@settings(max_examples=40)
@given(SEEDS, st.sampled_from([(3, np.inf), (None, 8.0), (3, 7.0), (1, np.inf)]))
def test_any_prices_bound_all_choices(seed: int, rule: tuple[int | None, float]) -> None:
    costs, purse = table(seed), free(7, rule[0], rule[1], seed)
    caps = np.full(9, 20.0)
    dual = Dual(costs, purse, caps)
    best = least(costs, purse)
    prices = np.random.default_rng(seed).random(9) * 20
    assert dual.evaluate(prices).value <= best + 1e-9
    climbed = dual.climb(prices, best, Pace(), Deadline(5.0))
    assert dual.evaluate(prices).value - 1e-9 <= climbed.value <= best + 1e-9


@given(SEEDS, st.sampled_from([(3, np.inf), (None, 8.0), (2, 6.0)]))
def test_what_a_site_costs_otherwise_bounds_every_choice(
    seed: int, rule: tuple[int | None, float]
) -> None:
    purse = free(7, rule[0], rule[1], seed)
    rho = -np.random.default_rng(seed).random(7) * 10
    choice = purse.choose(rho)
    sets = (np.array(s, int) for size in range(8) for s in combinations(range(7), size))
    for sites in filter(purse.allows, sets):
        worth = float(rho[sites].sum())
        assert worth >= choice.value - 1e-9
        taken = np.isin(np.arange(7), sites)
        otherwise = (taken & (choice.share <= 0)) | (~taken & (choice.share >= 1))
        if otherwise.any():
            assert worth >= choice.value + choice.otherwise[otherwise].max() - 1e-7


@settings(max_examples=40)
@given(SEEDS, st.sampled_from([(2, np.inf), (4, np.inf), (None, 9.0), (3, 8.0)]))
def test_the_median_is_the_best_of_all_choices(seed: int, rule: tuple[int | None, float]) -> None:
    costs, purse = table(seed), free(7, rule[0], rule[1], seed)
    found = median(costs, purse, deadline=Deadline(20.0), seed=seed)
    assert found.cost == pytest.approx(least(costs, purse))
    assert found.bound == found.cost
    assert purse.allows(found.sites)


@given(SEEDS)
def test_balls_say_what_the_table_says(seed: int) -> None:
    costs, p = table(seed), 2
    balls = make_balls(costs, np.full(9, np.inf))
    assert balls is not None
    program = Program()
    sites = program.columns(7, whole=True)
    add_balls(program, balls, sites, balls.step)
    program.row(sites, 1.0, high=float(p))
    said = program.solve(10.0)
    assert said.status == "optimal"
    assert said.bound + balls.base == pytest.approx(least(costs, free(7, p)))


def test_search_recentre_and_shake_keep_kept_sites() -> None:
    costs, kept = table(3, 40, 20), np.zeros(20, dtype=bool)
    kept[[4, 9]] = True
    purse = Purse(kept, 5, np.zeros(20))
    rng = np.random.default_rng(1)
    found = search(costs, purse, rng, Deadline(5.0))
    better = shake(found, rng, Deadline(5.0))
    moved = recentre(costs, purse, np.array([4, 9, 0, 1, 2]))
    for sites in (found.sites, better.sites, moved):
        assert {4, 9} <= set(sites.tolist())
        assert len(set(sites.tolist())) == 5
    assert better.cost <= found.cost


def test_demand_without_a_way_gives_an_infinite_cost_to_sites_that_miss_it() -> None:
    costs = np.array([[0.0, np.inf, np.inf], [np.inf, 3.0, 1.0], [np.inf, 0.0, 2.0]])
    found = median(costs, free(3, 2), deadline=Deadline(5.0), seed=0, start=np.array([0, 1]))
    assert (found.cost, found.bound) == (3.0, 3.0)
    assert 0 in found.sites


@pytest.mark.parametrize(
    ("costs", "unit"),
    [([[6.0, 9.0]], 3.0), ([[0.5, 1.0]], 0.0), ([[np.inf, 4.0]], 4.0), ([[0.0, 0.0]], 0.0)],
)
def test_the_unit_of_costs_divides_them_all(costs: list[list[float]], unit: float) -> None:
    assert common_unit(np.array(costs)) == unit
