"""Events in the water's quality, from several sensors at once against their learned normal.

What is left of each signal after its normal (time of the week, and what drives it) is held against
its covariance: half the squared distance of a window's mean from nothing. One signal alone that
explains nearly all of it is a sensor that shifts or drifts; several that move together, or one at
several places, are an event (after CANARY's split of outliers and events, D. Hart, S. A. McKenna,
Online event detection from water quality time series, EPA/600/R-12/010, 2012).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from kota.solutions.water.bursts.evidence import Chance
from kota.solutions.water.bursts.normal import Normal
from kota.solutions.water.bursts.past import Past, changes_of, mean_told

Floats = NDArray[np.float64]

DAY_S = 86_400
WINDOWS_S = (900, 3600)
RARE = 1e-7
"""Probability of as much by chance from which on a change is told."""
CONFIRMED = 2
ALONE = 0.85
"""A signal that explains this share of the distance is taken for its sensor's own fault."""
LEARN, MEMORY = 5, 28
"""Days until the first word is said, and days that are learnt from."""
NAMED = 0.1
"""Signals with this share of the distance are named."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something unusual.

    Args:
        at: the instant at which it is said [s].
        kind: ``event`` in the water, or ``sensor`` where one signal stands alone.
        score: distance over what is rare; 1 and more is told.
        signals: indices and changes of those that speak most for it, the most first.
    """

    at: int
    kind: Literal["event", "sensor"]
    score: float
    signals: tuple[tuple[int, float], ...]


class EventWatch:
    """Follows some signals of quality; causal.

    Args:
        floor: least standard deviation of each signal's change that is believed `(n,)`.
        step_s: seconds between two steps.

    Attributes:
        active: what goes on.
    """

    def __init__(self, floor: Floats, *, step_s: int = 300) -> None:
        self._floor, self._day = floor, DAY_S // step_s
        self._windows = tuple(sorted({max(1, seconds // step_s) for seconds in WINDOWS_S}))
        self._past: Past | None = None
        self._normal: Normal | None = None
        self._chances: tuple[Chance, ...] = ()
        self._taught, self._sure = -1, 0
        self.active: Event | None = None

    def update(self, at: int, values: Floats, drivers: Floats) -> Event | None:
        """Take a step in; gives the event that begins with it, if one does.

        Args:
            at: the instant [s], a step after the last.
            values: what the signals say `(n,)`, NaN: silent.
            drivers: what explains them: flows, which pumps run `(n_drivers,)`.
        """
        if self._past is None:
            self._past = Past(len(values), len(drivers), MEMORY * self._day)
        past = self._past
        past.add(at, values, drivers, usable=self.active is None)
        if self._normal is None or at // DAY_S != self._taught:
            self._learn(past, at)
        if self._normal is None:
            return None
        past.left[-1] = values - self._normal.expected(np.array([at]), drivers[None])[0]
        return self._judge(past, at)

    def _learn(self, past: Past, at: int) -> None:
        if past.usable.sum() < LEARN * self._day:
            return
        self._taught = at // DAY_S
        usable, driven = past.usable, np.ones(past.values.shape[1], dtype=bool)
        times, values, drivers = past.times, past.values, past.drivers
        self._normal = Normal.fit(times[usable], values[usable], drivers[usable], driven)
        past.left[:] = values - self._normal.expected(times, drivers)
        clean = np.where(usable[:, None], past.left, np.nan)
        chances = []
        for window in self._windows:
            changes, ends = changes_of(clean, window, self._windows[-1], self._day)
            chances.append(Chance.learn(changes, times[ends] % DAY_S // 3600, self._floor))
        self._chances = tuple(chances)

    def _judge(self, past: Past, at: int) -> Event | None:
        """The most unusual window, said once it is unusual in a row."""
        longest = self._windows[-1]
        rows = slice(max(0, past.count - longest - 3 * self._day), past.count - longest)
        before = mean_told(past.left[rows][past.usable[rows]][-self._day :])
        best: Event | None = None
        for window, chance in zip(self._windows, self._chances, strict=True):
            found = self._scored(mean_told(past.left[-window:]) - before, chance, at)
            if found is not None and (best is None or found.score > best.score):
                best = found
        if best is None or best.score < 1.0:
            self._sure, self.active = 0, None
            return None
        self._sure += 1
        if self._sure < CONFIRMED:
            return None
        new = self.active is None or (self.active.kind == "sensor" and best.kind == "event")
        self.active = best
        return best if new else None

    def _scored(self, change: Floats, chance: Chance, at: int) -> Event | None:
        from scipy.stats import chi2

        told = ~np.isnan(change)
        if not told.any():
            return None
        inverse = chance.inverse(told) / chance.hourly[at % DAY_S // 3600]
        pull = inverse @ change[told]
        whole = float(change[told] @ pull)
        alone = pull**2 / np.diag(inverse)
        share = alone / max(whole, 1e-12)
        kind: Literal["event", "sensor"] = "sensor" if share.max() >= ALONE else "event"
        index = np.flatnonzero(told)
        order = [k for k in np.argsort(-share).tolist() if share[k] >= NAMED]
        signals = tuple((int(index[k]), float(change[index[k]])) for k in order)
        return Event(at, kind, whole / float(chi2.isf(RARE, told.sum())), signals)
