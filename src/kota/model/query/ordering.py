"""Sorting entities by their members (ETSI GS CIM 009 V1.9.1, clause 4.23)."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from kota.model.entity import Attribute, Entity, Kind
from kota.model.geometry import centroid, distance

if TYPE_CHECKING:
    from kota.model.query.selection import Order

SortKey = Callable[[Entity], tuple[int, Any] | None]

_MEMBERS: dict[str, Callable[[Entity], Any]] = {
    "id": lambda entity: entity.id,
    "type": lambda entity: entity.types[0],
    "createdAt": lambda entity: entity.created_at,
    "modifiedAt": lambda entity: entity.modified_at,
}
_TIMES: dict[str, Callable[[Attribute], int | None]] = {
    "createdAt": lambda attribute: attribute.created_at,
    "modifiedAt": lambda attribute: attribute.modified_at,
    "observedAt": lambda attribute: attribute.observed_at,
}


def sort_key(order: Order) -> SortKey:
    """What entities are compared by: None where an entity lacks it.

    Numbers come before texts, so that an attribute of mixed values has an order too.
    """
    member = _MEMBERS.get(order.path)
    if member is not None:
        return lambda entity: _ranked(member(entity))
    if order.near is not None:
        there = centroid(order.near)
        return lambda entity: _distance(entity, order.path, there)
    if order.spoken:
        return lambda entity: _spoken(_ranked(_value(entity, order)))
    return lambda entity: _ranked(_value(entity, order))


def collation_key(text: str) -> tuple[str, str, str]:
    """What texts are compared by where readers of any language are to find their way.

    Letters first, then their marks, then their case: the three levels of the Unicode Collation
    Algorithm (UTS 10), without the exceptions that single languages make.

    >>> sorted(["b", "\u00e1", "A"], key=collation_key)
    ['A', '\u00e1', 'b']
    """
    apart = unicodedata.normalize("NFKD", text)
    letters = "".join(char for char in apart if not unicodedata.combining(char))
    return letters.casefold(), apart.casefold(), letters.swapcase()


def _value(entity: Entity, order: Order) -> Any:
    attribute = entity.default(order.path)
    for name in order.sub:
        if attribute is None:
            return None
        if name in _TIMES:
            return _TIMES[name](attribute)
        inner = (attribute.sub or {}).get(name)
        attribute = inner[0] if inner else None
    value = None if attribute is None else attribute.value
    for key in order.keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _spoken(ranked: tuple[int, Any] | None) -> tuple[int, Any] | None:
    if ranked is None or ranked[0] != 1:
        return ranked
    return 1, collation_key(ranked[1])


def _distance(entity: Entity, path: str, there: tuple[float, float]) -> tuple[int, float] | None:
    attribute = entity.default(path)
    if attribute is None or attribute.kind is not Kind.GEO_PROPERTY:
        return None
    return 0, distance(centroid(attribute.value), there)


def _ranked(value: Any) -> tuple[int, Any] | None:
    if isinstance(value, int | float):
        return 0, value
    if isinstance(value, str):
        return 1, value
    return None
