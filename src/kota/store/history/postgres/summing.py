"""Reads that sum up: aggregated values, charts and Arrow tables."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from kota.model.query.temporal import Aggregation, Method, Period
from kota.store.history import periods
from kota.store.history.postgres.copying import fetch_table
from kota.store.history.postgres.reading import of_series, select, time_of, within
from kota.store.history.protocol import Aggregate, Chart, SeriesFilter, Span
from kota.store.history.summing import answer_of, labels, transposed
from kota.store.postgres.link import Connection

if TYPE_CHECKING:
    import pyarrow as pa

_SIZE = (
    "coalesce(o.number, "
    "CASE WHEN o.kind = 0 AND o.value LIKE '[%' THEN json_array_length(o.value::json) END)"
)
_TEXT = "CASE WHEN o.number IS NULL AND o.kind = 0 AND o.value NOT LIKE '[%' THEN o.value END"
_LOWEST = f'coalesce(min({_SIZE})::text, min({_TEXT} COLLATE "C"))'
_HIGHEST = f'coalesce(max({_SIZE})::text, max({_TEXT} COLLATE "C"))'
_METHODS = {
    Method.TOTAL_COUNT: "count(*)",
    Method.DISTINCT_COUNT: "count(DISTINCT coalesce(o.value, o.number::text))",
    Method.SUM: f"sum({_SIZE})",
    Method.AVG: f"avg({_SIZE})",
    Method.MIN: _LOWEST,
    Method.MAX: _HIGHEST,
    Method.STDDEV: "stddev_pop(o.number) FILTER (WHERE abs(o.number) < 1e150)",
    Method.SUMSQ: "sum(o.number * o.number) FILTER (WHERE abs(o.number) < 1e150)",
}
"""How each method of clause 4.5.19.1 is computed; see `kota.store.history.summing`."""


async def aggregate(
    connection: Connection, wanted: SeriesFilter, span: Span, aggregation: Aggregation
) -> list[Aggregate]:
    """Aggregated values; see `HistoryStore.aggregate`."""
    series = await select(connection, wanted)
    if not series:
        return []
    chosen, value = of_series(sorted(series))
    rows_of = f"FROM observation o WHERE {chosen} AND {within(span)}"
    split = await _periods(connection, rows_of, value, span, aggregation.period)
    if split is None:
        return []
    values = ", ".join(_METHODS[method] for method in aggregation.methods)
    rows = await connection.fetch(
        f"SELECT o.series, min(o.kind), o.start, {values} FROM ("
        f"SELECT o.series, o.kind, o.number, o.value, {split.start} AS start {rows_of}"
        f") o GROUP BY o.series, o.start ORDER BY o.series, o.start "
        f"LIMIT {periods.MAX_PERIODS + 1}",
        *value,
    )
    periods.require_few(len(rows))
    return [
        Aggregate(
            *series[number][1:],
            kind,
            at,
            split.end(at),
            tuple(answer_of(m, v) for m, v in zip(aggregation.methods, found, strict=True)),
        )
        for number, kind, at, *found in map(tuple, rows)
    ]


class _Periods(NamedTuple):
    """How instances fall into periods: SQL for the start of theirs, and its end."""

    start: str
    end: Callable[[int], int]


async def _periods(
    connection: Connection, rows_of: str, value: tuple[Any, ...], span: Span, period: Period
) -> _Periods | None:
    """The periods of the rows; None where there are no rows to begin with."""
    time = time_of(span)
    width = period.micros
    periods.require_short(width)
    even = bool(width) and not period.months
    if span.start is not None and even:
        return _even(time, span.start, width)
    first, last = await connection.fetchrow(f"SELECT min({time}), max({time}) {rows_of}", *value)
    if first is None:
        return None
    if even:
        return _even(time, first, width)
    start = first if span.start is None else span.start
    bounds = periods.bounds(start, last, period, span.end)
    ends = dict(pairwise(bounds))
    listed = "ARRAY[" + ", ".join(str(at) for at in bounds) + "]::bigint[]"
    return _Periods(f"({listed})[width_bucket({time}, {listed})]", ends.__getitem__)


def _even(time: str, origin: int, width: int) -> _Periods:
    start = f"({time} - {origin:d}) / {width:d} * {width:d} + {origin:d}"
    return _Periods(start, lambda at: min(at + width, periods.LAST))


async def chart(
    connection: Connection, wanted: SeriesFilter, start: int, end: int, points: int
) -> Chart:
    """One series to draw; see `HistoryStore.chart`."""
    series = await select(connection, wanted)
    if not series:
        return Chart(0, None, [], [], [], [], [], [], [])
    chosen, value = of_series(sorted(series))
    rows_of = (
        f"FROM observation o WHERE {chosen} AND o.deleted_at IS NULL "
        f"AND o.moment >= {start:d} AND o.moment < {end:d}"
    )
    rows = await connection.fetchval(f"SELECT count(*) {rows_of}", *value)
    unit = await connection.fetchval(
        f"SELECT o.unit {rows_of} AND o.unit IS NOT NULL ORDER BY o.moment DESC LIMIT 1", *value
    )
    if rows <= points:
        return await _raw(connection, rows_of, value, unit)
    width = periods.width_for(start, end, points)
    columns = await connection.fetch(
        f"""
        SELECT o.moment / {width} * {width} AS bucket,
            min(o.number), max(o.number), avg(o.number),
            (array_agg(o.number ORDER BY o.moment DESC, o.sequence DESC)
                FILTER (WHERE o.number IS NOT NULL))[1],
            count(*), max(coalesce(o.quality, 0) / 4)
        {rows_of} GROUP BY bucket ORDER BY bucket
        """,
        *value,
    )
    return Chart(width, unit, *transposed([tuple(row) for row in columns], 7))


async def table(connection: Connection, wanted: SeriesFilter, span: Span) -> pa.Table:
    """Observations as an Arrow table; see `HistoryStore.table`."""
    import pyarrow as pa

    series = await select(connection, wanted)
    numbers = sorted(series)
    chosen, value = of_series(numbers)
    names = ("series", "observed_at", "number", "value", "unit", "quality")
    found = await fetch_table(
        connection,
        names,
        f"SELECT {', '.join('o.' + name for name in names)} FROM observation o "
        f"WHERE {chosen} AND {within(span)} ORDER BY o.series, o.observed_at, o.sequence",
        *value,
    )
    at = found["observed_at"].cast(pa.timestamp("us", "UTC"))
    columns = {
        name: labels(found["series"], numbers, [getattr(series[one], name) for one in numbers])
        for name in ("entity_id", "attribute", "dataset_id")
    }
    rest = {name: found[name] for name in ("number", "value", "unit", "quality")}
    return pa.table({**columns, "observed_at": at, **rest})


async def _raw(
    connection: Connection, rows_of: str, value: tuple[Any, ...], unit: str | None
) -> Chart:
    rows = await connection.fetch(
        f"SELECT o.moment, o.number, coalesce(o.quality, 0) / 4 {rows_of} "
        "ORDER BY o.moment, o.sequence",
        *value,
    )
    at, number, quality = transposed([tuple(row) for row in rows], 3)
    return Chart(0, unit, at, number, number, number, number, [1] * len(at), quality)
