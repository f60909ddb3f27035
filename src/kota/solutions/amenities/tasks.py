"""The tasks of the amenities solution: who walks how far, and who uses what was built."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec
import numpy as np

from kota.city import City, Reading, Statement
from kota.model.entity import Entity
from kota.model.entity import Kind as Sort
from kota.model.geometry import centroid, distances
from kota.model.instant import DAY, HOUR, MINUTE
from kota.model.quality import Level, Quality, Source
from kota.solution import Periodic
from kota.solutions.amenities.effect import Standing, standing
from kota.solutions.amenities.floating import floating_catchment
from kota.solutions.amenities.kinds import KINDS, Kind
from kota.solutions.amenities.pairs import Floats, Pairs
from kota.solutions.amenities.terms import MINUTES, ONE, urn
from kota.solutions.amenities.town import EVERYBODY, Place, Town, read_town

NEAR_M: Final = 80.0
"""A counter this near to a place counts its visitors."""
WEEK: Final = 7 * DAY

_ESTIMATED: Final = Quality(Level.GOOD, Source.ESTIMATED, "on foot along the streets")


class Access:
    """Keeps the town's access stated; works only when something has changed."""

    def __init__(self) -> None:
        self._known = b""

    async def state(self, city: City) -> None:
        """State walks of every building, standings of every kind, and catchments of places."""
        town = await read_town(city)
        print_ = _fingerprint(town)
        if print_ == self._known:
            return
        found = await city.compute(measure_town, town)
        await city.state(_statements(town, found))
        self._known = print_


class Measured(msgspec.Struct, frozen=True):
    """Access to one kind of amenity.

    Args:
        walk: minutes from each home to the nearest place `(n,)`, infinite: none in reach.
        standing: how it is spread.
        served: people for whom each place is the nearest.
        room: capacity for each person, by two-step catchments within the goal; None where places
            do not say their capacity.
    """

    walk: Any
    standing: Standing
    served: tuple[float, ...]
    room: float | None


def measure_town(town: Town) -> dict[str, Measured]:
    """Access to every kind that the town has; for a worker process."""
    return {kind.name: _measured(town, kind) for kind in KINDS if town.of(kind)}


def people_for(town: Town, kind: Kind) -> Floats:
    """People whom a kind of amenity is for, in each home `(n,)`."""
    ages = tuple(age for age in kind.serves if age in town.homes.groups)
    return town.homes.counting(ages if town.homes.groups != (EVERYBODY,) else ())


def _measured(town: Town, kind: Kind) -> Measured:
    places = town.of(kind)
    walks = town.walks([place.at for place in places])
    people = people_for(town, kind)
    walk = walks.min(axis=1)
    reached = np.isfinite(walk)
    served = np.bincount(
        walks[reached].argmin(axis=1), weights=people[reached], minlength=len(places)
    )
    return Measured(
        walk,
        standing(town.homes, walk, people, kind.goal),
        tuple(served.tolist()),
        _room(places, walks, people, kind.goal),
    )


def _room(places: Sequence[Place], walks: Floats, people: Floats, goal: float) -> float | None:
    """Mean capacity for each person."""
    capacity = np.array([place.capacity or 0.0 for place in places])
    if not capacity.any() or not people.sum():
        return None
    each = floating_catchment(Pairs.of_table(walks), people, capacity, limit=goal)
    return float(np.average(each, weights=people))


def _fingerprint(town: Town) -> bytes:
    import hashlib

    homes = town.homes
    parts = (homes.ids, homes.groups, homes.neighbourhood, homes.at.tolist(), homes.people.tolist())
    ways = (town.network.edge_names, town.network.forward.tolist())
    places = [(place.id, place.category, place.at, place.capacity) for place in town.places]
    return hashlib.sha256(repr((parts, ways, places)).encode()).digest()


def _statements(town: Town, found: dict[str, Measured]) -> list[Statement]:
    kinds = [kind for kind in KINDS if kind.name in found]
    statements = [_building(k, town, kinds, found) for k in range(len(town.homes.ids))]
    for kind in kinds:
        one = found[kind.name]
        statements.append(_standing(kind, one))
        for place, people in zip(town.of(kind), one.served, strict=True):
            statements.append(_catchment(place, people))
    return statements


def _building(k: int, town: Town, kinds: Sequence[Kind], found: dict[str, Measured]) -> Statement:
    walks = {kind: float(found[kind.name].walk[k]) for kind in kinds}
    readings = {
        kind.attribute: Reading(round(walk, 1), MINUTES, quality=_ESTIMATED)
        for kind, walk in walks.items()
        if np.isfinite(walk)
    }
    near = sum(walk <= kind.goal for kind, walk in walks.items())
    share = round(near / len(kinds), 2) if kinds else 0.0
    readings["accessScore"] = Reading(share, ONE, quality=_ESTIMATED)
    return Statement(town.homes.ids[k], "Building", readings)


