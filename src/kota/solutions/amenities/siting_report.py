"""A solution of a siting problem with the names of its places, ready to be written."""

from __future__ import annotations

from typing import Any

import numpy as np

from kota.solutions.amenities.siting import (
    Change,
    InfeasibleError,
    Problem,
    Solution,
)
from kota.solutions.amenities.siting_files import Candidates, Demand


def report(
    problem: Problem, found: Solution, demand: Demand, candidates: Candidates
) -> dict[str, Any]:
    """The solution as plain values: places by their ids, distances in the unit of the input."""
    name = candidates.ids
    served = found.assignment >= 0
    said: dict[str, Any] = {
        "model": str(problem.model),
        "status": found.status,
        "objective": found.objective,
        "bound": found.bound,
        "gap": found.gap,
        "proof": found.proof,
        "sites": [name[site] for site in found.sites],
        "assignment": {
            place: name[site] if site >= 0 else None
            for place, site in zip(demand.ids, found.assignment, strict=True)
        },
        "cost": float(problem.prices[list(found.sites)].sum()),
        "distance": _distances(problem, found),
        "unserved": [demand.ids[k] for k in np.flatnonzero(~served & (problem.weights > 0))],
        "drops": [_change(each, name) for each in found.drops],
        "reopened": [_change(each, name) for each in found.reopened],
        "alternatives": [
            {
                "sites": [name[site] for site in each.sites],
                "objective": each.objective,
                "worse": each.worse,
                "away": each.away,
            }
            for each in found.alternatives
        ],
    }
    if problem.radius is not None:
        said["covered"] = _covered(problem, found)
    if found.opened:
        said["periods"] = [[name[site] for site in sites] for sites in found.opened]
    if found.shares:
        parts: dict[str, dict[str, float]] = {}
        for place, site, share in found.shares:
            parts.setdefault(demand.ids[place], {})[name[site]] = share
        said["shares"] = parts
    return said


def refusal(problem: Problem, error: InfeasibleError, demand: Demand) -> dict[str, Any]:
    """Why there is no solution, and the changes after which there is, as plain values."""
    return {
        "model": str(problem.model),
        "status": "infeasible",
        "reason": error.message,
        "changes": [
            {
                "what": each.what,
                "now": each.now,
                "needed": each.needed,
                "words": each.words,
                "demand": [demand.ids[k] for k in each.demand],
            }
            for each in error.remedies
        ],
    }


def _change(change: Change, name: tuple[str, ...]) -> dict[str, Any]:
    return {
        "site": name[change.site],
        "loss": change.loss,
        "met": change.met,
        "unserved": change.unserved,
    }


def _far(problem: Problem, found: Solution) -> tuple[Any, Any]:
    """Distances of served demand and their weights."""
    served = np.flatnonzero((found.assignment >= 0) & (problem.weights > 0))
    return problem.distances[served, found.assignment[served]], problem.weights[served]


def _distances(problem: Problem, found: Solution) -> dict[str, float] | None:
    far, weights = _far(problem, found)
    if not len(far):
        return None
    order = np.argsort(far, kind="stable")
    share = np.cumsum(weights[order]) / weights.sum()
    return {
        "mean": float(np.average(far, weights=weights)),
        "median": float(far[order][np.searchsorted(share, 0.5)]),
        "p90": float(far[order][min(np.searchsorted(share, 0.9), len(far) - 1)]),
        "farthest": float(far.max()),
    }


def _covered(problem: Problem, found: Solution) -> dict[str, float]:
    far, weights = _far(problem, found)
    inside = float(weights[far <= problem.radius].sum())
    return {"demand": inside, "share": inside / float(problem.weights.sum())}
