"""Linear models that learn as time goes on, by least absolute deviations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from kota.solutions.people_flow.forecast.counts import Floats

MODELS: Final = {"network": 0.08, "network of late": 0.2, "sensor": 0.5}
"""The models, and the weight of each before it has proved itself."""
_LONG, _FAST, _SENSOR = 240.0, 10.0, 120.0
_MEMORY, _BORROWED, _LEAST = 0.05, 0.3, 0.0004
_RIDGE, _FLOOR = 30.0, 0.05


@dataclass(slots=True)
class Sums:
    """Weighted sums that linear models are solved from; the old is forgotten step by step.

    Args:
        matrix: `(..., size, size)`.
        vector: `(..., size)`.
        half_life: of a sample's weight [steps].
    """

    matrix: Floats
    vector: Floats
    half_life: float

    def add(self, matrix: Floats, vector: Floats) -> None:
        """Forget a little, and add what new samples bring."""
        keep = 0.5 ** (1.0 / self.half_life)
        self.matrix = keep * self.matrix + matrix
        self.vector = keep * self.vector + vector


class Learner:
    """Three linear models of the same features: of the network, of it of late, of each sensor.

    Absolute deviations are had by weighting each sample with the inverse of its error at the time
    (iteratively reweighted least squares, Schlossmacher 1973, doi:10.1080/01621459.1973.10481450),
    so that nothing but sums need be kept. What happened of late leans on the network's long
    memory, and a sensor on the network: their sums are added with a small weight.

    Args:
        size: number of features.
        sensors: how many.
    """

    def __init__(self, size: int, sensors: int) -> None:
        matrix, vector = np.zeros((size, size)), np.zeros(size)
        each, each_vector = np.zeros((sensors, size, size)), np.zeros((sensors, size))
        self._long = Sums(matrix, vector, _LONG)
        self._fast = Sums(matrix, vector, _FAST)
        self._each = Sums(each, each_vector, _SENSOR)

    def learn(self, matrix: Floats, vector: Floats) -> None:
        """Take in the sums of a day by sensor `(n_sensors, size, size)`, `(n_sensors, size)`."""
        self._each.add(matrix, vector)
        self._long.add(matrix.sum(axis=0), vector.sum(axis=0))
        self._fast.add(matrix.sum(axis=0), vector.sum(axis=0))

    def coefficients(self) -> Floats:
        """Of the `MODELS`, for each sensor `(n_models, n_sensors, size)`."""
        long, fast, each = self._long, self._fast, self._each
        ridge = _RIDGE * np.eye(len(long.vector))
        network = np.linalg.solve(long.matrix + ridge, long.vector)
        late = np.linalg.solve(
            fast.matrix + _MEMORY * long.matrix + ridge, fast.vector + _MEMORY * long.vector
        )
        total = max(float(np.trace(long.matrix)), 1e-9)
        mass = np.trace(each.matrix, axis1=1, axis2=2) / total
        share = _BORROWED * np.maximum(mass, _LEAST)
        own = np.linalg.solve(
            each.matrix + share[:, None, None] * (long.matrix + ridge),
            (each.vector + share[:, None] * long.vector)[:, :, None],
        )[:, :, 0]
        shape = own.shape
        return np.stack([np.broadcast_to(network, shape), np.broadcast_to(late, shape), own])


def sums(features: Floats, target: Floats, weight: Floats, guess: Floats) -> tuple[Floats, Floats]:
    """What samples add to the sums of each sensor.

    Args:
        features: `(n_samples, n_sensors, size)`.
        target: `(n_samples, n_sensors)`; NaN where unknown.
        weight: likewise.
        guess: what was forecast for them, likewise.

    Returns:
        Matrices `(n_sensors, size, size)` and vectors `(n_sensors, size)`.
    """
    known = ~np.isnan(target) & ~np.isnan(guess) & ~np.isnan(weight)
    error = np.where(known, np.abs(target - guess), 1.0)
    w = np.where(known, weight, 0.0) / np.maximum(error, _FLOOR)
    x = features.transpose(1, 0, 2)
    weighted = (x * w.T[:, :, None]).transpose(0, 2, 1)
    y = np.where(known, target, 0.0).T[:, :, None]
    return weighted @ x, (weighted @ y)[:, :, 0]
