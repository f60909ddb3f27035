"""The notices of a running town: a durable queue, turn by turn until somebody cares."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import tzinfo
from pathlib import Path
from random import Random
from typing import Any, Final
from uuid import uuid4

import msgspec

from kota.clock import Clock
from kota.context.notification_delivery import Patience
from kota.context.notification_sending import UndeliveredError
from kota.errors import ConflictError, NotFoundError, StoreError
from kota.model.entity import Entity
from kota.model.instant import DAY, SECOND
from kota.model.query import scope
from kota.model.terms import NAME
from kota.operate.actor import Actor, told
from kota.operate.alarms import terms
from kota.operate.alarms.alert import read_alarm
from kota.operate.alarms.priority import PRIORITIES, Priority
from kota.operate.alarms.states import State
from kota.operate.attending import RETRY_S, attend
from kota.operate.notices.channel import Channel
from kota.operate.notices.definition import Plan, Quiet, Route, Turn, Way
from kota.operate.notices.definition_file import read_plan
from kota.operate.notices.notice import Delivery, Notice, counted
from kota.operate.rules.definition_file import sources_of
from kota.operate.rules.times_of_day import Times
from kota.store.state import Change, Document, StateStore

_log = logging.getLogger(__name__)

KIND: Final = "notice"
KEPT: Final = 30 * DAY
"""Notices that are closed are kept so long."""
TICK_S: Final = 0.5
AT_ONCE: Final = 8
"""Deliveries that are under way at the same time."""
PATIENCE: Final = Patience(attempts=10)
_SWEEP: Final = DAY // 24
_MOST_ALARMS: Final = 100
_URGENCY: Final = {name: k for k, name in enumerate(PRIORITIES)}


class Notices:
    """All notices of a town.

    A notice is durable before anything of it is sent, and so is what became of each delivery. A
    crash between sending and writing that down sends once more, never not at all.

    Args:
        folder: of the town's contacts, chains and routes.
        paths: further files and folders.
        zone: of the town's wall clocks.
        store: of the town.
        clock: wall time.
        channels: by the way.
        patience: how long a receiver is given.
    """

    def __init__(
        self,
        folder: Path,
        paths: Sequence[Path],
        zone: tzinfo,
        *,
        store: StateStore,
        clock: Clock,
        channels: Mapping[Way, Channel],
        patience: Patience = PATIENCE,
    ) -> None:
        self.notices: dict[str, Notice] = {}
        self._folder = folder
        self._paths = tuple(paths)
        self._zone = zone
        self._store = store
        self._clock = clock
        self._channels = channels
        self._patience = patience
        self._rng = Random()
        self._requests: dict[str, str] = {}
        self._open: set[str] = set()
        self._sending: dict[tuple[str, int], asyncio.Task[None]] = {}
        self._offered: list[Change] = []
        self._asked: list[tuple[str, str, str, str, Priority]] = []
        self._woken = asyncio.Event()
        self._lock = asyncio.Lock()
        self._swept = 0
        self.plan = self._read()

    async def start(self) -> None:
        """Take up what waits, and alarms of which nobody was told."""
        self._store.on_commit(self.offer)
        for document in await self._store.list_documents(KIND):
            self._take(msgspec.json.decode(document.body, type=Notice))
        async for entity in self._store.scan([terms.ALERT]):
            await self._heed(entity)

    async def run(self) -> None:
        """Send what is due, until cancelled."""
        await attend(
            self._woken,
            self.settle,
            every=TICK_S,
            log=_log,
            failing="notices are not written, trying again",
        )

    async def close(self) -> None:
        """Stop sending; what was not sent is sent at the next start."""
        for task in self._sending.values():
            task.cancel()
        await asyncio.gather(*self._sending.values(), return_exceptions=True)

    async def settle(self, *, wait: bool = False) -> None:
        """Take what happened, and send what is due.

        Args:
            wait: until everything that is due was tried.

        Raises:
            StoreError: something was not kept, and will be with the next call.
        """
        while self._asked:
            request, to, title, text, priority = self._asked[0]
            if self.plan.chain_of(to) is not None:
                await self.tell(request, to, title=title, text=text, priority=priority)
            del self._asked[0]
        while self._offered:
            change = self._offered[0]
            await self._heed(change.entity, gone=change.after is None)
            del self._offered[0]
        now = self._clock.now()
        for key in sorted(self._open):
            await self._turn(key, now)
        self._send_due(now)
        if wait:
            await asyncio.gather(*self._sending.values(), return_exceptions=True)
        if now - self._swept > _SWEEP:
            await self._sweep(now)

    def offer(self, changes: Sequence[Change]) -> None:
        """Take committed changes, all of them and in order."""
        wanted = [one for one in changes if terms.ALERT in one.entity.types]
        if wanted:
            self._offered.extend(wanted)
            self._woken.set()

    def ask(self, request: str, to: str, *, title: str, text: str, priority: Priority) -> None:
        """Tell somebody soon, where there is such a contact or chain."""
        self._asked.append((request, to, title, text, priority))
        self._woken.set()

    def get(self, notice_id: str) -> Notice:
        """A notice by its id.

        Raises:
            NotFoundError: there is none.
        """
        found = self.notices.get(notice_id)
        if found is None:
            raise no_notice(notice_id)
        return found

    def select(self, state: str | None = None, limit: int = 200) -> list[Notice]:
        """Notices, newest first.

        Args:
            state: of a notice, or ``waiting`` or ``failed`` of a delivery; None: all.
            limit: at most so many.
        """
        found = [one for one in self.notices.values() if state is None or one.is_in(state)]
        return sorted(found, key=lambda one: (-one.at, one.id))[:limit]

    def counts(self) -> dict[str, int]:
        """How many deliveries are in each state."""
        return counted(self.notices.values())

    async def reload(self) -> Plan:
        """Read contacts, chains and routes anew.

        Raises:
            ConfigurationError: something is wrong; those that hold stay.
        """
        self.plan = self._read()
        return self.plan

    async def tell(
        self,
        request: str,
        to: str,
        *,
        title: str,
        text: str,
        priority: Priority,
        subject: str | None = None,
        alarms: tuple[str, ...] = (),
        group: str | None = None,
    ) -> str:
        """Put a notice into the queue; the same request again puts none. Returns its id, durably.

        Raises:
            NotFoundError: there is no such chain or contact.
            StoreError: it was not kept, and there is none.
        """
        if request in self._requests:
            return self._requests[request]
        if self.plan.chain_of(to) is None:
            raise NotFoundError(f"notices: {to!r} is no chain and no contact")
        notice = Notice(
            id=uuid4().hex,
            request=request,
            at=self._clock.now(),
            to=to,
            title=title,
            text=text,
            priority=priority,
            subject=subject,
            alarms=alarms,
            group=group,
        )
        await self._put(notice)
        self._woken.set()
        return notice.id

    async def acknowledge(self, notice_id: str, actor: Actor) -> Notice:
        """Say that somebody cares: nobody else is told.

        Raises:
            NotFoundError: there is none.
            ConflictError: it is closed.
        """
        async with self._lock:
            notice = self.get(notice_id)
            if notice.state not in ("open", "told"):
                raise ConflictError(f"notice {notice_id}: it is {notice.state}")
            line = told(actor, self._clock.now(), "notice.acknowledge", notice.id)
            after = _closed(notice, "acknowledged", actor.name)
            await self._put(after, audit=[line])
        return after

    async def retry(self, notice_id: str, actor: Actor) -> Notice:
        """Try again what failed.

        Raises:
            NotFoundError: there is none.
            ConflictError: nothing failed.
        """
        async with self._lock:
            notice = self.get(notice_id)
            if not any(one.state == "failed" for one in notice.deliveries):
                raise ConflictError(f"notice {notice_id}: nothing of it failed")
            now = self._clock.now()
            deliveries = tuple(
                msgspec.structs.replace(one, state="waiting", attempts=0, due_at=now)
                if one.state == "failed"
                else one
                for one in notice.deliveries
            )
            line = told(actor, now, "notice.retry", notice.id)
            after = msgspec.structs.replace(notice, deliveries=deliveries)
            await self._put(after, audit=[line])
        self._woken.set()
        return after

    def _read(self) -> Plan:
        own = [self._folder] if self._folder.is_dir() else []
        return read_plan(sources_of([*own, *self._paths]))

    def _take(self, notice: Notice) -> None:
        self.notices[notice.id] = notice
        self._requests[notice.request] = notice.id
        if notice.state == "open" or notice.waiting:
            self._open.add(notice.id)
        else:
            self._open.discard(notice.id)

    async def _put(self, notice: Notice, *, audit: Sequence[bytes] = ()) -> None:
        body = Document(KIND, notice.id, msgspec.json.encode(notice))
        await self._store.apply([], documents=[body], audit=audit)
        self._take(notice)

    async def _heed(self, alert: Entity, *, gone: bool = False) -> None:
        """Follow an alarm: tell of it where it is new, stop where somebody cares."""
        alarm = read_alarm(alert)
        if alarm is None:
            return
        if gone or alarm.state is not State.UNACKNOWLEDGED:
            await self._close_for(alarm.id)
            return
        for route in self.plan.route:
            if not _goes(route, alert):
                continue
            request = f"{alarm.id}:{alarm.count}:{route.to}"
            if request in self._requests or await self._joined(alarm.id, alarm.group, route, alert):
                continue
            await self.tell(
                request,
                route.to,
                title=_text(alert, NAME) or alarm.definition,
                text=_words(alert),
                priority=_priority(alert),
                subject=alarm.entity,
                alarms=(alarm.id,),
                group=alarm.group,
            )

    async def _joined(self, alarm: str, group: str | None, route: Route, alert: Entity) -> bool:
        """Whether people are told of the same incident already: one main, one notice."""
        urgency = _URGENCY[_priority(alert)]
        async with self._lock:
            for key in self._open:
                notice = self.notices[key]
                same = notice.group is not None and notice.group == group and notice.to == route.to
                if not same or notice.state != "open" or _URGENCY[notice.priority] > urgency:
                    continue
                if alarm not in notice.alarms and len(notice.alarms) < _MOST_ALARMS:
                    alarms = (*notice.alarms, alarm)
                    await self._put(msgspec.structs.replace(notice, alarms=alarms))
                return True
        return False

    async def _close_for(self, alarm: str) -> None:
        """Close what is about an alarm that nobody has to be told of any more."""
        for key in list(self._open):
            notice = self.notices[key]
            if alarm not in notice.alarms:
                continue
            others = [one for one in notice.alarms if one != alarm]
            if any([await self._is_unseen(one) for one in others]):
                continue
            async with self._lock:
                await self._put(_closed(self.notices[key], "over", None))

    async def _is_unseen(self, alarm_id: str) -> bool:
        entity = await self._store.get(alarm_id)
        found = None if entity is None else read_alarm(entity)
        return found is not None and found.state is State.UNACKNOWLEDGED

    async def _turn(self, key: str, now: int) -> None:
        """Let those have their turn whose time has come."""
        async with self._lock:
            notice = self.notices[key]
            chain = self.plan.chain_of(notice.to)
            if notice.state != "open":
                return
            steps = () if chain is None else chain.step
            added: list[Delivery] = []
            turns = notice.turns
            while turns < len(steps) and notice.at + int(steps[turns].after * SECOND) <= now:
                quiet = None if chain is None else chain.quiet
                added += self._deliveries(notice, steps[turns], turns, quiet, now)
                turns += 1
            state = "told" if turns >= len(steps) and not notice.alarms else notice.state
            if added or turns != notice.turns or state != notice.state:
                await self._put(
                    msgspec.structs.replace(
                        notice,
                        turns=turns,
                        deliveries=(*notice.deliveries, *added),
                        state=state,
                    )
                )

    def _deliveries(
        self, notice: Notice, turn: Turn, number: int, quiet: Quiet | None, now: int
    ) -> list[Delivery]:
        found: list[Delivery] = []
        for name in turn.to:
            contact = self.plan.contact_of(name)
            if contact is None:
                continue
            due = max(
                self._after(quiet, notice.priority, now),
                self._after(contact.quiet, notice.priority, now),
            )
            reason = "quiet hours" if due > now else ""
            for way, address in contact.ways.items():
                if not turn.by or way in turn.by:
                    found.append(
                        Delivery(
                            contact=name,
                            way=way,
                            address=address,
                            turn=number,
                            due_at=due,
                            reason=reason,
                        )
                    )
        return found

    def _after(self, quiet: Quiet | None, priority: Priority, now: int) -> int:
        """When quiet hours are over [µs]; now where it is not quiet."""
        if quiet is None or priority in quiet.but:
            return now
        times = Times(quiet.calendar, self._zone)
        at = now
        while times.holds(at) and at - now < 8 * DAY:
            at = times.changes(at)
        return at

    def _send_due(self, now: int) -> None:
        for key in sorted(self._open):
            for number, delivery in enumerate(self.notices[key].deliveries):
                if len(self._sending) >= AT_ONCE:
                    return
                place = (key, number)
                if delivery.state != "waiting" or delivery.due_at > now or place in self._sending:
                    continue
                task = asyncio.create_task(self._send(key, number), name=f"kota-notice-{key}")
                self._sending[place] = task
                task.add_done_callback(lambda _, place=place: self._sent(place))  # type: ignore[misc]

    def _sent(self, place: tuple[str, int]) -> None:
        del self._sending[place]
        self._woken.set()

    async def _send(self, key: str, number: int) -> None:
        """Try one delivery, and write down what became of it."""
        notice = self.notices[key]
        delivery = notice.deliveries[number]
        changes: dict[str, Any] = {"attempts": delivery.attempts + 1}
        try:
            await self._channels[delivery.way].send(notice, delivery)
        except UndeliveredError as error:
            changes |= self._failed(delivery, error)
        except Exception as error:  # noqa: BLE001 - it becomes a state that people see
            _log.exception("notice %s to %s", key, delivery.contact)
            reason = f"{type(error).__name__}: {error}"
            changes |= self._failed(delivery, UndeliveredError(reason))
        else:
            changes |= {"state": "sent", "sent_at": self._clock.now(), "reason": ""}
        async with self._lock:
            present = self.notices[key]
            deliveries = list(present.deliveries)
            deliveries[number] = msgspec.structs.replace(deliveries[number], **changes)
            await self._keep(msgspec.structs.replace(present, deliveries=tuple(deliveries)))

    async def _keep(self, notice: Notice) -> None:
        """Write down what became of a delivery, however long that takes."""
        while True:
            try:
                await self._put(notice)
            except StoreError as error:
                _log.error("notice %s is not written, trying again: %s", notice.id, error)
                await asyncio.sleep(RETRY_S)
            else:
                return

    def _failed(self, delivery: Delivery, error: UndeliveredError) -> dict[str, Any]:
        attempts = delivery.attempts + 1
        if error.lasting or attempts >= self._patience.attempts:
            return {"state": "failed", "reason": error.reason}
        pause = self._patience.pause_s(attempts, self._rng)
        return {"reason": error.reason, "due_at": self._clock.now() + int(pause * SECOND)}

    async def _sweep(self, now: int) -> None:
        """Forget what is closed and old."""
        self._swept = now
        old = [
            one for one in self.notices.values() if one.id not in self._open and now - one.at > KEPT
        ]
        await self.forget(old)

    async def forget(self, notices: Iterable[Notice]) -> None:
        """Forget notices, durably."""
        gone = list(notices)
        if not gone:
            return
        await self._store.delete_documents(KIND, [one.id for one in gone])
        for one in gone:
            self.notices.pop(one.id, None)
            self._requests.pop(one.request, None)
            self._open.discard(one.id)


def _closed(notice: Notice, state: Any, by: str | None) -> Notice:
    """A notice of which nothing more is sent."""
    deliveries = tuple(
        msgspec.structs.replace(one, state="withdrawn") if one.state == "waiting" else one
        for one in notice.deliveries
    )
    return msgspec.structs.replace(notice, state=state, acknowledged_by=by, deliveries=deliveries)


def _goes(route: Route, alert: Entity) -> bool:
    tests: tuple[tuple[object, Callable[[], bool]], ...] = (
        (route.priority, lambda: _priority(alert) in route.priority),
        (route.owner, lambda: _text(alert, terms.OWNER) == route.owner),
        (route.definition, lambda: _text(alert, terms.DEFINITION) == route.definition),
        (route.scope, lambda: scope.parse(route.scope or "").matches(alert.scope)),
    )
    return all(holds() for asked, holds in tests if asked)


def _text(entity: Entity, name: str) -> str:
    found = entity.default(name)
    return found.value if found is not None and isinstance(found.value, str) else ""


def _priority(alert: Entity) -> Priority:
    text = _text(alert, terms.SEVERITY)
    return next((one for one in PRIORITIES if one == text), "low")


def _words(alert: Entity) -> str:
    said = (_text(alert, terms.CONSEQUENCE), _text(alert, terms.ACTION))
    return "\n".join(one for one in said if one)


def no_notice(notice_id: str) -> NotFoundError:
    """There is no notice with this id, as far as whoever asks may know."""
    return NotFoundError(f"notice {notice_id!r}: there is none")
