"""A town's way from its folder into a database, and the proof that all of it arrived."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import asyncpg
import duckdb
import msgspec

from kota.clock import WallClock
from kota.errors import ConflictError, StoreError
from kota.store.history.archive import FILE_NAME as HISTORY_FILE
from kota.store.history.drain import Drain
from kota.store.history.duckdb import DuckHistory
from kota.store.history.postgres import archive as histories
from kota.store.history.postgres.schema import MIGRATIONS as HISTORY_MIGRATIONS
from kota.store.opening import database_of, mark, set_aside
from kota.store.ownership import Ownership
from kota.store.postgres.address import Address
from kota.store.postgres.link import LOST, Connection, Database
from kota.store.postgres.owning import own
from kota.store.postgres.versions import migrate
from kota.store.state.postgres import archive as states
from kota.store.state.postgres.schema import MIGRATIONS as STATE_MIGRATIONS
from kota.store.state.sqlite import FILE_NAME as STATE_FILE
from kota.store.state.sqlite import SqliteState

Report = Callable[[str, int, int], None]
"""Told which step runs, how many rows of it are done, and how many there are."""

_TABLES = (*states.TABLES, "kind", "observation", "evolution", "series", "gone")


class Moved(msgspec.Struct, frozen=True):
    """What was moved and compared, and how long it took.

    Args:
        state: rows of state.
        observations: rows of history.
        copied_s, compared_s: seconds.
        aside: where the files of the embedded store lie now.
    """

    state: int
    observations: int
    copied_s: float
    compared_s: float
    aside: Path


async def move(data: Path, address: Address, report: Report) -> Moved:
    """Move the town of a folder into an empty schema of a database.

    The folder keeps its rules, keys and photos, and names the database from then on. The files of
    the embedded store are set aside, not deleted. Where anything fails, the folder is as it was,
    and the schema holds nothing that would be taken for a town.

    Args:
        data: the folder; no Kota runs on it.
        address: the database.
        report: told of progress.

    Raises:
        StoreError: a Kota runs on one of the two, a file is damaged, or a row differs.
        ConflictError: the schema holds a town, or the folder none.
    """
    if not (data / STATE_FILE).is_file():
        named = database_of(data)
        where = f"it is in {named}" if named is not None else "there is no state file"
        raise ConflictError(f"{data} holds no embedded town: {where}")
    ownership = Ownership(data)
    try:
        await _settle(data)
        async with _target(address) as target:
            found = await _copied(data, target, report)
        mark(data, address)
        return msgspec.structs.replace(
            found, aside=set_aside(data, time.strftime("embedded-%Y%m%d-%H%M%S"))
        )
    finally:
        ownership.release()


async def _copied(data: Path, target: Connection, report: Report) -> Moved:
    """Copy and compare; where anything fails, the tables are empty again."""
    begin = time.perf_counter()
    with (
        closing(sqlite3.connect(data / STATE_FILE)) as state,
        duckdb.connect(data / HISTORY_FILE, read_only=True) as history,
    ):
        try:
            rows, observations = await _copy(target, state, history, report)
            copied = time.perf_counter()
            await _compare(target, state, history, rows, observations, report)
        except BaseException:
            await _empty(target)
            raise
    return Moved(rows, observations, copied - begin, time.perf_counter() - copied, data)


async def _settle(data: Path) -> None:
    """Bring the files to this program's version, with nothing waiting in the journal."""
    state, history = SqliteState(data, WallClock()), DuckHistory(data)
    await state.open()
    try:
        await history.open()
        try:
            drain = Drain(state.journal, history)
            await drain.start()
            await drain.close()
            if drain.failure is not None:
                raise drain.failure
        finally:
            await history.close()
    finally:
        await state.close()


@asynccontextmanager
async def _target(address: Address) -> AsyncIterator[Connection]:
    """A connection that owns an empty town."""
    database = Database(address, "kota migrate")
    try:
        connection = await database.connect(patient=True)
        try:
            await own(connection, database, "state", wait=0)
            await own(connection, database, "history", wait=0)
            await migrate(connection, address.schema, "state", STATE_MIGRATIONS)
            await migrate(connection, address.schema, "history", HISTORY_MIGRATIONS)
            await _require_empty(connection, address)
            yield connection
        finally:
            await connection.close(timeout=10)
    except LOST as error:
        raise database.unreachable(error) from error
    except asyncpg.PostgresError as error:
        raise database.refused(error) from error


async def _require_empty(connection: Connection, address: Address) -> None:
    for table in _TABLES:
        if await connection.fetchval(f"SELECT EXISTS (SELECT 1 FROM {table})"):
            raise ConflictError(
                f"database {address} holds a town: {table} has rows",
                hint="name another database, or a schema of it with ?schema=NAME",
            )


async def _copy(
    target: Connection,
    state: sqlite3.Connection,
    history: duckdb.DuckDBPyConnection,
    report: Report,
) -> tuple[int, int]:
    rows, observations = states.count_rows(state), histories.count_rows(history)
    await states.copy_in(target, state, _counting(report, "copying state", rows))
    await histories.copy_in(target, history, _counting(report, "copying history", observations))
    return rows, observations


async def _compare(
    target: Connection,
    state: sqlite3.Connection,
    history: duckdb.DuckDBPyConnection,
    rows: int,
    observations: int,
    report: Report,
) -> None:
    await states.compare(target, state, _counting(report, "comparing state", rows))
    told = _counting(report, "comparing history", observations)
    compared = await histories.compare(target, history, told)
    if compared != observations:
        raise StoreError(f"{compared} of {observations} observations arrived")


async def _empty(target: Connection) -> None:
    """Leave no half of a town behind."""
    try:
        await target.execute(f"TRUNCATE {', '.join(_TABLES)}")
    except (asyncpg.PostgresError, *LOST):
        return


def _counting(report: Report, step: str, total: int) -> Any:
    done = 0

    def more(rows: int) -> None:
        nonlocal done
        done += rows
        report(step, done, total)

    more(0)
    return more
