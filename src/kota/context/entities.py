"""Writes to whole entities (clauses 5.6.1, 5.6.6, 5.6.18 and 5.6.21)."""

from __future__ import annotations

from collections.abc import Callable, Collection

import msgspec

from kota.context.instances import aged, find
from kota.errors import AlreadyExistsError, NotFoundError
from kota.model.entity import Attribute, Entity
from kota.model.query import EntityQuery
from kota.model.query.types import TypeQuery
from kota.store.state import Mutation


def create(entity: Entity) -> Mutation:
    """Make an entity that is not there yet.

    Raises (when run):
        AlreadyExistsError: there is one with this id.
    """

    def mutate(present: Entity | None) -> Entity:
        if present is not None:
            raise AlreadyExistsError(f"{entity.id} exists already")
        return entity

    return mutate


def replaced(present: Entity, new: Entity) -> Entity:
    """Everything new but the times of creation (5.6.18)."""
    attrs = {name: _aged_all(name, instances, present) for name, instances in new.attrs.items()}
    return msgspec.structs.replace(new, created_at=present.created_at, attrs=attrs)


def delete(present: Entity) -> None:
    """Nothing is left."""


def keep_only(entity: Entity, names: Collection[str], *, now: int) -> Entity:
    """Remove all attributes but these (5.6.21)."""
    attrs = {name: kept for name, kept in entity.attrs.items() if name in names}
    return msgspec.structs.replace(entity, attrs=attrs, modified_at=now)


def drop(entity: Entity, names: Collection[str], *, now: int) -> Entity:
    """Remove these attributes (5.6.21)."""
    attrs = {name: kept for name, kept in entity.attrs.items() if name not in names}
    return msgspec.structs.replace(entity, attrs=attrs, modified_at=now)


def page(query: EntityQuery, offset: int, limit: int) -> EntityQuery:
    """The same query, another page of it."""
    return msgspec.structs.replace(query, offset=offset, limit=limit, count=False)


def of_existing(
    entity_id: str, change: Callable[[Entity], Entity | None], types: TypeQuery | None = None
) -> Mutation:
    """A change of an entity that has to be there, and of one of these types.

    Raises (when run):
        NotFoundError: it is not.
    """

    def mutate(present: Entity | None) -> Entity | None:
        return change(existing(entity_id, present, types))

    return mutate


def existing(entity_id: str, present: Entity | None, types: TypeQuery | None = None) -> Entity:
    """The entity, which has to be there.

    Raises:
        NotFoundError: it is not, or has none of these types.
    """
    if present is None:
        raise missing(entity_id)
    if types is not None and not types.matches(present.types):
        raise NotFoundError(f"{entity_id} does not exist with that type")
    return present


def missing(entity_id: str) -> NotFoundError:
    """The error for an entity that is not there."""
    return NotFoundError(f"{entity_id} does not exist")


def _aged_all(
    name: str, instances: tuple[Attribute, ...], present: Entity
) -> tuple[Attribute, ...]:
    before = present.attrs.get(name, ())
    return tuple(
        aged(instance, old) if (old := find(before, instance.dataset_id)) else instance
        for instance in instances
    )
