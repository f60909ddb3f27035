"""The audit in SQLite: chained by the one writer, in the commit of what it tells of."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence

from kota.store.state.chain import Link, chained

_INSERT = "INSERT INTO audit (number, body, digest) VALUES (?, ?, ?)"
_READ = "SELECT number, body, digest FROM audit"


class SqliteAudit:
    """Lines that were committed.

    Args:
        reader: a connection for reading.
    """

    def __init__(self, reader: Callable[[], sqlite3.Connection]) -> None:
        self._reader = reader

    async def last(self) -> Link | None:
        """The newest line, or None where there is none."""
        return last_link(self._reader())

    async def read(self, after: int = 0, limit: int = 1000) -> list[Link]:
        """Lines with a number above `after`, oldest first."""
        rows = self._reader().execute(
            f"{_READ} WHERE number > ? ORDER BY number LIMIT ?", (after, limit)
        )
        return [Link(*row) for row in rows.fetchall()]


def append(
    connection: sqlite3.Connection, last: Link | None, bodies: Sequence[bytes]
) -> Link | None:
    """Chain lines within the open transaction; returns the newest line then."""
    links = chained(last, bodies)
    connection.executemany(_INSERT, [(one.number, one.body, one.digest) for one in links])
    return links[-1] if links else last


def last_link(connection: sqlite3.Connection) -> Link | None:
    """The newest line of a file, or None where there is none."""
    row = connection.execute(f"{_READ} ORDER BY number DESC LIMIT 1").fetchone()
    return None if row is None else Link(*row)
