"""History's way between PostgreSQL and the file of the embedded store, row for row."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import duckdb

from kota.errors import ConflictError, StoreError
from kota.store.history.archive import FILE_NAME, inspect
from kota.store.history.postgres.copying import copy_rows, copy_table, fetch_table
from kota.store.history.postgres.partitions import make, months_of
from kota.store.history.postgres.schema import COLUMNS
from kota.store.history.protocol import Manifest
from kota.store.history.schema import migrate
from kota.store.history.sql import one_row
from kota.store.postgres.link import Connection, Database

if TYPE_CHECKING:
    import pyarrow as pa

CHUNK: Final = 500_000
"""Rows that travel together."""
Report = Callable[[int], None]
"""Told how many more rows were done."""

_SERIES: Final = ("series", "entity_id", "attribute", "dataset_id")
_EVOLUTION: Final = ("id", "types", "scope", "created_at", "modified_at")


async def copy_out(
    database: Database, folder: Path, *, start: int | None = None, end: int | None = None
) -> Manifest:
    """Write history as it is at one moment into a new file of the embedded store.

    Args:
        database: where it is.
        folder: where the file shall be.
        start, end: only observations from when to before when [µs].

    Returns:
        What the file holds, read from it.

    Raises:
        ConflictError: there is a file already.
        StoreError: the file holds something else than the database.
    """
    path = folder / FILE_NAME
    if path.exists():
        raise ConflictError(f"{path} exists", hint="back up into a new folder")
    folder.mkdir(parents=True, exist_ok=True)

    async def step(connection: Connection) -> int:
        with duckdb.connect(path) as target:
            migrate(target)
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                return await _copy(connection, target, _between(start, end))

    try:
        rows = await database.alone(step)
    except duckdb.Error as error:
        raise StoreError(f"backup {path}: {error}", hint="free disk space") from error
    found = await asyncio.to_thread(inspect, path)
    if found.rows != rows:
        raise StoreError(f"backup {path} differs from what was copied", hint="back up again")
    return found


async def _copy(connection: Connection, target: duckdb.DuckDBPyConnection, meant: str) -> int:
    rows = await connection.fetchval(f"SELECT count(*) FROM observation o WHERE {meant}")
    series = await fetch_table(connection, _SERIES, f"SELECT {', '.join(_SERIES)} FROM series")
    _append(target, "series", series)
    evolution = await fetch_table(
        connection, _EVOLUTION, f"SELECT {', '.join(_EVOLUTION)} FROM evolution ORDER BY place"
    )
    _append(target, "entity", evolution)
    ledger = await connection.fetchrow("SELECT sequence, drained, series FROM history_ledger")
    last: int = await connection.fetchval("SELECT coalesce(max(sequence), 0) FROM observation")
    first: int = await connection.fetchval("SELECT coalesce(min(sequence), 1) FROM observation")
    for low in range(first, last + 1, CHUNK):
        chunk = await fetch_table(
            connection,
            COLUMNS,
            f"SELECT {', '.join('o.' + name for name in COLUMNS)} FROM observation o "
            f"WHERE o.sequence >= {low:d} AND o.sequence < {low + CHUNK:d} AND {meant}",
        )
        await asyncio.to_thread(_append, target, "recent", chunk)
    for name in ("sequence", "drained", "series"):
        target.execute("UPDATE meta SET value = ? WHERE name = ?", (ledger[name], name))
    return int(rows)


def _append(target: duckdb.DuckDBPyConnection, table: str, rows: pa.Table) -> None:
    target.register("incoming", rows)
    target.execute(f"INSERT INTO {table} SELECT * FROM incoming")
    target.unregister("incoming")


def _between(start: int | None, end: int | None) -> str:
    conditions = [f"o.moment >= {start:d}"] if start is not None else []
    conditions += [f"o.moment < {end:d}"] if end is not None else []
    return " AND ".join(conditions) or "true"


def count_rows(source: duckdb.DuckDBPyConnection) -> int:
    """How many observations a file of the embedded store has that belong to a series."""
    statement = "SELECT count(*) FROM observation SEMI JOIN series USING (series)"
    return int(one_row(source, statement)[0])


async def copy_in(
    connection: Connection, source: duckdb.DuckDBPyConnection, report: Report
) -> None:
    """Fill the empty tables of a town from a file of the embedded store, in one transaction.

    Rows whose series is gone stay behind.

    Args:
        connection: whose search path begins with the town's schema.
        source: a file of this program's version.
        report: told of progress.
    """
    async with connection.transaction():
        await connection.execute("DROP INDEX observation_series")
        names = ", ".join(_SERIES)
        await copy_table(connection, "series", _all(source, f"SELECT {names} FROM series"))
        names = ", ".join(_EVOLUTION)
        query = f"SELECT {names} FROM entity ORDER BY rowid"
        await copy_table(connection, "evolution", _all(source, query))
        rows = 0
        reader = _reader(source, f"SELECT {_listed('o')} FROM observation o {_KNOWN}")
        while chunk := await asyncio.to_thread(_next, reader):
            await make(connection, months_of(chunk["moment"].to_numpy()))
            rows += await copy_rows(connection, chunk)
            report(chunk.num_rows)
        await connection.execute("CREATE INDEX observation_series ON observation (series, moment)")
        meta = dict(source.execute("SELECT name, value FROM meta").fetchall())
        await connection.execute(
            "UPDATE history_ledger SET drained = $1, sequence = $2, series = $3, rows = $4",
            *(meta[name] for name in ("drained", "sequence", "series")),
            rows,
        )
    await connection.execute("ANALYZE observation, series, evolution")


async def compare(connection: Connection, source: duckdb.DuckDBPyConnection, report: Report) -> int:
    """Compare every row with the file's, column by column; returns how many there are.

    Raises:
        StoreError: a row differs, is missing or is too many; says where.
    """
    for table, ours, names in (("series", "series", _SERIES), ("evolution", "entity", _EVOLUTION)):
        listed = ", ".join(names)
        there = await fetch_table(connection, names, f"SELECT {listed} FROM {table}")
        _require_same(source, there, f"SELECT {listed} FROM {ours}", table, names[0])
    ((first, last),) = source.execute(
        "SELECT coalesce(min(sequence), 1), coalesce(max(sequence), 0) FROM observation"
    ).fetchall()
    compared = 0
    for low in range(first, last + 1, CHUNK):
        inside = f"o.sequence >= {low:d} AND o.sequence < {low + CHUNK:d}"
        there = await fetch_table(
            connection, COLUMNS, f"SELECT {_listed('o')} FROM observation o WHERE {inside}"
        )
        here = f"SELECT {_listed('o')} FROM observation o {_KNOWN} WHERE {inside}"
        await asyncio.to_thread(_require_same, source, there, here, "observation", "sequence")
        compared += there.num_rows
        report(there.num_rows)
    rows = await connection.fetchval("SELECT count(*) FROM observation")
    if rows != compared:
        raise StoreError(f"observation: the database has {rows} rows, the file {compared}")
    return compared


_KNOWN: Final = "SEMI JOIN series s ON s.series = o.series"


def _require_same(
    source: duckdb.DuckDBPyConnection, there: pa.Table, here: str, table: str, key: str
) -> None:
    """Compare a table of the database with the file's answer to a query, by a unique key."""
    source.register("there", there)
    same = " AND ".join(f"h.{one} IS NOT DISTINCT FROM t.{one}" for one in there.column_names)
    try:
        found = source.execute(
            f"SELECT coalesce(h.{key}, t.{key}) FROM ({here}) h FULL JOIN there t "
            f"ON h.{key} = t.{key} WHERE NOT ({same}) LIMIT 1"
        ).fetchall()
    finally:
        source.unregister("there")
    if found:
        raise StoreError(f"{table}: the row with {key} {found[0][0]} is not the same on both sides")


def _listed(table: str) -> str:
    return ", ".join(f"{table}.{name}" for name in COLUMNS)


def _all(source: duckdb.DuckDBPyConnection, query: str) -> pa.Table:
    return source.sql(query).to_arrow_table()


def _reader(source: duckdb.DuckDBPyConnection, query: str) -> Any:
    return source.sql(query).to_arrow_reader(CHUNK)


def _next(reader: Any) -> pa.Table | None:
    import pyarrow as pa

    try:
        return pa.Table.from_batches([reader.read_next_batch()])
    except StopIteration:
        return None
