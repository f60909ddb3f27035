"""What is held of whom: given out, and erased."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from pydantic import Field
from starlette.responses import Response

from kota.api.kota.acting import actor_of, line_of
from kota.api.kota.answers import Model, problems, quick

if TYPE_CHECKING:
    from kota.api.rooms import Rooms


class ErasureOrder(Model):
    """Why it is erased."""

    reason: str = Field(min_length=1, max_length=500)


class ErasureMade(Model):
    """How much was erased; `named_by` are others' entities that still lead there."""

    entities: int
    notices: int
    letters: int
    named_by: list[str]


def router(rooms: Rooms) -> APIRouter:
    """The endpoints of this topic."""
    routes = APIRouter(tags=["subjects"])
    subjects = rooms.operation.subjects

    @routes.get(
        "/subjects/{entity_id}",
        responses={200: {"model": dict[str, Any]}, **problems(404)},
        response_class=Response,
    )
    async def export(request: Request, entity_id: str) -> Response:
        """Everything that is held of an entity; that it was taken is written down."""
        found = await subjects.export(entity_id)
        line = line_of(rooms, request, "subject.export", entity_id)
        await rooms.state.apply([], audit=[line])
        return quick(found)

    @routes.post("/subjects/{entity_id}/erase", responses=problems(400, 404))
    async def erase(request: Request, entity_id: str, said: ErasureOrder) -> ErasureMade:
        """Erase everything that is held of an entity. There is no way back."""
        done = await subjects.erase(entity_id, actor_of(request), said.reason)
        return ErasureMade.model_validate(done)

    return routes
