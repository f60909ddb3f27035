"""Crowding before it is there: who is at a place, how fast that grows, and where it leads.

What is usual at that time of the week is expected to go on as usual; what is beyond is carried on
along a parabola fitted to its last minutes, since arrivals at a gathering grow until its peak and
those present grow with their sum. An alarm is raised when the place would pass the density at which
its level of service (`service_levels`) is no longer safe, twice in a row and by more than chance.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kota.errors import SolutionError

Floats = NDArray[np.float64]

STEP_S: Final = 300
WEEK: Final = 7 * 86_400 // STEP_S
AHEAD: Final = 10
"""Steps ahead that are looked at: 50 minutes, for 20 minutes of lead and a second look."""
WINDOW: Final = 7
"""Steps that growth is fitted to."""
_TWICE: Final = 2
_NEAR: Final = 0.9
"""Share of the highest in the window that there must be now for growth to be believed."""
_TRUST: Final = 3.0
"""Readings that the assumed noise is worth, beside what the last readings show."""
_FULL: Final = 7.5
"""Times the limit beyond which nobody fits in: 5.4 people on a square metre (Weidmann 1993), where
the limit is Fruin's 0.72."""
_CALM: Final = 0.6
"""Share of the limit below which both the present and the outlook must be to end an alarm."""


_POWERS: Final = np.arange(AHEAD + 1.0)[:, None] ** np.arange(3)
"""Of each step ahead, from now on: what a parabola's coefficients are multiplied with."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is expected at each place `(n_places,)` when `AHEAD` steps have passed.

    Args:
        present: people there now, smoothed.
        ahead: people then.
        spread: standard deviation of it.
        passing: steps until the limit is passed, 0 where it is already; NaN where it is not within
            `AHEAD`.
        raised: whether crowding is to be expected.
        began: whether that is new.
    """

    present: Floats
    ahead: Floats
    spread: Floats
    passing: Floats
    raised: NDArray[np.bool_]
    began: NDArray[np.bool_]


