"""The one writer of the history file; everything here runs in its thread."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import duckdb
import msgspec

from kota.model.entity import Attribute, Kind
from kota.store.history import runs
from kota.store.history.columns import table_of
from kota.store.history.entity_news import EntityNews, tell
from kota.store.history.numbering import Numbering
from kota.store.history.rows import table
from kota.store.history.series import SeriesDictionary
from kota.store.history.sql import count_of, one_row
from kota.store.state.protocol import Observation
from kota.store.state.stretch import Stretch, stretch_of

if TYPE_CHECKING:
    import pyarrow as pa

    from kota.store.history.protocol import SeriesFilter


class HistoryWriter:
    """Adds, changes and removes rows, each call in one transaction.

    Args:
        connection: used by this writer alone.
        series: the dictionary, shared with readers.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, series: SeriesDictionary) -> None:
        self._connection = connection
        self._series = series
        meta = dict(connection.execute("SELECT name, value FROM meta").fetchall())
        series.start(meta["series"])
        self._sequence: int = meta["sequence"]
        self.drained: int = meta["drained"]
        self.recent = count_of(connection, "recent")

    def drain(self, stretches: Sequence[Stretch]) -> None:
        """Take over a part of the journal."""
        drained = max((stretch.last for stretch in stretches), default=0)
        if drained <= self.drained:
            return
        with self._transaction():
            batch = Numbering(self._series, self.drained)
            for stretch in stretches:
                self._series.know(self._connection, stretch.entities)
                batch.add(stretch)
            self._add(stretches, batch)
            tell(self._connection, batch.news)
            self._connection.execute("UPDATE meta SET value = ? WHERE name = 'drained'", (drained,))
        self.drained = drained
        self._settle()

    def rewind(self, to: int) -> None:
        """Expect the journal to go on after `to`."""
        with self._transaction():
            self._connection.execute("UPDATE meta SET value = ? WHERE name = 'drained'", (to,))
        self.drained = to

    def write(
        self,
        entity_id: str,
        types: Sequence[str],
        observations: Sequence[Observation],
        now: int,
        *,
        still: bool,
    ) -> bool | None:
        """Add instances, in the place of those of the same time; see `HistoryStore.write`.

        Args:
            still: whether no runs are being merged, so that rows may be taken out of them.

        Returns:
            Whether the entity is new; None where nothing was done because runs must be still.
        """
        with self._transaction():
            self._series.know(self._connection, (entity_id,))
            new = not self._series.has(entity_id)
            batch = Numbering(self._series, self.drained)
            batch.news[entity_id] = EntityNews(types, at=now, unite=not new)
            if not new and not self._give_way(entity_id, observations, still=still):
                return None
            if observations:
                stretch = stretch_of(self.drained + 1, observations)
                batch.add(stretch)
                self._add([stretch], batch)
            tell(self._connection, batch.news)
        self._settle()
        return new

    def load(self, incoming: pa.Table, types: Mapping[str, Sequence[str]], now: int) -> int:
        """Add the rows of an Arrow table; see `HistoryStore.load`."""
        connection = self._connection
        unit = "i.unit" if "unit" in incoming.column_names else "NULL"
        quality = "i.quality" if "quality" in incoming.column_names else "NULL"
        with self._transaction():
            connection.register("incoming", incoming)
            pairs = connection.execute(
                "SELECT entity_id, attribute FROM incoming GROUP BY ALL ORDER BY ALL"
            ).fetchall()
            self._series.know(connection, (entity_id for entity_id, _ in pairs))
            numbered = [(self._series.number(one, name, None), one, name) for one, name in pairs]
            connection.register(
                "numbered", table_of(("series", "entity_id", "attribute"), numbered)
            )
            connection.execute(
                f"""
                INSERT INTO recent
                SELECT n.series, ? + row_number() OVER (), i.observed_at, i.observed_at, ?, ?,
                    NULL, {Kind.PROPERTY.value}, i.number, NULL, NULL, {unit}, {quality}, NULL
                FROM incoming i JOIN numbered n USING (entity_id, attribute)
                """,
                (self._sequence, now, now),
            )
            connection.unregister("numbered")
            connection.unregister("incoming")
            self._sequence += incoming.num_rows
            self.recent += incoming.num_rows
            self._write_series()
            tell(self._connection, {one: EntityNews(names, at=now) for one, names in types.items()})
        self._settle()
        return int(incoming.num_rows)

    def replace_instance(
        self, entity_id: str, attribute: str, key: int, instance: Attribute
    ) -> bool:
        """Put another value in the place of an instance."""
        return self._at_instance(entity_id, attribute, key, instance)

    def delete_instance(self, entity_id: str, attribute: str, key: int) -> bool:
        """Remove one instance."""
        return self._at_instance(entity_id, attribute, key, None)

    def delete_attribute(
        self, entity_id: str, attribute: str, datasets: tuple[str | None, ...]
    ) -> bool:
        """Remove series of an entity."""
        with self._transaction():
            self._series.know(self._connection, (entity_id,))
            keys = self._series.keys_of(entity_id, attribute, datasets)
            self._drop_series(self._series.forget(entity_id, keys))
        return bool(keys)

    def delete_entity(self, entity_id: str) -> bool:
        """Remove the evolution of an entity; its types stay known for when it goes on."""
        with self._transaction():
            self._series.know(self._connection, (entity_id,))
            gone = self._series.forget(entity_id)
            self._drop_series(gone)
        return bool(gone)

    def retain(self, since: int, of: SeriesFilter | None = None) -> int:
        """Forget instances older than `since`, of all series or of some."""
        meant = f"moment < {int(since)}"
        if of is not None:
            series = self._series.select(self._connection, of)
            if not series:
                return 0
            meant += f" AND series IN ({', '.join(str(int(one)) for one in series)})"
        return self._delete_rows(meant)

    def delete_lost(self) -> int:
        """Delete the rows whose series is gone, which merging would leave behind in time."""
        return self._delete_rows("series NOT IN (SELECT series FROM series)")

    def reserve_run(self) -> int:
        """A number for a run that is about to be merged."""
        with self._transaction():
            return runs.reserve(self._connection)

    def swap(self, number: int, rows: int, level: int, parts: list[int]) -> None:
        """Put a merged run in the place of its parts."""
        with self._transaction():
            runs.swap(self._connection, number, rows, level, parts)

    def _settle(self) -> None:
        """After a commit: make a run of `recent` where it is full."""
        if self.recent >= runs.RECENT_ROWS:
            with self._transaction():
                runs.freeze(self._connection)
                self.recent = 0
        self._series.make_room()

    def _add(self, stretches: Sequence[Stretch], batch: Numbering) -> None:
        self._drop_series(batch.dropped)
        if batch.removed:
            self._connection.execute(
                "DELETE FROM entity WHERE id IN (SELECT unnest(?::VARCHAR[]))", (batch.removed,)
            )
        rows = table(stretches, batch.numbers, self._sequence)
        self._sequence += rows.num_rows
        self._insert(rows)
        self._write_series()

    def _insert(self, rows: pa.Table) -> None:
        if rows.num_rows:
            self._connection.register("incoming", rows)
            self._connection.execute("INSERT INTO recent SELECT * FROM incoming")
            self._connection.unregister("incoming")
            self.recent += rows.num_rows

    def _write_series(self) -> None:
        new = self._series.take_new()
        if new:
            table = table_of(("series", "entity_id", "attribute", "dataset_id"), new)
            self._connection.register("incoming", table)
            self._connection.execute("INSERT INTO series SELECT * FROM incoming")
            self._connection.unregister("incoming")
        self._connection.execute(
            "UPDATE meta SET value = CASE name WHEN 'sequence' THEN ? ELSE ? END "
            "WHERE name IN ('sequence', 'series')",
            (self._sequence, self._series.last),
        )

    def _give_way(
        self, entity_id: str, observations: Sequence[Observation], *, still: bool
    ) -> bool:
        """Delete the instances that have the series and time of observation of new ones.

        Returns:
            False, and nothing is deleted, where some are in runs that are not still.
        """
        places = [
            (
                self._series.number(entity_id, one.attribute, one.instance.dataset_id),
                one.instance.observed_at,
            )
            for one in observations
            if one.instance.observed_at is not None
        ]
        if not places:
            return True
        low, high = min(number for number, _ in places), max(number for number, _ in places)
        taken = (
            f"series BETWEEN {low:d} AND {high:d} "
            "AND (series, observed_at) IN (SELECT series, observed_at FROM taken)"
        )
        self._connection.register("taken", table_of(("series", "observed_at"), places))
        held = [
            name
            for name in self._tables()
            if one_row(self._connection, f"SELECT count(*) FROM {name} WHERE {taken}")[0]
        ]
        free = still or held in ([], ["recent"])
        for name in held if free else ():
            self._connection.execute(f"DELETE FROM {name} WHERE {taken}")
        self._connection.unregister("taken")
        self.recent = count_of(self._connection, "recent")
        return free

    def _tables(self) -> list[str]:
        return ["recent", *(f"run_{number}" for number in runs.numbers(self._connection))]

    def _drop_series(self, numbers: list[int]) -> None:
        if numbers:
            self._connection.execute(
                "DELETE FROM series WHERE series IN (SELECT unnest(?::UINTEGER[]))", (numbers,)
            )

    def _at_instance(
        self, entity_id: str, attribute: str, key: int, instance: Attribute | None
    ) -> bool:
        with self._transaction():
            self._series.know(self._connection, (entity_id,))
            keys = self._series.keys_of(entity_id, attribute)
            numbers = {self._series.number(entity_id, *_split(one)): one for one in keys}
            found = self._connection.execute(
                "SELECT series, created_at FROM observation WHERE sequence = ? "
                "AND series IN (SELECT unnest(?::UINTEGER[]))",
                (key, list(numbers)),
            ).fetchall()
            if not found:
                return False
            ((number, created_at),) = found
            for name in self._tables():
                self._connection.execute(
                    f"DELETE FROM {name} WHERE series = ? AND sequence = ?", (number, key)
                )
            if instance is not None:
                kept = msgspec.structs.replace(instance, created_at=created_at)
                changed = stretch_of(1, [Observation(entity_id, attribute, kept)])
                self._insert(table([changed], [number], key - 1))
        self.recent = count_of(self._connection, "recent")
        return True

    def _delete_rows(self, meant: str) -> int:
        """Delete the rows that are meant, from all tables; returns how many there were."""
        removed = 0
        with self._transaction():
            for name in self._tables():
                gone = int(one_row(self._connection, f"DELETE FROM {name} WHERE {meant}")[0])
                removed += gone
                if gone and name != "recent":
                    self._shrink_run(int(name.removeprefix("run_")))
        self.recent = count_of(self._connection, "recent")
        return removed

    def _shrink_run(self, number: int) -> None:
        """Write down how many rows a run has left; without any it goes."""
        left = count_of(self._connection, f"run_{number}")
        if left == 0:
            runs.empty_run(self._connection, number)
        else:
            self._connection.execute("UPDATE run SET rows = ? WHERE number = ?", (left, number))

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """All or nothing; what failed leaves no trace in memory either."""
        sequence, recent = self._sequence, self.recent
        self._connection.execute("BEGIN")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            _quietly(lambda: self._connection.execute("ROLLBACK"))
            meta = dict(self._connection.execute("SELECT name, value FROM meta").fetchall())
            self._series.start(meta["series"])
            self._sequence, self.recent = sequence, recent
            raise


def _split(key: str | tuple[str, str]) -> tuple[str, str | None]:
    return (key, None) if isinstance(key, str) else key


def _quietly(step: Callable[[], object]) -> None:
    try:
        step()
    except duckdb.Error:
        return
