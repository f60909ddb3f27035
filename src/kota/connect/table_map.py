"""Maps: how a table of measurements becomes observations; checked when they are loaded."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from kota.connect.cells import cell_reader
from kota.connect.local_time import LocalTimes, Resolved
from kota.connect.profile_check import refuse_pseudonym
from kota.connect.profile_format import AttributeTable
from kota.connect.readers import Maker
from kota.connect.table_format import MapTable, TimeColumn
from kota.connect.times import time_reader
from kota.connect.toml_source import Place, TomlSource
from kota.model.instant import from_datetime
from kota.model.jsonld import Context

_NAMES = re.compile(r"\{([^{}]*)\}")

ResolveTime = Callable[[Any, str], "Resolved | None"]
"""Gets a cell and the series it is for; None skips the row; raises ValueError."""


class Column(msgspec.Struct, frozen=True):
    """One attribute of a table.

    Args:
        table: what the map says of it.
        maker: makes it.
        read: turns a cell into its raw value.
        match: in a wide table, gives the names in a column's name, or None.
    """

    table: AttributeTable
    maker: Maker
    read: Callable[[Any], Any]
    match: Callable[[str], Mapping[str, str] | None]


class TableMap(msgspec.Struct, frozen=True, kw_only=True):
    """A checked map, compiled.

    Args:
        table: the map as written.
        source: where it is written, for messages.
        types: expanded entity types.
        entity_id: template of the entity's id.
        columns: the attributes.
        context: expands names.
    """

    table: MapTable
    source: TomlSource
    types: tuple[str, ...]
    entity_id: str
    columns: tuple[Column, ...]
    context: Context

    def times(self) -> ResolveTime:
        """A new reader of the time column."""
        return _time_resolver(self.table.time)


def load_map(path: Path, context: Context) -> TableMap:
    """Load, check and compile a map.

    Raises:
        ConfigurationError: the file cannot be read or is wrong; names file and line.
    """
    return parse_map(TomlSource.read(path), context)


def parse_map(source: TomlSource, context: Context) -> TableMap:
    """Check and compile a map that was read.

    Raises:
        ConfigurationError: it is wrong; names file and line.
    """
    table = source.convert(MapTable)
    types = (table.entity.type,) if isinstance(table.entity.type, str) else table.entity.type
    if not types or not all(types):
        raise source.error(("entity", "type"), "a type is not empty")
    if table.entity.id is None or ":" not in _NAMES.sub("", table.entity.id):
        raise source.error(
            ("entity", "id"),
            "no template of the entity's id",
            hint="write for example urn:ngsi-ld:CrowdFlowObserved:{sensor}",
        )
    _check_time(source, table.time)
    _check_csv(source, table)
    if not table.attribute:
        raise source.error((), "no [[attribute]] says what to take from the table")
    return TableMap(
        table=table,
        source=source,
        types=tuple(context.expand(name) for name in types),
        entity_id=table.entity.id,
        columns=compile_columns(
            source, table.attribute, ("attribute",), context, decimal=table.csv.decimal
        ),
        context=context,
    )


def compile_columns(
    source: TomlSource,
    tables: Sequence[AttributeTable],
    place: Place,
    context: Context,
    *,
    decimal: str,
) -> tuple[Column, ...]:
    """Compile ``[[attribute]]`` tables.

    Raises:
        ConfigurationError: one is wrong; names file and line.
    """
    columns = []
    for i, table in enumerate(tables):
        if (table.lon is None) != (table.lat is None):
            raise source.error((*place, i), "lon and lat stand together")
        for key, limits in (("valid", table.valid), ("usual", table.usual)):
            if limits is not None and not limits[0] < limits[1]:
                raise source.error((*place, i, key), f"{list(limits)} is no range from low to high")
        refuse_pseudonym(source, table, (*place, i))
        columns.append(
            Column(
                table,
                Maker(table, context.expand(table.name)),
                cell_reader(table, decimal),
                _matcher(source, table, (*place, i, "from")),
            )
        )
    return tuple(columns)


def _matcher(
    source: TomlSource, table: AttributeTable, place: Place
) -> Callable[[str], Mapping[str, str] | None]:
    pieces = _NAMES.split(table.source or "{column}")
    names = pieces[1::2]
    if len(set(names)) < len(names) or not all(name.isidentifier() for name in names):
        raise source.error(place, f"{table.source!r} is no pattern such as P_{{station}}")
    pattern = re.compile(
        "".join(f"(?P<{one}>.+)" if i % 2 else re.escape(one) for i, one in enumerate(pieces))
    )

    def match(column: str) -> Mapping[str, str] | None:
        found = pattern.fullmatch(column)
        return found and {"column": column, **found.groupdict()}

    return match


def _check_csv(source: TomlSource, table: MapTable) -> None:
    if table.csv.decimal not in (".", ","):
        raise source.error(("csv", "decimal"), "the mark of fractions is '.' or ','")
    if table.csv.delimiter is not None and len(table.csv.delimiter) != 1:
        raise source.error(("csv", "delimiter"), "the delimiter is one character")
    try:
        "".encode(table.csv.encoding)
    except LookupError as error:
        raise source.error(("csv", "encoding"), str(error)) from error


def _check_time(source: TomlSource, time: TimeColumn) -> None:
    if time.format not in ("iso", "unix", "unix-ms") and "%" not in time.format:
        raise source.error(
            ("time", "format"),
            f"{time.format!r} is unknown",
            hint="use iso, unix, unix-ms or a pattern such as %d/%m/%Y %H:%M",
        )
    if time.zone is None:
        return
    try:
        ZoneInfo(time.zone)
    except (KeyError, ValueError) as error:
        raise source.error(
            ("time", "zone"), f"{time.zone!r} is no IANA zone", hint="such as Asia/Jakarta"
        ) from error


def _time_resolver(time: TimeColumn) -> ResolveTime:
    if time.format in ("unix", "unix-ms"):
        read = time_reader(time.format, None)
        return lambda cell, _series: Resolved(read(cell, 0))
    local = LocalTimes(ZoneInfo(time.zone or "UTC"), repeated=time.repeated, gap=time.gap)

    def resolve(cell: Any, series: str) -> Resolved | None:
        moment = cell if isinstance(cell, datetime) else _moment(str(cell).strip(), time.format)
        if moment.tzinfo is None:
            return local.resolve(moment, series)
        return Resolved(from_datetime(moment.astimezone(UTC)))

    return resolve


def _moment(text: str, form: str) -> datetime:
    try:
        if form == "iso":
            return datetime.fromisoformat(text)
        return datetime.strptime(text, form)  # noqa: DTZ007 - the map says the zone
    except ValueError:
        wanted = "ISO 8601" if form == "iso" else form
        raise ValueError(f"{text!r} is not a time as {wanted} has it") from None
