"""From counts on a few streets to the flow on every street: a Bayesian fit of trips to counts.

Flow on a street is the sum over purposes and destinations of a rate, a draw of the destination
and a pattern (`patterns`). Logarithms of rates by hour, of draws, the reach of each purpose and
the spread of routes have normal priors (`street_parameters`); the logarithm of a count is the
logarithm of the flow, plus what the model misses on that street (alike on streets close by along
the network), plus what it misses in that hour, plus the chance of counting. The most probable
parameters are found by Gauss-Newton steps, and everything after is linear around them, so that
estimates on streets without a counter and their uncertainty are the generalised least squares of
E. Cascetta, Estimation of trip matrices from traffic counts and survey data, 1984,
doi:10.1016/0191-2615(84)90012-2, with kriging along the network of what is left over.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kota.errors import NotReadyError, SolutionError
from kota.solutions.people_flow.streets.assignment import Floats, Ints
from kota.solutions.people_flow.streets.parameters import HOURS, Doubt, Parameters
from kota.solutions.people_flow.streets.patterns import Patterns

_HALF: Final = 0.5
"""Added to counts before their logarithm."""
_FARTHEST: Final = 3.0
"""How far an hour's counts may move the logarithm of a flow: beyond, linearity is fiction."""
_WIDEST: Final = 20.0
_STEPS: Final = 15
_STILL: Final = 0.02


@dataclass(frozen=True, slots=True)
class Estimate:
    """Flow on every street.

    Args:
        mean: the median of what it may be `(n_streets,)` [people/h].
        sd: standard deviation of its logarithm, without the chance of who walks in that hour.
    """

    mean: Floats
    sd: Floats

    def interval(self, share: float = 0.8) -> tuple[Floats, Floats]:
        """Limits between which the true number lies with this probability [people/h].

        The number in an hour varies by chance around its mean, as Poisson's.
        """
        from scipy.special import ndtri

        z = float(ndtri(0.5 + share / 2))
        sd = np.sqrt(self.sd**2 + 1.0 / np.maximum(self.mean, _HALF))
        far = np.minimum(z * sd, _WIDEST)
        return self.mean * np.exp(-far), self.mean * np.exp(far)


@dataclass(slots=True)
class StreetModel:
    """A town whose counts have been learnt from.

    Args:
        streets: with a counter `(n_counters,)`.
        slots: hours of the week that were learnt `(n_slots,)`.
        mean: usual logarithm of flow on every street `(n_slots, n_streets)`.
        variance: of it.
        toward: its covariance with what the counters are to say
            `(n_slots, n_streets, n_counters)`.
        shares: of the purposes in the flow `(n_slots, n_streets, n_purposes)`.
        expected: usual logarithm of what each counter says `(n_slots, n_counters)`.
        within: covariance of it `(n_slots, n_counters, n_counters)`.
        near: correlation of what the model misses `(n_streets, n_counters)`.
        doubt: as assumed.
        rates: most probable trips of a unit of each purpose's origin in an hour
            `(n_slots, n_purposes)`, in the order of `Patterns.purpose`.
        draws: most probable draw of each column of the patterns `(n_columns,)`.
        reaches: most probable place of each purpose's reach in `REACHES` `(n_purposes,)`.
    """

    streets: Ints
    slots: Ints
    mean: Floats
    variance: Floats
    toward: Floats
    shares: Floats
    expected: Floats
    within: Floats
    near: Floats
    doubt: Doubt
    rates: Floats
    draws: Floats
    reaches: Floats

    def usual(self, slot: int) -> Estimate:
        """The flow in that hour of the week as a rule."""
        row = self._row(slot)
        return Estimate(np.exp(self.mean[row]), np.sqrt(self.variance[row]))

    def update(self, counts: Floats, slot: int, *, unsure: Floats | float = 0.0) -> Estimate:
        """The flow in one hour, from what the counters say in it, or are to say.

        Args:
            counts: `(n_counters,)` [people/h]; NaN where one says nothing.
            slot: hour of the week, as in `slot_of`.
            unsure: standard deviation of the logarithm of each count beside chance
                `(n_counters,)`, as of a forecast.
        """
        row, doubt = self._row(slot), self.doubt
        told = np.flatnonzero(np.isfinite(counts))
        shares, streets = self.shares[row], self.streets[told]
        moved = doubt.purpose_moment**2 * shares @ shares[streets].T
        moved = moved + doubt.moment**2 * self.near[:, told]
        cross = self.toward[row][:, told] + moved
        variance = self.variance[row] + doubt.moment**2
        variance = variance + doubt.purpose_moment**2 * (shares**2).sum(axis=1)
        expected = self.expected[row][told]
        noise = 1.0 / (np.exp(expected) + _HALF)
        noise = noise + (np.broadcast_to(unsure, counts.shape) ** 2)[told]
        within = self.within[row][np.ix_(told, told)] + moved[streets] + np.diag(noise)
        news = np.log(np.maximum(counts[told], 0.0) + _HALF) - np.log(np.exp(expected) + _HALF)
        gain = np.linalg.solve(within, cross.T).T
        moved = np.clip(gain @ news, -_FARTHEST, _FARTHEST)
        left = np.maximum(variance - np.einsum("ij,ij->i", gain, cross), 1e-6)
        return Estimate(np.exp(self.mean[row] + moved), np.sqrt(left))

    def _row(self, slot: int) -> int:
        found = np.flatnonzero(self.slots == slot)
        if not len(found):
            raise NotReadyError(
                f"hour {slot % HOURS} of day type {slot // HOURS} was never counted",
                hint="learn from counts of a week at least",
            )
        return int(found[0])