class Usual:
    """Who is at places at each time of the week, learnt from the past.

    Args:
        present: `(n_steps, n_places)`, gaps NaN.
        first: step of the week of the first row.
    """

    def __init__(self, present: Floats, *, first: int) -> None:
        weeks = -(-(len(present) + first) // WEEK)
        padded = np.full((weeks * WEEK, present.shape[1]), np.nan)
        padded[first : first + len(present)] = present
        by_week = padded.reshape(weeks, WEEK, -1)
        known = np.isfinite(by_week)
        count = known.sum(axis=0)
        day_known = np.where(np.isfinite(padded), padded, 0.0)
        of_day = _by_step_of_day(day_known, np.isfinite(padded))
        mean = np.where(known, by_week, 0.0).sum(axis=0)
        trust = count + 1.0
        self.mean: Floats = _smoothed((mean + of_day) / trust)
        left = np.where(known, by_week - self.mean, 0.0)
        self.spread: Floats = np.sqrt((left**2).sum(axis=(0, 1)) / np.maximum(known.sum((0, 1)), 1))

    def at(self, step: int) -> Floats:
        """People at each place at a step of the week."""
        row: Floats = self.mean[step % WEEK]
        return row


def _by_step_of_day(values: Floats, known: NDArray[np.bool_]) -> Floats:
    """The mean of each step of the day, repeated over a week."""
    day = WEEK // 7
    total = values.reshape(-1, day, values.shape[1]).sum(axis=0)
    count = known.reshape(-1, day, values.shape[1]).sum(axis=0)
    return np.tile(total / np.maximum(count, 1), (7, 1))


def _smoothed(values: Floats) -> Floats:
    """The mean over a quarter of an hour, around the week."""
    return (np.roll(values, 1, axis=0) + values + np.roll(values, -1, axis=0)) / 3.0


class SurgeDetector:
    """Watches places step by step; knows nothing later than what it was told.

    Args:
        limit: people at each place above which it is too crowded `(n_places,)`.
        usual: of the places.
        certainty: standard deviations by which the outlook must pass the limit.

    Raises:
        SolutionError: a limit that is not above 0.
    """

    def __init__(self, limit: Floats, usual: Usual, *, certainty: float = 1.0) -> None:
        if not (limit > 0).all():
            raise SolutionError("a place cannot hold nobody", hint="give limits above 0 people")
        self._limit = limit
        self._usual = usual
        self._certainty = certainty
        self._past = np.full((WINDOW, len(limit)), np.nan)
        self._hits = np.zeros(len(limit), dtype=np.int64)
        self._raised = np.zeros(len(limit), dtype=bool)

    @property
    def calm(self) -> bool:
        """Whether crowding is expected nowhere."""
        return not self._raised.any()

    @property
    def heard(self) -> NDArray[np.bool_]:
        """At which places it was known who is there, at the last step."""
        known: NDArray[np.bool_] = np.isfinite(self._past[-1])
        return known

    def update(self, present: Floats, step: int) -> Outlook:
        """Take in who is at each place.

        Args:
            present: `(n_places,)`; NaN where it is not known, and the outlook stays.
            step: of the week.
        """
        self._past = np.vstack([self._past[1:], present - self._usual.at(step)])
        growth, spread = self._growth(present)
        usual = np.stack([self._usual.at(step + k) for k in range(AHEAD + 1)])
        path = np.clip(_POWERS @ growth.T + usual, 0.0, _FULL * self._limit)
        now, then = path[0], path[-1]
        known = np.isfinite(present)
        beyond = (then - self._limit) / spread
        hit = known & ((beyond > self._certainty) | (now > self._limit))
        self._hits = np.where(hit, self._hits + 1, np.where(known, 0, self._hits))
        self._hits[known & (beyond > 3 * self._certainty)] = _TWICE
        calm = known & (now < _CALM * self._limit) & (then < _CALM * self._limit)
        before = self._raised
        self._raised = np.where(calm, False, before | (self._hits >= _TWICE))
        over = path > self._limit
        passing = np.where(over.any(axis=0), over.argmax(axis=0), np.nan)
        return Outlook(now, then, spread, passing, self._raised, self._raised & ~before)

    def _growth(self, present: Floats) -> tuple[Floats, Floats]:
        """The parabola of what is beyond the usual `(n_places, 3)`, and its spread at `AHEAD`."""
        filled = np.nan_to_num(self._past)
        weight = np.isfinite(self._past).astype(float)
        time = np.arange(1 - WINDOW, 1, dtype=float)
        design = np.stack([np.ones(WINDOW), time, time**2], axis=1)
        ridge = np.diag([1e-6, 1e-3, 4.0])
        normal = np.einsum("tp,ti,tj->pij", weight, design, design) + ridge
        right = np.einsum("tp,ti->pi", weight * filled, design)
        inverse = np.linalg.inv(normal)
        fitted = np.einsum("pij,pj->pi", inverse, right)
        there = _POWERS[-1]
        reach = np.einsum("i,pij,j->p", there, inverse, there)
        off = weight * (filled - (design @ fitted.T))
        assumed = np.maximum(np.nan_to_num(present), 1.0) + (0.35 * self._usual.spread) ** 2
        seen = (_TRUST * assumed + (off**2).sum(axis=0)) / (_TRUST + WINDOW - 3)
        noise = np.minimum(assumed, seen)
        highest = np.nan_to_num(self._past, nan=-np.inf).max(axis=0)
        growing = ((fitted[:, 1] > 0) & (filled[-1] >= _NEAR * highest))[:, None]
        carried = np.where(growing, fitted, np.minimum(fitted, [np.inf, 0.0, 0.0]))
        return carried, np.sqrt(noise * np.maximum(reach, 0.1))
