"""Which types and attributes there are (clauses 5.7.5 to 5.7.10); all names expanded."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence

import msgspec

from kota.errors import NotFoundError
from kota.model.entity import TYPE_NAME, Entity
from kota.store.state.protocol import Entities

BREATH = 1000
"""After so many entities other requests get their turn."""


class TypeFacts(msgspec.Struct):
    """What is known of one entity type.

    Args:
        name: of the type.
        count: entities of the type.
        attributes: kinds of each attribute that any of them has.
    """

    name: str
    count: int = 0
    attributes: dict[str, set[str]] = msgspec.field(default_factory=lambda: defaultdict(set))


class AttributeFacts(msgspec.Struct):
    """What is known of one attribute.

    Args:
        name: of the attribute.
        count: entities that have it.
        kinds: what sorts of attribute it is.
        types: types of the entities that have it.
    """

    name: str
    count: int = 0
    kinds: set[str] = msgspec.field(default_factory=set)
    types: set[str] = msgspec.field(default_factory=set)


async def type_names(store: Entities) -> list[str]:
    """The types that there are entities of, sorted."""
    return sorted(await store.type_counts())


async def describe_types(store: Entities, name: str | None = None) -> list[TypeFacts]:
    """Facts on every type, or on one.

    Raises:
        NotFoundError: there is no entity of that type.
    """
    facts: dict[str, TypeFacts] = {}
    async for entity in _scan(store, () if name is None else (name,)):
        for type_name in entity.types if name is None else (name,):
            known = facts.get(type_name)
            if known is None:
                known = facts[type_name] = TypeFacts(type_name)
            known.count += 1
            for attribute, instances in entity.attrs.items():
                known.attributes[attribute].update(TYPE_NAME[one.kind] for one in instances)
    if name is not None and not facts:
        raise NotFoundError(f"there is no entity of type {name}")
    return [facts[key] for key in sorted(facts)]


async def describe_attributes(store: Entities, name: str | None = None) -> list[AttributeFacts]:
    """Facts on every attribute, or on one.

    Raises:
        NotFoundError: no entity has that attribute.
    """
    facts: dict[str, AttributeFacts] = {}
    async for entity in _scan(store):
        for attribute in entity.attrs if name is None else {name} & entity.attrs.keys():
            known = facts.get(attribute)
            if known is None:
                known = facts[attribute] = AttributeFacts(attribute)
            known.count += 1
            known.types.update(entity.types)
            known.kinds.update(TYPE_NAME[one.kind] for one in entity.attrs[attribute])
    if name is not None and not facts:
        raise NotFoundError(f"no entity has an attribute {name}")
    return [facts[key] for key in sorted(facts)]


async def _scan(store: Entities, types: Sequence[str] = ()) -> AsyncIterator[Entity]:
    seen = 0
    async for entity in store.scan(types):
        yield entity
        seen += 1
        if not seen % BREATH:
            await asyncio.sleep(0)
