"""Reads that sum up: aggregated values, charts and Arrow tables."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import duckdb
import msgspec

from kota.model.query.temporal import Aggregation, Method, Period
from kota.store.history import periods
from kota.store.history.protocol import Aggregate, Chart, SeriesFilter, Span
from kota.store.history.reading import of_series, time_of, within
from kota.store.history.rows import plain
from kota.store.history.series import SeriesDictionary
from kota.store.history.sql import one_row

if TYPE_CHECKING:
    import pyarrow as pa

_SIZE = (
    "coalesce(o.number, "
    "CASE WHEN o.kind = 0 AND o.value LIKE '[%' THEN json_array_length(o.value) END)"
)
_TEXT = "CASE WHEN o.number IS NULL AND o.kind = 0 AND o.value NOT LIKE '[%' THEN o.value END"
_METHODS = {
    Method.TOTAL_COUNT: "count(*)",
    Method.DISTINCT_COUNT: "count(DISTINCT coalesce(o.value, o.number::VARCHAR))",
    Method.SUM: f"sum({_SIZE})",
    Method.AVG: f"avg({_SIZE})",
    Method.MIN: f"coalesce(min({_SIZE})::VARCHAR, min({_TEXT}))",
    Method.MAX: f"coalesce(max({_SIZE})::VARCHAR, max({_TEXT}))",
    Method.STDDEV: "stddev_pop(o.number) FILTER (abs(o.number) < 1e150)",
    Method.SUMSQ: "sum(o.number * o.number)",
}
"""How each method of clause 4.5.19.1 is computed; null where it does not apply to the values.

