"""The naive forecasts that any other must beat."""

from __future__ import annotations

import warnings

import numpy as np

from kota.solutions.people_flow.forecast.counts import WEEK, Counts, Floats


def last_weeks(counts: Counts, at: int, horizon: int, weeks: int) -> Floats:
    """The counts at the same hours of the last weeks that are over `(weeks, horizon, n_sensors)`.

    Args:
        counts: hourly; nothing from `at` on is read.
        at: the hour of issue, the first that is forecast.
        horizon: hours ahead.
        weeks: how many.
    """
    stack = []
    for back in range(1, weeks + 1):
        known = counts.between(at - back * WEEK, at - (back - 1) * WEEK)
        stack.append(np.tile(known, (-(-horizon // WEEK), 1))[:horizon])
    return np.stack(stack)


def seasonal_naive(counts: Counts, at: int, horizon: int) -> Floats:
    """The value of the same hour a week before `(horizon, n_sensors)`; NaN where missing."""
    naive: Floats = last_weeks(counts, at, horizon, 1)[0]
    return naive


def mean_of_four(counts: Counts, at: int, horizon: int) -> Floats:
    """The mean of the same hours of four weeks `(horizon, n_sensors)`, of what is known."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        mean: Floats = np.nanmean(last_weeks(counts, at, horizon, 4), axis=0)
    return mean
