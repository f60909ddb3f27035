"""Every alarm that ever was, in memory and in the durable store."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import msgspec

from kota.clock import Clock
from kota.model.entity import Entity
from kota.model.query import Lens
from kota.operate.actor import is_person, told
from kota.operate.alarms import terms
from kota.operate.alarms.alarm import Alarm
from kota.operate.alarms.alert import read_alarm, writing
from kota.operate.alarms.definition import AlarmDefinition
from kota.store.state import StateStore, Write

CHUNK = 500
"""So many alarms are written at once; a storm of them lets others work in between."""


class Book:
    """Keeps alarms; what is put is written, in order, by `save`.

    Args:
        store: where they are entities.
        clock: stamps them.
        definition_of: the definition of an id, or None where it is gone.
        plain: what of an entity may stand in its alarms, which more people see; None: everything.
    """

    def __init__(
        self,
        store: StateStore,
        clock: Clock,
        definition_of: Callable[[str], AlarmDefinition | None],
        plain: Lens | None = None,
    ) -> None:
        self._plain = plain
        self.alarms: dict[str, Alarm] = {}
        self._store = store
        self._clock = clock
        self._definition_of = definition_of
        self._unsaved: list[tuple[Alarm, Entity | None]] = []
        self._writing: asyncio.Task[None] | None = None

    async def load(self) -> None:
        """Read what the store holds."""
        self.alarms.clear()
        async for entity in self._store.scan([terms.ALERT]):
            alarm = read_alarm(entity)
            if alarm is not None:
                self.alarms[alarm.id] = alarm

    @property
    def saved(self) -> bool:
        """Whether the store holds everything."""
        return not self._unsaved

    def put(self, alarm: Alarm, source: Entity | None) -> None:
        """Keep an alarm as it stands now.

        Args:
            alarm: its `last` transition is journalled.
            source: the entity that it is of, where it is known.
        """
        self.alarms[alarm.id] = alarm
        if source is not None and self._plain is not None:
            source = self._plain(source) or msgspec.structs.replace(source, attrs={})
        self._unsaved.append((alarm, source))

    def take_back(self, before: Alarm) -> None:
        """Undo the last `put`, which could not be written.

        Args:
            before: that alarm as it stood.
        """
        if self._unsaved and self._unsaved[-1][0].id == before.id:
            self._unsaved.pop()
        if before.last is None:
            self.alarms.pop(before.id, None)
        else:
            self.alarms[before.id] = before

    async def save(self) -> None:
        """Write what was put since the last time; returns when it is durable.

        Raises:
            StoreError: it was not, and waits for the next call.
        """
        while self._unsaved or self._writing is not None:
            if self._writing is None:
                self._writing = asyncio.create_task(self._write(), name="kota-alarms-save")
                self._writing.add_done_callback(self._written)
            await asyncio.shield(self._writing)

    def _written(self, task: asyncio.Task[None]) -> None:
        self._writing = None
        if not task.cancelled():
            task.exception()

    async def _write(self) -> None:
        """Write the oldest part. Whoever waits may be cancelled, this goes on: what is committed
        must not be written again."""
        part = self._unsaved[:CHUNK]
        now = self._clock.now()
        writes = [
            Write(alarm.id, writing(alarm, self._definition_of(alarm.definition), source, now))
            for alarm, source in part
        ]
        lines = [_line(alarm, now) for alarm, _ in part if _is_acted(alarm)]
        await self._store.apply(writes, audit=lines)
        del self._unsaved[: len(part)]


def _is_acted(alarm: Alarm) -> bool:
    """Whether a person has moved it."""
    return alarm.last is not None and is_person(alarm.last.actor)


def _line(alarm: Alarm, now: int) -> bytes:
    """What the audit says of what a person did."""
    last = alarm.last
    assert last is not None
    return told(
        last.actor,
        now,
        f"alarm.{last.event}",
        alarm.id,
        why=last.why,
        plant_at=last.at,
        detail={
            "entity": alarm.entity,
            "before": last.before,
            "after": last.after,
            "until": last.until,
            "assignee": last.assignee,
        },
    )
