"""Good sites within moments: interchange from many starts, then from neighbourhoods of the best."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from kota.solutions.amenities.siting.choice import Purse
from kota.solutions.amenities.siting.deadline import Deadline
from kota.solutions.amenities.siting.interchange import Interchange

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_WORK: Final = 4e7
"""Cells of the table of costs that all starts, or all shakes, may look at together."""
_SAMPLE: Final = 4_000_000
"""Cells of a table of costs above which swaps are first tried on a sample of the demand."""
_AROUND: Final = 500
"""Demand among which the one nearest to a candidate is looked for."""
_STARTS: Final = 8
"""Sets drawn at most."""
_SHAKES: Final = 80
"""Shaken sets at most."""
_WIDEST: Final = 5
"""Sites swapped by the widest shake."""


def recentre(costs: Floats, purse: Purse, sites: Ints, rounds: int = 12) -> Ints:
    """Move each site to where it serves the demand that is nearest to it best, again and again.

    It moves among the candidates whose own nearest demand it serves, so a round is cheap.

    Args:
        costs: of serving each demand from each candidate `(n, m)`, finite.
        purse: kept sites stay.
        sites: the first `(p,)`.
        rounds: at most.

    References:
        F. E. Maranzana, On the location of supply points to minimize transport costs, Operational
        Research Quarterly 15, 1964, doi:10.1057/jors.1964.47.
    """
    sites, before = sites.copy(), np.inf
    lively = np.flatnonzero(costs.max(axis=1) > 0)
    if not len(lively):
        return sites
    lively = lively[:: max(len(lively) // max(_AROUND, 4 * len(sites)), 1)]
    nearest_demand = lively[costs[lively].argmin(axis=0)]
    for _ in range(rounds):
        table = costs[:, sites]
        near = table.argmin(axis=1)
        cost = float(table[np.arange(len(table)), near].sum())
        if cost >= before * (1 - 1e-4):
            break
        before = cost
        around = near[nearest_demand]
        for rank in np.flatnonzero(~purse.kept[sites]):
            rows, places = np.flatnonzero(near == rank), np.flatnonzero(around == rank)
            if len(rows) and len(places):
                better = int(places[costs[np.ix_(rows, places)].sum(axis=0).argmin()])
                if better not in sites:
                    sites[rank] = better
    return sites


def random_sites(purse: Purse, rng: np.random.Generator) -> Ints:
    """Kept sites and free ones by chance, within the number and the budget."""
    chosen = [int(site) for site in np.flatnonzero(purse.kept)]
    spent = float(purse.prices[chosen].sum())
    room = purse.room
    for site in rng.permutation(np.flatnonzero(~purse.kept)):
        if room <= 0:
            break
        if spent + purse.prices[site] <= purse.budget:
            chosen.append(int(site))
            spent += float(purse.prices[site])
            room -= 1
    return np.array(chosen, dtype=np.int64)


def complete(costs: Floats, purse: Purse, sites: Ints) -> Ints:
    """Add sites while the number and the budget allow, the most saving for its price first."""
    chosen = [int(site) for site in sites]
    near = costs[:, chosen].min(axis=1) if chosen else np.full(len(costs), costs.max(initial=0.0))
    most = costs.shape[1] if purse.count is None else purse.count
    spent = float(purse.prices[chosen].sum())
    while len(chosen) < min(most, costs.shape[1]):
        saving = np.maximum(near[:, None] - costs, 0.0).sum(axis=0)
        if purse.limited:
            saving /= np.maximum(purse.prices, 1e-12)
            saving[spent + purse.prices > purse.budget] = -np.inf
        saving[chosen] = -np.inf
        site = int(saving.argmax())
        if not np.isfinite(saving[site]):
            break
        chosen.append(site)
        spent += float(purse.prices[site])
        near = np.minimum(near, costs[:, site])
    return np.array(chosen, dtype=np.int64)


def polish(
    costs: Floats, purse: Purse, sites: Ints, deadline: Deadline | None = None
) -> Interchange:
    """The local optimum of swaps, and of additions where a budget leaves room."""
    found = Interchange(costs, purse, sites)
    found.improve(deadline)
    while purse.limited:
        more = complete(costs, purse, found.sites)
        if len(more) == len(found.sites):
            break
        found = Interchange(costs, purse, more)
        found.improve()
    return found


def search(
    costs: Floats, purse: Purse, rng: np.random.Generator, deadline: Deadline
) -> Interchange:
    """Improve several sets of sites, drawn by chance, by swaps; the best of them.

    Args:
        costs: of serving each demand from each candidate `(n, m)`, finite.
        purse: how sites may be chosen.
        rng: chance.
        deadline: when to stop; one set is always improved.
    """

    def one() -> Interchange:
        sites = random_sites(purse, rng)
        if not purse.limited:
            sites = recentre(costs, purse, sites)
        size = max(_SAMPLE // costs.shape[1], 10 * len(sites))
        if size < len(costs) // 2:
            part = costs[np.sort(rng.choice(len(costs), size, replace=False))]
            sites = polish(part, purse, sites, deadline).sites
        return polish(costs, purse, sites, deadline)

    best = one()
    for _ in range(int(min(_WORK / max(costs.size, 1), _STARTS)) - 1):
        if not deadline:
            break
        found = one()
        best = min(best, found, key=lambda each: each.cost)
    return best


def shake(best: Interchange, rng: np.random.Generator, deadline: Deadline) -> Interchange:
    """Swap some sites of the best set by chance, more each time it fails, and improve again.

    Args:
        best: a local optimum.
        rng: chance.
        deadline: when to stop.

    References:
        P. Hansen, N. Mladenović, Variable neighborhood search for the p-median, Location Science
        5, 1997, doi:10.1016/S0966-8349(98)00030-8.
    """
    free = np.flatnonzero(~best.purse.kept)
    movable = len(np.setdiff1d(best.sites, np.flatnonzero(best.purse.kept)))
    if not movable or movable == len(free) or best.purse.limited:
        return best
    width = 1
    for _ in range(int(np.clip(_WORK / max(best.costs.size, 1), 4, _SHAKES))):
        if not deadline:
            break
        here = best.copy()
        for _ in range(min(width, movable)):
            ranks = np.flatnonzero(~best.purse.kept[here.sites])
            here.swap(int(rng.choice(ranks)), int(rng.choice(np.setdiff1d(free, here.sites))))
        better = here.improve(deadline) < best.cost * (1 - 1e-12)
        best, width = (here, 1) if better else (best, width % _WIDEST + 1)
    return best
