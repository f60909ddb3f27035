"""Work orders: what is to be done, by whom, and how far it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

from fastapi import APIRouter, Query, Request
from pydantic import Field, field_validator
from starlette.responses import Response

from kota.api import words
from kota.api.eyes import Eyes, eyes_of
from kota.api.kota.acting import actor_of
from kota.api.kota.alarm_views import Priority
from kota.api.kota.answers import Model, problems
from kota.errors import BadRequestDataError, KotaError, NotFoundError
from kota.model import instant
from kota.model.instant import render
from kota.operate.alarms.states import Event as AlarmEvent
from kota.operate.work.order import Order
from kota.operate.work.photo import LARGEST
from kota.operate.work.states import Event, State

if TYPE_CHECKING:
    from kota.api.rooms import Rooms

_TEXT: Final = 2000
_NAME: Final = 200
_ID: Final = 2048
StateName = Literal["open", "assigned", "under-way", "done", "cancelled"]
INERT: Final = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cache-Control": "private, max-age=86400",
    "Content-Disposition": "inline",
}
"""A photo is shown, and nothing in it runs."""


class Texts(Model):
    """Texts that can be shown."""

    @field_validator("*")
    @classmethod
    def shown(cls, value: Any) -> Any:
        """Refuse what cannot be shown."""
        texts = value if isinstance(value, list) else [value]
        for text in texts:
            if isinstance(text, str) and not all(one.isprintable() or one == "\n" for one in text):
                raise ValueError("has characters that cannot be shown")
        return value


class NewOrder(Texts):
    """A work order to be opened, for an alarm, for an entity, or for neither."""

    title: str = Field(min_length=1, max_length=_NAME)
    description: str = Field("", max_length=_TEXT)
    priority: Priority = "medium"
    assignee: str | None = Field(None, min_length=1, max_length=_NAME)
    due_at: str | None = Field(None, max_length=64, description="ISO 8601.")
    checklist: list[str] = Field([], max_length=50)
    subject: str | None = Field(None, max_length=_ID)
    alarm: str | None = Field(None, max_length=_ID)

    @field_validator("checklist")
    @classmethod
    def steps(cls, value: list[str]) -> list[str]:
        """Refuse steps that say nothing or too much."""
        if any(not one.strip() or len(one) > _NAME for one in value):
            raise ValueError(f"each step has 1 to {_NAME} characters")
        return value


class Said(Texts):
    """Why, in words."""

    comment: str = Field("", max_length=_TEXT)


class Spoken(Texts):
    """Something to say."""

    comment: str = Field(min_length=1, max_length=_TEXT)


class Assigned(Said):
    """Who gets it, and until when."""

    assignee: str = Field(min_length=1, max_length=_NAME)
    due_at: str | None = Field(None, max_length=64, description="ISO 8601.")


class Ticked(Model):
    """Whether a step is done."""

    done: bool = True


class ItemView(Model):
    """A step of the checklist."""

    text: str
    done: bool
    by: str | None
    at: str | None


class CommentView(Model):
    """What somebody said."""

    at: str
    by: str
    text: str


class PhotoView(Model):
    """A photo; its content is at ``/work/{order_id}/photos/{id}``."""

    id: str
    type: str
    size: int
    at: str
    by: str


class StepView(Model):
    """A step of its life."""

    event: str
    state: StateName
    at: str
    by: str
    words: str


class OrderView(Model):
    """A work order in a list."""

    id: str
    number: int
    title: str
    state: StateName
    since: str
    priority: Priority
    assignee: str | None
    due_at: str | None
    overdue: bool
    subject: str | None
    subject_name: str | None
    alarm: str | None
    cause: str | None
    steps: int
    unticked: int
    photos_count: int
    at: str
    by: str


class OrderDetail(OrderView):
    """A work order with all that belongs to it."""

    description: str
    checklist: list[ItemView]
    comments: list[CommentView]
    photos: list[PhotoView]
    life: list[StepView]


class OrderList(Model):
    """Work orders, and how many there are in each state."""

    total: int
    states: dict[str, int]
    orders: list[OrderView]


class _Desk:
    """Work orders as one caller sees them and may change them."""

    def __init__(self, rooms: Rooms, request: Request) -> None:
        self.rooms = rooms
        self.eyes: Eyes = eyes_of(rooms, request.scope)
        self.actor = actor_of(request)

    async def select(self, **wanted: Any) -> list[Order]:
        found = self.rooms.operation.work.select(**wanted)
        if self.eyes.everything:
            return found
        return [one for one in found if await self.eyes.reaches(one.id)]

    async def require(self, order_id: str) -> Order:
        """An order that is seen.

        Raises:
            NotFoundError: there is none.
        """
        found = self.rooms.operation.work.get(order_id)
        if not await self.eyes.reaches(found.id):
            raise NotFoundError(f"work order {order_id!r}: there is none")
        return found

    async def require_acting(self, order_id: str) -> Order:
        """An order that may be changed.

        Raises:
            NotFoundError: there is none.
            ForbiddenError: it lies where the caller may only look.
        """
        found = await self.require(order_id)
        await self.eyes.require_reach(found.id, "orders.manage")
        return found

    async def detail(self, order: Order) -> OrderDetail:
        return OrderDetail(
            **await self.fields(order),
            description=order.description,
            checklist=[ItemView.model_validate(one) for one in order.checklist],
            comments=[CommentView.model_validate(one) for one in order.comments],
            photos=[PhotoView.model_validate(one) for one in order.photos],
            life=[
                StepView(
                    event=one.event, state=one.state.value, at=one.at, by=one.by, words=one.words
                )
                for one in order.life
            ],
        )

    async def fields(self, order: Order) -> dict[str, Any]:
        subject = None if order.subject is None else await self.eyes.state.get(order.subject)
        now = self.rooms.clock.now()
        ended = order.state in (State.DONE, State.CANCELLED)
        return {
            "id": order.id,
            "number": order.number,
            "title": order.title,
            "state": order.state.value,
            "since": render(order.since),
            "priority": order.priority,
            "assignee": order.assignee,
            "due_at": None if order.due_at is None else render(order.due_at),
            "overdue": order.due_at is not None and not ended and order.due_at < now,
            "subject": order.subject,
            "subject_name": None if subject is None else words.name(subject),
            "alarm": order.alarm,
            "cause": order.cause,
            "steps": len(order.checklist),
            "unticked": order.unticked,
            "photos_count": len(order.photos),
            "at": render(order.at),
            "by": order.by.name,
        }

    async def tell_alarm(self, order: Order, said: str) -> None:
        """Write into the journal of the order's alarm what became of it."""
        if order.alarm is None:
            return
        try:
            await self.rooms.alarms.act(order.alarm, AlarmEvent.COMMENT, actor=self.actor, why=said)
        except KotaError:  # the alarm may be gone; the order stands all the same
            return


