"""Points in time: whole microseconds since the Unix epoch, always UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache

from kota.errors import BadRequestDataError

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
FIRST = (datetime.min.replace(tzinfo=UTC) - _EPOCH) // _MICROSECOND
LAST = (datetime.max.replace(tzinfo=UTC) - _EPOCH) // _MICROSECOND
"""The first and the last instant that can be written."""


def parse(text: object, *, where: str = "time") -> int:
    """Read an ISO 8601 date and time that names its zone.

    Args:
        text: for example ``2026-11-23T08:00:00Z`` or ``2026-11-23T15:00:00,5+07:00``.
        where: what is being read, for the message.

    Returns:
        Microseconds since the epoch.

    Raises:
        BadRequestDataError: not a text, not a date and time, or without a zone.

    >>> parse("1970-01-01T07:00:01.5+07:00")
    1500000
    """
    if not isinstance(text, str):
        raise BadRequestDataError(f"{where}: {text!r} is not a date and time")
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise BadRequestDataError(
            f"{where}: {text!r} is not a date and time",
            hint="write it as 2026-11-23T08:00:00Z",
        ) from None
    if moment.tzinfo is None or "T" not in text:
        raise BadRequestDataError(
            f"{where}: {text!r} does not say its time zone", hint="end it with Z for UTC"
        )
    try:
        return from_datetime(moment)
    except OverflowError:
        raise BadRequestDataError(f"{where}: {text!r} lies outside the years 1 to 9999") from None


def render(instant: int) -> str:
    """Write an instant in ISO 8601, UTC, with as many decimals as it needs.

    >>> render(1_500_000)
    '1970-01-01T00:00:01.500Z'
    """
    seconds, micros = divmod(instant, SECOND)
    base = _render_second(seconds)
    if micros == 0:
        return base + "Z"
    if micros % 1000 == 0:
        return f"{base}.{micros // 1000:03d}Z"
    return f"{base}.{micros:06d}Z"


@lru_cache(maxsize=4096)
def _render_second(seconds: int) -> str:
    return (_EPOCH + timedelta(seconds=seconds)).isoformat()[:19]


def from_datetime(moment: datetime) -> int:
    """Turn a timezone-aware datetime into an instant.

    Raises:
        OverflowError: in UTC it lies outside the years 1 to 9999, and could not be written.
    """
    instant = (moment - _EPOCH) // _MICROSECOND
    if not FIRST <= instant <= LAST:
        raise OverflowError(f"{moment} lies outside the years 1 to 9999")
    return instant


def to_datetime(instant: int) -> datetime:
    """Turn an instant into a timezone-aware UTC datetime."""
    return _EPOCH + timedelta(microseconds=instant)
