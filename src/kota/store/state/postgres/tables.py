"""Outbox, journal and audit of a state in PostgreSQL."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import msgspec

from kota.store.postgres.link import Database
from kota.store.state.chain import Link
from kota.store.state.journal import TAIL
from kota.store.state.outbox import item_row, letter_row
from kota.store.state.postgres.committer import INSERT_ITEMS, INSERT_LETTERS, columns
from kota.store.state.postgres.group import Statement
from kota.store.state.protocol import Letter, OutboxItem
from kota.store.state.stretch import Stretch

Commit = Callable[[Sequence[Statement]], Awaitable[None]]
"""Adds statements to the next commit and returns when they are durable."""

_decode = msgspec.msgpack.Decoder(Stretch).decode


class PostgresOutbox:
    """Messages that must leave: written by the commit groups and taken out here.

    Args:
        database: to read from.
        commit: adds statements to the next commit and waits for it.
    """

    def __init__(self, database: Database, commit: Commit) -> None:
        self._database = database
        self._commit = commit

    async def destinations(self) -> dict[str, int]:
        """Where messages wait to go, and how much waits for each [bytes]."""
        rows = await self._database.read(
            lambda connection: connection.fetch(
                "SELECT destination, sum(length(body)) FROM outbox GROUP BY destination"
            )
        )
        return {destination: int(size) for destination, size in rows}

    async def of(self, destination: str, limit: int) -> list[OutboxItem]:
        """The messages of one destination, due or not, oldest first."""
        rows = await self._database.read(
            lambda connection: connection.fetch(
                "SELECT destination, body, due_at, attempts, key FROM outbox "
                "WHERE destination = $1 ORDER BY key LIMIT $2",
                destination,
                limit,
            )
        )
        return [OutboxItem(*row) for row in rows]

    async def waiting(self) -> int:
        """How many messages there are, due or not."""
        count: int = await self._database.read(
            lambda connection: connection.fetchval("SELECT count(*) FROM outbox")
        )
        return count

    async def done(self, keys: Sequence[int]) -> None:
        """Forget messages that were delivered."""
        if keys:
            await self._commit([("DELETE FROM outbox WHERE key = ANY($1)", (list(keys),))])

    async def retry(self, items: Sequence[OutboxItem]) -> None:
        """Keep messages for later, with their new `due_at` and `attempts`."""
        rows = [(item.key, item.due_at, item.attempts) for item in items]
        if rows:
            await self._commit(
                [
                    (
                        "UPDATE outbox o SET due_at = t.due, attempts = t.attempts FROM unnest("
                        "$1::bigint[], $2::bigint[], $3::int[]) AS t (key, due, attempts) "
                        "WHERE o.key = t.key",
                        tuple(columns(rows)),
                    )
                ]
            )

    async def give_up(self, item: OutboxItem, letter: Letter) -> None:
        """Turn a message into a dead letter, in one step."""
        await self._commit(
            [
                ("DELETE FROM outbox WHERE key = $1", (item.key,)),
                (INSERT_LETTERS, tuple(columns([letter_row(letter)]))),
            ]
        )

    async def put(self, items: Sequence[OutboxItem]) -> None:
        """Add messages that no change of an entity brought forth."""
        if items:
            await self._commit([(INSERT_ITEMS, tuple(columns(map(item_row, items))))])

    async def drop(self, destination: str) -> None:
        """Forget all messages of one destination."""
        await self._commit([("DELETE FROM outbox WHERE destination = $1", (destination,))])


class PostgresJournal:
    """One row a commit group, and the newest of them in memory.

    Args:
        database: to read from.
        commit: adds a statement to the next commit and waits for it.
    """

    def __init__(self, database: Database, commit: Commit) -> None:
        self._database = database
        self._commit = commit
        self._tail: deque[Stretch] = deque()
        self._held = 0
        self._last = 0

    @property
    def last(self) -> int:
        """The highest committed sequence."""
        return self._last

    def load(self, last: int) -> None:
        """Take up where the database stands."""
        self._tail.clear()
        self._held = 0
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
        if self._tail and self._tail[0].first <= after + 1:
            return _some(self._tail, after, limit)
        rows = await self._database.read(
            lambda connection: connection.fetch(
                "SELECT body FROM journal WHERE last > $1 AND first <= $2 ORDER BY last",
                after,
                after + limit,
            )
        )
        return _some((_decode(body) for (body,) in rows), after, limit)

    async def trim(self, through: int) -> None:
        """Forget what history holds durably, up to and including this sequence."""
        while self._tail and self._tail[0].last <= through:
            self._held -= self._tail.popleft().count
        await self._commit([("DELETE FROM journal WHERE last <= $1", (through,))])


class PostgresAudit:
    """Lines of the audit that were committed.

    Args:
        database: to read from.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def last(self) -> Link | None:
        """The newest line, or None where there is none."""
        row = await self._database.read(
            lambda connection: connection.fetchrow(
                "SELECT number, body, digest FROM audit ORDER BY number DESC LIMIT 1"
            )
        )
        return None if row is None else Link(*row)

    async def read(self, after: int = 0, limit: int = 1000) -> list[Link]:
        """Lines with a number above `after`, oldest first."""
        rows = await self._database.read(
            lambda connection: connection.fetch(
                "SELECT number, body, digest FROM audit WHERE number > $1 ORDER BY number LIMIT $2",
                after,
                limit,
            )
        )
        return [Link(*row) for row in rows]


def _some(stretches: Any, after: int, limit: int) -> list[Stretch]:
    found: list[Stretch] = []
    for stretch in stretches:
        if stretch.last > after:
            found.append(stretch)
            if stretch.last - after >= limit:
                break
    return found
