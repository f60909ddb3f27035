"""Alarms of one cause are one incident: they share a place in the network and a stretch of time.

Each alarm names *keys*: its entity, and whatever the attributes of its definition's `cause` hold (a
zone, the ends of a pipe); and it may lie somewhere. It joins the incident

- that has another alarm of its entity which lasts, or ended lately;
- that it was part of before, while others of it last;
- of which an alarm with one of its keys was raised lately;
- of which an alarm near by was raised very lately: nearness says less, so it must be a third as
  long ago (a burst shows all around within one round of telemetry).

One that joins two incidents makes them one. So alarms that spread along a network, element by
element, stay together without anybody having drawn the incident before.
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

    __slots__ = ("first", "id", "lasting", "members")

    def __init__(self, name: str, first: int) -> None:
        self.id = name
        self.first = first
        self.members: dict[str, Member] = {}
        self.lasting: set[str] = set()


class Member(msgspec.Struct, frozen=True):
    """An alarm of an incident: by what it is known, and when it was raised last [µs]."""

    signs: Signs
    at: int


class Joined(msgspec.Struct, frozen=True):
    """Where an alarm belongs.

    Args:
        group: the incident's id.
        moved: alarms that belong to it from now on, since their incident turned out to be this.
    """

    group: str
    moved: tuple[str, ...] = ()


class _Trace:
    """What a key leads to: the incident, when it was last named [µs], and which alarms of the
    entity whose id the key is last."""

    __slots__ = ("at", "incident", "lasting")

    def __init__(self, incident: Incident, at: int) -> None:
        self.incident = incident
        self.at = at
        self.lasting: set[str] = set()


class Incidents:
    """The incidents that may still grow."""

    def __init__(self) -> None:
        self._traces: dict[tuple[str, str], _Trace] = {}
        self._by_cell: dict[Cell, dict[str, Incident]] = {}
        self._restored: dict[str, Incident] = {}
        self._of: dict[str, Incident] = {}

    def join(self, alarm: str, signs: Signs, *, at: int, within: int) -> Joined:
        """Find or open the incident of an alarm that is raised.

        Args:
            alarm: its id.
            signs: by what it is known.
            at: when it is raised [µs].
            within: how long ago [µs] counts as lately.
        """
        related = [*self._by_keys(signs, at, within), *self._by_place(signs, at, within // 3)]
        before = self._of.get(alarm)
        if before is not None and before.lasting:
            related.append(before)
        found = {one.id: one for one in related if at - one.first <= LONGEST}
        incidents = sorted(found.values(), key=lambda one: (one.first, one.id))
        chosen = incidents[0] if incidents else Incident(incident_id(alarm, at), at)
        moved: list[str] = []
        for other in incidents[1:]:
            moved += other.members
            self._absorb(chosen, other)
        self._add(chosen, alarm, signs, at, lasts=True)
        return Joined(chosen.id, tuple(one for one in moved if one != alarm))

    def end(self, alarm: str, signs: Signs, *, at: int) -> None:
        """An alarm's condition is over."""
        if alarm in self._of:
            self._of[alarm].lasting.discard(alarm)
        trace = self._traces.get((signs.kind, signs.keys[0]))
        if trace is not None and alarm in trace.lasting:
            trace.lasting.discard(alarm)
            trace.at = max(trace.at, at)

    def restore(self, group: str, alarm: str, signs: Signs, *, at: int, lasts: bool) -> None:
        """Take over an alarm that was raised before this program began, oldest first.

        Args:
            group: the incident that it belongs to.
            alarm, signs, at: as for `join`.
            lasts: whether its condition still holds.
        """
        incident = self._restored.setdefault(group, Incident(group, at))
        self._add(incident, alarm, signs, at, lasts=lasts)

    def _by_keys(self, signs: Signs, at: int, within: int) -> Iterator[Incident]:
        for key in signs.keys:
            trace = self._traces.get((signs.kind, key))
            if trace is not None and (trace.lasting or at - trace.at <= within):
                yield trace.incident

    def _by_place(self, signs: Signs, at: int, within: int) -> Iterator[Incident]:
        if signs.point is None or not signs.near:
            return
        _, side, column, row = _cell(signs, signs.point)
        reach = ceil(1 / max(cos(radians(signs.point[1])), 0.01))
        for x in range(column - reach, column + reach + 1):
            for y in (row - 1, row, row + 1):
                for alarm, incident in self._by_cell.get((signs.kind, side, x, y), {}).items():
                    other = incident.members[alarm]
                    if at - other.at > within or other.signs.point is None:
                        continue
                    if distance(signs.point, other.signs.point) <= signs.near:
                        yield incident

    def _add(self, incident: Incident, alarm: str, signs: Signs, at: int, *, lasts: bool) -> None:
        incident.members[alarm] = Member(signs, at)
        self._of[alarm] = incident
        for key in signs.keys:
            trace = self._traces.get((signs.kind, key))
            if trace is None:
                trace = self._traces[signs.kind, key] = _Trace(incident, at)
            trace.incident = incident
            trace.at = max(trace.at, at)
        if lasts:
            incident.lasting.add(alarm)
            self._traces[signs.kind, signs.keys[0]].lasting.add(alarm)
        if signs.point is not None and signs.near:
            cell = _cell(signs, signs.point)
            self._by_cell.setdefault(cell, {})[alarm] = incident

    def _absorb(self, chosen: Incident, other: Incident) -> None:
        chosen.lasting |= other.lasting
        for alarm, member in other.members.items():
            if self._of.get(alarm) is other:
                self._of[alarm] = chosen
            chosen.members[alarm] = member
            for key in member.signs.keys:
                trace = self._traces.get((member.signs.kind, key))
                if trace is not None and trace.incident is other:
                    trace.incident = chosen
            if member.signs.point is not None and member.signs.near:
                self._by_cell[_cell(member.signs, member.signs.point)][alarm] = chosen


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
