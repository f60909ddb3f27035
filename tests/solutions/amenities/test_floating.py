"""Floating catchments, against PySAL's access."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kota.solutions.amenities.decay import Decay, gaussian, read_decay, stepwise
from kota.solutions.amenities.floating import Method, floating_catchment
from kota.solutions.amenities.pairs import Floats, Pairs

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from access import Access, weights


def town(seed: int, n_demand: int = 40, n_supply: int = 9) -> tuple[Pairs, Floats, Floats]:
    rng = np.random.default_rng(seed)
    table = rng.integers(1, 60, (n_demand, n_supply)).astype(float)
    table[rng.random(table.shape) < 0.3] = np.inf
    demand = rng.integers(0, 300, n_demand).astype(float)
    supply = rng.integers(0, 20, n_supply).astype(float)
    return Pairs.of_table(table), demand, supply


def by_access(town: tuple[Pairs, Floats, Floats], call: str, **options: object) -> Floats:
    pairs, demand, supply = town
    people = pd.DataFrame({"id": np.arange(pairs.n_demand), "people": demand})
    places = pd.DataFrame({"id": np.arange(pairs.n_supply), "places": supply})
    costs = pd.DataFrame({"o": pairs.demand, "d": pairs.supply, "c": pairs.cost})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = Access(
            demand_df=people,
            demand_index="id",
            demand_value="people",
            supply_df=places,
            supply_index="id",
            supply_value=["places"],
            cost_df=costs,
            cost_origin="o",
            cost_dest="d",
            cost_name="c",
        )
        found = getattr(model, call)(**options)
    column: Floats = found.iloc[:, 0].reindex(people["id"]).fillna(0.0).to_numpy()
    return column


CASES = [
    ("2sfca", "two_stage_fca", {"limit": 25.0}, {"max_cost": 25}),
    ("2sfca", "two_stage_fca", {}, {}),
    ("e2sfca", "enhanced_two_stage_fca", {}, {}),
    ("3sfca", "three_stage_fca", {}, {}),
    (
        "e2sfca",
        "enhanced_two_stage_fca",
        {"decay": gaussian(12)},
        {"weight_fn": weights.gaussian(12)},
    ),
    (
        "3sfca",
        "three_stage_fca",
        {"decay": gaussian(12), "limit": 30.0},
        {"weight_fn": weights.gaussian(12), "max_cost": 30},
    ),
    (
        "e2sfca",
        "enhanced_two_stage_fca",
        {"decay": read_decay("power:10,1.5,2"), "limit": 40.0},
        {"weight_fn": weights.gravity(scale=10, alpha=-1.5, min_dist=2), "max_cost": 40},
    ),
    (
        "2sfca",
        "two_stage_fca",
        {"decay": stepwise({5: 1, 30: 0.4})},
        {"weight_fn": weights.step_fn({5: 1, 30: 0.4})},
    ),
]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("method", "call", "ours", "theirs"), CASES)
def test_access_equals_pysals(
    seed: int, method: Method, call: str, ours: dict[str, object], theirs: dict[str, object]
) -> None:
    pairs, demand, supply = town(seed)
    found = floating_catchment(pairs, demand, supply, method=method, **ours)  # type: ignore[arg-type]
    np.testing.assert_allclose(found, by_access(town(seed), call, **theirs), rtol=1e-9, atol=1e-12)


@given(st.integers(0, 500), st.sampled_from(["2sfca", "e2sfca", "3sfca"]))
def test_all_supply_in_a_catchment_is_shared_out(seed: int, method: Method) -> None:
    pairs, demand, supply = town(seed)
    found = floating_catchment(pairs, demand, supply, method=method, decay=gaussian(20))
    asked = pairs.per_supply(demand[pairs.demand]) > 0
    assert (found * demand).sum() == pytest.approx(supply[asked].sum())


@given(st.integers(0, 200))
def test_the_order_of_pairs_does_not_matter_and_the_cheaper_of_two_counts(seed: int) -> None:
    pairs, demand, supply = town(seed)
    order = np.random.default_rng(seed).permutation(len(pairs))
    twice = np.concatenate([order, order[:5]])
    cost = np.concatenate([pairs.cost[order], pairs.cost[order[:5]] + 7])
    mixed = Pairs.of(pairs.demand[twice], pairs.supply[twice], cost, shape=(40, 9))
    for one, other in ((pairs.demand, mixed.demand), (pairs.cost, mixed.cost)):
        np.testing.assert_array_equal(one, other)
    np.testing.assert_allclose(
        floating_catchment(mixed, demand, supply), floating_catchment(pairs, demand, supply)
    )


def test_demand_out_of_reach_has_no_access() -> None:
    pairs = Pairs.of([0], [0], [5.0], shape=(2, 1))
    found = floating_catchment(pairs, np.array([2.0, 3.0]), np.array([1.0]), limit=4.0)
    assert found.tolist() == [0.0, 0.0]


@pytest.mark.parametrize(
    ("text", "at", "weight"),
    [
        ("binary", 1e9, 1.0),
        ("step:10=1,20=0.5", 20.0, 0.5),
        ("gaussian:10", 10.0, np.exp(-0.5)),
        ("exponential:10", 10.0, np.exp(-1)),
        ("power:10,2,1", 0.0, 100.0),
    ],
)
def test_decays_are_read_as_they_are_written(text: str, at: float, weight: float) -> None:
    decay = read_decay(text)
    assert isinstance(decay, Decay)
    assert decay.name == text
    assert decay(np.array([at]))[0] == pytest.approx(weight)
