"""One way in: a problem, a time limit and a seed give sites with objective, bound and gap."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kota.errors import SolutionError
from kota.solutions.amenities.siting.center import Trial, bisect, center
from kota.solutions.amenities.siting.cover import cover
from kota.solutions.amenities.siting.deadline import Deadline
from kota.solutions.amenities.siting.general import Shares, solve_general
from kota.solutions.amenities.siting.median import finite_costs, median
from kota.solutions.amenities.siting.problem import Model, Problem, check
from kota.solutions.amenities.siting.remedies import check_feasible, explain
from kota.solutions.amenities.siting.search import complete
from kota.solutions.amenities.siting.serving import (
    assign,
    objective,
    serving_costs,
    shared_objective,
    unserved,
)
from kota.solutions.amenities.siting.solution import (
    MOST,
    PROVEN,
    InfeasibleError,
    Remedy,
    Solution,
    gap_between,
)

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_LOOSE: Final = 1e-6
"""Relative rounding that a solver's bound may lie on the wrong side of an objective by."""


@dataclass(frozen=True, slots=True)
class Draft:
    """Sites and what an engine says of them, before it is counted anew.

    Args:
        opened: sites in each period.
        bound: no sites have a better objective, as the engine says.
        proof: what vouches for it.
        pairs: who goes where in each period, where that is not simply the nearest.
    """

    opened: tuple[Ints, ...]
    bound: float
    proof: str
    pairs: tuple[Shares, ...] = ()


def solve(
    problem: Problem,
    *,
    time_limit: float = 60.0,
    seed: int = 0,
    gap: float = 0.0,
    clock: Callable[[], float] = time.monotonic,
) -> Solution:
    """Choose sites.

    Args:
        problem: what is asked.
        time_limit: after which the best that is known is returned, with its bound [s].
        seed: of chance; with time enough the same seed gives the same answer.
        gap: relative gap that is good enough to stop.
        clock: seconds that the limit is counted in.

    Returns:
        Sites, with an objective counted from the assignment and a bound that was checked against
        it.

    Raises:
        InputError: the problem makes no sense.
        InfeasibleError: it has no answer; says the smallest changes after which it has one.
        SolutionError: none was found in time, or an engine contradicts itself.

    >>> from kota.solutions.amenities.siting import Model, Problem, solve
    >>> line = np.abs(np.arange(5.0)[:, None] - np.arange(5.0))
    >>> found = solve(Problem(model=Model.MEDIAN, distances=line, weights=np.ones(5),
    ...                       status=np.zeros(5, dtype=np.int64), count=1))
    >>> found.sites, found.objective, found.bound, found.status
    ((2,), 6.0, 6.0, 'optimal')
    """
    check(problem)
    check_feasible(problem)
    draft = drafted(problem, deadline=Deadline(time_limit, clock), seed=seed, gap=gap)
    if draft is None:
        raise SolutionError(
            f"no allowed choice of sites was found within {time_limit:g} s",
            hint="give a longer time limit",
        )
    return counted(problem, draft)


def drafted(
    problem: Problem,
    *,
    deadline: Deadline,
    seed: int,
    gap: float = 0.0,
    explained: bool = True,
) -> Draft | None:
    """The answer of the engine that fits the problem; None where none was found in time.

    Args:
        problem: what is asked.
        deadline, seed, gap: as in `solve`.
        explained: whether a refusal looks for remedies, which takes a while.

    Raises:
        InfeasibleError: there is none.
    """
    try:
        return _engine(problem, deadline, seed, gap)
    except _NoneExistsError as error:
        if explained:
            raise explain(problem, seed=seed) from error
        raise InfeasibleError("no choice of sites meets everything that is asked", ()) from error


class _NoneExistsError(Exception):
    """An engine has proven that there is no answer."""


def _engine(problem: Problem, deadline: Deadline, seed: int, gap: float) -> Draft | None:
    if not problem.plain or problem.model is Model.BACKUP:
        return _general(problem, deadline, seed, gap)
    if problem.model is Model.LSCP:
        return _cover(problem, deadline)
    if problem.model is Model.CENTER:
        return _center(problem, deadline, seed)
    return _median(problem, deadline, seed, gap)


def _median(problem: Problem, deadline: Deadline, seed: int, gap: float) -> Draft | None:
    columns = problem.allowed
    costs = serving_costs(problem, columns)
    purse, start = problem.purse(columns), None
    if not np.isfinite(costs).all():
        wanted = problem.weights > 0
        prices = np.ones(len(columns)) if purse.count is not None else purse.prices
        got = cover(np.isfinite(costs[wanted]), purse, prices, deadline=deadline.share(0.5))
        if got.sites is None:
            if np.isfinite(got.bound):
                return None
            raise _NoneExistsError
        start = complete(finite_costs(costs), purse, got.sites)
    found = median(costs, purse, deadline=deadline, seed=seed, gap=gap, start=start)
    bound = found.bound
    if problem.model is Model.MCLP:
        bound = float(problem.weights.sum()) - bound
    return Draft((columns[_filled(costs, problem, found.sites)],), bound, found.proof)


def _filled(costs: Floats, problem: Problem, sites: Ints) -> Ints:
    """The sites, filled up to p where nothing hinders."""
    if problem.model is Model.LSCP or problem.count is None or np.isfinite(problem.budget):
        return sites
    return complete(finite_costs(costs), problem.purse(problem.allowed), sites)