def router(rooms: Rooms) -> APIRouter:
    """The endpoints of this topic."""
    routes = APIRouter(tags=["work"])
    _lists(routes, rooms)
    _life(routes, rooms)
    _photos(routes, rooms)
    return routes


def _lists(routes: APIRouter, rooms: Rooms) -> None:
    @routes.get("/work", responses=problems(400))
    async def orders(
        request: Request,
        state: list[StateName] = Query([], description="Any of these; all, if none."),
        assignee: str | None = Query(None, max_length=_NAME),
        alarm: str | None = Query(None, max_length=_ID),
        subject: str | None = Query(None, max_length=_ID),
        limit: int = Query(200, ge=0, le=1000),
        offset: int = Query(0, ge=0, le=2**31),
    ) -> OrderList:
        """Work orders: the urgent first, then those that are due first."""
        desk = _Desk(rooms, request)
        wanted = {"assignee": assignee, "alarm": alarm, "subject": subject}
        everything = await desk.select(**wanted)
        chosen = frozenset(map(State, state))
        found = [one for one in everything if not chosen or one.state in chosen]
        return OrderList(
            total=len(found),
            states={one.value: sum(o.state is one for o in everything) for one in State},
            orders=[OrderView(**await desk.fields(one)) for one in found[offset : offset + limit]],
        )

    @routes.post("/work", status_code=201, responses=problems(400, 404))
    async def new(request: Request, said: NewOrder) -> OrderDetail:
        """Open a work order; for an alarm it lies where that does."""
        desk = _Desk(rooms, request)
        subject = said.subject
        if said.alarm is not None:
            alarm = rooms.desk.get(said.alarm)
            if alarm is None or not await desk.eyes.sees_alarm(alarm):
                raise NotFoundError(f"alarm {said.alarm!r}: there is none")
            subject = subject or alarm.entity
        if subject is not None:
            if await rooms.state.get(subject) is None:
                raise NotFoundError(f"{subject}: there is none")
            await desk.eyes.require_reach(subject, "orders.manage")
        elif desk.eyes.caller is not None:
            desk.eyes.require("orders.manage")
        order = await rooms.operation.work.open(
            desk.actor,
            title=said.title,
            description=said.description,
            priority=said.priority,
            assignee=said.assignee,
            due_at=_due(said.due_at),
            checklist=said.checklist,
            subject=subject,
            alarm=said.alarm,
        )
        await desk.tell_alarm(order, f"work order {order.number} was opened")
        return await desk.detail(order)

    @routes.get("/work/{order_id}", responses=problems(404))
    async def order(request: Request, order_id: str) -> OrderDetail:
        """One work order, by its id or its number."""
        desk = _Desk(rooms, request)
        return await desk.detail(await desk.require(order_id))


