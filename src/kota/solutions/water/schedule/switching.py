"""When a pump runs: its state at the beginning and the instants at which it changes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Self


@dataclass(frozen=True, slots=True)
class Switching:
    """One pump over the horizon.

    Args:
        first: whether it runs at the beginning.
        times: instants at which it starts or stops in turns [s], growing.
    """

    first: bool
    times: tuple[int, ...] = ()

    @classmethod
    def tidy(cls, first: bool, times: Iterable[int], end: int) -> Self:
        """Instants in order, within the horizon [s], without switches that undo each other."""
        kept: list[int] = []
        for time in sorted(min(max(time, 0), end) for time in times):
            if kept and kept[-1] == time:
                kept.pop()
            else:
                kept.append(time)
        if kept and kept[0] == 0:
            first = not first
            del kept[0]
        if kept and kept[-1] == end:
            kept.pop()
        return cls(first, tuple(kept))

    @property
    def events(self) -> list[tuple[int, bool]]:
        """The state at the beginning and every change: when [s] and whether it runs from then."""
        return [(time, self.first ^ bool(k & 1)) for k, time in enumerate((0, *self.times))]

    def starts(self, ran_before: bool) -> int:
        """How often it starts, at the beginning too where it stood before.

        Args:
            ran_before: whether it ran just before the beginning.

        >>> Switching(True, (3600, 7200)).starts(ran_before=False)
        2
        """
        return sum(runs for _, runs in self.events) - (self.first and ran_before)

    def steady(self, run: int, pause: int) -> bool:
        """Whether every run and every pause between two switches lasts long enough.

        Args:
            run, pause: least lengths [s].
        """
        runs = not self.first
        for begin, end in pairwise(self.times):
            if end - begin < (run if runs else pause):
                return False
            runs = not runs
        return True

    def running(self, begin: int, end: int) -> float:
        """How long it runs between two instants of the horizon [s].

        >>> Switching(False, (1800, 5400)).running(0, 3600)
        1800.0
        """
        total = 0.0
        events = self.events
        for (start, runs), (stop, _) in zip(events, [*events[1:], (end, False)], strict=True):
            if runs:
                total += max(min(stop, end) - max(start, begin), 0)
        return total


Schedule = tuple[Switching, ...]
"""A switching for each pump, in the order of the site's pumps."""
