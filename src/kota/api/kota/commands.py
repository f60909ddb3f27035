"""Commands: what can be moved, by whom and why not; and what an operator wants moved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fastapi import APIRouter, Query, Request
from pydantic import Field

from kota.access.audit_reading import Wanted, newest
from kota.api.eyes import eyes_of
from kota.api.kota.acting import actor_of
from kota.api.kota.alarms import Words
from kota.api.kota.answers import Model, problems
from kota.api.kota.audit import LineView, line_view
from kota.api.kota.command_views import (
    ActuatorView,
    CommandView,
    Faceplate,
    ModeName,
    Setting,
    Views,
)
from kota.errors import BadRequestDataError
from kota.operate.commands.command import Mode
from kota.operate.commands.entity import read_command
from kota.operate.commands.interlock import Value
from kota.operate.commands.life import State
from kota.operate.commands.seat import Seat
from kota.operate.commands.terms import COMMAND

if TYPE_CHECKING:
    from kota.api.rooms import Rooms

_TEXT: Final = 2048


class Wish(Words):
    """A setting that somebody wants; with an `id` of one's own it can be asked again safely.

    `comment` is the reason, in words.
    """

    entity: str = Field(min_length=1, max_length=_TEXT)
    value: Setting
    cause: str | None = Field(None, max_length=_TEXT)
    id: str | None = Field(None, pattern=r"^[A-Za-z0-9._:-]{1,128}$")
    expires_in: float | None = Field(None, gt=0, le=86_400, allow_inf_nan=False)


class ModeChange(Model):
    """Who is to move the asset from now on."""

    mode: ModeName


def router(rooms: Rooms) -> APIRouter:
    """The endpoints of this topic."""
    routes = APIRouter(tags=["commands"])
    views = Views(rooms)
    _actuators(routes, rooms, views)
    _lists(routes, rooms, views)
    _acts(routes, rooms, views)

    @routes.get("/commands/{command_id:path}", responses=problems(404))
    async def command(request: Request, command_id: str) -> CommandView:
        """One command with its life."""
        found = await rooms.commands.command(command_id)
        await eyes_of(rooms, request.scope).require_reach(found.entity)
        return await views.command(found)

    return routes


def _actuators(routes: APIRouter, rooms: Rooms, views: Views) -> None:
    @routes.get("/actuators")
    async def actuators(
        request: Request,
        limit: int = Query(200, ge=0, le=1000),
        offset: int = Query(0, ge=0, le=2**31),
    ) -> list[ActuatorView]:
        """What can be commanded: who moves it, its setting, and whether it can be reached."""
        eyes = eyes_of(rooms, request.scope)
        every = sorted(rooms.commands.seats.values(), key=lambda seat: seat.entity)
        seats = [seat for seat in every if await eyes.reaches(seat.entity)]
        return [await views.actuator(seat) for seat in seats[offset : offset + limit]]

    @routes.put("/actuators/{entity_id:path}/mode", responses=problems(400, 404, 409))
    async def set_mode(request: Request, entity_id: str, change: ModeChange) -> Faceplate:
        """Say who moves an asset; manual wins at once over what solutions have wanted."""
        await eyes_of(rooms, request.scope).require_reach(entity_id, "modes.set")
        await rooms.commands.set_mode(entity_id, Mode(change.mode), actor_of(request))
        return await views.faceplate(rooms.commands.seat(entity_id))

    @routes.get("/actuators/{entity_id:path}/audit", responses=problems(404))
    async def actuator_audit(
        request: Request, entity_id: str, limit: int = Query(100, ge=1, le=1000)
    ) -> list[LineView]:
        """What was done to it, newest first, out of the audit."""
        await eyes_of(rooms, request.scope).require_reach(entity_id)
        seat = rooms.commands.seat(entity_id)
        wanted = Wanted(subject=seat.entity)
        found = await newest(rooms.state.audit, wanted, limit=limit)
        return [line_view(number, line) for number, line in found]

    @routes.get("/actuators/{entity_id:path}", responses=problems(404))
    async def faceplate(request: Request, entity_id: str) -> Faceplate:
        """One actuator: mode, interlocks and what they stand against now, what is under way."""
        await eyes_of(rooms, request.scope).require_reach(entity_id)
        return await views.faceplate(rooms.commands.seat(entity_id))


def _lists(routes: APIRouter, rooms: Rooms, views: Views) -> None:
    @routes.get("/commands")
    async def commands(
        request: Request,
        entity: str | None = Query(None, max_length=_TEXT),
        state: list[State] = Query([], description="Any of these; all, if none."),
        limit: int = Query(100, ge=0, le=1000),
    ) -> list[CommandView]:
        """Commands, the newest first; those that ended long ago are in the audit alone."""
        found = [read_command(one) async for one in rooms.state.scan([COMMAND])]
        wanted = [
            one
            for one in found
            if one is not None
            and (entity is None or one.entity == entity)
            and (not state or one.state in state)
        ]
        wanted.sort(key=lambda one: (one.at, one.id), reverse=True)
        eyes = eyes_of(rooms, request.scope)
        seen = [one for one in wanted if await eyes.reaches(one.entity)]
        return [await views.command(one) for one in seen[:limit]]


def _acts(routes: APIRouter, rooms: Rooms, views: Views) -> None:
    async def require(request: Request, command_id: str, right: str) -> None:
        found = await rooms.commands.command(command_id)
        await eyes_of(rooms, request.scope).require_reach(found.entity, right)

    @routes.post("/commands", status_code=201, responses=problems(400, 404, 409, 503))
    async def request_command(request: Request, wish: Wish) -> CommandView:
        """Want a setting. What stands against it is said in the answer: look at its state."""
        await eyes_of(rooms, request.scope).require_reach(wish.entity, "commands.request")
        seat = rooms.commands.seat(wish.entity)
        command = await rooms.commands.request(
            wish.entity,
            _value(seat, wish.value),
            actor_of(request),
            command_id=wish.id,
            reason=wish.comment or "",
            cause=wish.cause,
            expires_in=wish.expires_in,
        )
        return await views.command(command)

    @routes.post("/commands/{command_id:path}/approve", responses=problems(404, 409, 503))
    async def approve(request: Request, command_id: str) -> CommandView:
        """Say yes to a command that waits."""
        await require(request, command_id, "commands.approve")
        return await views.command(await rooms.commands.approve(command_id, actor_of(request)))

    @routes.post("/commands/{command_id:path}/cancel", responses=problems(404, 409, 503))
    async def cancel(request: Request, command_id: str) -> CommandView:
        """Take a command back, or say no to a proposal."""
        await require(request, command_id, "commands.request")
        return await views.command(await rooms.commands.cancel(command_id, actor_of(request)))

    @routes.post("/commands/{command_id:path}/undo", responses=problems(404, 409, 503))
    async def undo(request: Request, command_id: str) -> CommandView:
        """Want the setting back that was before a command; answers with the new command."""
        await require(request, command_id, "commands.request")
        return await views.command(await rooms.commands.undo(command_id, actor_of(request)))


def _value(seat: Seat, value: Setting) -> Value:
    """The setting as its actuator has it: a number where that is one.

    Raises:
        BadRequestDataError: it is none that the actuator knows.
    """
    value = float(value) if type(value) is int else value
    unknown = seat.definition.knows(value)
    if unknown is not None:
        raise BadRequestDataError(f"value: {unknown}")
    return value