def _standing(kind: Kind, one: Measured) -> Statement:
    town = one.standing.town

    def reading(value: float, unit: str) -> Reading:
        return Reading(round(value, 3), unit, quality=_ESTIMATED)

    readings = {
        "name": Reading(kind.title),
        "amenityKind": Reading(kind.name),
        "servedPeople": reading(town.people, ONE),
        "withinGoal": reading(one.standing.within, ONE),
        "unreached": reading(town.without, ONE),
        "byNeighbourhood": _json(one.standing.neighbourhoods),
        "byGroup": _json(one.standing.groups),
    }
    if np.isfinite(town.mean):
        readings |= {
            "meanWalk": reading(town.mean, MINUTES),
            "p90Walk": reading(town.p90, MINUTES),
            "worstDecileWalk": reading(town.worst_decile, MINUTES),
            "giniWalk": reading(town.gini, ONE),
        }
    if one.room is not None:
        readings["roomPerPerson"] = reading(one.room, ONE)
    return Statement(urn("AmenityAccess", kind.name), "AmenityAccess", readings)


def _json(value: Any) -> Reading:
    finite = msgspec.json.decode(msgspec.json.encode(value))
    return Reading(finite, kind=Sort.JSON_PROPERTY, quality=_ESTIMATED)


def _catchment(place: Place, people: float) -> Statement:
    readings = {"servedPeople": Reading(round(people), ONE, quality=_ESTIMATED)}
    if place.capacity:
        readings["catchmentLoad"] = Reading(
            round(people / place.capacity, 2), ONE, quality=_ESTIMATED
        )
    return Statement(place.id, place.type, readings)


async def state_usage(city: City) -> None:
    """State how many people a day pass by places that were promised a use, over the last week."""
    counters = [one for one in await city.entities("CrowdFlowObserved") if _at(city, one)]
    promised = [
        (kind, place)
        for kind in ("PointOfInterest", "Garden")
        for place in await city.entities(kind)
        if isinstance(city.value(place, "promisedUse"), int | float) and _at(city, place)
    ]
    near = {place.id: _near(city, place, counters) for _, place in promised}
    wanted = sorted({counter for some in near.values() for counter in some})
    if not wanted:
        return
    now = city.now()
    table = await city.history(wanted, ["peopleCount"], start=now - WEEK, end=now + 1)
    daily = daily_counts(
        table.column("entity_id").to_pylist(),
        table.column("observed_at").cast("int64").to_pylist(),
        table.column("number").to_pylist(),
    )
    statements = []
    for kind, place in promised:
        told = [daily[counter] for counter in near[place.id] if counter in daily]
        if told:
            use, promise = sum(told), float(city.value(place, "promisedUse"))
            statements.append(_usage(place.id, kind, use, promise))
    await city.state(statements)


def daily_counts(
    counters: Sequence[str], times: Sequence[int], counts: Sequence[float | None]
) -> dict[str, float]:
    """People a day at each counter, from what was counted between its first and last reading.

    Args:
        counters, times [µs], counts: one for each reading, as history has them.

    Returns:
        People a day; counters that have told less than six hours are left out.
    """
    first: dict[str, int] = {}
    last: dict[str, int] = {}
    total: dict[str, float] = {}
    for counter, at, count in zip(counters, times, counts, strict=True):
        if count is None:
            continue
        if counter not in first:
            first[counter] = last[counter] = at
            continue
        first[counter], last[counter] = min(first[counter], at), max(last[counter], at)
        total[counter] = total.get(counter, 0.0) + count
    return {
        counter: total.get(counter, 0.0) * DAY / (last[counter] - first[counter])
        for counter in first
        if last[counter] - first[counter] >= 6 * HOUR
    }


def _at(city: City, entity: Entity) -> tuple[float, float] | None:
    where = city.value(entity, "location")
    return centroid(where) if isinstance(where, dict) else None


def _near(city: City, place: Entity, counters: Sequence[Entity]) -> list[str]:
    here = _at(city, place)
    if here is None or not counters:
        return []
    at = np.array([_at(city, counter) for counter in counters], dtype=np.float64)
    apart = distances(at[:, 0], at[:, 1], here)
    return [counters[k].id for k in np.flatnonzero(apart <= NEAR_M).tolist()]


def _usage(place: str, kind: str, use: float, promise: float) -> Statement:
    quality = Quality(Level.GOOD, Source.ESTIMATED, "people counted nearby in the last week")
    readings = {"usage": Reading(round(use), ONE, quality=quality)}
    if promise > 0:
        readings["useRatio"] = Reading(round(use / promise, 2), ONE, quality=quality)
    return Statement(place, kind, readings)


def make_tasks(_: City) -> tuple[Periodic, ...]:
    """The tasks of one city."""
    return (
        Periodic(
            name="access",
            title="Measure who can walk to what",
            period=15 * MINUTE,
            run=Access().state,
        ),
        Periodic(
            name="usage",
            title="Compare the use of places with what was promised",
            period=HOUR,
            run=state_usage,
        ),
    )
