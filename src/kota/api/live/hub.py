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
    from kota.access.sight import Sight
    from kota.api.rooms import Rooms

MAX_CLIENTS: Final = 1000
_TICK_S: Final = 1.0
_JUMP_S: Final = 2.0


class Group:
    """The channels of all who see the same, with names of their own.

    Args:
        short: compacts names.
        sight: what they see; None: everything.
    """

    def __init__(self, short: Words, sight: Sight | None) -> None:
        self.roster = Roster(short)
        self.channels: dict[Watch, Channel] = {}
        self._sees = None if sight is None else sight.sees

    def seen(self, entity: Entity | None) -> Entity | None:
        """What of an entity is seen."""
        return entity if entity is None or self._sees is None else self._sees(entity)

    def spread(self, change: Change) -> None:
        """Tell of a change what is seen of it."""
        before, after = self.seen(change.before), self.seen(change.after)
        if after is None:
            handle = self.roster.release(change.entity.id)
            if handle is not None:
                for channel in self.channels.values():
                    channel.drop(handle)
            return
        wanted = [one for one in self.channels.values() if one.watch.wants(after)]
        if wanted:
            rows = self.roster.rows(Change(change.sequence, change.at, before, after))
            for channel in wanted:
                channel.put(rows)

    def flip(self, entity: Entity, stale: bool) -> None:
        """Tell that an entity became stale or fresh, where it is seen."""
        seen = self.seen(entity)
        if seen is None:
            return
        for channel in self.channels.values():
            if channel.watch.wants(seen):
                channel.mark(self.roster.handle(seen), stale)


class Hub:
    """All channels of the live stream.

    Args:
        rooms: the stream, the clocks, what is stale.
    """

    def __init__(self, rooms: Rooms) -> None:
        self.clock = TownClock(rooms.clocks)
        self._rooms = rooms
        self._short = Words(rooms.names)
        self._groups: dict[Sight | None, Group] = {}
        self._place_of: dict[Client, tuple[Sight | None, Channel]] = {}
        self._running: list[asyncio.Task[None]] = []
        self._told: tuple[float, int, float] | None = None
        rooms.staleness.on_flip(self._flip)

    @property
    def clients(self) -> int:
        """How many watch."""
        return len(self._place_of)

    def watch(self, client: Client, watch: Watch, sight: Sight | None = None) -> None:
        """Let a client watch this, in the place of what it watched before.

        Args:
            client: who.
            watch: what is asked for.
            sight: what the client may see of it; None: everything.
        """
        self._part(client)
        group = self._groups.get(sight)
        if group is None:
            group = self._groups[sight] = Group(self._short, sight)
        channel = group.channels.get(watch)
        if channel is None:
            channel = group.channels[watch] = Channel(watch, group.roster, self.clock.iso)
        self._place_of[client] = (sight, channel)
        channel.join(client)
        if not self._running:
            self._start()

    def leave(self, client: Client) -> None:
        """A client is gone."""
        self._part(client)
        if not self._place_of:
            self._stop()

    def _part(self, client: Client) -> None:
        place = self._place_of.pop(client, None)
        if place is None:
            return
        sight, channel = place
        channel.clients.discard(client)
        if channel.clients:
            return
        channel.close()
        group = self._groups[sight]
        del group.channels[channel.watch]
        if not group.channels and sight is not None:
            del self._groups[sight]

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
        for group in self._groups.values():
            group.spread(change)

    def _flip(self, entity: Entity, stale: bool) -> None:
        for group in self._groups.values():
            group.flip(entity, stale)

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
            channels = [one for group in self._groups.values() for one in group.channels.values()]
            for channel in channels:
                channel.tell_time(self.clock.iso(), speed)
