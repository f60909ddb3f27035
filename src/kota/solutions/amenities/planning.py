"""Running a scenario: from a draft and the town to sites, and what they mean for the people."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from kota.errors import InputError
from kota.network import snap
from kota.solutions.amenities import siting
from kota.solutions.amenities.effect import shift, shifts_by, standing
from kota.solutions.amenities.hours import read_moment
from kota.solutions.amenities.kinds import Kind, kind_named
from kota.solutions.amenities.scenarios import Candidate, Draft, Other, Result, Site
from kota.solutions.amenities.town import EVERYBODY, FARTHEST_M, Floats, Place, Town

_STATUS: Final = {
    "free": siting.Status.FREE,
    "kept": siting.Status.KEPT,
    "forbidden": siting.Status.FORBIDDEN,
}
_UNITS: Final = {
    siting.Model.MEDIAN: "person-minutes",
    siting.Model.CENTER: "minutes",
    siting.Model.LSCP: "cost of new places",
    siting.Model.MCLP: "people",
    siting.Model.BACKUP: "people",
}
_ALTERNATIVES: Final = 3
_NEARLY: Final = 0.03
_ASIDE_S: Final = 0.25
"""For what is around the answer."""


@dataclass(frozen=True, slots=True)
class _Setting:
    """Everything that a run works on.

    Args:
        kind: of amenity.
        people: who count in each home `(n,)`.
        existing: places that are there; those that are shut, as well.
        candidates: sites to choose from.
        walk: minutes from homes to existing places, then to candidates `(n, n_all)`.
    """

    kind: Kind
    people: Floats
    existing: tuple[Place, ...]
    candidates: tuple[Candidate, ...]
    walk: Floats


def run_scenario(town: Town, draft: Draft, at: str) -> Result:
    """Choose sites, and count what they mean; for a worker process.

    Args:
        town: as it is; its network weighed as `draft.travel` asks.
        draft: what is asked.
        at: when, for the record.

    Raises:
        InputError: the draft names what is not there, a candidate lies off the streets, or what
            was asked cannot be had: then it says the smallest change that helps.
    """
    begin = time.perf_counter()
    setting = _set(town, draft)
    problem = _problem(setting, draft, town.homes.ids)
    try:
        found = siting.solve(problem, time_limit=draft.seconds)
    except siting.InfeasibleError as error:
        raise InputError(error.message, hint=error.hint) from error
    found = siting.with_changes(problem, found, time_limit=_ASIDE_S)
    found = siting.with_alternatives(
        problem, found, count=_ALTERNATIVES, within=_NEARLY, time_limit=_ASIDE_S
    )
    result = _result(town, draft, setting, found, problem)
    taken = time.perf_counter() - begin
    return _stamped(result, at, taken)


def _set(town: Town, draft: Draft) -> _Setting:
    kind = kind_named(draft.kind)
    moment = None if draft.open_at is None else read_moment(draft.open_at)
    existing = town.of(kind, moment)
    _check_closed(draft, existing)
    candidates = draft.candidates or _crossings(town)
    _check_candidates(town, candidates)
    known = town.homes.groups != (EVERYBODY,)
    serves = tuple(age for age in kind.serves if age in town.homes.groups)
    people = town.homes.counting(draft.who or (serves if known else ()), draft.where)
    if people.sum() <= 0:
        raise InputError("nobody counts", hint="let more age groups or neighbourhoods count")
    doors = [*(place.at for place in existing), *(((c.lon, c.lat),) for c in candidates)]
    travel = draft.travel
    if not travel.speed > 0:
        raise InputError(f"speed {travel.speed:g} m/s is not above zero")
    walk = town.walks(doors) if travel.by == "network" else town.straight(doors, travel.speed)
    return _Setting(kind, people, existing, candidates, walk)


def _check_closed(draft: Draft, existing: Sequence[Place]) -> None:
    known = {place.id for place in existing}
    for name in draft.close:
        if name not in known:
            raise InputError(
                f"{name} is to be closed, but is no open place of kind {draft.kind}",
                hint=f"there are {', '.join(sorted(known)) or 'none'}",
            )


def _check_candidates(town: Town, candidates: Sequence[Candidate]) -> None:
    names = [candidate.name for candidate in candidates]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise InputError(f"two candidates are called {twice!r}", hint="give each its own name")
    for candidate in candidates:
        if not candidate.cost >= 0:
            raise InputError(f"candidate {candidate.name} costs {candidate.cost:g}")
    at = np.array([[c.lon, c.lat] for c in candidates])
    called = [f"candidate {name}" for name in names]
    snap(town.network, at, names=called, farthest=FARTHEST_M)


def _crossings(town: Town) -> tuple[Candidate, ...]:
    """Every crossing of the streets among the homes."""
    network = town.network
    assert network.plane is not None
    assert network.nodes is not None
    degrees = network.plane.to_degrees(network.nodes)
    homes = network.plane.to_metres(town.homes.at)
    low, high = homes.min(axis=0) - FARTHEST_M, homes.max(axis=0) + FARTHEST_M
    inside = ((network.nodes >= low) & (network.nodes <= high)).all(axis=1)
    street = np.zeros(network.n_nodes, dtype=np.int64)
    street[network.end] = np.arange(network.n_edges)
    street[network.start] = np.arange(network.n_edges)
    return tuple(
        Candidate(
            name=f"{network.edge_names[street[k]]} ({k})",
            lon=round(float(degrees[k, 0]), 7),
            lat=round(float(degrees[k, 1]), 7),
        )
        for k in np.flatnonzero(inside)
    )


def _problem(setting: _Setting, draft: Draft, homes: tuple[str, ...]) -> siting.Problem:
    rows = np.flatnonzero(setting.people > 0)
    shut = [place.id in draft.close for place in setting.existing]
    status = [siting.Status.CLOSED if gone else siting.Status.KEPT for gone in shut]
    status += [_STATUS[candidate.status] for candidate in setting.candidates]
    there = sum(not gone for gone in shut)
    chosen = sum(candidate.status == "kept" for candidate in setting.candidates)
    walk = setting.walk[rows]
    reached = np.isfinite(walk).any(axis=1)
    model = siting.Model(draft.model)
    count = None if draft.p is None else there + max(draft.p, chosen)
    if draft.p is not None and draft.p < 0:
        raise InputError(f"p is {draft.p}", hint="ask for no new place or more")
    return siting.Problem(
        model=model,
        distances=walk[reached],
        weights=setting.people[rows][reached],
        status=np.array(status, dtype=np.int64),
        count=None if model is siting.Model.LSCP else count,
        radius=draft.radius if draft.radius is not None else setting.kind.goal,
        costs=np.array([*np.zeros(len(shut)), *(c.cost for c in setting.candidates)]),
        budget=np.inf if draft.budget is None else draft.budget,
        limit=np.inf if draft.travel.limit is None else draft.travel.limit,
        floors=tuple(
            siting.Floor(siting.Kind(floor.kind), floor.share, floor.minutes)
            for floor in draft.floors
        ),
        names=tuple(homes[k].rsplit(":", 1)[-1] for k in rows[reached]),
    )


def _result(
    town: Town, draft: Draft, setting: _Setting, found: siting.Solution, problem: siting.Problem
) -> Result:
    limit = np.inf if draft.travel.limit is None else draft.travel.limit
    walk = np.where(setting.walk <= limit, setting.walk, np.inf)
    before = walk[:, : len(setting.existing)].min(axis=1, initial=np.inf)
    opened = np.array(found.sites, dtype=np.int64)
    after = walk[:, opened].min(axis=1, initial=np.inf)
    homes, people, goal = town.homes, setting.people, setting.kind.goal
    reached = np.isfinite(after)
    nearest = np.full(len(reached), -1)
    nearest[reached] = walk[:, opened][reached].argmin(axis=1) if len(opened) else -1
    served = np.bincount(nearest[reached], weights=people[reached], minlength=len(opened))
    loss = {change.site: change.loss for change in found.drops}
    stranded = float(people[~np.isfinite(setting.walk).any(axis=1)].sum())
    notes = (f"{stranded:g} people have no way to any place",) if stranded else ()
    return Result(
        at="",
        seconds=0.0,
        objective=found.objective,
        bound=found.bound,
        gap=found.gap,
        unit=_UNITS[problem.model],
        status=found.status,
        proof=found.proof,
        sites=tuple(
            _site(setting, k, float(count), loss.get(k))
            for k, count in zip(found.sites, served, strict=True)
        ),
        closed=draft.close,
        spent=float(problem.prices[opened].sum()),
        people=float(people.sum()),
        before=standing(homes, before, people, goal),
        after=standing(homes, after, people, goal),
        neighbourhoods=shifts_by(homes.neighbourhood, before, after, people),
        groups={
            name: shift(before, after, homes.people[:, k]) for k, name in enumerate(homes.groups)
        },
        buildings=homes.ids,
        walk_before=_minutes(before),
        walk_after=_minutes(after),
        nearest=tuple(k if k >= 0 else None for k in nearest.tolist()),
        others=tuple(_other(setting, one) for one in found.alternatives),
        notes=notes,
    )


def _stamped(result: Result, at: str, seconds: float) -> Result:
    from msgspec.structs import replace

    return replace(result, at=at, seconds=round(seconds, 3))


def _other(setting: _Setting, other: siting.Alternative) -> Other:
    count = len(setting.existing)
    new = [setting.candidates[k - count] for k in other.sites if k >= count]
    return Other(
        sites=tuple(one.name for one in new),
        objective=other.objective,
        worse=other.worse,
        at=tuple((one.lon, one.lat) for one in new),
    )


def _site(setting: _Setting, k: int, people: float, loss: float | None) -> Site:
    count = len(setting.existing)
    if k < count:
        place = setting.existing[k]
        lon, lat = np.mean(place.at, axis=0).tolist()
        return Site(
            id=place.id, name=place.name, lon=lon, lat=lat, new=False, people=people, loss=loss
        )
    new = setting.candidates[k - count]
    return Site(
        id=None,
        name=new.name,
        lon=new.lon,
        lat=new.lat,
        new=True,
        people=people,
        cost=new.cost,
        loss=loss,
    )


def _minutes(walk: Floats) -> tuple[float | None, ...]:
    return tuple(round(v, 1) if np.isfinite(v) else None for v in walk.tolist())
