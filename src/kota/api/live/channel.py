"""Clients that watch the same, and the frame that is being gathered for them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from kota.api.live.frame import Frame, Row
from kota.api.live.roster import Roster
from kota.api.live.watch import Watch

_PROMPT_S = 0.02
"""How long the first change after a quiet time waits for its companions."""


class Client:
    """One connection, with room for one frame: what comes while it is busy is joined to it."""

    def __init__(self) -> None:
        self._waiting: Frame | None = None
        self._ready = asyncio.Event()

    def offer(self, frame: Frame) -> None:
        """Give it a frame to send."""
        self._waiting = frame if self._waiting is None else self._waiting.joined(frame)
        self._ready.set()

    async def take(self) -> Frame:
        """Wait for the next frame."""
        while self._waiting is None:
            self._ready.clear()
            await self._ready.wait()
        frame, self._waiting = self._waiting, None
        return frame


class Channel:
    """Gathers what one watch wants and hands it out every interval.

    Args:
        watch: what it wants.
        roster: names handles.
        now: the town's time in ISO 8601.
    """

    def __init__(self, watch: Watch, roster: Roster, now: Callable[[], str]) -> None:
        self.watch = watch
        self.clients: set[Client] = set()
        self._roster = roster
        self._now = now
        self._frame = Frame()
        self._entities: set[int] = set()
        self._attributes: set[int] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._flushed = 0.0

    def join(self, client: Client) -> None:
        """Let a client take part; it first learns the names that the others know."""
        self.clients.add(client)
        known = Frame()
        known.entities = {handle: self._roster.entity(handle) for handle in self._entities}
        known.attributes = {index: self._roster.attribute(index) for index in self._attributes}
        if known:
            client.offer(known)

    def put(self, rows: list[Row]) -> None:
        """Add values of one entity."""
        if not rows:
            return
        handle = rows[0][0]
        if handle not in self._entities:
            self._name(handle)
        for row in rows:
            if row[1] not in self._attributes:
                self._attributes.add(row[1])
                self._frame.attributes[row[1]] = self._roster.attribute(row[1])
            self._frame.put(row)
        self._schedule()

    def drop(self, handle: int) -> None:
        """Say that an entity is gone, to whom it was named."""
        if handle in self._entities:
            self._entities.discard(handle)
            self._frame.drop(handle)
            self._schedule()

    def mark(self, handle: int, stale: bool) -> None:
        """Say that an entity became stale or fresh."""
        if handle not in self._entities:
            self._name(handle)
        self._frame.stale[handle] = stale
        self._schedule()

    def tell_time(self, now: str, speed: float) -> None:
        """Say that the town's clock has changed."""
        self._frame.clock = (now, speed)
        self._schedule()

    def close(self) -> None:
        """Send nothing more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _name(self, handle: int) -> None:
        self._entities.add(handle)
        self._frame.entities[handle] = self._roster.entity(handle)

    def _schedule(self) -> None:
        if self._timer is None:
            loop = asyncio.get_running_loop()
            due = self._flushed + self.watch.interval_ms / 1000
            self._timer = loop.call_at(max(due, loop.time() + _PROMPT_S), self._flush)

    def _flush(self) -> None:
        self._timer = None
        self._flushed = asyncio.get_running_loop().time()
        frame, self._frame = self._frame, Frame()
        frame.texts(self._now())
        for client in self.clients:
            client.offer(frame)
