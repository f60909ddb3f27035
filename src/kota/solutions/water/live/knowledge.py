"""What ordinary days teach: how far signals are from the model when nothing is the matter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kota.errors import NotReadyError
from kota.model.instant import HOUR
from kota.solutions.water.live.checker import Checker, Signatures
from kota.solutions.water.live.explain import CERTAIN, OBVIOUS, explain
from kota.solutions.water.live.observed import (
    STEP,
    Observed,
    mean_before,
    observe,
    supply_profile,
)
from kota.solutions.water.live.supplied import Supplied
from kota.solutions.water.telemetry import Series

Floats = NDArray[np.float64]

WINDOWS = (1, 2, 4, 8)
"""Steps over which residuals are averaged."""
_ENOUGH = 288
_FAR = 4.0
_SHRINK = 0.1
_SOME = 24
_CLOSELY = 150
_RARE = 0.995
_MARGIN = 1.25
_LEAST_PRESSURE, _LEAST_FLOW = 0.02, 0.3


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What was learnt.

    Args:
        profile: of the customers' day, see `supply_profile`.
        leakage: what leaks away all the time [m³/h].
        offset: of the residuals `(m,)`.
        spreads: covariance of their means over so many steps `(m, m)`.
        certain: what speaks so much for a leak over so many steps is one: more than ordinary days
            have ever said, see `explain`.
        steps: from how many.
    """

    profile: Floats
    leakage: float
    offset: Floats
    spreads: Mapping[int, Floats]
    certain: Mapping[int, float]
    steps: int


def learn(town: Supplied, series: Series, start: int, end: int) -> Knowledge:
    """Learn from days on which nothing much was the matter; what was, counts little.

    Args:
        town: the network.
        series: its signals.
        start, end: instants [µs].

    Raises:
        NotReadyError: less than a day of signals.
    """
    at = np.arange(-(-start // STEP) * STEP, end + 1, STEP)
    profile = supply_profile(town, series)
    seen = observe(town, series, at, profile)
    leakage = _leakage(town, series, seen)
    with Checker(town, leakage) as checker:
        residuals = checker.residuals(seen)
        steady = np.flatnonzero(~np.isnan(residuals).all(axis=1))
        at_times = [checker.signatures(seen, k, frozenset()) for k in _some(steady)]
    known = ~np.isnan(residuals).all(axis=1)
    if known.sum() < _ENOUGH:
        raise NotReadyError(
            f"{int(known.sum())} of {len(at)} steps can be held against the model",
            hint=f"{_ENOUGH} are enough to begin with",
        )
    offset = np.nan_to_num(np.nanmedian(residuals[known], axis=0))
    least = np.r_[
        np.full(len(town.loggers), _LEAST_PRESSURE), np.full(len(town.gauges), _LEAST_FLOW)
    ]
    ordinary = _tamed(residuals - offset)
    spreads = {steps: _covariance(_running(ordinary, steps), least) for steps in WINDOWS}
    certain = {
        steps: _certain(_running(np.nan_to_num(residuals - offset), steps), spread, at_times)
        for steps, spread in spreads.items()
    }
    return Knowledge(profile, leakage, offset, spreads, certain, int(known.sum()))


def _some(steps: NDArray[np.int64]) -> list[int]:
    """A few of them, spread over the time."""
    few = np.linspace(0, len(steps) - 1, min(_SOME, len(steps))).astype(int)
    return [int(steps[k]) for k in few]


def _certain(means: Floats, spread: Floats, at_times: Sequence[Signatures]) -> float:
    """From which likelihood on a leak is one, by what ordinary steps say.

    Args:
        means: residuals of ordinary days, averaged `(n, m)`.
        spread: their covariance.
        at_times: signatures of some moments.
    """
    white = np.linalg.inv(np.linalg.cholesky(spread))
    leaks = white @ np.mean([one.leaks for one in at_times], axis=0)
    along = np.maximum(means @ white.T @ leaks, 0.0)
    power = np.maximum((leaks**2).sum(axis=0), 1e-9)
    rough = (along**2 / (2 * power)).max(axis=1)
    said = np.zeros(len(means))
    for k in np.argsort(-rough)[:_CLOSELY].tolist():
        if rough[k] < CERTAIN:
            break
        near = at_times[k * len(at_times) // len(means)]
        leak = explain(means[k], spread, near).leak
        said[k] = 0.0 if leak is None else leak.gain
    highest = float(np.quantile(said, _RARE))
    return float(np.clip(_MARGIN * highest, CERTAIN, OBVIOUS))


def _leakage(town: Supplied, series: Series, seen: Observed) -> float:
    """Inflow less storage less supply, over the whole time [m³/h]."""
    inflow = np.zeros(len(seen.at))
    sources = set(town.network.reservoirs)
    for link in town.network.links:
        sign = (link.start in sources) - (link.end in sources)
        if sign:
            told = series.get((town.links[link.id], "flow"))
            if told is None:
                return 0.0
            inflow += sign * mean_before(*told, seen.at, STEP)
    areas = np.array([town.network.tanks[name].area for name in town.tanks])
    good = ~np.isnan(seen.level).any(axis=1)
    if good.sum() < 2:
        return 0.0
    first, last = np.flatnonzero(good)[[0, -1]]
    hours = (seen.at[last] - seen.at[first]) / HOUR
    stored = float((seen.level[last] - seen.level[first]) @ areas / max(hours, 1e-9))
    supply = float(np.nanmean(seen.supply, axis=0).sum()) if seen.supply.size else 0.0
    return max(float(np.nanmean(inflow)) - stored - supply, 0.0)


def _tamed(residuals: Floats) -> Floats:
    """What is far out is brought in to where it is rare; a silent signal differs by nothing."""
    scale = 1.4826 * np.nanmedian(np.abs(residuals), axis=0)
    limit = _FAR * np.maximum(np.nan_to_num(scale), 1e-6)
    return np.nan_to_num(np.clip(residuals, -limit, limit))


def _running(values: Floats, steps: int) -> Floats:
    sums = np.cumsum(np.vstack([np.zeros(values.shape[1]), values]), axis=0)
    return np.asarray((sums[steps:] - sums[:-steps]) / steps)


def _covariance(values: Floats, least: Floats) -> Floats:
    """Shrunk towards its diagonal."""
    whole = values.T @ values / max(len(values), 1)
    own = np.diag(np.diag(whole) + least**2)
    return np.asarray((1 - _SHRINK) * whole + _SHRINK * own + np.diag(least**2))
