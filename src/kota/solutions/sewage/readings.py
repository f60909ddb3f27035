"""What a reading is worth: missing, impossible, frozen and noisy ones are told from good ones."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field
from typing import Literal

Fault = Literal["missing", "impossible", "frozen"]

REMEMBERED = 21
REPEATS, MOST_REPEATS = 3, 24
"""So many equal readings are a frozen sensor, unless it has repeated itself harmlessly before."""
LOW, HIGH = 0.02, 0.97
"""Between these a level that never changes is suspect; an empty or a full storage is not."""
HARMLESS = 0.01
IMPOSSIBLE_BELOW, IMPOSSIBLE_ABOVE = -0.1, 1.5
"""Shares of the range; noise of a tenth stays within."""
FLOOR_SHARE, FLOOR = 0.004, 0.002
"""The least noise that a sensor is credited with: share of its value, and of its range."""
UNKNOWN_NOISE = 0.05
FEW = 5
TURN_SD = math.sqrt(6) * 0.6745
"""Median of the magnitude of a second difference of white noise of standard deviation one."""


@dataclass(slots=True)
class Gauge:
    """One sensor.

    Args:
        full: the value that counts as a share of one.
        bounded: whether shares far above one are impossible.
    """

    full: float = 1.0
    bounded: bool = True
    share: float = 0.0
    fault: Fault | None = None
    _repeats: int = 0
    _patience: int = REPEATS
    _recent: deque[float] = field(default_factory=lambda: deque(maxlen=REMEMBERED))

    def take(self, value: object) -> bool:
        """Take in a reading as it came; says whether it is good and new."""
        share = self._share_of(value)
        if share is None:
            return False
        if self._recent and share == self._recent[-1]:
            self._repeats += 1
        else:
            self._end_of_repeats(share)
        if self._repeats and self._suspect(share):
            if self._repeats >= self._patience:
                self.fault = "frozen"
            # one that has never repeated itself before is told from a frozen one only afterwards
            return self.fault is None and self._patience > REPEATS
        self.share = max(share, 0.0)
        return True

    @property
    def relative(self) -> float:
        """Standard deviation of the noise, as share of the value.

        From second differences of the last readings: they are blind to a trend.
        """
        values = list(self._recent)
        turns = sorted(
            abs(a - 2 * b + c) / max(abs(b), LOW)
            for a, b, c in zip(values, values[1:], values[2:], strict=False)
        )
        if len(turns) < FEW:
            return UNKNOWN_NOISE
        return max(turns[len(turns) // 2] / TURN_SD, FLOOR_SHARE)

    @property
    def variance(self) -> float:
        """Of the noise of `share`."""
        return (self.relative * max(self.share, LOW)) ** 2 + FLOOR**2

    def _share_of(self, value: object) -> float | None:
        self.fault = None
        if isinstance(value, bool) or not hasattr(value, "__float__"):
            self.fault = "missing"
            return None
        share = float(value) / self.full
        if math.isnan(share):
            self.fault = "missing"
            return None
        low, high = (IMPOSSIBLE_BELOW, IMPOSSIBLE_ABOVE) if self.bounded else (-1e6, 1e6)
        if not low <= share <= high:
            self.fault = "impossible"
            return None
        return share

    def _suspect(self, share: float) -> bool:
        return LOW < share < HIGH if self.bounded else share != 0.0

    def _end_of_repeats(self, share: float) -> None:
        if self._recent and self._repeats and abs(share - self._recent[-1]) <= HARMLESS:
            self._patience = min(max(self._patience, 2 * self._repeats), MOST_REPEATS)
        self._repeats = 0
        self._recent.append(share)
