"""When a measurement was true: reading the times that payloads and tables carry."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from kota.connect.senml import RELATIVE_BELOW
from kota.model.instant import FIRST, SECOND, from_datetime

ReadTime = Callable[[Any, int], int]
"""Turns a raw time into an instant; gets the clock's instant too; raises ValueError."""

_LATEST = 253_402_300_799
"""Last second [s] of the year 9999."""


def time_reader(form: str, zone: str | None) -> ReadTime:
    """The function that reads times of a format.

    Args:
        form: ``iso``, ``unix``, ``unix-ms`` or ``senml``.
        zone: IANA zone of ISO times that do not say theirs; UTC where None.
    """
    if form == "iso":
        return _iso(UTC if zone is None else ZoneInfo(zone))
    if form == "senml":
        return _senml
    return _unix(1000 if form == "unix-ms" else SECOND)


def _iso(zone: Any) -> ReadTime:
    def read(raw: Any, _now: int) -> int:
        if type(raw) is not str:
            raise ValueError(f"{raw!r} is not a date and time")
        try:
            moment = datetime.fromisoformat(raw)
        except ValueError:
            raise ValueError(
                f"{raw!r} is not a date and time such as 2026-11-23T08:00:00Z"
            ) from None
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=zone)
        try:
            return from_datetime(moment)
        except OverflowError:
            raise ValueError(f"{raw!r} is out of range") from None

    return read


def _unix(unit: int) -> ReadTime:
    """Reads counts of a unit [µs] since 1970."""
    latest = _LATEST * SECOND // unit

    def read(raw: Any, _now: int) -> int:
        if type(raw) is int and 0 <= raw <= latest:
            return raw * unit
        try:
            count = float(raw)
        except (TypeError, ValueError, OverflowError):
            raise ValueError(f"{raw!r} is not a number of seconds since 1970") from None
        if not 0 <= count <= latest:
            raise ValueError(f"{raw!r} lies outside the years 1970 to 9999; is the unit right?")
        return round(count * unit)

    return read


_absolute = _unix(SECOND)


def _senml(raw: Any, now: int) -> int:
    seconds = float(raw)
    if seconds >= RELATIVE_BELOW:
        return _absolute(raw, now)
    if not seconds * SECOND >= FIRST - now:
        raise ValueError(f"{raw!r} seconds from now lies before the year 1")
    return now + round(seconds * SECOND)
