"""Writes entities together with those that they are linked to (clauses 4.5.23 and 5.7.2)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from kota.api.ngsi_ld.presentation import Presentation
from kota.context.broker import Broker
from kota.errors import NotFoundError, TooComplexError
from kota.model.entity import Entity, Kind
from kota.model.jsonld import Context
from kota.model.query import EntityQuery
from kota.model.represent import Projection, represent, represent_all

MAX_JOINED: Final = 10_000
_LINKS: Final = frozenset({Kind.RELATIONSHIP, Kind.LIST_RELATIONSHIP})
Body = dict[str, Any]


async def write(
    broker: Broker, entity: Entity, context: Context, wanted: Presentation
) -> Body | list[Body]:
    """One entity as the client wants it; a list where linked ones stand beside it.

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
    joining = await _Joining.load(broker, [entity], context, wanted)
    if wanted.flat:
        beside = joining.beside([entity])
        return [body, *beside] if beside else body
    return joining.within(body, entity)


async def write_all(
    broker: Broker, found: Sequence[Entity], context: Context, wanted: Presentation
) -> Body | list[Body]:
    """Several entities as the client wants them.

    Raises:
        TooComplexError: links lead to too many others, `MAX_JOINED`.
    """
    bodies = represent_all(found, context, wanted.of_entity())
    if not wanted.depth:
        return [body for body in bodies if body] if isinstance(bodies, list) else bodies
    joining = await _Joining.load(broker, found, context, wanted)
    features = bodies if isinstance(bodies, list) else bodies["features"]
    if wanted.flat:
        features += joining.beside(found)
    else:
        for body, entity in zip(features, found, strict=True):
            joining.within(body, entity)
    return bodies


class _Joining:
    def __init__(self, linked: dict[str, Entity], context: Context, wanted: Presentation) -> None:
        self._linked = linked
        self._context = context
        self._wanted = wanted
        self._written_so_far = 0

    @classmethod
    async def load(
        cls, broker: Broker, found: Sequence[Entity], context: Context, wanted: Presentation
    ) -> _Joining:
        """Read the linked entities, one level of links after the other."""
        linked: dict[str, Entity] = {}
        frontier: Sequence[Entity] = found
        for _ in range(wanted.depth):
            missing = {target for entity in frontier for target in _targets(entity)}
            missing -= linked.keys() | wanted.contained_by
            if not missing:
                break
            query = EntityQuery(ids=tuple(missing), limit=len(missing))
            frontier, _count = await broker.query(query)
            linked |= {entity.id: entity for entity in frontier}
        return cls(linked, context, wanted)

    def beside(self, found: Sequence[Entity]) -> list[Body]:
        """The linked entities, each once, those of the first level first."""
        seen = {entity.id for entity in found}
        level = [(entity, self._wanted.pick, self._wanted.omit) for entity in found]
        bodies: list[Body] = []
        for _ in range(self._wanted.depth):
            following = []
            for entity, pick, omit in level:
                for name, target in _links(entity, pick, omit):
                    linked = self._linked.get(target)
                    if linked is None or target in seen:
                        continue
                    seen.add(target)
                    inner = (linked, _below(pick, name), _below(omit, name))
                    bodies.append(
                        represent(linked, self._context, self._wanted.of_linked(*inner[1:]))
                    )
                    following.append(inner)
            level = following
        return bodies

    def within(self, body: Body, entity: Entity) -> Body:
        """Put the linked entities into the relationships that point to them."""
        self._join(
            body,
            entity,
            (self._wanted.pick, self._wanted.omit),
            self._wanted.depth,
            (entity.id,),
        )
        return body

    def _join(
        self,
        body: Body,
        entity: Entity,
        projections: tuple[Projection | None, Projection | None],
        depth: int,
        path: tuple[str, ...],
    ) -> None:
        members = body["properties"] if self._wanted.options.geojson and len(path) == 1 else body
        for name, instances in entity.attrs.items():
            key = self._context.compact(name)
            if instances[0].kind in _LINKS and key in members:
                pick, omit = projections
                inner = (_below(pick, name), _below(omit, name))
                members[key] = self._joined(members[key], inner, depth - 1, path)

    def _joined(
        self,
        value: Any,
        projections: tuple[Projection | None, Projection | None],
        depth: int,
        path: tuple[str, ...],
    ) -> Any:
        if isinstance(value, list):
            return [self._joined(one, projections, depth, path) for one in value]
        if isinstance(value, str):
            return self._written(value, projections, depth, path) or value
        if "dataset" in value:
            joined = self._joined(list(value["dataset"].values()), projections, depth, path)
            return {"dataset": dict(zip(value["dataset"], joined, strict=True))}
        for member, result in (("object", "entity"), ("objectList", "entityList")):
            found = self._found(value.get(member), projections, depth, path)
            if found:
                value[result] = found
        return value

    def _found(
        self,
        target: Any,
        projections: tuple[Projection | None, Projection | None],
        depth: int,
        path: tuple[str, ...],
    ) -> Body | list[Body] | None:
        if isinstance(target, str):
            return self._written(target, projections, depth, path)
        items = [one["object"] if isinstance(one, dict) else one for one in target or ()]
        written = [self._written(one, projections, depth, path) for one in items]
        return [one for one in written if one]

    def _written(
        self,
        target: str,
        projections: tuple[Projection | None, Projection | None],
        depth: int,
        path: tuple[str, ...],
    ) -> Body | None:
        linked = self._linked.get(target)
        if linked is None or target in path:
            return None
        self._written_so_far += 1
        if self._written_so_far > MAX_JOINED:
            raise TooComplexError(
                f"joinLevel: more than {MAX_JOINED} linked entities would stand in the answer",
                hint="lower joinLevel, or use join=flat",
            )
        body = _plain(represent(linked, self._context, self._wanted.of_linked(*projections)))
        if depth:
            self._join(body, linked, projections, depth, (*path, target))
        return body


def _plain(body: Body) -> Body:
    """A linked entity is no GeoJSON feature of its own."""
    return {"id": body["id"], **body["properties"]} if body.get("type") == "Feature" else body


def _targets(entity: Entity) -> Iterable[str]:
    return (target for _, target in _links(entity, None, None))


def _links(
    entity: Entity, pick: Projection | None, omit: Projection | None
) -> Iterable[tuple[str, str]]:
    for name, instances in entity.attrs.items():
        if instances[0].kind not in _LINKS or (pick is not None and name not in pick.names):
            continue
        if omit is not None and name in omit.names and name not in omit.below:
            continue
        for instance in instances:
            objects = instance.value if isinstance(instance.value, list) else [instance.value]
            for target in objects:
                yield name, target


def _below(projection: Projection | None, name: str) -> Projection | None:
    return None if projection is None else projection.below.get(name)
