"""Versions of the history file, and how one becomes the next."""

from __future__ import annotations

import duckdb

from kota.errors import StoreError
from kota.store.history.sql import one_row

COLUMNS = """
    series UINTEGER NOT NULL,
    sequence BIGINT NOT NULL,
    moment BIGINT NOT NULL,
    observed_at BIGINT,
    created_at BIGINT NOT NULL,
    modified_at BIGINT NOT NULL,
    deleted_at BIGINT,
    kind UTINYINT NOT NULL,
    number DOUBLE,
    value VARCHAR,
    rest VARCHAR,
    unit VARCHAR,
    quality UTINYINT,
    reason VARCHAR
"""
"""One instance a row.

`moment` is `observed_at` or, without one, `modified_at`; a run is sorted by series and `moment`.
`number` holds numbers, and booleans as 0 and 1; `value` the JSON of everything that is not a plain
number; `rest` the JSON of what only few instances have (see `kota.store.history.rows`). Times are
microseconds since the epoch. `sequence` is history's own number of the instance.
"""

MIGRATIONS: tuple[str, ...] = (
    f"""
    CREATE TABLE meta (name VARCHAR NOT NULL, value BIGINT NOT NULL);
    INSERT INTO meta VALUES ('drained', 0), ('sequence', 0), ('series', 0), ('run', 0);
    CREATE TABLE entity (
        id VARCHAR NOT NULL, types VARCHAR NOT NULL, scope VARCHAR NOT NULL,
        created_at BIGINT NOT NULL, modified_at BIGINT NOT NULL
    );
    CREATE TABLE series (
        series UINTEGER NOT NULL, entity_id VARCHAR NOT NULL, attribute VARCHAR NOT NULL,
        dataset_id VARCHAR
    );
    CREATE TABLE run (number INTEGER NOT NULL, level INTEGER NOT NULL, rows BIGINT NOT NULL);
    CREATE TABLE recent ({COLUMNS});
    CREATE VIEW observation AS SELECT * FROM recent;
    """,
)
"""Script number i leads from version i to version i + 1; a released one is never edited."""


def migrate(connection: duckdb.DuckDBPyConnection) -> None:
    """Bring a history file to the version of this program, each step in one transaction.

    Raises:
        StoreError: the file was written by a newer Kota.
    """
    connection.execute("CREATE TABLE IF NOT EXISTS version (number INTEGER NOT NULL)")
    (version,) = one_row(connection, "SELECT coalesce(max(number), 0) FROM version")
    if version > len(MIGRATIONS):
        raise StoreError(
            f"the history file has version {version}, this Kota knows {len(MIGRATIONS)}",
            hint="upgrade Kota, or restore a backup that this version wrote",
        )
    for number, script in enumerate(MIGRATIONS[version:], start=version + 1):
        connection.execute(f"BEGIN; {script}; INSERT INTO version VALUES ({number}); COMMIT;")
