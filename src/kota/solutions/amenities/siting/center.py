"""The p-center: the least distance at which some sites reach everybody.

Distances are tried by bisection; each asks whether a cover of that reach exists (Minieka 1970). A
distance at which none exists bounds from below, one at which one does is an answer, so the search
can stop at any time with both.

References:
    E. Minieka, The m-center problem, SIAM Review 12, 1970, doi:10.1137/1012016;
    S. Elloumi, M. Labbé, Y. Pochet, A new formulation and resolution method for the p-center
    problem, INFORMS J. Computing 16, 2004, doi:10.1287/ijoc.1030.0028.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from kota.solutions.amenities.siting.choice import Purse
from kota.solutions.amenities.siting.cover import Cover, cover
from kota.solutions.amenities.siting.deadline import Deadline
from kota.solutions.amenities.siting.search import search

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Trial:
    """Whether sites reach everybody at a distance.

    Args:
        sites: that do, or None.
        sure: where there are none, whether that is proven.
        proof: what vouches for it.
    """

    sites: Ints | None
    sure: bool
    proof: str


@dataclass(frozen=True, slots=True)
class Center:
    """The least distance found and the least possible.

    Args:
        sites: or None where no distance was found to be enough.
        distance: at which they reach everybody.
        bound: no sites reach everybody at less; infinite where none do at all.
        proof: of the bound.
    """

    sites: Ints | None
    distance: float
    bound: float
    proof: str


def bisect(
    steps: Floats, attempt: Callable[[float, Deadline], Trial], deadline: Deadline
) -> Center:
    """Find the least distance at which an attempt succeeds.

    Args:
        steps: distances that can be the answer, rising; below the first nothing is enough.
        attempt: tries one, and what succeeds at a distance does at any larger one.
        deadline: when to stop.
    """
    last = attempt(float(steps[-1]), deadline)
    if last.sites is None:
        bound = np.inf if last.sure else float(steps[0])
        return Center(None, np.inf, bound, last.proof)
    sites, low, high, proof = last.sites, 0, len(steps) - 1, "prices"
    doubtful = low
    while doubtful < high and deadline:
        middle = (doubtful + high) // 2
        found = attempt(float(steps[middle]), deadline.share(0.5))
        if found.sites is not None:
            sites, high = found.sites, middle
            continue
        doubtful = middle + 1
        if found.sure:
            low, proof = middle + 1, found.proof
    return Center(sites, float(steps[high]), float(steps[min(low, high)]), proof)


def center(distances: Floats, purse: Purse, *, deadline: Deadline, seed: int) -> Center:
    """Choose sites so that the farthest demand is as near as can be.

    Args:
        distances: from each demand to each candidate `(n, m)`; infinite where there is no way.
        purse: how sites may be chosen.
        deadline: when to stop.
        seed: of chance.
    """
    rng = np.random.default_rng(seed)
    ones = np.ones(len(purse.kept)) if purse.count is not None else purse.prices
    enough = float(purse.count) if purse.count is not None else purse.budget

    def quick(distance: float, until: Deadline) -> Trial:
        near = distances <= distance
        found = cover(near, purse, ones, deadline=until.share(0.0), enough=enough)
        if found.cost > enough * (1 + 1e-9) >= found.bound:
            swapped = search((~near).astype(np.float64), purse, rng, until.share(0.1))
            if swapped.cost == 0:
                return Trial(swapped.sites, True, "prices")
        return _trial(found, enough)

    def thorough(distance: float, until: Deadline) -> Trial:
        found = cover(distances <= distance, purse, ones, deadline=until, enough=enough)
        return _trial(found, enough)

    least = distances.min(axis=1).max(initial=0.0)
    known = np.unique(distances[np.isfinite(distances) & (distances >= least)])
    if not len(known):
        return Center(None, np.inf, np.inf, "prices")
    first = bisect(known, quick, deadline.share(0.4))
    if first.sites is None or first.bound >= first.distance:
        return first if first.sites is not None else bisect(known, thorough, deadline)
    rest = known[(known >= first.bound) & (known <= first.distance)]
    last = bisect(rest, lambda r, until: _known(r, first) or thorough(r, until), deadline)
    return last if last.bound > first.bound else replace(last, proof=first.proof)


def _known(distance: float, first: Center) -> Trial | None:
    """What a first look has found already."""
    return Trial(first.sites, True, first.proof) if distance >= first.distance else None


def _trial(found: Cover, enough: float) -> Trial:
    if found.sites is not None and found.cost <= enough * (1 + 1e-9):
        return Trial(found.sites, True, found.proof)
    return Trial(None, found.bound > enough * (1 + 1e-9), found.proof)
