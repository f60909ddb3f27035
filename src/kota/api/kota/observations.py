"""Recordings that come in whole: the newest value stays in state, every one goes to history."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Request
from pydantic import Field

from kota.api.eyes import Eyes, eyes_of
from kota.api.kota.answers import Model, problems
from kota.connect.novelty import unseen
from kota.context.ingest import Patch
from kota.errors import ForbiddenError
from kota.model.entity import Entity
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
    async def record(request: Request, recording: Recording) -> Recorded:
        """Take a part of a recording in; what history holds already is left out."""
        now = rooms.clock.now()
        entities = [parse_entity(one, rooms.names, now=now) for one in recording.entities]
        eyes = eyes_of(rooms, request.scope)
        for one in entities:
            _require_own(rooms, eyes, one)
            await eyes.require_writable(one, "observations.write")
        patches = [Patch(one.id, one.types, one.attrs, one.scope) for one in entities]
        new = await unseen(rooms.history, patches)
        return Recorded(observations=await rooms.ingest.observe(new) if new else 0)

    return routes


def _require_own(rooms: Rooms, eyes: Eyes, entity: Entity) -> None:
    """Refuse what a device says of another entity than its own.

    Raises:
        ForbiddenError: it does, or it waits for a person's yes.
    """
    if eyes.caller is None or not eyes.caller.who.id.startswith("device:"):
        return
    name = eyes.caller.who.name
    device = rooms.devices.find(name)
    if device is None or device.state != "approved" or device.entity != entity.id:
        raise ForbiddenError(
            f"{entity.id}: device {name} may not observe this",
            hint="approve the device for this entity",
        )
