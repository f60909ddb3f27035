"""One query over the present entities, in the store's terms: all names expanded."""

from __future__ import annotations

import re
from collections.abc import Callable

import msgspec

from kota.model.entity import Entity
from kota.model.query.geo import GeoQuery
from kota.model.query.pattern import find
from kota.model.query.q import Query
from kota.model.query.scope import ScopeQuery
from kota.model.query.types import TypeQuery

Lens = Callable[[Entity], Entity | None]
"""What somebody sees of an entity: all of it (the same object), less of it, or nothing."""


class Order(msgspec.Struct, frozen=True):
    """A member to sort by.

    Args:
        path: expanded attribute name, or ``id``, ``type``, ``createdAt``, ``modifiedAt``.
        descending: largest first.
        near: a GeoJSON geometry; sorts by distance of the attribute from it.
        sub: expanded names of sub-attributes that lead to the value; the last may be
            ``createdAt``, ``modifiedAt`` or ``observedAt``.
        keys: members of an object value that lead to the value.
        spoken: texts as a reader expects them (accents beside their letters), not by code point.
    """

    path: str
    descending: bool = False
    near: dict[str, object] | None = None
    sub: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    spoken: bool = False


class EntityQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which entities, in which order, which page of them.

    Args:
        ids: any of these; empty: all.
        id_pattern: the id contains a match of this.
        types: a type expression, or None.
        attrs: entities that have at least one of these attributes (expanded); empty: all.
        q, scope_q, geo: further conditions, all of which must hold.
        order: sort keys; without any, the order of creation.
        limit, offset: the page; limit 0 with `count` gives the count alone.
        count: whether the number of all matches is wanted.
        lens: what whoever asks sees; every condition is about that alone. None: everything.
    """

    ids: tuple[str, ...] = ()
    id_pattern: re.Pattern[str] | None = None
    types: TypeQuery | None = None
    attrs: tuple[str, ...] = ()
    q: Query | None = None
    scope_q: ScopeQuery | None = None
    geo: GeoQuery | None = None
    order: tuple[Order, ...] = ()
    limit: int = 20
    offset: int = 0
    count: bool = False
    lens: Lens | None = None

    def matches(self, entity: Entity) -> bool:
        """Whether an entity meets every condition; order, page and lens do not matter here."""
        return (
            (not self.ids or entity.id in self.ids)
            and (self.types is None or self.types.matches(entity.types))
            and (not self.attrs or any(name in entity.attrs for name in self.attrs))
            and (self.q is None or self.q.matches(entity))
            and (self.scope_q is None or self.scope_q.matches(entity.scope))
            and (self.geo is None or self.geo.matches(entity))
            and (self.id_pattern is None or find(self.id_pattern, entity.id))
        )
