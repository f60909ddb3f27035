"""Floods, chattering and standing alarms, as ISA-18.2-2016 (clause 16) and EEMUA 191 count them."""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Sequence
from typing import Final

from kota.model.instant import DAY, MINUTE

WINDOW: Final = 10 * MINUTE
BEGINS: Final = 10
"""A flood begins with more alarms than this in the window for one operator."""
ENDS: Final = 5
"""And ends with fewer than this."""
CHATTERS: Final = 3
"""So many alarms of one sort within `CHATTER_WINDOW` are chattering."""
CHATTER_WINDOW: Final = MINUTE
STANDING: Final = DAY
"""An alarm that has been active for longer stands."""


class FloodWatch:
    """Sees floods as they happen."""

    def __init__(self) -> None:
        self.since: int | None = None
        """When the flood that lasts began [µs]."""
        self._times: deque[int] = deque()

    def note(self, at: int) -> None:
        """One more alarm was shown to the operator."""
        self._times.append(at)
        self.look(at)

    def look(self, now: int) -> int:
        """The number of alarms in the window up to now [µs]; begins or ends a flood."""
        times = self._times
        while times and times[0] <= now - WINDOW:
            times.popleft()
        if self.since is None and len(times) > BEGINS:
            self.since = times[0]
        elif self.since is not None and len(times) < ENDS:
            self.since = None
        return len(times)


def floods(times: Sequence[int]) -> list[tuple[int, int, int]]:
    """Floods in the past: begin, end [µs] and alarms of each.

    Args:
        times: when alarms were shown [µs], in order.

    >>> floods([second * 1_000_000 for second in range(12)])
    [(0, 607000000, 12)]
    """
    found: list[tuple[int, int, int]] = []
    begin: int | None = None
    moments = sorted([*times, *(at + WINDOW for at in times)])
    for moment in moments:
        count = bisect_right(times, moment) - bisect_right(times, moment - WINDOW)
        if begin is None and count > BEGINS:
            begin = times[bisect_right(times, moment - WINDOW)]
        elif begin is not None and count < ENDS:
            found.append((begin, moment, _between(times, begin, moment)))
            begin = None
    if begin is not None:
        found.append((begin, times[-1], _between(times, begin, times[-1])))
    return found


def _between(times: Sequence[int], begin: int, end: int) -> int:
    return bisect_right(times, end) - bisect_right(times, begin - 1)


def chatters(times: Sequence[int]) -> bool:
    """Whether an alarm that was raised at these times [µs] has chattered."""
    pairs = zip(times, times[CHATTERS - 1 :], strict=False)
    return any(last - first <= CHATTER_WINDOW for first, last in pairs)
