"""What the signals of a network say at moments of a grid, none later than the moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kota.model.instant import DAY, HOUR, MINUTE
from kota.solutions.water.live.supplied import Supplied
from kota.solutions.water.telemetry import Instants, Series, on_grid

Floats = NDArray[np.float64]

STEP = 5 * MINUTE
QUARTER = 15 * MINUTE
"""Customer meters tell the mean of a quarter of an hour."""
_QUARTERS = DAY // QUARTER
_SILENT = 2 * HOUR
_BEND = (0.4, 2.5)
"""Between these a meter's last reading is bent by the time of day."""
_SWITCHED = (2.0, 0.15)
"""A pump whose flow changes by more, [m³/h] and as a share, was switched."""
_NONE: tuple[Instants, Floats] = (np.empty(0, dtype=np.int64), np.empty(0))


@dataclass(frozen=True, slots=True)
class Observed:
    """The signals at moments; NaN where one is silent.

    Args:
        at: the moments `(n,)` [µs].
        supply: through the customers' meters of each junction then [m³/h] `(n, n_meters)`.
        level: of the tanks [m] `(n, n_tanks)`.
        pumped: through the pumps [m³/h] `(n, n_pumps)`.
        read: pressures [m], then flows [m³/h] `(n, n_loggers + n_gauges)`.
        steady: whether no pump was switched since the moment before `(n,)`.
    """

    at: Instants
    supply: Floats
    level: Floats
    pumped: Floats
    read: Floats
    steady: NDArray[np.bool_]


def observe(town: Supplied, series: Series, at: Instants, profile: Floats) -> Observed:
    """Bring the signals onto the moments.

    Args:
        town: whose.
        series: by entity's id and attribute.
        at: moments, `STEP` apart `(n,)` [µs].
        profile: as `supply_profile` gives it.
    """

    def told(urns: Mapping[str, str], names: tuple[str, ...], attribute: str) -> Floats:
        said = [series.get((urns[name], attribute), _NONE) for name in names]
        columns = [mean_before(*one, at, STEP) for one in said]
        return np.stack(columns, axis=1) if columns else np.empty((len(at), 0))

    supply = [
        _bent(*series.get((town.nodes[name], "supply"), _NONE), at, profile) for name in town.meters
    ]
    pumped = told(town.links, town.pumps, "flow")
    return Observed(
        at,
        np.stack(supply, axis=1) if supply else np.empty((len(at), 0)),
        told(town.nodes, town.tanks, "level"),
        pumped,
        np.hstack(
            [
                told(town.nodes, town.loggers, "pressure"),
                told(town.links, town.gauges, "flow"),
            ]
        ),
        _steady(pumped),
    )


def supply_profile(town: Supplied, series: Series) -> Floats:
    """What all customers take in each quarter of the day, on average [m³/h] `(96,)`."""
    total, count = np.zeros(_QUARTERS), np.zeros(_QUARTERS)
    for name in town.meters:
        times, values = series.get((town.nodes[name], "supply"), _NONE)
        quarter = (times - QUARTER // 2) % DAY // QUARTER
        one = np.bincount(quarter, values, _QUARTERS)
        seen = np.bincount(quarter, minlength=_QUARTERS)
        total += np.where(seen > 0, one / np.maximum(seen, 1), 0.0)
        count += seen > 0
    share = np.maximum(count, 1) / max(len(town.meters), 1)
    return np.asarray(np.maximum(total / share, 1e-6))


def mean_before(times: Instants, values: Floats, at: Instants, span: int) -> Floats:
    """Mean of the values in (t − span, t] for each moment t; NaN where there is none.

    >>> mean_before(np.array([1, 2, 5]), np.array([1.0, 3.0, 9.0]), np.array([2, 4, 6]), 2)
    array([ 2., nan,  9.])
    """
    sums = np.concatenate([[0.0], np.cumsum(values)])
    first, last = (np.searchsorted(times, moment, side="right") for moment in (at - span, at))
    count = last - first
    return np.where(count > 0, (sums[last] - sums[first]) / np.maximum(count, 1), np.nan)


def _steady(pumped: Floats) -> NDArray[np.bool_]:
    before = np.vstack([pumped[:1], pumped[:-1]])
    larger = np.maximum(np.abs(pumped), np.abs(before))
    return np.asarray((np.abs(pumped - before) <= _SWITCHED[0] + _SWITCHED[1] * larger).all(axis=1))


def _bent(times: Instants, values: Floats, at: Instants, profile: Floats) -> Floats:
    """A meter's last reading, carried on as the town's day goes."""
    last = on_grid(times, values, at, patience=_SILENT)
    if not len(times):
        return last
    told = times[np.maximum(np.searchsorted(times, at, side="right") - 1, 0)]
    factor = _of_day(profile, at - STEP // 2) / _of_day(profile, told - QUARTER // 2)
    return np.asarray(last * np.clip(factor, *_BEND))


def _of_day(profile: Floats, at: Instants) -> Floats:
    middles = (np.arange(_QUARTERS) + 0.5) * QUARTER
    return np.asarray(np.interp(at % DAY, middles, profile, period=DAY))
