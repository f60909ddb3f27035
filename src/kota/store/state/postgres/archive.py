"""A state's way between PostgreSQL and the file of the embedded store, row for row."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Final

import msgspec

from kota.errors import StoreError
from kota.model.entity import Entity
from kota.store.postgres.link import Connection, Database
from kota.store.state.postgres.committer import columns, number_kinds, put_entities
from kota.store.state.schema import migrate

FILE_NAME: Final = "state.sqlite"
CHUNK: Final = 2000

Report = Callable[[int], None]
"""Told how many more rows were done."""

TABLES: Final = {
    "entity": ("key", "body"),
    "journal": ("last", "first", "body"),
    "receipt": ("last", "keys"),
    "outbox": ("key", "destination", "body", "due_at", "attempts"),
    "letter": ("key", "box", "subject", "reason", "body", "at"),
    "document": ("kind", "key", "body"),
    "audit": ("number", "body", "digest"),
}
"""The tables that both have, and the columns that they share; rows are equal byte for byte."""
_ORDER: Final = {"document": "kind, key"}
_KINDS: Final = {"body": "bytea", "keys": "bytea", "digest": "bytea", "attempts": "int"}
_TEXTS: Final = frozenset({"destination", "box", "subject", "reason", "kind"})
_decode = msgspec.msgpack.Decoder(Entity).decode


def order_of(table: str) -> str:
    """The columns that tell a table's rows apart."""
    return _ORDER.get(table, TABLES[table][0])


async def copy_out(database: Database, folder: Path) -> None:
    """Write the state as it is at one moment into a new file of the embedded store.

    Raises:
        StoreError: the file holds something else than the database.
    """
    path = folder / FILE_NAME

    async def step(connection: Connection) -> None:
        target = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        try:
            migrate(target)
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                await _copy_tables(connection, target)
        finally:
            target.close()

    try:
        await database.alone(step)
    except sqlite3.Error as error:
        raise StoreError(f"backup {path}: {error}", hint="free disk space") from error


async def _copy_tables(connection: Connection, target: sqlite3.Connection) -> None:
    target.execute("BEGIN")
    for table, names in TABLES.items():
        marks = ", ".join("?" * len(names))
        insert = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})"
        rows = connection.cursor(f"SELECT {', '.join(names)} FROM {table}", prefetch=CHUNK)
        written = 0
        async for chunk in _chunked(rows):
            await asyncio.to_thread(target.executemany, insert, chunk)
            written += len(chunk)
        count = await connection.fetchval(f"SELECT count(*) FROM {table}")
        if count != written:
            raise StoreError(f"backup: {written} rows of {count} of {table}", hint="back up again")
    ledger = await connection.fetchrow("SELECT changes, observations FROM ledger")
    target.execute(
        "INSERT OR REPLACE INTO meta (name, value) VALUES ('changes', ?), ('observations', ?)",
        tuple(ledger),
    )
    target.execute("COMMIT")
    (verdict,) = target.execute("PRAGMA integrity_check").fetchone()
    if verdict != "ok":
        raise StoreError(f"backup is damaged: {verdict}", hint="back up again")


async def _chunked(cursor: Any) -> Any:
    chunk: list[tuple[Any, ...]] = []
    async for record in cursor:
        chunk.append(tuple(record))
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


async def copy_in(connection: Connection, source: sqlite3.Connection, report: Report) -> None:
    """Fill the empty tables of a town from a file of the embedded store, in one transaction.

    Args:
        connection: whose search path begins with the town's schema.
        source: a file of this program's version.
        report: told of progress.
    """
    async with connection.transaction():
        for table in TABLES:
            for chunk in _rows(source, table):
                if table == "entity":
                    await _put(connection, chunk)
                else:
                    await _insert(connection, table, chunk)
                report(len(chunk))
        for table in ("outbox", "letter"):
            await connection.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'key'), "
                f"coalesce(max(key), 0) + 1, false) FROM {table}"
            )
        meta = dict(source.execute("SELECT name, value FROM meta").fetchall())
        await connection.execute(
            "UPDATE ledger SET changes = $1, observations = $2",
            meta.get("changes", 0),
            meta.get("observations", 0),
        )
    await connection.execute("ANALYZE entity, document")


async def compare(connection: Connection, source: sqlite3.Connection, report: Report) -> int:
    """Compare every row with the file's; returns how many there are.

    Raises:
        StoreError: a row differs, is missing or is too many; names the first.
    """
    compared = 0
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        for table, names in TABLES.items():
            cursor = await connection.cursor(
                f"SELECT {', '.join(names)} FROM {table} ORDER BY {order_of(table)}"
            )
            for chunk in _rows(source, table):
                there = [tuple(record) for record in await cursor.fetch(len(chunk))]
                if there != chunk:
                    raise StoreError(_difference(table, chunk, there))
                compared += len(chunk)
                report(len(chunk))
            if await cursor.fetch(1):
                raise StoreError(f"{table}: the database has rows that the file has not")
    return compared


def count_rows(source: sqlite3.Connection) -> int:
    """How many rows a file of the embedded store has in all."""
    counts = (source.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in TABLES)
    return sum(counts)


def _rows(source: sqlite3.Connection, table: str) -> Iterator[list[tuple[Any, ...]]]:
    names = ", ".join(TABLES[table])
    rows = source.execute(f"SELECT {names} FROM {table} ORDER BY {order_of(table)}")
    while chunk := list(islice(rows, CHUNK)):
        yield chunk


async def _put(connection: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
    entities = [(key, _decode(body)) for key, body in rows]
    found = await connection.fetch("SELECT types, number FROM kind")
    kinds = {tuple(types): number for types, number in found}
    await number_kinds(connection, kinds, [entity for _, entity in entities])
    await put_entities(connection, entities, kinds)


async def _insert(connection: Connection, table: str, rows: Sequence[tuple[Any, ...]]) -> None:
    names = TABLES[table]
    arrays = ", ".join(f"${k}::{_kind(table, one)}[]" for k, one in enumerate(names, 1))
    await connection.execute(
        f"INSERT INTO {table} ({', '.join(names)}) SELECT * FROM unnest({arrays})", *columns(rows)
    )


def _kind(table: str, column: str) -> str:
    if column in _TEXTS or (table, column) == ("document", "key"):
        return "text"
    return _KINDS.get(column, "bigint")


def _difference(table: str, wanted: list[tuple[Any, ...]], found: list[tuple[Any, ...]]) -> str:
    key = len(order_of(table).split(","))
    for one, other in zip(wanted, found, strict=False):
        if one != other:
            return f"{table} {one[:key]}: the database holds {other[:key]} in its place or differs"
    return f"{table}: the database lacks rows, the first is {wanted[len(found)][:key]}"
