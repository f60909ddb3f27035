"""The best of all choices, tried one by one: what engines must agree with on small problems."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, product

import numpy as np

from kota.solutions.amenities.siting import Kind, Model, Problem
from kota.solutions.amenities.siting.serving import assign, objective
from kota.solutions.amenities.siting.solution import MOST


def choices(problem: Problem) -> Iterator[np.ndarray]:
    """All sets of sites that the number, the kept sites and the budget allow."""
    kept, free = set(problem.kept), [j for j in problem.allowed if j not in set(problem.kept)]
    most = len(problem.allowed) if problem.model is Model.LSCP else problem.count
    if most is not None and most > len(problem.allowed) and np.isinf(problem.budget):
        return
    room = len(free) if most is None else most - len(kept)
    for size in range(room + 1):
        for more in combinations(free, size):
            sites = np.array(sorted(kept | set(more)), dtype=np.int64)
            if len(sites) and problem.prices[sites].sum() <= problem.budget + 1e-9:
                yield sites


def meets_floors(problem: Problem, assignment: np.ndarray) -> bool:
    """Whether an assignment gives everybody what is owed."""
    far = np.where(
        assignment >= 0, problem.distances[np.arange(len(assignment)), assignment], np.inf
    )
    for floor in problem.floors:
        if floor.kind is Kind.TAIL:
            if tail(far, problem.weights, floor.share) > floor.distance + 1e-6:
                return False
            continue
        every = np.zeros(len(far), np.int64)
        groups = problem.groups if floor.kind is Kind.GROUPS else every
        assert groups is not None
        for group in np.unique(groups[problem.weights > 0]):
            inside = groups == group
            near = problem.weights[inside & (far <= floor.distance)].sum()
            if near < floor.share * problem.weights[inside].sum() - 1e-6:
                return False
    return True


def tail(far: np.ndarray, weights: np.ndarray, share: float) -> float:
    """Mean distance of the share of demand that is worst off."""
    order = np.argsort(-far)
    left, total = share * weights.sum(), 0.0
    for i in order:
        part = min(left, weights[i])
        total += part * far[i] if part > 0 else 0.0
        left -= part
    return total / (share * weights.sum())


def assignments(problem: Problem, sites: np.ndarray) -> Iterator[np.ndarray]:
    """The nearest sites; with capacities every way to send demand to sites."""
    if problem.capacities is None:
        yield assign(problem, sites)
        return
    wanted = np.flatnonzero(problem.weights > 0)
    options = [*sites] if problem.model is not Model.MCLP else [*sites, -1]
    for way in product(options, repeat=len(wanted)):
        found = np.full(len(problem.weights), -1, dtype=np.int64)
        found[wanted] = way
        load = np.bincount(
            found[found >= 0], weights=problem.weights[found >= 0], minlength=len(problem.status)
        )
        served = found >= 0
        far = np.where(served, problem.distances[np.arange(len(found)), found], 0.0)
        if (load <= problem.capacities + 1e-9).all() and (far <= problem.reach).all():
            yield found


def best(problem: Problem) -> float | None:
    """The best objective, or None where nothing is allowed."""
    values = []
    for sites in choices(problem):
        for found in assignments(problem, sites):
            whole = (found[problem.weights > 0] >= 0).all()
            needs_all = problem.model not in (Model.MCLP, Model.BACKUP)
            if (whole or not needs_all) and meets_floors(problem, found):
                value = objective(problem, sites, found)
                if np.isfinite(value):
                    values.append(value)
    if not values:
        return None
    return max(values) if problem.model in MOST else min(values)
