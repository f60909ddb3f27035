"""What is around an answer: what each site is worth, and other sites that are nearly as good."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kota.solutions.amenities.siting.deadline import Deadline
from kota.solutions.amenities.siting.problem import Model, Problem, Status
from kota.solutions.amenities.siting.serving import apart, assign, objective, unserved
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


def with_changes(problem: Problem, found: Solution, *, time_limit: float = 2.0) -> Solution:
    """The solution with what each of its sites is worth, and what shut ones would bring.

    Other sites stay where they are; demand goes to the nearest that is left, or within capacities
    as well as it can.

    Args:
        problem: that was solved.
        found: its solution.
        time_limit: for each site where capacities or floors make it a problem of its own [s].
    """
    if problem.periods is not None:
        return found
    sites = np.array(found.sites)
    drops = tuple(
        _changed(problem, found, int(site), sites[sites != site], time_limit) for site in sites
    )
    shut = np.flatnonzero(problem.status == Status.CLOSED)
    reopened = tuple(
        _changed(problem, found, int(site), np.append(sites, site), time_limit) for site in shut
    )
    return replace(found, drops=drops, reopened=reopened)


def _changed(
    problem: Problem, found: Solution, site: int, sites: Ints, time_limit: float
) -> Change:
    lost = unserved(problem, sites)
    missing = float(problem.weights[lost].sum())
    if not len(sites):
        return Change(site, None, missing)
    if problem.model is Model.LSCP:
        worth = objective(problem, sites, assign(problem, sites))
        loss = None if len(lost) else worth - found.objective
        return Change(site, loss, missing)
    if problem.plain or problem.model is Model.BACKUP:
        worth = objective(problem, sites, assign(problem, sites))
    else:
        worth = _worth_of(problem, sites, time_limit)
    if not np.isfinite(worth):
        return Change(site, None, missing)
    loss = found.objective - worth if problem.model in MOST else worth - found.objective
    return Change(site, float(loss), missing)


def _worth_of(problem: Problem, sites: Ints, time_limit: float) -> float:
    """The objective of exactly these sites; infinite where they do not meet what is asked."""
    status = np.full(len(problem.status), int(Status.FORBIDDEN))
    status[sites] = Status.KEPT
    asked = replace(problem, status=status, count=len(sites), budget=np.inf)
    try:
        draft = drafted(asked, deadline=Deadline(time_limit), seed=0)
        return np.inf if draft is None else counted(asked, draft).objective
    except InfeasibleError:
        return np.inf


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
        draft = drafted(asked, deadline=deadline, seed=seed, gap=0.002)
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
