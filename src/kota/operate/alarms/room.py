"""The alarms of a running town: judged as observations are committed, steered by operators."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from typing import Final

from kota.clock import Clock
from kota.connect.plant_clocks import PlantClocks
from kota.context.staleness import Staleness
from kota.errors import ConflictError, KotaError, NotFoundError
from kota.model.query import Lens
from kota.operate.actor import SYSTEM, Actor
from kota.operate.alarms.alarm import Alarm, moved
from kota.operate.alarms.book import Book
from kota.operate.alarms.catching_up import CatchingUp, Marker
from kota.operate.alarms.compiling import Rules
from kota.operate.alarms.definition import AlarmDefinition
from kota.operate.alarms.engine import Engine
from kota.operate.alarms.states import TABLE, Event
from kota.operate.alarms.town_time import TownTime
from kota.operate.alarms.watch import Watch
from kota.operate.attending import attend
from kota.operate.conditions.probe import Expand
from kota.store.history import HistoryStore
from kota.store.state import Change, StateStore

_log = logging.getLogger(__name__)

TICK_S: Final = 0.1
_PORTION: Final = 500
"""So many changes are judged before what they moved is written."""

Definitions = Callable[[], Sequence[AlarmDefinition]]


class Alarms:
    """All alarms of a town.

    Changes come by `offer`, none is passed over or joined with another. Whatever moves an alarm
    does so under one lock and is durable before the next may.

    Args:
        definitions: reads them; called again to reload.
        expand: turns a short name into its IRI.
        store, history: of the town.
        clock: stamps what is committed.
        clocks: of its plants.
        staleness: knows how often each attribute usually comes.
        plain: what of an entity may stand in its alarms; None: everything.
    """

    def __init__(
        self,
        definitions: Definitions,
        expand: Expand,
        *,
        store: StateStore,
        history: HistoryStore,
        clock: Clock,
        clocks: PlantClocks,
        staleness: Staleness,
        plain: Lens | None = None,
    ) -> None:
        self._read = definitions
        self._expand = expand
        self._store = store
        self._history = history
        self._staleness = staleness
        self._clock = clock
        self._time = TownTime(clocks)
        self._lock = asyncio.Lock()
        self._offered: list[Change] = []
        self._woken = asyncio.Event()
        self._marker = Marker(store)
        self.book = Book(store, clock, self._definition, plain)
        self.engine = self._engine(definitions())

    @property
    def definitions(self) -> list[AlarmDefinition]:
        """Those that hold."""
        return self.engine.rules.definitions

    def definition(self, name: str) -> AlarmDefinition:
        """A definition by its id.

        Raises:
            NotFoundError: there is none.
        """
        found = self._definition(name)
        if found is None:
            raise NotFoundError(f"alarm definition {name!r}: there is none")
        return found

    def offer(self, changes: Sequence[Change]) -> None:
        """Take committed changes, all of them and in order."""
        self._offered.extend(changes)
        self._woken.set()

    async def start(self) -> None:
        """Take up what was, and judge the present and what a crash left unjudged."""
        self._store.on_commit(self.offer)
        await self.book.load()
        if not self.engine.rules.by_id:
            return
        async with self._lock:
            self._time.refresh()
            now = self._clock.now()
            await self._begin(await self._marker.unjudged())
            await self.book.save()
            await self._marker.keep(now)

    async def run(self) -> None:
        """Judge what comes and what is due, until cancelled."""
        await attend(
            self._woken,
            self.settle,
            every=TICK_S,
            log=_log,
            failing="alarms are not written, trying again",
        )

    async def settle(self) -> None:
        """Judge everything that was offered and is due; returns when it is durable.

        Raises:
            StoreError: it is judged, and will be written with the next call.
        """
        async with self._lock:
            if not self.engine.rules.by_id:
                self._offered.clear()
                return
            await self.book.save()
            now, judged = self._clock.now(), bool(self._offered)
            self._time.refresh()
            self.engine.tick()
            while self._offered:
                part, self._offered = self._offered[:_PORTION], self._offered[_PORTION:]
                self.engine.see(part)
                await self.book.save()
            await self.book.save()
            if self._marker.is_due(now, judged=judged):
                await self._marker.keep(now)

    async def close(self) -> None:
        """Judge what is left, and remember that nothing is."""
        if self.engine.rules.by_id:
            await self.settle()
            await self._marker.keep(self._clock.now(), closed=True)

    def forget(self, ids: Collection[str]) -> None:
        """Remember nothing of the alarms with these ids, whose entities were deleted."""
        for one in ids:
            self.book.alarms.pop(one, None)

    async def act(
        self,
        alarm_id: str,
        event: Event,
        *,
        actor: Actor,
        why: str | None = None,
        hours: float | None = None,
        assignee: str | None = None,
    ) -> Alarm:
        """Let an operator do something to an alarm; returns it as it is then, durably.

        Args:
            alarm_id: id of its Alert entity.
            event: what is done.
            actor: who does it.
            why: a comment or reason.
            hours: how long it is shelved.
            assignee: who takes care of it.

        Raises:
            NotFoundError: there is no such alarm.
            ConflictError: this cannot be done in its state, or for so long.
            StoreError: it was not kept, and has not happened.
        """
        async with self._acting():
            watch = self.engine.watches.get(alarm_id)
            if watch is None:
                return await self._act_alone(alarm_id, event, actor, why)
            until = None
            if event is Event.SHELVE:
                until = self._until(watch, hours)
            before = watch.alarm
            after = self.engine.move(
                watch, event, actor=actor, why=why, until=until, assignee=assignee
            )
            await self._keep_or_undo(watch, before)
            return after

    async def reload(self) -> int:
        """Read the definitions anew and go on by them; returns how many there are.

        Raises:
            ConfigurationError: one is wrong; those that hold stay.
        """
        found = self._read()
        async with self._acting():
            self.engine = self._engine(found)
            self._time.refresh()
            await self._begin(None)
            await self.book.save()
        return len(found)

    def _engine(self, definitions: Sequence[AlarmDefinition]) -> Engine:
        rules = Rules(definitions, self._expand, self._staleness)
        return Engine(rules, self.book, self._time, self._staleness)

    def _definition(self, name: str) -> AlarmDefinition | None:
        rule = self.engine.rules.by_id.get(name)
        return None if rule is None else rule.definition

    async def _begin(self, unjudged: tuple[int, int] | None) -> None:
        self.engine.adopt([entity async for entity in self._store.scan()])
        self.engine.prepare()
        if self.engine.rules.by_id:
            for key, alarm in list(self.book.alarms.items()):
                if key not in self.engine.watches and (alarm.state, Event.RETIRE) in TABLE:
                    why = "its definition no longer applies"
                    self._put_alone(alarm, Event.RETIRE, SYSTEM, why)
        catching_up = CatchingUp(self._history, self._feed)
        await catching_up.run(list(self.engine.watches.values()), unjudged)
        self.engine.begin()

    def _feed(self, watch: Watch, at: int, muted: bool) -> None:
        self.engine.look(watch, at=at, muted=muted)

    @asynccontextmanager
    async def _acting(self) -> AsyncIterator[None]:
        """Alone, on alarms that are as everything committed makes them."""
        async with self._lock:
            await self.book.save()
            self._time.refresh()
            yield

    async def _act_alone(self, alarm_id: str, event: Event, actor: Actor, why: str | None) -> Alarm:
        """Act on an alarm that no definition watches any more."""
        alarm = self.book.alarms.get(alarm_id)
        if alarm is None:
            raise NotFoundError(f"alarm {alarm_id!r}: there is none")
        if event not in (Event.ACKNOWLEDGE, Event.RESET, Event.COMMENT):
            raise ConflictError(f"alarm {alarm_id}: no definition watches it any more")
        after = self._put_alone(alarm, event, actor, why)
        await self.book.save()
        return after

    def _put_alone(self, alarm: Alarm, event: Event, actor: Actor, why: str | None) -> Alarm:
        now = alarm.since if alarm.last is None else alarm.last.at
        after = moved(alarm, event, at=now, actor=actor, latching=False, suppressed=False, why=why)
        self.book.put(after, None)
        return after

    async def _keep_or_undo(self, watch: Watch, before: Alarm) -> None:
        try:
            await self.book.save()
        except KotaError:
            watch.alarm = before
            self.book.take_back(before)
            raise

    def _until(self, watch: Watch, hours: float | None) -> int:
        most = watch.rule.definition.shelve_at_most / 3600
        wanted = most if hours is None else hours
        if not 0 < wanted <= most:
            raise ConflictError(
                f"alarm {watch.alarm.id}: it may be shelved for at most {most:g} h",
                hint="shelve it for less, or take it out of service",
            )
        return self.engine.now(watch) + int(wanted * 3600 * 1_000_000)
