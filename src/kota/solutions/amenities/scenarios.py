"""Scenarios of the planner: what is asked, and what came of it."""

from __future__ import annotations

from typing import Literal

import msgspec

from kota.solutions.amenities.effect import Shift, Standing

Model = Literal["p-median", "p-center", "lscp", "mclp", "backup"]


class Travel(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How people get there.

    Args:
        by: ``network``: along the streets; ``distance``: as the crow flies.
        speed: as the crow flies [m/s].
        shade: whether minutes in the sun count as longer, where streets say how shady they are.
        limit: nobody goes farther than this [minutes].
    """

    by: Literal["network", "distance"] = "network"
    speed: float = 1.2
    shade: bool = False
    limit: float | None = None


class Candidate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A site that the planner has drawn.

    Args:
        name: of the site, unique in its scenario.
        lon, lat: where it is [degrees].
        cost: of building there, in the unit of the budget.
        capacity: people it would have room for.
        status: whether it is open to choice, chosen already, or ruled out.
    """

    name: str
    lon: float
    lat: float
    cost: float = 1.0
    capacity: float | None = None
    status: Literal["free", "kept", "forbidden"] = "free"


class Floor(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What everybody is owed.

    Args:
        kind: ``share``: at least this share of the people within so many minutes; ``groups``: the
            same in each neighbourhood; ``tail``: the share who are worst off walk no longer than
            this on average.
        share: of the people, 0 to 1.
        minutes: on foot.
    """

    kind: Literal["share", "groups", "tail"] = "share"
    share: float
    minutes: float


class Draft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a planner asks.

    Args:
        name: of the scenario.
        kind: of amenity; see ``kinds``.
        note: for the reader.
        who: age groups who count; empty: those whom the kind is for, where ages are known.
        where: neighbourhoods whose people count; empty: all.
        travel: how people get there.
        candidates: sites to choose from; none: every crossing of the streets.
        close: ids of existing places that are shut.
        model: what is best.
        p: new places, besides those that exist; None where a budget or the radius decides.
        budget: what new places may cost together.
        radius: minutes within which people count as covered; the kind's goal where absent.
        floors: what everybody is owed.
        open_at: only places that are open then, ``Fr 18:30``.
        seconds: for the proof.
    """

    name: str
    kind: str
    note: str = ""
    who: tuple[str, ...] = ()
    where: tuple[str, ...] = ()
    travel: Travel = Travel()
    candidates: tuple[Candidate, ...] = ()
    close: tuple[str, ...] = ()
    model: Model = "p-median"
    p: int | None = 1
    budget: float | None = None
    radius: float | None = None
    floors: tuple[Floor, ...] = ()
    open_at: str | None = None
    seconds: float = 0.6


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """An open place.

    Args:
        id: of the existing place, or None.
        name: of it, or of the candidate.
        lon, lat: where it is [degrees].
        new: whether it is to be built.
        people: who count and for whom it is the nearest.
        cost: of building it.
        loss: how much worse the objective gets without it; None: what was asked is no longer met.
    """

    id: str | None
    name: str
    lon: float
    lat: float
    new: bool
    people: float
    cost: float = 0.0
    loss: float | None = None


class Other(msgspec.Struct, frozen=True, kw_only=True):
    """Other sites that are nearly as good.

    Args:
        sites: names of the new places.
        objective: of them.
        worse: by how much, relative to the best.
        at: longitude and latitude of each [degrees].
    """

    sites: tuple[str, ...]
    at: tuple[tuple[float, float], ...] = ()
    objective: float
    worse: float


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a scenario.

    Args:
        at: when, ISO 8601.
        seconds: how long it took.
        objective, bound, gap: of the model, in person-minutes, minutes, sites or people; no choice
            is better than the bound.
        unit: of the objective.
        status: ``optimal`` where the gap is proven to be nothing, else ``feasible``.
        proof: what vouches for the bound.
        sites: every open place.
        closed: ids of existing places that are shut.
        spent: what the new places cost.
        people: who count.
        before, after: how far people walk.
        neighbourhoods, groups: who gains and loses.
        buildings: ids, aligned with the next three.
        walk_before, walk_after: minutes on foot from each building; None: none in reach.
        nearest: which of `sites` is the nearest to each building afterwards, from 0; None: none in
            reach.
        others: alternatives near the optimum.
        notes: what is worth knowing.
    """

    at: str
    seconds: float
    objective: float
    bound: float
    gap: float
    unit: str
    status: str
    proof: str
    sites: tuple[Site, ...]
    closed: tuple[str, ...]
    spent: float
    people: float
    before: Standing
    after: Standing
    neighbourhoods: dict[str, Shift]
    groups: dict[str, Shift]
    buildings: tuple[str, ...]
    walk_before: tuple[float | None, ...]
    walk_after: tuple[float | None, ...]
    nearest: tuple[int | None, ...] = ()
    others: tuple[Other, ...] = ()
    notes: tuple[str, ...] = ()


class Scenario(msgspec.Struct, frozen=True, kw_only=True):
    """A scenario as it is kept.

    Args:
        id: of it.
        created: when, ISO 8601.
        draft: what is asked.
        result: what came of it, where it was run since it was last changed.
    """

    id: str
    created: str
    draft: Draft
    result: Result | None = None


class Brief(msgspec.Struct, frozen=True, kw_only=True):
    """A scenario in a list.

    Args:
        id, name, kind, created, model: as in `Scenario` and `Draft`.
        objective, bound, gap, unit: of its result, where it was run.
        new: how many places it builds.
    """

    id: str
    name: str
    kind: str
    created: str
    model: str
    objective: float | None = None
    bound: float | None = None
    gap: float | None = None
    unit: str | None = None
    new: int | None = None


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """One scenario beside others.

    Args:
        brief: what it is.
        spent: on new places.
        after: how far people walk.
        neighbourhoods, groups: who gains and loses against today.
        sites: new places.
    """

    brief: Brief
    spent: float
    after: Standing
    neighbourhoods: dict[str, Shift]
    groups: dict[str, Shift]
    sites: tuple[Site, ...]


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """Scenarios side by side, today first.

    Args:
        today: how far people walk now, as the first scenario counts them.
        scenarios: in the order that was asked for.
        notes: what keeps them from being compared fairly.
    """

    today: Standing
    scenarios: tuple[Compared, ...]
    notes: tuple[str, ...] = ()


def brief(scenario: Scenario) -> Brief:
    """A scenario for a list."""
    draft, result = scenario.draft, scenario.result
    told = Brief(
        id=scenario.id,
        name=draft.name,
        kind=draft.kind,
        created=scenario.created,
        model=draft.model,
    )
    if result is None:
        return told
    return msgspec.structs.replace(
        told,
        objective=result.objective,
        bound=result.bound,
        gap=result.gap,
        unit=result.unit,
        new=sum(site.new for site in result.sites),
    )
