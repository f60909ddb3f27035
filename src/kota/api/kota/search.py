"""Finding an entity by what people remember of it."""

from __future__ import annotations

import asyncio
from heapq import nsmallest
from typing import TYPE_CHECKING, Final

from fastapi import APIRouter, Query, Request

from kota.api import words
from kota.api.eyes import eyes_of
from kota.api.kota.answers import Model
from kota.api.words import Words
from kota.model import geometry
from kota.model.entity import Entity
from kota.model.terms import LOCATION

if TYPE_CHECKING:
    from kota.api.rooms import Rooms

_BREATH: Final = 1000


class Hit(Model):
    """An entity that was found."""

    id: str
    type: str
    name: str | None
    description: str | None
    location: tuple[float, float] | None


class Hits(Model):
    """What was found, best first."""

    results: list[Hit]


def rank(text: str, entity: Entity, kind: str) -> int | None:
    """How well an entity fits a text in lower case: 0 is best, None not at all."""
    name = (words.name(entity) or "").lower()
    identifier = entity.id.lower()
    if text in (name, identifier):
        return 0
    if name.startswith(text):
        return 1
    if f" {text}" in name or identifier.endswith(text):
        return 2
    if text in name:
        return 3
    if text in identifier:
        return 4
    if text in (words.address(entity) or "").lower():
        return 5
    return 6 if text in kind.lower() else None


def _hit(entity: Entity, kind: str) -> Hit:
    place = entity.default(LOCATION)
    return Hit(
        id=entity.id,
        type=kind,
        name=words.name(entity),
        description=words.description(entity),
        location=None if place is None else geometry.centroid(place.value),
    )


def router(rooms: Rooms) -> APIRouter:
    """The endpoints of this topic."""
    routes = APIRouter(tags=["entities"])
    short = Words(rooms.names)

    @routes.get("/search")
    async def search(
        request: Request,
        q: str = Query(max_length=200, description="Part of a name, id, address or type."),
        limit: int = Query(20, ge=1, le=200),
    ) -> Hits:
        """Entities whose name, id, address or type contains a text, best first."""
        text = q.strip().lower()
        found: list[tuple[int, str, Entity]] = []
        seen = 0
        async for entity in eyes_of(rooms, request.scope).state.scan():
            score = rank(text, entity, short.type_of(entity)) if text else None
            if score is not None:
                found.append((score, words.name(entity) or entity.id, entity))
            seen += 1
            if seen % _BREATH == 0:
                await asyncio.sleep(0)
        best = nsmallest(limit, found, key=lambda one: (one[0], one[1]))
        return Hits(results=[_hit(entity, short.type_of(entity)) for _, _, entity in best])

    return routes
