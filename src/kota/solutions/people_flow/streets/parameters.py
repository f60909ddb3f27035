"""What the trips of a town depend on, and how the flow on its streets follows from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from kota.solutions.people_flow.streets.assignment import Floats, Ints
from kota.solutions.people_flow.streets.patterns import REACHES, SPREADS, Patterns
from kota.solutions.people_flow.streets.purposes import PURPOSES

HOURS: Final = 24
_LEAST: Final = 1e-3
_STEP: Final = 0.25


@dataclass(frozen=True, slots=True)
class Doubt:
    """How far things may be from what is assumed; standard deviations of logarithms.

    Args:
        level: of the trips of a purpose in a day.
        hour: of their share in an hour, correlated over `hours_alike`.
        day_type: of an hour at the week's end against the same of a working day.
        draw: of a destination, for whatever purpose.
        own_draw: of a destination for one purpose against the others.
        reach, spread: of the positions in `REACHES` and `SPREADS`.
        street: what the model misses on a street always; correlated over `street_alike` [m].
        moment: what it misses on a street in an hour.
        purpose_moment: of the trips of a purpose in one hour against the same hour usually.
        counter: of what a counter sees.
    """

    level: float = 1.0
    hour: float = 0.6
    hours_alike: float = 2.0
    day_type: float = 0.6
    draw: float = 0.4
    own_draw: float = 0.3
    reach: float = 0.8
    spread: float = 0.7
    street: float = 0.6
    street_alike: float = 200.0
    moment: float = 0.15
    purpose_moment: float = 0.25
    counter: float = 0.06


class Parameters:
    """The parameters of a town in one vector: rates by purpose and slot, draws by column,
    reaches by purpose, and the spread of routes.

    Args:
        patterns: of its trips.
        slots: hours of the week that matter `(n_slots,)`.
        doubt: what is thought of them beforehand.
    """

    def __init__(self, patterns: Patterns, slots: Ints, doubt: Doubt) -> None:
        self._patterns = patterns
        self._slots = slots
        purposes, self._of = np.unique(patterns.purpose, return_inverse=True)
        self.purposes, self.slots, self.columns = len(purposes), len(slots), len(self._of)
        self._draws = self.purposes * self.slots
        self._reach = self._draws + self.columns
        self.size = self._reach + self.purposes + 1
        self.mean = self._mean(purposes)
        self._rate_covariance = self._rates(doubt)
        same = np.array(patterns.group)[:, None] == np.array(patterns.group)[None, :]
        self._draw_covariance = doubt.draw**2 * same + doubt.own_draw**2 * np.eye(self.columns)
        self._route_sd = np.append(np.full(self.purposes, doubt.reach), doubt.spread)

    def _mean(self, purposes: Ints) -> Floats:
        mean = np.zeros(self.size)
        hours = self._slots % HOURS
        rates = [np.log(PURPOSES[k].rate * PURPOSES[k].day[hours]) for k in purposes]
        mean[: self._draws] = np.concatenate(rates)
        mean[self._reach : -1] = (len(REACHES) - 1) / 2
        mean[-1] = (len(SPREADS) - 1) / 2
        return mean

    def _rates(self, doubt: Doubt) -> Floats:
        """Covariance of the rates of one purpose `(n_slots, n_slots)`."""
        hours, kinds = self._slots % HOURS, self._slots // HOURS
        apart = np.abs(hours[:, None] - hours[None, :])
        alike = np.exp(-np.minimum(apart, HOURS - apart) / doubt.hours_alike)
        same = kinds[:, None] == kinds[None, :]
        found: Floats = doubt.level**2 + (doubt.hour**2 + doubt.day_type**2 * same) * alike
        return found

    def precision(self) -> Floats:
        """Inverse of the covariance beforehand `(size, size)`."""
        found = np.zeros((self.size, self.size))
        rates = np.linalg.inv(self._rate_covariance)
        for k in range(self.purposes):
            block = slice(k * self.slots, (k + 1) * self.slots)
            found[block, block] = rates
        draws = slice(self._draws, self._reach)
        found[draws, draws] = np.linalg.inv(self._draw_covariance)
        rest = np.arange(self._reach, self.size)
        found[rest, rest] = self._route_sd**-2
        return found

    def bounded(self, theta: Floats) -> Floats:
        """Parameters with reaches and spread within their grids."""
        found = theta.copy()
        found[self._reach : -1] = np.clip(theta[self._reach : -1], 0.0, len(REACHES) - 1.0)
        found[-1] = np.clip(theta[-1], 0.0, len(SPREADS) - 1.0)
        return found

    def unpacked(self, theta: Floats) -> tuple[Floats, Floats, Floats]:
        """Rates `(n_slots, n_purposes)`, draws `(n_columns,)` and reaches `(n_purposes,)`."""
        rates = np.exp(theta[: self._draws].reshape(self.purposes, self.slots)).T
        return rates, np.exp(theta[self._draws : self._reach]), theta[self._reach : -1].copy()

    def active(self, slot: int) -> Ints:
        """The parameters that matter in a slot, as `slopes` orders them."""
        rates = np.arange(self.purposes) * self.slots + slot
        return np.concatenate([rates, np.arange(self._draws, self.size)])

    def flow(self, theta: Floats, streets: Ints) -> Floats:
        """Flow `(n_slots, n_streets)` [people/h]."""
        per_trip = self._per_trip(theta[self._reach : -1], theta[-1], streets)
        found: Floats = self._parts(theta, per_trip).sum(axis=1) + _LEAST
        return found

    def slopes(self, theta: Floats, streets: Ints) -> tuple[Floats, Floats]:
        """Logarithm of the flow `(n_slots, n_streets)`, and its slopes along the parameters that
        are active in each slot `(n_slots, n_streets, n_active)`."""
        reach, spread = theta[self._reach : -1], float(theta[-1])
        parts = self._parts(theta, self._per_trip(reach, spread, streets))
        flow = parts.sum(axis=1) + _LEAST
        share = parts / flow[:, None, :]
        longer = self._change(theta, streets, reach, spread, along_reach=True) / flow[:, None, :]
        wider = self._change(theta, streets, reach, spread, along_reach=False) / flow[:, None, :]
        slopes = np.concatenate(
            [
                self._by_purpose(share),
                share,
                self._by_purpose(longer),
                wider.sum(axis=1, keepdims=True),
            ],
            axis=1,
        )
        return np.log(flow), slopes.transpose(0, 2, 1)

    def _change(
        self, theta: Floats, streets: Ints, reach: Floats, spread: float, *, along_reach: bool
    ) -> Floats:
        """Change of each column's flow per step of its reach, or of the spread."""
        step_r, step_s = (_STEP, 0.0) if along_reach else (0.0, _STEP)
        more = self._per_trip(reach + step_r, spread + step_s, streets)
        less = self._per_trip(reach - step_r, spread - step_s, streets)
        return self._parts(theta, (more - less) / (2 * _STEP))

    def _parts(self, theta: Floats, per_trip: Floats) -> Floats:
        """Flow of each column `(n_slots, n_columns, n_streets)`."""
        rates = np.exp(theta[: self._draws].reshape(self.purposes, self.slots))[self._of]
        draws = np.exp(theta[self._draws : self._reach])
        parts: Floats = (rates * draws[:, None]).T[:, :, None] * per_trip[None]
        return parts

    def _by_purpose(self, columns: Floats) -> Floats:
        """Sums over the columns of each purpose `(n_slots, n_purposes, n_streets)`."""
        member = (self._of[None, :] == np.arange(self.purposes)[:, None]).astype(float)
        summed: Floats = np.einsum("kc,sce->ske", member, columns, optimize=True)
        return summed

    def _per_trip(self, reach: Floats, spread: float, streets: Ints) -> Floats:
        """Patterns between those of the grid `(n_columns, n_streets)`."""
        columns = np.arange(self.columns)
        near, share_r = _between(reach, len(REACHES))
        low, share_s = _between(np.array([spread]), len(SPREADS))
        near, share_r = near[self._of], share_r[self._of][:, None]
        flow = self._patterns.flow
        found = np.zeros((self.columns, len(streets)))
        for i, weight in ((0, 1 - share_s[0]), (1, share_s[0])):
            for j, inner in ((0, 1 - share_r), (1, share_r)):
                found += weight * inner * flow[int(low[0]) + i, near + j, columns][:, streets]
        return found


def _between(position: Floats, count: int) -> tuple[Ints, Floats]:
    """The grid point below a position, and how far beyond it is [0..1]."""
    inside = np.clip(position, 0.0, count - 1.0)
    below = np.minimum(inside.astype(np.int64), count - 2)
    return below, inside - below
