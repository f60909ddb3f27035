"""How full each storage is, what flows in and what its gates let out, known without a model.

The balance of a storage, in fillings and hours, is

    df/dt = a - k u f^p        (1)

with `f` how full it is [0..1], `a` its inflow [1/h], `u` the sum of the settings of its gates, `p`
1/2 for an orifice (Torricelli's law) and 0 for a pump, and `k` the gates' coefficient [1/h].
Neither `a` nor `k` is known. An extended Kalman filter (A. H. Jazwinski, Stochastic Processes and
Filtering Theory, 1970) on (f, a, ln k) follows all three from depths; measured outflow sharpens it.
`ln k` keeps `k` positive and lets one prior span tanks and basins. What is not observed becomes
uncertain in the course of time, and by that the controller is careful. Volume is taken as
proportional to depth.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

SUBSTEP_H = 1 / 60
PRIOR_LN_K, PRIOR_SD = 1.0, 1.5
"""Of gates that empty a full storage within five minutes to two hours (one standard deviation)."""
LEAST_LN_K, MOST_LN_K = -4.0, 3.0
WALK_F, WALK_A, WALK_A_SHARE, WALK_LN_K = 0.01, 0.3, 1.0, 0.15
"""How much filling, inflow [1/h] and coefficient wander in an hour (standard deviations)."""
LEAST_F = 1e-4
MOST_A = 500.0
RESTART_VARIANCE = 0.01


@dataclass(slots=True)
class Observer:
    """The state of all storages, arrays of shape ``(n,)``.

    Args:
        exponent: `p` of equation (1) for each.
    """

    exponent: Floats
    state: Floats = field(init=False)
    covariance: Floats = field(init=False)

    def __post_init__(self) -> None:
        n = len(self.exponent)
        self.state = np.tile([0.0, 0.0, PRIOR_LN_K], (n, 1))
        self.covariance = np.tile(np.diag([1.0, 0.05, PRIOR_SD**2]), (n, 1, 1))

    @property
    def filling(self) -> Floats:
        """How full each is [0..1]."""
        return self.state[:, 0]

    @property
    def inflow(self) -> Floats:
        """What flows in [fillings/h]."""
        return self.state[:, 1]

    @property
    def doubt(self) -> Floats:
        """Standard deviation of the filling."""
        return np.sqrt(self.covariance[:, 0, 0])

    @property
    def gate_doubt(self) -> Floats:
        """Standard deviation of the logarithm of the gates' coefficient."""
        return np.sqrt(self.covariance[:, 2, 2])

    def full_outflow(self, filling: Floats) -> Floats:
        """What gates let out of storages so full at a setting of one [fillings/h]."""
        held = np.maximum(filling, LEAST_F) ** self.exponent
        return np.exp(self.state[:, 2]) * held

    def outflow(self, settings: Floats) -> Floats:
        """What the gates let out at these settings [fillings/h]; nothing if it is empty."""
        return np.where(self.filling > LEAST_F, self.full_outflow(self.filling) * settings, 0.0)

    def predict(self, hours: float, settings: Floats) -> None:
        """Move on by so many hours with the gates at these settings."""
        steps = max(1, int(np.ceil(hours / SUBSTEP_H)))
        for _ in range(steps):
            self._move(hours / steps, settings)

    def update(self, readings: Floats, variances: Floats, seen: Flags) -> None:
        """Take in fillings that were measured, where `seen`."""
        row = np.zeros_like(self.state)
        row[:, 0] = 1.0
        self._correct(row, readings - self.filling, variances, seen)

    def update_outflow(
        self, readings: Floats, variances: Floats, seen: Flags, settings: Floats
    ) -> None:
        """Take in outflows that were measured at these settings [fillings/h], where `seen`."""
        expected = self.outflow(settings)
        row = np.zeros_like(self.state)
        row[:, 2] = expected
        self._correct(row, readings - expected, variances, seen & (expected > 1e-6))

    def restart(self, readings: Floats, where: Flags) -> None:
        """Believe these fillings, and know little of the inflow, where told."""
        self.state[where, 0] = np.clip(readings[where], 0.0, 1.0)
        self.covariance[where, 0, :] = 0.0
        self.covariance[where, :, 0] = 0.0
        self.covariance[where, 0, 0] = RESTART_VARIANCE
        self.covariance[where, 1, 1] += (0.5 + self.state[where, 1]) ** 2

    def _move(self, hours: float, settings: Floats) -> None:
        f, a = self.state[:, 0], self.state[:, 1]
        out = self.outflow(settings)
        # implicit in the outflow, so that a fast gate drains a tank instead of oscillating
        damping = 1.0 + hours * self.exponent * out / np.maximum(f, LEAST_F)
        jacobian = np.tile(np.eye(3), (len(f), 1, 1))
        jacobian[:, 0, 0] = 1.0 / damping
        jacobian[:, 0, 1] = hours / damping
        jacobian[:, 0, 2] = -hours * out / damping
        wander = np.empty_like(self.state)
        wander[:, 0] = WALK_F**2
        wander[:, 1] = (WALK_A + WALK_A_SHARE * a) ** 2
        wander[:, 2] = WALK_LN_K**2
        self.state[:, 0] = np.clip(f + hours * (a - out) / damping, 0.0, 1.0)
        self.covariance = jacobian @ self.covariance @ jacobian.transpose(0, 2, 1)
        self.covariance[:, range(3), range(3)] += wander * hours

    def _correct(self, row: Floats, surprise: Floats, variance: Floats, seen: Flags) -> None:
        spread = np.einsum("nij,nj->ni", self.covariance, row)
        total = np.einsum("ni,ni->n", row, spread) + variance
        gain = np.where(seen[:, None], spread / total[:, None], 0.0)
        self.state += gain * np.where(seen, surprise, 0.0)[:, None]
        self.covariance -= gain[:, :, None] * spread[:, None, :]
        self.covariance = (self.covariance + self.covariance.transpose(0, 2, 1)) / 2
        diagonal = np.einsum("nii->ni", self.covariance)
        self.covariance[:, range(3), range(3)] = np.maximum(diagonal, 1e-10)
        self.state[:, 0] = np.clip(self.state[:, 0], 0.0, 1.0)
        self.state[:, 1] = np.clip(self.state[:, 1], 0.0, MOST_A)
        self.state[:, 2] = np.clip(self.state[:, 2], LEAST_LN_K, MOST_LN_K)
