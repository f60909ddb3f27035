"""Which types of entities there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request

from kota.api.eyes import eyes_of
from kota.api.kota.answers import Model
from kota.api.words import Words, title

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kota.api.rooms import Rooms
    from kota.solution import Solution


class TypeView(Model):
    """An entity type and how many entities have it.

    `system` is the title of the solution whose it is; `shown` says whether the map draws it before
    somebody asks for it.
    """

    type: str
    title: str
    count: int
    system: str | None
    shown: bool


def router(rooms: Rooms) -> APIRouter:
    """The endpoints of this topic."""
    routes = APIRouter(tags=["entities"])
    words = Words(rooms.names)
    owners = _owners(rooms.solutions)
    layers = [layer for one in rooms.solutions if one.panel for layer in one.panel().layers]
    hidden = {one.type for one in layers} - {one.type for one in layers if one.shown}

    @routes.get("/types")
    async def types(request: Request) -> list[TypeView]:
        """All entity types, by name."""
        counts = await eyes_of(rooms, request.scope).state.type_counts()
        short = sorted((words.compact(iri), count) for iri, count in counts.items() if count)
        return [
            TypeView(
                type=name,
                title=title(name),
                count=count,
                system=owners.get(name),
                shown=name not in hidden,
            )
            for name, count in short
        ]

    return routes


def _owners(solutions: Sequence[Solution]) -> dict[str, str]:
    """Title of the solution that shows a type of entities, or else the first that writes it."""
    found: dict[str, str] = {}
    for one in solutions:
        for layer in one.panel().layers if one.panel else ():
            found.setdefault(layer.type, one.title)
    for one in solutions:
        for name in one.writes:
            found.setdefault(name, one.title)
    return found
