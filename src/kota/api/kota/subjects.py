"""What is held of whom: given out, and erased."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from pydantic import Field
from starlette.responses import Response

from kota.api.kota.acting import actor_of, line_of
from kota.api.kota.answers import Model, problems, quick
from kota.config import Retention

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


class RetentionView(Model):
    """How long something is kept, what for, and how much was forgotten the last time.

    `older`, where asked for: how many values in history would be forgotten now, by attribute,
    and `entities`: how many entities would lose present values.
    """

    type: str
    attributes: list[str]
    keep_days: float
    purpose: str
    forgotten: int | None
    entities: int | None = None
    older: dict[str, int] | None = None


def _kept(one: Retention, forgotten: int | None, **older: Any) -> RetentionView:
    return RetentionView(
        type=one.type,
        attributes=list(one.attributes),
        keep_days=one.keep_days,
        purpose=one.purpose,
        forgotten=forgotten,
        **older,
    )


def router(rooms: Rooms) -> APIRouter:
    """The endpoints of this topic."""
    routes = APIRouter(tags=["subjects"])
    subjects = rooms.operation.subjects

    keeper = rooms.operation.keeper

    @routes.get("/retention")
    async def retention(preview: bool = False) -> list[RetentionView]:
        """How long what is kept, and what was forgotten last; with `preview`, what would be now."""
        if not preview:
            return [_kept(one, keeper.forgotten.get(one)) for one in keeper.policies]
        views = []
        for one in keeper.policies:
            found = await keeper.preview(one)
            older = {rooms.names.compact(name): count for name, count in found.values.items()}
            last = keeper.forgotten.get(one)
            views.append(_kept(one, last, entities=found.entities, older=older))
        return views

    @routes.post("/retention", responses=problems(503))
    async def sweep() -> list[RetentionView]:
        """Forget at once what is older than it may be, as it happens every hour."""
        await keeper.sweep()
        return [_kept(one, keeper.forgotten.get(one)) for one in keeper.policies]

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
