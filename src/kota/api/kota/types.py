"""Which types of entities there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request

from kota.api.eyes import eyes_of
from kota.api.kota.answers import Model
from kota.api.words import Words, title

if TYPE_CHECKING:
    from kota.api.rooms import Rooms


class TypeView(Model):
    """An entity type and how many entities have it."""

    type: str
    title: str
    count: int


def router(rooms: Rooms) -> APIRouter:
    """The endpoints of this topic."""
    routes = APIRouter(tags=["entities"])
    words = Words(rooms.names)

    @routes.get("/types")
    async def types(request: Request) -> list[TypeView]:
        """All entity types, by name."""
        counts = await eyes_of(rooms, request.scope).state.type_counts()
        short = sorted((words.compact(iri), count) for iri, count in counts.items() if count)
        return [TypeView(type=name, title=title(name), count=count) for name, count in short]

    return routes
