"""Reads of instances and entities."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from kota.model.query.bounds import Bound
from kota.model.query.pattern import find
from kota.store.history.protocol import (
    ALWAYS,
    EntityFilter,
    EntityRecord,
    SeriesFilter,
    Span,
    Stored,
)
from kota.store.history.rows import SELECTED, instance_of, names_of
from kota.store.history.series import Series
from kota.store.postgres.link import Connection

_TIMES = {
    None: "o.moment",
    "observedAt": "o.observed_at",
    "createdAt": "o.created_at",
    "modifiedAt": "o.modified_at",
    "deletedAt": "o.deleted_at",
}
_BY_MOMENT = frozenset({None, "observedAt"})
"""Times that are the moment by which rows are indexed and split into months."""


def time_of(span: Span) -> str:
    """The column that a span is about, of a table called o."""
    return "o.moment" if span.timeproperty in _BY_MOMENT else _TIMES[span.timeproperty]


def within(span: Span) -> str:
    """SQL that holds for the rows of a span."""
    time = time_of(span)
    conditions = [f"{_TIMES[span.timeproperty]} IS NOT NULL"]
    if span.timeproperty != "deletedAt":
        conditions.append("o.deleted_at IS NULL")
    if span.start is not None:
        conditions.append(f"{time} >= {_big(span.start)}")
    if span.end is not None:
        conditions.append(f"{time} < {_big(span.end)}")
    return " AND ".join(conditions)


async def select(connection: Connection, wanted: SeriesFilter) -> dict[int, Series]:
    """The series that a filter means, by number."""
    values: list[Any] = [list(wanted.entity_ids)]
    conditions = ["s.entity_id = ANY($1)"]
    if wanted.attributes:
        values.append(list(wanted.attributes))
        conditions.append(f"s.attribute = ANY(${len(values)})")
    if wanted.datasets:
        values.append([one or "" for one in wanted.datasets])
        conditions.append(f"coalesce(s.dataset_id, '') = ANY(${len(values)})")
    rows = await connection.fetch(
        "SELECT series, entity_id, attribute, dataset_id FROM series s "
        f"WHERE {' AND '.join(conditions)}",
        *values,
    )
    without = frozenset(wanted.without)
    found = (Series(*row) for row in rows)
    return {one.number: one for one in found if (one.entity_id, one.attribute) not in without}


async def instances(
    connection: Connection,
    wanted: SeriesFilter,
    span: Span,
    last_n: int | None,
    limit: int | None,
) -> list[Stored]:
    """Instances in time order; see `HistoryStore.instances`."""
    series = await select(connection, wanted)
    if not series:
        return []
    direction = "DESC" if last_n else "ASC"
    order = f"ORDER BY {time_of(span)} {direction}, o.sequence {direction}"
    cut = f" LIMIT {limit:d}" if limit is not None else ""
    numbers = sorted(series)
    if last_n:
        most = min(last_n, limit) if limit is not None else last_n
        source = (
            "SELECT o.* FROM unnest($1::int[]) AS s (series) CROSS JOIN LATERAL "
            f"(SELECT {SELECTED}, o.moment FROM observation o "
            f"WHERE o.series = s.series AND {within(span)} {order} LIMIT {min(most, 2**62):d}) o"
        )
    else:
        source = f"SELECT {SELECTED} FROM observation o WHERE {_of(numbers)} AND {within(span)}"
    rows = await connection.fetch(f"{source} {order}{cut}", *_value(numbers, always=bool(last_n)))
    return [_stored(row, series[row[1]]) for row in rows]


async def attributes(
    connection: Connection, wanted: SeriesFilter, span: Span
) -> list[tuple[str, str, int]]:
    """Entity id, attribute and kind of what has an instance in this time."""
    series = await select(connection, wanted)
    rows = await connection.fetch(
        "SELECT s.series, o.kind FROM unnest($1::int[]) AS s (series) CROSS JOIN LATERAL ("
        f"SELECT o.kind FROM observation o WHERE o.series = s.series AND {within(span)} LIMIT 1"
        ") o ORDER BY s.series",
        sorted(series),
    )
    found = ((series[number].entity_id, series[number].attribute, kind) for number, kind in rows)
    return list(dict.fromkeys(found))


async def entities(
    connection: Connection, wanted: EntityFilter, limit: int | None, offset: int
) -> list[EntityRecord]:
    """Entities that match, one page of them."""
    order = {None: "e.place", False: "e.id", True: "e.id DESC"}[wanted.descending]
    in_sql = wanted.id_pattern is None
    page = f"LIMIT {limit:d} OFFSET {min(offset, 2**62):d}" if in_sql and limit is not None else ""
    condition, values = await _matching(connection, wanted)
    rows = await connection.fetch(
        f"SELECT e.id, e.types, e.scope, e.created_at, e.modified_at FROM evolution e "
        f"WHERE {condition} ORDER BY {order} {page}",
        *values,
    )
    if wanted.id_pattern is not None:
        rows = [row for row in rows if find(wanted.id_pattern, row[0])]
        rows = rows[offset:] if limit is None else rows[offset : offset + limit]
    return [
        EntityRecord(one, names_of(types), names_of(scope), created_at, modified_at)
        for one, types, scope, created_at, modified_at in rows
    ]


async def count(connection: Connection, wanted: EntityFilter) -> int:
    """How many entities match."""
    if wanted.id_pattern is not None:
        return len(await entities(connection, wanted, None, 0))
    condition, values = await _matching(connection, wanted)
    found: int = await connection.fetchval(
        f"SELECT count(*) FROM evolution e WHERE {condition}", *values
    )
    return found


def of_series(numbers: Sequence[int]) -> tuple[str, tuple[Any, ...]]:
    """SQL that holds for the rows of series, and its value."""
    return _of(numbers), _value(numbers)


def _of(numbers: Sequence[int]) -> str:
    return "o.series = $1" if len(numbers) == 1 else "o.series = ANY($1::int[])"


def _value(numbers: Sequence[int], *, always: bool = False) -> tuple[Any, ...]:
    return (list(numbers),) if always or len(numbers) != 1 else (numbers[0],)


async def _matching(connection: Connection, wanted: EntityFilter) -> tuple[str, list[Any]]:
    """SQL, and its values, that holds for the entities of a filter, of a table called e.

    Type and scope expressions are decided once for each distinct list of names there is.
    """
    values: list[Any] = []
    conditions = [_observed(wanted, values)]
    if wanted.ids:
        values.append(list(wanted.ids))
        conditions.append(f"e.id = ANY(${len(values)})")
    for column, expression in (("types", wanted.types), ("scope", wanted.scope_q)):
        if expression is not None:
            rows = await connection.fetch(f"SELECT DISTINCT {column} FROM evolution")
            values.append([text for (text,) in rows if expression.matches(names_of(text))])
            conditions.append(f"e.{column} = ANY(${len(values)})")
    for bound in wanted.bounds:
        values.append(bound.attribute)
        inside = f"{within(wanted.span)} AND {_inside(bound, exact=wanted.exact)}"
        conditions.append(
            f"EXISTS (SELECT 1 FROM series s WHERE s.entity_id = e.id "
            f"AND s.attribute = ${len(values)} AND EXISTS "
            f"(SELECT 1 FROM observation o WHERE o.series = s.series AND {inside}))"
        )
    return " AND ".join(conditions), values


def _observed(wanted: EntityFilter, values: list[Any]) -> str:
    """SQL that holds for the entities that have instances that are asked for."""
    conditions = ["s.entity_id = e.id"]
    if wanted.attributes:
        values.append(list(wanted.attributes))
        conditions.append(f"s.attribute = ANY(${len(values)})")
    if wanted.datasets:
        values.append([one or "" for one in wanted.datasets])
        conditions.append(f"coalesce(s.dataset_id, '') = ANY(${len(values)})")
    if wanted.span != ALWAYS:
        conditions.append(
            "EXISTS (SELECT 1 FROM observation o "
            f"WHERE o.series = s.series AND {within(wanted.span)})"
        )
    return f"EXISTS (SELECT 1 FROM series s WHERE {' AND '.join(conditions)})"


def _inside(bound: Bound, *, exact: bool) -> str:
    """SQL that holds for the rows with a number within a bound."""
    more, less = (">", "<") if bound.strict else (">=", "<=")
    conditions = ["o.value IS NULL"]
    if not math.isinf(bound.low):
        conditions.append(f"o.number {more} {bound.low!r}")
    if not math.isinf(bound.high):
        conditions.append(f"o.number {less} {bound.high!r}")
    plain = " AND ".join(conditions)
    return plain if exact else f"(({plain}) OR o.value ~ '^[-\\[0-9]')"


def _big(at: int) -> str:
    """An instant in SQL; beyond what the type holds it is the last that it does."""
    return str(max(min(int(at), 2**63 - 1), -(2**63) + 1))


def _stored(row: Any, series: Series) -> Stored:
    cells = tuple(row)[:13]
    instance = instance_of(cells, series.dataset_id)
    return Stored(cells[0], series.entity_id, series.attribute, instance, cells[5])
