"""The fewest (or cheapest) sites that leave nobody out of reach."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kota.solutions.amenities.siting.choice import Purse
from kota.solutions.amenities.siting.deadline import Deadline
from kota.solutions.amenities.siting.program import Program

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

_FIRST: Final = 600
"""Rows of demand up to which all are asked for at once."""
_MORE: Final = 100
"""Rows that are asked for in addition each time."""
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

    What kept sites cover needs nothing more, and is left out: what is apart then bounds what must
    be added to them. Of much demand only some is asked for at first; what the cover misses is asked
    for next, so the programs stay small and each bounds the whole.

    References:
        C. Toregas, R. Swain, C. ReVelle, L. Bergman, The location of emergency service facilities,
        Operations Research 19, 1971, doi:10.1287/opre.19.6.1363;
        D. Chen, R. Chen, New relaxation-based algorithms for the optimal solution of the p-center
        problems, Computers & Operations Research 36, 2009, doi:10.1016/j.cor.2008.03.009.
    """
    if not near.any(axis=1).all():
        return Cover(None, np.inf, np.inf, "prices")
    rows = _essential(near[~near[:, purse.kept].any(axis=1)])
    best = _greedy(rows, purse, prices)
    cost = float(prices[best].sum()) if best is not None else np.inf
    every = np.ones(len(rows), dtype=bool)
    apart = _cheapest(rows, _apart(rows, every, len(rows)), prices)
    least = float(prices[purse.kept].sum() + prices[apart].sum())
    found = Cover(best, cost, min(least, cost), "prices")
    asked = _apart(rows, every, _FIRST) if len(rows) > _FIRST else None
    while found.cost > max(enough, found.bound) and deadline:
        if found.bound > enough > -np.inf:
            break
        part = rows if asked is None else rows[asked]
        start = found.sites if asked is None else None
        got = _covered(part, purse, prices, start, deadline, enough)
        better = got.bound > found.bound
        found = replace(
            found,
            bound=min(max(found.bound, got.bound), found.cost),
            proof=got.proof if better else found.proof,
        )
        missing = _missing(rows, got.sites)
        if got.sites is not None:
            found = _cheaper(found, rows, purse, prices, got.sites)
        if asked is None or got.bound > enough > -np.inf or got.sites is None or not missing.any():
            break
        asked = np.concatenate([asked, _apart(rows, missing, _MORE)])
    return found


def _covered(
    rows: Bools, purse: Purse, prices: Floats, start: Ints | None, deadline: Deadline, enough: float
) -> Cover:
    """The cheapest cover of some rows: a bound by dual prices first, then HiGHS."""
    whole = bool((prices == np.floor(prices)).all())
    cost = np.inf if start is None else float(prices[start].sum())
    said = _program(rows, purse, prices, whole=False).solve(deadline.left)
    if said.status == "infeasible":
        return Cover(None, np.inf, np.inf, "solver")
    bound = 0.0 if said.duals is None else _checked(rows, purse, prices, said.duals)
    bound = _up(bound, whole)
    if bound >= cost or bound > enough > -np.inf or not deadline:
        return Cover(start, cost, min(bound, cost), "prices")
    first = None if start is None else np.isin(np.arange(len(prices)), start).astype(np.float64)
    said = _program(rows, purse, prices, whole=True).solve(deadline.left, start=first)
    if said.status == "infeasible":
        return Cover(None, np.inf, np.inf, "solver")
    better = _up(said.bound, whole)
    proof = "solver" if better > bound else "prices"
    sites = start if said.values is None else np.flatnonzero(said.values > 0.5)
    return Cover(sites, cost, max(bound, better), proof)


def _cheaper(found: Cover, rows: Bools, purse: Purse, prices: Floats, sites: Ints) -> Cover:
    """The cover by these sites, with others for what they miss, if it is cheaper."""
    fixed = purse.keeping(purse.kept | np.isin(np.arange(len(prices)), sites))
    whole = _greedy(rows, fixed, prices)
    if whole is None:
        return found
    cost = float(prices[whole].sum())
    return replace(found, sites=whole, cost=cost) if cost < found.cost else found


def _missing(rows: Bools, sites: Ints | None) -> Bools:
    covered = rows if sites is None else rows[:, sites]
    missing: Bools = np.logical_not(covered.any(axis=1))
    return missing if sites is not None else np.ones_like(missing)


def _cheapest(rows: Bools, some: Ints, prices: Floats) -> Ints:
    """The cheapest candidate of each of some rows."""
    cheapest: Ints = np.where(rows[some], prices, np.inf).argmin(axis=1)
    return cheapest


def _apart(rows: Bools, among: Bools, most: int) -> Ints:
    """Rows that no candidate covers two of, those with the fewest candidates first."""
    order = np.flatnonzero(among)
    order = order[np.argsort(rows[order].sum(axis=1), kind="stable")]
    taken: list[int] = []
    used = np.zeros(rows.shape[1], dtype=bool)
    for row in order:
        if len(taken) == most:
            break
        if not (rows[row] & used).any():
            taken.append(int(row))
            used |= rows[row]
    return np.array(taken, dtype=np.int64)


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


def _up(bound: float, whole: bool) -> float:
    """The next whole number where costs are whole numbers."""
    return float(np.ceil(bound - 1e-6)) if whole and np.isfinite(bound) else bound


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
