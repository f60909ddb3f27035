"""Why a problem cannot be solved, and the smallest changes after which it can."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from kota.solutions.amenities.siting.center import center
from kota.solutions.amenities.siting.choice import Purse
from kota.solutions.amenities.siting.cover import cover
from kota.solutions.amenities.siting.deadline import Deadline
from kota.solutions.amenities.siting.general import Relief, solve_general
from kota.solutions.amenities.siting.problem import Kind, Model, Problem
from kota.solutions.amenities.siting.solution import InfeasibleError, Remedy

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_EACH_S: Final = 10.0
"""Time to look for one remedy [s]."""


def check_feasible(problem: Problem) -> None:
    """Refuse what can be seen to have no answer without looking for one.

    Raises:
        InfeasibleError: says what would have to change.
    """
    _check_sites(problem)
    _check_money(problem)
    if problem.model not in (Model.MCLP, Model.BACKUP):
        _check_reach(problem)
    _check_capacity(problem)


def _refuse(message: str, *remedies: Remedy) -> None:
    raise InfeasibleError(message, remedies)


def _at_least(value: float) -> str:
    """A number in six digits that is no smaller, so that who types it in has enough.

    >>> _at_least(397.01621), _at_least(12.0)
    ('397.017', '12')
    """
    if value <= 0 or not np.isfinite(value):
        return f"{value:g}"
    digit = 10.0 ** (np.floor(np.log10(value)) - 5)
    return f"{value if value == round(value) else np.ceil(value / digit) * digit:.6g}"


def _counts(problem: Problem) -> list[int]:
    if problem.periods is not None:
        return list(problem.periods.counts)
    return [] if problem.count is None or problem.model is Model.LSCP else [problem.count]


def _check_sites(problem: Problem) -> None:
    may, kept = len(problem.allowed), len(problem.kept)
    if not may:
        _refuse("no candidate may be open", Remedy("candidates", 0, 1, "allow a candidate"))
    for count in _counts(problem):
        if count > may and not np.isfinite(problem.budget):
            words = f"lower p to {may} or allow {count - may} more candidates"
            _refuse(
                f"p is {count}, but only {may} candidates may be open",
                Remedy("p", count, may, words),
            )
        if count < kept:
            words = f"raise p to {kept} or keep {kept - count} sites fewer"
            _refuse(f"p is {count}, but {kept} sites are kept", Remedy("p", count, kept, words))


def _check_money(problem: Problem) -> None:
    prices = problem.prices
    kept = float(prices[problem.kept].sum())
    least = kept if len(problem.kept) else float(prices[problem.allowed].min())
    if least > problem.budget * (1 + 1e-9):
        what = "the kept sites cost" if len(problem.kept) else "the cheapest site costs"
        words = f"raise the budget by {_at_least(least - problem.budget)} to {_at_least(least)}"
        message = f"{what} {least:g}, more than the budget of {problem.budget:g}"
        _refuse(message, Remedy("budget", problem.budget, least, words))


def _check_reach(problem: Problem) -> None:
    nearest = problem.to(problem.allowed).min(axis=1)
    wanted = _wanted(problem)
    lost = np.flatnonzero(wanted & ~np.isfinite(nearest))
    if len(lost):
        words = "join these places to the network, allow a candidate near them or leave them out"
        remedy = Remedy(
            "demand", float(wanted.sum()), float(wanted.sum() - len(lost)), words, _few(lost)
        )
        _refuse(
            f"{len(lost)} demand places have no way to any candidate: {problem.called(lost)}",
            remedy,
        )
    far = np.flatnonzero(wanted & (nearest > problem.reach))
    if len(far):
        needed = float(nearest[far].max())
        words = f"raise it to {_at_least(needed)} or allow candidates nearer to them"
        remedy = Remedy("radius", problem.reach, needed, words, _few(far))
        message = (
            f"{len(far)} demand places are farther than {problem.reach:g} from every candidate"
        )
        _refuse(f"{message}: {problem.called(far)}", remedy)


def _wanted(problem: Problem) -> NDArray[np.bool_]:
    weights = problem.weights if problem.periods is None else problem.periods.weights.max(axis=0)
    return weights > 0


def _few(rows: Ints) -> tuple[int, ...]:
    return tuple(int(row) for row in rows)


def _check_capacity(problem: Problem) -> None:
    if problem.capacities is None or problem.model in (Model.MCLP, Model.BACKUP):
        return
    periods = [problem.weights] if problem.periods is None else list(problem.periods.weights)
    counts = _counts(problem) or [len(problem.allowed)]
    for demand, count in zip(periods, counts, strict=True):
        total = float(demand.sum())
        free = np.setdiff1d(problem.allowed, problem.kept)
        largest = np.sort(problem.capacities[free])[::-1]
        held = float(problem.capacities[problem.kept].sum())
        have = held + np.concatenate([[0.0], np.cumsum(largest)])
        most = float(have[max(count - len(problem.kept), 0)])
        if most >= total * (1 - 1e-12):
            continue
        remedies = [Remedy("capacity", most, total, f"add capacity of {_at_least(total - most)}")]
        if have[-1] >= total:
            needed = len(problem.kept) + int(np.searchsorted(have, total * (1 - 1e-12)))
            remedies.append(Remedy("p", count, needed, f"raise p to {needed} at the least"))
        sites = f"the {count} largest sites" if count < len(problem.allowed) else "all sites"
        _refuse(
            f"demand is {total:g}, but {sites} hold {most:g}: {total - most:g} short", *remedies
        )


def explain(problem: Problem, *, seed: int = 0) -> InfeasibleError:
    """Find the smallest changes after which a problem that has no answer has one."""
    found = [*_wider(problem, seed)] if problem.plain else []
    for relief, now, name in _reliefs(problem):
        said = solve_general(problem, deadline=Deadline(_EACH_S), relief=relief, seed=seed)
        if said.opened and np.isfinite(said.slack) and said.slack > 1e-9:
            found.append(_remedy(problem, relief, now, name, said.slack, said.opened))
    if problem.plain:
        found += _more_sites(problem)
    message = "no choice of sites meets everything that is asked"
    if not found:
        message += "; no single change was found that makes it possible"
    unique = {remedy.what: remedy for remedy in found}
    return InfeasibleError(message, tuple(unique.values()))


def _reliefs(problem: Problem) -> list[tuple[Relief, float, str]]:
    if problem.plain or problem.model is Model.BACKUP:
        return [(Relief("floor", k), f.share, str(f.kind)) for k, f in enumerate(problem.floors)]
    found: list[tuple[Relief, float, str]] = []
    if problem.count is not None and problem.model is not Model.LSCP and problem.periods is None:
        found.append((Relief("count"), float(problem.count), "p"))
    if np.isfinite(problem.budget):
        found.append((Relief("budget"), problem.budget, "budget"))
    if problem.capacities is not None and problem.model is not Model.MCLP:
        found.append((Relief("capacity"), float(problem.capacities.sum()), "capacity"))
    for k, floor in enumerate(problem.floors):
        now = floor.distance if floor.kind is Kind.TAIL else floor.share
        found.append((Relief("floor", k), now, f"floor {k + 1} ({floor.kind})"))
    return found


def _remedy(
    problem: Problem,
    relief: Relief,
    now: float,
    name: str,
    slack: float,
    opened: tuple[Ints, ...],
) -> Remedy:
    if relief.what == "count":
        needed = float(np.ceil(now + slack - 1e-6))
        return Remedy(name, now, needed, f"raise p to {needed:g}")
    if relief.what == "budget":
        needed = float(problem.prices[opened[-1]].sum())
        return Remedy(
            name,
            now,
            needed,
            f"raise the budget by {_at_least(needed - now)} to {_at_least(needed)}",
        )
    if relief.what == "capacity":
        return Remedy(name, now, now + slack, f"add capacity of {_at_least(slack)}")
    floor = problem.floors[relief.floor]
    if floor.kind is Kind.TAIL:
        enough = _at_least(now + slack)
        words = f"let the worst-off {floor.share:.0%} be {enough} off instead of {now:g}"
        return Remedy(name, now, now + slack, words)
    most = np.floor(max(now - slack, 0.0) * 1e4) / 1e4
    words = f"ask for {most:.2%} within {floor.distance:g} instead of {now:.2%}"
    return Remedy(name, now, max(now - slack, 0.0), words)


def _reaching(problem: Problem) -> NDArray[np.bool_]:
    wanted = np.flatnonzero(_wanted(problem))
    table = problem.distances[np.ix_(wanted, problem.allowed)]
    near: NDArray[np.bool_] = (table <= problem.reach) & np.isfinite(table)
    return near


def _more_sites(problem: Problem) -> list[Remedy]:
    """The fewest sites, and the least money, that reach everybody."""
    near, found = _reaching(problem), []
    whole = problem.purse(problem.allowed)
    if problem.count is not None and problem.model is not Model.LSCP:
        purse = Purse(whole.kept, None, whole.prices, whole.budget)
        got = cover(near, purse, np.ones(near.shape[1]), deadline=Deadline(_EACH_S))
        if got.sites is not None and got.cost > problem.count:
            words = f"raise p to {got.cost:g}, with which everybody can be reached"
            found.append(Remedy("p", problem.count, got.cost, words))
    if whole.limited:
        purse = Purse(whole.kept, whole.count, whole.prices)
        got = cover(near, purse, whole.prices, deadline=Deadline(_EACH_S))
        if got.sites is not None and got.cost > problem.budget:
            more = _at_least(got.cost - problem.budget)
            words = f"raise the budget by {more} to {_at_least(got.cost)}"
            found.append(Remedy("budget", problem.budget, got.cost, words))
    return found


def _wider(problem: Problem, seed: int) -> list[Remedy]:
    """The least reach with which the sites that may be opened serve everybody."""
    if not np.isfinite(problem.reach):
        return []
    wanted = np.flatnonzero(_wanted(problem))
    purse = problem.purse(problem.allowed)
    if purse.count is None and not purse.limited:
        return []
    table = problem.distances[np.ix_(wanted, problem.allowed)]
    got = center(table, purse, deadline=Deadline(_EACH_S), seed=seed)
    if got.sites is None or got.distance <= problem.reach:
        return []
    words = f"serve from up to {_at_least(got.distance)} away instead of {problem.reach:g}"
    return [Remedy("radius", problem.reach, got.distance, words)]
