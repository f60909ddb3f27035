"""What the operations on attributes make of an entity (clauses 5.6.2 to 5.6.5 and 5.6.19).

Pure functions: the entity as it is, and what is asked for, in; the entity as it shall be out.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from kota.context.instances import Instances, find, place_all
from kota.errors import NotFoundError
from kota.model.entity import Entity, Kind
from kota.model.patch import AttributePatch, EntityPatch, patch_instances
from kota.model.payload import Fragment


class Refusal(msgspec.Struct, frozen=True):
    """An attribute that was left as it is, and why."""

    attribute: str
    reason: str
    dataset_id: str | None = None


class Report(msgspec.Struct, frozen=True):
    """Which attributes of a fragment went in; names are expanded."""

    updated: tuple[str, ...] = ()
    refused: tuple[Refusal, ...] = ()


def append(
    entity: Entity, fragment: Fragment, *, now: int, overwrite: bool = True
) -> tuple[Entity, Report]:
    """Add attributes, types and scopes (5.6.3).

    Args:
        entity: as it is.
        fragment: what to add.
        now: the time of writing.
        overwrite: whether an instance that is there already is replaced; if not, it is refused
            and scopes are added to those there are.
    """
    attrs = dict(entity.attrs)
    updated: list[str] = []
    refused: list[Refusal] = []
    for name, instances in fragment.attrs.items():
        present = attrs.get(name, ())
        taken = [
            instance
            for instance in instances
            if overwrite or find(present, instance.dataset_id) is None
        ]
        refused += [
            Refusal(name, "it exists and noOverwrite was asked for", instance.dataset_id)
            for instance in instances
            if instance not in taken
        ]
        if taken:
            attrs[name] = place_all(present, taken)
            updated.append(name)
    scope = entity.scope
    if fragment.scope is not None:
        scope = fragment.scope if overwrite else _union(scope, fragment.scope)
    return _rewritten(entity, attrs, fragment, now, scope), Report(tuple(updated), tuple(refused))


def update(entity: Entity, fragment: Fragment, *, now: int) -> tuple[Entity, Report]:
    """Replace attributes, add those that are not there, remove what is null (5.6.2).

    A scope takes the place of another one; an entity without any does not get one.
    """
    attrs = dict(entity.attrs)
    refused: list[Refusal] = []
    for name, instances in fragment.attrs.items():
        attrs[name] = place_all(attrs.get(name, ()), instances)
    updated = list(fragment.attrs)
    for name, datasets in fragment.deleted.items():
        for dataset_id in datasets:
            if find(attrs.get(name, ()), dataset_id) is None:
                refused.append(Refusal(name, "it does not exist", dataset_id))
                continue
            attrs = _without_instance(attrs, name, dataset_id)
            updated.append(name)
    scope = entity.scope
    if fragment.scope is not None and scope:
        scope = fragment.scope
    elif fragment.scope:
        refused.append(Refusal("scope", "it does not exist"))
    report = Report(tuple(dict.fromkeys(updated)), tuple(refused))
    return _rewritten(entity, attrs, fragment, now, scope), report


def update_attribute(
    entity: Entity, name: str, patches: Sequence[AttributePatch], *, now: int
) -> Entity:
    """Overwrite the members that patches name of instances that are there (5.6.4).

    Raises:
        NotFoundError: an instance is not there.
        BadRequestDataError: the result would not be an attribute.
    """
    present = entity.attrs.get(name, ())
    for patch in patches:
        if find(present, patch.dataset_id) is None:
            raise missing(entity, name, patch.dataset_id)
    return with_attribute(entity, name, patch_instances(present, list(patches), now=now), now=now)


def spoken(patch: EntityPatch, entity: Entity, lang: str | None) -> EntityPatch:
    """The patch, with the bare texts that go into language properties put under a language."""
    if lang is None:
        return patch
    attrs = {
        name: tuple(_spoken(one, entity.attrs.get(name, ()), lang) for one in patches)
        for name, patches in patch.attrs.items()
    }
    return msgspec.structs.replace(patch, attrs=attrs)


def replace_attribute(entity: Entity, name: str, instances: Instances, *, now: int) -> Entity:
    """Put instances in the place of those of the same dataset id (5.6.19).

    Raises:
        NotFoundError: the entity has no such instance.
    """
    present = entity.attrs.get(name, ())
    for instance in instances:
        if find(present, instance.dataset_id) is None:
            raise missing(entity, name, instance.dataset_id)
    return with_attribute(entity, name, place_all(present, instances), now=now)


def delete_attribute(
    entity: Entity, name: str, *, now: int, dataset_id: str | None = None, every: bool = False
) -> Entity:
    """Remove one instance of an attribute, or all of them (5.6.5).

    Raises:
        NotFoundError: the entity has no such instance.
    """
    present = entity.attrs.get(name, ())
    if not present or (not every and find(present, dataset_id) is None):
        raise missing(entity, name, None if every else dataset_id)
    attrs = dict(entity.attrs)
    if every:
        del attrs[name]
    else:
        attrs = _without_instance(attrs, name, dataset_id)
    return msgspec.structs.replace(entity, attrs=attrs, modified_at=now)


def delete_scope(entity: Entity, *, now: int) -> Entity:
    """Remove all scopes (5.6.5).

    Raises:
        NotFoundError: the entity has none.
    """
    if not entity.scope:
        raise missing(entity, "scope", None)
    return msgspec.structs.replace(entity, scope=(), modified_at=now)


def with_attribute(entity: Entity, name: str, instances: Instances, *, now: int) -> Entity:
    """The entity with these instances of an attribute; without it where there are none."""
    attrs = dict(entity.attrs)
    if instances:
        attrs[name] = instances
    else:
        attrs.pop(name, None)
    return msgspec.structs.replace(entity, attrs=attrs, modified_at=now)


def missing(entity: Entity, name: str, dataset_id: str | None) -> NotFoundError:
    """The error for an instance that an entity does not have."""
    which = "" if dataset_id is None else f" with datasetId {dataset_id}"
    return NotFoundError(f"{entity.id} has no attribute {name}{which}")


def _spoken(patch: AttributePatch, present: Instances, lang: str) -> AttributePatch:
    old = find(present, patch.dataset_id)
    if old is None or old.kind is not Kind.LANGUAGE_PROPERTY or not isinstance(patch.value, str):
        return patch
    return msgspec.structs.replace(patch, kind=old.kind, value={lang: patch.value})


def _without_instance(
    attrs: dict[str, Instances], name: str, dataset_id: str | None
) -> dict[str, Instances]:
    rest = tuple(one for one in attrs[name] if one.dataset_id != dataset_id)
    if rest:
        return {**attrs, name: rest}
    return {known: instances for known, instances in attrs.items() if known != name}


def _rewritten(
    entity: Entity,
    attrs: dict[str, Instances],
    fragment: Fragment,
    now: int,
    scope: tuple[str, ...],
) -> Entity:
    return msgspec.structs.replace(
        entity,
        types=_union(entity.types, fragment.types),
        attrs=attrs,
        scope=scope,
        modified_at=now,
        expires_at=entity.expires_at if fragment.expires_at is None else fragment.expires_at,
    )


def _union(first: tuple[str, ...], second: tuple[str, ...]) -> tuple[str, ...]:
    return (*first, *(item for item in second if item not in first))
