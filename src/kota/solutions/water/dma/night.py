"""Minimum night flow of an area, by several methods side by side."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Seconds = NDArray[np.int64]

DAY_S = 86_400
HOURS = (2, 4)
"""The fixed hours of the night."""
NIGHT = (0, 6)
"""Hours in which the running minimum is looked for."""
SHARE = 0.05
"""Of a day's readings, the quantile."""
LEAST_TOLD = 0.7


@dataclass(frozen=True, slots=True)
class Night:
    """Minimum night flow of each day [m³/h] `(days,)`; NaN where too little was told.

    Args:
        days: at midnight [s].
        fixed: mean of 02:00 to 04:00.
        percentile: the 5 % quantile of the day.
        moving: the least mean of an hour between midnight and 06:00.
        pooled: the least fixed-hours flow of the seven days before and with it, which holds
            nights with unusual use for what they are.
    """

    days: Seconds
    fixed: Floats
    percentile: Floats
    moving: Floats
    pooled: Floats

    @property
    def middle(self) -> Floats:
        """The median of the methods, day by day [m³/h] `(days,)`."""
        return _quiet(np.nanmedian, self._all())

    @property
    def apart(self) -> Floats:
        """How far the methods lie apart, as a standard deviation [m³/h] `(days,)`."""
        return _quiet(np.nanstd, self._all())

    def _all(self) -> Floats:
        return np.stack([self.fixed, self.percentile, self.moving, self.pooled])


def night_flow(times: Seconds, inflow: Floats) -> Night:
    """Minimum night flow by day.

    Args:
        times: even steps in the town's own time [s] `(steps,)`.
        inflow: of an area, storage taken off [m³/h] `(steps,)`, NaN: not told.
    """
    step = int(times[1] - times[0]) if len(times) > 1 else 300
    day = times // DAY_S
    days = np.unique(day)
    hour = times % DAY_S / 3600
    smooth = _running(inflow, max(1, 3600 // step))
    fixed, percentile, moving = (np.full(len(days), np.nan) for _ in range(3))
    for k, which in enumerate(days.tolist()):
        here = day == which
        fixed[k] = _told(np.mean, inflow[here & (hour >= HOURS[0]) & (hour < HOURS[1])])
        whole = inflow[here]
        if here.sum() * step >= LEAST_TOLD * DAY_S:
            percentile[k] = _told(lambda told: np.quantile(told, SHARE), whole)
        moving[k] = _told(np.min, smooth[here & (hour >= NIGHT[0] + 1) & (hour < NIGHT[1])])
    pooled = np.array(
        [_told(np.min, fixed[max(0, k - 6) : k + 1], least=0.0) for k in range(len(days))]
    )
    return Night(days * DAY_S, fixed, percentile, moving, pooled)


def _told(reduce: object, values: Floats, *, least: float = LEAST_TOLD) -> float:
    told = values[~np.isnan(values)]
    if not len(told) or len(told) < least * len(values):
        return float("nan")
    return float(reduce(told))  # type: ignore[operator]


def _running(values: Floats, steps: int) -> Floats:
    """Mean of the last steps, NaN where one is missing."""
    total = np.cumsum(np.insert(values, 0, 0.0)) if not np.isnan(values).any() else None
    if total is not None:
        mean = np.full(len(values), np.nan)
        mean[steps - 1 :] = (total[steps:] - total[:-steps]) / steps
        return mean
    windows = np.lib.stride_tricks.sliding_window_view(values, min(steps, len(values)))
    mean = np.full(len(values), np.nan)
    mean[len(values) - len(windows) :] = windows.mean(axis=1)
    return mean


def _quiet(reduce: object, values: Floats) -> Floats:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a day of which nothing is told
        return np.asarray(reduce(values, axis=0))  # type: ignore[operator]
