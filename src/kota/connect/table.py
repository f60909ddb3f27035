"""Tables of measurements as observations, row by row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from kota.connect.entity_names import entity_name
from kota.connect.references import read_references
from kota.connect.row_source import Rows
from kota.connect.table_map import Column, TableMap
from kota.context.ingest import Patch
from kota.errors import ConfigurationError, ConnectError
from kota.model.entity import Attribute

SHOWN_FAULTS: Final = 50


class Step(msgspec.Struct, frozen=True, gc=False):
    """What one row says.

    Args:
        row: its number [1…].
        at: when it was true, an instant.
        patches: one for each entity in it.
        names: for each patch, the names of its series, for topics.
    """

    row: int
    at: int
    patches: list[Patch]
    names: list[Mapping[str, str]]


class Tally(msgspec.Struct):
    """How reading a table went.

    Args:
        rows, observations: that were read.
        missing: cells without a value.
        skipped: rows at times that clocks left out.
        doubtful: rows at local times that occur twice.
        faults: cells and rows that could not be read; the first of them in words.
    """

    rows: int = 0
    observations: int = 0
    missing: int = 0
    skipped: int = 0
    doubtful: int = 0
    faults: int = 0
    shown: list[str] = []


class Table:
    """Reads one table by a map.

    Args:
        mapping: says what its columns are.
        path: the file, for messages and to find references beside it.
        columns: names of its columns.

    Raises:
        ConfigurationError: the map names a column that the table does not have.
        ConnectError: a reference table cannot be read.
    """

    def __init__(self, mapping: TableMap, path: Path, columns: list[str]) -> None:
        self._map = mapping
        self._path = path
        self._columns = columns
        self._at = self._index(mapping.table.time.column, ("time", "column"))
        self._times = mapping.times()
        self._static = read_references(mapping, path)
        self._told: set[str] = set()
        self.tally = Tally()

    def steps(self, rows: Rows) -> Iterator[Step]:
        """The observations of each row, in the order of the file."""
        return self._wide(rows) if self._map.table.layout == "wide" else self._long(rows)

    def _wide(self, rows: Rows) -> Iterator[Step]:
        series = [
            (i, column, names, entity_name(self._map.entity_id, names))
            for i, column, names in self._series()
        ]
        for number, cells in self._whole(rows):
            when = self._when(number, cells, "")
            if when is None:
                continue
            at, doubt = when
            patches: dict[str, Patch] = {}
            names_of: list[Mapping[str, str]] = []
            for i, column, names, entity_id in series:
                attribute = self._attribute(number, self._columns[i], column, cells[i], at, doubt)
                if attribute is None:
                    continue
                patch = patches.get(entity_id)
                if patch is None:
                    patch = patches[entity_id] = self._patch(entity_id, names)
                    names_of.append(names)
                _add(patch, column.maker.name, attribute)
            if patches:
                yield Step(number, at, list(patches.values()), names_of)

    def _long(self, rows: Rows) -> Iterator[Step]:
        sources = [(column, self._sources(column, i)) for i, column in enumerate(self._map.columns)]
        for number, cells in self._whole(rows):
            names = {
                name: str(cell)
                for name, cell in zip(self._columns, cells, strict=True)
                if cell is not None
            }
            entity_id = self._entity(number, names)
            when = entity_id and self._when(number, cells, entity_id)
            if not entity_id or not when:
                continue
            at, doubt = when
            patch = self._patch(entity_id, names)
            for column, source in sources:
                if any(names.get(key) != text for key, text in column.table.when.items()):
                    continue
                cell = cells[source[0]] if len(source) == 1 else _pair(cells, source)
                attribute = self._attribute(
                    number, self._columns[source[0]], column, cell, at, doubt
                )
                if attribute is not None:
                    _add(patch, column.maker.name, attribute)
            if patch.attrs:
                yield Step(number, at, [patch], [names])

    def _whole(self, rows: Rows) -> Iterator[tuple[int, list[Any]]]:
        for number, cells in rows.rows:
            self.tally.rows += 1
            if len(cells) != len(self._columns):
                self._fault(number, f"{len(cells)} cells for {len(self._columns)} columns")
                continue
            yield number, cells

    def _series(self) -> Iterator[tuple[int, Column, Mapping[str, str]]]:
        for i, name in enumerate(self._columns):
            if i == self._at:
                continue
            for column in self._map.columns:
                names = column.match(name)
                if names is not None:
                    yield i, column, names
                    break

    def _sources(self, column: Column, i: int) -> list[int]:
        for key in column.table.when:
            self._index(key, ("attribute", i, "when"))
        if column.table.lon is not None and column.table.lat is not None:
            return [
                self._index(column.table.lon, ("attribute", i, "lon")),
                self._index(column.table.lat, ("attribute", i, "lat")),
            ]
        return [self._index(column.table.source or column.table.name, ("attribute", i, "from"))]

    def _entity(self, number: int, names: Mapping[str, str]) -> str:
        entity_id = entity_name(self._map.entity_id, names)
        if "{" in entity_id:
            self._fault(number, f"no value for the entity's id {entity_id!r}")
            return ""
        return entity_id

    def _when(self, number: int, cells: list[Any], series: str) -> tuple[int, Any] | None:
        cell = cells[self._at]
        if cell is None:
            self._fault(number, "no time")
            return None
        try:
            resolved = self._times(cell, series)
        except ValueError as error:
            self._fault(number, str(error))
            return None
        if resolved is None:
            self.tally.skipped += 1
            return None
        self.tally.doubtful += resolved.doubt is not None
        return resolved.instant, resolved.doubt

    def _attribute(
        self, number: int, name: str, column: Column, cell: Any, at: int, doubt: Any
    ) -> Attribute | None:
        try:
            raw = cell if isinstance(cell, tuple) else column.read(cell)
            if raw is None or raw == "":
                self.tally.missing += 1
                return None
            attribute = column.maker.read(raw, at, doubt)
        except ValueError as error:
            self._fault(number, f"column {name!r}: {error}")
            return None
        self.tally.observations += 1
        return attribute

    def _patch(self, entity_id: str, names: Mapping[str, str]) -> Patch:
        attrs: dict[str, tuple[Attribute, ...]] = {}
        if entity_id not in self._told:
            self._told.add(entity_id)
            for static in self._static:
                attrs.update(static.of(names))
        return Patch(entity_id, self._map.types, attrs, self._map.table.entity.scope)

    def _index(self, name: str, place: tuple[str | int, ...]) -> int:
        if name not in self._columns:
            raise self._unknown(name, place)
        return self._columns.index(name)

    def _unknown(self, name: str, place: tuple[str | int, ...]) -> ConfigurationError:
        has = ", ".join(self._columns[:20])
        return self._map.source.error(
            place, f"{self._path.name} has no column {name!r}", hint=f"it has {has}"
        )

    def _fault(self, number: int, reason: str) -> None:
        self.tally.faults += 1
        if len(self.tally.shown) < SHOWN_FAULTS:
            self.tally.shown.append(f"{self._path.name} line {number}: {reason}")


def batches(steps: Iterable[Step], size: int = 5000) -> Iterator[list[Patch]]:
    """Patches of several rows together, about as many as asked for."""
    batch: list[Patch] = []
    for step in steps:
        batch += step.patches
        if len(batch) >= size:
            yield batch
            batch = []
    if batch:
        yield batch


def refuse_faults(tally: Tally) -> None:
    """Stop where a table has faults.

    Raises:
        ConnectError: names the first of them.
    """
    if tally.faults:
        raise ConnectError(
            f"{tally.shown[0]} ({tally.faults} faults in all, nothing was taken in)",
            hint="correct the file, or leave the faulty cells out with --skip-faults",
        )


def _add(patch: Patch, name: str, attribute: Attribute) -> None:
    patch.attrs[name] = (*patch.attrs.get(name, ()), attribute)


def _pair(cells: list[Any], source: list[int]) -> tuple[Any, Any] | None:
    lon, lat = cells[source[0]], cells[source[1]]
    return None if lon is None or lat is None else (lon, lat)
