"""Alarms: what waits, what happened, what an operator does about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import msgspec
from fastapi import APIRouter, Query, Request
from pydantic import Field, field_validator

from kota.api import words
from kota.api.calling import caller_of
from kota.api.eyes import Eyes, eyes_of
from kota.api.kota.acting import actor_of
from kota.api.kota.alarm_views import (
    AlarmDetail,
    AlarmList,
    AlarmView,
    DefinitionView,
    GroupView,
    Priority,
    ReportView,
    StateName,
    alarm_fields,
    entry_view,
    group_view,
    report_view,
)
from kota.api.kota.answers import Model, problems
from kota.api.town_clock import TownClock
from kota.context.staleness import clock_name
from kota.errors import (
    BadRequestDataError,
    ConfigurationError,
    ConflictError,
    ForbiddenError,
    NotFoundError,
)
from kota.model import instant
from kota.model.instant import DAY, render
from kota.operate.alarms.alarm import Alarm
from kota.operate.alarms.definition import AlarmDefinition
from kota.operate.alarms.desk import Wanted
from kota.operate.alarms.report import is_standing
from kota.operate.alarms.states import ANNUNCIATED, UNSEEN, Event, State

if TYPE_CHECKING:
    from kota.api.rooms import Rooms

LONGEST_COMMENT: Final = 2000
_TEXT: Final = 2048


class Words(Model):
    """Why something is done, in words."""

    comment: str | None = Field(None, max_length=LONGEST_COMMENT)

    @field_validator("*")
    @classmethod
    def shown(cls, value: Any) -> Any:
        """Refuse what cannot be shown."""
        if isinstance(value, str) and not all(one.isprintable() or one == "\n" for one in value):
            raise ValueError("has characters that cannot be shown")
        return value


class Reasoned(Words):
    """What needs a reason."""

    comment: str = Field(min_length=1, max_length=LONGEST_COMMENT)


class Shelving(Reasoned):
    """For how long, at most what the definition allows, and why."""

    hours: float | None = Field(None, gt=0, le=24 * 366, allow_inf_nan=False)


class Assignment(Words):
    """Who takes care of it."""

    assignee: str = Field(min_length=1, max_length=200)


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that an operator may do to an alarm.

    Args:
        path: last part of its path.
        event: what happens to the alarm.
        body: what must be said with it.
        words: its description.
    """

    path: str
    event: Event
    body: type[Words]
    words: str


ACTIONS: Final = (
    Action("acknowledge", Event.ACKNOWLEDGE, Words, "Say that it was seen. There is no way back."),
    Action("reset", Event.RESET, Words, "Let a latched alarm go whose condition is over."),
    Action("shelve", Event.SHELVE, Shelving, "Put it aside for a time."),
    Action("unshelve", Event.UNSHELVE, Words, "Take it from the shelf before its time."),
    Action("out-of-service", Event.REMOVE, Reasoned, "Take it out of service until put back."),
    Action("in-service", Event.RESTORE, Words, "Put it back into service."),
    Action("assign", Event.ASSIGN, Assignment, "Say who takes care of it."),
    Action("comment", Event.COMMENT, Reasoned, "Write something into its journal."),
)


class _Shown:
    """Alarms made ready to be shown.

    Args:
        rooms: the alarms, the entities that they are of, the clocks.
        eyes: of whoever asks.
    """

    def __init__(self, rooms: Rooms, eyes: Eyes) -> None:
        self._rooms = rooms
        self._eyes = eyes

    async def select(self, wanted: Wanted) -> list[Alarm]:
        """The alarms that are asked for and seen."""
        found = self._rooms.desk.select(wanted)
        if self._eyes.everything:
            return found
        return [alarm for alarm in found if await self._eyes.sees_alarm(alarm)]

    async def counted(self) -> list[Alarm] | None:
        """The alarms that are seen, where they are not all."""
        return None if self._eyes.everything else await self.select(_EVERY)

    async def require(self, alarm_id: str) -> Alarm:
        """An alarm that whoever asks sees.

        Raises:
            NotFoundError: there is none.
        """
        found = self._rooms.desk.get(alarm_id)
        if found is None or not await self._eyes.sees_alarm(found):
            raise NotFoundError(f"alarm {alarm_id!r}: there is none")
        return found

    async def fields(self, alarm: Alarm) -> dict[str, Any]:
        rooms = self._rooms
        engine = rooms.alarms.engine
        entity = await self._eyes.state.get(alarm.entity)
        watch = engine.watches.get(alarm.id)
        now = rooms.clock.now() if entity is None else rooms.staleness.now(entity)
        return alarm_fields(
            alarm,
            None if watch is None else watch.rule.definition,
            name=None if entity is None else words.name(entity),
            chattering=engine.is_chattering(alarm.id),
            standing=is_standing(alarm, now),
            plant=entity is not None and clock_name(entity) is not None,
        )

    async def view(self, alarm: Alarm) -> AlarmView:
        return AlarmView(**await self.fields(alarm))

    async def views(self, alarms: list[Alarm]) -> list[AlarmView]:
        return [await self.view(alarm) for alarm in alarms]


