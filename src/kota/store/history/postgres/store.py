"""History in PostgreSQL: one writer, readers beside it, and a sweeper."""

from __future__ import annotations

import asyncio
import logging
import tempfile
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import asyncpg
import duckdb

from kota.errors import KotaError
from kota.model.entity import Attribute
from kota.model.query.temporal import Aggregation
from kota.store.history import archive as parquet
from kota.store.history.postgres import reading, summing
from kota.store.history.postgres.archive import copy_out
from kota.store.history.postgres.writing import HistoryWriter
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
from kota.store.postgres.address import Address
from kota.store.postgres.link import LOST, Connection, Database
from kota.store.state.protocol import Observation
from kota.store.state.stretch import Stretch

if TYPE_CHECKING:
    import pyarrow as pa

_log = logging.getLogger(__name__)
_T = TypeVar("_T")


class PostgresHistory:
    """History in the tables of one schema.

    All writing goes over one connection; reads run beside it on snapshots.

    Args:
        address: of the database, and the schema in it.
    """

    def __init__(self, address: Address) -> None:
        self._database = Database(address, "kota history")
        self._writer = HistoryWriter(self._database)
        self._settle: Callable[[], Awaitable[None]] | None = None
        self._sweeping: asyncio.Task[None] | None = None
        self._closing = False

    async def open(self) -> None:
        """Connect, own the tables, and bring them to the version of this program."""
        await self._writer.open()
        try:
            await self._database.open()
        except BaseException:
            await self._writer.close()
            raise
        self._sweep_soon()

    async def close(self) -> None:
        """Finish what runs and disconnect."""
        self._closing = True
        if self._sweeping is not None:
            await asyncio.wait([self._sweeping])
        await self._writer.close()
        await self._database.close()

    def on_read(self, settle: Callable[[], Awaitable[None]]) -> None:
        """Name what is awaited before each read."""
        self._settle = settle

    @property
    def drained(self) -> int:
        """The last sequence of the journal that is held durably."""
        return self._writer.drained

    async def drain(self, stretches: Sequence[Stretch]) -> None:
        """Take over a part of the journal, durably."""
        await self._write(self._writer.drain(stretches))

    async def rewind(self, to: int) -> None:
        """Expect the journal to go on after `to`."""
        await self._write(self._writer.rewind(to))

    async def write(
        self, entity_id: str, types: Sequence[str], observations: Sequence[Observation], *, now: int
    ) -> bool:
        """Add instances to an entity's evolution; returns whether it had none before."""
        await self._settled()
        return await self._write(self._writer.write(entity_id, types, observations, now))

    async def load(self, table: pa.Table, *, types: Mapping[str, Sequence[str]], now: int) -> int:
        """Take over many observations at once; see `HistoryStore.load`."""
        return await self._write(self._writer.load(table, types, now))

    async def replace_instance(
        self, entity_id: str, attribute: str, key: int, instance: Attribute
    ) -> bool:
        """Put another value in the place of an instance."""
        await self._settled()
        return await self._write(self._writer.replace_instance(entity_id, attribute, key, instance))

    async def delete_instance(self, entity_id: str, attribute: str, key: int) -> bool:
        """Remove one instance."""
        await self._settled()
        return await self._write(self._writer.delete_instance(entity_id, attribute, key))

    async def delete_attribute(
        self, entity_id: str, attribute: str, datasets: tuple[str | None, ...] = ()
    ) -> bool:
        """Remove series of an entity."""
        await self._settled()
        return await self._write(self._writer.delete_attribute(entity_id, attribute, datasets))

    async def delete_entity(self, entity_id: str) -> bool:
        """Remove the whole evolution of an entity."""
        await self._settled()
        return await self._write(self._writer.delete_entity(entity_id))

    async def entities(
        self, wanted: EntityFilter, *, limit: int | None = None, offset: int = 0
    ) -> list[EntityRecord]:
        """Entities that match, one page of them."""
        return await self._read(lambda link: reading.entities(link, wanted, limit, offset))

    async def count(self, wanted: EntityFilter) -> int:
        """How many entities match."""
        return await self._read(lambda link: reading.count(link, wanted))

    async def instances(
        self,
        series: SeriesFilter,
        span: Span,
        *,
        last_n: int | None = None,
        limit: int | None = None,
    ) -> list[Stored]:
        """Instances in time order; see `HistoryStore.instances`."""
        return await self._read(lambda link: reading.instances(link, series, span, last_n, limit))

    async def attributes(self, series: SeriesFilter, span: Span) -> list[tuple[str, str, int]]:
        """Entity id, attribute and kind of what has an instance in this time."""
        return await self._read(lambda link: reading.attributes(link, series, span))

    async def aggregate(
        self, series: SeriesFilter, span: Span, aggregation: Aggregation
    ) -> list[Aggregate]:
        """Aggregated values by series and period."""
        return await self._read(lambda link: summing.aggregate(link, series, span, aggregation))

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
        return await self._read(lambda link: summing.chart(link, wanted, start, end, points))

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
        return await self._read(lambda link: summing.table(link, wanted, Span(start, end)))

    async def rows(self) -> int:
        """How many instances are kept."""
        return self._writer.rows

    async def scrub(self) -> None:
        """Sweep what was removed, and write the tables that hold values anew."""
        await self._settled()
        self._sweep_soon()
        if self._sweeping is not None:
            await asyncio.wait([self._sweeping])
        await self._database.write_anew(("observation", "series", "evolution"))

    async def retain(self, since: int, of: SeriesFilter | None = None) -> int:
        """Forget every instance older than `since`; see `HistoryStore.retain`."""
        numbers: list[int] | None = None
        if of is not None:
            numbers = sorted(await self._database.read(lambda link: reading.select(link, of)))
        if numbers == []:
            return 0
        return await self._write(self._writer.retain(since, numbers))

    async def export(
        self,
        target: Path,
        *,
        start: int | None = None,
        end: int | None = None,
        without: Without | None = None,
    ) -> int:
        """Write Parquet files, partitioned by entity type and day, by way of an embedded file."""
        await self._settled()
        with tempfile.TemporaryDirectory(prefix="kota-export-", dir=target.parent) as name:
            folder = Path(name)
            await copy_out(self._database, folder, start=start, end=end)
            path = folder / parquet.FILE_NAME
            return await asyncio.to_thread(_export, path, target, start, end, without)

    async def backup(self, target: Path) -> Manifest:
        """Write a consistent copy, as a file of the embedded store, while running."""
        await self._settled()
        return await copy_out(self._database, target)

    async def _settled(self) -> None:
        if self._settle is not None:
            await self._settle()

    async def _read(self, query: Callable[[Connection], Awaitable[_T]]) -> _T:
        await self._settled()
        return await self._database.read(query)

    async def _write(self, step: Awaitable[_T]) -> _T:
        try:
            found = await step
        except asyncpg.PostgresError as error:
            raise self._database.refused(error) from error
        except LOST as error:
            raise self._database.unreachable(error) from error
        self._sweep_soon()
        return found

    def _sweep_soon(self) -> None:
        idle = self._sweeping is None or self._sweeping.done()
        if self._writer.to_sweep and idle and not self._closing:
            self._sweeping = asyncio.create_task(self._sweep(), name="kota-history-sweep")

    async def _sweep(self) -> None:
        """Delete the rows of what was deleted; the store works on without."""
        try:
            while not self._closing and await self._writer.sweep():
                continue
        except (KotaError, asyncpg.PostgresError, *LOST) as error:
            _log.warning("rows of what was deleted stay for now: %s", error)


def _export(
    path: Path, target: Path, start: int | None, end: int | None, without: Without | None
) -> int:
    with duckdb.connect(path) as connection:
        return parquet.export(connection, target, start, end, without)
