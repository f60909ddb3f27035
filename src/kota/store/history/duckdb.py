"""The embedded history store: DuckDB, with one writing thread, few reading ones and a keeper."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import threading
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import duckdb

from kota.errors import KotaError, StoreError
from kota.model.entity import Attribute
from kota.model.query.temporal import Aggregation
from kota.store.history import archive, reading, renewing, runs, summing
from kota.store.history.protocol import (
    Aggregate,
    Chart,
    EntityFilter,
    EntityRecord,
    Manifest,
    SeriesFilter,
    Span,
    Stored,
    Without,
)
from kota.store.history.schema import migrate
from kota.store.history.series import SeriesDictionary
from kota.store.history.sql import count_of
from kota.store.history.writing import HistoryWriter
from kota.store.state.protocol import Observation
from kota.store.state.stretch import Stretch

if TYPE_CHECKING:
    import pyarrow as pa

FILE_NAME = archive.FILE_NAME
READERS = 2

_log = logging.getLogger(__name__)
_T = TypeVar("_T")


class DuckHistory:
    """History in one DuckDB file.

    DuckDB lets no other process in, so this one owns the file. All writing happens in one thread;
    reads run beside it on snapshots; the keeper merges runs without stopping either.

    Args:
        folder: where the file is or shall be.
        memory_limit: what DuckDB may use [bytes].
        threads: what DuckDB may use for one query.
    """

    def __init__(self, folder: Path, *, memory_limit: int = 256 * 2**20, threads: int = 2) -> None:
        self._path = folder / FILE_NAME
        self._config: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": f"{memory_limit // 2**20}MB",
            "threads": str(threads),
            "checkpoint_threshold": "64MB",
            "temp_directory": str(folder / "history.tmp"),
        }
        self._series = SeriesDictionary()
        self._local = threading.local()
        self._settle: Callable[[], Awaitable[None]] | None = None
        self._writing = ThreadPoolExecutor(1, thread_name_prefix="kota-history-write")
        self._reading = ThreadPoolExecutor(READERS, thread_name_prefix="kota-history-read")
        self._keeping = ThreadPoolExecutor(
            1, thread_name_prefix="kota-history-keep", initializer=_yield_to_others
        )
        self._shape = asyncio.Lock()
        self._merging: asyncio.Task[None] | None = None
        self._closing = False

    async def open(self) -> None:
        """Open or create the file, migrate it, and clear what a killed process left."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        await self._in(self._writing, self._open)
        self._merge_soon()

    async def close(self) -> None:
        """Stop merging, finish what was begun, and close the file."""
        self._closing = True
        if self._merging is not None:
            self._keeper.interrupt()
            await asyncio.wait([self._merging])
        for pool in (self._reading, self._keeping):
            await asyncio.to_thread(pool.shutdown)
        await self._in(self._writing, self._connection.close)
        await asyncio.to_thread(self._writing.shutdown)

    def on_read(self, settle: Callable[[], Awaitable[None]]) -> None:
        """Name what is awaited before each read."""
        self._settle = settle

    @property
    def drained(self) -> int:
        """The last sequence of the journal that is held durably."""
        return self._writer.drained

    async def drain(self, stretches: Sequence[Stretch]) -> None:
        """Take over a part of the journal, durably."""
        await self._in(self._writing, self._writer.drain, stretches)
        self._merge_soon()

    async def rewind(self, to: int) -> None:
        """Expect the journal to go on after `to`."""
        await self._in(self._writing, self._writer.rewind, to)

    async def write(
        self, entity_id: str, types: Sequence[str], observations: Sequence[Observation], *, now: int
    ) -> bool:
        """Add instances to an entity's evolution; returns whether it had none before."""
        await self._settled()
        step = partial(self._writer.write, entity_id, types, observations, now)
        new = await self._in(self._writing, partial(step, still=False))
        if new is None:
            async with self._shape:
                new = await self._in(self._writing, partial(step, still=True))
        self._merge_soon()
        return bool(new)

    async def load(self, table: pa.Table, *, types: Mapping[str, Sequence[str]], now: int) -> int:
        """Take over many observations at once; see `HistoryStore.load`."""
        added = await self._in(self._writing, self._writer.load, table, types, now)
        self._merge_soon()
        return added

    async def replace_instance(
        self, entity_id: str, attribute: str, key: int, instance: Attribute
    ) -> bool:
        """Put another value in the place of an instance."""
        await self._settled()
        async with self._shape:
            step = self._writer.replace_instance
            return await self._in(self._writing, step, entity_id, attribute, key, instance)

    async def delete_instance(self, entity_id: str, attribute: str, key: int) -> bool:
        """Remove one instance."""
        await self._settled()
        async with self._shape:
            step = self._writer.delete_instance
            return await self._in(self._writing, step, entity_id, attribute, key)

    async def delete_attribute(
        self, entity_id: str, attribute: str, datasets: tuple[str | None, ...] = ()
    ) -> bool:
        """Remove series of an entity."""
        await self._settled()
        step = self._writer.delete_attribute
        return await self._in(self._writing, step, entity_id, attribute, datasets)

    async def delete_entity(self, entity_id: str) -> bool:
        """Remove the whole evolution of an entity."""
        await self._settled()
        return await self._in(self._writing, self._writer.delete_entity, entity_id)

    async def scrub(self) -> None:
        """Delete the rows of removed evolutions; at the next start the file is written anew."""
        await self._settled()
        async with self._shape:
            await self._in(self._writing, self._writer.delete_lost)
        await asyncio.to_thread(renewing.order, self._path.parent)

    async def entities(
        self, wanted: EntityFilter, *, limit: int | None = None, offset: int = 0
    ) -> list[EntityRecord]:
        """Entities that match, one page of them."""
        return await self._read(
            lambda connection: reading.entities(connection, self._series, wanted, limit, offset)
        )

    async def count(self, wanted: EntityFilter) -> int:
        """How many entities match."""
        return await self._read(lambda connection: reading.count(connection, self._series, wanted))

    async def instances(
        self,
        series: SeriesFilter,
        span: Span,
        *,
        last_n: int | None = None,
        limit: int | None = None,
    ) -> list[Stored]:
        """Instances in time order; see `HistoryStore.instances`."""
        return await self._read(
            lambda connection: reading.instances(
                connection, self._series, series, span, last_n, limit
            )
        )

    async def attributes(self, series: SeriesFilter, span: Span) -> list[tuple[str, str, int]]:
        """Entity id, attribute and kind of what has an instance in this time."""
        return await self._read(
            lambda connection: reading.attributes(connection, self._series, series, span)
        )

    async def aggregate(
        self, series: SeriesFilter, span: Span, aggregation: Aggregation
    ) -> list[Aggregate]:
        """Aggregated values by series and period."""
        return await self._read(
            lambda connection: summing.aggregate(
                connection, self._series, series, span, aggregation
            )
        )

    async def chart(
        self,
        entity_id: str,
        attribute: str,
        *,
        start: int,
        end: int,
        points: int,
        dataset_id: str | None = None,
    ) -> Chart:
        """One series for a chart."""
        wanted = SeriesFilter(
            entity_ids=(entity_id,), attributes=(attribute,), datasets=(dataset_id,)
        )
        return await self._read(
            lambda connection: summing.chart(connection, self._series, wanted, start, end, points)
        )

    async def table(
        self,
        entity_ids: Sequence[str],
        attributes: Sequence[str],
        *,
        start: int | None = None,
        end: int | None = None,
    ) -> pa.Table:
        """Observations as an Arrow table."""
        wanted = SeriesFilter(entity_ids=tuple(entity_ids), attributes=tuple(attributes))
        return await self._read(
            lambda connection: summing.table(connection, self._series, wanted, Span(start, end))
        )

    async def rows(self) -> int:
        """How many instances are kept."""
        return await self._in(self._reading, self._count)

    async def retain(self, since: int, of: SeriesFilter | None = None) -> int:
        """Forget every instance older than `since`; see `HistoryStore.retain`."""
        async with self._shape:
            return await self._in(self._writing, self._writer.retain, since, of)

    async def export(
        self,
        target: Path,
        *,
        start: int | None = None,
        end: int | None = None,
        without: Without | None = None,
    ) -> int:
        """Write Parquet files, partitioned by entity type and day."""
        return await self._read(
            lambda connection: archive.export(connection, target, start, end, without)
        )

    async def backup(self, target: Path) -> Manifest:
        """Write a consistent, verified copy into a folder while running."""
        await self._settled()
        async with self._shape:
            return await self._in(self._keeping, archive.backup, self._keeper, target)

    async def clustered(self) -> None:
        """Wait until no runs are due to be merged."""
        self._merge_soon()
        if self._merging is not None:
            await self._merging

    def _open(self) -> None:
        renewing.renew_if_ordered(self._path.parent, self._config)
        try:
            self._connection = duckdb.connect(self._path, config=self._config)
        except duckdb.Error as error:
            raise StoreError(
                f"history file {self._path} cannot be opened: {error}",
                hint="stop the other process that has it open, or restore a backup",
            ) from error
        migrate(self._connection)
        runs.drop_strays(self._connection)
        runs.name_all(self._connection)
        self._writer = HistoryWriter(self._connection, self._series)
        self._keeper = self._connection.cursor()

    def _cursor(self) -> duckdb.DuckDBPyConnection:
        """The connection of the present thread."""
        cursor: duckdb.DuckDBPyConnection | None = getattr(self._local, "cursor", None)
        if cursor is None:
            cursor = self._local.cursor = self._connection.cursor()
        return cursor

    def _count(self) -> int:
        return count_of(self._cursor(), "observation")

    async def _settled(self) -> None:
        if self._settle is not None:
            await self._settle()

    async def _read(self, query: Callable[[duckdb.DuckDBPyConnection], _T]) -> _T:
        await self._settled()
        return await self._in(self._reading, lambda: query(self._cursor()))

    async def _in(self, pool: ThreadPoolExecutor, step: Callable[..., _T], *args: object) -> _T:
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(pool, step, *args)
        except duckdb.Error as error:
            raise StoreError(
                f"history file {self._path}: {error}",
                hint="free disk space or memory; a damaged file is restored from a backup",
            ) from error

    def _merge_soon(self) -> None:
        if self._closing or (self._merging is not None and not self._merging.done()):
            return
        if self._writer.recent == 0 or self._merging is None:
            self._merging = asyncio.create_task(self._merge(), name="kota-history-keep")

    async def _merge(self) -> None:
        """Merge runs until none is due; the store works on without, only slower."""
        try:
            while not self._closing and await self._merge_once():
                continue
        except KotaError as error:
            if not self._closing:
                _log.warning("history is not clustered any further for now: %s", error)

    async def _merge_once(self) -> bool:
        async with self._shape:
            found = await self._in(self._keeping, runs.due, self._keeper)
            if found is None:
                return False
            level, parts = found
            number = await self._in(self._writing, self._writer.reserve_run)
            rows = await self._in(self._keeping, runs.merge, self._keeper, number, parts)
            await self._in(self._writing, self._writer.swap, number, rows, level + 1, parts)
            return True


def _yield_to_others() -> None:
    """Let the present thread work only where others do not want to (Linux)."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 10)
