"""Proof of a p-median by branching: sites are decided one by one until no better choice is left.

Every branch keeps its own prices of demand; a few steps of the subgradient bring them to the
branch, and what it costs to choose sites otherwise decides most of them at once. Nothing is taken
from a solver, so the proof rests on sums that `Dual.evaluate` can repeat.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from itertools import count
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kota.solutions.amenities.siting.choice import Choice
from kota.solutions.amenities.siting.deadline import Deadline
from kota.solutions.amenities.siting.lagrangian import Bound, Dual, Pace

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

_PACE: Final = Pace(steps=24, patience=5, stride=0.5, shortest=0.02)


@dataclass(order=True, slots=True)
class _Branch:
    """Sites that may be open, some decided, and a bound of all choices among them."""

    bound: float
    number: int
    columns: Ints = field(compare=False)
    kept: Bools = field(compare=False)
    prices: Floats = field(compare=False)


@dataclass(slots=True)
class Incumbent:
    """The best sites so far.

    Args:
        sites: `(p,)`.
        cost: of the demand they serve.
        unit: costs of solutions are multiples of this; 0 where they are not.
    """

    sites: Ints
    cost: float
    unit: float

    @property
    def goal(self) -> float:
        """A bound this high proves the sites: nothing cheaper fits below the cost."""
        return self.cost - self.unit + 1e-9 * max(abs(self.cost), 1.0) if self.unit else self.cost

    def offer(self, costs: Floats, sites: Ints) -> None:
        """Take these sites if they are cheaper."""
        if len(sites):
            cost = float(costs[:, sites].min(axis=1).sum())
            if cost < self.cost - 1e-12 * abs(self.cost):
                self.sites, self.cost = np.sort(sites), cost


def decided(choice: Choice, value: float, goal: float) -> tuple[Bools, Bools]:
    """Sites that any choice cheaper than the goal must take, and must leave out `(m,)`."""
    sure = value + choice.otherwise >= goal
    return sure & (choice.share >= 1), sure & (choice.share <= 0)


class Tree:
    """All choices of sites that may be cheaper than the best, as branches still to be looked at.

    Args:
        costs: of serving each demand from each candidate `(n, m)`; infinite where it cannot.
        dual: over all of them.
        root: where it stands.
        best: is replaced by what is found.
    """

    def __init__(self, costs: Floats, dual: Dual, root: Bound, best: Incumbent) -> None:
        self._costs, self._dual, self._best = costs, dual, best
        self._numbers = count()
        columns = np.arange(costs.shape[1])
        first = _Branch(root.value, next(self._numbers), columns, dual.purse.kept, root.prices)
        self._heap = [first]
        self.seen = 0

    @property
    def bound(self) -> float:
        """No choice costs less."""
        left = self._heap[0].bound if self._heap else np.inf
        return left if left < self._best.goal else self._best.cost

    @property
    def done(self) -> bool:
        """Whether nothing cheaper is left."""
        return not self._heap or self._heap[0].bound >= self._best.goal

    def grow(self, deadline: Deadline, most: float = np.inf) -> None:
        """Look at branches until none is left, time is out or so many were seen."""
        end = self.seen + most
        while not self.done and deadline and self.seen < end:
            self.seen += 1
            here = heapq.heappop(self._heap)
            for part in _split(self._costs, self._dual, here, self._best, self._numbers, deadline):
                heapq.heappush(self._heap, part)


def _split(
    costs: Floats,
    dual: Dual,
    here: _Branch,
    best: Incumbent,
    numbers: count[int],
    deadline: Deadline,
) -> list[_Branch]:
    part = dual.only(here.columns).keeping(here.kept)
    bound = part.climb(here.prices, best.goal, _PACE, deadline)
    taken = bound.choice.share >= 1
    if part.purse.allows(np.flatnonzero(taken)):
        best.offer(costs, here.columns[taken])
    if bound.value >= best.goal:
        return []
    must, cannot = decided(bound.choice, bound.value, best.goal)
    columns, kept = here.columns[~cannot], (here.kept | must)[~cannot]
    often = bound.often[~cannot]
    purse = dual.purse.only(columns).keeping(kept)
    free = np.flatnonzero(~kept)
    if purse.room < 0:
        return []
    if not len(free) or not purse.room or purse.allows(np.arange(len(columns))):
        whole = columns if purse.allows(np.arange(len(columns))) else columns[kept]
        if dual.purse.allows(whole):
            best.offer(costs, whole)
        return []
    site = free[np.abs(often[free] - 0.5).argmin()]
    value = max(bound.value, here.bound)
    with_it = kept.copy()
    with_it[site] = True
    rest = np.arange(len(columns)) != site
    return [
        _Branch(value, next(numbers), columns, with_it, bound.prices),
        _Branch(value, next(numbers), columns[rest], kept[rest], bound.prices),
    ]
