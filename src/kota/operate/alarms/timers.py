"""What is due at an instant of a town's clocks, which may stand, race or jump."""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count
from typing import Generic, TypeVar

T = TypeVar("T")


class Timers(Generic[T]):
    """A heap for each clock; what is no longer wanted is recognised when it comes.

    >>> timers: Timers[str] = Timers()
    >>> timers.set("water", 20, "late"), timers.set("water", 10, "soon")
    (None, None)
    >>> timers.take(lambda clock: 15)
    ['soon']
    """

    def __init__(self) -> None:
        self._due: dict[str | None, list[tuple[int, int, T]]] = {}
        self._number = count()

    def set(self, clock: str | None, at: int, what: T) -> None:
        """Let something be due at an instant of a clock (a plant's name; None: wall time)."""
        heappush(self._due.setdefault(clock, []), (at, next(self._number), what))

    def take(self, now: Callable[[str | None], int | None]) -> list[T]:
        """What is due, soonest first.

        Args:
            now: the time by a clock; None while it has not spoken.
        """
        found: list[T] = []
        for clock, due in self._due.items():
            at = now(clock) if due else None
            while at is not None and due and due[0][0] <= at:
                found.append(heappop(due)[2])
        return found

    def soonest(self) -> int | None:
        """The earliest instant at which something is due by its clock; None: nothing is."""
        return min((due[0][0] for due in self._due.values() if due), default=None)

    def clear(self) -> None:
        """Forget everything."""
        self._due.clear()
