"""A calendar at work: whether it holds at an instant, and when that changes next."""

from __future__ import annotations

from datetime import datetime, time, timedelta, tzinfo
from typing import Final

from kota.model.instant import from_datetime, to_datetime
from kota.operate.rules.definition import Calendar

_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_AHEAD: Final = 9
"""Days that are looked at for the next change; later it is looked for again."""


class Times:
    """Stretches of wall time.

    Args:
        calendar: checked.
        zone: of the town.

    >>> from datetime import UTC
    >>> night = Times(Calendar(begin="22:00", end="05:00"), UTC)
    >>> night.holds(4 * 3600 * 10**6), night.holds(6 * 3600 * 10**6)
    (True, False)
    """

    def __init__(self, calendar: Calendar, zone: tzinfo) -> None:
        self._zone = zone
        self._days = frozenset(map(_DAYS.index, calendar.days))
        self._dates = frozenset(calendar.dates)
        self._begin, self._end = _minutes(calendar.begin), _minutes(calendar.end)

    def holds(self, at: int) -> bool:
        """Whether an instant [µs] lies within."""
        return any(begin <= at < end for begin, end in self._around(at, back=1, ahead=1))

    def changes(self, at: int) -> int:
        """The next instant after `at` at which it may change [µs]."""
        edges = [edge for one in self._around(at, back=1, ahead=_AHEAD) for edge in one]
        later = [edge for edge in edges if edge > at]
        here = to_datetime(at).astimezone(self._zone).replace(tzinfo=None)
        return min(later, default=self._instant(here + timedelta(days=_AHEAD)))

    def _around(self, at: int, *, back: int, ahead: int) -> list[tuple[int, int]]:
        """The stretches that begin on days about an instant."""
        today = to_datetime(at).astimezone(self._zone).date()
        found = []
        for offset in range(-back, ahead + 1):
            day = today + timedelta(days=offset)
            if self._days and day.weekday() not in self._days:
                continue
            if self._dates and self._dates.isdisjoint((day.isoformat(), f"{day:%m-%d}")):
                continue
            midnight = datetime.combine(day, time())
            until = self._end if self._end > self._begin else self._end + 24 * 60
            begin = self._instant(midnight + timedelta(minutes=self._begin))
            found.append((begin, self._instant(midnight + timedelta(minutes=until))))
        return found

    def _instant(self, wall: datetime) -> int:
        return from_datetime(wall.replace(tzinfo=self._zone))


def _minutes(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)
