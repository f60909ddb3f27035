"""Fast interchange for the p-median: which site to swap for which, for all pairs at once."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from kota.solutions.amenities.siting.choice import Purse
from kota.solutions.amenities.siting.deadline import Deadline

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_CELLS: Final = 1 << 21
"""Cells of the largest temporary table [doubles], 16 MiB."""
_GAIN: Final = 1e-9
"""A swap must gain this share of the cost, so that rounding never makes a cycle."""


_AT_ONCE: Final = 8
"""One in so many sites is swapped before all swaps are looked at again."""
_OWN: Final = ("sites", "first", "second", "near", "next", "gain", "loss", "extra")
"""What a set of open sites has of its own."""


class Interchange:
    """A set of open sites that is improved by swaps.

    Holds for every candidate j and open site r what Resende and Werneck call gain, loss and extra:
    the swap (r out, j in) saves ``gain[j] - loss[r] + extra[r, j]``. After a swap only rows of
    demand whose nearest or second nearest site changed are counted anew.

    Args:
        costs: of serving each demand from each candidate `(n, m)`, finite.
        purse: which sites are kept, and what they may cost.
        sites: the first set `(p,)`, with every kept site.

    References:
        R. A. Whitaker, A fast algorithm for the greedy interchange for large-scale clustering and
        median location problems, INFOR 21, 1983, doi:10.1080/03155986.1983.11731889;
        M. G. C. Resende, R. F. Werneck, A fast swap-based local search procedure for location
        problems, Annals of Operations Research 150, 2007, doi:10.1007/s10479-006-0154-0.
    """

    def __init__(self, costs: Floats, purse: Purse, sites: Ints) -> None:
        self.costs, self.purse = costs, purse
        self.top = float(costs.max(initial=0.0))
        self.sites = sites.astype(np.int64).copy()
        self._rank(np.arange(len(costs)))
        self._tally()

    def _rank(self, rows: Ints) -> None:
        """Find the nearest and the second nearest open site of rows anew."""
        n, p = len(self.costs), len(self.sites)
        if len(rows) == n:
            self.first, self.second = np.zeros(n, np.int64), np.zeros(n, np.int64)
            self.near, self.next = np.zeros(n), np.zeros(n)
        table = self.costs[np.ix_(rows, self.sites)]
        index = np.arange(len(rows))
        best = table.argmin(axis=1)
        self.first[rows], self.near[rows] = best, table[index, best]
        if p == 1:
            self.second[rows], self.next[rows] = -1, self.top
            return
        table[index, best] = np.inf
        best = table.argmin(axis=1)
        self.second[rows], self.next[rows] = best, table[index, best]

    def _tally(self) -> None:
        m, p = self.costs.shape[1], len(self.sites)
        self.gain, self.loss, self.extra = np.zeros(m), np.zeros(p), np.zeros((p, m))
        self._count(np.arange(len(self.costs)), 1.0)

    def _count(self, rows: Ints, sign: float) -> None:
        """Add (or take away) what rows of demand say about every swap."""
        np.add.at(self.loss, self.first[rows], sign * (self.next[rows] - self.near[rows]))
        rows = rows[np.argsort(self.first[rows], kind="stable")]
        step = max(_CELLS // self.costs.shape[1], 1)
        for begin in range(0, len(rows), step):
            part = rows[begin : begin + step]
            table, near = self.costs[part], self.near[part][:, None]
            self.gain += sign * np.maximum(near - table, 0.0).sum(axis=0)
            np.maximum(table, near, out=table)
            np.subtract(self.next[part][:, None], table, out=table)
            np.maximum(table, 0.0, out=table)
            owners, starts = np.unique(self.first[part], return_index=True)
            self.extra[owners] += sign * np.add.reduceat(table, starts, axis=0)

    @property
    def cost(self) -> float:
        """What the open sites cost the demand together."""
        return float(self.near.sum())

    def savings(self) -> Floats:
        """What each swap saves `(p, m)`: site of rank r out, candidate j in; −inf: not allowed."""
        saving = self.extra + self.gain
        saving -= self.loss[:, None]
        saving[:, self.sites] = -np.inf
        saving[self.purse.kept[self.sites]] = -np.inf
        if self.purse.limited:
            saving[~self._affordable()] = -np.inf
        return saving

    def _saving_of(self, into: int) -> tuple[float, int]:
        """The most that a candidate can save now, and the rank of the site it replaces."""
        saving = self.gain[into] - self.loss + self.extra[:, into]
        saving[self.purse.kept[self.sites]] = -np.inf
        if self.purse.limited:
            prices = self.purse.prices
            rest = prices[self.sites].sum() - prices[self.sites]
            saving[rest + prices[into] > self.purse.budget] = -np.inf
        out = int(saving.argmax())
        return float(saving[out]), out

    def _affordable(self) -> NDArray[np.bool_]:
        """Which swaps the budget allows `(p, m)`."""
        prices = self.purse.prices
        rest = prices[self.sites].sum() - prices[self.sites]
        allowed: NDArray[np.bool_] = rest[:, None] + prices <= self.purse.budget
        return allowed

    def swap(self, out: int, into: int) -> None:
        """Close the site of a rank and open a candidate in its place."""
        column = self.costs[:, into]
        left = (self.first == out) | (self.second == out)
        touched = np.flatnonzero(left | (column < self.next))
        self._count(touched, -1.0)
        self.sites[out] = into
        orphans = np.flatnonzero(left)
        if len(orphans):
            self._rank(orphans)
        nearer = np.flatnonzero(~left & (column < self.near))
        self.second[nearer], self.next[nearer] = self.first[nearer], self.near[nearer]
        self.first[nearer], self.near[nearer] = out, column[nearer]
        between = ~left & (column < self.next) & (self.first != out)
        self.second[between], self.next[between] = out, column[between]
        self.loss[out] = 0.0
        self.extra[out] = 0.0
        self._count(touched, 1.0)

    def copy(self) -> Interchange:
        """One that can be swapped on without this one."""
        other = Interchange.__new__(Interchange)
        other.costs, other.purse, other.top = self.costs, self.purse, self.top
        for name in _OWN:
            setattr(other, name, getattr(self, name).copy())
        return other

    def improve(self, deadline: Deadline | None = None) -> float:
        """Swap until no swap saves, or time is out; returns the cost.

        Each look at all swaps gives the candidates that save most; they are taken one after the
        other while they still save half of that, before all are looked at again.
        """
        while deadline is None or deadline:
            best = self.savings().max(axis=0)
            order = np.argsort(-best, kind="stable")[: max(1, len(self.sites) // _AT_ONCE)]
            swapped = False
            for into in order:
                saving, out = self._saving_of(int(into))
                least = _GAIN * max(self.cost, 1e-300)
                if into in self.sites or not saving > max(least, 0.5 * best[into]):
                    continue
                before = self.cost
                self.swap(out, int(into))
                swapped = self.cost < before
                if not swapped:
                    self._tally()
                    break
            if not swapped:
                break
        return self.cost
