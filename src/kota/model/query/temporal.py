"""Temporal queries and aggregation (ETSI GS CIM 009 V1.9.1, clauses 4.11 and 4.5.19)."""

from __future__ import annotations

import re
from enum import Enum

import msgspec

from kota.errors import BadRequestDataError
from kota.model import instant

_DURATION = re.compile(
    r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?"
    r"(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:[.,]\d{1,6})?)S)?)?"
)
_PROPERTIES = ("observedAt", "createdAt", "modifiedAt", "deletedAt")


class Relation(Enum):
    """How an instance's time lies to the time asked for."""

    BEFORE = "before"
    AFTER = "after"
    BETWEEN = "between"


class TemporalQuery(msgspec.Struct, frozen=True):
    """Which span of time.

    Args:
        timerel: how to compare.
        time_at: the (first) instant.
        end_time_at: the second instant of ``between``, else None.
        timeproperty: ``observedAt``, ``createdAt``, ``modifiedAt`` or ``deletedAt``.
    """

    timerel: Relation
    time_at: int
    end_time_at: int | None = None
    timeproperty: str = "observedAt"

    @property
    def span(self) -> tuple[int | None, int | None]:
        """First instant meant and first not meant any more; None where it is open.

        ``before`` excludes the instant itself, ``after`` and ``between`` include their start.
        """
        if self.timerel is Relation.BEFORE:
            return None, self.time_at
        return self.time_at, self.end_time_at

    def covers(self, at: int | None) -> bool:
        """Whether an instance with this time is meant; one without a time never is."""
        if at is None:
            return False
        start, end = self.span
        return (start is None or at >= start) and (end is None or at < end)


class Method(Enum):
    """How the values of a period become one."""

    TOTAL_COUNT = "totalCount"
    DISTINCT_COUNT = "distinctCount"
    SUM = "sum"
    AVG = "avg"
    MIN = "min"
    MAX = "max"
    STDDEV = "stddev"
    SUMSQ = "sumsq"


class Period(msgspec.Struct, frozen=True):
    """A length of time: calendar months, and microseconds on top.

    ``months == micros == 0`` means the whole span that was asked for.
    """

    months: int = 0
    micros: int = 0

    @property
    def whole(self) -> bool:
        """Whether the whole span is one period."""
        return self.months == 0 and self.micros == 0


class Aggregation(msgspec.Struct, frozen=True):
    """What to compute for each period.

    Args:
        methods: at least one.
        period: how long each period is.
    """

    methods: tuple[Method, ...]
    period: Period = Period()


def parse(
    *, timerel: str, time_at: str, end_time_at: str | None = None, timeproperty: str = "observedAt"
) -> TemporalQuery:
    """Read the parameters of a temporal query.

    Args:
        timerel: ``before``, ``after`` or ``between``.
        time_at, end_time_at: ISO 8601 date and time; the second only with ``between``.
        timeproperty: which time of an instance is compared.

    Raises:
        BadRequestDataError: something is missing, unknown, not a time, or ends before it begins.

    >>> parse(timerel="after", time_at="1970-01-01T00:00:01Z").span
    (1000000, None)
    """
    try:
        relation = Relation(timerel)
    except ValueError:
        raise BadRequestDataError(
            f"timerel: {timerel!r} is unknown", hint="use before, after or between"
        ) from None
    if timeproperty not in _PROPERTIES:
        raise BadRequestDataError(
            f"timeproperty: {timeproperty!r} is unknown", hint=f"use {', '.join(_PROPERTIES)}"
        )
    start = instant.parse(time_at, where="timeAt")
    if relation is not Relation.BETWEEN:
        if end_time_at is not None:
            raise BadRequestDataError(f"endTimeAt: has no meaning with timerel={timerel}")
        return TemporalQuery(relation, start, None, timeproperty)
    if end_time_at is None:
        raise BadRequestDataError("endTimeAt: is needed with timerel=between")
    end = instant.parse(end_time_at, where="endTimeAt")
    if end < start:
        raise BadRequestDataError(f"endTimeAt: {end_time_at} lies before timeAt {time_at}")
    return TemporalQuery(relation, start, end, timeproperty)


def parse_aggregation(methods: str, period: str | None = None) -> Aggregation:
    """Read ``aggrMethods`` (comma-separated) and ``aggrPeriodDuration``.

    Raises:
        BadRequestDataError: an unknown method or a period that is not a duration.

    >>> parse_aggregation("min,max", "PT1H").period.micros
    3600000000
    """
    chosen: list[Method] = []
    for name in methods.split(","):
        try:
            method = Method(name.strip())
        except ValueError:
            known = ", ".join(method.value for method in Method)
            raise BadRequestDataError(
                f"aggrMethods: {name!r} is unknown", hint=f"use {known}"
            ) from None
        if method not in chosen:
            chosen.append(method)
    return Aggregation(tuple(chosen), parse_period(period) if period is not None else Period())


def parse_period(text: str, *, where: str = "aggrPeriodDuration") -> Period:
    """Read an ISO 8601 duration; ``PT0S`` is the whole span.

    Raises:
        BadRequestDataError: not a duration.

    >>> parse_period("P1Y2M"), parse_period("PT1M30S").micros
    (Period(months=14, micros=0), 90000000)
    """
    found = _DURATION.fullmatch(text)
    if found is None or text.endswith(("P", "T")) or len(text) > 40:
        raise BadRequestDataError(
            f"{where}: {text!r} is not an ISO 8601 duration", hint="write it as PT1H or P1M"
        )
    years, months, weeks, days, hours, minutes = (int(part or 0) for part in found.groups()[:6])
    whole, _, part = (found.group(7) or "0").replace(",", ".").partition(".")
    seconds = (weeks * 7 + days) * 86_400 + hours * 3_600 + minutes * 60 + int(whole)
    return Period(years * 12 + months, seconds * instant.SECOND + int((part or "0").ljust(6, "0")))


def parse_last_n(text: str | int, *, where: str = "lastN") -> int:
    """Read how many of the newest instances are wanted.

    Raises:
        BadRequestDataError: not a whole number above 0.
    """
    if isinstance(text, str) and re.fullmatch(r"[0-9]{1,9}", text):
        text = int(text)
    if isinstance(text, bool) or not isinstance(text, int) or text < 1:
        raise BadRequestDataError(f"{where}: {text!r} is not a whole number above 0")
    return text
