"""Follows the change stream for all clients; rests while there are none."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from kota.api.live.channel import Channel, Client
from kota.api.live.roster import Roster
from kota.api.live.watch import Watch
from kota.api.town_clock import TownClock
from kota.api.words import Words
from kota.model.entity import Entity
from kota.model.instant import SECOND
from kota.store.state import Change

if TYPE_CHECKING:
    from kota.api.rooms import Rooms

MAX_CLIENTS: Final = 1000
_TICK_S: Final = 1.0
_JUMP_S: Final = 2.0


class Hub:
    """All channels of the live stream.

    Args:
        rooms: the stream, the clocks, what is stale.
    """

    def __init__(self, rooms: Rooms) -> None:
        self.clock = TownClock(rooms.clocks)
        self._rooms = rooms
        self._roster = Roster(Words(rooms.names))
        self._channels: dict[Watch, Channel] = {}
        self._channel_of: dict[Client, Channel] = {}
        self._running: list[asyncio.Task[None]] = []
        self._told: tuple[float, int, float] | None = None
        rooms.staleness.on_flip(self._flip)

    @property
    def clients(self) -> int:
        """How many watch."""
        return len(self._channel_of)

    def watch(self, client: Client, watch: Watch) -> None:
        """Let a client watch this, in the place of what it watched before."""
        self._part(client)
        channel = self._channels.get(watch)
        if channel is None:
            channel = self._channels[watch] = Channel(watch, self._roster, self.clock.iso)
        self._channel_of[client] = channel
        channel.join(client)
        if not self._running:
            self._start()

    def leave(self, client: Client) -> None:
        """A client is gone."""
        self._part(client)
        if not self._channel_of:
            self._stop()

    def _part(self, client: Client) -> None:
        channel = self._channel_of.pop(client, None)
        if channel is None:
            return
        channel.clients.discard(client)
        if not channel.clients:
            channel.close()
            del self._channels[channel.watch]

    def _start(self) -> None:
        self._running = [
            asyncio.create_task(self._follow(), name="kota-live"),
            asyncio.create_task(self._tick(), name="kota-live-tick"),
        ]

    def _stop(self) -> None:
        for task in self._running:
            task.cancel()
        self._running = []
        self._told = None

    async def _follow(self) -> None:
        tap = self._rooms.stream.tap()
        try:
            async for changes in tap:
                for change in changes:
                    self._spread(change)
        finally:
            tap.close()

    def _spread(self, change: Change) -> None:
        if change.after is None:
            handle = self._roster.release(change.entity.id)
            if handle is not None:
                for channel in self._channels.values():
                    channel.drop(handle)
            return
        entity = change.after
        wanted = [one for one in self._channels.values() if one.watch.wants(entity)]
        if wanted:
            rows = self._roster.rows(change)
            for channel in wanted:
                channel.put(rows)

    def _flip(self, entity: Entity, stale: bool) -> None:
        for channel in self._channels.values():
            if channel.watch.wants(entity):
                channel.mark(self._roster.handle(entity), stale)

    async def _tick(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            self._rooms.staleness.sweep()
            self._look_at_clock(loop.time())
            await asyncio.sleep(_TICK_S)

    def _look_at_clock(self, at: float) -> None:
        """Tell the time where it does not go on as it was told last."""
        now, speed = self.clock.now(), self.clock.speed
        told, self._told = self._told, (at, now, speed)
        if told is None:
            return
        then, told_now, told_speed = told
        expected = told_now + (at - then) * told_speed * SECOND
        if speed != told_speed or abs(now - expected) > _JUMP_S * max(speed, 1.0) * SECOND:
            for channel in self._channels.values():
                channel.tell_time(self.clock.iso(), speed)
