"""Which demand can travel to which supply, and at what cost: a sparse matrix as three arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Pairs:
    """Pairs of demand and supply, ordered by demand.

    Args:
        n_demand, n_supply: how many of each there are, with or without a pair.
        demand, supply: numbers of the two `(n_pairs,)`.
        cost: of travelling from one to the other `(n_pairs,)`, finite, any one unit.
    """

    n_demand: int
    n_supply: int
    demand: Ints
    supply: Ints
    cost: Floats

    @classmethod
    def of(
        cls, demand: ArrayLike, supply: ArrayLike, cost: ArrayLike, *, shape: tuple[int, int]
    ) -> Pairs:
        """Pairs in any order; of several between the same two, the cheapest counts.

        Args:
            demand, supply, cost: as the class has them.
            shape: how many demand and supply there are.
        """
        d, s = np.asarray(demand, dtype=np.int64), np.asarray(supply, dtype=np.int64)
        c = np.asarray(cost, dtype=np.float64)
        key = d * max(shape[1], 1) + s
        if len(key) and not (np.diff(key) > 0).all():
            order = np.lexsort((c, key))
            key = key[order]
            first = np.concatenate([[True], key[1:] != key[:-1]])
            d, s, c = d[order][first], s[order][first], c[order][first]
        return cls(shape[0], shape[1], d, s, c)

    @classmethod
    def of_table(cls, table: ArrayLike) -> Pairs:
        """The finite cells of a table of costs `(n_demand, n_supply)`."""
        costs = np.asarray(table, dtype=np.float64)
        d, s = np.nonzero(np.isfinite(costs))
        return cls(costs.shape[0], costs.shape[1], d, s, costs[d, s])

    def __len__(self) -> int:
        return len(self.cost)

    def where(self, kept: NDArray[np.bool_]) -> Pairs:
        """Only some of the pairs `(n_pairs,)`."""
        return Pairs(
            self.n_demand, self.n_supply, self.demand[kept], self.supply[kept], self.cost[kept]
        )

    def within(self, limit: float | None) -> Pairs:
        """Only the pairs that cost no more than a limit; None: all."""
        return self if limit is None else self.where(self.cost <= limit)

    def per_demand(self, value: Floats) -> Floats:
        """Sums of a value of each pair `(n_pairs,)` over the pairs of each demand `(n_demand,)`."""
        return np.asarray(np.bincount(self.demand, value, self.n_demand), dtype=np.float64)

    def per_supply(self, value: Floats) -> Floats:
        """Sums of a value of each pair `(n_pairs,)` over the pairs of each supply `(n_supply,)`."""
        return np.asarray(np.bincount(self.supply, value, self.n_supply), dtype=np.float64)

    def least(self, value: Floats) -> Floats:
        """Least of a value of each pair over the pairs of each demand; infinite without a pair."""
        found = np.full(self.n_demand, np.inf)
        starts = self.starts
        has = np.diff(starts) > 0
        if has.any():
            found[has] = np.minimum.reduceat(value, starts[:-1][has])
        return found

    @property
    def starts(self) -> Ints:
        """Where the pairs of each demand begin, and the end `(n_demand + 1,)`."""
        counts = np.bincount(self.demand, minlength=self.n_demand)
        return np.concatenate([[0], np.cumsum(counts)])
