"""Experts mixed by how well each has done of late."""

from __future__ import annotations

import numpy as np

from kota.solutions.people_flow.forecast_counts import Floats

RATE, SHARE, POOLED = 3.0, 0.01, 0.8
_FADE = 0.3
_SHARP = 4.0
T1, T2, VETO = 1.4, 3.0, 3.0


class Mixture:
    """Convex weights on experts, by sensor and days ahead, learnt from one day after another.

    Exponentiated gradient on the absolute error (Kivinen and Warmuth 1997,
    doi:10.1006/inco.1996.2612) with a fixed share that lets any expert come back at once
    (Herbster and Warmuth 1998, doi:10.1023/A:1007424614876). Most of each gradient is the mean
    over all sensors, so that a sensor learns from the others too.

    Forecasts seven days ahead are judged a week after they were made, which is too late at a
    break. So the losses of the last days are kept too: while the mixture for many days ahead does
    much worse than the best that is known one day ahead, its weights give way to what proves
    itself one day ahead.

    Args:
        leads: days ahead.
        experts, sensors: how many.
    """

    def __init__(self, leads: int, experts: int, sensors: int) -> None:
        self.weights = np.full((leads, experts, sensors), 1.0 / experts)
        self._scale = np.full(sensors, np.nan)
        self._late = np.zeros((leads, sensors))
        self._next = np.zeros((experts, sensors))
        self._volume = np.zeros(sensors)

    def mixed(self, forecasts: Floats, lead: int) -> Floats:
        """The mean of forecasts `(n_experts, n_hours, n_sensors)` by the present weights."""
        weights = self.weights[lead]
        if self._volume.any():
            ratio = self._ratios()
            weights = weights * np.exp(-VETO * np.maximum(ratio - 1.6, 0.0))
            weights = weights / weights.sum(axis=0)
            give = self.distrust()[lead]
            weights = (1 - give) * weights + give * self._proven(ratio)
        return _mean(weights, forecasts)

    def _ratios(self) -> Floats:
        """Late losses one day ahead, over the best expert's `(n_experts, n_sensors)`."""
        losses = self._next + 0.02 * self._volume
        network = losses.sum(axis=1, keepdims=True) / max(losses.sum(axis=1).min(), 1e-9)
        own = losses / np.maximum(losses.min(axis=0), 1e-9)
        ratio: Floats = 0.5 * network + 0.5 * own
        return ratio

    def distrust(self) -> Floats:
        """How far the weights give way `(n_leads, n_sensors)`, between nought and one."""
        if not self._volume.any():
            return self._late
        losses = self._next + 0.02 * self._volume
        network = self._late.sum(axis=1, keepdims=True) / max(losses.sum(axis=1).min(), 1e-9)
        own = self._late / np.maximum(losses.min(axis=0), 1e-9)
        given: Floats = np.clip(np.maximum(network - T1, (own - T2) / 2.0), 0.0, 1.0)
        return given

    def learn(self, forecasts: list[Floats | None], truth: Floats) -> None:
        """Move the weights after the counts of a day have come.

        Args:
            forecasts: for each lead what was forecast for that day, or None.
            truth: `(n_hours, n_sensors)`; NaN is passed over.
        """
        counted = (~np.isnan(truth)).sum(axis=0)
        level = np.where(np.isnan(truth), 0.0, truth).sum(axis=0) / np.maximum(counted, 1)
        moved = np.where(np.isnan(self._scale), level, 0.9 * self._scale + 0.1 * level)
        self._scale = np.where(counted > 0, moved, self._scale)
        self._volume = _FADE * self._volume + level
        for lead, given in enumerate(forecasts):
            if given is None:
                continue
            known = ~np.isnan(truth) & ~np.isnan(given).any(axis=0)
            mass = np.maximum(known.sum(axis=0), 1)
            ahead = _mean(self.weights[lead], given)
            wrong = np.where(known, ahead - truth, 0.0)
            self._move(lead, np.where(known, given, 0.0), np.sign(wrong), mass)
            self._late[lead] = _FADE * self._late[lead] + np.abs(wrong).sum(axis=0) / mass
            if lead == 0:
                error = np.where(known, np.abs(given - truth), 0.0).sum(axis=1) / mass
                self._next = _FADE * self._next + error

    def _move(self, lead: int, forecasts: Floats, sign: Floats, mass: Floats) -> None:
        slope = (sign * forecasts).sum(axis=1) / mass / (np.nan_to_num(self._scale) + 1.0)
        seen = np.abs(sign).sum(axis=0) > 0
        if not seen.any():
            return
        network = slope[:, seen].mean(axis=1, keepdims=True)
        gradient = (1 - POOLED) * slope + POOLED * network
        gradient -= gradient.mean(axis=0)
        grown = self.weights[lead] * np.exp(-RATE * np.clip(gradient, -1.0, 1.0))
        grown /= grown.sum(axis=0)
        self.weights[lead] = (1 - SHARE) * grown + SHARE / len(grown)

    def _proven(self, ratio: Floats) -> Floats:
        """Weights by the losses of the last days, one day ahead `(n_experts, n_sensors)`."""
        score = _SHARP * ratio
        weight = np.exp(-(score - score.min(axis=0)))
        proven: Floats = weight / weight.sum(axis=0)
        return proven


def _mean(weights: Floats, forecasts: Floats) -> Floats:
    mean: Floats = (weights[:, None, :] * forecasts).sum(axis=0)
    return mean
