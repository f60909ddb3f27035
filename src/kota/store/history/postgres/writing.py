"""The one writer of history: each call in one transaction, one after the other."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

import asyncpg
import msgspec
import numpy as np

from kota.errors import UnkeepableError
from kota.model.entity import Attribute, Kind
from kota.store.history.columns import table_of
from kota.store.history.entity_news import EntityNews, row_of
from kota.store.history.numbering import Numbering
from kota.store.history.postgres.copying import copy_rows, copy_table
from kota.store.history.postgres.partitions import Month, make, months, months_of
from kota.store.history.postgres.schema import MIGRATIONS
from kota.store.history.rows import table
from kota.store.history.series import SeriesDictionary
from kota.store.postgres.link import LOST, PATIENCE, PAUSE, Connection, Database, rows_of
from kota.store.postgres.owning import own
from kota.store.postgres.versions import migrate
from kota.store.state.protocol import Observation
from kota.store.state.stretch import Stretch, stretch_of

if TYPE_CHECKING:
    import pyarrow as pa

FIRST_WAIT: Final = 5.0
"""Seconds that a start waits for the connection of a killed Kota to end."""
SWEPT: Final = 200
"""Series whose rows are deleted in one transaction."""

_TELL: Final = (
    "INSERT INTO evolution (id, types, scope, created_at, modified_at) SELECT i, t, s, c, m "
    "FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[]) "
    "WITH ORDINALITY AS n (i, t, s, c, m, o) ORDER BY o ON CONFLICT (id) DO UPDATE SET "
    "types = EXCLUDED.types, scope = EXCLUDED.scope, created_at = EXCLUDED.created_at, "
    "modified_at = EXCLUDED.modified_at"
)
_GIVE_WAY: Final = (
    "DELETE FROM observation o USING unnest($1::int[], $2::bigint[]) AS t (series, at) "
    "WHERE o.series = t.series AND o.moment = t.at AND o.observed_at = t.at"
)


class HistoryWriter:
    """Adds, changes and removes rows.

    Args:
        database: where to connect.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection: Connection = None
        self._opened = False
        self._closing = False
        self._lock = asyncio.Lock()
        self._series = SeriesDictionary()
        self._months: set[str] = set()
        self._sequence = 0
        self.drained = 0
        self.rows = 0
        self.to_sweep = False

    async def open(self) -> None:
        """Own history's tables, and bring them to the version of this program."""
        try:
            await self._connect()
        except asyncpg.PostgresError as error:
            raise self._database.refused(error) from error
        except LOST as error:
            raise self._database.unreachable(error) from error

    async def close(self) -> None:
        """Finish what runs, and let go of the tables."""
        self._closing = True
        async with self._lock:
            if self._connection is not None:
                try:
                    await self._connection.close(timeout=5)
                except (TimeoutError, asyncpg.PostgresError, *LOST):
                    self._connection.terminate()

    async def drain(self, stretches: Sequence[Stretch]) -> None:
        """Take over a part of the journal."""
        async with self._transaction() as connection:
            drained = max((stretch.last for stretch in stretches), default=0)
            if drained <= self.drained:
                return
            batch = Numbering(self._series, self.drained)
            for stretch in stretches:
                await self._know(connection, stretch.entities)
                batch.add(stretch)
            await self._add(connection, stretches, batch)
            await _tell(connection, batch.news)
            await connection.execute("UPDATE history_ledger SET drained = $1", drained)
            self.drained = drained

    async def rewind(self, to: int) -> None:
        """Expect the journal to go on after `to`."""
        async with self._transaction() as connection:
            await connection.execute("UPDATE history_ledger SET drained = $1", to)
            self.drained = to

    async def write(
        self, entity_id: str, types: Sequence[str], observations: Sequence[Observation], now: int
    ) -> bool:
        """Add instances, in the place of those of the same time; whether the entity is new."""
        async with self._transaction() as connection:
            await self._know(connection, (entity_id,))
            new = not self._series.has(entity_id)
            batch = Numbering(self._series, self.drained)
            batch.news[entity_id] = EntityNews(types, at=now, unite=not new)
            if not new:
                await self._give_way(connection, entity_id, observations)
            if observations:
                stretch = stretch_of(self.drained + 1, observations)
                batch.add(stretch)
                await self._add(connection, [stretch], batch)
            await _tell(connection, batch.news)
        return new

    async def load(self, incoming: pa.Table, types: Mapping[str, Sequence[str]], now: int) -> int:
        """Add the rows of an Arrow table; see `HistoryStore.load`."""
        async with self._transaction() as connection:
            pairs, codes = await asyncio.to_thread(_pairs, incoming)
            await self._know(connection, (entity_id for entity_id, _ in pairs))
            numbers = [self._series.number(one, name, None) for one, name in pairs]
            series = np.array(numbers, np.uint32)[codes]
            rows = await asyncio.to_thread(_loaded, incoming, series, self._sequence, now)
            self._sequence += rows.num_rows
            await self._insert(connection, rows)
            await _tell(
                connection, {one: EntityNews(names, at=now) for one, names in types.items()}
            )
        return int(incoming.num_rows)

    async def replace_instance(
        self, entity_id: str, attribute: str, key: int, instance: Attribute
    ) -> bool:
        """Put another value in the place of an instance."""
        return await self._at_instance(entity_id, attribute, key, instance)

    async def delete_instance(self, entity_id: str, attribute: str, key: int) -> bool:
        """Remove one instance."""
        return await self._at_instance(entity_id, attribute, key, None)

    async def delete_attribute(
        self, entity_id: str, attribute: str, datasets: tuple[str | None, ...]
    ) -> bool:
        """Remove series of an entity."""
        async with self._transaction() as connection:
            await self._know(connection, (entity_id,))
            keys = self._series.keys_of(entity_id, attribute, datasets)
            await self._drop_series(connection, self._series.forget(entity_id, keys))
        return bool(keys)

    async def delete_entity(self, entity_id: str) -> bool:
        """Remove the evolution of an entity; its types stay known for when it goes on."""
        async with self._transaction() as connection:
            await self._know(connection, (entity_id,))
            gone = self._series.forget(entity_id)
            await self._drop_series(connection, gone)
        return bool(gone)

    async def retain(self, since: int, series: Sequence[int] | None) -> int:
        """Forget instances older than `since`, of all series or of some."""
        async with self._transaction() as connection:
            removed = 0
            if series is None:
                removed = await self._drop_months(connection, since)
            removed += rows_of(
                await connection.execute(
                    "DELETE FROM observation WHERE moment < $1"
                    + ("" if series is None else " AND series = ANY($2)"),
                    *((since,) if series is None else (since, series)),
                )
            )
            self.rows -= removed
        return removed

    async def sweep(self) -> bool:
        """Delete the rows of some series that are gone; whether there were any."""
        async with self._transaction() as connection:
            found = await connection.fetch("SELECT series FROM gone LIMIT $1", SWEPT)
            numbers = [number for (number,) in found]
            if numbers:
                self.rows -= rows_of(
                    await connection.execute(
                        "DELETE FROM observation WHERE series = ANY($1)", numbers
                    )
                )
                await connection.execute("DELETE FROM gone WHERE series = ANY($1)", numbers)
            self.to_sweep = len(numbers) == SWEPT
        return bool(numbers)

    async def _connect(self) -> None:
        if self._connection is not None:
            self._connection.terminate()
        connection = await self._database.connect()
        try:
            wait = PATIENCE if self._opened else FIRST_WAIT
            await own(connection, self._database, "history", wait=wait)
            if not self._opened:
                schema = self._database.address.schema
                await migrate(connection, schema, "history", MIGRATIONS)
                self._opened = True
            await self._stand(connection)
        except BaseException:
            connection.terminate()
            raise
        self._connection = connection

    async def _stand(self, connection: Connection) -> None:
        """Take up where the database stands."""
        ledger = await connection.fetchrow(
            "SELECT drained, sequence, series, rows FROM history_ledger"
        )
        self.drained, self._sequence, last, self.rows = ledger
        self._series.start(last)
        self._months = {month.name for month in await months(connection)}
        self.to_sweep = await connection.fetchval("SELECT EXISTS (SELECT 1 FROM gone)")

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[Connection]:
        """All or nothing; what failed leaves no trace in memory either."""
        async with self._lock:
            connection = await self._held()
            try:
                async with connection.transaction():
                    yield connection
                    await connection.execute(
                        "UPDATE history_ledger SET sequence = $1, series = $2, rows = $3",
                        self._sequence,
                        self._series.last,
                        self.rows,
                    )
            except asyncpg.DataError as error:
                await self._undo(connection)
                raise UnkeepableError(f"history cannot keep a value: {error}") from error
            except BaseException:
                await self._undo(connection)
                raise
            self._series.make_room()

    async def _undo(self, connection: Connection) -> None:
        """Forget what a failed transaction left in memory."""
        try:
            await self._stand(connection)
        except (asyncpg.PostgresError, *LOST):
            connection.terminate()

    async def _held(self) -> Connection:
        """The connection, made anew where it broke, for as long as `PATIENCE` lasts."""
        end = time.monotonic() + PATIENCE
        while self._connection is None or self._connection.is_closed():
            try:
                await self._connect()
            except LOST:
                if self._closing or time.monotonic() > end:
                    raise
                await asyncio.sleep(PAUSE)
        return self._connection

    async def _know(self, connection: Connection, entity_ids: Iterable[str]) -> None:
        missing = self._series.unknown(entity_ids)
        if missing:
            rows = await connection.fetch(
                "SELECT series, entity_id, attribute, dataset_id FROM series "
                "WHERE entity_id = ANY($1)",
                missing,
            )
            self._series.learn(missing, rows)

    async def _add(
        self, connection: Connection, stretches: Sequence[Stretch], batch: Numbering
    ) -> None:
        await self._drop_series(connection, batch.dropped)
        if batch.removed:
            await connection.execute("DELETE FROM evolution WHERE id = ANY($1)", batch.removed)
        rows = await asyncio.to_thread(table, stretches, batch.numbers, self._sequence)
        self._sequence += rows.num_rows
        await self._insert(connection, rows)

    async def _insert(self, connection: Connection, rows: pa.Table) -> None:
        new = self._series.take_new()
        if new:
            names = ("series", "entity_id", "attribute", "dataset_id")
            await copy_table(connection, "series", table_of(names, new))
        if rows.num_rows:
            await self._make_months(connection, months_of(rows["moment"].to_numpy()))
            self.rows += await copy_rows(connection, rows)

    async def _make_months(self, connection: Connection, wanted: list[Month]) -> None:
        missing = [month for month in wanted if month.name not in self._months]
        if missing:
            await make(connection, missing)
            self._months.update(month.name for month in missing)

    async def _drop_months(self, connection: Connection, since: int) -> int:
        """Drop the tables of months that are over; returns how many rows they had."""
        removed = 0
        for month in await months(connection):
            if month.end <= since:
                removed += await connection.fetchval(f"SELECT count(*) FROM {month.name}")
                await connection.execute(f"DROP TABLE {month.name}")
                self._months.discard(month.name)
        return removed

    async def _drop_series(self, connection: Connection, numbers: list[int]) -> None:
        if numbers:
            await connection.execute(
                "INSERT INTO gone SELECT unnest($1::int[]) ON CONFLICT DO NOTHING", numbers
            )
            await connection.execute("DELETE FROM series WHERE series = ANY($1)", numbers)
            self.to_sweep = True

    async def _give_way(
        self, connection: Connection, entity_id: str, observations: Sequence[Observation]
    ) -> None:
        """Delete the instances that have the series and time of observation of new ones."""
        places = [
            (
                self._series.number(entity_id, one.attribute, one.instance.dataset_id),
                one.instance.observed_at,
            )
            for one in observations
            if one.instance.observed_at is not None
        ]
        if places:
            series, times = zip(*places, strict=True)
            self.rows -= rows_of(await connection.execute(_GIVE_WAY, list(series), list(times)))

    async def _at_instance(
        self, entity_id: str, attribute: str, key: int, instance: Attribute | None
    ) -> bool:
        async with self._transaction() as connection:
            await self._know(connection, (entity_id,))
            keys = self._series.keys_of(entity_id, attribute)
            known = self._series.of(entity_id)
            found = await connection.fetchrow(
                "DELETE FROM observation WHERE sequence = $1 AND series = ANY($2) "
                "RETURNING series, created_at",
                key,
                [known[one] for one in keys],
            )
            if found is None:
                return False
            self.rows -= 1
            number, created_at = found
            if instance is not None:
                kept = msgspec.structs.replace(instance, created_at=created_at)
                changed = stretch_of(1, [Observation(entity_id, attribute, kept)])
                await self._insert(connection, table([changed], [number], key - 1))
        return True


