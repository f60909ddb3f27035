"""The forecasts that are mixed: plain ones, and those of the learnt models."""

from __future__ import annotations

import warnings
from typing import Final

import numpy as np

from kota.solutions.people_flow.forecast.counts import DAY, WEEK, Floats
from kota.solutions.people_flow.forecast.past import HALF_LIFE, Past

PLAIN: Final = {
    "last week": 0.03,
    "mean of four": 0.02,
    "median of four": 0.12,
    "profile": 0.03,
    "level of late": 0.02,
}
"""The plain forecasts, and the weight of each before it has proved itself."""
_WEEKS = 4
_FADE = 0.4


def plain_experts(past: Past, at: int) -> Floats:
    """The `PLAIN` forecasts of a week from an origin on `(n_plain, WEEK, n_sensors)`.

    Where one knows nothing it says what the profile says. Any week ahead is forecast alike.
    """
    base = past.profile(at).base
    raw = past.clean.raw.between(at - _WEEKS * WEEK, at).reshape(_WEEKS, WEEK, -1)[::-1]
    last = raw[0]
    for older in raw[1:]:
        last = np.where(np.isnan(last), older, last)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        mean = np.nanmean(raw, axis=0)
    each = (last, mean, past.median(at, _WEEKS), base, _levelled(past, at))
    return np.stack([np.where(np.isnan(one), base, one) for one in each])


def _levelled(past: Past, at: int) -> Floats:
    """The weeks before the last, brought to the level of the last days by hour of the day.

    A break in behaviour shows in days what a mean of weeks shows in weeks. Each day weighs less
    than the next. Faults count as told: a dead counter is likely to stay dead.
    """
    older = past.weighted(at, HALF_LIFE, skip=1)
    recent = past.told(at, 1)
    weight = _FADE ** (np.arange(WEEK)[::-1] // DAY)[:, None]
    known = ~np.isnan(recent) & ~np.isnan(older)
    count, want = (np.where(known, each, 0.0) * weight for each in (recent, older))
    network = (count.sum() + 1.0) / (want.sum() + 1.0)
    trust = 2.0 * past.profile(at).offset
    own = (count.sum(axis=0) + network * 5 * trust) / (want.sum(axis=0) + 5 * trust)
    hourly = count.reshape(-1, DAY, count.shape[1]).sum(axis=0)
    wanted = want.reshape(-1, DAY, want.shape[1]).sum(axis=0)
    ratio = (hourly + own * trust) / (wanted + trust)
    levelled: Floats = older * np.tile(ratio, (WEEK // DAY, 1))
    return levelled