def _life(routes: APIRouter, rooms: Rooms) -> None:
    work = rooms.operation.work

    @routes.post("/work/{order_id}/assign", responses=problems(400, 404, 409))
    async def assign(request: Request, order_id: str, said: Assigned) -> OrderDetail:
        """Say who gets it, and until when."""
        desk = _Desk(rooms, request)
        found = await desk.require_acting(order_id)
        after = await work.act(
            found.id,
            Event.ASSIGN,
            desk.actor,
            words=said.comment,
            assignee=said.assignee,
            due_at=_due(said.due_at),
        )
        return await desk.detail(after)

    @routes.post("/work/{order_id}/begin", responses=problems(400, 404, 409))
    async def begin(request: Request, order_id: str, said: Said) -> OrderDetail:
        """Begin with it; whoever begins what nobody has gets it."""
        return await _act(rooms, request, order_id, Event.BEGIN, said.comment)

    @routes.post("/work/{order_id}/finish", responses=problems(400, 404, 409))
    async def finish(request: Request, order_id: str, said: Said) -> OrderDetail:
        """Say that it is done; steps that are not ticked need a comment."""
        after = await _act(rooms, request, order_id, Event.FINISH, said.comment)
        desk = _Desk(rooms, request)
        await desk.tell_alarm(work.get(order_id), f"work order {after.number} is done")
        return after

    @routes.post("/work/{order_id}/cancel", responses=problems(400, 404, 409))
    async def cancel(request: Request, order_id: str, said: Spoken) -> OrderDetail:
        """Let it be, with a reason."""
        after = await _act(rooms, request, order_id, Event.CANCEL, said.comment)
        desk = _Desk(rooms, request)
        await desk.tell_alarm(work.get(order_id), f"work order {after.number} was cancelled")
        return after

    @routes.post("/work/{order_id}/comment", responses=problems(400, 404, 409))
    async def comment(request: Request, order_id: str, said: Spoken) -> OrderDetail:
        """Say something about it."""
        return await _act(rooms, request, order_id, Event.COMMENT, said.comment)

    @routes.post("/work/{order_id}/checklist/{item}", responses=problems(400, 404, 409))
    async def tick(request: Request, order_id: str, item: int, said: Ticked) -> OrderDetail:
        """Say that a step, counted from 0, is done, or is not."""
        desk = _Desk(rooms, request)
        found = await desk.require_acting(order_id)
        return await desk.detail(await work.tick(found.id, item, said.done, desk.actor))


async def _act(
    rooms: Rooms, request: Request, order_id: str, event: Event, comment: str
) -> OrderDetail:
    desk = _Desk(rooms, request)
    found = await desk.require_acting(order_id)
    after = await rooms.operation.work.act(found.id, event, desk.actor, words=comment)
    return await desk.detail(after)


def _photos(routes: APIRouter, rooms: Rooms) -> None:
    work = rooms.operation.work

    @routes.post(
        "/work/{order_id}/photos",
        responses=problems(400, 404, 409),
        openapi_extra={
            "requestBody": {
                "required": True,
                "content": {"application/octet-stream": {"schema": {"type": "string"}}},
            }
        },
    )
    async def bring(request: Request, order_id: str) -> OrderDetail:
        """Bring a photo: the file itself, JPEG, PNG or WebP, at most 8 MiB."""
        desk = _Desk(rooms, request)
        found = await desk.require_acting(order_id)
        return await desk.detail(
            await work.add_photo(found.id, await _content(request), desk.actor)
        )

    @routes.get(
        "/work/{order_id}/photos/{photo_id}", response_class=Response, responses=problems(404)
    )
    async def photo(request: Request, order_id: str, photo_id: str) -> Response:
        """A photo as it was brought."""
        found = await _Desk(rooms, request).require(order_id)
        kept, content = await work.photo(found.id, photo_id)
        return Response(content, media_type=kept.type, headers=INERT)


async def _content(request: Request) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > LARGEST:
            raise BadRequestDataError(f"photo: more than {LARGEST} bytes", hint="make it smaller")
        parts.append(part)
    return b"".join(parts)


def _due(text: str | None) -> int | None:
    return None if text is None else instant.parse(text, where="due_at")
