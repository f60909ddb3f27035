"""The work orders of a running town, durable and audited step by step."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

import msgspec

from kota.clock import Clock
from kota.errors import BadRequestDataError, ConflictError, KotaError, NotFoundError
from kota.model.entity import Entity
from kota.model.instant import render
from kota.model.query import Lens
from kota.operate.actor import Actor, told
from kota.operate.alarms.priority import PRIORITIES, Priority
from kota.operate.work.order import PREFIX, Comment, Item, Order, Step, read_order, writing
from kota.operate.work.photo import MOST, Album, Photo
from kota.operate.work.states import ENDED, Event, State, step
from kota.operate.work.terms import WORK_ORDER
from kota.store.state import Change, Document, StateStore

MOST_ITEMS: Final = 50
MOST_COMMENTS: Final = 500
_COUNTER: Final = ("work", "last")
"""The document with the last number that was given; none is given twice."""
_URGENCY: Final = {name: k for k, name in enumerate(PRIORITIES)}

Watcher = Callable[[Order, Event | None], None]
"""Is told of an order and what happened to it; None: it was opened."""


class Work:
    """All work orders.

    Args:
        store: where they are entities.
        clock: wall time.
        folder: for photos.
        plain: what of a subject may stand in its orders, which more people see; None: everything.
    """

    def __init__(
        self, store: StateStore, clock: Clock, folder: Path, plain: Lens | None = None
    ) -> None:
        self.orders: dict[int, Order] = {}
        self.album = Album(folder)
        self._store = store
        self._clock = clock
        self._plain = plain
        self._lock = asyncio.Lock()
        self._last = 0
        self._watchers: list[Watcher] = []

    async def start(self) -> None:
        """Read what the store holds."""
        async for entity in self._store.scan([WORK_ORDER]):
            order = read_order(entity)
            if order is not None:
                self.orders[order.number] = order
        kept = await self._store.get_document(*_COUNTER)
        self._last = max([int(kept or 0), *self.orders])
        self._store.on_commit(self._forget)

    def on_event(self, watcher: Watcher) -> None:
        """Name a function that is told of everything that happens."""
        self._watchers.append(watcher)

    def get(self, order_id: str) -> Order:
        """An order by its id or its number.

        Raises:
            NotFoundError: there is none.
        """
        text = order_id.removeprefix(PREFIX)
        found = self.orders.get(int(text)) if text.isascii() and text.isdigit() else None
        if found is None:
            raise NotFoundError(f"work order {order_id!r}: there is none")
        return found

    def select(
        self,
        states: Iterable[State] = (),
        *,
        assignee: str | None = None,
        alarm: str | None = None,
        subject: str | None = None,
    ) -> list[Order]:
        """Orders that are asked for: the urgent first, then those due first, then the oldest."""
        wanted = frozenset(states)
        asked = {"assignee": assignee, "alarm": alarm, "subject": subject}
        found = [
            one
            for one in self.orders.values()
            if (not wanted or one.state in wanted)
            and all(value is None or getattr(one, name) == value for name, value in asked.items())
        ]
        last = 2**63
        return sorted(
            found,
            key=lambda one: (
                one.state in ENDED,
                _URGENCY[one.priority],
                last if one.due_at is None else one.due_at,
                one.number,
            ),
        )

    async def open(
        self,
        actor: Actor,
        *,
        title: str,
        description: str = "",
        priority: Priority = "medium",
        assignee: str | None = None,
        due_at: int | None = None,
        checklist: Iterable[str] = (),
        subject: str | None = None,
        alarm: str | None = None,
        cause: str | None = None,
        request: str | None = None,
    ) -> Order:
        """Open a work order; returns it, durably.

        Raises:
            BadRequestDataError: the checklist is too long.
            StoreError: it was not kept, and there is none.
        """
        items = tuple(Item(one) for one in checklist)
        if len(items) > MOST_ITEMS:
            raise BadRequestDataError(f"checklist: {len(items)} steps, at most {MOST_ITEMS}")
        async with self._lock:
            known = self._requested(request)
            if known is not None:
                return known
            now = self._clock.now()
            state = State.OPEN if assignee is None else State.ASSIGNED
            order = Order(
                number=self._last + 1,
                title=title,
                by=actor,
                at=now,
                since=now,
                description=description,
                priority=priority,
                assignee=assignee,
                due_at=due_at,
                subject=subject,
                alarm=alarm,
                cause=cause,
                request=request,
                checklist=items,
                state=state,
                life=(Step("open", state, render(now), actor.name, actor.role),),
            )
            await self._keep(order, None, actor, now, "")
            self._last = order.number
        self._tell(order, None)
        return order

    async def open_for(self, request: str, actor: Actor, **given: Any) -> str:
        """Open one that a rule asks for; the same request again opens none. Returns its id."""
        return (await self.open(actor, request=request, **given)).id

    async def act(
        self,
        order_id: str,
        event: Event,
        actor: Actor,
        *,
        words: str = "",
        assignee: str | None = None,
        due_at: int | None = None,
    ) -> Order:
        """Let something happen to an order; returns it as it is then, durably.

        Raises:
            NotFoundError: there is no such order.
            ConflictError: this cannot happen in its state, or steps are not ticked.
            StoreError: it was not kept, and has not happened.
        """
        if event is Event.FINISH:
            self._require_ticked(self.get(order_id), words)

        def change(order: Order, now: int) -> Order:
            changes: dict[str, Any] = {}
            if event is Event.ASSIGN:
                changes = {"assignee": assignee, "due_at": due_at or order.due_at}
            if event is Event.BEGIN and order.assignee is None:
                changes["assignee"] = actor.name
            if words:
                if len(order.comments) >= MOST_COMMENTS:
                    raise ConflictError(f"{order.id}: it has {MOST_COMMENTS} comments already")
                said = Comment(render(now), actor.name, words)
                changes["comments"] = (*order.comments, said)
            return msgspec.structs.replace(order, **changes)

        return await self._change(order_id, event, actor, words, change)

    async def tick(self, order_id: str, item: int, done: bool, actor: Actor) -> Order:
        """Say that a step of the checklist is done, or is not.

        Raises:
            NotFoundError: there is no such order or step.
            ConflictError: the order is over.
        """

        def change(order: Order, now: int) -> Order:
            if not 0 <= item < len(order.checklist):
                raise NotFoundError(f"{order.id}: it has no step {item}")
            items = list(order.checklist)
            text = items[item].text
            items[item] = Item(text, True, actor.name, render(now)) if done else Item(text)
            return msgspec.structs.replace(order, checklist=tuple(items))

        words = f"step {item + 1} {'done' if done else 'not done'}"
        return await self._change(order_id, Event.TICK, actor, words, change)

    async def add_photo(self, order_id: str, content: bytes, actor: Actor) -> Order:
        """Keep a photo of the work.

        Raises:
            NotFoundError: there is no such order.
            BadRequestDataError: it is no photo, or too large.
            ConflictError: the order is over, or has too many.
        """
        order = self.get(order_id)
        step(order.state, Event.PHOTO)
        if len(order.photos) >= MOST:
            raise ConflictError(f"{order.id}: it has {MOST} photos already")
        at = render(self._clock.now())
        photo = await asyncio.to_thread(self.album.put, order.number, content, at=at, by=actor.name)

        def change(now_order: Order, _: int) -> Order:
            others = [one for one in now_order.photos if one.id != photo.id]
            return msgspec.structs.replace(now_order, photos=(*others, photo))

        return await self._change(order_id, Event.PHOTO, actor, photo.id, change)

    async def photo(self, order_id: str, photo_id: str) -> tuple[Photo, bytes]:
        """A photo and its content.

        Raises:
            NotFoundError: there is none.
        """
        order = self.get(order_id)
        found = next((one for one in order.photos if one.id == photo_id), None)
        if found is None:
            raise NotFoundError(f"{order.id}: it has no photo {photo_id!r}")
        return found, await asyncio.to_thread(self.album.get, order.number, found)

    async def _change(
        self,
        order_id: str,
        event: Event,
        actor: Actor,
        words: str,
        change: Callable[[Order, int], Order],
    ) -> Order:
        async with self._lock:
            before = self.get(order_id)
            now = self._clock.now()
            state = step(before.state, event)
            after = change(before, now)
            lived = Step(str(event), state, render(now), actor.name, actor.role, words)
            after = msgspec.structs.replace(
                after,
                state=state,
                since=before.since if state is before.state else now,
                life=(*before.life, lived),
            )
            await self._keep(after, event, actor, now, words)
        self._tell(after, event)
        return after

    async def _keep(
        self, order: Order, event: Event | None, actor: Actor, now: int, words: str
    ) -> None:
        subject = None if order.subject is None else await self._store.get(order.subject)
        if subject is not None and self._plain is not None:
            subject = self._plain(subject) or msgspec.structs.replace(subject, attrs={})
        line = told(
            actor,
            now,
            f"work.{event or 'open'}",
            order.id,
            cause=order.alarm or order.cause,
            detail={
                "title": order.title if event is None else None,
                "state": order.state,
                "assignee": order.assignee,
                "words": len(words) or None,
            },
        )
        counted = Document(*_COUNTER, str(max(self._last, order.number)).encode())
        (outcome,) = await self._store.apply(
            [writing(order, subject, now)], documents=[counted], audit=[line]
        )
        if isinstance(outcome, KotaError):
            raise outcome
        self.orders[order.number] = order

    def _requested(self, request: str | None) -> Order | None:
        if request is None:
            return None
        return next((one for one in self.orders.values() if one.request == request), None)

    def _require_ticked(self, order: Order, words: str) -> None:
        if order.unticked and not words:
            raise ConflictError(
                f"{order.id}: {order.unticked} steps of the checklist are not ticked",
                hint="tick them, or say in a comment why it is done without them",
            )

    def _tell(self, order: Order, event: Event | None) -> None:
        for watcher in self._watchers:
            watcher(order, event)

    def _forget(self, changes: Iterable[Change]) -> None:
        """What was deleted elsewhere is no order any more; its photos go with it."""
        for change in changes:
            entity: Entity = change.entity
            if change.after is None and WORK_ORDER in entity.types:
                text = entity.id.removeprefix(PREFIX)
                order = self.orders.pop(int(text), None) if text.isdigit() else None
                for photo in () if order is None else order.photos:
                    self.album.drop(order.number, photo)  # type: ignore[union-attr]