def learn(
    patterns: Patterns,
    distance: Floats,
    streets: Ints,
    counts: Floats,
    slots: Ints,
    *,
    doubt: Doubt | None = None,
) -> StreetModel:
    """Learn a town from the counts of some days.

    Args:
        patterns: of its trips.
        distance: along the network from every street to those with a counter
            `(n_streets, n_counters)` [m].
        streets: with a counter `(n_counters,)`.
        counts: `(n_hours, n_counters)` [people/h]; gaps are NaN.
        slots: hour of the week of each row `(n_hours,)`, as in `slot_of`.
        doubt: what is thought of the model beforehand.

    Raises:
        NotReadyError: nothing was counted.
    """
    doubt = doubt or Doubt()
    known = np.unique(slots)
    total = np.array([np.nansum(counts[slots == s], axis=0) for s in known])
    hours = np.array([np.isfinite(counts[slots == s]).sum(axis=0) for s in known])
    if not hours.any():
        raise NotReadyError("no counter has counted anything", hint="give counts of a week")
    near = np.exp(-distance / doubt.street_alike)
    return _Fit(Parameters(patterns, known, doubt), near, streets, total, hours, doubt).model(known)


class _Fit:
    """The Gauss-Newton steps and what follows from them; the parameters are those of the town,
    then what the model and the counter miss at each counter."""

    def __init__(
        self,
        parameters: Parameters,
        near: Floats,
        streets: Ints,
        total: Floats,
        hours: Ints,
        doubt: Doubt,
    ) -> None:
        self._p = parameters
        self._streets = streets
        self._doubt = doubt
        self._near = near
        self._told = hours > 0
        self._log = np.log((total + _HALF) / np.maximum(hours, 1))
        spread = doubt.moment**2 + 1.0 / (total + _HALF)
        self._weight = np.where(self._told, 1.0 / spread, 0.0)
        self._at_counters = doubt.street**2 * near[streets] + doubt.counter**2 * np.eye(
            len(streets)
        )
        self._precision = self._prior()

    def _prior(self) -> Floats:
        size = self._p.size + len(self._streets)
        found = np.zeros((size, size))
        found[: self._p.size, : self._p.size] = self._p.precision()
        found[self._p.size :, self._p.size :] = np.linalg.inv(self._at_counters)
        return found

    def model(self, slots: Ints) -> StreetModel:
        theta = self._climbed()
        _, slopes = self._p.slopes(theta[: self._p.size], self._streets)
        covariance = np.asarray(np.linalg.inv(self._normal(slopes)), dtype=np.float64)
        return self._everywhere(slots, theta, covariance)

    def _climbed(self) -> Floats:
        """The most probable parameters."""
        size = self._p.size
        mean = np.concatenate([self._p.mean, np.zeros(len(self._streets))])
        theta = mean.copy()
        for _ in range(_STEPS):
            log, slopes = self._p.slopes(theta[:size], self._streets)
            pull = self._precision @ (mean - theta)
            pull += self._gathered(slopes, self._weight * (self._log - log - theta[size:]))
            step = np.linalg.solve(self._normal(slopes), pull)
            step *= min(1.0, 1.0 / max(float(np.abs(step).max()), 1e-9))
            theta = theta + step
            theta[:size] = self._p.bounded(theta[:size])
            if np.abs(step).max() < _STILL:
                break
        return theta

    def _gathered(self, slopes: Floats, left: Floats) -> Floats:
        """Slopes times what is left `(n_slots, n_counters)`, summed for each parameter."""
        found = np.zeros(len(self._precision))
        for s in range(self._p.slots):
            found[self._p.active(s)] += slopes[s].T @ left[s]
        found[self._p.size :] += left.sum(axis=0)
        return found

    def _normal(self, slopes: Floats) -> Floats:
        """The matrix of the normal equations."""
        found = self._precision.copy()
        own = np.arange(self._p.size, len(found))
        for s in range(self._p.slots):
            rows = np.concatenate([self._p.active(s), own])
            jacobian = np.hstack([slopes[s], np.eye(len(own))])
            found[np.ix_(rows, rows)] += jacobian.T @ (self._weight[s][:, None] * jacobian)
        return found

    def _everywhere(self, slots: Ints, theta: Floats, covariance: Floats) -> StreetModel:
        p, missed = self._p, self._doubt.street**2 * self._near
        streets = np.arange(len(missed))
        log, slopes = p.slopes(theta[: p.size], streets)
        own = np.arange(p.size, len(covariance))
        lent = np.linalg.solve(self._at_counters, missed.T).T
        alone = self._doubt.street**2 - np.einsum("ij,ij->i", lent, missed)
        shape, counters = log.shape, len(self._streets)
        mean, variance = np.zeros(shape), np.zeros(shape)
        toward = np.zeros((*shape, counters))
        expected = np.zeros((p.slots, counters))
        within = np.zeros((p.slots, counters, counters))
        for s in range(p.slots):
            rows = np.concatenate([p.active(s), own])
            known = covariance[np.ix_(rows, rows)]
            at_streets = np.hstack([slopes[s], lent])
            at_counters = np.hstack([slopes[s][self._streets], np.eye(counters)])
            spread = at_streets @ known
            mean[s] = log[s] + lent @ theta[p.size :]
            variance[s] = np.einsum("ij,ij->i", spread, at_streets) + np.maximum(alone, 0.0)
            toward[s] = spread @ at_counters.T
            expected[s] = log[s][self._streets] + theta[p.size :]
            within[s] = at_counters @ known @ at_counters.T
        return StreetModel(
            self._streets,
            slots,
            mean,
            variance,
            toward,
            slopes[:, :, : p.purposes],
            expected,
            within,
            self._near,
            self._doubt,
            *p.unpacked(theta[: p.size]),
        )


def slot_of(hour: Ints, weekend: NDArray[np.bool_]) -> Ints:
    """The hour of the week that counts are learnt by: of a working day, then of the week's end.

    Args:
        hour: of the local day.
        weekend: whether the day is at the week's end.

    Raises:
        SolutionError: an hour beyond the day.
    """
    if ((hour < 0) | (hour >= HOURS)).any():
        raise SolutionError(f"an hour beyond the day: {hour}", hint="give 0 to 23")
    return hour + HOURS * weekend.astype(np.int64)
