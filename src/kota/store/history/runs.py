"""Keeps history clustered: rows sorted by series and time, so that a read touches few of them.

New rows go to the table `recent` as they come. When it is full it becomes a run of level 0, and
runs are merged, `FANOUT` at a time, into one sorted run of the next level, so a history of any
length is a few tables in each of which one series lies together and zone maps skip the rest.
Rows whose series is gone are left behind on the way. The view `observation` is all of them.

Merging reads and writes series range by series range, so that sorting fits in little memory.
"""

from __future__ import annotations

import duckdb

from kota.store.history.schema import COLUMNS
from kota.store.history.sql import count_of, one_row

RECENT_ROWS = 200_000
FANOUT = 6
LARGEST = 64_000_000
"""Runs are not merged into larger ones than this."""
CHUNK_ROWS = 1_000_000


def freeze(connection: duckdb.DuckDBPyConnection) -> None:
    """Turn `recent` into a run of level 0 and begin it anew, in the caller's transaction."""
    number = reserve(connection)
    connection.execute("INSERT INTO run SELECT ?, 0, count(*) FROM recent", (number,))
    connection.execute(f"ALTER TABLE recent RENAME TO run_{number}")
    connection.execute(f"CREATE TABLE recent ({COLUMNS})")
    name_all(connection)


def due(connection: duckdb.DuckDBPyConnection) -> tuple[int, list[int]] | None:
    """The level and numbers of the runs to be merged next, or None."""
    rows = connection.execute(
        "SELECT level, list(number ORDER BY number), sum(rows) FROM run GROUP BY level "
        "HAVING (level = 0 OR count(*) >= ?) AND sum(rows) <= ? ORDER BY level",
        (FANOUT, LARGEST),
    ).fetchall()
    return (rows[0][0], rows[0][1]) if rows else None


def merge(connection: duckdb.DuckDBPyConnection, number: int, parts: list[int]) -> int:
    """Write the rows of runs, sorted, into a new table; returns how many."""
    source = " UNION ALL ".join(f"SELECT * FROM run_{part}" for part in parts)
    connection.execute("BEGIN")
    try:
        connection.execute(f"CREATE TABLE run_{number} ({COLUMNS})")
        for piece in _chunks(connection, source):
            connection.execute(
                f"INSERT INTO run_{number} SELECT * FROM ({source}) "
                "WHERE series BETWEEN ? AND ? AND moment BETWEEN ? AND ? "
                "AND series IN (SELECT series FROM series) ORDER BY series, moment, sequence",
                piece,
            )
        connection.execute("COMMIT")
    except duckdb.Error:
        connection.execute("ROLLBACK")
        raise
    return count_of(connection, f"run_{number}")


def swap(
    connection: duckdb.DuckDBPyConnection, number: int, rows: int, level: int, parts: list[int]
) -> None:
    """Put a merged run in the place of its parts, in the caller's transaction."""
    connection.execute("DELETE FROM run WHERE number IN (SELECT unnest(?::INTEGER[]))", (parts,))
    connection.execute("INSERT INTO run VALUES (?, ?, ?)", (number, level, rows))
    name_all(connection)
    for part in parts:
        connection.execute(f"DROP TABLE run_{part}")


def empty_run(connection: duckdb.DuckDBPyConnection, number: int) -> None:
    """Drop a run that holds nothing any more, in the caller's transaction."""
    connection.execute("DELETE FROM run WHERE number = ?", (number,))
    name_all(connection)
    connection.execute(f"DROP TABLE run_{number}")


def name_all(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the view `observation` name every table that holds rows."""
    tables = ["recent", *(f"run_{number}" for number in numbers(connection))]
    body = " UNION ALL ".join(f"SELECT * FROM {table}" for table in tables)
    connection.execute(f"CREATE OR REPLACE VIEW observation AS {body}")


def numbers(connection: duckdb.DuckDBPyConnection) -> list[int]:
    """The runs there are, oldest first."""
    rows = connection.execute("SELECT number FROM run ORDER BY number").fetchall()
    return [number for (number,) in rows]


def drop_strays(connection: duckdb.DuckDBPyConnection) -> None:
    """Remove tables that a merge left when the process was killed."""
    strays = connection.execute(
        "SELECT table_name FROM duckdb_tables() WHERE table_name LIKE 'run\\_%' ESCAPE '\\' "
        "AND table_name NOT IN (SELECT 'run_' || number FROM run)"
    ).fetchall()
    for (name,) in strays:
        connection.execute(f"DROP TABLE {name}")


def reserve(connection: duckdb.DuckDBPyConnection) -> int:
    """A number for a new run, in the caller's transaction."""
    statement = "UPDATE meta SET value = value + 1 WHERE name = 'run' RETURNING value"
    return int(one_row(connection, statement)[0])


def _chunks(connection: duckdb.DuckDBPyConnection, source: str) -> list[tuple[int, int, int, int]]:
    """First and last series and first and last time of pieces of about `CHUNK_ROWS` rows."""
    ranges = connection.execute(
        f"""
        SELECT min(series), max(series), min(low), max(high), sum(rows) FROM (
            SELECT series, low, high, rows, sum(rows) OVER (ORDER BY series) // ? AS piece FROM (
                SELECT series, min(moment) AS low, max(moment) AS high, count(*) AS rows
                FROM ({source}) GROUP BY series
            )
        ) GROUP BY piece ORDER BY piece
        """,
        (CHUNK_ROWS,),
    ).fetchall()
    pieces: list[tuple[int, int, int, int]] = []
    for first, last, low, high, rows in ranges:
        slices = -(-rows // (2 * CHUNK_ROWS)) if first == last else 1
        step = (high - low) // slices + 1
        pieces += [
            (first, last, low + part * step, low + (part + 1) * step - 1) for part in range(slices)
        ]
    return pieces