Shown = Callable[[Request], _Shown]
_EVERY: Final = Wanted(states=frozenset(State))


def router(rooms: Rooms) -> APIRouter:
    """The endpoints of this topic."""
    routes = APIRouter(tags=["alarms"])

    def shown(request: Request) -> _Shown:
        return _Shown(rooms, eyes_of(rooms, request.scope))

    _lists(routes, rooms, shown)
    _groups(routes, rooms, shown)
    _reports(routes, rooms)
    _definitions(routes, rooms)
    for action in ACTIONS:
        routes.add_api_route(
            f"/alarms/{{alarm_id:path}}/{action.path}",
            _acting(rooms, shown, action),
            methods=["POST"],
            description=action.words,
            operation_id=f"alarm_{action.path}",
            responses=problems(400, 404, 409),
        )

    @routes.get("/alarms/{alarm_id:path}", responses=problems(404))
    async def alarm(request: Request, alarm_id: str) -> AlarmDetail:
        """One alarm with its journal; also one that was never raised."""
        mine = shown(request)
        found = await mine.require(alarm_id)
        journal = (await rooms.desk.journal([alarm_id])).get(alarm_id, [])
        fields = await mine.fields(found)
        return AlarmDetail(**fields, history=[entry_view(entry) for entry in journal])

    return routes


async def require_acting(rooms: Rooms, shown: Shown, request: Request, alarm_id: str) -> None:
    """Refuse to act on an alarm that is not seen, or lies where the caller may only look.

    Raises:
        NotFoundError: there is none that is seen.
        ForbiddenError: it lies elsewhere.
    """
    caller = caller_of(request.scope)
    if caller is None:
        return
    found = await shown(request).require(alarm_id)
    places = [await rooms.state.get(found.id), await rooms.state.get(found.entity)]
    for entity in places:
        if entity is not None:
            sight = rooms.access.sight(caller, "alarms.act")
            if sight.hidden(entity.types, entity.scope) is None:
                raise ForbiddenError(f"{alarm_id}: {caller.who.name} may not act on it")


def _acting(
    rooms: Rooms, shown: Shown, action: Action
) -> Callable[[Request, str, Words], Awaitable[AlarmView]]:
    body = action.body

    async def act(request: Request, alarm_id: str, said: body) -> AlarmView:  # type: ignore[valid-type]
        given = said.model_dump()  # type: ignore[attr-defined]
        await require_acting(rooms, shown, request, alarm_id)
        after = await rooms.alarms.act(
            alarm_id,
            action.event,
            actor=actor_of(request),
            why=given.get("comment"),
            hours=given.get("hours"),
            assignee=given.get("assignee"),
        )
        return await shown(request).view(after)

    act.__annotations__ = {
        "request": Request,
        "alarm_id": str,
        "said": body,
        "return": AlarmView,
    }
    return act


def _lists(routes: APIRouter, rooms: Rooms, shown: Shown) -> None:
    @routes.get("/alarms", responses=problems(400))
    async def alarms(
        request: Request,
        state: list[StateName] = Query([], description="Any of these; those shown, if none."),
        priority: list[Priority] = Query([]),
        definition: str | None = Query(None, max_length=_TEXT),
        entity: str | None = Query(None, max_length=_TEXT),
        owner: str | None = Query(None, max_length=_TEXT),
        group: str | None = Query(None, max_length=_TEXT),
        assignee: str | None = Query(None, max_length=_TEXT),
        limit: int = Query(200, ge=0, le=1000),
        offset: int = Query(0, ge=0, le=2**31),
    ) -> AlarmList:
        """Alarms, those first that wait for an operator, then the most urgent, then the newest."""
        wanted = Wanted(
            states=frozenset(map(State, state)) or ANNUNCIATED,
            priorities=frozenset(priority),
            definition=definition,
            entity=entity,
            owner=owner,
            group=group,
            assignee=assignee,
        )
        mine = shown(request)
        found = await mine.select(wanted)
        among = await mine.counted()
        flood = rooms.alarms.engine.flood()
        return AlarmList(
            total=len(found),
            states={one.value: count for one, count in rooms.desk.counts(among).items()},
            waiting=rooms.desk.waiting(among),
            flood_since=None if flood is None else render(flood),
            alarms=await mine.views(found[offset : offset + limit]),
        )


