"""What was counted before a moment, laid out for a forecast: profiles, levels, special days."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from kota.solutions.people_flow.forecast.cleaning import Clean
from kota.solutions.people_flow.forecast.counts import DAY, WEEK, Floats, Hours

MEMORY: Final = 12
"""Weeks that a profile is made of."""
NEAR: Final = 3
"""Days around a special day that are compared with the days around the same one before."""
HALF_LIFE: Final = 2.0
"""Of a week's weight in a profile [weeks]."""
_YEAR, _APART = 400, 300
_SAME_WEEKDAY = 364
_TRUST = 2.0
_LATE = 3 * DAY
_FEW = 100.0


@dataclass(frozen=True, slots=True)
class Profile:
    """The usual week before an origin.

    Args:
        base: `(WEEK, n_sensors)` [people in an hour], from the origin on; NaN where unknown.
        offset: `(n_sensors,)` [people in an hour], added before a logarithm is taken.
    """

    base: Floats
    offset: Floats

    def log_ratio(self, values: Floats) -> Floats:
        """Logarithm of values over the profile, both with the offset added."""
        ratio: Floats = np.log((values + self.offset) / (self.base + self.offset))
        return ratio

    def scaled(self, logs: Floats) -> Floats:
        """Undo `log_ratio`; never below nought."""
        values = (self.base + self.offset) * np.exp(np.clip(logs, -5.0, 4.0)) - self.offset
        return np.maximum(values, 0.0)


