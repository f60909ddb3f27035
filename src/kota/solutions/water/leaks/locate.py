"""Which pipe a change of a day's vector speaks for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

TELLING = 1e-12
REFINED = 16
MISFIT = 0.06
"""The model's answers to a leak are this far off, relative to themselves."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for a leak at each pipe.

    Args:
        gain: natural logarithm of the likelihood ratio to no leak `(n_pipes,)`.
        flow: that explains the change best [m³/h] `(n_pipes,)`.
    """

    gain: Floats
    flow: Floats

    def mass(self, loose: float = 1.0) -> Floats:
        """Probability of each pipe, given there is a leak `(n_pipes,)`.

        Args:
            loose: how many times as large the misfit is as expected; evidence counts less by it.
        """
        weight = np.exp((self.gain - self.gain.max()) / loose)
        return np.asarray(weight / weight.sum())


def weigh(change: Floats, spread: Floats, signatures: Floats, prior: Floats) -> Evidence:
    """Fit one leak at each pipe by itself.

    Args:
        change: of the day's vector `(m,)`.
        spread: its covariance without a leak `(m, m)`.
        signatures: what 1 m³/h at each pipe adds `(m, n_pipes)`.
        prior: logarithm of each pipe's prior weight `(n_pipes,)`.
    """
    lower = np.linalg.cholesky(spread)
    seen = np.linalg.solve(lower, change)
    expected = np.linalg.solve(lower, signatures)
    power = np.maximum((expected**2).sum(axis=0), TELLING)
    flow = np.maximum(expected.T @ seen / power, 0.0)
    gain = flow * (expected.T @ seen) - flow**2 * power / 2
    return Evidence(gain + prior, flow)


def refine(
    change: Floats,
    spread: Floats,
    rough: Evidence,
    prior: Floats,
    exact: Callable[[int, float], Floats],
) -> Evidence:
    """Weigh the likeliest pipes anew with what the model, run in full, says of them.

    Args:
        change, spread, prior: as for `weigh`.
        rough: what `weigh` found.
        exact: what a leak at a pipe with a flow adds `(m,)`.
    """
    gain, flow = np.full(len(rough.gain), -np.inf), rough.flow.copy()
    for pipe in np.argsort(-rough.gain)[:REFINED].tolist():
        size = float(rough.flow[pipe])
        for _ in range(2):
            if size < 1e-3:
                break
            added = exact(pipe, size)
            fitted = weigh(change, spread, added[:, None] / size, prior[[pipe]])
            size = float(fitted.flow[0])
            gain[pipe], flow[pipe] = fitted.gain[0], size
    return Evidence(gain, flow) if np.isfinite(gain).any() else rough
