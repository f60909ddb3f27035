"""What meters and loggers normally say, by time of the week and by what drives them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Seconds = NDArray[np.int64]

DAY_S = 86_400
DAILY, WEEKEND = 6, 3
"""Harmonics of the day, and of a day off."""
RIDGE = 1e-3
"""Of the steps' number: how strongly coefficients are held to zero."""


def calendar(times: Seconds) -> Floats:
    """Day and weekend as harmonics `(steps, 2 · DAILY + 2 · WEEKEND + 2)`.

    Args:
        times: seconds since 1970-01-01 (a Thursday) in the town's own time.
    """
    turn = 2 * np.pi * (times % DAY_S) / DAY_S
    off = np.where((times // DAY_S + 3) % 7 >= 5, 1.0, 0.0)
    waves = [f(k * turn) for k in range(1, DAILY + 1) for f in (np.sin, np.cos)]
    days_off = [off * wave for wave in waves[: 2 * WEEKEND]]
    return np.column_stack([np.ones(len(times)), off, *waves, *days_off])


@dataclass(frozen=True, slots=True)
class Normal:
    """A ridge regression of signals on the calendar, and of some of them on drivers besides.

    Args:
        middle, scale: of the drivers `(n_drivers,)`.
        by_calendar: coefficients `(n_calendar, n)`.
        by_drivers: of the drivers and their squares `(2 · n_drivers, n)`, 0 for signals that no
            driver explains.
    """

    middle: Floats
    scale: Floats
    by_calendar: Floats
    by_drivers: Floats

    @classmethod
    def fit(cls, times: Seconds, values: Floats, drivers: Floats, driven: Flags) -> Normal:
        """Learn.

        Args:
            times: [s] `(steps,)`.
            values: of the signals `(steps, n)`, NaN: silent.
            drivers: what explains some of them, levels and flows `(steps, n_drivers)`.
            driven: the signals that drivers explain `(n,)`.
        """
        middle = np.nan_to_num(_quietly(np.nanmean, drivers))
        scale = np.nan_to_num(_quietly(np.nanstd, drivers))
        scale = np.where(scale > 1e-9, scale, 1.0)
        plain = calendar(times)
        whole = np.hstack([plain, _shaped(drivers, middle, scale)])
        found = np.zeros((whole.shape[1], values.shape[1]))
        for rows, features in ((driven, whole), (~driven, plain)):
            if rows.any():
                found[: features.shape[1], rows] = _ridge(features, values[:, rows])
        split = plain.shape[1]
        return cls(middle, scale, found[:split], found[split:])

    def expected(self, times: Seconds, drivers: Floats) -> Floats:
        """What the signals should say `(steps, n)`."""
        shaped = _shaped(drivers, self.middle, self.scale)
        return np.asarray(calendar(times) @ self.by_calendar + shaped @ self.by_drivers)


def _shaped(drivers: Floats, middle: Floats, scale: Floats) -> Floats:
    """Drivers to unit spread, held within what is plausible, and their squares."""
    unit = np.clip(np.nan_to_num((drivers - middle) / scale), -4.0, 4.0)
    return np.hstack([unit, unit**2])


def _ridge(features: Floats, values: Floats) -> Floats:
    """Coefficients by column, each on the steps that it has."""
    found = np.zeros((features.shape[1], values.shape[1]))
    hold = np.full(features.shape[1], RIDGE)
    hold[0] = 0.0
    told = ~np.isnan(values)
    for pattern in np.unique(told, axis=1).T:
        columns = np.flatnonzero((told == pattern[:, None]).all(axis=0))
        if not pattern.any():
            continue
        used = features[pattern]
        normal = used.T @ used + np.diag(hold * len(used) + 1e-9)
        found[:, columns] = np.linalg.solve(normal, used.T @ values[np.ix_(pattern, columns)])
    return found


def _quietly(reduce: object, values: Floats) -> Floats:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return np.asarray(reduce(values, axis=0))  # type: ignore[operator]
