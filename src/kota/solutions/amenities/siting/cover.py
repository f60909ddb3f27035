"""The fewest (or cheapest) sites that leave nobody out of reach."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kota.solutions.amenities.siting.choice import Purse
from kota.solutions.amenities.siting.deadline import Deadline
from kota.solutions.amenities.siting.program import Program

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

_MOST_COMPARED: Final = 2000
"""Rows above which nested rows are not looked for."""


@dataclass(frozen=True, slots=True)
class Cover:
    """A set cover.

    Args:
        sites: that cover all demand, or None where none were found.
        cost: of them; infinite where there are none.
        bound: no cover costs less; infinite where there is none.
        proof: ``prices`` where dual prices that Kota checked prove the bound, else ``solver``.
    """

    sites: Ints | None
    cost: float
    bound: float
    proof: str


def cover(
    near: Bools, purse: Purse, prices: Floats, *, deadline: Deadline, enough: float = -np.inf
) -> Cover:
    """Find the cheapest sites that cover all demand.

    Args:
        near: whether a candidate covers a demand `(n, m)`.
        purse: kept sites, and the number and budget within which the cover must stay.
        prices: what is made least, by site `(m,)`.
        deadline: when to stop.
        enough: a cover that costs no more is good enough, and a bound above it too.

    References:
        C. Toregas, R. Swain, C. ReVelle, L. Bergman, The location of emergency service facilities,
        Operations Research 19, 1971, doi:10.1287/opre.19.6.1363.
    """
    if not near.any(axis=1).all():
        return Cover(None, np.inf, np.inf, "prices")
    rows = _essential(near)
    unit = 1.0 if (prices == np.floor(prices)).all() else 0.0
    sites = _greedy(rows, purse, prices)
    cost = float(prices[sites].sum()) if sites is not None else np.inf
    if cost <= enough:
        return Cover(sites, cost, 0.0, "prices")
    relaxed = _program(rows, purse, prices, whole=False)
    said = relaxed.solve(deadline.left)
    bound = 0.0 if said.duals is None else _checked(rows, purse, prices, said.duals)
    if said.status == "infeasible":
        return Cover(None, np.inf, np.inf, "solver")
    bound = _up(bound, unit)
    if bound >= cost or bound > enough > -np.inf:
        return Cover(sites, cost, min(bound, cost), "prices")
    if not deadline:
        return Cover(sites, cost, bound, "prices")
    start = None if sites is None else np.isin(np.arange(len(prices)), sites).astype(np.float64)
    said = _program(rows, purse, prices, whole=True).solve(deadline.left, start=start)
    if said.status == "infeasible":
        return Cover(None, np.inf, np.inf, "solver")
    if said.values is not None:
        chosen = np.flatnonzero(said.values > 0.5)
        price = float(prices[chosen].sum())
        if price < cost and near[:, chosen].any(axis=1).all() and purse.allows(chosen):
            sites, cost = chosen, price
    return Cover(sites, cost, min(max(bound, _up(said.bound, unit)), cost), "solver")


def _program(rows: Bools, purse: Purse, prices: Floats, *, whole: bool) -> Program:
    program = Program()
    sites = program.columns(
        len(prices), cost=prices, low=purse.kept.astype(np.float64), whole=whole
    )
    row, column = np.nonzero(rows)
    program.rows(len(rows), (row, sites[column], 1.0), low=1.0)
    if purse.count is not None:
        program.row(sites, 1.0, high=float(purse.count))
    if purse.limited:
        program.row(sites, purse.prices, high=purse.budget)
    return program


def _checked(rows: Bools, purse: Purse, prices: Floats, duals: Floats) -> float:
    """The bound that prices of demand prove: they may not ask more of a site than it costs.

    What kept sites ask for less than their price is paid in any case.
    """
    worth = np.maximum(duals[: len(rows)], 0.0)
    left = prices - worth @ rows
    return float(worth.sum() + left[purse.kept].sum() + np.minimum(left[~purse.kept], 0.0).sum())


def _up(bound: float, unit: float) -> float:
    """The next whole number where costs are whole numbers."""
    return float(np.ceil(bound - 1e-6)) if unit and np.isfinite(bound) else bound


def _essential(near: Bools) -> Bools:
    """Rows of demand without those that another row already asks for."""
    rows: Bools = np.unique(near, axis=0)
    if len(rows) > _MOST_COMPARED:
        return rows
    shared = rows.astype(np.float32) @ rows.T.astype(np.float32)
    size = rows.sum(axis=1)
    inside = shared >= size[None, :]
    np.fill_diagonal(inside, False)
    essential: Bools = rows[~inside.any(axis=1)]
    return essential


def _greedy(rows: Bools, purse: Purse, prices: Floats) -> Ints | None:
    """Sites that cover most for their price, less those that turn out not to be needed."""
    chosen = [int(site) for site in np.flatnonzero(purse.kept)]
    open_ = ~rows[:, chosen].any(axis=1)
    while open_.any():
        worth = rows[open_].sum(axis=0) / np.maximum(prices, 1e-12)
        site = int(worth.argmax())
        chosen.append(site)
        open_ &= ~rows[:, site]
    times = rows[:, chosen].sum(axis=1)
    for site in sorted(chosen, key=lambda j: -prices[j]):
        if not purse.kept[site] and (times - rows[:, site] >= 1).all():
            chosen.remove(site)
            times = times - rows[:, site]
    sites = np.sort(np.array(chosen, dtype=np.int64))
    return sites if purse.allows(sites) else None
