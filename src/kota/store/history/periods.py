"""Periods of time into which observations are summed up, whatever the engine."""

from __future__ import annotations

from datetime import datetime

from kota.errors import TooComplexError
from kota.model import instant
from kota.model.query.temporal import Period

MAX_PERIODS = 50_000
LONGEST = 365_250 * instant.DAY
LAST = instant.LAST
STEPS = tuple(
    step * instant.SECOND
    for step in (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600,
                 43200, 86400, 172800, 604800)
)  # fmt: skip
"""Widths of a chart's buckets [µs]."""


def bounds(start: int, last: int, period: Period, end: int | None) -> list[int]:
    """Beginnings of the periods from `start` to that of `last`, and the last's end.

    Raises:
        TooComplexError: they are too many.
    """
    if period.whole:
        return [start, max(last, start) + 1 if end is None else end]
    found = [start]
    while found[-1] <= last:
        found.append(_later(start, period, len(found)))
        require_few(len(found))
    return found


def require_few(periods: int) -> None:
    """Refuse too many periods.

    Raises:
        TooComplexError: they are.
    """
    if periods > MAX_PERIODS:
        raise TooComplexError(
            f"aggrPeriodDuration: more than {MAX_PERIODS} periods",
            hint="ask for a longer period or a shorter time",
        )


def require_short(width: int) -> None:
    """Refuse a period that is longer than a thousand years.

    Raises:
        TooComplexError: it is.
    """
    if width > LONGEST:
        raise TooComplexError("aggrPeriodDuration: longer than a thousand years")


def width_for(start: int, end: int, points: int) -> int:
    """The width of a bucket with which a chart of this time has about so many points [µs]."""
    least = max((end - start) // points, 1)
    return next((step for step in STEPS if step >= least), -(-least // STEPS[-1]) * STEPS[-1])


def _later(start: int, period: Period, times: int) -> int:
    """The instant a number of calendar periods after `start`; the calendar's end at most."""
    moment = instant.to_datetime(start)
    months = moment.year * 12 + moment.month - 1 + period.months * times
    try:
        shifted = _on_day(moment, months // 12, months % 12 + 1)
        return min(instant.from_datetime(shifted) + period.micros * times, LAST)
    except (ValueError, OverflowError):
        return LAST


def _on_day(moment: datetime, year: int, month: int) -> datetime:
    """The same day of another month, or its last day where that is shorter."""
    following = moment.replace(year=year + month // 12, month=month % 12 + 1, day=1)
    length = (following - moment.replace(year=year, month=month, day=1)).days
    return moment.replace(year=year, month=month, day=min(moment.day, length))
