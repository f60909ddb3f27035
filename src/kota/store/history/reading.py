"""Reads of instances and entities; each runs in a reader's thread on its own connection."""

from __future__ import annotations

import math
from typing import Any

import duckdb

from kota.model.query.bounds import Bound
from kota.model.query.pattern import find
from kota.store.history.columns import table_of
from kota.store.history.protocol import (
    ALWAYS,
    EntityFilter,
    EntityRecord,
    SeriesFilter,
    Span,
    Stored,
)
from kota.store.history.rows import SELECTED, instance_of, names_of
from kota.store.history.series import Series, SeriesDictionary
from kota.store.history.sql import one_row

_TIMES = {
    None: "o.moment",
    "observedAt": "o.observed_at",
    "createdAt": "o.created_at",
    "modifiedAt": "o.modified_at",
    "deletedAt": "o.deleted_at",
}
_EACH_ALONE = 16
"""Up to so many series are asked one by one for their newest instances."""


_LISTED = 500
"""Up to so many series stand in the text of a query."""
_MOST = 999_999
"""The newest instances of a series that DuckDB picks at once."""


def time_of(span: Span) -> str:
    """The column that a span is about, of a table called o."""
    return _TIMES[span.timeproperty]


def within(span: Span) -> str:
    """SQL that holds for the rows of a span."""
    time = time_of(span)
    conditions = [f"{time} IS NOT NULL"]
    if span.timeproperty != "deletedAt":
        conditions.append("o.deleted_at IS NULL")
    if span.start is not None:
        conditions.append(f"{time} >= {span.start:d}")
    if span.end is not None:
        conditions.append(f"{time} < {span.end:d}")
    return " AND ".join(conditions)


def of_series(connection: duckdb.DuckDBPyConnection, numbers: list[int]) -> str:
    """SQL that holds for the rows of series; written so that zone maps can skip row groups.

    Very many numbers are handed over as a table of the connection.
    """
    low, high = min(numbers), max(numbers)
    if low == high:
        return f"o.series = {low:d}"
    between = f"o.series BETWEEN {low:d} AND {high:d}"
    if high - low + 1 == len(numbers):
        return between
    if len(numbers) <= _LISTED:
        return f"{between} AND o.series IN ({', '.join(str(int(one)) for one in numbers)})"
    connection.register("wanted", table_of(("number",), [(number,) for number in numbers]))
    return f"{between} AND o.series IN (SELECT number FROM wanted)"


def instances(
    connection: duckdb.DuckDBPyConnection,
    dictionary: SeriesDictionary,
    wanted: SeriesFilter,
    span: Span,
    last_n: int | None,
    limit: int | None,
) -> list[Stored]:
    """Instances in time order; see `HistoryStore.instances`."""
    series = dictionary.select(connection, wanted)
    if not series:
        return []
    direction = "DESC" if last_n else "ASC"
    if last_n:
        last_n = min(last_n, _MOST if limit is None else limit)
        limit = last_n if len(series) == 1 else limit
    chosen = of_series(connection, sorted(series))
    source = _newest(sorted(series), chosen, span, last_n) if last_n else _all(chosen, span)
    rows = connection.execute(
        f"{source} ORDER BY {time_of(span).removeprefix('o.')} {direction}, sequence {direction}"
        + (f" LIMIT {limit:d}" if limit is not None else "")
    ).fetchall()
    return [_stored(row, series[row[1]]) for row in rows]


def attributes(
    connection: duckdb.DuckDBPyConnection,
    dictionary: SeriesDictionary,
    wanted: SeriesFilter,
    span: Span,
) -> list[tuple[str, str, int]]:
    """Entity id, attribute and kind of what has an instance in this time."""
    series = dictionary.select(connection, wanted)
    if not series:
        return []
    chosen = of_series(connection, sorted(series))
    rows = connection.execute(
        f"SELECT o.series, any_value(o.kind) FROM observation o "
        f"WHERE {chosen} AND {within(span)} GROUP BY o.series ORDER BY o.series"
    ).fetchall()
    found = ((series[number].entity_id, series[number].attribute, kind) for number, kind in rows)
    return list(dict.fromkeys(found))


def entities(
    connection: duckdb.DuckDBPyConnection,
    dictionary: SeriesDictionary,
    wanted: EntityFilter,
    limit: int | None,
    offset: int,
) -> list[EntityRecord]:
    """Entities that match, one page of them."""
    order = {None: "e.rowid", False: "e.id", True: "e.id DESC"}[wanted.descending]
    in_sql = wanted.id_pattern is None
    page = f"LIMIT {limit:d} OFFSET {min(offset, 2**62):d}" if in_sql and limit is not None else ""
    condition, values = _matching(connection, dictionary, wanted)
    rows = connection.execute(
        f"SELECT e.id, e.types, e.scope, e.created_at, e.modified_at FROM entity e "
        f"WHERE {condition} ORDER BY {order} {page}",
        values,
    ).fetchall()
    if wanted.id_pattern is not None:
        rows = [row for row in rows if find(wanted.id_pattern, row[0])]
        rows = rows[offset:] if limit is None else rows[offset : offset + limit]
    return [
        EntityRecord(one, names_of(types), names_of(scope), created_at, modified_at)
        for one, types, scope, created_at, modified_at in rows
    ]


