"""Who goes where, and what a set of sites is worth: counted anew for every answer."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kota.solutions.amenities.siting.problem import Model, Problem

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def serving_costs(problem: Problem, columns: Ints) -> Floats:
    """What it costs to serve each demand from candidates `(n, k)`, so that the least is best.

    The MCLP is a p-median whose costs are the weights of demand beyond the radius; a p-median with
    a price of far demand adds that price there.
    """
    distances, weights = problem.to(columns), problem.weights[:, None]
    if problem.model is Model.MCLP:
        return weights * (distances > _radius(problem))
    cost = distances
    if problem.far:
        cost = distances + problem.far * (distances > _radius(problem))
    with np.errstate(invalid="ignore"):
        table: Floats = weights * cost
    if np.isfinite(problem.limit):
        table[distances > problem.limit] = np.inf
    table[problem.weights == 0] = 0.0
    return table


def assign(problem: Problem, sites: Ints) -> Ints:
    """The nearest site of each demand `(n,)`; −1 where none is in reach."""
    table = problem.distances[:, sites]
    best = table.argmin(axis=1)
    far = table[np.arange(len(table)), best]
    found: Ints = np.where((far <= problem.reach) & np.isfinite(far), sites[best], -1)
    return found


def unserved(problem: Problem, sites: Ints) -> Ints:
    """Demand with a weight and no site in reach."""
    if not len(sites):
        return np.flatnonzero(problem.weights > 0)
    return np.flatnonzero((assign(problem, sites) < 0) & (problem.weights > 0))


def objective(problem: Problem, sites: Ints, assignment: Ints) -> float:
    """The objective of sites with an assignment of demand; infinite where demand is unserved.

    Args:
        problem: what is asked.
        sites: open ones.
        assignment: the site of each demand `(n,)`, −1: none.
    """
    if problem.model is Model.LSCP:
        return float(len(sites)) if problem.costs is None else float(problem.costs[sites].sum())
    if problem.model is Model.BACKUP:
        times = (problem.distances[:, sites] <= _radius(problem)).sum(axis=1)
        worth = (1 - problem.second) * (times >= 1) + problem.second * (times >= 2)
        return float(problem.weights @ worth)
    wanted = problem.weights > 0
    served = assignment >= 0
    far = np.where(served, problem.distances[np.arange(len(served)), assignment], np.inf)
    if problem.model is Model.MCLP:
        return float(problem.weights[far <= _radius(problem)].sum())
    if problem.model is Model.CENTER:
        return float(far[wanted].max(initial=0.0))
    cost = far + problem.far * (far > _radius(problem)) if problem.far else far
    return float((problem.weights[wanted] * cost[wanted]).sum())


def shared_objective(problem: Problem, shares: tuple[tuple[int, int, float], ...]) -> float:
    """The objective where demand is split: each part counts by its own distance."""
    demand, site = (np.array([part[k] for part in shares], dtype=np.int64) for k in (0, 1))
    part = np.array([part[2] for part in shares])
    far, weights = problem.distances[demand, site], problem.weights[demand] * part
    if problem.model is Model.CENTER:
        return float(far[weights > 0].max(initial=0.0))
    if problem.model is Model.MCLP:
        return float(weights[far <= _radius(problem)].sum())
    cost = far + problem.far * (far > _radius(problem)) if problem.far else far
    return float((weights * cost).sum())


def between(problem: Problem, some: Ints, others: Ints) -> Floats:
    """Distances between candidates, by way of the demand that lies best between them `(k, l)`."""
    a, b = problem.distances[:, some], problem.distances[:, others]
    known = np.isfinite(a).all(axis=1) & np.isfinite(b).all(axis=1)
    a, b = (a[known], b[known]) if known.any() else (a, b)
    found = np.array([(a[:, [k]] + b).min(axis=0) for k in range(a.shape[1])])
    return np.where(some[:, None] == others, 0.0, found)


def apart(problem: Problem, some: Ints, others: Ints) -> float:
    """Mean distance from each site of one set to the nearest of the other, both ways."""
    table = between(problem, some, others)
    return float((table.min(axis=1).mean() + table.min(axis=0).mean()) / 2)


def _radius(problem: Problem) -> float:
    return np.inf if problem.radius is None else problem.radius