class Past:
    """Counts with their calendar, asked by origin; an answer uses nothing at or after it.

    Args:
        clean: hourly counts and their faults.
        holidays: names by day since 1970-01-01.
        events: likewise, of what is special and no holiday.
    """

    def __init__(
        self,
        clean: Clean,
        holidays: Mapping[int, str],
        events: Mapping[int, str] | None = None,
    ) -> None:
        self.clean = clean
        self.holidays = holidays
        self.special = {**holidays, **(events or {})}
        self._days = np.array(sorted(self.special), dtype=np.int64)
        self._days_of: dict[str, list[int]] = {}
        for day, name in sorted(self.special.items()):
            self._days_of.setdefault(name, []).append(day)
        self._profiles: dict[int, Profile] = {}
        self._root: tuple[int, Floats, Floats] = (-1, np.empty(0), np.empty(0))

    def usual(self, at: int, weeks: int) -> Floats:
        """The last weeks `(weeks * WEEK, n_sensors)`, without faults and special days."""
        return self._unspecial(self.clean.between(at - weeks * WEEK, at, at), at)

    def told(self, at: int, weeks: int) -> Floats:
        """Likewise, with faults as they were told."""
        return self._unspecial(self.clean.raw.between(at - weeks * WEEK, at), at)

    def _unspecial(self, values: Floats, at: int) -> Floats:
        values[np.isin(np.arange(at - len(values), at) // DAY, self._days)] = np.nan
        return values

    def usual_weeks(self, at: int, weeks: int) -> Floats:
        """Likewise `(weeks, WEEK, n_sensors)`, newest first."""
        newest_first: Floats = self.usual(at, weeks).reshape(weeks, WEEK, -1)[::-1]
        return newest_first

    def weighted(self, at: int, half_life: float, *, skip: int = 0) -> Floats:
        """A week as the mean of the last `MEMORY`, the newer weighing more; NaN where unknown.

        Means are of square roots, squared: between mean and median of counts.

        Args:
            at: the origin.
            half_life: of a week's weight [weeks].
            skip: newest weeks to leave out.
        """
        if self._root[0] != at:
            weeks = self.usual(at, MEMORY).reshape(MEMORY, WEEK, -1)
            self._root = (at, np.sqrt(weeks), alike(weeks))
        _, root, like = self._root
        known = ~np.isnan(root)
        weight = 0.5 ** (np.arange(MEMORY)[::-1] / half_life)
        if skip:
            weight[-skip:] = 0.0
        each = weight[:, None] * like
        total = np.einsum("ks,kts->ts", each, np.where(known, root, 0.0))
        mass = np.einsum("ks,kts->ts", each, known.astype(np.float64))
        mean: Floats = np.square(total / np.where(mass > 0, mass, np.nan))
        return mean

    def median(self, at: int, weeks: int) -> Floats:
        """The median of the last weeks `(WEEK, n_sensors)`; NaN where unknown."""
        block = np.sort(self.usual_weeks(at, weeks), axis=0)
        known = (~np.isnan(block)).sum(axis=0)
        low, high = np.maximum(known - 1, 0) // 2, np.maximum(known, 1) // 2
        pick = [np.take_along_axis(block, k[None], axis=0)[0] for k in (low, high)]
        middle: Floats = (pick[0] + pick[1]) / 2
        return middle

    def profile(self, at: int) -> Profile:
        """The usual week from an origin on; what is unknown of it borrowed from other sensors."""
        found = self._profiles.get(at)
        if found is None:
            base = borrowed(self.weighted(at, HALF_LIFE), self.usual(at, MEMORY))
            known = ~np.isnan(base)
            level = np.where(known, base, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
            found = self._profiles[at] = Profile(base, 1.0 + 0.05 * level)
        return found

    def effect(self, hours: Hours, at: int) -> Floats:
        """How far counts were off the profile of their time `(n_hours, n_sensors)`; 0: unknown.

        Args:
            hours: before `at`.
            at: the origin; profiles are those of whole weeks before it.
        """
        found = np.zeros((len(hours), len(self.clean.raw.sensors)))
        origins = at + (hours - at) // WEEK * WEEK
        for origin in np.unique(origins).tolist():
            if origin >= self.clean.raw.start + WEEK:
                rows = np.flatnonzero(origins == origin)
                counted = self.clean.between(origin, origin + WEEK, at)
                off = self.profile(origin).log_ratio(counted)
                found[rows] = np.nan_to_num(off[hours[rows] - origin])
        return found

    def twin(self, day: int) -> int | None:
        """The day of the year before that a day is best compared with.

        For a special day, the one of the same name; within `NEAR` days of one, as far from that;
        otherwise the same weekday 52 weeks before, if nothing was special then.
        """
        for distance in range(NEAR + 1):
            for near in (day + distance, day - distance):
                name = self.special.get(near)
                if name is not None:
                    before = [d for d in self._days_of[name] if near - _YEAR <= d < near - _APART]
                    return before[-1] + day - near if before else None
        plain = day - _SAME_WEEKDAY
        return None if plain in self.special else plain


def alike(weeks: Floats) -> Floats:
    """How far each week is of the level of today `(n_weeks, n_sensors)`, between nought and one.

    The last three days are compared with the same days of each week, over the network and for the
    sensor: weeks from before a break count for little, and count again once it is over.

    Args:
        weeks: `(n_weeks, WEEK, n_sensors)` [people in an hour], the last week last.
    """
    late = weeks[:, -_LATE:]
    both = ~np.isnan(late) & ~np.isnan(late[-1])
    now = np.where(both, late[-1], 0.0).sum(axis=1)
    then = np.where(both, late, 0.0).sum(axis=1)
    network = np.log((now.sum(axis=1) + 1.0) / (then.sum(axis=1) + 1.0))[:, None]
    sensor = np.log((now + _FEW) / (then + _FEW))
    off = np.maximum(np.abs(network) - 0.25, 0.0) / 0.15
    own = np.maximum(np.abs(sensor) - 0.7, 0.0) / 0.3
    found: Floats = np.maximum(1.0 / (1.0 + np.square(off)) / (1.0 + np.square(own)), 1e-3)
    return found


def borrowed(base: Floats, recent: Floats) -> Floats:
    """Fill the unknown hours of a week from how the other sensors' weeks run.

    Args:
        base: `(WEEK, n_sensors)`; NaN where unknown.
        recent: whole weeks `(k * WEEK, n_sensors)` up to the origin, from which a sensor's own
            level at each hour of the day is taken; NaN where unknown.

    Returns:
        `base`; still NaN for a sensor of which nothing is known.
    """
    missing = np.isnan(base)
    if not missing.any() or missing.all():
        return base
    mass = (~missing).sum(axis=0)
    mean = np.where(missing, 0.0, base).sum(axis=0) / np.maximum(mass, 1)
    whole = (mass > WEEK // 2) & (mean > 0)
    if not whole.any():
        return base
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        shape = np.nanmedian(base[:, whole] / mean[whole], axis=1)
    shape = np.where(np.isnan(shape), 1.0, np.maximum(shape, 1e-3))
    counted = np.where(np.isnan(recent), 0.0, recent)
    due = np.where(np.isnan(recent), 0.0, np.tile(shape, len(recent) // WEEK)[:, None])
    level = counted.sum(axis=0) / np.where(due.sum(axis=0) > 0, due.sum(axis=0), np.nan)
    by_hour = counted.reshape(-1, DAY, counted.shape[1]).sum(axis=0)
    due_by_hour = due.reshape(-1, DAY, due.shape[1]).sum(axis=0)
    own = (by_hour + _TRUST * level) / (due_by_hour + _TRUST)
    filled: Floats = np.where(missing, shape[:, None] * np.tile(own, (WEEK // DAY, 1)), base)
    return filled
