"""Tables of what does not change: names and places of the entities that another table measures."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from kota.connect.row_source import open_rows
from kota.connect.table_format import ReferenceTable
from kota.connect.table_map import Column, TableMap, compile_columns
from kota.errors import ConnectError
from kota.model.entity import Attribute

Attrs = dict[str, tuple[Attribute, ...]]


class Reference(msgspec.Struct, frozen=True):
    """What one reference table says.

    Args:
        equals: template of the key.
        attrs: attributes by key.
    """

    equals: str
    attrs: dict[str, Attrs]

    def of(self, names: Mapping[str, str]) -> Attrs:
        """The attributes of the entity with these names; none where it is not in the table."""
        key = self.equals
        for name, text in names.items():
            key = key.replace(f"{{{name}}}", text)
        return self.attrs.get(key, {})


def read_references(mapping: TableMap, path: Path) -> list[Reference]:
    """Read every reference table of a map.

    Args:
        mapping: names them.
        path: the data file; they are looked for beside it, then beside the map.

    Raises:
        ConfigurationError: a file is not there, or has no such column; names the map's line.
        ConnectError: a file cannot be read, or a cell in it.
    """
    return [_read(mapping, path, table, i) for i, table in enumerate(mapping.table.reference)]


def _read(mapping: TableMap, path: Path, table: ReferenceTable, i: int) -> Reference:
    places = [folder / table.file for folder in (path.parent, mapping.source.path.parent)]
    file = next((place for place in places if place.is_file()), None)
    if file is None:
        raise mapping.source.error(("reference", i, "file"), f"there is no file {places[0]}")
    columns = compile_columns(
        mapping.source,
        table.attribute,
        ("reference", i, "attribute"),
        mapping.context,
        decimal=table.csv.decimal,
    )
    attrs: dict[str, Attrs] = {}
    with open_rows(file, table.csv) as rows:
        if table.key not in rows.columns:
            raise mapping.source.error(
                ("reference", i, "key"), f"{file.name} has no column {table.key!r}"
            )
        for number, cells in rows.rows:
            row = dict(zip(rows.columns, cells, strict=False))
            try:
                attrs[str(row[table.key])] = _attributes(columns, row)
            except ValueError as error:
                raise ConnectError(f"{file} line {number}: {error}") from error
    return Reference(table.equals or f"{{{table.key}}}", attrs)


def _attributes(columns: tuple[Column, ...], row: Mapping[str, Any]) -> Attrs:
    attrs: Attrs = {}
    for column in columns:
        table = column.table
        raw: Any
        if table.lon is not None and table.lat is not None:
            lon, lat = row.get(table.lon), row.get(table.lat)
            raw = None if lon is None or lat is None else (lon, lat)
        else:
            raw = column.read(row.get(table.source or table.name))
        if raw is not None and raw != "":
            attrs[column.maker.name] = (column.maker.read(raw, None, None),)
    return attrs
