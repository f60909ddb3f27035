"""Notices: who was told what, how, and what did not get through."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from fastapi import APIRouter, Query, Request
from pydantic import Field

from kota.api.eyes import eyes_of
from kota.api.kota.acting import actor_of, line_of
from kota.api.kota.alarm_views import Priority
from kota.api.kota.answers import Model, problems
from kota.errors import BadRequestDataError, ConfigurationError
from kota.model.instant import render
from kota.operate.notices.notice import Delivery, Notice, counted
from kota.operate.notices.room import no_notice
from kota.operate.notices.web_push import Keys

if TYPE_CHECKING:
    from kota.api.rooms import Rooms

_TEXT: Final = 2048
Way = Literal["email", "webhook", "mqtt", "push"]


class DeliveryView(Model):
    """A notice on its way to one address."""

    contact: str
    way: Way
    address: str
    turn: int
    state: Literal["waiting", "sent", "failed", "withdrawn"]
    due_at: str
    sent_at: str | None
    attempts: int
    reason: str


class NoticeView(Model):
    """A notice with all its deliveries."""

    id: str
    at: str
    to: str
    title: str
    text: str
    priority: Priority
    state: Literal["open", "acknowledged", "over", "told"]
    subject: str | None
    alarms: list[str]
    acknowledged_by: str | None
    deliveries: list[DeliveryView]


class NoticeList(Model):
    """Notices, newest first, and how many deliveries are in each state."""

    deliveries: dict[str, int]
    notices: list[NoticeView]


class NewNotice(Model):
    """A notice to a contact or a chain."""

    to: str = Field(min_length=1, max_length=200)
    title: str = Field(min_length=1, max_length=200)
    text: str = Field("", max_length=2000)
    priority: Priority = "medium"


class PlanView(Model):
    """Who can be told: contacts with their ways, chains, and how many routes there are."""

    contacts: dict[str, list[Way]]
    chains: list[str]
    routes: int


class PushKeys(Model):
    """What a browser hands out."""

    p256dh: str = Field(max_length=200)
    auth: str = Field(max_length=100)


class PushSubscription(Model):
    """A browser that asks to be told."""

    endpoint: str = Field(min_length=1, max_length=_TEXT)
    keys: PushKeys


class PushGone(Model):
    """A browser that asks no more."""

    endpoint: str = Field(min_length=1, max_length=_TEXT)


class PushState(Model):
    """The town's public key, and how many browsers of the caller asked."""

    key: str
    browsers: int


def router(rooms: Rooms) -> APIRouter:
    """The endpoints of this topic."""
    routes = APIRouter(tags=["notices"])
    _lists(routes, rooms)
    _acts(routes, rooms)
    _push(routes, rooms)
    return routes


def _lists(routes: APIRouter, rooms: Rooms) -> None:
    notices = rooms.operation.notices

    @routes.get("/notices")
    async def listed(
        request: Request,
        state: Literal[
            "open", "acknowledged", "over", "told", "waiting", "sent", "failed", "withdrawn"
        ]
        | None = Query(None, description="Of a notice, or of one of its deliveries."),
        limit: int = Query(100, ge=1, le=1000),
    ) -> NoticeList:
        """Notices, newest first, as far as what they are about is seen."""
        seen = [one for one in notices.select(None, 10**6) if await _sees(rooms, request, one)]
        found = [one for one in seen if state is None or one.is_in(state)]
        views = [_view(one) for one in found[:limit]]
        return NoticeList(deliveries=counted(seen), notices=views)

    @routes.get("/notices/contacts")
    async def contacts() -> PlanView:
        """Who can be told; addresses are not shown here."""
        plan = notices.plan
        return PlanView(
            contacts={one.name: list(one.ways) for one in plan.contact},
            chains=[one.name for one in plan.chain],
            routes=len(plan.route),
        )


