"""One Kota owns a town's tables; the database lets go of them when its connection ends."""

from __future__ import annotations

import asyncio
import time
from typing import Final

from kota.errors import StoreError
from kota.store.postgres.link import PAUSE, Connection, Database

_LOCK: Final = "SELECT pg_try_advisory_lock(hashtextextended($1, 21))"
_HOLDER: Final = """
    SELECT a.application_name, a.client_addr, a.backend_start::text FROM pg_locks l
    JOIN pg_stat_activity a USING (pid)
    WHERE l.locktype = 'advisory' AND l.granted
        AND (l.classid::bigint << 32 | l.objid::bigint) = hashtextextended($1, 21)
"""


async def own(connection: Connection, database: Database, part: str, *, wait: float) -> None:
    """Hold a part of the town's tables for as long as the connection lasts.

    Args:
        connection: of the owner.
        database: where it leads.
        part: ``state`` or ``history``.
        wait: for an owner that is just ending, [s].

    Raises:
        StoreError: another Kota owns them; says from where.
    """
    what = f"kota {database.address.database} {database.address.schema} {part}"
    end = time.monotonic() + wait
    while not await connection.fetchval(_LOCK, what):
        if time.monotonic() >= end:
            holder = await connection.fetchrow(_HOLDER, what)
            who = "another process"
            if holder is not None:
                name, where, since = holder
                who = f"{name} at {where or 'this machine'} since {since[:19]}"
            raise StoreError(
                f"database {database.address}: {part} is in use by {who}",
                hint="stop that one, or give this one a schema of its own with ?schema=NAME",
            )
        await asyncio.sleep(PAUSE)
