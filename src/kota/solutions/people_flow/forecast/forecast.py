"""Counts hours to weeks ahead, from what was counted until now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from kota.solutions.people_flow.forecast.cleaning import Clean
from kota.solutions.people_flow.forecast.counts import DAY, WEEK, Floats
from kota.solutions.people_flow.forecast.intervals import LEVELS
from kota.solutions.people_flow.forecast.past import Past
from kota.solutions.people_flow.forecast.week import WeekAhead

INTERVAL: Final = (LEVELS.index(0.1), LEVELS.index(0.9))
"""The quantiles that bound the interval of 80 %."""
LEARN: Final = 3 * 52 * WEEK
"""Hours before the first issue from which on days are learnt from."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """One forecast.

    Args:
        at: the hour of issue, the first that is forecast.
        middle: `(horizon, n_sensors)` [people in an hour]; NaN where nothing is known.
        quantiles: at `LEVELS` `(n_levels, horizon, n_sensors)`, likewise.
    """

    at: int
    middle: Floats
    quantiles: Floats

    @property
    def lower(self) -> Floats:
        """The lower end of the interval of 80 % `(horizon, n_sensors)`."""
        return np.asarray(self.quantiles[INTERVAL[0]])

    @property
    def upper(self) -> Floats:
        """Its upper end, likewise."""
        return np.asarray(self.quantiles[INTERVAL[1]])


class Forecaster:
    """Goes through the past day by day, learns from each, and forecasts at its end.

    Args:
        past: counts and calendar; what is asked for at an hour uses nothing from that hour on.
        horizon: hours ahead.
        hour: of the day at which it issues, 0 to 23.
    """

    def __init__(self, past: Past, horizon: int, *, hour: int = 0) -> None:
        self._horizon = horizon
        first = WeekAhead(past)
        later = (WeekAhead(past, week, near=first) for week in range(1, -(-horizon // WEEK)))
        self._weeks = [first, *later]
        start = past.clean.raw.start
        self._next = start + DAY + (hour - start) % DAY
        self._begun = False

    def issue(self, at: int) -> Outlook:
        """Learn from all days up to `at`, and forecast from there.

        Args:
            at: an hour of the day as said, not before any asked for earlier, and a day or more
                after the first count.
        """
        if not self._begun:
            self._begun = True
            self._next = max(self._next, at - LEARN)
        for moment in range(self._next, at + 1, DAY):
            for week in self._weeks:
                week.step(moment)
            self._next = moment + DAY
        parts = [week.forecast(at) for week in self._weeks]
        middle = np.concatenate([part[0] for part in parts])[: self._horizon]
        quantiles = np.concatenate([part[1] for part in parts], axis=1)[:, : self._horizon]
        return Outlook(at, middle, quantiles)


def walk(
    clean: Clean,
    issues: Sequence[int],
    horizon: int,
    holidays: Mapping[int, str],
    events: Mapping[int, str] | None = None,
) -> Iterator[Outlook]:
    """Forecast again and again, each time from what was counted before.

    Args:
        clean: hourly counts.
        issues: hours, ascending, each at least a day after the first count.
        horizon: hours ahead.
        holidays, events: names by day since 1970-01-01.
    """
    past = Past(clean, holidays, events)
    by_hour: dict[int, Forecaster] = {}
    for at in issues:
        hour = at % DAY
        if hour not in by_hour:
            by_hour[hour] = Forecaster(past, horizon, hour=hour)
        yield by_hour[hour].issue(at)