def _acts(routes: APIRouter, rooms: Rooms) -> None:
    notices = rooms.operation.notices

    @routes.post("/notices", status_code=201, responses=problems(400, 404))
    async def new(request: Request, said: NewNotice) -> NoticeView:
        """Tell a contact or a chain something."""
        if any(not (one.isprintable() or one == "\n") for one in said.title + said.text):
            raise BadRequestDataError("title, text: characters that cannot be shown")
        now = rooms.clock.now()
        actor = actor_of(request)
        line = line_of(rooms, request, "notice.send", said.to, priority=said.priority)
        await rooms.state.apply([], audit=[line])
        made = await notices.tell(
            f"hand:{actor.name}:{now}",
            said.to,
            title=said.title,
            text=said.text or said.title,
            priority=said.priority,
        )
        return _view(notices.get(made))

    @routes.post("/notices/reload", responses=problems(400))
    async def reload(request: Request) -> PlanView:
        """Read contacts, chains and routes anew. Where one is wrong, those that hold stay."""
        try:
            plan = await notices.reload()
        except ConfigurationError as error:
            raise BadRequestDataError(error.message, hint=error.hint) from error
        await rooms.state.apply([], audit=[line_of(rooms, request, "notices.reload", "notices")])
        return PlanView(
            contacts={one.name: list(one.ways) for one in plan.contact},
            chains=[one.name for one in plan.chain],
            routes=len(plan.route),
        )

    @routes.post("/notices/{notice_id}/acknowledge", responses=problems(404, 409))
    async def acknowledge(request: Request, notice_id: str) -> NoticeView:
        """Say that you care: nobody else is told."""
        await _require(rooms, request, notice_id)
        return _view(await notices.acknowledge(notice_id, actor_of(request)))

    @routes.post("/notices/{notice_id}/retry", responses=problems(404, 409))
    async def retry(request: Request, notice_id: str) -> NoticeView:
        """Try again what failed."""
        await _require(rooms, request, notice_id)
        return _view(await notices.retry(notice_id, actor_of(request)))


def _push(routes: APIRouter, rooms: Rooms) -> None:
    browsers = rooms.operation.browsers

    @routes.get("/push")
    async def state(request: Request) -> PushState:
        """What a browser needs to ask to be told."""
        mine = await browsers.of(actor_of(request).name)
        return PushState(key=browsers.voucher.public, browsers=len(mine))

    @routes.post("/push", status_code=204, responses=problems(400, 409))
    async def add(request: Request, said: PushSubscription) -> None:
        """Let this browser be told what its user is told."""
        keys = Keys(said.keys.p256dh, said.keys.auth)
        await browsers.add(actor_of(request).name, said.endpoint, keys)

    @routes.delete("/push", status_code=204)
    async def remove(request: Request, said: PushGone) -> None:
        """Tell this browser no more."""
        await browsers.remove(actor_of(request).name, said.endpoint)


async def _sees(rooms: Rooms, request: Request, notice: Notice) -> bool:
    """Whether a notice is seen: what it is about; what is about nothing by whom all is, or told."""
    eyes = eyes_of(rooms, request.scope)
    if eyes.caller is None:
        return True
    alarms = [rooms.alarms.book.alarms.get(one) for one in notice.alarms]
    there = [one for one in alarms if one is not None]
    if there and not any([await eyes.sees_alarm(one) for one in there]):
        return False
    if notice.subject is not None:
        return await eyes.reaches(notice.subject)
    mine = actor_of(request).name
    told = mine == notice.to or any(one.contact == mine for one in notice.deliveries)
    return told or rooms.access.may(eyes.caller, "alarms.act")


async def _require(rooms: Rooms, request: Request, notice_id: str) -> None:
    """Refuse to act on a notice that is not seen, or that lies where the caller may only look.

    Raises:
        NotFoundError: it is not seen.
        ForbiddenError: he may only look.
    """
    notice = rooms.operation.notices.get(notice_id)
    if not await _sees(rooms, request, notice):
        raise no_notice(notice_id)
    if notice.subject is not None:
        await eyes_of(rooms, request.scope).require_reach(notice.subject, "alarms.act")


def _view(notice: Notice) -> NoticeView:
    return NoticeView(
        id=notice.id,
        at=render(notice.at),
        to=notice.to,
        title=notice.title,
        text=notice.text,
        priority=notice.priority,
        state=notice.state,
        subject=notice.subject,
        alarms=list(notice.alarms),
        acknowledged_by=notice.acknowledged_by,
        deliveries=[_delivery_view(one) for one in notice.deliveries],
    )


def _delivery_view(one: Delivery) -> DeliveryView:
    return DeliveryView(
        contact=one.contact,
        way=one.way,
        address=one.address,
        turn=one.turn,
        state=one.state,
        due_at=render(one.due_at),
        sent_at=None if one.sent_at is None else render(one.sent_at),
        attempts=one.attempts,
        reason=one.reason,
    )
