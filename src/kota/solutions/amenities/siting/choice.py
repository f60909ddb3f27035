"""Which sites to choose where each has a worth, within a number and a budget."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

_HALVINGS: Final = 24
"""How often the interval of the price of money is halved."""
_CENT: Final = 1e-9
"""Share of a budget by which it may be passed: rounding of sums."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The cheapest allowed choice, sites taken in part where a budget cuts one.

    Args:
        value: what it costs; no whole choice costs less.
        share: of each site that is taken `(m,)` [0..1].
        otherwise: how much more every choice costs that leaves out a taken site, or takes one
            that is left out `(m,)`; a lower bound.
    """

    value: float
    share: Floats
    otherwise: Floats


@dataclass(frozen=True, slots=True)
class Purse:
    """How sites may be chosen.

    Args:
        kept: sites that are always taken `(m,)`.
        count: how many may be open, kept ones included; None: any number.
        prices: what each costs `(m,)`.
        budget: what the open ones may cost together, kept ones included.
    """

    kept: Bools
    count: int | None
    prices: Floats
    budget: float = np.inf

    @property
    def room(self) -> int:
        """How many sites may be taken besides the kept ones; negative where those are too many."""
        free = int((~self.kept).sum())
        return free if self.count is None else min(self.count - int(self.kept.sum()), free)

    @property
    def limited(self) -> bool:
        """Whether there is a budget."""
        return bool(np.isfinite(self.budget))

    def allows(self, sites: NDArray[np.int64]) -> bool:
        """Whether these sites may be open together; kept ones need not be among them."""
        if self.count is not None and len(sites) > self.count:
            return False
        return not self.limited or float(self.prices[sites].sum()) <= self.budget * (1 + _CENT)

    def only(self, columns: NDArray[np.int64]) -> Purse:
        """The same over a part of the sites, which holds all kept ones."""
        return Purse(self.kept[columns], self.count, self.prices[columns], self.budget)

    def keeping(self, kept: Bools) -> Purse:
        """The same with other kept sites."""
        return Purse(kept, self.count, self.prices, self.budget)

    def choose(self, rho: Floats) -> Choice:
        """The cheapest choice where taking site j costs rho_j `(m,)`, none of them positive.

        A budget is priced, as demand is: for every price mu >= 0 of money the choice by
        rho + mu · prices, less mu · budget, bounds from below. The best mu is found by bisection
        of the concave bound.
        """
        if not self.limited:
            return self._counted(rho)
        return self._bought(rho)

    def _counted(self, worth: Floats) -> Choice:
        """The cheapest choice within the number, by worths of any sign."""
        free = np.flatnonzero(~self.kept)
        most = self.room
        if most < 0:
            return Choice(np.inf, self.kept.astype(np.float64), np.full(len(worth), np.inf))
        taken = self.kept.copy()
        otherwise = np.zeros(len(worth))
        sorted_ = np.sort(worth[free])
        if most >= len(free):
            last, following = 0.0, 0.0
        else:
            last = min(float(sorted_[most - 1]), 0.0) if most else -np.inf
            following = min(float(sorted_[most]), 0.0)
        order = free[np.argsort(worth[free], kind="stable")][:most]
        taken[order[worth[order] <= 0]] = True
        out = free[~taken[free]]
        otherwise[out] = np.maximum(worth[out] - last, 0.0) if most else np.inf
        into = free[taken[free]]
        otherwise[into] = np.maximum(following - worth[into], 0.0)
        otherwise[self.kept] = np.inf
        return Choice(float(worth[taken].sum()), taken.astype(np.float64), otherwise)

    def _priced(self, rho: Floats, mu: float) -> Choice:
        """The choice where money has a price."""
        found = self._counted(rho + mu * self.prices)
        return Choice(found.value - mu * self.budget, found.share, found.otherwise)

    def _bought(self, rho: Floats) -> Choice:
        """The cheapest choice within the budget, and the number if there is one."""
        left = self.budget * (1 + _CENT) - float(self.prices[self.kept].sum())
        best = low_choice = self._priced(rho, 0.0)
        if left < 0:
            return Choice(np.inf, best.share, np.full(len(rho), np.inf))
        if float(low_choice.share @ self.prices) <= self.budget:
            return low_choice
        gain = np.divide(-rho, self.prices, out=np.full(len(rho), np.inf), where=self.prices > 0)
        if self.count is None:
            return self._filled(rho, gain, left)
        low, high = 0.0, float(gain[self.prices > 0].max()) + 1.0
        high_choice = self._priced(rho, high)
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            found = self._priced(rho, middle)
            best = max(best, found, key=lambda each: each.value)
            if float(found.share @ self.prices) > self.budget:
                low, low_choice = middle, found
            else:
                high, high_choice = middle, found
        over = float(low_choice.share @ self.prices) - self.budget
        under = self.budget - float(high_choice.share @ self.prices)
        weight = max(under, 0.0) / (over + max(under, 0.0))
        share = weight * low_choice.share + (1 - weight) * high_choice.share
        return Choice(best.value, share, best.otherwise)

    def _filled(self, rho: Floats, gain: Floats, left: float) -> Choice:
        """Sites that gain most for their price, the last one in part, until nothing is left.

        This is the fractional knapsack of G. B. Dantzig, Discrete-variable extremum problems,
        Operations Research 5, 1957, doi:10.1287/opre.5.2.266.
        """
        free = np.flatnonzero(~self.kept)
        order = free[np.argsort(-gain[free], kind="stable")]
        spent = np.cumsum(self.prices[order])
        whole = int(np.searchsorted(spent, left, side="right"))
        share = self.kept.astype(np.float64)
        share[order[:whole]] = 1.0
        cut = order[whole]
        before = float(spent[whole - 1]) if whole else 0.0
        share[cut] = (left - before) / self.prices[cut]
        found = self._priced(rho, float(gain[cut]))
        return Choice(found.value, share, found.otherwise)
