"""History tables turned into arrays on a grid of time."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Instants = NDArray[np.int64]
Series = Mapping[tuple[str, str], tuple[Instants, Floats]]

_BAD = 8
"""Codes of `Quality` from here on are bad."""


def split(table: pa.Table) -> dict[tuple[str, str], tuple[Instants, Floats]]:
    """Times [µs] and numbers of each pair of entity id and attribute, oldest first.

    Bad values and those that are no numbers are left out.
    """
    quality = table.column("quality").fill_null(0).to_numpy(zero_copy_only=False)
    numbers = table.column("number").to_numpy(zero_copy_only=False).astype(np.float64)
    instants = table.column("observed_at").cast(pa.timestamp("us", tz="UTC")).cast(pa.int64())
    at = instants.to_numpy(zero_copy_only=False)
    usable = (quality < _BAD) & ~np.isnan(numbers)
    keys = list(
        zip(
            table.column("entity_id").to_pylist(),
            table.column("attribute").to_pylist(),
            strict=True,
        )
    )
    rows: dict[tuple[str, str], list[int]] = {}
    for k in np.flatnonzero(usable).tolist():
        rows.setdefault(keys[k], []).append(k)
    series: dict[tuple[str, str], tuple[Instants, Floats]] = {}
    for key, found in rows.items():
        order = np.array(found)[np.argsort(at[found], kind="stable")]
        series[key] = (at[order], numbers[order])
    return series


def until(series: Series, end: int) -> dict[tuple[str, str], tuple[Instants, Floats]]:
    """What was measured up to and including an instant [µs]."""
    known = {}
    for key, (times, values) in series.items():
        count = int(np.searchsorted(times, end, side="right"))
        known[key] = (times[:count], values[:count])
    return known


def on_grid(times: Instants, values: Floats, grid: Instants, *, patience: int) -> Floats:
    """The last value before or at each time of a grid `(n,)` [µs].

    Args:
        times, values: of one series, oldest first.
        grid: where values are wanted.
        patience: a value older than this [µs] counts no more: NaN.
    """
    if not len(times):
        return np.full(len(grid), np.nan)
    last = np.searchsorted(times, grid, side="right") - 1
    known = (last >= 0) & (grid - times[np.maximum(last, 0)] <= patience)
    return np.where(known, values[np.maximum(last, 0)], np.nan)


def mean_between(times: Instants, values: Floats, start: int, end: int) -> float:
    """Mean of the values in (start, end] [µs]; NaN where there is none."""
    within = (times > start) & (times <= end)
    return float(values[within].mean()) if within.any() else float("nan")