Arrays count by their size, booleans as 0 and 1, texts have a least and a greatest; the deviation
is that of the whole population.
"""


def aggregate(
    connection: duckdb.DuckDBPyConnection,
    dictionary: SeriesDictionary,
    wanted: SeriesFilter,
    span: Span,
    aggregation: Aggregation,
) -> list[Aggregate]:
    """Aggregated values; see `HistoryStore.aggregate`."""
    series = dictionary.select(connection, wanted)
    if not series:
        return []
    rows_of = f"FROM observation o WHERE {of_series(connection, sorted(series))} AND {within(span)}"
    split = _periods(connection, rows_of, span, aggregation.period)
    if split is None:
        return []
    values = ", ".join(_METHODS[method] for method in aggregation.methods)
    rows = connection.execute(
        f"""
        SELECT o.series, any_value(o.kind), o.start, {values} FROM (
            SELECT o.series, o.kind, o.number, o.value, {split.start} AS start {rows_of}
        ) o GROUP BY o.series, o.start ORDER BY o.series, o.start LIMIT {periods.MAX_PERIODS + 1}
        """
    ).fetchall()
    periods.require_few(len(rows))
    return [
        Aggregate(
            *series[number][1:],
            kind,
            at,
            split.end(at),
            tuple(answer_of(m, v) for m, v in zip(aggregation.methods, found, strict=True)),
        )
        for number, kind, at, *found in rows
    ]


class _Periods(NamedTuple):
    """How instances fall into periods: SQL for the start of theirs, and its end."""

    start: str
    end: Callable[[int], int]


def _periods(
    connection: duckdb.DuckDBPyConnection, rows_of: str, span: Span, period: Period
) -> _Periods | None:
    """The periods of the rows; None where there are no rows to begin with."""
    time = time_of(span)
    width = period.micros
    periods.require_short(width)
    if span.start is not None and width and not period.months:
        return _even(time, span.start, width)
    first, last = one_row(connection, f"SELECT min({time}), max({time}) {rows_of}")
    if first is None:
        return None
    if width and not period.months:
        return _even(time, first, width)
    start = first if span.start is None else span.start
    bounds = periods.bounds(start, last, period, span.end)
    ends = dict(pairwise(bounds))
    listed = ", ".join(str(at) for at in bounds)
    chosen = f"list_last(list_filter([{listed}], lambda bound: bound <= {time}))"
    return _Periods(chosen, ends.__getitem__)


def chart(
    connection: duckdb.DuckDBPyConnection,
    dictionary: SeriesDictionary,
    wanted: SeriesFilter,
    start: int,
    end: int,
    points: int,
) -> Chart:
    """One series to draw; see `HistoryStore.chart`."""
    series = dictionary.select(connection, wanted)
    if not series:
        return Chart(0, None, [], [], [], [], [], [], [])
    rows_of = (
        f"FROM observation o WHERE {of_series(connection, sorted(series))} "
        f"AND o.deleted_at IS NULL AND o.moment >= {start:d} AND o.moment < {end:d}"
    )
    rows, unit = one_row(connection, f"SELECT count(*), arg_max(o.unit, o.moment) {rows_of}")
    if rows <= points:
        return _raw(connection, rows_of, unit)
    width = periods.width_for(start, end, points)
    columns = connection.execute(
        f"""
        SELECT o.moment // {width} * {width} AS bucket, min(o.number), max(o.number), avg(o.number),
            arg_max(o.number, o.moment), count(*), max(coalesce(o.quality, 0) // 4)
        {rows_of} GROUP BY bucket ORDER BY bucket
        """
    ).fetchall()
    return Chart(width, unit, *transposed(columns, 7))


def table(
    connection: duckdb.DuckDBPyConnection,
    dictionary: SeriesDictionary,
    wanted: SeriesFilter,
    span: Span,
) -> pa.Table:
    """Observations as an Arrow table; see `HistoryStore.table`."""
    import pyarrow as pa

    series = dictionary.select(connection, wanted)
    numbers = sorted(series)
    condition = of_series(connection, numbers) if numbers else "false"
    found: pa.Table = connection.sql(
        f"SELECT o.series, o.observed_at, o.number, o.value, o.unit, o.quality FROM observation o "
        f"WHERE {condition} AND {within(span)} ORDER BY o.series, o.observed_at, o.sequence"
    ).to_arrow_table()
    at = found["observed_at"].cast(pa.timestamp("us", "UTC"))
    columns = {
        name: labels(found["series"], numbers, [getattr(series[one], name) for one in numbers])
        for name in ("entity_id", "attribute", "dataset_id")
    }
    rest = {name: found[name] for name in ("number", "value", "unit", "quality")}
    return pa.table({**columns, "observed_at": at, **rest})


def labels(column: Any, numbers: list[int], texts: Sequence[str | None]) -> pa.ChunkedArray:
    """A dictionary column that names each row's series."""
    import numpy as np
    import pyarrow as pa

    dictionary = pa.array(texts, pa.string())
    known = np.asarray(numbers, dtype=np.uint32)
    chunks = [
        pa.DictionaryArray.from_arrays(
            pa.array(np.searchsorted(known, chunk.to_numpy()).astype(np.int32)), dictionary
        )
        for chunk in column.chunks
    ]
    return pa.chunked_array(chunks, pa.dictionary(pa.int32(), pa.string()))


def _raw(connection: duckdb.DuckDBPyConnection, rows_of: str, unit: str | None) -> Chart:
    rows = connection.execute(
        f"SELECT o.moment, o.number, coalesce(o.quality, 0) // 4 {rows_of} "
        "ORDER BY o.moment, o.sequence"
    ).fetchall()
    at, number, quality = transposed(rows, 3)
    return Chart(0, unit, at, number, number, number, number, [1] * len(at), quality)


def transposed(rows: list[tuple[Any, ...]], width: int) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)] or [[] for _ in range(width)]


def answer_of(method: Method, value: Any) -> object:
    if method in (Method.MIN, Method.MAX) and value is not None:
        value = msgspec.json.decode(value)
    return plain(value) if isinstance(value, float) else value


def _even(time: str, origin: int, width: int) -> _Periods:
    start = f"({time} - {origin:d}) // {width:d} * {width:d} + {origin:d}"
    return _Periods(start, lambda at: min(at + width, periods.LAST))
