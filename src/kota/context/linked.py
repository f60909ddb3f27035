"""Entities that others link to, followed and written inline (clauses 4.5.23 and 5.7.2)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from typing import Any, Final

from kota.errors import TooComplexError
from kota.model.entity import Entity, Kind
from kota.model.jsonld import Context
from kota.model.represent import Projection, Representation, represent

Fetch = Callable[[Collection[str]], Awaitable[Iterable[Entity]]]
"""Finds entities by their ids; those that are not there are left out."""

Projections = tuple[Projection | None, Projection | None]
"""What of an entity, and of those below it, is picked and what is omitted."""

WHOLE: Final[Projections] = (None, None)
LINK_LIMIT: Final = 1000

_LINKS: Final = frozenset({Kind.RELATIONSHIP, Kind.LIST_RELATIONSHIP})


def fetch_by(get: Callable[[str], Awaitable[Entity | None]]) -> Fetch:
    """Finds entities one by one."""

    async def fetch(ids: Collection[str]) -> list[Entity]:
        found = [await get(one) for one in ids]
        return [entity for entity in found if entity is not None]

    return fetch


async def follow(
    entities: Iterable[Entity],
    fetch: Fetch,
    levels: int,
    *,
    without: Collection[str] = (),
    limit: int | None = LINK_LIMIT,
) -> dict[str, Entity]:
    """The entities that relationships lead to, without those one starts from.

    Args:
        entities: where to start.
        fetch: finds entities by their ids.
        levels: how many links are followed one after the other.
        without: ids that are not followed.
        limit: never more than so many are found; None: as many as there are.

    Returns:
        By id, the nearest first.
    """
    edge = list(entities)
    seen = {entity.id for entity in edge} | set(without)
    found: dict[str, Entity] = {}
    for _ in range(levels):
        ahead = [target for entity in edge for _, target in links(entity)]
        targets = [target for target in dict.fromkeys(ahead) if target not in seen]
        if limit is not None:
            targets = targets[: limit - len(found)]
        if not targets:
            break
        seen.update(targets)
        edge = list(await fetch(targets))
        found |= {entity.id: entity for entity in edge}
    return found


def links(entity: Entity, projections: Projections = WHOLE) -> Iterable[tuple[str, str]]:
    """The relationships of an entity, by name, and the ids that they point to."""
    pick, omit = projections
    for name, instances in entity.attrs.items():
        if instances[0].kind not in _LINKS or (pick is not None and name not in pick.names):
            continue
        if omit is not None and name in omit.names and name not in omit.below:
            continue
        for instance in instances:
            if instance.kind in _LINKS:
                yield from ((name, target) for target in _ids(instance.value))


def below(projections: Projections, name: str) -> Projections:
    """What is picked and omitted of the entities that a relationship points to."""
    pick, omit = projections
    return (
        None if pick is None else pick.below.get(name),
        None if omit is None else omit.below.get(name),
    )


class Inliner:
    """Puts linked entities into the relationships of written ones.

    No entity stands within itself, and no more than `limit` are written, since a mesh of a few
    entities has more ways through it than any message could hold.

    Args:
        linked: what `follow` found, and where it started.
        context: in which they are written.
        options: how a linked entity is written of which this is picked and omitted.
        limit: beyond it links are left as they are,
        strict: or refused.
    """

    def __init__(
        self,
        linked: Mapping[str, Entity],
        context: Context,
        options: Callable[[Projections], Representation],
        *,
        limit: int = LINK_LIMIT,
        strict: bool = False,
    ) -> None:
        self._linked = linked
        self._context = context
        self._options = options
        self._limit = limit
        self._left = limit
        self._strict = strict

    def fill(
        self,
        members: dict[str, Any],
        entity: Entity,
        *,
        levels: int,
        projections: Projections = WHOLE,
        above: tuple[str, ...] = (),
    ) -> None:
        """Fill a written entity.

        Args:
            members: the attributes as written, changed in place.
            entity: what was written.
            levels: how many links are followed one after the other.
            projections: what of it is picked and omitted.
            above: ids of the entities that it stands in.

        Raises:
            TooComplexError: links lead to too many others, and the inliner is strict.
        """
        if levels < 1:
            return
        path = (*above, entity.id)
        for name, instances in entity.attrs.items():
            key = self._context.compact(name)
            if key in members and instances[0].kind in _LINKS:
                inner = below(projections, name)
                members[key] = self._filled(members[key], levels - 1, inner, path)

    def _filled(
        self, value: Any, levels: int, projections: Projections, path: tuple[str, ...]
    ) -> Any:
        if isinstance(value, str):
            return self._written(value, levels, projections, path) or value
        if isinstance(value, list):
            return [self._filled(item, levels, projections, path) for item in value]
        if "dataset" in value:
            inner = {
                key: self._filled(one, levels, projections, path)
                for key, one in value["dataset"].items()
            }
            return {"dataset": inner}
        for member, beside in (("object", "entity"), ("objectList", "entityList")):
            targets = value.get(member)
            written = (self._written(one, levels, projections, path) for one in _ids(targets))
            there = [one for one in written if one is not None]
            if there:
                value[beside] = there if isinstance(targets, list) else there[0]
        return value

    def _written(
        self, target: str, levels: int, projections: Projections, path: tuple[str, ...]
    ) -> dict[str, Any] | None:
        found = self._linked.get(target)
        if found is None or target in path or not self._granted():
            return None
        body = _plain(represent(found, self._context, self._options(projections)))
        self.fill(body, found, levels=levels, projections=projections, above=path)
        return body

    def _granted(self) -> bool:
        if self._left:
            self._left -= 1
            return True
        if self._strict:
            raise TooComplexError(
                f"joinLevel: more than {self._limit} linked entities would stand in the answer",
                hint="lower joinLevel, or use join=flat",
            )
        return False


def _plain(body: dict[str, Any]) -> dict[str, Any]:
    """A linked entity is no GeoJSON feature of its own."""
    return {"id": body["id"], **body["properties"]} if body.get("type") == "Feature" else body


def _ids(value: Any) -> list[str]:
    items = value if isinstance(value, list) else [value]
    ids = [item.get("object") if isinstance(item, dict) else item for item in items]
    return [one for one in ids if isinstance(one, str)]
