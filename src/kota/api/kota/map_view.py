"""Everything that is to be drawn on the map, column by column."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from fastapi import APIRouter, Header, Query, Request, Response

from kota.api import words
from kota.api.eyes import eyes_of
from kota.api.kota.answers import Model, quick_and_small
from kota.api.words import Words
from kota.context.staleness import Staleness
from kota.model.entity import Entity
from kota.model.instant import render
from kota.model.terms import CLOCK, EXPECTED_INTERVAL, LOCATION, NAME
from kota.store.state.protocol import Entities

if TYPE_CHECKING:
    from kota.api.rooms import Rooms

_HIDDEN: Final = frozenset({LOCATION, NAME, CLOCK, EXPECTED_INTERVAL})
_BREATH: Final = 500
"""Entities between two looks at what else the server has to do."""


class Columns(Model):
    """The entities of one type; every list has one item for each.

    `geometry` holds a position, a GeoJSON geometry, or null where an entity has no place.
    """

    type: str
    ids: list[str]
    names: list[str | None]
    geometry: list[Any]
    values: dict[str, list[Any]]
    units: dict[str, str]
    observedAt: list[str | None]  # noqa: N815  the standard's term
    quality: list[int]
    stale: list[bool]


class MapView(Model):
    """A snapshot of what can be drawn."""

    at: str
    types: list[Columns]


class _Table:
    """The columns of one type while they are filled."""

    def __init__(self, staleness: Staleness, short: Words) -> None:
        self._staleness = staleness
        self._short = short
        self._values: dict[str, list[Any]] = {}
        self._units: dict[str, str] = {}
        self._ids: list[str] = []
        self._names: list[str | None] = []
        self._geometry: list[Any] = []
        self._observed: list[str | None] = []
        self._quality: list[int] = []
        self._stale: list[bool] = []

    def add(self, entity: Entity) -> None:
        """Append an entity."""
        row = len(self._ids)
        self._ids.append(entity.id)
        self._names.append(words.name(entity))
        self._geometry.append(_place(entity))
        newest, worst = self._fill(entity, row)
        self._observed.append(None if newest is None else render(newest))
        self._quality.append(worst)
        self._stale.append(self._staleness.is_entity_stale(entity))

    def _fill(self, entity: Entity, row: int) -> tuple[int | None, int]:
        newest: int | None = None
        worst = 0
        for iri, instances in entity.attrs.items():
            if iri in _HIDDEN:
                continue
            instance = instances[0] if len(instances) == 1 else entity.default(iri)
            if instance is None:
                continue
            if instance.observed_at is not None:
                newest = max(newest or instance.observed_at, instance.observed_at)
            if instance.quality is not None:
                worst = max(worst, instance.quality.level)
            value = words.plain(iri, instance)
            if value is None:
                continue
            column = self._values.setdefault(iri, [])
            column.extend([None] * (row - len(column)))
            column.append(value)
            if instance.unit_code is not None:
                self._units.setdefault(iri, instance.unit_code)
        return newest, worst

    def columns(self, name: str) -> dict[str, Any]:
        """What `Columns` describes."""
        for column in self._values.values():
            column.extend([None] * (len(self._ids) - len(column)))
        compact = self._short.compact
        return {
            "type": name,
            "ids": self._ids,
            "names": self._names,
            "geometry": self._geometry,
            "values": {compact(iri): column for iri, column in self._values.items()},
            "units": {compact(iri): unit for iri, unit in self._units.items()},
            "observedAt": self._observed,
            "quality": self._quality,
            "stale": self._stale,
        }


def _place(entity: Entity) -> Any:
    """A position, a GeoJSON geometry of another sort, or None."""
    location = entity.default(LOCATION)
    if location is None:
        return None
    place = location.value
    return place["coordinates"][:2] if place["type"] == "Point" else place


def router(rooms: Rooms) -> APIRouter:
    """The endpoints of this topic."""
    routes = APIRouter(tags=["entities"])
    short = Words(rooms.names)

    async def columns(state: Entities, name: str) -> dict[str, Any]:
        table = _Table(rooms.staleness, short)
        seen = 0
        async for entity in state.scan([short.expand(name)]):
            table.add(entity)
            seen += 1
            if seen % _BREATH == 0:
                await asyncio.sleep(0)
        return table.columns(name)

    @routes.get("/map", response_model=MapView)
    async def map_view(
        request: Request,
        types: str = Query("", description="Types, separated by commas; empty: all."),
        accept_encoding: str = Header(""),
    ) -> Response:
        """All entities of these types, to be drawn or listed."""
        state = eyes_of(rooms, request.scope).state
        wanted = [name for name in types.split(",") if name]
        if not wanted:
            wanted = sorted(short.compact(iri) for iri in await state.type_counts())
        tables = [await columns(state, name) for name in dict.fromkeys(wanted)]
        body = {"at": render(rooms.clock.now()), "types": tables}
        return await quick_and_small(body, accept_encoding)

    return routes
