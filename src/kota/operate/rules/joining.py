"""How entities belong to each other: two sides of keys, and who shares one.

A relationship, an equal attribute, nearness on a grid: each is a set of keys on one side and a set
of keys on the other. So every way of belonging costs a look into a dictionary, in both directions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from math import floor
from typing import Final

from kota.model import geometry as geojson
from kota.model.entity import Entity, Kind
from kota.operate.conditions.probe import Expand
from kota.operate.rules.definition import Related
from kota.operate.rules.fencing import point_of

Key = str | tuple[int, int]
Keys = Callable[[Entity], Iterable[Key]]

_METRES: Final = 110_574.0
"""The shortest degree of latitude on WGS 84 [m]."""
_NARROWEST: Final = 0.17
"""Cosine of 80°: beyond that latitude lies no city."""


class _Side:
    """Who has which keys."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self._of: dict[str, frozenset[Key]] = {}
        self._who: dict[Key, set[str]] = {}

    def put(self, entity: Entity) -> frozenset[Key]:
        """Take an entity over as it is; returns the keys that it had or has."""
        wanted = frozenset(self._keys(entity))
        held = self._of.get(entity.id, frozenset())
        if wanted != held:
            self._drop(entity.id, held - wanted)
            for key in wanted - held:
                self._who.setdefault(key, set()).add(entity.id)
            self._of[entity.id] = wanted
        return wanted | held

    def remove(self, entity_id: str) -> frozenset[Key]:
        """Forget an entity; returns the keys that it had."""
        held = self._of.pop(entity_id, frozenset())
        self._drop(entity_id, held)
        return held

    def with_any(self, keys: Iterable[Key]) -> set[str]:
        """Who has one of these keys."""
        return {who for key in keys for who in self._who.get(key, ())}

    def of(self, entity_id: str) -> frozenset[Key]:
        """The keys of an entity."""
        return self._of.get(entity_id, frozenset())

    def _drop(self, entity_id: str, keys: Iterable[Key]) -> None:
        for key in keys:
            who = self._who[key]
            who.discard(entity_id)
            if not who:
                del self._who[key]


class Join:
    """The rule's entities on one side, those that a clause asks on the other.

    Args:
        related: how they belong together, checked.
        expand: turns a short name into its IRI.
    """

    def __init__(self, related: Related, expand: Expand) -> None:
        own, others = _keys(related, expand)
        self._own, self._others = _Side(own), _Side(others)
        self._near = related.near
        self._points: dict[str, tuple[float, float]] = {}

    def put_own(self, entity: Entity) -> None:
        """Take over an entity of the rule's."""
        self._own.put(entity)
        self._locate(entity)

    def put_other(self, entity: Entity) -> set[str]:
        """Take over an entity that is asked; returns the rule's that it belongs to, or did."""
        self._locate(entity)
        return self._own.with_any(self._others.put(entity))

    def remove_own(self, entity_id: str) -> None:
        """Forget an entity of the rule's."""
        self._own.remove(entity_id)

    def remove_other(self, entity_id: str) -> set[str]:
        """Forget one that was asked; returns the rule's that it belonged to."""
        return self._own.with_any(self._others.remove(entity_id))

    def others(self, entity_id: str) -> Iterator[str]:
        """Who belongs to an entity of the rule's."""
        for other in sorted(self._others.with_any(self._own.of(entity_id))):
            if not self._near or self._is_near(entity_id, other):
                yield other

    def wanted(self, entity_id: str) -> frozenset[Key]:
        """What an entity of the rule's asks for: ids, where a relationship leads to them."""
        return self._own.of(entity_id)

    def owners(self, other: str) -> set[str]:
        """Whom of the rule's an entity belongs to."""
        return self._own.with_any(self._others.of(other))

    def _locate(self, entity: Entity) -> None:
        if self._near:
            point = point_of(entity)
            if point is None:
                self._points.pop(entity.id, None)
            else:
                self._points[entity.id] = point

    def _is_near(self, one: str, other: str) -> bool:
        here, there = self._points.get(one), self._points.get(other)
        return (
            one != other
            and here is not None
            and there is not None
            and geojson.distance(here, there) <= self._near
        )


def _keys(related: Related, expand: Expand) -> tuple[Keys, Keys]:
    """The keys of the rule's own entities, and of those that are asked."""
    if related.entity is not None:
        wanted = related.entity
        return _everybody, lambda entity: ("*",) if entity.id == wanted else ()
    if related.via is not None:
        return _targets(expand(related.via)), _itself
    if related.by is not None:
        return _itself, _targets(expand(related.by))
    if related.same is not None:
        values = _values(expand(related.same))
        return values, values
    if related.near:
        grid = _Grid(related.near)
        return grid.around, grid.cell
    return _everybody, _everybody


def _everybody(_: Entity) -> Iterable[Key]:
    return ("*",)


def _itself(entity: Entity) -> Iterable[Key]:
    return (entity.id,)


def targets(entity: Entity, name: str) -> list[str]:
    """The ids that a relationship of an entity leads to."""
    found: list[str] = []
    for instance in entity.attrs.get(name, ()):
        if instance.kind in (Kind.RELATIONSHIP, Kind.LIST_RELATIONSHIP):
            value = instance.value
            found += [value] if isinstance(value, str) else value
    return found


def _targets(name: str) -> Keys:
    return lambda entity: targets(entity, name)


def _values(name: str) -> Keys:
    def keys(entity: Entity) -> Iterable[Key]:
        values = [instance.value for instance in entity.attrs.get(name, ())]
        return [value for value in values if isinstance(value, str)] + [
            repr(value) for value in values if isinstance(value, int | float)
        ]

    return keys


class _Grid:
    """Cells no smaller than a distance, so that what is near lies in a cell beside."""

    def __init__(self, near: float) -> None:
        self._height = near / _METRES
        self._columns = max(1, int(360.0 / (near / _METRES / _NARROWEST)))
        self._width = 360.0 / self._columns

    def cell(self, entity: Entity) -> list[tuple[int, int]]:
        point = point_of(entity)
        if point is None:
            return []
        column = floor((point[0] + 180.0) / self._width) % self._columns
        return [(column, self._row(point[1]))]

    def around(self, entity: Entity) -> list[tuple[int, int]]:
        beside = (-1, 0, 1)
        return [
            ((column + i) % self._columns, row + j)
            for column, row in self.cell(entity)
            for i in beside
            for j in beside
        ]

    def _row(self, latitude: float) -> int:
        return floor((latitude + 90.0) / self._height)
