"""How strongly a change of the signals speaks for a burst, and for which.

The change of a window is the mean of the signals' residuals in it less their mean over the day
before. Without a burst it is taken to be normal with a covariance that is learned for each length
of window and scaled by the hour of the day; the generalised likelihood ratio of a burst at each
candidate, of any size, is (sᵀ S⁻¹ x)² / (2 sᵀ S⁻¹ s) with s its signature (A. S. Willsky and
H. L. Jones, A generalized likelihood ratio approach, 1976, doi:10.1109/TAC.1976.1101146).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]

SHRUNK = 0.15
"""Share of the covariance that is taken as independent."""
CLIPPED = 5.0
"""Learned from changes held within so many standard deviations."""
HOURS = 24
LEAST_POWER = 1e-12
MISFIT = 0.25
"""A known burst moves the signals otherwise by this share at other hours of the day."""
KEPT = 64
"""Inverses for so many sets of signals that are told."""


@dataclass(frozen=True, slots=True)
class Fit:
    """What a change speaks for.

    Args:
        gain: logarithm of the likelihood ratio to no burst `(n_candidates,)`.
        flow: of the burst that fits best [m³/h] `(n_candidates,)`.
        odd: the same for a shift of one signal alone, the largest over those that may be faulty.
        faulty: that signal's index.
        whole: half the squared distance of the change from nothing: the most that any cause
            could explain.
    """

    gain: Floats
    flow: Floats
    odd: float
    faulty: int
    whole: float


@dataclass(frozen=True, slots=True)
class Chance:
    """How changes of one length of window vary by chance.

    Args:
        covariance: `(n, n)`.
        hourly: factor of it by hour of the day `(24,)`.
    """

    covariance: Floats
    hourly: Floats
    _inverses: dict[bytes, Floats] = field(default_factory=dict, repr=False)
    _powers: dict[bytes, tuple[Floats, Floats, Floats]] = field(default_factory=dict, repr=False)

    @classmethod
    def learn(cls, changes: Floats, hours: Ints, floor: Floats) -> Chance:
        """Learn from changes without a burst.

        Args:
            changes: `(k, n)`, NaN: silent.
            hours: of the day at which they end `(k,)`.
            floor: least standard deviations that are believed `(n,)`.
        """
        wide = 1.4826 * _median(np.abs(changes))
        spread = np.maximum(np.nan_to_num(wide), floor)
        held = np.nan_to_num(np.clip(changes / spread, -CLIPPED, CLIPPED))
        share = np.maximum((~np.isnan(changes)).mean(axis=0), 0.05)
        correlation = held.T @ held / max(len(held), 1) / np.sqrt(np.outer(share, share))
        diagonal = np.maximum(np.diag(correlation), 0.25)
        correlation *= 1 - SHRUNK
        correlation[np.diag_indices(len(correlation))] = diagonal
        covariance = correlation * np.outer(spread, spread)
        covariance[np.diag_indices(len(covariance))] += floor**2
        apart = np.einsum("ij,jk,ik->i", held, np.linalg.inv(correlation), held)
        return cls(covariance, _by_hour(apart / changes.shape[1], hours))

    def loosened(self, shifts: Sequence[Floats]) -> Chance:
        """The same where known bursts' effects change with the load, which is not known well.

        Args:
            shifts: of the signals by each `(n,)`.
        """
        covariance: Floats = self.covariance.copy()
        for shift in shifts:
            wrong: Floats = MISFIT * shift
            covariance = covariance + np.outer(wrong, wrong) + np.diag(wrong**2)
        return Chance(covariance, self.hourly)

    def inverse(self, told: Flags) -> Floats:
        """Of the covariance of the signals that are told, before the hour's factor."""
        key = told.tobytes()
        if key not in self._inverses:
            if len(self._inverses) > KEPT:
                self._inverses.clear()
            part: Floats = self.covariance[np.ix_(told, told)]
            self._inverses[key] = np.asarray(np.linalg.inv(part), dtype=np.float64)
        return self._inverses[key]

    def weigh(self, change: Floats, hour: int, signatures: Floats, fallible: Flags) -> Fit:
        """Fit a burst at each candidate by itself.

        Args:
            change: `(n,)`, NaN: silent.
            hour: of the day.
            signatures: what 1 m³/h adds `(n, n_candidates)`.
            fallible: signals that a fault of their own may shift `(n,)`.
        """
        told = ~np.isnan(change)
        inverse = self.inverse(told)
        factor = self.hourly[hour]
        pull = inverse @ change[told]
        seen, power = self._expected(told, signatures)
        flow = np.maximum(seen.T @ pull / power, 0.0)
        alone = np.where(fallible[told], pull**2 / np.diag(inverse) / 2, 0.0) / factor
        worst = int(np.argmax(alone))
        return Fit(
            flow**2 * power / 2 / factor,
            flow,
            float(alone[worst]),
            int(np.flatnonzero(told)[worst]),
            float(change[told] @ pull / 2 / factor),
        )

    def _expected(self, told: Flags, signatures: Floats) -> tuple[Floats, Floats]:
        """Signatures of the signals that are told, and sᵀ S⁻¹ s of each; the last are kept."""
        key = told.tobytes()
        kept = self._powers.get(key)
        if kept is None or kept[0] is not signatures:
            seen = signatures if told.all() else signatures[told]
            power = np.maximum((seen * (self.inverse(told) @ seen)).sum(axis=0), LEAST_POWER)
            if len(self._powers) > KEPT:
                self._powers.clear()
            self._powers[key] = kept = (signatures, seen, power)
        return kept[1], kept[2]

    def along(self, change: Floats, hour: int, shift: Floats) -> tuple[float, float]:
        """How far a change goes along a known shift: as a multiple of it, and its gain."""
        told = ~np.isnan(change)
        pull = self.inverse(told) @ shift[told]
        power = max(float(shift[told] @ pull), LEAST_POWER)
        size = float(change[told] @ pull) / power
        return size, size**2 * power / 2 / float(self.hourly[hour])


def _median(values: Floats) -> Floats:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a signal that was never told
        return np.asarray(np.nanmedian(values, axis=0))


def _by_hour(apart: Floats, hours: Ints) -> Floats:
    """Mean by hour, smoothed over its neighbours, never far from the mean of all."""
    mean = np.array([apart[hours == h].mean() if (hours == h).any() else 1.0 for h in range(HOURS)])
    smooth = (np.roll(mean, 1) + 2 * mean + np.roll(mean, -1)) / 4
    return np.asarray(np.clip(smooth, 0.3, 5.0))
