"""Hourly counts of people by sensor, in local time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Hours = NDArray[np.int64]

DAY: Final = 24
WEEK: Final = 168

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - local hours are counted without a zone
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Counts:
    """People counted hour by hour.

    Hours are those of the wall clock, numbered from 1970-01-01 00:00 local time, so that the same
    hour of the week is always `WEEK` apart; the value at an hour is what was counted within it.

    Args:
        sensors: their ids.
        start: the first hour.
        values: `(n_hours, n_sensors)` [people in an hour]; what is missing is NaN.
    """

    sensors: tuple[str, ...]
    start: int
    values: Floats

    @property
    def end(self) -> int:
        """The hour after the last."""
        return self.start + len(self.values)

    def between(self, first: int, last: int) -> Floats:
        """The counts of `first` up to before `last`; hours outside are missing."""
        found = np.full((last - first, len(self.sensors)), np.nan)
        low, high = max(first, self.start), min(last, self.end)
        if low < high:
            found[low - first : high - first] = self.values[low - self.start : high - self.start]
        return found


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong with counts, and where.

    Args:
        kind: a word of `KINDS` in `kota.solutions.people_flow.forecast.cleaning`, or of the reader.
        sensor: its id; None: all.
        first, last: hours, both included.
        reason: for people.
    """

    kind: str
    sensor: str | None
    first: int
    last: int
    reason: str


def hour_of(moment: datetime) -> int:
    """The number of the hour in which a wall-clock time lies.

    >>> hour_of(datetime(1970, 1, 2, 3, 30))
    27
    """
    return (moment.replace(tzinfo=None) - _EPOCH) // _HOUR


def moment_of(hour: int) -> datetime:
    """The wall-clock time at which an hour begins, without a zone.

    >>> str(moment_of(27))
    '1970-01-02 03:00:00'
    """
    return _EPOCH + hour * _HOUR


def exists(hour: int, zone: ZoneInfo) -> bool:
    """Does the wall clock of a zone show this hour? In spring it leaves one out.

    >>> exists(hour_of(datetime(2018, 10, 7, 2)), ZoneInfo("Australia/Melbourne"))
    False
    """
    shown = moment_of(hour).replace(tzinfo=zone)
    again = shown.astimezone(ZoneInfo("UTC")).astimezone(zone)
    return again.replace(tzinfo=None, fold=0) == moment_of(hour)


def repeats(hour: int, zone: ZoneInfo) -> bool:
    """Does the wall clock of a zone show this hour twice? In autumn it does.

    >>> repeats(hour_of(datetime(2018, 4, 1, 2)), ZoneInfo("Australia/Melbourne"))
    True
    """
    shown = moment_of(hour).replace(tzinfo=zone)
    return exists(hour, zone) and shown.utcoffset() != shown.replace(fold=1).utcoffset()
