"""Messages that must leave, in SQLite."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence

from kota.store.state.group import Commit
from kota.store.state.protocol import Letter, OutboxItem

INSERT_ITEM = "INSERT INTO outbox (destination, body, due_at, attempts) VALUES (?, ?, ?, ?)"
INSERT_LETTER = "INSERT INTO letter (box, subject, reason, body, at) VALUES (?, ?, ?, ?, ?)"


class SqliteOutbox:
    """Rows are written by the commit groups and taken out here.

    Args:
        reader: a connection for reading.
        commit: adds statements to the next commit and waits for it.
    """

    def __init__(self, reader: Callable[[], sqlite3.Connection], commit: Commit) -> None:
        self._reader = reader
        self._commit = commit

    async def destinations(self) -> dict[str, int]:
        """Where messages wait to go, and how much waits for each [bytes]."""
        rows = self._reader().execute(
            "SELECT destination, sum(length(body)) FROM outbox GROUP BY destination"
        )
        return dict(rows.fetchall())

    async def of(self, destination: str, limit: int) -> list[OutboxItem]:
        """The messages of one destination, due or not, oldest first."""
        rows = self._reader().execute(
            "SELECT destination, body, due_at, attempts, key FROM outbox "
            "WHERE destination = ? ORDER BY key LIMIT ?",
            (destination, limit),
        )
        return [OutboxItem(*row) for row in rows.fetchall()]

    async def waiting(self) -> int:
        """How many messages there are, due or not."""
        (count,) = self._reader().execute("SELECT count(*) FROM outbox").fetchone()
        return int(count)

    async def done(self, keys: Sequence[int]) -> None:
        """Forget messages that were delivered."""
        await self._commit([("DELETE FROM outbox WHERE key = ?", (key,)) for key in keys])

    async def retry(self, items: Sequence[OutboxItem]) -> None:
        """Keep messages for later, with their new `due_at` and `attempts`."""
        await self._commit(
            [
                (
                    "UPDATE outbox SET due_at = ?, attempts = ? WHERE key = ?",
                    (item.due_at, item.attempts, item.key),
                )
                for item in items
            ]
        )

    async def give_up(self, item: OutboxItem, letter: Letter) -> None:
        """Turn a message into a dead letter, in one step."""
        await self._commit(
            [("DELETE FROM outbox WHERE key = ?", (item.key,)), (INSERT_LETTER, letter_row(letter))]
        )

    async def put(self, items: Sequence[OutboxItem]) -> None:
        """Add messages that no change of an entity brought forth."""
        await self._commit([(INSERT_ITEM, item_row(item)) for item in items])

    async def drop(self, destination: str) -> None:
        """Forget all messages of one destination."""
        await self._commit([("DELETE FROM outbox WHERE destination = ?", (destination,))])


def item_row(item: OutboxItem) -> tuple[str, bytes, int, int]:
    """A message's columns."""
    return item.destination, item.body, item.due_at, item.attempts


def letter_row(letter: Letter) -> tuple[str, str, str, bytes, int]:
    """A dead letter's columns."""
    return letter.box, letter.subject, letter.reason, letter.body, letter.at
