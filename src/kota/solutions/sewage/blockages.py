"""Blockages of sewers, told from levels that stay above their dry-weather pattern.

In dry weather a level follows the day. Its logarithm less the median of its quarter of an hour,
less what all sensors of the network share (more people, a holiday), is small and wanders; a blocked
pipe lifts it at its upper end and keeps it there. An exponentially weighted mean over hours
(S. W. Roberts, Technometrics 1, 1959, doi:10.1080/00401706.1959.10489860) is compared with how it
wandered while the pattern was learned. Rain, and the hours after it, are left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from kota.errors import InputError
from kota.solutions.sewage.observer import Flags, Floats

SLOTS = 96
LEAST_DAYS = 5.0
DRAINED_H = 8.0
"""So long after rain the sewers are back in dry weather."""
WET = 0.1
MEAN_H = 6.0
OFFSET_M = 0.01
"""Added before the logarithm, so that nearly dry pipes do not count for more than they are."""
ALARM, OVER = 6.0, 3.0
"""Standard deviations at which a blockage is named, and at which it is over."""
LEAST_SD = 0.01
LAST_H = 3.0
LEAST_RISE_M = 0.015
LEAST_SHARED = 5
"""Fewer sensors than so many share nothing that could be told from a blockage."""


@dataclass(frozen=True, slots=True)
class Blockage:
    """A pipe that is likely to be blocked, below a node.

    Args:
        id: of the node above it.
        since: when the level began to stay too high.
        rise: above the pattern, mean of the last hours [m].
        score: in standard deviations of what is usual.
    """

    id: str
    since: datetime
    rise: float
    score: float


class BlockageDetector:
    """Watches the levels of a network.

    Args:
        sensors: nodes with a level sensor.
        below: the node that each drains to, where known: of nodes that a backwater lifts together,
            only the lowest is named.
    """

    def __init__(self, sensors: Sequence[str], below: Mapping[str, str] | None = None) -> None:
        n = len(sensors)
        self.sensors = tuple(sensors)
        self._below = dict(below or {})
        self._pattern: Floats | None = None
        self._sd = np.ones(n)
        self._mean = np.zeros(n)
        self._rise = np.zeros(n)
        self._weight = np.zeros(n)
        self._since: list[datetime | None] = [None] * n
        self._named: Flags = np.zeros(n, dtype=bool)
        self._last: datetime | None = None
        self._wet_at: datetime | None = None

    def learn(self, times: Sequence[datetime], levels: Floats, rain: Floats | None = None) -> None:
        """Learn the dry-weather pattern and what is usual.

        Args:
            times: rising, UTC.
            levels: [m], shape ``(n_times, n_sensors)``; NaN where nothing was read.
            rain: [mm/h] at these times.

        Raises:
            InputError: there is too little dry weather; says how much is needed.
        """
        dry = _is_dry(times, rain)
        days = float(np.sum(dry)) * _step_h(times) / 24
        if days < LEAST_DAYS:
            raise InputError(
                f"{days:.1f} days of dry weather to learn from; expected {LEAST_DAYS:g} or more"
            )
        logs = np.where(dry[:, None], np.log(np.maximum(levels, 0.0) + OFFSET_M), np.nan)
        slots = np.array([_slot(each) for each in times])
        pattern = np.full((SLOTS, len(self.sensors)), np.nan)
        for slot in range(SLOTS):
            pattern[slot] = _median(logs[slots == slot])
        self._pattern = _filled(pattern)
        wandered = [
            self._step(times[i], levels[i], 0.0 if rain is None else float(rain[i]))
            for i in range(len(times))
        ]
        settled = np.array(wandered)[len(times) // len(set(map(datetime.date, times))) :]
        own = np.sqrt(np.nanmean(settled**2, axis=0))
        self._sd = np.maximum(np.maximum(own, float(np.nanmedian(own))), LEAST_SD)
        self._named[:] = False
        self._since = [None] * len(self.sensors)

    def update(
        self, time: datetime, levels: Mapping[str, float], rain: float | None = None
    ) -> tuple[Blockage, ...]:
        """Take in levels [m] and rain [mm/h]; names the blockages that there are now.

        Raises:
            InputError: nothing has been learned.
        """
        if self._pattern is None:
            raise InputError("no dry-weather pattern has been learned; call `learn` first")
        row = np.array([_number(levels.get(each)) for each in self.sensors])
        score = self._step(time, row, rain or 0.0) / self._sd
        high = (score >= np.where(self._named, OVER, ALARM)) & (self._rise >= LEAST_RISE_M)
        for i, is_high in enumerate(high):
            self._since[i] = (self._since[i] or time) if is_high else None
            since = self._since[i]
            lasts = since is not None and (time - since).total_seconds() >= LAST_H * 3600
            self._named[i] = bool(is_high) and (bool(self._named[i]) or lasts)
        named = {self.sensors[i] for i in np.flatnonzero(self._named)}
        return tuple(
            Blockage(self.sensors[i], since, float(self._rise[i]), float(score[i]))
            for i in np.flatnonzero(self._named)
            if self._below.get(self.sensors[i]) not in named
            and (since := self._since[i]) is not None
        )

    def _step(self, time: datetime, levels: Floats, rain: float) -> Floats:
        """The mean residual after these levels, shape ``(n_sensors,)``."""
        assert self._pattern is not None
        hours = 0.0 if self._last is None else (time - self._last).total_seconds() / 3600
        self._last = time
        if rain > WET:
            self._wet_at = time
        wet = self._wet_at is not None and (time - self._wet_at).total_seconds() < DRAINED_H * 3600
        if wet or hours < 0:
            return self._mean.copy()
        usual = self._pattern[_slot(time)]
        residual = np.log(np.maximum(levels, 0.0) + OFFSET_M) - usual
        seen = np.isfinite(residual)
        if seen.sum() >= LEAST_SHARED:
            residual = residual - np.median(residual[seen])
        share = np.where(seen, -np.expm1(-max(hours, 1e-3) / MEAN_H), 0.0)
        # the first readings count fully, else a mean that begins at none would look calm
        self._weight = self._weight + share * (1.0 - self._weight)
        share = np.where(self._weight > 0, share / np.maximum(self._weight, 1e-9), 0.0)
        rise = levels - (np.exp(usual) - OFFSET_M)
        self._mean = self._mean + np.where(seen, share * (residual - self._mean), 0.0)
        self._rise = self._rise + np.where(seen, share * (rise - self._rise), 0.0)
        return self._mean.copy()


def _is_dry(times: Sequence[datetime], rain: Floats | None) -> Flags:
    dry: Flags = np.ones(len(times), dtype=bool)
    wet_at: datetime | None = None
    for i, time in enumerate(times):
        if rain is not None and rain[i] > WET:
            wet_at = time
        dry[i] = wet_at is None or (time - wet_at).total_seconds() >= DRAINED_H * 3600
    return dry


def _step_h(times: Sequence[datetime]) -> float:
    if len(times) < 2:
        return 0.0
    return (times[-1] - times[0]).total_seconds() / 3600 / (len(times) - 1)


def _slot(time: datetime) -> int:
    moment = time.astimezone(UTC)
    return (moment.hour * 60 + moment.minute) * SLOTS // 1440


def _median(values: Floats) -> Floats:
    known = np.isfinite(values).any(axis=0) if len(values) else np.zeros(values.shape[1], bool)
    found = np.full(values.shape[1], np.nan)
    if known.any():
        found[known] = np.nanmedian(values[:, known], axis=0)
    return found


def _filled(pattern: Floats) -> Floats:
    """Quarters of an hour that were never seen, from those beside them."""
    at = np.arange(len(pattern))
    for column in pattern.T:
        known = np.isfinite(column)
        if known.any():
            column[~known] = np.interp(at[~known], at[known], column[known], period=len(pattern))
    return pattern


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else np.nan
