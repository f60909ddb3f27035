"""What is around an answer: what each site is worth, and other sites that are nearly as good."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kota.solutions.amenities.siting.deadline import Deadline
from kota.solutions.amenities.siting.problem import Model, Problem, Status
from kota.solutions.amenities.siting.remedies import check_feasible
from kota.solutions.amenities.siting.serving import apart, assign, objective
from kota.solutions.amenities.siting.solution import (
    MOST,
    Alternative,
    Change,
    InfeasibleError,
    Solution,
)
from kota.solutions.amenities.siting.solve import counted, drafted

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_TRIES: Final = 4
"""How many other answers are looked for, for each that is wanted."""
_LEFT_OUT: Final = 1 / 3
"""Share of the best sites that must not be in another answer."""


def with_changes(problem: Problem, found: Solution, *, time_limit: float = 20.0) -> Solution:
    """The solution with what each of its sites is worth, and what shut ones would bring.

    Other sites stay where they are; demand goes to the nearest that is left, or within capacities
    as well as it can.

    Args:
        problem: that was solved.
        found: its solution.
        time_limit: for all sites, where capacities or floors make each a problem of its own [s].
    """
    if problem.periods is not None:
        return found
    sites = np.array(found.sites)
    shut = np.flatnonzero(problem.status == Status.CLOSED)
    deadline, left = Deadline(time_limit), len(sites) + len(shut)
    changes = []
    for site, others in [
        *((int(site), sites[sites != site]) for site in sites),
        *((int(site), np.sort(np.append(sites, site))) for site in shut),
    ]:
        changes.append(_changed(problem, found, site, others, deadline.share(1 / left)))
        left -= 1
    return replace(found, drops=tuple(changes[: len(sites)]), reopened=tuple(changes[len(sites) :]))


def _changed(
    problem: Problem, found: Solution, site: int, sites: Ints, deadline: Deadline
) -> Change:
    lost, assignment = np.flatnonzero(problem.weights > 0), np.full(len(problem.weights), -1)
    if len(sites):
        assignment = _reassigned(problem, found, site, sites)
        lost = np.flatnonzero((assignment < 0) & (problem.weights > 0))
    missing = float(problem.weights[lost].sum())
    all_needed = problem.model not in (Model.MCLP, Model.BACKUP)
    if not len(sites) or (len(lost) and all_needed):
        return Change(site, None, missing, met=False)
    if problem.plain or problem.model is Model.BACKUP:
        worth: float | None = objective(problem, sites, assignment)
    else:
        worth = _worth_of(problem, sites, deadline)
    if worth is None or not np.isfinite(worth):
        return Change(site, None, missing, met=None if worth is None else False)
    loss = found.objective - worth if problem.model in MOST else worth - found.objective
    return Change(site, float(loss), missing)


def _reassigned(problem: Problem, found: Solution, site: int, sites: Ints) -> Ints:
    """The nearest site of each demand; looked for anew only where the change touches it."""
    if problem.capacities is not None or site in sites:
        return assign(problem, sites)
    assignment = found.assignment.copy()
    rows = np.flatnonzero(assignment == site)
    table = problem.distances[np.ix_(rows, sites)]
    best = table.argmin(axis=1)
    far = table[np.arange(len(rows)), best]
    assignment[rows] = np.where((far <= problem.reach) & np.isfinite(far), sites[best], -1)
    return assignment


def _worth_of(problem: Problem, sites: Ints, deadline: Deadline) -> float | None:
    """The objective of exactly these sites; infinite where they do not meet what is asked.

    None where that is not found out in time.
    """
    status = np.full(len(problem.status), int(Status.FORBIDDEN))
    status[sites] = Status.KEPT
    asked = replace(problem, status=status, count=len(sites), budget=np.inf)
    try:
        check_feasible(asked)
        draft = drafted(asked, deadline=deadline, seed=0, explained=False)
        return None if draft is None else counted(asked, draft).objective
    except InfeasibleError:
        return float("inf")


def with_alternatives(
    problem: Problem,
    found: Solution,
    *,
    count: int,
    within: float = 0.02,
    time_limit: float = 20.0,
    seed: int = 0,
) -> Solution:
    """The solution with others that are nearly as good and lie elsewhere.

    Each try forbids some sites of the best answer; of what comes out within reach of its
    objective, those are kept that lie farthest from it and from each other.

    Args:
        problem: that was solved.
        found: its solution.
        count: how many at most.
        within: how much worse they may be, relative to the best.
        time_limit: for all of them [s].
        seed: of chance.
    """
    if problem.periods is not None or count < 1:
        return found
    rng, deadline = np.random.default_rng(seed), Deadline(time_limit)
    best, pool = np.array(found.sites), {}
    movable = np.setdiff1d(best, problem.kept)
    for turn in range(_TRIES * count):
        if not deadline or not len(movable):
            break
        size = max(1, round(_LEFT_OUT * len(movable))) if turn else 1
        left_out = rng.choice(movable, size=size, replace=False)
        share = deadline.share(1 / (_TRIES * count - turn))
        other = _without(problem, left_out, share, seed + turn)
        if other is not None and (worse := _worse(found, other, problem.model)) <= within:
            pool[other.sites] = (other, worse)
    pool.pop(found.sites, None)
    return replace(found, alternatives=_diverse(problem, best, pool, count))


def _without(problem: Problem, sites: Ints, deadline: Deadline, seed: int) -> Solution | None:
    status = problem.status.copy()
    status[sites] = Status.FORBIDDEN
    asked = replace(problem, status=status)
    if problem.count is not None and len(asked.allowed) < problem.count:
        return None
    try:
        check_feasible(asked)
        draft = drafted(asked, deadline=deadline, seed=seed, gap=0.002, explained=False)
        return None if draft is None else counted(asked, draft)
    except InfeasibleError:
        return None


def _worse(found: Solution, other: Solution, model: Model) -> float:
    sign = -1.0 if model in MOST else 1.0
    return sign * (other.objective - found.objective) / max(abs(found.objective), 1e-12)


def _diverse(
    problem: Problem, best: Ints, pool: dict[tuple[int, ...], tuple[Solution, float]], count: int
) -> tuple[Alternative, ...]:
    """Those that lie farthest from the best and from those taken before, one after the other."""
    taken: list[Alternative] = []
    seen = [best]
    rest = dict(pool)
    while rest and len(taken) < count:
        far = {
            sites: min(apart(problem, np.array(sites), other) for other in seen) for sites in rest
        }
        sites = max(far, key=lambda key: (far[key], key))
        other, worse = rest.pop(sites)
        away = apart(problem, np.array(sites), best)
        taken.append(Alternative(sites, other.objective, worse, away))
        seen.append(np.array(sites))
    return tuple(sorted(taken, key=lambda each: each.worse))
