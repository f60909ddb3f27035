"""Observations between their commit and their place in history."""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Callable

import msgspec

from kota.store.state.group import Commit, Statement
from kota.store.state.stretch import Stretch

TAIL = 300_000
"""So many committed observations are kept decoded, so that draining need not read them back."""

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Stretch).decode


class SqliteJournal:
    """One row a commit group, and the newest of them in memory.

    Args:
        reader: a connection for reading.
        commit: adds a statement to the next commit and waits for it.
    """

    def __init__(self, reader: Callable[[], sqlite3.Connection], commit: Commit) -> None:
        self._reader = reader
        self._commit = commit
        self._tail: deque[Stretch] = deque()
        self._held = 0
        self._last = 0

    @property
    def last(self) -> int:
        """The highest committed sequence."""
        return self._last

    def load(self, last: int) -> None:
        """Take up where the file stands."""
        self._last = last

    def extend(self, stretch: Stretch) -> None:
        """Take over what was just committed."""
        self._tail.append(stretch)
        self._held += stretch.count
        self._last = stretch.last
        while self._held > TAIL and len(self._tail) > 1:
            self._held -= self._tail.popleft().count

    async def read(self, after: int, limit: int) -> list[Stretch]:
        """Stretches that end above `after`, oldest first, about `limit` observations."""
        if after >= self._last:
            return []
        found: list[Stretch] = []
        if self._tail and self._tail[0].first <= after + 1:
            for stretch in self._tail:
                if stretch.last > after:
                    found.append(stretch)
                    if stretch.last - after >= limit:
                        break
            return found
        rows = self._reader().execute(
            "SELECT body FROM journal WHERE last > ? ORDER BY last", (after,)
        )
        for (body,) in rows:
            found.append(_decode(body))
            if found[-1].last - after >= limit:
                break
        rows.close()
        return found

    async def trim(self, through: int) -> None:
        """Forget what history holds durably, up to and including this sequence."""
        while self._tail and self._tail[0].last <= through:
            self._held -= self._tail.popleft().count
        await self._commit([("DELETE FROM journal WHERE last <= ?", (through,))])


def journal_row(stretch: Stretch) -> Statement:
    """The statement that keeps a group's observations."""
    return (
        "INSERT INTO journal (last, first, body) VALUES (?, ?, ?)",
        (stretch.last, stretch.first, _encode(stretch)),
    )
