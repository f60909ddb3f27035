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


class Inliner:
    """Puts linked entities into the relationships of written ones.

    No entity stands within itself, and no more than `LINK_LIMIT` are written, since a mesh of a
    few entities has more ways through it than any message could hold.

    Args:
        linked: what `follow` found, and where it started.
        context, options: how entities are written.
    """

    def __init__(
        self, linked: Mapping[str, Entity], context: Context, options: Representation
    ) -> None:
        self._linked = linked
        self._context = context
        self._options = options
        self._left = LINK_LIMIT

    def fill(
        self, body: dict[str, Any], entity: Entity, *, levels: int, above: tuple[str, ...] = ()
    ) -> None:
        """Fill a written entity.

        Args:
            body: the written entity, changed in place.
            entity: what was written.
            levels: how many links are followed one after the other.
            above: ids of the entities that it stands in.
        """
        if levels < 1:
            return
        path = (*above, entity.id)
        for name, instances in entity.attrs.items():
            key = self._context.compact(name)
            if key in body and instances[0].kind in _LINKS:
                body[key] = self._filled(body[key], levels - 1, path)

    def _filled(self, value: Any, levels: int, path: tuple[str, ...]) -> Any:
        if isinstance(value, str):
            return self._written(value, levels, path) or value
        if isinstance(value, list):
            return [self._filled(item, levels, path) for item in value]
        if "dataset" in value:
            inner = {key: self._filled(one, levels, path) for key, one in value["dataset"].items()}
            return {"dataset": inner}
        for member, beside in (("object", "entity"), ("objectList", "entityList")):
            targets = value.get(member)
            written = (self._written(target, levels, path) for target in _ids(targets))
            there = [one for one in written if one is not None]
            if there:
                value[beside] = there if isinstance(targets, list) else there[0]
        return value

    def _written(self, target: str, levels: int, path: tuple[str, ...]) -> dict[str, Any] | None:
        found = self._linked.get(target)
        if found is None or target in path or not self._left:
            return None
        self._left -= 1
        body = represent(found, self._context, self._options)
        self.fill(body, found, levels=levels, above=path)
        return body


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