def _groups(routes: APIRouter, rooms: Rooms, shown: Shown) -> None:
    @routes.get("/alarms/groups")
    async def groups(request: Request, limit: int = Query(100, ge=0, le=1000)) -> list[GroupView]:
        """Alarms that are shown, by their cause: one burst main is one group."""
        mine = shown(request)
        incidents = rooms.desk.incidents(await mine.select(Wanted()))
        return [group_view(one, await mine.views(list(one.alarms))) for one in incidents[:limit]]

    @routes.post("/alarms/groups/{group}/acknowledge", responses=problems(400, 404))
    async def acknowledge_group(request: Request, group: str, said: Words) -> list[AlarmView]:
        """Acknowledge all alarms of one cause that wait."""
        mine = shown(request)
        found = await mine.select(Wanted(group=group))
        if not found:
            raise NotFoundError(f"alarm group {group!r}: there is none")
        acknowledged: list[AlarmView] = []
        for one in found:
            if one.state not in UNSEEN:
                continue
            await require_acting(rooms, shown, request, one.id)
            try:
                after = await rooms.alarms.act(
                    one.id, Event.ACKNOWLEDGE, actor=actor_of(request), why=said.comment
                )
            except ConflictError:  # somebody else was quicker
                continue
            acknowledged.append(await mine.view(after))
        return acknowledged


def _reports(routes: APIRouter, rooms: Rooms) -> None:
    clock = TownClock(rooms.clocks)

    @routes.get("/alarms/report", responses=problems(400))
    async def report(
        request: Request,
        start: str | None = Query(None, description="ISO 8601; a day before the end if missing."),
        end: str | None = Query(None, description="ISO 8601; now if missing."),
        operators: float = Query(1.0, gt=0, le=1000, description="At work at the same time."),
        owner: str | None = Query(None, max_length=_TEXT),
    ) -> ReportView:
        """How well the alarms serve the operators, by the measures of ISA-18.2."""
        if not eyes_of(rooms, request.scope).everything:
            raise ForbiddenError(
                "the report counts alarms that tell of persons",
                hint="state a purpose that you were given in the header Kota-Purpose",
            )
        last = clock.now() if end is None else instant.parse(end, where="end")
        first = last - DAY if start is None else instant.parse(start, where="start")
        if first >= last:
            raise BadRequestDataError(f"start: {render(first)} is not before {render(last)}")
        found = await rooms.desk.report(start=first, end=last, operators=operators, owner=owner)
        return report_view(found)


class Reloaded(Model):
    """How many definitions hold now."""

    definitions: int


def _definitions(routes: APIRouter, rooms: Rooms) -> None:
    def watched() -> Counter[str]:
        watches = rooms.alarms.engine.watches.values()
        return Counter(watch.rule.definition.id for watch in watches)

    def view(definition: AlarmDefinition, counts: Counter[str]) -> DefinitionView:
        fields = msgspec.structs.asdict(definition) | {
            "when": msgspec.to_builtins(definition.when),
            "suppress": msgspec.to_builtins(definition.suppress),
            "cause": list(definition.cause),
            "escalate_to": list(definition.escalate_to),
        }
        return DefinitionView(
            **fields,
            priority=definition.priority,
            watches=counts[definition.id],
            fault=rooms.alarms.engine.faults.get(definition.id),
        )

    @routes.get("/alarms/definitions")
    async def definitions(
        limit: int = Query(200, ge=0, le=1000), offset: int = Query(0, ge=0, le=2**31)
    ) -> list[DefinitionView]:
        """What alarms are defined by."""
        counts = watched()
        return [view(one, counts) for one in rooms.alarms.definitions[offset : offset + limit]]

    @routes.post("/alarms/definitions/reload", responses=problems(400))
    async def reload() -> Reloaded:
        """Read the files anew. Where one is wrong it is refused and those that hold stay."""
        try:
            return Reloaded(definitions=await rooms.alarms.reload())
        except ConfigurationError as error:
            raise BadRequestDataError(error.message, hint=error.hint) from error

    @routes.get("/alarms/definitions/{name}", responses=problems(404))
    async def definition(name: str) -> DefinitionView:
        """One definition."""
        return view(rooms.alarms.definition(name), watched())
