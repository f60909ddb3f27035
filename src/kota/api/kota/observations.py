"""Recordings that come in whole: the newest value stays in state, every one goes to history."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter
from pydantic import Field

from kota.api.kota.answers import Model, problems
from kota.connect.novelty import unseen
from kota.context.ingest import Patch
from kota.model.payload import parse_entity

if TYPE_CHECKING:
    from kota.api.rooms import Rooms

MOST = 10_000
"""Entities in one recording."""


class Recording(Model):
    """NGSI-LD entities with the names of the Kota context; one may occur at several times."""

    entities: Annotated[list[dict[str, Any]], Field(max_length=MOST)]


class Recorded(Model):
    """How many observations were new."""

    observations: int


def router(rooms: Rooms) -> APIRouter:
    """The endpoints of this topic."""
    routes = APIRouter(tags=["operation"])

    @routes.post("/observations", responses=problems(400, 503))
    async def record(recording: Recording) -> Recorded:
        """Take a part of a recording in; what history holds already is left out."""
        now = rooms.clock.now()
        entities = [parse_entity(one, rooms.names, now=now) for one in recording.entities]
        patches = [Patch(one.id, one.types, one.attrs, one.scope) for one in entities]
        new = await unseen(rooms.history, patches)
        return Recorded(observations=await rooms.ingest.observe(new) if new else 0)

    return routes
