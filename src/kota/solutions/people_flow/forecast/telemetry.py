"""Counts of short intervals, as devices tell them, brought to hours of local time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa

from kota.model.instant import HOUR, MINUTE, SECOND, from_datetime, to_datetime
from kota.solutions.people_flow.forecast.counts import Counts, Floats, Hours, hour_of, moment_of

Series = Mapping[str, tuple[Hours, Floats]]

_BAD = 8
_QUARTER: Final = 15 * MINUTE
_ENOUGH = 0.5


def split(table: pa.Table) -> dict[str, tuple[Hours, Floats]]:
    """Instants [µs] and numbers by entity id, oldest first, without those of bad quality."""
    quality = table.column("quality").fill_null(0).to_numpy(zero_copy_only=False)
    numbers = table.column("number").to_numpy(zero_copy_only=False).astype(np.float64)
    instants = table.column("observed_at").cast(pa.timestamp("us", tz="UTC")).cast(pa.int64())
    at = instants.to_numpy(zero_copy_only=False)
    ids = table.column("entity_id").combine_chunks().dictionary_encode()
    place = ids.indices.to_numpy(zero_copy_only=False)
    usable = (quality < _BAD) & ~np.isnan(numbers) & (numbers >= 0)
    series = {}
    for index, entity_id in enumerate(ids.dictionary.to_pylist()):
        rows = np.flatnonzero(usable & (place == index))
        rows = rows[np.argsort(at[rows], kind="stable")]
        series[entity_id] = (at[rows], numbers[rows])
    return series


def hourly(series: Series, zone: ZoneInfo) -> Counts:
    """People in each hour of local time, up to the last hour that is over for a counter.

    A count is that of the interval that ends when it was observed; the interval is the usual time
    from one count to the next, an hour at most. An hour is known when half its intervals are, and
    is brought to the full hour; the hour that autumn repeats is the mean of both.

    Args:
        series: instants [µs] and people counted, by sensor; at least one is not empty.
        zone: of the wall clock.
    """
    columns: dict[str, tuple[Hours, Floats]] = {}
    for sensor, (at, values) in series.items():
        if len(at) > 1:
            columns[sensor] = _hours(at, values, zone)
    known = [hours for hours, _ in columns.values() if len(hours)]
    if not known:
        return Counts(tuple(series), 0, np.empty((0, len(series))))
    start = min(int(hours[0]) for hours in known)
    end = max(int(hours[-1]) for hours in known) + 1
    found = np.full((end - start, len(series)), np.nan)
    for k, sensor in enumerate(series):
        if sensor in columns:
            hours, people = columns[sensor]
            found[hours - start, k] = people
    return Counts(tuple(series), start, found)


def _hours(at: Hours, values: Floats, zone: ZoneInfo) -> tuple[Hours, Floats]:
    interval = int(np.clip(np.median(np.diff(at)), SECOND, HOUR))
    local = local_hours(at - interval // 2, zone)
    hours, place = np.unique(local, return_inverse=True)
    counted = np.bincount(place)
    mean = np.bincount(place, weights=values) / counted
    full = HOUR / interval
    enough = counted >= _ENOUGH * full
    over = hours < local_hours(at[-1:] + 1, zone)[0]
    kept = enough & over
    return hours[kept], mean[kept] * full


def local_hours(at: Hours, zone: ZoneInfo) -> Hours:
    """The hours of the wall clock `(n,)` in which instants [µs] lie."""
    quarters, place = np.unique(at // _QUARTER, return_inverse=True)
    shown = [
        hour_of(to_datetime(int(quarter) * _QUARTER).astimezone(zone))
        for quarter in quarters.tolist()
    ]
    return np.array(shown, dtype=np.int64)[place]


def instants_of(hours: Sequence[int], zone: ZoneInfo) -> list[int]:
    """When hours of the wall clock begin [µs]."""
    return [from_datetime(moment_of(hour).replace(tzinfo=zone).astimezone(UTC)) for hour in hours]
