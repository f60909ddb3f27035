"""One entity as an operator reads it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final, Literal

from fastapi import APIRouter, Request

from kota.api import words
from kota.api.eyes import eyes_of
from kota.api.kota.answers import Model, problems
from kota.api.words import Words
from kota.context.staleness import Staleness, clock_name
from kota.errors import NotFoundError
from kota.model import units
from kota.model.entity import TYPE_NAME, Attribute, Entity, Kind
from kota.model.instant import SECOND, render
from kota.model.quality import Quality
from kota.model.terms import LOCATION

if TYPE_CHECKING:
    from kota.api.rooms import Rooms

_LINKS: Final = (Kind.RELATIONSHIP, Kind.LIST_RELATIONSHIP)
_TRUSTED: Final = Quality()


class UnitView(Model):
    """A unit of measure."""

    code: str
    symbol: str
    name: str


Level = Literal["good", "uncertain", "bad"]
Source = Literal["measured", "estimated", "forecast", "entered"]
_LEVELS: Final[tuple[Level, ...]] = ("good", "uncertain", "bad")
_SOURCES: Final[tuple[Source, ...]] = ("measured", "estimated", "forecast", "entered")


class QualityView(Model):
    """How far a value can be trusted."""

    level: Level
    source: Source
    reason: str | None


class AttributeView(Model):
    """One instance of an attribute.

    `display` is the value in a few characters without its unit; `age_s` counts seconds by the
    entity's clock.
    """

    name: str
    title: str
    kind: str
    value: Any
    display: str
    unit: UnitView | None
    datasetId: str | None  # noqa: N815  the standard's terms
    observedAt: str | None  # noqa: N815
    modifiedAt: str | None  # noqa: N815
    quality: QualityView
    stale: bool
    age_s: float | None
    numeric: bool
    sub: dict[str, Any]


class RelationView(Model):
    """A relationship to another entity."""

    name: str
    target: str
    title: str


class EntityView(Model):
    """An entity, all names short; one that is `commandable` is an actuator."""

    id: str
    types: list[str]
    name: str | None
    title: str
    scope: list[str]
    createdAt: str | None  # noqa: N815
    modifiedAt: str | None  # noqa: N815
    location: dict[str, Any] | None
    clock: Literal["wall", "plant"]
    commandable: bool
    attributes: list[AttributeView]
    relations: list[RelationView]


def unit_view(code: str | None) -> UnitView | None:
    """A unit by its UN/CEFACT code."""
    if code is None:
        return None
    unit = units.unit(code)
    return UnitView(code=unit.code, symbol=unit.symbol, name=unit.name)


def entity_view(
    entity: Entity, short: Words, staleness: Staleness, *, commandable: bool = False
) -> EntityView:
    """An entity as the API shows it."""
    now = staleness.now(entity)
    place = entity.default(LOCATION)
    return EntityView(
        id=entity.id,
        types=[short.compact(iri) for iri in entity.types],
        name=words.name(entity),
        title=short.called(entity),
        scope=list(entity.scope),
        createdAt=_iso(entity.created_at),
        modifiedAt=_iso(entity.modified_at),
        location=None if place is None else place.value,
        clock="wall" if clock_name(entity) is None else "plant",
        commandable=commandable,
        attributes=[
            _attribute(entity, iri, instance, now=now, short=short, staleness=staleness)
            for iri, instances in entity.attrs.items()
            if iri != LOCATION
            for instance in instances
            if instance.kind not in _LINKS
        ],
        relations=list(_relations(entity, short)),
    )


def _attribute(
    entity: Entity,
    iri: str,
    instance: Attribute,
    *,
    now: int,
    short: Words,
    staleness: Staleness,
) -> AttributeView:
    name = short.compact(iri)
    quality = instance.quality or _TRUSTED
    observed = instance.observed_at
    value = instance.value
    shown = words.in_language(value) if instance.kind is Kind.LANGUAGE_PROPERTY else value
    return AttributeView(
        name=name,
        title=words.title(name),
        kind=TYPE_NAME[instance.kind],
        value=value,
        display=words.display(shown),
        unit=unit_view(instance.unit_code),
        datasetId=instance.dataset_id,
        observedAt=None if observed is None else render(observed),
        modifiedAt=_iso(instance.modified_at),
        quality=QualityView(
            level=_LEVELS[quality.level],
            source=_SOURCES[quality.source],
            reason=quality.reason,
        ),
        stale=staleness.is_stale(entity, iri, instance, now),
        age_s=None if observed is None else round((now - observed) / SECOND, 3),
        numeric=isinstance(value, int | float) and not isinstance(value, bool),
        sub={short.compact(sub): inner[0].value for sub, inner in (instance.sub or {}).items()},
    )


def _relations(entity: Entity, short: Words) -> Iterator[RelationView]:
    for iri, instances in entity.attrs.items():
        name = short.compact(iri)
        for instance in instances:
            if instance.kind not in _LINKS:
                continue
            targets = instance.value if isinstance(instance.value, list) else [instance.value]
            for target in targets:
                yield RelationView(name=name, target=str(target), title=words.title(name))


def _iso(at: int) -> str | None:
    return render(at) if at else None


def router(rooms: Rooms) -> APIRouter:
    """The endpoints of this topic."""
    routes = APIRouter(tags=["entities"])
    short = Words(rooms.names)

    @routes.get("/entities/{entity_id:path}", responses=problems(404))
    async def entity(request: Request, entity_id: str) -> EntityView:
        """One entity with all its attributes."""
        found = await eyes_of(rooms, request.scope).state.get(entity_id)
        if found is None:
            raise NotFoundError(f"entity {entity_id!r}: there is none")
        is_actuator = entity_id in rooms.commands.seats
        return entity_view(found, short, rooms.staleness, commandable=is_actuator)

    return routes
