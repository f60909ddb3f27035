"""Every model against all choices tried one by one, and the laws that every answer keeps."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tests.solutions.amenities.siting.brute import best

from kota.errors import InputError
from kota.solutions.amenities.siting import (
    Floor,
    InfeasibleError,
    Kind,
    Model,
    Periods,
    Problem,
    Solution,
    Status,
    solve,
)
from kota.solutions.amenities.siting.solution import MOST


def drawn(seed: int, model: Model, *, n: int = 7, m: int = 5, holes: float = 0.0) -> Problem:
    """A small problem: weights with zeros, ties of distance, some pairs without a way."""
    rng = np.random.default_rng(seed)
    distances = rng.integers(0, 20, (n, m)).astype(np.float64)
    if rng.random() < 0.5:
        distances = distances + rng.random((n, m))
    distances[rng.random((n, m)) < holes] = np.inf
    weights = rng.integers(0, 5, n).astype(np.float64)
    weights[0] = 1.0
    status = rng.choice([0, 0, 0, 0, 1, 2, 3], m)
    return Problem(
        model=model,
        distances=distances,
        weights=weights,
        status=status,
        count=int(rng.integers(1, m)),
        radius=float(rng.integers(4, 14)),
        groups=rng.integers(0, 2, n),
    )


def agrees(problem: Problem) -> Solution | None:
    """Solve and compare with all choices; None where both find nothing."""
    expected = best(problem)
    if expected is None:
        with pytest.raises(InfeasibleError) as refused:
            solve(problem, time_limit=20)
        assert str(refused.value)
        return None
    found = solve(problem, time_limit=20)
    assert found.objective == pytest.approx(expected, rel=1e-7, abs=1e-7)
    assert found.status == "optimal"
    beyond = (
        found.objective - found.bound if problem.model in MOST else found.bound - found.objective
    )
    assert beyond <= 0
    assert set(problem.kept) <= set(found.sites) <= set(problem.allowed)
    if problem.count is not None and problem.model is not Model.LSCP:
        assert len(found.sites) <= problem.count
    assert problem.prices[list(found.sites)].sum() <= problem.budget + 1e-9
    served = found.assignment >= 0
    assert set(found.assignment[served]) <= set(found.sites)
    return found


@given(st.integers(0, 10**6), st.sampled_from(list(Model)), st.sampled_from([0.0, 0.3]))
def test_an_answer_is_the_best_of_all_choices(seed: int, model: Model, holes: float) -> None:
    agrees(drawn(seed, model, holes=holes))


@given(st.integers(0, 10**6), st.sampled_from([m for m in Model if m is not Model.BACKUP]))
def test_a_budget_is_kept_and_used_best(seed: int, model: Model) -> None:
    problem = drawn(seed, model)
    rng = np.random.default_rng(seed)
    costs = rng.integers(1, 9, problem.distances.shape[1]).astype(np.float64)
    count = problem.count if seed % 2 else None
    agrees(replace(problem, costs=costs, budget=float(rng.integers(4, 20)), count=count))


@given(st.integers(0, 10**6), st.sampled_from(list(Kind)), st.sampled_from(list(Model)))
def test_equity_floors_are_kept_at_the_least_cost(seed: int, kind: Kind, model: Model) -> None:
    assume(kind is not Kind.TAIL or model in (Model.MEDIAN, Model.CENTER))
    rng = np.random.default_rng(seed)
    share = float(rng.uniform(0.3, 0.9)) if kind is not Kind.TAIL else 0.3
    floor = Floor(kind, share, float(rng.integers(4, 16)))
    agrees(replace(drawn(seed, model), floors=(floor,)))


@settings(max_examples=60)
@given(
    st.integers(0, 10**6),
    st.sampled_from([Model.MEDIAN, Model.CENTER, Model.LSCP, Model.MCLP]),
)
def test_capacities_are_never_passed(seed: int, model: Model) -> None:
    problem = drawn(seed, model, n=5, m=4)
    capacities = np.random.default_rng(seed).integers(2, 9, 4).astype(np.float64)
    problem = replace(problem, capacities=capacities)
    found = agrees(problem)
    if found is not None:
        served = found.assignment >= 0
        load = np.bincount(found.assignment[served], weights=problem.weights[served], minlength=4)
        assert (load <= capacities + 1e-9).all()


@given(st.integers(0, 10**6))
def test_far_demand_costs_on_top(seed: int) -> None:
    agrees(replace(drawn(seed, Model.MEDIAN), far=7.0))


@given(st.integers(0, 10**6), st.floats(0, 30))
def test_nobody_is_served_from_beyond_the_limit(seed: int, limit: float) -> None:
    problem = replace(drawn(seed, Model.MEDIAN, holes=0.2), limit=limit)
    found = agrees(problem)
    if found is not None:
        wanted = problem.weights > 0
        far = problem.distances[np.arange(7), found.assignment][wanted]
        assert (far <= limit).all()


@settings(max_examples=30)
@given(st.integers(0, 10**6))
def test_sites_of_earlier_periods_stay_open(seed: int) -> None:
    rng = np.random.default_rng(seed)
    problem = drawn(seed, Model.MEDIAN)
    problem = replace(problem, status=np.zeros(5, dtype=np.int64), count=None)
    weights = rng.integers(0, 5, (2, 7)).astype(np.float64) + 1
    found = solve(replace(problem, periods=Periods(weights, (1, 2))))
    least = np.inf
    for first in range(5):
        for second in range(5):
            early = weights[0] @ problem.distances[:, first]
            late = weights[1] @ problem.distances[:, [first, second]].min(axis=1)
            least = min(least, early + late)
    assert found.objective == pytest.approx(least)
    assert set(found.opened[0]) <= set(found.opened[1])


def test_split_demand_costs_no_more_than_whole_demand() -> None:
    problem = replace(
        drawn(3, Model.MEDIAN, n=6, m=4),
        status=np.zeros(4, dtype=np.int64),
        capacities=np.full(4, 4.0),
        weights=np.array([3.0, 3.0, 2.0, 1.0, 1.0, 2.0]),
        count=4,
    )
    whole, parts = solve(problem), solve(replace(problem, split=True))
    assert parts.objective <= whole.objective + 1e-9
    sums = np.zeros(6)
    for demand, _, share in parts.shares:
        sums[demand] += share
    assert sums == pytest.approx(np.ones(6))


def test_the_same_seed_gives_the_same_answer() -> None:
    rng = np.random.default_rng(5)
    points = rng.random((150, 2))
    table = np.hypot(*(points[:, None] - points[None]).transpose(2, 0, 1))
    problem = Problem(
        model=Model.MEDIAN,
        distances=table,
        weights=rng.random(150),
        status=np.zeros(150, dtype=np.int64),
        count=7,
    )
    first, second = (solve(problem, seed=4) for _ in range(2))
    assert first.sites == second.sites
    assert (first.bound, first.status) == (second.bound, "optimal")


def test_time_that_runs_out_leaves_an_answer_with_a_bound_below_it() -> None:
    rng = np.random.default_rng(6)
    points = rng.random((400, 2))
    table = np.hypot(*(points[:, None] - points[None]).transpose(2, 0, 1))
    problem = Problem(
        model=Model.MEDIAN,
        distances=table,
        weights=rng.integers(1, 30, 400).astype(np.float64),
        status=np.zeros(400, dtype=np.int64),
        count=9,
    )
    found = solve(problem, time_limit=0.0)
    assert found.bound <= found.objective
    assert found.gap == pytest.approx((found.objective - found.bound) / found.objective)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"weights": np.array([1.0, -2.0, 1.0])}, "demand 1 has weight -2"),
        ({"weights": np.array([1.0, np.nan, 1.0])}, "demand 1 has weight nan"),
        ({"weights": np.zeros(3)}, "no demand weighs more than 0"),
        ({"distances": np.full((3, 2), np.nan)}, "distance of demand 0 to candidate 0 is nan"),
        ({"count": 0}, "p is 0"),
        ({"count": None}, "needs p"),
        ({"budget": 5.0}, "no site costs"),
        ({"model": Model.LSCP}, "needs a radius"),
    ],
)
def test_nonsense_is_refused_with_its_place(change: dict[str, object], words: str) -> None:
    problem = Problem(
        model=Model.MEDIAN,
        distances=np.ones((3, 2)),
        weights=np.ones(3),
        status=np.zeros(2, dtype=np.int64),
        count=1,
    )
    with pytest.raises(InputError, match=words):
        solve(replace(problem, **change))  # type: ignore[arg-type]


def test_kept_sites_are_open_and_forbidden_ones_never() -> None:
    problem = replace(
        drawn(8, Model.MEDIAN, n=9, m=6),
        status=np.array([Status.KEPT, 0, 0, Status.FORBIDDEN, Status.CLOSED, 0]),
        count=3,
    )
    found = solve(problem)
    assert 0 in found.sites
    assert not {3, 4} & set(found.sites)


def test_a_center_with_kept_sites_is_proven_by_who_they_leave_out() -> None:
    rng = np.random.default_rng(4)
    homes, places = rng.random((900, 2)) * 1000, rng.random((250, 2)) * 1000
    far = np.hypot(*(homes[:, None, :] - places[None, :, :]).transpose(2, 0, 1))
    status = np.full(250, Status.FREE)
    status[:5] = Status.KEPT
    problem = Problem(
        model=Model.CENTER, distances=far, weights=np.ones(900), status=status, count=7
    )
    found = solve(problem, time_limit=5.0)
    assert found.status == "optimal"
    assert set(range(5)) <= set(found.sites)
    left = far[:, :5].min(axis=1)
    best = min(
        np.minimum(left, np.minimum(far[:, a], far[:, b])).max()
        for a in range(5, 250)
        for b in range(a + 1, 250)
    )
    assert found.objective == pytest.approx(best)
