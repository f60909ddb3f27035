"""What a reading is worth: missing, impossible, frozen and noisy ones are told from good ones.

A sensor that stands still is told from one that is frozen by how long it has stood still before: a
coarse one repeats itself all the time, a fine one never. What arrives together (`Telegram`) is
judged together too: that all sensors stand still at once is far rarer than that one does, so lost
communication is recognised sooner than a single frozen sensor.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

Fault = Literal["missing", "impossible", "frozen"]
Standing = Literal["moved", "usual", "doubtful", "frozen"]

REMEMBERED = 21
RUNS, REPEATS, MOST_REPEATS = 12, 3, 24
"""So many equal readings are a frozen sensor, or twice as many as it lately stood still for."""
LOW, HIGH = 0.02, 0.97
"""Between these a level that never changes is suspect; an empty or a full storage is not."""
HARMLESS = 0.01
"""A sensor that moves on by so little after it stood still was not frozen."""
IMPOSSIBLE_BELOW, IMPOSSIBLE_ABOVE = -0.1, 1.5
"""Shares of the range; noise of a tenth stays within."""
FLOOR_SHARE, FLOOR = 0.004, 0.002
"""The least noise that a sensor is credited with: share of its value, and of its range."""
UNKNOWN_NOISE = 0.05
FEW = 5
TURN_SD = math.sqrt(6) * 0.6745
"""Median of the magnitude of a second difference of white noise of standard deviation one."""


@dataclass(slots=True)
class Stillness:
    """For how many readings in a row something has not moved, and what of that is usual."""

    count: int = 0
    _runs: deque[int] = field(default_factory=lambda: deque(maxlen=RUNS))

    def stand(self) -> Standing:
        """It has not moved."""
        self.count += 1
        longest = max(self._runs, default=0)
        if self.count <= longest:
            return "usual"
        return "frozen" if self.count >= max(REPEATS, 2 * longest) else "doubtful"

    def move(self, by: float) -> Standing:
        """It has moved by so much of its range."""
        if by <= HARMLESS or self.count == 0:
            self._runs.append(min(self.count, MOST_REPEATS))
        self.count = 0
        return "moved"


@dataclass(slots=True)
class Gauge:
    """One sensor.

    Args:
        full: the value that counts as a share of one.
        bounded: whether shares far above one are impossible.

    Attributes:
        share: the last reading that was no fault.
        fault: what is wrong with the reading.
        fresh: whether the reading says something about now.
    """

    full: float = 1.0
    bounded: bool = True
    share: float = 0.0
    fault: Fault | None = None
    fresh: bool = False
    still: bool = False
    step: float = 0.0
    _stillness: Stillness = field(default_factory=Stillness)
    _recent: deque[float] = field(default_factory=lambda: deque(maxlen=REMEMBERED))

    def take(self, value: object) -> bool:
        """Take in a reading as it came; says whether it is good and new."""
        self.fresh, self.still, self.step = False, False, 0.0
        share = self._share_of(value)
        if share is None:
            return False
        self.still = bool(self._recent) and share == self._recent[-1] and self.lively(share)
        if self.still:
            self.mark(self._stillness.stand())
        else:
            self.step = abs(share - self._recent[-1]) if self._recent else 0.0
            if self.lively(share):
                self._stillness.move(self.step)
            self._recent.append(share)
            self.fresh = True
        if self.fault is None:
            self.share = max(share, 0.0)
        return self.fresh

    def mark(self, standing: Standing) -> None:
        """Judge the reading by how it stands still."""
        self.fresh = standing in ("moved", "usual")
        if standing == "frozen":
            self.fault = "frozen"

    def lively(self, share: float) -> bool:
        """Whether a reading like this should move."""
        return LOW < share < HIGH if self.bounded else share != 0.0

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


@dataclass(slots=True)
class Telegram:
    """The sensors whose readings arrive together.

    Args:
        depths: at nodes.
        flows: in links.
    """

    depths: dict[str, Gauge]
    flows: dict[str, Gauge]
    _stillness: Stillness = field(default_factory=Stillness)

    def take(self, depths: Mapping[str, object], flows: Mapping[str, object]) -> None:
        """Take in readings by sensor; what is left out is missing."""
        for gauges, values in ((self.depths, depths), (self.flows, flows)):
            for name, gauge in gauges.items():
                gauge.take(values.get(name))
        read = [gauge for gauge in self if gauge.fault not in ("missing", "impossible")]
        lively = [gauge for gauge in read if gauge.still or gauge.lively(gauge.share)]
        if len(lively) < 2:
            return
        if not all(gauge.still for gauge in lively):
            self._stillness.move(max(gauge.step for gauge in lively))
            return
        standing = self._stillness.stand()
        for gauge in read:
            if gauge.fault is None and standing != "usual":
                gauge.mark(standing)

    def __iter__(self) -> Iterator[Gauge]:
        yield from self.depths.values()
        yield from self.flows.values()