async def _tell(connection: Connection, news: Mapping[str, EntityNews]) -> None:
    """Write what is new of entities."""
    if not news:
        return
    known = await connection.fetch(
        "SELECT id, types, scope, created_at, modified_at FROM evolution WHERE id = ANY($1)",
        list(news),
    )
    before = {row["id"]: tuple(row) for row in known}
    rows = [row_of(one, news[one], before.get(one)) for one in news]
    columns: list[list[Any]] = [list(column) for column in zip(*rows, strict=True)]
    await connection.execute(_TELL, *columns)


def _pairs(incoming: pa.Table) -> tuple[list[tuple[str, str]], np.ndarray]:
    """The distinct pairs of entity and attribute, in order, and which of them each row is."""
    columns = [incoming[name].combine_chunks() for name in ("entity_id", "attribute")]
    coded = [one if hasattr(one, "indices") else one.dictionary_encode() for one in columns]
    entities, attributes = (one.dictionary.to_pylist() for one in coded)
    joined = coded[0].indices.to_numpy().astype(np.int64) * len(attributes)
    joined += coded[1].indices.to_numpy()
    found, codes = np.unique(joined, return_inverse=True)
    pairs = [(entities[n // len(attributes)], attributes[n % len(attributes)]) for n in found]
    return pairs, codes


def _loaded(incoming: pa.Table, series: np.ndarray, after: int, now: int) -> pa.Table:
    """Rows of observations from a table that is loaded past the journal."""
    import pyarrow as pa

    count = incoming.num_rows
    stamp = np.full(count, now, np.int64)
    columns = {
        "series": series,
        "sequence": after + 1 + np.arange(count),
        "moment": incoming["observed_at"],
        "observed_at": incoming["observed_at"],
        "created_at": stamp,
        "modified_at": stamp,
        "deleted_at": pa.nulls(count, pa.int64()),
        "kind": np.full(count, Kind.PROPERTY.value, np.uint8),
        "number": incoming["number"],
        "value": pa.nulls(count, pa.string()),
        "rest": pa.nulls(count, pa.string()),
        "unit": _column(incoming, "unit", pa.string()),
        "quality": _column(incoming, "quality", pa.uint8()),
        "reason": pa.nulls(count, pa.string()),
    }
    return pa.table(columns)


def _column(incoming: pa.Table, name: str, kind: Any) -> Any:
    """A column of this type; null where the table has none of this name."""
    import pyarrow as pa

    if name not in incoming.column_names:
        return pa.nulls(incoming.num_rows, kind)
    return incoming[name].cast(kind)
