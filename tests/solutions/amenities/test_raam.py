"""The rational agent access model in equilibrium."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.solutions.amenities.test_floating import by_access, town

from kota.errors import InputError
from kota.solutions.amenities.pairs import Floats, Pairs
from kota.solutions.amenities.raam import Equilibrium, raam


def drawn(seed: int) -> tuple[Pairs, Floats, Floats]:
    rng = np.random.default_rng(seed)
    n, m = int(rng.integers(1, 40)), int(rng.integers(1, 12))
    table = rng.uniform(0, 60, (n, m)).round(int(rng.integers(0, 3)))
    table[rng.random(table.shape) < rng.choice([0.0, 0.5])] = np.inf
    demand = rng.integers(0, 300, n) * rng.choice([0.0, 1.0], n, p=[0.1, 0.9])
    supply = rng.integers(0, 20, m).astype(float)
    demand[0] += 1
    supply[0] += 1
    return Pairs.of_table(table), demand.astype(float), supply


def nobody_gains(found: Equilibrium, pairs: Pairs, tau: float) -> float:
    """The most that anybody could gain by going elsewhere, taken from the definition."""
    bears = found.pairs.cost / tau + found.crowding[found.pairs.supply]
    best = np.full(pairs.n_demand, np.inf)
    np.minimum.at(best, pairs.demand, pairs.cost / tau + found.crowding[pairs.supply])
    gain = (bears - best[found.pairs.demand]) * (found.flow > 1e-3)
    return float(gain.max(initial=0.0))


@settings(max_examples=60)
@given(st.integers(0, 100_000), st.sampled_from([5.0, 60.0, 1000.0]))
def test_nobody_gains_by_going_elsewhere_and_everybody_goes(seed: int, tau: float) -> None:
    pairs, demand, supply = drawn(seed)
    usable = pairs.where(supply[pairs.supply] > 0)
    found = raam(pairs, demand, supply, tau=tau)
    assert found.residual <= 1e-9
    assert nobody_gains(found, usable, tau) <= 1e-5 * (1 + found.crowding.max())
    reached = np.diff(usable.starts) > 0
    went = found.pairs.per_demand(found.flow)
    np.testing.assert_allclose(went, np.where(reached, demand, 0.0), rtol=1e-9)
    rho = demand.sum() / supply.sum()
    crowd = found.pairs.per_supply(found.flow)
    open_ = supply > 0
    np.testing.assert_allclose(found.crowding[open_], crowd[open_] / supply[open_] / rho)
    assert (found.flow >= 0).all()
    assert np.isinf(found.cost[~reached]).all()


def test_two_sites_share_by_travel_and_crowding_as_by_hand() -> None:
    """x + 0 = (4 − x) + 1, so 2.5 go to the near site and all bear 2.5."""
    pairs = Pairs.of([0, 0], [0, 1], [0.0, 60.0], shape=(1, 2))
    found = raam(pairs, np.array([4.0]), np.ones(2), tau=60.0, rho=1.0)
    np.testing.assert_allclose(found.flow, [2.5, 1.5])
    assert found.cost[0] == pytest.approx(2.5)


@pytest.mark.parametrize("seed", range(3))
def test_the_equilibrium_is_what_pysals_heuristic_approaches(seed: int) -> None:
    pairs, demand, supply = town(seed)
    found = raam(pairs, demand, supply)
    theirs = by_access(town(seed), "raam")
    told = (demand > 0) & (theirs > 0)
    apart = np.abs(found.cost[told] / theirs[told] - 1)
    assert np.median(apart) < 0.01
    assert np.average(found.cost[told], weights=demand[told]) == pytest.approx(
        np.average(theirs[told], weights=demand[told]), rel=0.01
    )


@pytest.mark.parametrize(
    ("demand", "supply", "options", "reason"),
    [
        ([0.0], [1.0], {}, "needs demand and supply"),
        ([1.0], [0.0], {}, "needs demand and supply"),
        ([1.0], [1.0], {"tau": 0.0}, "tau is 0"),
        ([1.0], [1.0], {"rho": -1.0}, "rho is -1"),
    ],
)
def test_what_has_no_equilibrium_is_refused(
    demand: list[float], supply: list[float], options: dict[str, float], reason: str
) -> None:
    pairs = Pairs.of([0], [0], [1.0], shape=(1, 1))
    with pytest.raises(InputError, match=reason):
        raam(pairs, np.array(demand), np.array(supply), **options)
