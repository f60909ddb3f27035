"""Writes commit groups to SQLite: one transaction a group, in a thread of its own."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path
from sys import intern

import msgspec

from kota.model.entity import Entity
from kota.store.state.audit import append, last_link
from kota.store.state.group import Group
from kota.store.state.journal import journal_row
from kota.store.state.outbox import INSERT_ITEM, INSERT_LETTER, item_row, letter_row
from kota.store.state.stretch import stretch_of

CHUNK = 256
"""Rows in one statement: the interpreter lock is released once a statement, not once a row."""

RECEIPTS = 60_000
"""So many keys of received messages are remembered: all that a broker may send before it hears of
one, and fewer than MQTT has packet ids, so that an id that comes round again is no redelivery."""

_encode = msgspec.msgpack.Encoder().encode
_decode_receipts = msgspec.msgpack.Decoder(list[bytes]).decode
_PUT = "INSERT OR REPLACE INTO entity (key, body) VALUES "


def connect(path: Path, *, durable: bool = True) -> sqlite3.Connection:
    """Open the state file in WAL mode; a durable connection outlives a power cut too."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
    connection.execute("PRAGMA busy_timeout = 5000")
    return connection


class Committer:
    """The one writer of a state file.

    Args:
        connection: used by one thread at a time.
        changes, observations: the counters as the file has them.
    """

    def __init__(self, connection: sqlite3.Connection, changes: int, observations: int) -> None:
        self._connection = connection
        self._changes = changes
        self._observations = observations
        self._audit = last_link(connection)

    def write(self, group: Group) -> None:
        """Commit a group, or raise and leave the file as it was."""
        connection = self._connection
        observations = self._observations + len(group.observations)
        changes = group.changes[-1].sequence if group.changes else self._changes
        connection.execute("BEGIN IMMEDIATE")
        try:
            changed = group.entities.values()
            self._put([(key, entity) for key, entity in changed if entity is not None])
            connection.executemany(
                "DELETE FROM entity WHERE key = ?",
                [(key,) for key, entity in changed if entity is None],
            )
            if group.observations:
                group.stretch = stretch_of(self._observations + 1, group.observations)
                connection.execute(*journal_row(group.stretch))
            if group.receipts:
                self._keep(group.receipts)
            connection.executemany(INSERT_ITEM, map(item_row, group.outbox))
            connection.executemany(INSERT_LETTER, map(letter_row, group.letters))
            for sql, parameters in group.statements:
                connection.execute(sql, parameters)
            audit = append(connection, self._audit, group.audit)
            connection.execute(
                "INSERT OR REPLACE INTO meta (name, value) VALUES ('changes', ?), "
                "('observations', ?)",
                (changes, observations),
            )
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        self._changes = changes
        self._observations = observations
        self._audit = audit

    def scrub(self) -> None:
        """Write the file anew, so that nothing of what was deleted is left in it or beside it."""
        self._connection.execute("VACUUM")
        self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _put(self, entities: Sequence[tuple[int, Entity]]) -> None:
        rows = iter(entities)
        while chunk := list(islice(rows, CHUNK)):
            sql = _PUT + ",".join(["(?,?)"] * len(chunk))
            self._connection.execute(sql, [x for k, e in chunk for x in (k, _encode(e))])

    def _keep(self, receipts: Iterable[bytes]) -> None:
        keys = list(receipts)
        (last,) = self._connection.execute("SELECT coalesce(max(last), 0) FROM receipt").fetchone()
        self._connection.execute(
            "INSERT INTO receipt (last, keys) VALUES (?, ?)", (last + len(keys), _encode(keys))
        )
        self._connection.execute(
            "DELETE FROM receipt WHERE last <= ?", (last + len(keys) - RECEIPTS,)
        )


def load_entities(connection: sqlite3.Connection) -> Iterable[tuple[int, Entity]]:
    """All entities with their keys, in order of creation; names that recur are held once."""
    decode = msgspec.msgpack.Decoder(Entity).decode
    types: dict[tuple[str, ...], tuple[str, ...]] = {}
    for key, body in connection.execute("SELECT key, body FROM entity ORDER BY key"):
        entity = decode(body)
        yield (
            key,
            Entity(
                entity.id,
                types.setdefault(entity.types, entity.types),
                {intern(name): instances for name, instances in entity.attrs.items()},
                entity.scope,
                entity.created_at,
                entity.modified_at,
                entity.expires_at,
            ),
        )


def load_receipts(connection: sqlite3.Connection) -> Iterable[bytes]:
    """Keys of received messages, oldest first."""
    for (keys,) in connection.execute("SELECT keys FROM receipt ORDER BY last"):
        yield from _decode_receipts(keys)
