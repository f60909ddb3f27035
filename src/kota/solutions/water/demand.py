"""What people and trade draw from the network, hour by hour, as a simulated plant needs it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

HOMES, TRADE, STEADY = 0, 1, 2
"""Columns of the bases: homes, trade and services, and what runs day and night."""


def _mean_one(text: str) -> Floats:
    """A daily curve of hourly values, closed to a ring, with a mean of one."""
    values = np.array([float(word) for word in text.split()])
    closed: Floats = np.append(values, values[0])
    return closed / float(values.mean())


_HOMES = _mean_one(
    "0.42 0.34 0.30 0.30 0.42 0.85 1.55 1.95 1.60 1.25 1.10 1.05 "
    "1.10 1.02 0.92 0.90 0.98 1.20 1.52 1.62 1.42 1.12 0.82 0.58"
)
_TRADE = _mean_one(
    "0.25 0.22 0.20 0.20 0.28 0.45 0.75 1.10 1.45 1.65 1.72 1.75 "
    "1.70 1.60 1.62 1.60 1.50 1.35 1.25 1.15 0.95 0.70 0.45 0.32"
)
_FRIDAY = 4
_PRAYER = (13.2, 0.7)
_PERIODS_S = np.array([1_900.0, 5_300.0, 16_700.0, 49_000.0, 151_000.0, 421_000.0])
_AMPLITUDES = np.array([0.045, 0.045, 0.05, 0.05, 0.05, 0.04])


class Demand:
    """Demand at each junction as a function of time: the same time gives the same demand.

    It is base · profile · (1 + wander). The profiles are daily curves with a mean of one: homes
    with a morning and an evening peak and a later, fuller weekend; trade by day, halved while
    Friday prayers last. The wander of each junction is a sum of slow waves of its own phase.

    Args:
        bases: averages `(n_junctions, 3)` [m³/h] of homes, trade and steady users.
        seed: of the phases.
        leakage: share of the average total that leaks away, evenly in time.
    """

    def __init__(self, bases: Floats, *, seed: int, leakage: float = 0.0) -> None:
        self.bases = np.asarray(bases, dtype=np.float64)
        rng = np.random.default_rng([seed, 101])
        self._phases = rng.uniform(0, 2 * np.pi, (len(self.bases), len(_PERIODS_S)))
        self._leak = leakage * self.bases.sum(axis=1)

    def metered(self, local: Sequence[int] | NDArray[np.int64]) -> Floats:
        """What the meters of customers see.

        Args:
            local: times `(n_steps,)` [s since the epoch, local wall time].

        Returns:
            Demands `(n_steps, n_junctions)` [m³/h].
        """
        times = np.asarray(local, dtype=np.int64)
        shares = np.stack([_homes(times), _trade(times), np.ones(len(times))])
        waves = np.sin(2 * np.pi * times[:, None, None] / _PERIODS_S + self._phases[None, :, :])
        wander: Floats = 1.0 + waves @ _AMPLITUDES
        demands: Floats = (shares.T @ self.bases.T) * wander
        return demands

    def drawn(self, local: Sequence[int] | NDArray[np.int64]) -> Floats:
        """What leaves the network, leakage included; as `metered`."""
        drawn: Floats = self.metered(local) + self._leak
        return drawn


def _homes(local: NDArray[np.int64]) -> Floats:
    hour = (local % 86_400) / 3600
    weekend = _weekday(local) >= 5
    shape = np.where(weekend, _curve(_HOMES, hour - 0.9) * 1.06, _curve(_HOMES, hour))
    return np.asarray(shape)


def _trade(local: NDArray[np.int64]) -> Floats:
    hour = (local % 86_400) / 3600
    weekday = _weekday(local)
    prayer = np.exp(-(((hour - _PRAYER[0]) / _PRAYER[1]) ** 2)) * (weekday == _FRIDAY)
    week = np.where(weekday == 6, 0.78, np.where(weekday == 5, 0.95, 1.03))
    return np.asarray(_curve(_TRADE, hour) * week * (1 - 0.5 * prayer))


def _weekday(local: NDArray[np.int64]) -> NDArray[np.int64]:
    """0 is Monday; the epoch was a Thursday."""
    return (local // 86_400 + 3) % 7


def _curve(curve: Floats, hour: Floats) -> Floats:
    values: Floats = np.interp(hour % 24, np.arange(25), curve)
    return values
