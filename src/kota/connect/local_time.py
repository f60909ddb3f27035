"""Local times as tables write them: hours that a clock change repeats, and hours it leaves out."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

from kota.model.instant import from_datetime
from kota.model.quality import Level, Quality

Repeated = Literal["order", "first", "second", "uncertain"]
Gap = Literal["skip", "shift", "refuse"]

TWICE = Quality(Level.UNCERTAIN, reason="the local time occurs twice; the first was taken")


class Resolved(msgspec.Struct, frozen=True):
    """An instant, and a doubt about it."""

    instant: int
    doubt: Quality | None = None


class LocalTimes:
    """Turns local times of one zone into instants.

    Args:
        zone: the zone.
        repeated: what to take of an hour that occurs twice when clocks go back: by ``order``, the
            first time it stands for a series the first and then the second; always the ``first``
            or ``second``; or the first with an ``uncertain`` quality.
        gap: what to do with a time that clocks going forward left out: ``skip`` the row, ``shift``
            it as if clocks had not been changed, or ``refuse`` the row as a fault.

    >>> from zoneinfo import ZoneInfo
    >>> times = LocalTimes(ZoneInfo("Australia/Melbourne"))
    >>> twice = datetime(2018, 4, 1, 2, 30)
    >>> first, second = times.resolve(twice), times.resolve(twice)
    >>> (second.instant - first.instant) // 1_000_000
    3600
    """

    def __init__(self, zone: ZoneInfo, *, repeated: Repeated = "order", gap: Gap = "skip") -> None:
        self._zone = zone
        self._repeated = repeated
        self._gap = gap
        self._last: dict[str, tuple[datetime | None, int]] = {}

    def resolve(self, local: datetime, series: str = "") -> Resolved | None:
        """The instant of a local time, or None where the row is to be skipped.

        Args:
            local: without a zone.
            series: tells apart what has its own order of rows.

        Raises:
            ValueError: the time does not exist, and such times are refused.
        """
        first = local.replace(tzinfo=self._zone, fold=0)
        second = local.replace(tzinfo=self._zone, fold=1)
        before, after = _offset(first), _offset(second)
        if before == after:
            return Resolved(from_datetime(first))
        if before < after:
            return self._in_gap(local, first)
        fold = self._fold(local, series)
        return Resolved(
            from_datetime(second if fold else first),
            TWICE if self._repeated == "uncertain" else None,
        )

    def _in_gap(self, local: datetime, first: datetime) -> Resolved | None:
        if self._gap == "skip":
            return None
        if self._gap == "shift":
            return Resolved(from_datetime(first))
        raise ValueError(f"{local.isoformat(' ')} does not exist in {self._zone.key}")

    def _fold(self, local: datetime, series: str) -> int:
        if self._repeated != "order":
            return int(self._repeated == "second")
        last, fold = self._last.get(series, (None, 0))
        if last is None or local - last > timedelta(hours=3):
            fold = 0
        elif local <= last:
            fold = 1
        self._last[series] = (local, fold)
        return fold


def _offset(moment: datetime) -> timedelta:
    offset = moment.utcoffset()
    assert offset is not None
    return offset
