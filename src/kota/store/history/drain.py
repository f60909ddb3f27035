"""Moves the journal of the state store into history, and lets readers wait for it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time

from kota.errors import StoreError
from kota.store.history.protocol import HistoryStore
from kota.store.state.protocol import Journal

INTERVAL = 0.25
"""Seconds that observations wait to be moved together, unless somebody reads.

A row costs half as much in a batch of twenty thousand as in one of five thousand.
"""
BATCH = 20_000
PATIENCE = 2.0
"""Seconds that a read waits for what was committed before it; then it answers without."""
RETRY = 5.0
TRIM_INTERVAL = 1.0
"""Seconds between two deletions from the journal, each a commit of the state store."""

_log = logging.getLogger(__name__)


class Drain:
    """One task that drains, in order, whatever happens.

    A read first waits until history holds all that was committed when it began, which takes the
    time of one small batch: reads thus see their own writes and never merge two sources.

    Args:
        journal: where observations wait.
        history: where they go.
    """

    def __init__(self, journal: Journal, history: HistoryStore) -> None:
        self._journal = journal
        self._history = history
        self._wake = asyncio.Event()
        self._moved = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._closing = False
        self._trimmed = 0
        self._trim_at = 0.0
        self.failure: StoreError | None = None
        history.on_read(self.settle)

    @property
    def lag(self) -> int:
        """Observations that are committed and not yet in history."""
        return max(self._journal.last - self._history.drained, 0)

    async def start(self) -> None:
        """Begin draining; both stores are open."""
        if self._history.drained > self._journal.last:
            await self._history.rewind(self._journal.last)
        self._trimmed = self._history.drained
        self._task = asyncio.create_task(self._run(), name="kota-drain")

    async def close(self) -> None:
        """Move what is left, and stop; both stores are still open."""
        self._closing = True
        self._wake.set()
        if self._task is not None:
            await self._task

    async def settle(self) -> None:
        """Wait, for `PATIENCE` at most, until what is committed now is in history."""
        target = self._journal.last
        if self._history.drained >= target or self._task is None or self.failure is not None:
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                while self._history.drained < target and self.failure is None:
                    self._wake.set()
                    moved = self._moved
                    await moved.wait()

    async def _run(self) -> None:
        while True:
            try:
                await self._move_what_waits()
            except StoreError as error:
                self._fail(error)
            except Exception as error:  # noqa: BLE001 - a drain that ends silently loses history
                what = f"{type(error).__name__}: {error}"
                self._fail(StoreError(f"history cannot keep what the journal holds: {what}"))
            if self._closing:
                return
            await self._pause(RETRY if self.failure is not None else INTERVAL)

    async def _pause(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), seconds)
        self._wake.clear()

    async def _move_what_waits(self) -> None:
        while self._journal.last > self._history.drained:
            before = self._history.drained
            batch = await self._journal.read(before, BATCH)
            if not batch:
                break
            await self._history.drain(batch)
            self.failure = None
            self._announce()
            if self._history.drained - before < BATCH and not self._closing:
                break
        if self._history.drained > self._trimmed and (self._closing or self._trim_due()):
            self._trimmed = self._history.drained
            await self._journal.trim(self._trimmed)

    def _trim_due(self) -> bool:
        now = time.monotonic()
        if now < self._trim_at:
            return False
        self._trim_at = now + TRIM_INTERVAL
        return True

    def _fail(self, error: StoreError) -> None:
        if self.failure is None:
            _log.error("observations wait in the journal: %s", error)
        self.failure = error
        self._announce()

    def _announce(self) -> None:
        """Let everyone who waits look again."""
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()
