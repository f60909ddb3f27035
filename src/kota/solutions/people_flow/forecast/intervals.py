"""How far counts have been off the forecast, and how far they may be next time."""

from __future__ import annotations

from collections import deque
from typing import Final

import numpy as np

from kota.solutions.people_flow.forecast.counts import DAY, Floats

LEVELS: Final = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)
"""The quantiles that are forecast."""
_DAYS = 56
_SLOW, _QUICK, _QUICK_SHARE = 21.0, 2.0, 0.35
_POOL = 12.0
_UNKNOWN = np.array([-0.7, -0.55, -0.27, 0.0, 0.27, 0.55, 0.7])
_WIDEST = 3.0


class Spread:
    """Quantiles of the errors of the last eight weeks, made one day after another.

    Split conformal prediction in time: an error is that of a forecast made before the count was
    known, so its quantiles hold for the next (Vovk et al. 2005, doi:10.1007/b106715). Weights
    that fall with age keep them true while behaviour changes (Barber et al. 2023,
    doi:10.1214/23-AOS2276); a part of the weight lies on the last days, so that intervals widen
    within a day or two of a break. Errors are log ratios of count and forecast.

    Args:
        leads: days ahead.
        sensors: how many.
    """

    def __init__(self, leads: int, sensors: int) -> None:
        self._errors: deque[Floats] = deque(maxlen=_DAYS)
        self._shape = (leads, DAY, sensors)
        self._usual, self._special = 0.0, 0.0

    def learn(self, errors: Floats, *, special: bool) -> None:
        """Take in the errors of a day `(n_leads, DAY, n_sensors)`; NaN where there is none."""
        known = ~np.isnan(errors)
        size = float(np.abs(errors[known]).mean()) if known.any() else 0.0
        if special:
            self._special = size if not self._special else 0.7 * self._special + 0.3 * size
            return
        self._usual = size if not self._usual else 0.95 * self._usual + 0.05 * size
        self._errors.append(errors)

    @property
    def widening(self) -> float:
        """How many times wider special days are to be."""
        if not self._usual or not self._special:
            return 1.5
        return float(np.clip(self._special / self._usual, 1.0, _WIDEST))

    def quantiles(self, lead: int) -> Floats:
        """Of the log ratio on the hours of a day `(len(LEVELS), DAY, n_sensors)`."""
        base = np.broadcast_to(_UNKNOWN[:, None, None], (len(LEVELS), *self._shape[1:]))
        if not self._errors:
            return base
        errors = np.stack([day[lead] for day in self._errors])
        age = np.arange(len(errors))[::-1]
        slow, quick = (0.5 ** (age / half) for half in (_SLOW, _QUICK))
        weight = (1 - _QUICK_SHARE) * slow / slow.sum() + _QUICK_SHARE * quick / quick.sum()
        near = np.concatenate([np.roll(errors, shift, axis=1) for shift in (-1, 0, 1)])
        mass = np.tile(weight, 3)[:, None, None] * ~np.isnan(near)
        own = _weighted_quantiles(near, mass)
        pooled = _weighted_quantiles(
            near.transpose(0, 2, 1).reshape(-1, DAY, 1), mass.transpose(0, 2, 1).reshape(-1, DAY, 1)
        )
        pooled = np.where(np.isnan(pooled), base, pooled)
        count = (~np.isnan(near)).sum(axis=0)
        trust = count / (count + _POOL)
        mixed: Floats = trust * np.where(np.isnan(own), pooled, own) + (1 - trust) * pooled
        return mixed


def _weighted_quantiles(values: Floats, weight: Floats) -> Floats:
    """Along the first axis, at `LEVELS`; NaN where no weight lies.

    Each level is moved outwards by what the next error, that is not among the `n` known, asks for:
    that is (n + 1)/n, n being the effective number of samples (Vovk et al. 2005).
    """
    order = np.argsort(values, axis=0)
    ranked = np.take_along_axis(values, order, axis=0)
    heap = np.cumsum(np.take_along_axis(weight, order, axis=0), axis=0)
    total = heap[-1]
    samples = np.square(total) / np.maximum(np.square(weight).sum(axis=0), 1e-12)
    more = 1.0 + 1.0 / np.maximum(samples, 1.0)
    found = []
    for level in LEVELS:
        outer = 1.0 - (1.0 - level) * more if level < 0.5 else level * more
        wanted = np.clip(level if level == 0.5 else outer, 0.0, 1.0) * total
        at = np.minimum((heap < wanted).sum(axis=0), len(values) - 1)
        at = np.minimum(at, np.maximum((weight > 0).sum(axis=0) - 1, 0))
        found.append(np.take_along_axis(ranked, at[None], axis=0)[0])
    return np.where(total > 0, np.stack(found), np.nan)
