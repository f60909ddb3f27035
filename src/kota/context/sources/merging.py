"""Makes one entity of what several brokers hold of it (clauses 4.5.5 and 4.3.6)."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from kota.model.entity import Attribute, Entity

Instances = tuple[Attribute, ...]


def merged(first: Entity | None, other: Entity, *, auxiliary: bool = False) -> Entity:
    """One entity of two with the same id.

    Of two instances of an attribute with the same dataset id the one that was observed last stays
    or, where that cannot be told, the one that was changed last; the first where they are as old.

    Args:
        first: what is known so far; None: nothing.
        other: what is added.
        auxiliary: whether `other` only fills in what is missing.
    """
    if first is None:
        return other
    attrs = dict(first.attrs)
    for name, instances in other.attrs.items():
        present = attrs.get(name)
        attrs[name] = instances if present is None else _merged(present, instances, auxiliary)
    return msgspec.structs.replace(
        first,
        types=_union(first.types, other.types),
        scope=_union(first.scope, other.scope),
        attrs=attrs,
        created_at=min(first.created_at, other.created_at),
        modified_at=max(first.modified_at, other.modified_at),
    )


def merged_all(parts: Iterable[tuple[Entity, bool]]) -> Entity | None:
    """One entity of all its parts, each with whether it is auxiliary; those come last."""
    result: Entity | None = None
    for part, auxiliary in sorted(parts, key=lambda one: one[1]):
        result = merged(result, part, auxiliary=auxiliary)
    return result


def _merged(present: Instances, added: Instances, auxiliary: bool) -> Instances:
    found = {one.dataset_id: one for one in present}
    for one in added:
        held = found.get(one.dataset_id)
        if held is None or (not auxiliary and _is_newer(one, held)):
            found[one.dataset_id] = one
    return tuple(found.values())


def _is_newer(one: Attribute, other: Attribute) -> bool:
    if one.observed_at is not None and other.observed_at is not None:
        return one.observed_at > other.observed_at
    return one.modified_at > other.modified_at


def _union(first: tuple[str, ...], second: tuple[str, ...]) -> tuple[str, ...]:
    return (*first, *(item for item in second if item not in first))
