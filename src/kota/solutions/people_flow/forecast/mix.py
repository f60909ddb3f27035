"""Experts mixed by how well each has done of late."""

from __future__ import annotations

import numpy as np

from kota.solutions.people_flow.forecast.counts import Floats

_RATE, _SHARE, _POOLED = 3.0, 0.03, 0.8
_FADE = 0.3
_ALMOST = 0.02
_TOLERATED, _VETO, _SHARP = 1.6, 3.0, 4.0
_NETWORK_DOUBT, _OWN_DOUBT = 1.4, 3.0


class Mixture:
    """Convex weights on experts, by sensor and days ahead, learnt from one day after another.

    Exponentiated gradient on the absolute error (Kivinen and Warmuth 1997,
    doi:10.1006/inco.1996.2612) with a fixed share of the prior, that lets experts come back
    (Herbster and Warmuth 1998, doi:10.1023/A:1007424614876). Most of each gradient is the mean
    over all sensors, so that a sensor learns from the others too.

    Forecasts seven days ahead are judged a week after they were made, which is too late at a
    break. So the losses of the last days one day ahead are kept too. An expert that does badly
    there is left out everywhere; and while the mixture for many days ahead does much worse than
    the best one day ahead, its weights give way to what proves itself one day ahead.

    Args:
        leads: days ahead.
        prior: the weight of each expert before anything has come `(n_experts,)`; one in sum.
        sensors: how many.
        near: a mixture of the same experts whose first lead is one day ahead; None: this one's.
    """

    def __init__(
        self, leads: int, prior: Floats, sensors: int, *, near: Mixture | None = None
    ) -> None:
        experts = len(prior)
        self._prior = prior[:, None]
        self.weights = np.broadcast_to(self._prior, (leads, experts, sensors)).copy()
        self._scale = np.full(sensors, np.nan)
        self._late = np.zeros((leads, sensors))
        self._next = np.zeros((experts, sensors))
        self._volume = np.zeros(sensors)
        self._near = self if near is None else near

    def mixed(self, forecasts: Floats, lead: int) -> Floats:
        """The mean of forecasts `(n_experts, n_hours, n_sensors)` by the present weights."""
        ratio = self._near.ratios()
        penalty = _VETO * np.maximum(ratio - _TOLERATED, 0.0)
        weights = self.weights[lead] * np.exp(penalty.min(axis=0) - penalty)
        weights = weights / weights.sum(axis=0)
        score = _SHARP * ratio
        proven = np.exp(score.min(axis=0) - score)
        proven = proven / proven.sum(axis=0)
        given = self.doubt()[lead]
        return _mean((1 - given) * weights + given * proven, forecasts)

    def losses(self) -> Floats:
        """Of the last days, one day ahead `(n_experts, n_sensors)`; never quite nought."""
        return self._next + _ALMOST * self._volume + 1e-9

    def ratios(self) -> Floats:
        """Those losses over the best expert's, half the sensor's own and half the network's."""
        losses = self.losses()
        network = losses.sum(axis=1, keepdims=True)
        ratio: Floats = 0.5 * network / network.min() + 0.5 * losses / losses.min(axis=0)
        return ratio

    def doubt(self) -> Floats:
        """How far the weights are to give way `(n_leads, n_sensors)`, between nought and one."""
        best = self._near.losses()
        network = self._late.sum(axis=1, keepdims=True) / best.sum(axis=1).min()
        own = self._late / best.min(axis=0)
        much = np.maximum(network - _NETWORK_DOUBT, (own - _OWN_DOUBT) / 2.0)
        given: Floats = np.clip(much, 0.0, 1.0)
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
        gradient = (1 - _POOLED) * slope + _POOLED * network
        gradient -= gradient.mean(axis=0)
        grown = self.weights[lead] * np.exp(-_RATE * np.clip(gradient, -1.0, 1.0))
        grown /= grown.sum(axis=0)
        self.weights[lead] = (1 - _SHARE) * grown + _SHARE * self._prior


def _mean(weights: Floats, forecasts: Floats) -> Floats:
    mean: Floats = (weights[:, None, :] * forecasts).sum(axis=0)
    return mean
