"""The radius formulation: how far demand must go, said by balls of sites.

Instead of a column for each pair of demand and site, there is one for each *ball*: the set of sites
that serve a demand at no more than a cost. It is 1 where no site of the ball is open, and then the
demand pays the step to its next larger ball. Balls of different demand that hold the same sites are
one column, so the fewer sites are left, the smaller the program, and a ball is tied to the next
smaller one by the sites it adds, which keeps the rows short.

References:
    G. Cornuéjols, G. L. Nemhauser, L. A. Wolsey, A canonical representation of simple plant
    location problems and its applications, SIAM J. Algebraic Discrete Methods 1, 1980,
    doi:10.1137/0601030;
    S. Elloumi, A tighter formulation of the p-median problem, J. Combinatorial Optimization 19,
    2010, doi:10.1007/s10878-008-9162-0;
    S. García, M. Labbé, A. Marín, Solving large p-median problems with a radius formulation,
    INFORMS J. Computing 23, 2011, doi:10.1287/ijoc.1100.0418.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kota.solutions.amenities.siting.program import Program

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Balls:
    """The balls of a table of costs, as columns and rows of a program.

    Args:
        base: what demand pays in any case, all together.
        step: cost of each ball without an open site `(n_balls,)`; infinite where one must be open.
        parent: the next smaller ball of each `(n_balls,)`; −1: none.
        ball, site: the sites that each ball adds to its parent, as pairs `(k,)`.
        demand, level: balls of each demand as pairs with `worth`, what the step costs this demand.
        first: what each demand pays in any case `(n,)`.
    """

    base: float
    step: Floats
    parent: Ints
    ball: Ints
    site: Ints
    demand: Ints
    level: Ints
    worth: Floats
    first: Floats


def make_balls(costs: Floats, caps: Floats) -> Balls | None:
    """Find the balls of demand over sites.

    Args:
        costs: of serving each demand from each site `(n, m)`; infinite where it cannot.
        caps: more than this no demand pays `(n,)`.

    Returns:
        The balls; None where a demand has no site within its cap.
    """
    m = costs.shape[1]
    within = costs <= caps[:, None]
    if not within.any(axis=1).all():
        return None
    order = np.argsort(np.where(within, costs, np.inf), axis=1, kind="stable")
    sorted_ = np.take_along_axis(costs, order, axis=1)
    counts = within.sum(axis=1)
    inside = np.arange(m) < counts[:, None]
    ends = np.ones_like(inside)
    ends[:, :-1] = sorted_[:, 1:] != sorted_[:, :-1]
    last = np.arange(m) == counts[:, None] - 1
    ends = (ends & inside) | last
    tags = np.random.default_rng(0).integers(0, 1 << 63, size=(2, m), dtype=np.int64)
    with np.errstate(over="ignore"):
        hashes = [np.cumsum(tag[order], axis=1)[ends] for tag in tags]
    demand, place = np.nonzero(ends)
    first = np.concatenate([[True], demand[1:] != demand[:-1]])
    final = np.concatenate([first[1:], [True]])
    cost = sorted_[demand, place]
    worth = np.where(final, np.inf, np.concatenate([cost[1:], [0.0]]) - cost)
    keys = np.stack([*hashes, place], axis=1)
    _, index, level = np.unique(keys, axis=0, return_index=True, return_inverse=True)
    level = level.ravel()
    previous = np.where(first, -1, np.concatenate([[-1], place[:-1]]))
    added = place - previous
    best = np.lexsort((added, level))
    chosen = best[np.searchsorted(level[best], np.arange(len(index)))]
    parent = np.where(first[chosen], -1, level[chosen - 1])
    repeats = added[chosen]
    ball = np.repeat(np.arange(len(index)), repeats)
    offset = np.arange(len(ball)) - np.repeat(np.cumsum(repeats) - repeats, repeats)
    site = order[demand[chosen][ball], previous[chosen][ball] + 1 + offset]
    step: Floats = np.bincount(level, weights=worth, minlength=len(index)).astype(np.float64)
    return Balls(
        float(cost[first].sum()), step, parent, ball, site, demand, level, worth, cost[first]
    )


def add_balls(program: Program, balls: Balls, sites: Ints, step: Floats) -> Ints:
    """Add balls to a program; returns their columns `(n_balls,)`.

    Args:
        program: to add to.
        balls: of demand over sites.
        sites: columns of the sites `(m,)`.
        step: what each ball without an open site costs `(n_balls,)`; a ball whose own step is
            infinite has an open site whatever is said here.
    """
    must = ~np.isfinite(balls.step)
    count = len(must)
    columns = program.columns(count, cost=np.where(must, 0.0, step), high=np.where(must, 0.0, 1.0))
    child = np.flatnonzero(balls.parent >= 0)
    program.rows(
        count,
        (np.arange(count), columns, 1.0),
        (child, columns[balls.parent[child]], -1.0),
        (balls.ball, sites[balls.site], 1.0),
        low=np.where(balls.parent >= 0, 0.0, 1.0),
    )
    return columns
