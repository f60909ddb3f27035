"""Levels of tanks hours ahead, from what was measured until now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from kota.errors import NotReadyError, SolutionError

Floats = NDArray[np.float64]

STEP_S = 900
DAY = 86_400 // STEP_S
HORIZON = 48
"""Steps ahead: twelve hours."""

_LAGS = (1, 2, 4, 8, 16)
_NEIGHBOURS = 8


def persistence(levels: Floats) -> Floats:
    """The naive bar: the levels `(n_steps, n_tanks)` [m] stay as they are for `HORIZON` steps."""
    return np.repeat(_filled(levels)[-1:], HORIZON, axis=0)


def seasonal(levels: Floats) -> Floats:
    """The seasonal bar: the levels [m] move as they did at this time yesterday.

    Raises:
        NotReadyError: there is less than a day of levels.
    """
    filled = _filled(levels)
    if len(filled) <= DAY:
        raise NotReadyError(f"{len(filled)} levels are less than a day of {DAY}")
    then = len(filled) - 1 - DAY
    ahead: Floats = filled[-1] + filled[then + 1 : then + 1 + HORIZON] - filled[then]
    return ahead


@dataclass(slots=True)
class Analogue:
    """The levels move as they did in those past hours that were most alike.

    What is alike: the time of day, the levels now, and how they have moved in the last four
    hours, each in units of its own spread. The mean over the nearest moments of the past,
    weighted by nearness, is the forecast; their scatter is its uncertainty. Pumps that switch at
    a level make levels rise and fall in turns, which a linear model smooths away and the method
    of analogues keeps (E. N. Lorenz, Atmospheric predictability as revealed by naturally
    occurring analogues, 1969, doi:10.1175/1520-0469(1969)26<636:APARBN>2.0.CO;2).

    Args:
        low, high: limits of the tanks `(n_tanks,)` [m].
        neighbours: how many moments of the past to look at.
    """

    low: Floats
    high: Floats
    neighbours: int = _NEIGHBOURS
    _features: Floats | None = None
    _futures: Floats | None = None
    _scale: Floats | None = None

    def fit(self, levels: Floats, *, start: int) -> Self:
        """Keep every moment that has a past and a future.

        Args:
            levels: `(n_steps, n_tanks)` [m] every `STEP_S`; gaps are NaN.
            start: of the first row [s of local time since the epoch].

        Raises:
            NotReadyError: too few levels, or a tank without any.
        """
        filled = _filled(levels)
        first, last = max(_LAGS), len(filled) - HORIZON
        if last - first < 2 * DAY:
            raise NotReadyError(
                f"{len(filled)} levels are too few to forecast from",
                hint=f"let {first + HORIZON + 2 * DAY} steps of {STEP_S} s be measured first",
            )
        moments = np.arange(first, last)
        raw = np.stack([_describe(filled, int(i), start) for i in moments])
        self._scale = np.maximum(raw.std(axis=0), 1e-3)
        self._features = raw / self._scale
        ahead = moments[:, None] + np.arange(1, HORIZON + 1)[None, :]
        self._futures = filled[ahead] - filled[moments][:, None, :]
        return self

    def predict(self, levels: Floats, *, start: int) -> tuple[Floats, Floats]:
        """Levels ahead and their standard deviation, both `(HORIZON, n_tanks)` [m].

        Args:
            levels, start: as in `fit`, up to the moment of the forecast.

        Raises:
            SolutionError: it was not fitted.
        """
        if self._features is None or self._futures is None or self._scale is None:
            raise SolutionError("a forecast was asked for before anything was learnt")
        filled = _filled(levels)
        now = _describe(filled, len(filled) - 1, start) / self._scale
        distance = np.sqrt(((self._features - now) ** 2).sum(axis=1))
        nearest = _apart(distance, self.neighbours)
        weight = 1.0 / (distance[nearest] + 0.1)
        weight /= weight.sum()
        futures = self._futures[nearest]
        mean = np.tensordot(weight, futures, axes=1)
        spread = np.sqrt(np.tensordot(weight, (futures - mean) ** 2, axes=1))
        ahead: Floats = np.clip(filled[-1] + mean, self.low, self.high)
        return ahead, spread


def _describe(levels: Floats, now: int, start: int) -> Floats:
    """What a moment is like `(n_features,)`: levels, how they moved, the time of day."""
    moved = [levels[now] - levels[now - lag] for lag in _LAGS]
    angle = 2 * np.pi * ((start + now * STEP_S) % 86_400) / 86_400
    clock = np.array([np.sin(angle), np.cos(angle)]) * 2.0
    return np.concatenate([levels[now], *moved, clock])


def _apart(distance: Floats, count: int) -> NDArray[np.int64]:
    """The nearest moments, no two within an hour of each other."""
    chosen: list[int] = []
    for k in distance.argsort(kind="stable").tolist():
        if all(abs(k - other) >= 4 for other in chosen):
            chosen.append(k)
            if len(chosen) == count:
                break
    return np.array(chosen)


def _filled(levels: Floats) -> Floats:
    """Gaps closed with the value before them; what precedes the first value, with that."""
    filled = np.array(levels, dtype=np.float64)
    known = ~np.isnan(filled)
    if not known.any(axis=0).all():
        raise NotReadyError("a tank has not one measured level")
    last = np.where(known, np.arange(len(filled))[:, None], 0)
    last = np.maximum.accumulate(last, axis=0)
    carried = np.take_along_axis(filled, last, axis=0)
    first = np.take_along_axis(filled, known.argmax(axis=0)[None, :], axis=0)
    closed: Floats = np.where(np.isnan(carried), first, carried)
    return closed