def _cover(problem: Problem, deadline: Deadline) -> Draft | None:
    columns = problem.allowed
    near = problem.distances[np.ix_(problem.weights > 0, columns)] <= problem.reach
    prices = np.ones(len(columns)) if problem.costs is None else problem.costs[columns]
    found = cover(near, problem.purse(columns), prices, deadline=deadline)
    if found.sites is None:
        if np.isfinite(found.bound):
            return None
        raise _NoneExistsError
    return Draft((columns[found.sites],), found.bound, found.proof)


def _center(problem: Problem, deadline: Deadline, seed: int) -> Draft | None:
    columns = problem.allowed
    wanted = problem.weights > 0
    table = problem.distances[np.ix_(wanted, columns)]
    table = np.where(table <= problem.limit, table, np.inf)
    found = center(table, problem.purse(columns), deadline=deadline, seed=seed)
    if found.sites is None:
        if np.isfinite(found.bound):
            return None
        raise _NoneExistsError
    sites = columns[_filled(table, problem, found.sites)]
    return Draft((sites,), found.bound, found.proof)


def _general(problem: Problem, deadline: Deadline, seed: int, gap: float) -> Draft | None:
    if problem.model is Model.CENTER:
        return _general_center(problem, deadline, seed)
    found = solve_general(problem, deadline=deadline, gap=gap, seed=seed)
    if found.status == "infeasible":
        raise _NoneExistsError
    if not found.opened:
        return None
    bound, proof = found.bound, "solver"
    if problem.model is Model.MEDIAN and problem.periods is None and found.status != "optimal":
        relaxed = replace(problem, floors=(), capacities=None)
        other = _median(relaxed, Deadline(max(deadline.left, 2.0)), seed, gap)
        if other is not None and other.bound > bound:
            bound, proof = other.bound, other.proof
    opened = found.opened
    if problem.periods is None:
        costs = problem.distances[:, problem.allowed]
        inside = np.searchsorted(problem.allowed, opened[0])
        opened = (problem.allowed[_filled(costs, problem, inside)],)
    return Draft(opened, bound, proof, found.pairs)


def _general_center(problem: Problem, deadline: Deadline, seed: int) -> Draft | None:
    table = problem.distances[np.ix_(problem.weights > 0, problem.allowed)]
    least = table.min(axis=1).max()
    known = np.unique(table[np.isfinite(table) & (table >= least) & (table <= problem.limit)])
    pairs: dict[float, tuple[Shares, ...]] = {}

    def attempt(distance: float, until: Deadline) -> Trial:
        asked = replace(problem, limit=distance)
        found = solve_general(asked, deadline=until, seed=seed)
        if not found.opened:
            return Trial(None, found.status == "infeasible", "solver")
        pairs[distance] = found.pairs
        return Trial(found.opened[0], True, "solver")

    found = bisect(known, attempt, deadline)
    if found.sites is None:
        if np.isfinite(found.bound):
            return None
        raise _NoneExistsError
    return Draft((found.sites,), found.bound, found.proof, pairs[found.distance])


def counted(problem: Problem, draft: Draft) -> Solution:
    """Count what a draft is worth, and hold its bound against that.

    Raises:
        SolutionError: the bound lies on the wrong side: the engine contradicts itself.
    """
    worth, assignment = 0.0, np.empty(0, np.int64)
    shares: Shares = ()
    for period, sites in enumerate(draft.opened):
        asked = _in_period(problem, period)
        given = bool(draft.pairs) and problem.capacities is not None
        shares = draft.pairs[period] if given else ()
        assignment = _given(problem, shares) if given else assign(asked, sites)
        if shares and problem.split:
            worth += shared_objective(asked, shares)
        else:
            worth += objective(asked, np.asarray(sites), assignment)
    sites = draft.opened[-1]
    if not np.isfinite(worth):
        lost = unserved(problem, sites)
        raise InfeasibleError(
            f"{len(lost)} demand places are not reached by the sites that were found",
            (Remedy("p", problem.count, None, "open more sites", tuple(map(int, lost))),),
        )
    bound = _held(worth, draft.bound, problem.model)
    gap = gap_between(worth, bound, problem.model)
    return Solution(
        objective=worth,
        bound=bound,
        gap=gap,
        status="optimal" if gap <= PROVEN else "feasible",
        proof=draft.proof,
        sites=tuple(int(site) for site in np.sort(sites)),
        assignment=assignment,
        shares=shares if problem.split else (),
        opened=tuple(tuple(int(s) for s in np.sort(each)) for each in draft.opened)
        if problem.periods is not None
        else (),
    )


def _in_period(problem: Problem, period: int) -> Problem:
    if problem.periods is None:
        return problem
    return replace(problem, weights=problem.periods.weights[period], periods=None)


def _given(problem: Problem, shares: Shares) -> Ints:
    """The site that each demand goes to, or most of it."""
    assignment = np.full(len(problem.weights), -1, dtype=np.int64)
    for demand, site, _ in sorted(shares, key=lambda part: part[2]):
        assignment[demand] = site
    return assignment


def _held(worth: float, bound: float, model: Model) -> float:
    """The bound, moved onto the objective where rounding put it beyond."""
    beyond = worth - bound if model in MOST else bound - worth
    if beyond > _LOOSE * max(abs(worth), 1.0):
        raise SolutionError(
            f"the bound {bound:g} contradicts the objective {worth:g}, which was counted",
            hint="please report this problem",
        )
    return worth if beyond > 0 else bound
