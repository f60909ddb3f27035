"""Monsoon Friday's storm, and the forecast that sees it come."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kota.demo.story import midnight
from kota.model.instant import SECOND, render

Floats = NDArray[np.float64]

STEP_S: Final = 600
AHEAD_STEPS: Final = 18
"""The forecast reaches three hours ahead, in steps of ten minutes."""
_LONGEST_H = 2.0
_TOTAL_MM = (37.0, 41.0)
_PEAK_H = (16.65, 16.85)
_WIDTH_H = 0.42
_WRONG = 0.14
"""How wrong a forecast of an hour ahead is: standard deviation of the logarithm of its rain."""
_LATE_S = 300.0
"""And of its time [s]."""


@dataclass(frozen=True, slots=True)
class Storm:
    """A shower that swells and dies down like a bell.

    Args:
        peak: when it rains most [s since the epoch].
        total: all that falls [mm].
        width: of the bell [s].
    """

    peak: float
    total: float
    width: float

    def fallen(self, times: NDArray[np.int64] | Floats, *, step: int = STEP_S) -> Floats:
        """Rain in the step before each instant [mm], `(n_times,)`."""
        middle = (np.asarray(times, dtype=np.float64) - step / 2 - self.peak) / self.width
        near = np.abs(middle) * self.width < _LONGEST_H * 3600
        bell = np.where(near, np.exp(-(middle**2)), 0.0)
        fallen: Floats = self.total * bell * step / (self.width * np.sqrt(np.pi))
        return np.where(fallen < 0.02, 0.0, fallen)


def storm(seed: int) -> Storm:
    """The storm of the day, between four and half past five in the afternoon.

    Args:
        seed: of the town.
    """
    rng = np.random.default_rng([seed, 16])
    peak = midnight() / SECOND + rng.uniform(*_PEAK_H) * 3600
    return Storm(peak, rng.uniform(*_TOTAL_MM), _WIDTH_H * 3600)


def forecast(at: int, *, seed: int, rest: Floats) -> dict[str, list[float] | list[str]]:
    """What the weather service expects at an instant.

    It knows the rain to come, wrongly: the more so the further it lies ahead, and with one error
    for the whole of the next hours, as forecasts are wrong.

    Args:
        at: when it is made [s since the epoch].
        seed: of its errors.
        rest: rain besides the storm in each step ahead `(AHEAD_STEPS,)` [mm].

    Returns:
        Ends of the steps, rain [mm/h] and its standard deviation [mm/h].
    """
    rng = np.random.default_rng([seed, 17, at])
    ahead = np.arange(1, AHEAD_STEPS + 1)
    times = at + ahead * STEP_S
    real = storm(seed)
    hours = max((real.peak - at) / 3600.0, 0.0)
    spread = _WRONG * np.sqrt(min(hours, 3.0))
    shifted = Storm(
        real.peak + rng.normal() * _LATE_S * min(hours, 3.0),
        real.total * float(np.exp(rng.normal() * spread - spread**2 / 2)),
        real.width,
    )
    rain = (shifted.fallen(times) + rest) * 3600 / STEP_S
    doubt = rain * (0.1 + spread)
    return {
        "at": [render(int(time) * SECOND) for time in times],
        "rain": rain.round(1).tolist(),
        "uncertainty": doubt.round(1).tolist(),
    }
