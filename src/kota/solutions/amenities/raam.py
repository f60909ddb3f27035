"""The rational agent access model, solved to its equilibrium.

Everybody goes where travel and crowding together cost least: ``c_ij / τ + (D_j / S_j) / ρ``, where
D_j is the demand that goes to j. In equilibrium nobody can gain by going elsewhere. That is the
assignment of Wardrop and Beckmann: the demand x_ij that minimises the convex potential

    Σ_ij x_ij c_ij / τ  +  Σ_j D_j² / (2 ρ S_j),   Σ_j x_ij = d_i,   x ≥ 0,

so it is solved as one, to a duality gap that anyone can check, and not by letting demand wander.

References:
    J. Saxon, D. Snow, A rational agent model for the spatial accessibility of primary health care,
    Annals of the American Association of Geographers 110, 2020,
    doi:10.1080/24694452.2019.1629870;
    M. Beckmann, C. McGuire, C. Winsten, Studies in the economics of transportation, 1956;
    S. Mehrotra, On the implementation of a primal-dual interior point method, SIAM Journal on
    Optimization 2, 1992, doi:10.1137/0802028.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kota.errors import InputError, SolutionError
from kota.solutions.amenities.interior import Assignment, solve
from kota.solutions.amenities.pairs import Floats, Ints, Pairs

TAU: Final = 60.0
"""Travel that weighs as much as a demand of ρ for each supply; minutes, as in the paper."""
RESIDUAL: Final = 1e-9
"""Mean that people could gain by going elsewhere, as a share of what they bear."""

Bools = NDArray[np.bool_]

_NEAR: Final = 3
_ROUGH: Final = (1e-2, 1e-4, 1e-6)
_NEARLY_ALL: Final = 0.98
_ROUNDS: Final = 100
_SMOOTHING: Final = 100
_DAMPED: Final = 0.6
_DUST: Final = 1e-3
_SAMPLE: Final = 200_000


@dataclass(frozen=True, slots=True)
class Equilibrium:
    """Where everybody goes when nobody can gain by going elsewhere.

    Args:
        cost: of each demand, of travel and crowding together `(n_demand,)`; infinite where no
            supply is in reach. Less is better.
        crowding: cost of crowding at each supply `(n_supply,)`.
        pairs: the pairs that are used.
        flow: demand that goes by each of them `(n_used,)`.
        residual: what people could gain by going elsewhere, all together, as a share of what they
            bear: 0 in equilibrium. An upper bound of how far the potential is from its least.
        potential: what is least in equilibrium.
    """

    cost: Floats
    crowding: Floats
    pairs: Pairs
    flow: Floats
    residual: float
    potential: float


def raam(
    pairs: Pairs,
    demand: Floats,
    supply: Floats,
    *,
    tau: float = TAU,
    rho: float | None = None,
    residual: float = RESIDUAL,
) -> Equilibrium:
    """Cost of access by the rational agent access model.

    Args:
        pairs: costs of travel, in the units of `tau`.
        demand: people `(n_demand,)`; places without any bear the cost of whoever came first.
        supply: capacity `(n_supply,)`; none: nobody goes there.
        tau: travel that weighs 1.
        rho: demand for each supply that weighs 1; all demand over all supply where absent.
        residual: what it may fall short of the equilibrium.

    Raises:
        InputError: there is no supply or demand at all, or a parameter is not above zero.

    >>> pairs = Pairs.of([0, 0], [0, 1], [0.0, 60.0], shape=(1, 2))
    >>> found = raam(pairs, np.array([4.0]), np.array([1.0, 1.0]), rho=1.0)
    >>> found.flow.round(6).tolist(), found.cost.round(6).tolist()
    ([2.5, 1.5], [2.5])
    """
    if not tau > 0:
        raise InputError(f"tau is {tau:g}", hint="give travel that weighs 1, above zero")
    if demand.sum() <= 0 or supply.sum() <= 0:
        raise InputError("raam needs demand and supply", hint="all demand or all supply is zero")
    scale = float(demand.sum() / supply.sum()) if rho is None else rho
    if not scale > 0:
        raise InputError(f"rho is {scale:g}", hint="give demand for each supply, above zero")
    usable = pairs.where(supply[pairs.supply] > 0)
    usable = Pairs(
        usable.n_demand, usable.n_supply, usable.demand, usable.supply, usable.cost / tau
    )
    capacity = scale * supply
    active = usable.where(demand[usable.demand] > 0)
    crowding, used, flow = _equilibrate(active, demand, capacity, residual)
    reached = crowding[usable.supply] + usable.cost
    cost = usable.least(reached)
    bears = used.cost + crowding[used.supply]
    gain = float((flow * (bears - cost[used.demand])).sum())
    total = float((flow * bears).sum())
    return Equilibrium(
        cost=cost,
        crowding=crowding,
        pairs=Pairs(used.n_demand, used.n_supply, used.demand, used.supply, used.cost * tau),
        flow=flow,
        residual=max(gain, 0.0) / total if total > 0 else 0.0,
        potential=float((flow * used.cost).sum() + (capacity * crowding**2).sum() / 2),
    )


def _equilibrate(
    pairs: Pairs, demand: Floats, capacity: Floats, residual: float
) -> tuple[Floats, Pairs, Floats]:
    """Solve on the pairs that may be used, adding those that turn out to be better.

    The first rounds are rough and may drop pairs that crowding has made dear; later ones only add,
    so they end.

    Returns:
        Crowding `(n_supply,)`, the used pairs, and their flows.
    """
    price = _guess(pairs, demand, capacity)
    kept = _few(pairs, _slack(pairs, price))
    for tolerance in (*_ROUGH, *(residual / 10,) * _ROUNDS):
        chosen = pairs.where(kept)
        found = solve(chosen, demand, capacity, tolerance=tolerance)
        moved, price = _most(np.abs(found.price - price)), found.price
        slack = _slack(pairs, price)
        if tolerance > residual:
            kept = _few(pairs, slack, kept | (slack <= 2 * moved))
            continue
        best = chosen.least(slack[kept])[pairs.demand]
        better = ~kept & (slack < best - residual / 10 * (1 + best))
        if not better.any():
            break
        kept = kept | _few(pairs, slack, better)
    else:
        raise SolutionError(
            f"raam found no equilibrium in {_ROUNDS} rounds", hint="check the scale of the costs"
        )
    return _tidy(chosen, found, demand, capacity, residual)


def _most(moves: Floats) -> float:
    """What nearly all prices have moved at most; outliers come back as better pairs."""
    return float(np.quantile(moves, _NEARLY_ALL))


def _slack(pairs: Pairs, price: Floats) -> Floats:
    """What each pair costs more than the best of its demand."""
    reached = pairs.cost + price[pairs.supply]
    return reached - pairs.least(reached)[pairs.demand]


def _guess(pairs: Pairs, demand: Floats, capacity: Floats) -> Floats:
    """Crowding of a sample of agents that choose with some chance, by
    damped Newton steps of each supply alone, while chance gets rarer."""
    some = pairs.where(pairs.demand % max(len(pairs) // _SAMPLE, 1) == 0)
    went = np.unique(some.demand)
    if not len(went):
        some, went = pairs, np.unique(pairs.demand)
    people = demand * (float(demand[np.unique(pairs.demand)].sum()) / float(demand[went].sum()))
    free = np.where(capacity > 0, capacity, 1.0)
    crowding = np.full(pairs.n_supply, float(people[went].sum() / free.sum()))
    coarse = max(float(np.median(some.cost)), float(crowding.mean()), 1e-9)
    for noise in coarse * np.geomspace(0.3, 0.01, _SMOOTHING):
        weight = np.exp(-_slack(some, crowding) / noise)
        share = weight / some.per_demand(weight)[some.demand]
        part = people[some.demand] * share
        lack = some.per_supply(part) - free * crowding
        bend = free + some.per_supply(part * (1 - share)) / noise
        crowding = np.maximum(crowding + _DAMPED * lack / bend, 0.0)
    return np.where(capacity > 0, crowding, 0.0)


def _few(pairs: Pairs, slack: Floats, allowed: Bools | None = None) -> Bools:
    """The few allowed pairs with the least slack of each demand, and of each supply."""
    where = np.arange(len(pairs)) if allowed is None else np.flatnonzero(allowed)
    few = np.zeros(len(pairs), dtype=np.bool_)
    value = slack[where]
    few[where[_least(value, pairs.demand[where])]] = True
    order = np.argsort(pairs.supply[where], kind="stable")
    few[where[order[_least(value[order], pairs.supply[where[order]])]]] = True
    return few


def _least(value: Floats, side: Ints) -> Bools:
    """The least few values of each side, which is sorted; all of those that are alike."""
    found = np.zeros(len(value), dtype=np.bool_)
    if not len(value):
        return found
    first = np.flatnonzero(np.concatenate([[True], side[1:] != side[:-1]]))
    count = np.diff(np.append(first, len(side)))
    left = value.copy()
    for _ in range(_NEAR):
        least = np.repeat(np.minimum.reduceat(left, first), count)
        found |= left <= least
        left[found] = np.inf
    return found


def _tidy(
    pairs: Pairs, found: Assignment, demand: Floats, capacity: Floats, residual: float
) -> tuple[Floats, Pairs, Floats]:
    """Without the dust that an interior point leaves on unused pairs, where that costs nothing."""
    share = found.flow / demand[pairs.demand]
    used = (_slack(pairs, found.price) <= share) | (share >= _DUST)
    clean = pairs.where(used)
    again = solve(clean, demand, capacity, tolerance=residual / 10)
    if _lost(pairs, clean, again, capacity) <= residual:
        return _settled(clean, again, demand, capacity)
    return _settled(pairs, found, demand, capacity)


def _lost(pairs: Pairs, used: Pairs, found: Assignment, capacity: Floats) -> float:
    """What people could gain by going elsewhere, as a share of what they bear."""
    price = np.where(capacity > 0, found.price, np.inf)
    bears = used.cost + price[used.supply]
    best = pairs.least(pairs.cost + price[pairs.supply])
    total = float(found.flow @ bears)
    return float(found.flow @ (bears - best[used.demand])) / total if total > 0 else 0.0


def _settled(
    pairs: Pairs, found: Assignment, demand: Floats, capacity: Floats
) -> tuple[Floats, Pairs, Floats]:
    """Flows that add up to the demand exactly, and the crowding that they make."""
    flow = found.flow * (demand / np.maximum(pairs.per_demand(found.flow), 1e-300))[pairs.demand]
    taken = pairs.per_supply(flow)
    crowding = np.divide(taken, capacity, out=np.zeros_like(taken), where=capacity > 0)
    return crowding, pairs, flow
