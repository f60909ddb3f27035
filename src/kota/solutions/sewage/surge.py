"""How full a storage may be by now that nobody sees it, and what may flow into it.

Since it was last seen, the inflow may have grown on at its last trend and a little besides, for as
long as the rain gauge does not say that the rain is abating; and it may be what such rain brought
before. The gates may have let out as little as is thought possible of them. The balance of that, no
more than full, is the worst case (`fullest`): there is time until it is full, and no longer.

Rain that has not changed since is not believed to abate: its gauge may be frozen too.
"""

from __future__ import annotations

from collections import deque

import numpy as np

from kota.solutions.sewage.observer import LEAST_F, SUBSTEP_H, Flags, Floats, Observer

GATE_CAUTION = 2.0
"""Standard deviations of the gates' coefficient that are held as reserve."""
GROWTH = 0.25
"""What inflow is thought to grow besides its trend, as share of itself in an hour."""
SPAN_H = 0.5
"""The trend is that of so long [h]."""
WET_H, WET = 0.5, 0.5
"""Rain is averaged over half an hour; less than so much says nothing of what it brings [mm/h]."""
ABATED = 0.8
"""Rain is abating when it falls below so much of what it was when the storage was last seen."""


class Surge:
    """The worst case of so many storages, arrays of shape ``(n,)``.

    Args:
        exponent: of the gates' law, see `Observer`.

    Attributes:
        fullest: how full each may be [0..1].
        inflow: what may flow in [fillings/h].
    """

    def __init__(self, exponent: Floats) -> None:
        n = len(exponent)
        self.fullest = np.ones(n)
        self.inflow = np.zeros(n)
        self._exponent = exponent
        self._growing = np.zeros(n)
        self._trend = np.zeros(n)
        self._clock = 0.0
        self._inflows: deque[tuple[float, Floats]] = deque()
        self._rain: float | None = None
        self._wet: float | None = None
        self._rain_then = np.zeros(n)
        self._gain = np.zeros(n)

    def update(
        self,
        observer: Observer,
        *,
        upper: Floats,
        hours: float,
        settings: Floats,
        seen: Flags,
        rain: float | None,
    ) -> None:
        """Move on by so many hours.

        Args:
            observer: what is expected.
            upper: how full each is at most if it is seen [0..1].
            hours: that have passed [h].
            settings: of the gates of each storage together, as they were.
            seen: whether each is seen now.
            rain: now [mm/h], or None.
        """
        self._clock += hours
        self._learn(observer.inflow, hours, seen, rain)
        self._rain_then = np.where(seen, self._rain or 0.0, self._rain_then)
        abated = rain is not None and rain < ABATED * self._rain_then
        growing = self._growing + np.where(abated, 0.0, hours)
        self._growing = np.where(seen, 0.0, growing)
        grown = (1.0 + GROWTH * self._growing) * observer.inflow + self._trend * self._growing
        rained = 0.0 if self._wet is None else self._gain * self._wet
        self.inflow = np.where(seen, observer.inflow, np.maximum(grown, rained))
        self._fill(observer, hours, settings)
        self.fullest = np.where(seen, upper, self.fullest)

    def passing(self, observer: Observer) -> Floats:
        """What fully opened gates surely let out of storages as full as may be [fillings/h]."""
        least = np.exp(-GATE_CAUTION * observer.gate_doubt)
        return observer.full_outflow(self.fullest) * least

    def _fill(self, observer: Observer, hours: float, settings: Floats) -> None:
        steps = max(1, int(np.ceil(hours / SUBSTEP_H)))
        for _ in range(steps):
            out = self.passing(observer) * settings
            slope = self._exponent * out / np.maximum(self.fullest, LEAST_F)
            change = hours / steps * (self.inflow - out) / (1.0 + hours / steps * slope)
            self.fullest = np.clip(self.fullest + change, 0.0, 1.0)

    def _learn(self, inflow: Floats, hours: float, seen: Flags, rain: float | None) -> None:
        self._inflows.append((self._clock, inflow.copy()))
        while self._clock - self._inflows[0][0] > SPAN_H:
            self._inflows.popleft()
        before, then = self._inflows[0]
        if self._clock - before > SPAN_H / 2:
            trend = np.maximum(inflow - then, 0.0) / (self._clock - before)
            self._trend = np.where(seen, trend, self._trend)
        self._rain = rain
        if rain is None:
            return
        wet = rain if self._wet is None else self._wet
        self._wet = wet + (1.0 - float(np.exp(-hours / WET_H))) * (rain - wet)
        if rain >= self._wet >= WET:
            self._gain = np.where(seen, np.maximum(self._gain, inflow / self._wet), self._gain)
