"""The last weeks of steps, kept for learning and comparing."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]


class Past:
    """Steps in order of time; the oldest are let go when twice as many as asked for are held.

    Args:
        signals, drivers: how many a step has.
        steps: that are to be kept at least.

    Attributes:
        count: of the steps held.
        passed: of the steps let go.
    """

    def __init__(self, signals: int, drivers: int, steps: int) -> None:
        self._steps = steps
        self.count, self.passed = 0, 0
        self._times = np.zeros(2 * steps, dtype=np.int64)
        self._values = np.full((2 * steps, signals), np.nan)
        self._left = np.full((2 * steps, signals), np.nan)
        self._drivers = np.full((2 * steps, drivers), np.nan)
        self._usable = np.zeros(2 * steps, dtype=bool)

    def add(self, at: int, values: Floats, drivers: Floats, *, usable: bool) -> None:
        """Take a step in."""
        if self.count == len(self._times):
            self._let_go()
        k = self.count
        self._times[k], self._values[k], self._drivers[k] = at, values, drivers
        self._usable[k], self._left[k] = usable, np.nan
        self.count += 1

    def _let_go(self) -> None:
        cut = self.count - self._steps
        for held in (self._times, self._values, self._left, self._drivers, self._usable):
            held[: self._steps] = held[cut : self.count].copy()
        self.count, self.passed = self._steps, self.passed + cut

    @property
    def times(self) -> Ints:
        """Instants [s] `(count,)`."""
        return self._times[: self.count]

    @property
    def values(self) -> Floats:
        """What the signals said `(count, n)`."""
        return self._values[: self.count]

    @property
    def left(self) -> Floats:
        """What is not explained of it `(count, n)`; the caller's to write."""
        return self._left[: self.count]

    @property
    def drivers(self) -> Floats:
        """What explains some of it `(count, n_drivers)`."""
        return self._drivers[: self.count]

    @property
    def usable(self) -> Flags:
        """Steps in which nothing unusual goes on `(count,)`; the caller's to write."""
        return self._usable[: self.count]


def mean_told(values: Floats) -> Floats:
    """By column, of what was told; NaN where less than half was."""
    told = ~np.isnan(values)
    count = told.sum(axis=0)
    mean = np.where(told, values, 0.0).sum(axis=0) / np.maximum(count, 1)
    return np.where(2 * count >= max(len(values), 1), mean, np.nan)


def changes_of(left: Floats, window: int, longest: int, day: int) -> tuple[Floats, Ints]:
    """Each window's mean less that of the day before the longest window `(k, n)`, and its end.

    Args:
        left: `(steps, n)`, NaN: silent or not to be used.
        window, longest, day: in steps.
    """
    told = ~np.isnan(left)
    nothing = np.zeros((1, left.shape[1]))
    total = np.cumsum(np.vstack([nothing, np.where(told, left, 0.0)]), axis=0)
    count = np.cumsum(np.vstack([nothing, told]), axis=0)
    ends = np.arange(day + longest, len(left) + 1)

    def mean(begin: Ints, end: Ints) -> Floats:
        many = count[end] - count[begin]
        found = (total[end] - total[begin]) / np.maximum(many, 1)
        return np.where(2 * many >= (end - begin)[:, None], found, np.nan)

    before = ends - longest
    return mean(ends - window, ends) - mean(before - day, before), ends - 1
