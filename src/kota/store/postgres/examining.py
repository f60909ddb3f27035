"""What would make a database lose writes or refuse them, said before a town moves in."""

from __future__ import annotations

from typing import Final, Literal

import asyncpg
import msgspec

from kota.store.postgres.address import Address
from kota.store.postgres.link import LOST, Connection, Database
from kota.store.postgres.versions import version_of

Level = Literal["good", "warning", "bad"]
OLDEST: Final = 150000
"""PostgreSQL 15."""


class Examined(msgspec.Struct, frozen=True):
    """One thing that was looked at, as `kota.connect.finding.Finding` has it."""

    check: str
    level: Level
    detail: str
    advice: str = ""


class Demand(msgspec.Struct, frozen=True):
    """A setting that must have a value.

    Args:
        setting: its name.
        good: values that are well.
        why: what happens otherwise.
        level: how bad that is.
    """

    setting: str
    good: frozenset[str]
    why: str
    level: Level = "bad"


DEMANDS: Final = (
    Demand("fsync", frozenset({"on"}), "a power cut may damage everything"),
    Demand("full_page_writes", frozenset({"on"}), "a power cut may damage pages"),
    Demand(
        "synchronous_commit",
        frozenset({"on", "remote_write", "remote_apply"}),
        "a power cut loses the last writes that were acknowledged",
    ),
    Demand("server_encoding", frozenset({"UTF8"}), "names in other scripts are refused"),
    Demand(
        "data_checksums",
        frozenset({"on"}),
        "a damaged disk is not noticed (initdb --data-checksums)",
        "warning",
    ),
    Demand(
        "archive_mode",
        frozenset({"on", "always"}),
        "only what was backed up can be restored, not any point in time",
        "warning",
    ),
)


async def examine(address: Address) -> list[Examined]:
    """Look at a database without changing anything."""
    database = Database(address, "kota doctor")
    try:
        connection = await database.connect()
    except (asyncpg.PostgresError, *LOST) as error:
        return [Examined("database", "bad", f"{address}: {error}", "start it, let this user in")]
    try:
        found = [await _version(connection), await _postgis(connection)]
        found += [await _setting(connection, demand) for demand in DEMANDS]
        found += [await _rights(connection, address), await _connections(connection)]
        found += [await _tables(connection, address, part) for part in ("state", "history")]
    finally:
        await connection.close(timeout=5)
    return found


async def _version(connection: Connection) -> Examined:
    text = await connection.fetchval("SHOW server_version")
    number = int(await connection.fetchval("SHOW server_version_num"))
    if number < OLDEST:
        return Examined("PostgreSQL", "bad", text, "Kota needs PostgreSQL 15 or newer")
    return Examined("PostgreSQL", "good", text)


async def _postgis(connection: Connection) -> Examined:
    row = await connection.fetchrow(
        "SELECT installed_version, default_version FROM pg_available_extensions "
        "WHERE name = 'postgis'"
    )
    if row is None:
        advice = "install postgresql-15-postgis-3 on the server"
        return Examined("PostGIS", "bad", "not installed on the server", advice)
    if row["installed_version"] is None:
        advice = "as its administrator: CREATE EXTENSION postgis"
        superuser = await connection.fetchval("SELECT current_setting('is_superuser') = 'on'")
        detail = f"{row['default_version']}, not in this database"
        return Examined("PostGIS", "good" if superuser else "bad", detail, advice)
    return Examined("PostGIS", "good", row["installed_version"])


async def _setting(connection: Connection, demand: Demand) -> Examined:
    value = await connection.fetchval("SELECT current_setting($1)", demand.setting)
    if value in demand.good:
        return Examined(demand.setting, "good", value)
    return Examined(demand.setting, demand.level, value, demand.why)


async def _rights(connection: Connection, address: Address) -> Examined:
    allowed = await connection.fetchval(
        "SELECT CASE WHEN to_regnamespace($1) IS NULL "
        "THEN has_database_privilege(current_database(), 'CREATE') "
        "ELSE has_schema_privilege($1, 'CREATE') END",
        address.schema,
    )
    if allowed:
        return Examined("rights", "good", f"{address.user} may make tables in {address.schema}")
    advice = f"GRANT CREATE ON DATABASE {address.database} TO {address.user}"
    return Examined("rights", "bad", f"{address.user} may make no tables", advice)


async def _connections(connection: Connection) -> Examined:
    most = int(await connection.fetchval("SHOW max_connections"))
    used = await connection.fetchval("SELECT count(*) FROM pg_stat_activity")
    detail = f"{used} of {most}"
    if most - used < 12:
        return Examined("connections", "bad", detail, "Kota uses up to ten: raise max_connections")
    return Examined("connections", "good", detail)


async def _tables(connection: Connection, address: Address, part: str) -> Examined:
    version = await version_of(connection, part)
    if version is None:
        return Examined(part, "good", f"no tables in {address.schema} yet")
    return Examined(part, "good", f"version {version} in {address.schema}")
