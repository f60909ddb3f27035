"""Copies of history that leave the server: Parquet files, and backups with their proof."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb

from kota.errors import ConflictError, StoreError
from kota.store.history.protocol import Manifest, Without
from kota.store.history.rows import names_of
from kota.store.history.sql import one_row

FILE_NAME = "history.duckdb"
_CHECKSUM = (
    "coalesce(sum(hash(o.series, o.sequence, o.moment, o.number, o.value)::HUGEINT), 0)::VARCHAR"
)


def export(
    connection: duckdb.DuckDBPyConnection,
    target: Path,
    start: int | None,
    end: int | None,
    without: Without | None = None,
) -> int:
    """Write Parquet files by entity type and day; see `HistoryStore.export`."""
    if target.exists() and any(target.iterdir()):
        raise ConflictError(f"{target} is not empty", hint="export into a new folder")
    target.mkdir(parents=True, exist_ok=True)
    types = connection.execute("SELECT DISTINCT types FROM entity").fetchall()
    connection.execute("CREATE OR REPLACE TEMP TABLE label (types VARCHAR, label VARCHAR)")
    if types:
        connection.executemany(
            "INSERT INTO label VALUES (?, ?)", [(text, _label(text)) for (text,) in types]
        )
    conditions = ["o.deleted_at IS NULL"]
    if without is not None:
        conditions.append(_kept_back(connection, [text for (text,) in types], without))
    conditions += [f"o.moment >= {start:d}"] if start is not None else []
    conditions += [f"o.moment < {end:d}"] if end is not None else []
    (written,) = one_row(
        connection,
        f"""
        COPY (
            SELECT coalesce(l.label, 'unknown') AS type,
                strftime(make_timestamp(o.moment), '%Y-%m-%d') AS day,
                s.entity_id, s.attribute, s.dataset_id,
                make_timestamp(o.observed_at) AS observed_at,
                make_timestamp(o.modified_at) AS modified_at, o.number, o.value, o.unit,
                coalesce(o.quality, 0)::UTINYINT AS quality, o.reason
            FROM observation o JOIN series s USING (series)
            LEFT JOIN entity e ON e.id = s.entity_id LEFT JOIN label l USING (types)
            WHERE {" AND ".join(conditions)}
        ) TO {_quoted(target)} (FORMAT parquet, COMPRESSION zstd, PARTITION_BY (type, day))
        """,
    )
    return int(written)


def _kept_back(connection: duckdb.DuckDBPyConnection, types: list[str], without: Without) -> str:
    """SQL that holds for what is not to be left out."""
    pairs = [(text, name) for text in types for name in sorted(without(names_of(text)))]
    connection.execute("CREATE OR REPLACE TEMP TABLE kept_back (types VARCHAR, name VARCHAR)")
    if pairs:
        connection.executemany("INSERT INTO kept_back VALUES (?, ?)", pairs)
    return (
        "e.types IS NOT NULL AND NOT EXISTS (SELECT 1 FROM kept_back k "
        "WHERE k.types = e.types AND k.name = s.attribute)"
    )


def backup(connection: duckdb.DuckDBPyConnection, target: Path) -> Manifest:
    """Copy the whole file as it is at one moment, then compare the copy with what was there.

    Raises:
        ConflictError: there is a file already.
        StoreError: the copy differs.
    """
    path = target / FILE_NAME
    if path.exists():
        raise ConflictError(f"{path} exists", hint="back up into a new folder")
    target.mkdir(parents=True, exist_ok=True)
    (name,) = one_row(connection, "SELECT current_database()")
    connection.execute(f"ATTACH {_quoted(path)} AS copy")
    try:
        connection.execute("BEGIN")
        expected = manifest_of(connection)
        connection.execute(f'COPY FROM DATABASE "{name}" TO copy')
        connection.execute("COMMIT")
    except duckdb.Error:
        connection.execute("ROLLBACK")
        raise
    finally:
        connection.execute("DETACH copy")
    found = inspect(path)
    if found != expected:
        raise StoreError(f"backup {path} differs from what was copied", hint="back up again")
    return found


def restore(source: Path, folder: Path) -> Manifest:
    """Put a backup into the folder of a stopped or new Kota.

    Args:
        source: the folder that `backup` wrote.
        folder: where the history file shall be; one that is there is replaced.

    Returns:
        What the restored file holds, read from it.

    Raises:
        StoreError: there is no backup, or it cannot be read.
    """
    origin, path = source / FILE_NAME, folder / FILE_NAME
    if not origin.is_file():
        raise StoreError(f"{origin} does not exist", hint="name a folder that kota backup wrote")
    expected = inspect(origin)
    folder.mkdir(parents=True, exist_ok=True)
    arriving = path.with_suffix(".arriving")
    shutil.copyfile(origin, arriving)
    if inspect(arriving) != expected:
        raise StoreError(f"{arriving} differs from {origin}", hint="check the disk and try again")
    path.with_name(FILE_NAME + ".wal").unlink(missing_ok=True)
    arriving.replace(path)
    return expected


def inspect(path: Path) -> Manifest:
    """What a history file that nobody has open holds.

    Raises:
        StoreError: it cannot be read.
    """
    try:
        with duckdb.connect(path, read_only=True) as connection:
            return manifest_of(connection)
    except duckdb.Error as error:
        raise StoreError(f"{path} is not a readable history file: {error}") from error


def manifest_of(connection: duckdb.DuckDBPyConnection) -> Manifest:
    """Counts and a checksum over all rows, whatever their order."""
    row = one_row(
        connection,
        f"""
        SELECT (SELECT count(*) FROM observation), (SELECT count(*) FROM series),
            (SELECT count(*) FROM entity), (SELECT value FROM meta WHERE name = 'drained'),
            (SELECT {_CHECKSUM} FROM observation o)
        """,
    )
    return Manifest(*row)


def _label(types: str) -> str:
    """The last part of the first type's IRI, for a folder name."""
    names = names_of(types)
    return names[0].rstrip("/#").replace("#", "/").rsplit("/", 1)[-1] if names else "unknown"


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"
