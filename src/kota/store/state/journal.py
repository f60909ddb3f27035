"""Observations between their commit and their place in history."""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Callable

import msgspec

from kota.store.state.group import Commit, Statement
from kota.store.state.protocol import Observation

TAIL = 300_000
"""So many committed observations are kept decoded, so that draining need not read them back."""

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[Observation]).decode


class SqliteJournal:
    """One row a commit group, and the newest of them in memory.

    Args:
        reader: a connection for reading.
        commit: adds a statement to the next commit and waits for it.
    """

    def __init__(self, reader: Callable[[], sqlite3.Connection], commit: Commit) -> None:
        self._reader = reader
        self._commit = commit
        self._tail: deque[tuple[int, list[Observation]]] = deque()
        self._held = 0
        self._last = 0

    @property
    def last(self) -> int:
        """The highest committed sequence."""
        return self._last

    def load(self, last: int) -> None:
        """Take up where the file stands."""
        self._last = last

    def extend(self, observations: list[Observation]) -> None:
        """Take over what was just committed."""
        self._tail.append((self._last + 1, observations))
        self._held += len(observations)
        self._last += len(observations)
        while self._held > TAIL and len(self._tail) > 1:
            self._held -= len(self._tail.popleft()[1])

    async def read(self, after: int, limit: int) -> tuple[int, list[tuple[int, Observation]]]:
        """Observations with a sequence above `after`, oldest first, about `limit` of them."""
        found: list[tuple[int, Observation]] = []
        for first, observations in self._groups(after, limit):
            start = max(after + 1 - first, 0)
            found.extend(enumerate(observations[start:], first + start))
            if len(found) >= limit:
                break
        return (found[-1][0] if found else after), found

    async def trim(self, through: int) -> None:
        """Forget what history holds durably, up to and including this sequence."""
        while self._tail and self._tail[0][0] + len(self._tail[0][1]) - 1 <= through:
            self._held -= len(self._tail.popleft()[1])
        await self._commit([("DELETE FROM journal WHERE last <= ?", (through,))])

    def _groups(self, after: int, limit: int) -> list[tuple[int, list[Observation]]]:
        if after >= self._last:
            return []
        if self._tail and self._tail[0][0] <= after + 1:
            return [(f, o) for f, o in self._tail if f + len(o) - 1 > after]
        rows = self._reader().execute(
            "SELECT first, last, body FROM journal WHERE last > ? ORDER BY last", (after,)
        )
        groups: list[tuple[int, list[Observation]]] = []
        for first, last, body in rows:
            groups.append((first, _decode(body)))
            if last - after >= limit:
                break
        rows.close()
        return groups


def journal_row(last: int, observations: list[Observation]) -> Statement:
    """The statement that keeps a group's observations, which end at sequence `last`."""
    return (
        "INSERT INTO journal (last, first, body) VALUES (?, ?, ?)",
        (last, last - len(observations) + 1, _encode(observations)),
    )