def count(
    connection: duckdb.DuckDBPyConnection, dictionary: SeriesDictionary, wanted: EntityFilter
) -> int:
    """How many entities match."""
    if wanted.id_pattern is not None:
        return len(entities(connection, dictionary, wanted, None, 0))
    condition, values = _matching(connection, dictionary, wanted)
    return int(one_row(connection, f"SELECT count(*) FROM entity e WHERE {condition}", values)[0])


def _all(chosen: str, span: Span) -> str:
    condition = f"{chosen} AND {within(span)}"
    return f"SELECT {SELECTED}, o.moment FROM observation o WHERE {condition}"


def _newest(numbers: list[int], chosen: str, span: Span, last_n: int) -> str:
    if len(numbers) == 1:
        return _all(chosen, span)
    if len(numbers) <= _EACH_ALONE:
        order = f"{time_of(span)} DESC, o.sequence DESC"
        each = (
            f"({_all(f'o.series = {one:d}', span)} ORDER BY {order} LIMIT {last_n:d})"
            for one in numbers
        )
        return f"SELECT * FROM ({' UNION ALL '.join(each)})"
    age = f"{time_of(span)}::HUGEINT * {2**62} + o.sequence"
    newest = (
        f"SELECT unnest(max_by(o.sequence, {age}, {last_n:d})) FROM observation o "
        f"WHERE {chosen} AND {within(span)} GROUP BY o.series"
    )
    return f"{_all(chosen, span)} AND o.sequence IN ({newest})"


def _matching(
    connection: duckdb.DuckDBPyConnection, dictionary: SeriesDictionary, wanted: EntityFilter
) -> tuple[str, list[Any]]:
    """SQL, and its values, that holds for the entities of a filter, of a table called e.

    Type and scope expressions are decided once for each distinct list of names there is.
    """
    conditions: list[str] = []
    values: list[Any] = []
    if wanted.ids:
        present = _present(connection, dictionary, wanted)
        alone = len(present) == 1
        conditions.append("e.id = ?" if alone else "e.id IN (SELECT unnest(?::VARCHAR[]))")
        values.append(present[0] if alone else present)
    else:
        conditions.append(_observed(wanted, values))
    for column, expression in (("types", wanted.types), ("scope", wanted.scope_q)):
        if expression is not None:
            rows = connection.execute(f"SELECT DISTINCT {column} FROM entity").fetchall()
            chosen = [text for (text,) in rows if expression.matches(names_of(text))]
            conditions.append(f"e.{column} IN (SELECT unnest(?::VARCHAR[]))")
            values.append(chosen)
    for bound in wanted.bounds:
        inside = f"{within(wanted.span)} AND {_inside(bound, exact=wanted.exact)}"
        conditions.append(
            "e.id IN (SELECT s.entity_id FROM series s WHERE s.attribute = ? AND s.series IN "
            f"(SELECT o.series FROM observation o WHERE {inside} GROUP BY o.series))"
        )
        values.append(bound.attribute)
    return " AND ".join(conditions), values


def _present(
    connection: duckdb.DuckDBPyConnection, dictionary: SeriesDictionary, wanted: EntityFilter
) -> list[str]:
    """Which of the ids asked for have instances that are asked for."""
    series = dictionary.select(
        connection,
        SeriesFilter(entity_ids=wanted.ids, attributes=wanted.attributes, datasets=wanted.datasets),
    )
    numbers = sorted(series)
    if numbers and wanted.span != ALWAYS:
        rows = connection.execute(
            f"SELECT o.series FROM observation o WHERE {of_series(connection, numbers)} "
            f"AND {within(wanted.span)} GROUP BY o.series"
        ).fetchall()
        numbers = [number for (number,) in rows]
    return list({series[number].entity_id for number in numbers})


def _observed(wanted: EntityFilter, values: list[Any]) -> str:
    """SQL that holds for the entities that have instances that are asked for."""
    series = ["1 = 1"]
    if wanted.attributes:
        series.append("s.attribute IN (SELECT unnest(?::VARCHAR[]))")
        values.append(list(wanted.attributes))
    if wanted.datasets:
        series.append("coalesce(s.dataset_id, '') IN (SELECT unnest(?::VARCHAR[]))")
        values.append([one or "" for one in wanted.datasets])
    if wanted.span != ALWAYS:
        condition = within(wanted.span)
        observed = f"SELECT o.series FROM observation o WHERE {condition} GROUP BY o.series"
        series.append(f"s.series IN ({observed})")
    return f"e.id IN (SELECT s.entity_id FROM series s WHERE {' AND '.join(series)})"


def _inside(bound: Bound, *, exact: bool) -> str:
    """SQL that holds for the rows with a number within a bound."""
    more, less = (">", "<") if bound.strict else (">=", "<=")
    conditions = ["o.value IS NULL"]
    if not math.isinf(bound.low):
        conditions.append(f"o.number {more} {bound.low!r}")
    if not math.isinf(bound.high):
        conditions.append(f"o.number {less} {bound.high!r}")
    plain = " AND ".join(conditions)
    return plain if exact else f"(({plain}) OR regexp_matches(o.value, '^[-\\[0-9]'))"


def _stored(row: tuple[Any, ...], series: Series) -> Stored:
    instance = instance_of(row[:13], series.dataset_id)
    return Stored(row[0], series.entity_id, series.attribute, instance, row[5])
