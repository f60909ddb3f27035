"""Writes entities together with those that they are linked to (clauses 4.5.23 and 5.7.2)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from kota.api.ngsi_ld.presentation import Presentation
from kota.context.broker import Broker
from kota.context.linked import Fetch, Inliner, Projections, below, follow, links
from kota.errors import NotFoundError
from kota.model.entity import Entity
from kota.model.jsonld import Context
from kota.model.query import EntityQuery
from kota.model.represent import Representation, represent, represent_all

MAX_JOINED: Final = 10_000
Body = dict[str, Any]


def found_here(broker: Broker) -> Fetch:
    """Finds entities that this server holds."""

    async def fetch(ids: Collection[str]) -> list[Entity]:
        entities, _ = await broker.query(EntityQuery(ids=tuple(ids), limit=len(ids)))
        return entities

    return fetch


async def write(
    fetch: Fetch, entity: Entity, context: Context, wanted: Presentation
) -> Body | list[Body]:
    """One entity as the client wants it; a list where linked ones stand beside it.

    Args:
        fetch: finds linked entities.
        entity: what to write.
        context: compacts its names.
        wanted: how.

    Raises:
        NotFoundError: nothing of it is left.
        TooComplexError: links lead to too many others, `MAX_JOINED`.
    """
    if wanted.attrs and wanted.attrs.isdisjoint(entity.attrs):
        raise NotFoundError(f"{entity.id} has none of the attributes asked for")
    body = represent(entity, context, wanted.of_entity())
    if not body:
        raise NotFoundError(f"{entity.id} has none of the members asked for")
    if not wanted.depth:
        return body
    linked = await _linked(fetch, [entity], wanted)
    if wanted.flat:
        beside = _beside([entity], linked, context, wanted)
        return [body, *beside] if beside else body
    _join([body], [entity], linked, context, wanted)
    return body


async def write_all(
    fetch: Fetch, found: Sequence[Entity], context: Context, wanted: Presentation
) -> Body | list[Body]:
    """Several entities as the client wants them; see `write`.

    Raises:
        TooComplexError: links lead to too many others, `MAX_JOINED`.
    """
    bodies = represent_all(found, context, wanted.of_entity())
    if not wanted.depth:
        return [body for body in bodies if body] if isinstance(bodies, list) else bodies
    linked = await _linked(fetch, found, wanted)
    features = bodies if isinstance(bodies, list) else bodies["features"]
    if wanted.flat:
        features += _beside(found, linked, context, wanted)
    else:
        _join(features, found, linked, context, wanted)
    return bodies


async def _linked(fetch: Fetch, found: Sequence[Entity], wanted: Presentation) -> dict[str, Entity]:
    """What the entities are linked to, and themselves, without what may not be joined."""
    linked = await follow(found, fetch, wanted.depth, without=wanted.contained_by, limit=None)
    start = {entity.id: entity for entity in found if entity.id not in wanted.contained_by}
    return start | linked


def _join(
    bodies: Sequence[Body],
    found: Sequence[Entity],
    linked: Mapping[str, Entity],
    context: Context,
    wanted: Presentation,
) -> None:
    """Put the linked entities into the relationships that point to them."""

    def options(projections: Projections) -> Representation:
        return wanted.of_linked(*projections)

    inliner = Inliner(linked, context, options, limit=MAX_JOINED, strict=True)
    for body, entity in zip(bodies, found, strict=True):
        members = body["properties"] if wanted.options.geojson else body
        inliner.fill(members, entity, levels=wanted.depth, projections=(wanted.pick, wanted.omit))


def _beside(
    found: Sequence[Entity], linked: Mapping[str, Entity], context: Context, wanted: Presentation
) -> list[Body]:
    """The linked entities, each once, those of the first level first."""
    seen = {entity.id for entity in found}
    level = [(entity, (wanted.pick, wanted.omit)) for entity in found]
    bodies: list[Body] = []
    for _ in range(wanted.depth):
        following = []
        for entity, projections in level:
            for name, target in links(entity, projections):
                if target not in linked or target in seen:
                    continue
                seen.add(target)
                inner = below(projections, name)
                bodies.append(represent(linked[target], context, wanted.of_linked(*inner)))
                following.append((linked[target], inner))
        level = following
    return bodies
