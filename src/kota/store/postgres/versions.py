"""Versions of a town's tables, and how one becomes the next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import asyncpg

from kota.errors import StoreError
from kota.store.postgres.link import Connection

STEP_S: Final = 86_400.0
"""A step may take a day: it may have to write every row anew [s]."""
_LOCK: Final = "SELECT pg_advisory_xact_lock(hashtextextended($1, 20))"


async def migrate(connection: Connection, schema: str, part: str, steps: Sequence[str]) -> None:
    """Bring one part of a schema to the version of this program, all steps in one transaction.

    Args:
        connection: its search path begins with the schema.
        schema: made where it is not there.
        part: ``state`` or ``history``.
        steps: number i leads from version i to version i + 1; a released one is never edited.

    Raises:
        StoreError: the tables are a newer Kota's, or this user may not make them.
    """
    try:
        async with connection.transaction():
            await connection.execute(_LOCK, f"kota {schema}")
            await connection.execute(f'CREATE SCHEMA IF NOT EXISTS "{schema}"')
            await connection.execute(
                "CREATE TABLE IF NOT EXISTS version "
                "(part text PRIMARY KEY, number integer NOT NULL, at timestamptz NOT NULL)"
            )
            found = await connection.fetchval("SELECT number FROM version WHERE part = $1", part)
            version = found or 0
            if version > len(steps):
                raise StoreError(
                    f"schema {schema}: {part} has version {version}, this Kota knows {len(steps)}",
                    hint="upgrade Kota, or restore a backup that this version wrote",
                )
            for step in steps[version:]:
                await connection.execute(step, timeout=STEP_S)
            await connection.execute(
                "INSERT INTO version VALUES ($1, $2, now()) ON CONFLICT (part) "
                "DO UPDATE SET number = EXCLUDED.number, at = now() "
                "WHERE version.number <> EXCLUDED.number",
                part,
                len(steps),
            )
    except asyncpg.InsufficientPrivilegeError as error:
        raise StoreError(
            f"schema {schema}: {error}",
            hint="let the database's administrator run CREATE EXTENSION postgis in it, "
            "and GRANT CREATE ON DATABASE to this user",
        ) from error
    except asyncpg.FeatureNotSupportedError as error:
        raise StoreError(
            f"schema {schema}: {error}", hint="install PostGIS: postgresql-15-postgis-3"
        ) from error


async def version_of(connection: Connection, part: str) -> int | None:
    """The version of a part's tables; None where there are none."""
    if await connection.fetchval("SELECT to_regclass('version')") is None:
        return None
    found: int | None = await connection.fetchval(
        "SELECT number FROM version WHERE part = $1", part
    )
    return found
