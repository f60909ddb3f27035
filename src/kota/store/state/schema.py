"""Versions of the embedded state file, and how one becomes the next."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

import msgspec

from kota.errors import StoreError
from kota.store.state.protocol import Observation
from kota.store.state.stretch import stretch_of


def _turn_journal(connection: sqlite3.Connection) -> None:
    """Rows of the journal were lists of observations; they become stretches."""
    decode = msgspec.msgpack.Decoder(list[Observation]).decode
    rows = connection.execute("SELECT last, first, body FROM journal ORDER BY last").fetchall()
    for last, first, body in rows:
        turned = msgspec.msgpack.encode(stretch_of(first, decode(body)))
        connection.execute("UPDATE journal SET body = ? WHERE last = ?", (turned, last))


MIGRATIONS: tuple[str | Callable[[sqlite3.Connection], None], ...] = (
    """
    CREATE TABLE meta (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
    CREATE TABLE entity (key INTEGER PRIMARY KEY, body BLOB NOT NULL);
    CREATE TABLE journal (last INTEGER PRIMARY KEY, first INTEGER NOT NULL, body BLOB NOT NULL);
    CREATE TABLE receipt (last INTEGER PRIMARY KEY, keys BLOB NOT NULL);
    CREATE TABLE outbox (
        key INTEGER PRIMARY KEY AUTOINCREMENT,
        destination TEXT NOT NULL,
        body BLOB NOT NULL,
        due_at INTEGER NOT NULL,
        attempts INTEGER NOT NULL
    );
    CREATE INDEX outbox_due ON outbox (due_at);
    CREATE INDEX outbox_destination ON outbox (destination);
    CREATE TABLE letter (
        key INTEGER PRIMARY KEY AUTOINCREMENT,
        box TEXT NOT NULL,
        subject TEXT NOT NULL,
        reason TEXT NOT NULL,
        body BLOB NOT NULL,
        at INTEGER NOT NULL
    );
    CREATE INDEX letter_box ON letter (box, key);
    CREATE TABLE document (
        kind TEXT NOT NULL, key TEXT NOT NULL, body BLOB NOT NULL, PRIMARY KEY (kind, key)
    ) WITHOUT ROWID;
    """,
    _turn_journal,
    """
    CREATE TABLE audit (number INTEGER PRIMARY KEY, body BLOB NOT NULL, digest BLOB NOT NULL);
    """,
)
"""Step number i leads from version i to version i + 1; a released one is never edited."""


def migrate(connection: sqlite3.Connection) -> None:
    """Bring a state file to the version of this program, each step in one transaction.

    Raises:
        StoreError: the file was written by a newer Kota.
    """
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > len(MIGRATIONS):
        raise StoreError(
            f"the state file has version {version}, this Kota knows {len(MIGRATIONS)}",
            hint="upgrade Kota, or restore a backup that this version wrote",
        )
    for number, step in enumerate(MIGRATIONS[version:], start=version + 1):
        connection.execute("BEGIN IMMEDIATE")
        try:
            if callable(step):
                step(connection)
            else:
                _run(connection, step)
            connection.execute(f"PRAGMA user_version = {number}")
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise


def _run(connection: sqlite3.Connection, script: str) -> None:
    """Run a script within the caller's transaction, which `executescript` would end."""
    for statement in script.split(";"):
        connection.execute(statement)
