"""Entities that others link to, followed and written inline (clause 4.5.23)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

from kota.model.entity import Entity, Kind
from kota.model.jsonld import Context
from kota.model.represent import Representation, represent

Get = Callable[[str], Awaitable[Entity | None]]
LINK_LIMIT = 1000

_LINKS = (Kind.RELATIONSHIP, Kind.LIST_RELATIONSHIP)


async def follow(entities: Iterable[Entity], get: Get, levels: int) -> dict[str, Entity]:
    """The entities that relationships lead to, without those one starts from.

    Args:
        entities: where to start.
        get: finds an entity by its id.
        levels: how many links are followed one after the other.

    Returns:
        By id, the nearest first; never more than `LINK_LIMIT`.
    """
    edge = {entity.id: entity for entity in entities}
    seen = set(edge)
    found: dict[str, Entity] = {}
    for _ in range(levels):
        further: dict[str, Entity] = {}
        for target in _targets(edge.values()):
            if target in seen or len(found) >= LINK_LIMIT:
                continue
            seen.add(target)
            entity = await get(target)
            if entity is not None:
                further[target] = found[target] = entity
        edge = further
    return found


def inline(
    body: dict[str, Any],
    linked: Mapping[str, Entity],
    context: Context,
    options: Representation,
    *,
    entity: Entity,
    levels: int,
) -> None:
    """Put linked entities into the relationships of a written entity.

    Args:
        body: the written entity, changed in place.
        linked: what `follow` found.
        context, options: how it was written, and how linked entities are.
        entity: what was written.
        levels: how many links are followed one after the other.
    """
    if levels < 1:
        return

    def written(target: str) -> dict[str, Any] | None:
        found = linked.get(target)
        if found is None:
            return None
        inner = represent(found, context, options)
        inline(inner, linked, context, options, entity=found, levels=levels - 1)
        return inner

    for name, instances in entity.attrs.items():
        key = context.compact(name)
        if key in body and instances[0].kind in _LINKS:
            if options.form == "simplified":
                body[key] = _replaced(body[key], written)
            else:
                _enrich(body[key], written)


Written = Callable[[str], dict[str, Any] | None]


def _replaced(value: Any, written: Written) -> Any:
    if isinstance(value, str):
        return written(value) or value
    if isinstance(value, list):
        return [_replaced(item, written) for item in value]
    if isinstance(value, dict) and "dataset" in value:
        return {"dataset": {k: _replaced(item, written) for k, item in value["dataset"].items()}}
    return value


def _enrich(attribute: Any, written: Written) -> None:
    for instance in attribute if isinstance(attribute, list) else [attribute]:
        for member, beside in (("object", "entity"), ("objectList", "entityList")):
            if not isinstance(instance, dict) or member not in instance:
                continue
            targets = instance[member]
            bodies = [written(target) for target in _ids(targets)]
            there = [one for one in bodies if one is not None]
            if there:
                instance[beside] = there if isinstance(targets, list) else there[0]


def _targets(entities: Iterable[Entity]) -> Iterable[str]:
    for entity in entities:
        for instances in entity.attrs.values():
            for instance in instances:
                if instance.kind in _LINKS:
                    yield from _ids(instance.value)


def _ids(value: Any) -> list[str]:
    items = value if isinstance(value, list) else [value]
    ids = [item.get("object") if isinstance(item, dict) else item for item in items]
    return [one for one in ids if isinstance(one, str)]
