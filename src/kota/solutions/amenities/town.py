"""The town as planners see it: who lives where, what is where, and the ways between."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from kota.city import City
from kota.errors import InputError, NotReadyError
from kota.model.entity import Entity
from kota.model.geometry import centroid, shape
from kota.network import Network, Way, join, snap, travel_times
from kota.solutions.amenities.hours import Hours, read_hours
from kota.solutions.amenities.kinds import Kind

Floats = NDArray[np.float64]

EVERYBODY: Final = "all"
"""The group of people whose age is not known."""
FARTHEST_M: Final = 300.0
"""Who lives farther than this from every street is out of reach."""

_PARTS: Final = (
    ("South-west", "South", "South-east"),
    ("West", "Centre", "East"),
    ("North-west", "North", "North-east"),
)


@dataclass(frozen=True, slots=True)
class Homes:
    """Where people live.

    Args:
        ids: of the buildings `(n,)`.
        at: longitude and latitude `(n, 2)` [degrees].
        groups: names of age groups.
        people: of each group in each building `(n, n_groups)`.
        neighbourhood: of each building.
    """

    ids: tuple[str, ...]
    at: Floats
    groups: tuple[str, ...]
    people: Floats
    neighbourhood: tuple[str, ...]

    def counting(self, who: Sequence[str], where: Sequence[str] = ()) -> Floats:
        """People who count in each building `(n,)`.

        Args:
            who: age groups; empty: everybody. Where ages are not known, everybody counts.
            where: neighbourhoods; empty: the whole town.

        Raises:
            InputError: there is no such group or neighbourhood.
        """
        _check(where, sorted(set(self.neighbourhood)), "neighbourhood")
        if self.groups != (EVERYBODY,):
            _check(who, self.groups, "age group")
        chosen = [k for k, name in enumerate(self.groups) if not who or name in who]
        count: Floats = self.people[:, chosen or list(range(len(self.groups)))].sum(axis=1)
        if where:
            count = count * np.isin(np.array(self.neighbourhood), list(where))
        return count


@dataclass(frozen=True, slots=True)
class Place:
    """A place that people go to.

    Args:
        id, name: of its entity.
        category: its kinds, in the words of its entity.
        type: short type.
        at: where people enter it, longitude and latitude [degrees].
        capacity: people it has room for, or None.
        hours: when it is open, or None.
    """

    id: str
    name: str
    category: tuple[str, ...]
    type: str
    at: tuple[tuple[float, float], ...]
    capacity: float | None = None
    hours: Hours | None = None


@dataclass(frozen=True, slots=True)
class Town:
    """Homes, places and the streets between them."""

    homes: Homes
    places: tuple[Place, ...]
    network: Network

    def of(self, kind: Kind, moment: tuple[int, int] | None = None) -> tuple[Place, ...]:
        """Places of a kind; at a moment of the week: those that are open, or do not say."""
        wanted = frozenset(kind.categories)
        return tuple(
            place
            for place in self.places
            if place.type == kind.type
            and (not wanted or wanted & frozenset(place.category))
            and (moment is None or place.hours is None or place.hours.open_at(*moment))
        )

    def walks(self, entrances: Sequence[Sequence[tuple[float, float]]]) -> Floats:
        """Minutes on foot from each home to each place, `(n_homes, n_places)`.

        Args:
            entrances: longitude and latitude of the entrances of each place.
        """
        if not entrances:
            return np.full((len(self.homes.ids), 0), np.inf)
        points = np.array([at for place in entrances for at in place])
        owner = np.repeat(np.arange(len(entrances)), [len(place) for place in entrances])
        homes = snap(self.network, self.homes.at)
        seconds = travel_times(self.network, homes, snap(self.network, points))
        seconds[homes.off > FARTHEST_M] = np.inf
        found = np.full((len(self.homes.ids), len(entrances)), np.inf)
        np.minimum.at(found.T, owner, seconds.T)
        return found / 60.0

    def straight(self, entrances: Sequence[Sequence[tuple[float, float]]], speed: float) -> Floats:
        """Minutes from each home to each place as the crow flies, at a speed [m/s]."""
        plane = self.network.plane
        assert plane is not None
        homes = plane.to_metres(self.homes.at)
        found = np.full((len(homes), len(entrances)), np.inf)
        for k, place in enumerate(entrances):
            doors = plane.to_metres(np.array(place))
            apart = np.hypot(*(homes[:, None] - doors).transpose(2, 0, 1))
            found[:, k] = apart.min(axis=1) / speed / 60.0
        return found


async def read_town(city: City, *, perceive: bool = False) -> Town:
    """Read the town from its Buildings, places and RoadSegments.

    Args:
        city: that of the solution.
        perceive: whether walks in the sun count as longer.

    Raises:
        NotReadyError: nobody lives here yet, or there is no street.
    """
    homes = _homes(city, await city.entities("Building"))
    ways = [way for segment in await city.entities("RoadSegment") if (way := _way(city, segment))]
    if not len(homes.ids):
        raise NotReadyError(
            "nobody lives here yet", hint="import Building entities with their `residents`"
        )
    if not ways:
        raise NotReadyError("there is no street yet", hint="import RoadSegment entities")
    network = join(ways, perceive=perceive)
    places = [
        place
        for kind in ("PointOfInterest", "Garden")
        for entity in await city.entities(kind)
        if (place := _place(city, entity, kind)) is not None
    ]
    return Town(homes, tuple(sorted(places, key=lambda place: place.id)), network)


def _homes(city: City, buildings: Sequence[Entity]) -> Homes:
    found = []
    for building in sorted(buildings, key=lambda one: one.id):
        where, residents = city.value(building, "location"), city.value(building, "residents")
        ages = city.value(building, "residentsByAge")
        if where is None:
            continue
        people = {str(age): float(n) for age, n in ages.items()} if isinstance(ages, dict) else {}
        if not people and isinstance(residents, int | float):
            people = {EVERYBODY: float(residents)}
        if sum(people.values()) > 0:
            found.append((building.id, centroid(where), people, _quarter(city, building)))
    groups = tuple(dict.fromkeys(age for _, _, people, _ in found for age in people))
    count = [[max(people.get(age, 0.0), 0.0) for age in groups] for _, _, people, _ in found]
    at = np.array([where for _, where, _, _ in found]).reshape(-1, 2)
    return Homes(
        tuple(name for name, *_ in found),
        at,
        groups,
        np.array(count).reshape(len(found), len(groups)),
        _neighbourhoods(at, [quarter for *_, quarter in found]),
    )


def _quarter(city: City, building: Entity) -> str | None:
    address = city.value(building, "address")
    if not isinstance(address, dict):
        return None
    name = address.get("neighborhood") or address.get("neighbourhood") or address.get("district")
    return str(name) if name else None


def _neighbourhoods(at: Floats, named: Sequence[str | None]) -> tuple[str, ...]:
    """As addresses name them; else one of nine parts of the town by compass."""
    if not len(at):
        return ()
    low, high = np.quantile(at, 0.02, axis=0), np.quantile(at, 0.98, axis=0)
    part = np.clip((at - low) / np.maximum(high - low, 1e-12) * 3, 0, 2.999).astype(int)
    return tuple(
        name or _PARTS[row][column]
        for name, (column, row) in zip(named, part.tolist(), strict=True)
    )


def _way(city: City, segment: Entity) -> Way | None:
    where = city.value(segment, "location")
    if not isinstance(where, dict) or where.get("type") != "LineString":
        return None
    slope, shade = city.value(segment, "slope"), city.value(segment, "shade")
    return Way(
        str(city.value(segment, "name") or segment.id),
        shape(where),
        slope=float(slope) if isinstance(slope, int | float) else None,
        shade=float(shade) if isinstance(shade, int | float) else 0.0,
    )


def _place(city: City, entity: Entity, kind: str) -> Place | None:
    where = city.value(entity, "location")
    if where is None:
        return None
    category = city.value(entity, "category")
    capacity = city.value(entity, "capacity")
    return Place(
        entity.id,
        str(city.value(entity, "name") or entity.id),
        tuple(map(str, category)) if isinstance(category, list) else (str(category),),
        kind,
        _entrances(where),
        float(capacity) if isinstance(capacity, int | float) and capacity > 0 else None,
        _hours(city, entity),
    )


def _entrances(where: dict[str, Any]) -> tuple[tuple[float, float], ...]:
    """A point is its own entrance; an area is entered at its corners, as a park is."""
    if where["type"] not in ("Polygon", "MultiPolygon"):
        return (centroid(where),)
    import shapely

    corners = shapely.get_coordinates(shape(where).simplify(1e-4))
    return tuple((float(x), float(y)) for x, y in corners)


def _hours(city: City, entity: Entity) -> Hours | None:
    for name in ("openingHours", "openingHoursSpecification", "opening_hours"):
        value = city.value(entity, name)
        if value is None:
            continue
        try:
            return read_hours(value)
        except InputError:
            return None
    return None


def _check(asked: Sequence[str], known: Sequence[str], what: str) -> None:
    for name in asked:
        if name not in known:
            raise InputError(f"there is no {what} {name!r}", hint=f"there are {', '.join(known)}")
