"""Assignment of demand to supply at crowding costs, as a convex quadratic program.

    minimise  Σ x_ij c_ij + Σ_j D_j² / 2a_j,   D_j = Σ_i x_ij,   Σ_j x_ij = d_i,   x ≥ 0

by Mehrotra's predictor–corrector interior point. The quadratic part has one square for each supply,
and the rows of the demand touch no pair twice, so each step is one positive definite system of the
size of the supply, however many pairs there are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from kota.solutions.amenities.pairs import Floats, Pairs

_STEPS: Final = 80
_BACK: Final = 0.99995
"""Share of the way to the boundary that a step goes."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """An assignment and what proves it.

    Args:
        flow: of each pair `(n_pairs,)`, above zero.
        price: of crowding at each supply, D_j / a_j `(n_supply,)`.
    """

    flow: Floats
    price: Floats


def solve(
    pairs: Pairs,
    demand: Floats,
    capacity: Floats,
    *,
    tolerance: float = 1e-10,
) -> Assignment:
    """Assign demand.

    Args:
        pairs: costs; every one has demand and capacity above zero.
        demand: people `(n_demand,)`; those without a pair are left out.
        capacity: a_j `(n_supply,)`.
        tolerance: relative duality gap.
    """
    single = np.bincount(pairs.demand, minlength=pairs.n_demand)[pairs.demand] == 1
    flow = np.where(single, demand[pairs.demand], 0.0)
    settled = pairs.per_supply(flow)
    price = np.divide(settled, capacity, out=np.zeros_like(settled), where=capacity > 0)
    if not single.all():
        open_ = pairs.where(~single)
        inside = _Interior(open_, demand, capacity, settled)
        flow[~single], price[inside.columns] = inside.solve(tolerance)
    return Assignment(flow, price)


class _Interior:
    """The state of the method on the demand that can choose and the supply it can choose from.

    Args:
        pairs, demand, capacity: as `solve`.
        settled: demand of each supply that cannot choose `(n_supply,)`.
    """

    def __init__(self, pairs: Pairs, demand: Floats, capacity: Floats, settled: Floats) -> None:
        self.rows, self.row = np.unique(pairs.demand, return_inverse=True)
        self.columns, self.column = np.unique(pairs.supply, return_inverse=True)
        self.n_rows, self.n_columns = len(self.rows), len(self.columns)
        self.unit = float(demand[self.rows].mean())
        self.demand = demand[self.rows] / self.unit
        self.capacity = capacity[self.columns] / self.unit
        self.settled = settled[self.columns] / self.unit
        self.cost = pairs.cost

    def by_row(self, value: Floats) -> Floats:
        return np.asarray(np.bincount(self.row, value, self.n_rows), dtype=np.float64)

    def by_column(self, value: Floats) -> Floats:
        return np.asarray(np.bincount(self.column, value, self.n_columns), dtype=np.float64)

    def price(self, x: Floats) -> Floats:
        """Of crowding, at a flow."""
        return (self.settled + self.by_column(x)) / self.capacity

    def solve(self, tolerance: float) -> tuple[Floats, Floats]:
        """The flow of each pair, and the price of each supply that has one."""
        x = (self.demand / self.by_row(np.ones(len(self.cost))))[self.row]
        price = self.price(x)
        reduced = self.cost + price[self.column]
        least = np.full(self.n_rows, np.inf)
        np.minimum.at(least, self.row, reduced)
        margin = 0.1 * float(np.mean(reduced)) + 1e-12
        level = least - margin
        z = reduced - level[self.row]
        for _ in range(_STEPS):
            gap = float(x @ z)
            value = float(x @ (self.cost + price[self.column]))
            if gap <= tolerance * max(value, 1e-300):
                break
            x, level, z, price = self._step(x, level, z)
        return x * self.unit, price

    def _step(self, x: Floats, level: Floats, z: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        factor = self._factor(x / z)
        mu = float(x @ z) / len(x)
        guess = self._direction(factor, x, level, z, x * z)
        far = min(_reach(x, guess[0]), _reach(z, guess[2]))
        after = float((x + far * guess[0]) @ (z + far * guess[2])) / len(x)
        aim = (after / mu) ** 3 * mu
        wanted = x * z + guess[0] * guess[2] - aim
        dx, dlevel, dz = self._direction(factor, x, level, z, wanted)
        far = min(_reach(x, dx), _reach(z, dz))
        x, level, z = x + far * dx, level + far * dlevel, z + far * dz
        return x, level, z, self.price(x)

    def _factor(self, theta: Floats) -> tuple[Floats, Floats, Any, Any]:
        """The system of the supply, factored: crowding, less what demand evens out."""
        from scipy.linalg import cho_factor
        from scipy.sparse import csr_matrix

        size = (self.n_rows, self.n_columns)
        theta_matrix = csr_matrix((theta, (self.row, self.column)), shape=size)
        row_sum = self.by_row(theta)
        scaled = csr_matrix((theta / row_sum[self.row], (self.row, self.column)), shape=size)
        system = -(theta_matrix.T @ scaled).toarray()
        system[np.diag_indices_from(system)] += self.capacity + self.by_column(theta)
        return theta, row_sum, theta_matrix, cho_factor(system, check_finite=False)

    def _direction(
        self,
        factor: tuple[Floats, Floats, Any, Any],
        x: Floats,
        level: Floats,
        z: Floats,
        product: Floats,
    ) -> tuple[Floats, Floats, Floats]:
        """Newton's step that removes `product` from x z, and what constraints lack."""
        from scipy.linalg import cho_solve

        theta, row_sum, matrix, system = factor
        price = self.price(x)
        lack_dual = self.cost + price[self.column] - level[self.row] - z
        lack_rows = self.by_row(x) - self.demand
        drive = theta * (-lack_dual - product / x)
        pull = (lack_rows + self.by_row(drive)) / row_sum
        dprice = cho_solve(system, self.by_column(drive) - matrix.T @ pull, check_finite=False)
        dlevel = (matrix @ dprice) / row_sum - pull
        dx = drive + theta * (dlevel[self.row] - dprice[self.column])
        return dx, dlevel, -(product + z * dx) / x


def _reach(value: Floats, step: Floats) -> float:
    """How far a step can go, at most whole, with the value above zero."""
    down = step < 0
    if not down.any():
        return 1.0
    return min(1.0, _BACK * float(np.min(-value[down] / step[down])))
