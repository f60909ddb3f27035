"""Wall time, and the time of simulated plants that run faster or stand still."""

from __future__ import annotations

import time
from typing import Final, Protocol

_LAST: Final = 253_402_300_799_999_999
"""The end of the year 9999, after which no instant can be written."""


class Clock(Protocol):
    """Says what time it is."""

    def now(self) -> int:
        """Microseconds since the Unix epoch, UTC."""
        ...


class WallClock:
    """The machine's own clock."""

    def now(self) -> int:
        """Microseconds since the Unix epoch, UTC."""
        return time.time_ns() // 1000


class PlantClock:
    """Time as a plant last told it, moving on at the plant's speed in between.

    Args:
        wall: the clock that moves it.
    """

    def __init__(self, wall: Clock) -> None:
        self._wall = wall
        self._told_at = wall.now()
        self._plant = self._told_at
        self._speed = 1.0

    @property
    def speed(self) -> float:
        """Plant seconds in a second of wall time; 0 while paused."""
        return self._speed

    def tell(self, plant: int, speed: float) -> None:
        """Take over the plant's time [µs since the epoch] and speed."""
        self._told_at = self._wall.now()
        self._plant = plant
        self._speed = speed

    def now(self) -> int:
        """The plant's time now, microseconds since the epoch."""
        return min(self._plant + int((self._wall.now() - self._told_at) * self._speed), _LAST)
