"""What may flow into a storage while nobody sees it.

Inflow that is not seen is bounded by how it could grow: on from what it was, as fast as it has grown
at the fastest of late and a little besides; and by what the rain gauge, which may still be heard,
has brought before. Only upwards is rain believed, since a rain gauge that has failed reads dry.
"""

from __future__ import annotations

from collections import deque

import numpy as np

from kota.solutions.sewage.observer import Flags, Floats

GROWTH = 0.5
"""The least that inflow is thought to grow, as share of itself in an hour."""
SPAN_H, MEMORY_H = 0.5, 2.0
"""Growth is measured over half an hour, and the fastest of two hours counts."""
WET_H, WET = 0.5, 0.5
"""Rain is averaged over half an hour; less than so much says nothing of what it brings [mm/h]."""


class Surge:
    """Bounds of the inflow of so many storages, arrays of shape ``(n,)``.

    Attributes:
        extra: inflow that may come above what is expected [fillings/h]; none where it is seen.
        taken: what may have come above what was expected since it was last seen [fillings].
    """

    def __init__(self, storages: int) -> None:
        self.extra = np.zeros(storages)
        self.taken = np.zeros(storages)
        self._clock = 0.0
        self._inflows: deque[tuple[float, Floats]] = deque()
        self._rates: deque[tuple[float, Floats]] = deque()
        self._wet: float | None = None
        self._gain = np.zeros(storages)

    def update(self, hours: float, inflow: Floats, unseen: Floats, rain: float | None) -> None:
        """Move on by so many hours.

        Args:
            hours: that have passed [h].
            inflow: as it is expected [fillings/h].
            unseen: how long nothing has been seen of each [h].
            rain: now [mm/h], or None.
        """
        self._clock += hours
        seen = unseen <= 0
        self._learn_growth(inflow, seen)
        self._learn_rain(hours, inflow, seen, rain)
        fastest = np.max([rates for _, rates in self._rates], axis=0, initial=0.0)
        grown = (GROWTH * inflow + fastest) * unseen
        rained = 0.0 if self._wet is None else self._gain * self._wet - inflow
        self.extra = np.where(seen, 0.0, np.maximum(grown, rained))
        self.taken = np.where(seen, 0.0, self.taken + self.extra * hours)

    def _learn_growth(self, inflow: Floats, seen: Flags) -> None:
        self._inflows.append((self._clock, inflow.copy()))
        while self._inflows and self._clock - self._inflows[0][0] > SPAN_H:
            before, then = self._inflows.popleft()
            rate = (inflow - then) / (self._clock - before)
            self._rates.append((self._clock, np.where(seen, rate, 0.0)))
        while self._rates and self._clock - self._rates[0][0] > MEMORY_H:
            self._rates.popleft()

    def _learn_rain(
        self, hours: float, inflow: Floats, seen: Flags, rain: float | None
    ) -> None:
        if rain is None:
            return
        before = rain if self._wet is None else self._wet
        self._wet = before + (1.0 - np.exp(-hours / WET_H)) * (rain - before)
        if rain >= self._wet >= WET:
            self._gain = np.where(seen, np.maximum(self._gain, inflow / self._wet), self._gain)
