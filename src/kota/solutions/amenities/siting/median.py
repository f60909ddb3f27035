"""The p-median of any table of costs: good sites, a bound, and the proof where time allows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kota.solutions.amenities.siting.branch import Incumbent, Tree, decided
from kota.solutions.amenities.siting.choice import Purse
from kota.solutions.amenities.siting.deadline import Deadline
from kota.solutions.amenities.siting.interchange import Interchange
from kota.solutions.amenities.siting.lagrangian import Bound, Dual, Pace
from kota.solutions.amenities.siting.program import Program
from kota.solutions.amenities.siting.radius import add_balls, make_balls
from kota.solutions.amenities.siting.search import polish, search, shake

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_FIRST_BRANCHES: Final = 400
"""Branches that are looked at before the solver is tried."""
_LARGE: Final = 2_000_000
"""Pairs of demand and candidate above which prices first climb over a part of the candidates."""
_PART: Final = 10
"""One in so many candidates is in that part at first."""
_ROUNDS: Final = 5
"""How often the part grows."""
_MOST_BALLS: Final = 30_000
"""A larger radius program is not given to the solver."""


@dataclass(frozen=True, slots=True)
class Median:
    """Sites, what they cost, and what no sites can cost less than.

    Args:
        sites: open ones `(p,)`.
        cost: of the demand they serve.
        bound: no allowed choice costs less.
        proof: what vouches for the bound: ``prices``, ``branches`` or ``solver``.
    """

    sites: Ints
    cost: float
    bound: float
    proof: str


def median(
    costs: Floats,
    purse: Purse,
    *,
    deadline: Deadline,
    seed: int,
    gap: float = 0.0,
    start: Ints | None = None,
) -> Median:
    """Choose sites so that demand is served at the least cost.

    Interchange gives sites, prices of demand a bound. Where they do not meet, sites that no cheaper
    choice can hold fall out, and the rest is branched over; if that takes long, the rest goes to
    HiGHS as a radius program for a while.

    Args:
        costs: of serving each demand from each candidate `(n, m)`, already weighed; infinite where
            it cannot be served.
        purse: how sites may be chosen.
        deadline: when to stop.
        seed: of chance; with time enough the same seed gives the same sites.
        gap: relative gap at which to stop.
        start: sites from which every demand can be served, to begin with.
    """
    rng = np.random.default_rng(seed)
    hunt = _Hunt(costs, purse, deadline, rng)
    hunt.begin(start)
    hunt.climb()
    if hunt.open(gap):
        hunt.shake()
        hunt.climb()
    if hunt.open(gap):
        hunt.prove()
    return hunt.result()


class _Hunt:
    """The steps of one search, each of which finds the sites, the bound and nothing else nearer."""

    def __init__(
        self, costs: Floats, purse: Purse, deadline: Deadline, rng: np.random.Generator
    ) -> None:
        self.costs, self.purse, self.deadline, self.rng = costs, purse, deadline, rng
        self.finite = finite_costs(costs)
        self.unit = common_unit(costs)
        self.tried: set[tuple[int, ...]] = set()
        self.proof = "prices"
        self.value = -np.inf
        self.bound: Bound | None = None

    def begin(self, start: Ints | None) -> None:
        found = search(self.finite, self.purse, self.rng, self.deadline.share(0.4))
        if start is not None:
            other = polish(self.finite, self.purse, start)
            found = min(found, other, key=lambda one: one.cost)
        self.found = found
        cost = float(self.costs[:, found.sites].min(axis=1).sum())
        self.best = Incumbent(np.sort(found.sites), cost, self.unit)
        self.dual = Dual(self.costs, self.purse, _caps(self.costs, found))

    def open(self, gap: float) -> bool:
        """Whether the gap is still too large, and there is time."""
        if self.value >= self.best.goal or not self.deadline:
            return False
        return self.best.cost - self.value > gap * abs(self.best.cost)

    def climb(self) -> None:
        """Raise the prices; what they would choose is improved by swaps and offered."""
        if self.bound is None:
            first = (self.found.near + np.minimum(self.found.next, self.dual.caps)) / 2
        else:
            first = self.bound.prices
        if self.bound is None and self.dual.size > _LARGE:
            first = self._climb_part(first)
        self.bound = self.dual.climb(first, self.best.goal, Pace(), self.deadline, self._round_up)
        self._round_up(self.bound)
        self.value = max(self.value, self.bound.value)

    def _climb_part(self, prices: Floats) -> Floats:
        """Good first prices where a step is long: climb over a part of the candidates.

        A bound over a part proves nothing; its prices are weighed over all candidates, and those
        that undercut it join the part.
        """
        m = self.costs.shape[1]
        few = max(m // _PART, 2 * len(self.best.sites))
        columns = np.union1d(self.rng.choice(m, min(few, m), replace=False), self.best.sites)
        columns = np.union1d(columns, np.flatnonzero(self.purse.kept))
        best = self.dual.evaluate(np.minimum(prices, self.dual.caps))
        until = self.deadline.share(0.6)
        for _ in range(_ROUNDS):
            if not until or len(columns) > m // 2:
                break
            part = self.dual.only(columns)
            pace = Pace(steps=150, patience=8, shortest=0.05)
            prices = part.climb(prices, self.best.goal, pace, until).prices
            whole = self.dual.evaluate(prices)
            best = max(best, whole, key=lambda each: each.value)
            worst = np.argsort(whole.rho, kind="stable")[:few]
            columns = np.union1d(columns, worst)
        return best.prices

    def _round_up(self, bound: Bound) -> float:
        if not self.deadline:
            return -np.inf
        sites = np.sort(np.flatnonzero(bound.choice.share >= 1))
        if tuple(sites) not in self.tried and len(sites) and self.purse.allows(sites):
            self.tried.add(tuple(sites))
            self._offer(polish(self.finite, self.purse, sites, self.deadline))
        return self.best.goal

    def _offer(self, found: Interchange) -> None:
        if found.cost < self.found.cost:
            self.found = found
        self.best.offer(self.costs, found.sites)

    def shake(self) -> None:
        self._offer(shake(self.found, self.rng, self.deadline.share(0.3)))

    def prove(self) -> None:
        assert self.bound is not None
        _, cannot = decided(self.bound.choice, self.bound.value, self.best.goal)
        columns = np.flatnonzero(~cannot)
        inner = Incumbent(np.empty(0, np.int64), self.best.cost, self.unit)
        tree = Tree(self.costs[:, columns], self.dual.only(columns), self.bound, inner)
        tree.grow(self.deadline, _FIRST_BRANCHES)
        solved = False
        if not tree.done:
            solved = self._solve(columns, inner)
        if not solved:
            tree.grow(self.deadline)
        if inner.cost < self.best.cost:
            self.best.sites, self.best.cost = columns[inner.sites], inner.cost
        if solved:
            self.proof, self.value = "solver", self.best.cost
        else:
            self.proof, self.value = "branches", max(self.value, tree.bound)

    def _solve(self, columns: Ints, inner: Incumbent) -> bool:
        """Whether HiGHS proves that nothing is cheaper than the best, which it may replace."""
        assert self.bound is not None
        caps = self.bound.prices + max(inner.goal - self.bound.value, 0.0)
        caps = np.where(caps >= self.dual.caps, np.inf, caps * (1 + 1e-9) + 1e-9)
        costs = self.costs[:, columns]
        balls = make_balls(costs, np.where(np.isfinite(caps), caps, np.finfo(np.float64).max))
        if balls is None:
            return True
        if len(balls.step) > _MOST_BALLS:
            return False
        purse, program = self.purse.only(columns), Program()
        sites = program.columns(len(columns), low=purse.kept.astype(np.float64), whole=True)
        add_balls(program, balls, sites, balls.step)
        if purse.count is not None:
            program.row(sites, 1.0, high=float(purse.count))
        if purse.limited:
            program.row(sites, purse.prices, high=purse.budget)
        said = program.solve(self.deadline.share(0.3).left)
        if said.values is not None:
            chosen = np.flatnonzero(said.values[sites] > 0.5)
            if purse.allows(chosen):
                inner.offer(costs, chosen)
        beaten = said.bound + balls.base >= inner.goal - 1e-7 * abs(inner.goal)
        return said.status == "infeasible" or (said.status == "optimal" and beaten)

    def result(self) -> Median:
        cost, value = self.best.cost, self.value
        proven = value >= self.best.goal
        bound = cost if proven else min(_rounded(value, self.unit), cost)
        return Median(self.best.sites, cost, bound, self.proof)


def common_unit(costs: Floats) -> float:
    """The largest whole number that all finite costs are multiples of; 0 where there is none.

    >>> common_unit(np.array([[6.0, 9.0], [np.inf, 3.0]])), common_unit(np.array([[0.5]]))
    (3.0, 0.0)
    """
    unit = 0
    for part in np.array_split(costs, max(costs.size // 10_000, 1)):
        known = part[np.isfinite(part)]
        if (known != np.floor(known)).any() or (known >= 1 << 40).any():
            return 0.0
        if unit != 1:
            unit = int(np.gcd(unit, np.gcd.reduce(known.astype(np.int64), initial=0)))
    return float(unit)


def _rounded(bound: float, unit: float) -> float:
    """The next multiple of the unit that a cost can have."""
    return bound if not unit else float(np.ceil((bound - 1e-9 * max(bound, 1.0)) / unit) * unit)


def finite_costs(costs: Floats) -> Floats:
    """Costs in which a demand that cannot be served outweighs all that can."""
    known = np.isfinite(costs)
    if known.all():
        return costs
    heavy = 1.0 + np.where(known, costs, 0.0).max(axis=1, initial=0.0).sum()
    filled: Floats = np.where(known, costs, heavy)
    return filled


def _caps(costs: Floats, found: Interchange) -> Floats:
    """Prices that demand need not exceed: the cost from its third nearest open site."""
    third = np.full(len(costs), np.inf)
    if len(found.sites) > 2:
        third = np.partition(costs[:, found.sites], 2, axis=1)[:, 2] * (1 + 1e-9) + 1e-9
    open_ = np.flatnonzero(~np.isfinite(third))
    if len(open_):
        part = costs[open_]
        top = np.where(np.isfinite(part), part, 0.0).max(axis=1)
        third[open_] = top + max(found.cost, 1.0)
    return third
