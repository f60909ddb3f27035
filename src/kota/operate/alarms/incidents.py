"""Alarms of one cause are one incident: they share a place in the network and a stretch of time.

Each alarm names *keys*: its entity, and whatever the attributes of its definition's `cause` hold (a
zone, the ends of a pipe); and it may lie somewhere. An alarm that shares a key with an incident
which has had an alarm lately, or lies near one of its alarms, joins it; one that joins two makes
them one. So alarms that spread along a network, element by element, stay together without anybody
having drawn the incident before.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from hashlib import blake2b
from math import ceil, cos, floor, hypot, radians
from typing import Any, Final

import msgspec

from kota.model.entity import Entity, Kind
from kota.model.instant import DAY
from kota.model.terms import LOCATION

LONGEST: Final = DAY
"""An incident takes in no alarm later than this after its first [µs]."""
DEGREE: Final = 111_320.0
"""Metres in a degree of latitude."""

Point = tuple[float, float]
"""Longitude and latitude [°]."""
Cell = tuple[str, float, int, int]
"""A square of a grid: the kind of cause, its side [m], column and row."""


class Signs(msgspec.Struct, frozen=True):
    """By what an alarm is known to belong to others.

    Args:
        keys: names that it shares with them.
        point: where it is, if that matters.
        near: how far away the others may be [m].
        kind: of cause that they must have.
    """

    keys: tuple[str, ...]
    point: Point | None = None
    near: float = 0.0
    kind: str = ""


class Incident:
    """Alarms that are taken for one.

    Args:
        name: made of the alarm that opened it.
        first: when that was raised [µs].
    """

    __slots__ = ("first", "id", "last", "members")

    def __init__(self, name: str, first: int) -> None:
        self.id = name
        self.first = first
        self.last = first
        self.members: dict[str, Signs] = {}


class Joined(msgspec.Struct, frozen=True):
    """Where an alarm belongs.

    Args:
        group: the incident's id.
        moved: alarms that belong to it from now on, since their incident turned out to be this.
    """

    group: str
    moved: tuple[str, ...] = ()


class Incidents:
    """The incidents that may still grow."""

    def __init__(self) -> None:
        self._by_key: dict[tuple[str, str], Incident] = {}
        self._by_cell: dict[Cell, dict[str, Incident]] = {}

    def join(self, alarm: str, signs: Signs, *, at: int, within: int) -> Joined:
        """Find or open the incident of an alarm that is raised.

        Args:
            alarm: its id.
            signs: by what it is known.
            at: when it is raised [µs].
            within: how long ago [µs] an incident's last alarm may be.
        """
        found = {
            one.id: one
            for one in self._related(signs)
            if at - one.last <= within and at - one.first <= LONGEST
        }
        incidents = sorted(found.values(), key=lambda one: (one.first, one.id))
        chosen = incidents[0] if incidents else Incident(incident_id(alarm, at), at)
        moved: list[str] = []
        for other in incidents[1:]:
            moved += other.members
            for member, known in other.members.items():
                self._add(chosen, member, known)
            chosen.last = max(chosen.last, other.last)
        chosen.last = max(chosen.last, at)
        self._add(chosen, alarm, signs)
        return Joined(chosen.id, tuple(one for one in moved if one != alarm))

    def restore(self, group: str, alarm: str, signs: Signs, *, at: int) -> None:
        """Take over an alarm that was raised before this program began, oldest first."""
        known = (one for one in self._related(signs) if one.id == group)
        incident = next(known, None) or Incident(group, at)
        incident.last = max(incident.last, at)
        self._add(incident, alarm, signs)

    def _related(self, signs: Signs) -> Iterator[Incident]:
        for key in signs.keys:
            incident = self._by_key.get((signs.kind, key))
            if incident is not None:
                yield incident
        if signs.point is None or not signs.near:
            return
        _, side, column, row = _cell(signs, signs.point)
        reach = ceil(1 / max(cos(radians(signs.point[1])), 0.01))
        for x in range(column - reach, column + reach + 1):
            for y in (row - 1, row, row + 1):
                for alarm, incident in self._by_cell.get((signs.kind, side, x, y), {}).items():
                    other = incident.members[alarm].point
                    if other is not None and distance(signs.point, other) <= signs.near:
                        yield incident

    def _add(self, incident: Incident, alarm: str, signs: Signs) -> None:
        incident.members[alarm] = signs
        for key in signs.keys:
            self._by_key[signs.kind, key] = incident
        if signs.point is not None and signs.near:
            cell = _cell(signs, signs.point)
            self._by_cell.setdefault(cell, {})[alarm] = incident


def incident_id(alarm: str, at: int) -> str:
    """The id of an incident: the same whenever it is worked out again."""
    return blake2b(f"{alarm} {at}".encode(), digest_size=6).hexdigest()


def signs_of(entity: Entity, causes: Iterable[str], near: float = 0.0, kind: str = "") -> Signs:
    """By what an alarm of an entity is known to belong to others.

    Args:
        entity: it is of.
        causes: expanded names of attributes; a relationship names an entity, a text a place.
        near: how far away others may be [m].
        kind: of cause that they must have.
    """
    keys = [entity.id]
    for name in causes:
        for instance in entity.attrs.get(name, ()):
            values = instance.value if isinstance(instance.value, list) else [instance.value]
            linked = instance.kind in (Kind.RELATIONSHIP, Kind.LIST_RELATIONSHIP)
            keys += [
                str(value) if linked else f"{name} {value}"
                for value in values
                if isinstance(value, str | int | float)
            ]
    place = entity.default(LOCATION) if near else None
    point = None if place is None else middle(place.value)
    return Signs(tuple(dict.fromkeys(keys)), point, near, kind)


def middle(geometry: Any) -> Point | None:
    """The mean of a GeoJSON geometry's positions; None where it has none.

    >>> middle({"type": "LineString", "coordinates": [[103.0, 1.0], [104.0, 2.0]]})
    (103.5, 1.5)
    """
    found = list(_positions(geometry.get("coordinates") if isinstance(geometry, dict) else None))
    if not found:
        return None
    return (
        sum(point[0] for point in found) / len(found),
        sum(point[1] for point in found) / len(found),
    )


def distance(one: Point, other: Point) -> float:
    """Distance of two near points on a plane that touches the earth between them [m]."""
    x = (one[0] - other[0]) * cos(radians((one[1] + other[1]) / 2))
    return DEGREE * hypot(x, one[1] - other[1])


def _positions(coordinates: Any) -> Iterator[Point]:
    if not isinstance(coordinates, list | tuple) or not coordinates:
        return
    if isinstance(coordinates[0], int | float):
        if len(coordinates) >= 2:
            yield float(coordinates[0]), float(coordinates[1])
        return
    for inner in coordinates:
        yield from _positions(inner)


def _cell(signs: Signs, point: Point) -> Cell:
    """The square of a grid in degrees, as wide as high at the equator."""
    side = signs.near
    return signs.kind, side, floor(point[0] * DEGREE / side), floor(point[1] * DEGREE / side)
