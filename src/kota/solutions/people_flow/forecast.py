"""Counts hours to weeks ahead, from what was counted until now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from kota.solutions.people_flow.forecast_bars import mean_of_four
from kota.solutions.people_flow.forecast_counts import Counts, Floats


@dataclass(frozen=True, slots=True)
class Outlook:
    """One forecast.

    Args:
        at: the hour of issue, the first that is forecast.
        middle: `(horizon, n_sensors)` [people in an hour]; NaN where nothing is known.
        lower, upper: of the interval of 80 %, likewise.
    """

    at: int
    middle: Floats
    lower: Floats
    upper: Floats


def walk(counts: Counts, issues: Sequence[int], horizon: int) -> Iterator[Outlook]:
    """Forecast again and again, each time from what was counted before.

    Args:
        counts: hourly.
        issues: hours, ascending.
        horizon: hours ahead.
    """
    for at in issues:
        middle = mean_of_four(counts, at, horizon)
        spread = 1.3 * np.sqrt(middle + 1)
        yield Outlook(at, middle, np.maximum(middle - spread, 0), middle + spread)
