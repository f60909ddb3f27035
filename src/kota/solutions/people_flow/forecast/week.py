"""One week of forecasts, some weeks after its origin, learnt day by day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from kota.solutions.people_flow.forecast.counts import DAY, WEEK, Floats
from kota.solutions.people_flow.forecast.experts import PLAIN, plain_experts
from kota.solutions.people_flow.forecast.features import SPECIAL, features
from kota.solutions.people_flow.forecast.intervals import LEVELS, Spread
from kota.solutions.people_flow.forecast.learn import MODELS, Learner, sums
from kota.solutions.people_flow.forecast.mix import Mixture
from kota.solutions.people_flow.forecast.past import Past, Profile

LEADS: Final = WEEK // DAY
PRIOR: Final = np.array([*PLAIN.values(), *MODELS.values()])
"""The weight of each expert before it has proved itself, as found good in quiet times."""


@dataclass(frozen=True, slots=True)
class _Issued:
    """What was said at an origin.

    Args:
        profile: of the origin.
        features: `(WEEK, n_sensors, n_features)`.
        experts: `(n_experts, WEEK, n_sensors)` [people in an hour].
        middle: `(WEEK, n_sensors)`, their mixture.
    """

    profile: Profile
    features: Floats
    experts: Floats
    middle: Floats


class WeekAhead:
    """Learns to forecast one week.

    Args:
        past: counts and calendar.
        week: how many weeks after its origin it begins.
        near: what forecasts the first week; None: this one.
    """

    def __init__(self, past: Past, week: int = 0, *, near: WeekAhead | None = None) -> None:
        sensors = len(past.clean.raw.sensors)
        self._past = past
        self._week = week
        self._learner: Learner | None = None
        self._mixture: Mixture = Mixture(
            LEADS,
            PRIOR,
            sensors,
            near=None if near is None else near._mixture,
        )
        self._spread = Spread(LEADS, sensors)
        self._issued: dict[int, _Issued] = {}

    def step(self, at: int) -> None:
        """Learn from the day that ends at `at`, and forecast from there."""
        origins = [at - (lead + 1 + self._week * LEADS) * DAY for lead in range(LEADS)]
        said = [self._issued.get(origin) for origin in origins]
        self._learn(at, said)
        for origin in [o for o in self._issued if o < at - (self._week + 1) * WEEK]:
            del self._issued[origin]
        self._issued[at] = self._say(at)

    def forecast(self, at: int) -> tuple[Floats, Floats]:
        """The week as said at `at`, the newest step: middle `(WEEK, n_sensors)`, and quantiles
        `(n_levels, WEEK, n_sensors)`."""
        said = self._issued[at]
        start = at + self._week * WEEK
        quantiles = []
        for lead in range(LEADS):
            part = slice(lead * DAY, (lead + 1) * DAY)
            middle, offset = said.middle[part], said.profile.offset
            logs = self._spread.quantiles(lead)
            special = np.array([(start + h) // DAY in self._past.special for h in _hours(lead)])
            logs = np.where(special[None, :, None], logs * self._spread.widening, logs)
            quantiles.append(np.maximum((middle + offset) * np.exp(logs) - offset, 0.0))
        joined = np.concatenate(quantiles, axis=1)
        middle = said.middle
        half = LEVELS.index(0.5)
        joined[: half + 1] = np.minimum(joined[: half + 1], middle)
        joined[half:] = np.maximum(joined[half:], middle)
        joined[half] = middle
        return middle, joined

    def _learn(self, at: int, said: list[_Issued | None]) -> None:
        truth = self._past.clean.raw.between(at - DAY, at)
        usable = self._past.clean.between(at - DAY, at, at)
        errors = np.full((LEADS, *truth.shape), np.nan)
        given: list[Floats | None] = [None] * LEADS
        gathered: list[tuple[Floats, Floats]] = []
        for lead, one in enumerate(said):
            if one is None:
                continue
            part = slice(lead * DAY, (lead + 1) * DAY)
            given[lead] = one.experts[:, part]
            offset, base = one.profile.offset, one.profile.base[part]
            errors[lead] = np.log((truth + offset) / (one.middle[part] + offset))
            guess = np.log((one.experts[len(PLAIN), part] + offset) / (base + offset))
            target = np.log((usable + offset) / (base + offset))
            weight = one.experts[len(PLAIN), part] + offset
            if np.isnan(weight).all():
                continue
            weight = weight / np.nanmean(weight)
            gathered.append(sums(one.features[part], target, weight, guess))
        self._mixture.learn(given, truth)
        special = (at - 1) // DAY in self._past.special
        if gathered:
            self._spread.learn(errors, special=special)
            matrix = np.sum([each[0] for each in gathered], axis=0)
            vector = np.sum([each[1] for each in gathered], axis=0)
            if self._learner is None:
                self._learner = Learner(vector.shape[1], vector.shape[0])
            self._learner.learn(matrix, vector)

    def _say(self, at: int) -> _Issued:
        past, profile = self._past, self._past.profile(at)
        found = features(past, at, self._week)
        plain = plain_experts(past, at)
        if self._learner is None:
            learnt = np.stack([profile.base] * len(MODELS))
        else:
            coefficients = self._learner.coefficients()
            logs = np.einsum("hsf,msf->mhs", found, coefficients)
            learnt = np.stack([profile.scaled(one) for one in logs])
            # What the calendar does to the network it does to the plain forecasts as well.
            moved = (found * coefficients[0])[:, :, SPECIAL].sum(axis=-1)
            plain = plain * np.exp(moved)
        experts = np.concatenate([plain, learnt])
        parts = [
            self._mixture.mixed(experts[:, lead * DAY : (lead + 1) * DAY], lead)
            for lead in range(LEADS)
        ]
        return _Issued(profile, found, experts, np.concatenate(parts))


def _hours(lead: int) -> range:
    return range(lead * DAY, (lead + 1) * DAY)
