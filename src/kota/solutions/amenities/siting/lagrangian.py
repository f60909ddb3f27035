"""A lower bound of the p-median that needs no solver, and what it proves about sites.

The rule that every demand is served is priced instead of kept. With price v_i of demand i a site j
is worth rho_j = Σ_i min(0, c_ij − v_i), and Σ v_i + the cheapest allowed choice of sites by rho is
a lower bound for **every** v, so it can be checked by anyone in one line (`Dual.evaluate`). Prices
climb by the subgradient of Held, Wolfe and Crowder.

References:
    J. E. Beasley, Lagrangean heuristics for location problems, European Journal of Operational
    Research 65, 1993, doi:10.1016/0377-2217(93)90118-7;
    G. Cornuéjols, M. L. Fisher, G. L. Nemhauser, Location of bank accounts to optimize float,
    Management Science 23, 1977, doi:10.1287/mnsc.23.8.789.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kota.solutions.amenities.siting.choice import Choice, Purse
from kota.solutions.amenities.siting.deadline import Deadline

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_OVERSHOOT: Final = 1e-4
"""Share by which steps aim above the known cost, so that they do not die before it."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How a climb goes.

    Args:
        steps: at most.
        patience: steps without a better bound after which the stride is halved.
        stride: first length of a step, as a share of Polyak's.
        shortest: stride at which the climb ends.
    """

    steps: int = 3000
    patience: int = 20
    stride: float = 1.0
    shortest: float = 1e-3


@dataclass(frozen=True, slots=True)
class Bound:
    """A lower bound and the prices that prove it.

    Args:
        value: no choice of sites costs less.
        prices: of demand `(n,)`.
        choice: of sites at these prices, with what it costs to choose otherwise.
        rho: what each site is worth at the prices `(m,)`.
        often: share of the steps of a climb at which each site was taken `(m,)`.
    """

    value: float
    prices: Floats
    choice: Choice
    rho: Floats
    often: Floats


class Dual:
    """The priced problem of one table of costs.

    Args:
        costs: of serving each demand from each candidate `(n, m)`; infinite where it cannot.
        purse: how sites may be chosen.
        caps: prices of demand never exceed these `(n,)`, finite; pairs that cost more are left
            out, which makes a step cheaper and leaves the bound valid.
    """

    def __init__(self, costs: Floats, purse: Purse, caps: Floats) -> None:
        within = (costs < caps[:, None]).T
        rows = np.nonzero(within)[1].astype(np.int32)
        self._lay(purse, caps, rows, costs.T[within], within.sum(axis=1))

    def _lay(
        self, purse: Purse, caps: Floats, rows: NDArray[np.int32], costs: Floats, counts: Ints
    ) -> None:
        """Take pairs, site after site: the demand and the cost of each, and how many a site has."""
        self.purse, self.caps = purse, caps
        self._rows, self._costs, self._counts = rows, costs, counts
        self._ends = np.concatenate([[0], np.cumsum(counts)])
        self._filled = np.flatnonzero(counts)
        self._starts = self._ends[self._filled]

    @property
    def size(self) -> int:
        """How many pairs of demand and candidate there are."""
        return len(self._rows)

    def only(self, columns: Ints) -> Dual:
        """The same over a part of the sites, which holds all kept ones."""
        within = np.zeros(len(self._counts), dtype=bool)
        within[columns] = True
        pairs = np.repeat(within, self._counts)
        part = Dual.__new__(Dual)
        part._lay(
            self.purse.only(columns),
            self.caps,
            self._rows[pairs],
            self._costs[pairs],
            self._counts[columns],
        )
        return part

    def keeping(self, kept: NDArray[np.bool_]) -> Dual:
        """The same with other kept sites."""
        part = Dual.__new__(Dual)
        part._lay(self.purse.keeping(kept), self.caps, self._rows, self._costs, self._counts)
        return part

    def evaluate(self, prices: Floats) -> Bound:
        """The bound at prices of demand `(n,)`, none above its cap."""
        rho = np.zeros(len(self._counts))
        if len(self._costs):
            parts = self._costs - prices[self._rows]
            np.minimum(parts, 0.0, out=parts)
            rho[self._filled] = np.add.reduceat(parts, self._starts)
        choice = self.purse.choose(rho)
        return Bound(float(prices.sum()) + choice.value, prices, choice, rho, choice.share)

    def _slope(self, bound: Bound) -> Floats:
        """How the bound changes with each price `(n,)`."""
        slope = np.ones(len(self.caps))
        for site in np.flatnonzero(bound.choice.share > 0):
            part = slice(self._ends[site], self._ends[site + 1])
            rows = self._rows[part]
            served = self._costs[part] < bound.prices[rows]
            slope[rows[served]] -= bound.choice.share[site]
        return slope

    def climb(
        self,
        start: Floats,
        target: float,
        pace: Pace,
        deadline: Deadline,
        seen: Callable[[Bound], float] | None = None,
    ) -> Bound:
        """Raise the bound towards a known cost.

        Args:
            start: first prices `(n,)`.
            target: the bound need not be higher than this: what a known solution costs.
            pace: how.
            deadline: when to stop.
            seen: is shown the best bound before each shorter stride and says the target from then.
        """
        best = here = self.evaluate(np.minimum(start, self.caps))
        stride, still, way = pace.stride, 0, np.zeros(len(start))
        often, count = best.choice.share.copy(), 1
        for _ in range(pace.steps):
            way = self._slope(here) + 0.5 * way
            norm = float(way @ way)
            if best.value >= target or norm < 1e-12 or stride < pace.shortest or not deadline:
                break
            missing = target + _OVERSHOOT * abs(target) - here.value
            prices = np.minimum(here.prices + stride * missing / norm * way, self.caps)
            here = self.evaluate(prices)
            often += here.choice.share
            count += 1
            still = 0 if here.value > best.value else still + 1
            if not still:
                best = here
            elif still >= pace.patience:
                target = min(target, seen(best)) if seen else target
                stride, still, here, way = stride / 2, 0, best, np.zeros(len(start))
        return replace(best, often=often / count)
