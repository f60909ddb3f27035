"""Sorting entities by their members (ETSI GS CIM 009 V1.9.1, clause 4.23)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from kota.model.entity import Entity, Kind
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
    return lambda entity: _ranked(_value(entity, order.path))


def _value(entity: Entity, path: str) -> Any:
    attribute = entity.default(path)
    return None if attribute is None else attribute.value


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
