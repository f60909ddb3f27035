"""A watch that is told each step and says when a burst begins and ends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kota.solutions.water.bursts.evidence import Chance, Fit
from kota.solutions.water.bursts.normal import Normal
from kota.solutions.water.bursts.past import Past, changes_of, mean_told

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]

DAY_S = 86_400
WINDOWS_S = (900, 1800, 3600, 7200)
"""Lengths of time over which a change is looked for."""
CERTAIN = 40.0
"""Logarithm of the likelihood ratio from which a change is a burst."""
CONFIRMED = 2
"""Steps in a row that must say so."""
OVER = 4.0
"""The same below which a young burst is over."""
FAULT = 3.0
"""A shift of one signal that explains so much more than any burst is a fault of its sensor."""
ENDED = -0.6
"""A known burst is shut off where the signals have moved by so many times what it did."""
LEAST = 3.0
"""The smallest flow that is called a burst [m³/h]."""
LEARN, MEMORY = 10, 28
"""Days until the first word is said, and days that are learnt from."""
DOUBTED_S = 36 * 3600
"""How long a sensor that has shifted is left out; then its shift is what is normal."""
FORGOTTEN_S = 36 * 3600
"""What a burst of less than this did is left out of what later steps are compared with."""
ATTENDED_S = 36 * 3600
"""So long what happens in the area of a known burst is taken for its doing: its effect changes with
the hours by more than a further burst's can be told from."""
LIKELY = 8
"""Candidates that are named."""
SILENT = 0.5
"""A change of which more than this part is not told says nothing."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """Where a burst may be.

    Args:
        names: of pipes or places `(n_candidates,)`.
        zones: index of the metered area of each, −1: none `(n_candidates,)`.
        signatures: gives, for a step's drivers, what 1 m³/h there adds to the signals
            `(n, n_candidates)`.
    """

    names: tuple[str, ...]
    zones: Ints
    signatures: Callable[[Floats], Floats]


@dataclass(frozen=True, slots=True)
class Alarm:
    """A burst, as known at an instant.

    Args:
        since: the instant at which it was first said [s].
        at: the instant at which this is known [s].
        zone: index of its metered area.
        flow, deviation: and its standard deviation [m³/h].
        gain: logarithm of the likelihood ratio to no burst.
        places: the likeliest, with their probabilities, given there is one burst.
    """

    since: int
    at: int
    zone: int
    flow: float
    deviation: float
    gain: float
    places: tuple[tuple[str, float], ...]


@dataclass(slots=True)
class Running:
    """A burst that goes on.

    Args:
        alarm: what is known of it.
        at: flow by candidate [m³/h] `(n_candidates,)`, by which its effect follows the load.
        beside: what it does to the signals besides `(n,)`; None: it is younger than the longest
            window.
    """

    alarm: Alarm
    at: Floats
    beside: Floats | None = None

    def shift(self, signatures: Floats) -> Floats:
        """Of the signals by it, with the signatures of the hour `(n,)`."""
        assert self.beside is not None
        return np.asarray(self.beside + signatures @ self.at)


class BurstWatch:
    """Follows one network; causal: a step is judged by itself and what was before.

    Args:
        candidates: where a burst may be.
        driven: signals that the drivers explain `(n,)`.
        fallible: signals that a fault of their own may shift `(n,)`.
        floor: least standard deviation of a signal's change that is believed `(n,)`.
        step_s: seconds between two steps.

    Attributes:
        running: bursts that go on.
        suspects: signals whose sensors have shifted, by index, and since when [s].
    """

    def __init__(
        self,
        candidates: Candidates,
        *,
        driven: Flags,
        fallible: Flags,
        floor: Floats,
        step_s: int = 300,
    ) -> None:
        self._candidates = candidates
        self._driven, self._fallible, self._floor = driven, fallible, floor
        self._day = DAY_S // step_s
        self._windows = tuple(sorted({max(1, seconds // step_s) for seconds in WINDOWS_S}))
        self._past: Past | None = None
        self._normal: Normal | None = None
        self._plain: tuple[Chance, ...] = ()
        self._chances: tuple[Chance, ...] = ()
        self._taught, self._fresh, self._sure, self._shut = -1, 0, 0, 0
        self.running: list[Running] = []
        self.suspects: dict[int, int] = {}

    def update(self, at: int, values: Floats, drivers: Floats) -> Alarm | None:
        """Take a step in; gives the burst that begins with it, if one does.

        Args:
            at: the instant [s], a step after the last.
            values: what the signals say `(n,)`, NaN: silent.
            drivers: what explains some of them `(n_drivers,)`.
        """
        if self._past is None:
            self._past = Past(len(values), len(drivers), MEMORY * self._day)
        past, young = self._past, self._young()
        signatures = self._candidates.signatures(drivers)
        known = self._shifts(signatures)
        past.add(at, values - np.sum(known, axis=0), drivers, usable=young is None)
        self._fresh += 1
        if self._normal is None or at // DAY_S != self._taught:
            self._learn(past, at)
        if self._normal is None:
            return None
        past.left[-1] = past.values[-1] - self._normal.expected(np.array([at]), drivers[None])[0]
        self.suspects = {s: t for s, t in self.suspects.items() if at - t < DOUBTED_S}
        changes = self._changes(past)
        if young is not None:
            self._follow(young, at, changes, signatures)
            return None
        return self._judge(at, changes, signatures)

    def _shifts(self, signatures: Floats) -> list[Floats]:
        """Of the signals by each known burst, with the signatures of the hour; a 0 if none is."""
        known = [each for each in self.running if each.beside is not None]
        return [each.shift(signatures) for each in known] or [np.zeros(len(self._driven))]

    def _young(self) -> Running | None:
        return next((each for each in self.running if each.beside is None), None)

    def _learn(self, past: Past, at: int) -> None:
        """Learn anew once a day from the last weeks without bursts."""
        if past.usable.sum() < LEARN * self._day:
            return
        self._taught = at // DAY_S
        kept = slice(max(0, past.count - MEMORY * self._day), past.count)
        times, values, drivers = past.times[kept], past.values[kept], past.drivers[kept]
        usable = past.usable[kept]
        self._normal = Normal.fit(times[usable], values[usable], drivers[usable], self._driven)
        left = values - self._normal.expected(times, drivers)
        past.left[kept] = left
        clean = np.where(usable[:, None], left, np.nan)
        chances = []
        for window in self._windows:
            changes, ends = changes_of(clean, window, self._windows[-1], self._day)
            hours = times[ends] % DAY_S // 3600
            chances.append(Chance.learn(changes, hours, self._floor))
        self._plain = tuple(chances)
        self._loosen()

    def _loosen(self) -> None:
        """Know that known bursts' effects are not known to the last."""
        assert self._past is not None
        shifts = self._shifts(self._candidates.signatures(self._past.drivers[-1]))
        self._chances = tuple(chance.loosened(shifts) for chance in self._plain)

    def _changes(self, past: Past) -> list[tuple[Chance, Floats]]:
        """Of each window that has begun since the last turn of events."""
        longest = self._windows[-1]
        begin = max(0, past.count - longest - 3 * self._day)
        earlier = past.left[begin : past.count - longest][past.usable[begin : past.count - longest]]
        before = mean_told(earlier[-self._day :])
        before[list(self.suspects)] = np.nan
        return [
            (chance, mean_told(past.left[-window:]) - before)
            for window, chance in zip(self._windows, self._chances, strict=True)
            if window <= self._fresh
        ]

    def _judge(
        self, at: int, changes: list[tuple[Chance, Floats]], signatures: Floats
    ) -> Alarm | None:
        """Say whether a burst begins or ends, or a sensor fails."""
        hour = at % DAY_S // 3600
        over = self._ended(changes[0][1], hour, signatures) if changes else None
        self._shut = 0 if over is None else self._shut + 1
        if over is not None:
            if self._shut >= CONFIRMED:
                self._end(over, at)
            return None
        best: Fit | None = None
        for chance, change in changes:
            if np.isnan(change).mean() <= SILENT:
                fit = chance.weigh(change, hour, signatures, self._fallible)
                if best is None or _telling(fit) > _telling(best):
                    best = fit
        self._sure = 0 if best is None or _telling(best) < CERTAIN else self._sure + 1
        if best is None or self._sure < CONFIRMED:
            return None
        if best.odd > best.gain.max() + FAULT:
            self.suspects[best.faulty] = at
            return None
        alarm = self._alarm(at, at, best)
        known = any(
            each.alarm.zone == alarm.zone and at - each.alarm.since < ATTENDED_S
            for each in self.running
        )
        if known or alarm.gain < CERTAIN or alarm.flow < LEAST:
            return None
        self.running.append(Running(alarm, self._mass(best) * alarm.flow))
        self._unusual()
        return alarm

    def _ended(self, change: Floats, hour: int, signatures: Floats) -> Running | None:
        """The known burst whose end the newest change shows best."""
        best: tuple[float, Running | None] = (CERTAIN, None)
        if np.isnan(change).mean() > SILENT:
            return None
        for each in self.running:
            if each.beside is not None:
                shift = each.shift(signatures)
                size, gain = self._plain[0].along(change, hour, shift)
                if size < ENDED and gain > best[0]:
                    best = (gain, each)
        return best[1]

    def _end(self, over: Running, at: int) -> None:
        """A known burst is shut off."""
        assert self._past is not None
        self.running.remove(over)
        if (age := at - over.alarm.since) < FORGOTTEN_S:
            self._past.usable[-min(age * self._day // DAY_S + 1, self._past.count) :] = False
        self._loosen()
        self._unusual()
        self._fresh = 0

    def _follow(
        self, young: Running, at: int, changes: list[tuple[Chance, Floats]], signatures: Floats
    ) -> None:
        """Learn more of a young burst, until it is over or known."""
        hour = at % DAY_S // 3600
        fits = [
            chance.weigh(change, hour, signatures, self._fallible)
            for chance, change in changes
            if np.isnan(change).mean() <= SILENT
        ]
        if not fits:
            return
        if fits[0].gain.max() < OVER:
            self.running.remove(young)
            self._fresh = 0
            return
        age = at - young.alarm.since
        steps = age * self._day // DAY_S
        within = sum(window <= steps for window in self._windows[: len(fits)])
        telling = fits[max(0, within - 1)]
        if steps >= self._windows[0]:
            young.alarm = self._alarm(young.alarm.since, at, telling)
            young.at = self._mass(telling) * young.alarm.flow
        if age >= WINDOWS_S[-1] and len(fits) == len(self._windows):
            self._settle(young, np.nan_to_num(changes[-1][1]), signatures)

    def _settle(self, young: Running, shift: Floats, signatures: Floats) -> None:
        """From now on a burst is known, and others are looked for."""
        assert self._past is not None
        young.beside = shift - signatures @ young.at
        steps = self._windows[-1]
        self._past.values[-steps:] -= shift
        self._past.left[-steps:] -= shift
        self._past.usable[-steps:] = True
        self._loosen()
        self._fresh = 0

    def _unusual(self) -> None:
        """What told of a turn of events is no measure of what is normal."""
        assert self._past is not None
        self._past.usable[-self._windows[0] :] = False
        self._sure = self._shut = 0

    def _loose(self, fit: Fit) -> float:
        """How many times as large as expected the misfit is; evidence counts less by it."""
        return max(1.0, 2 * (fit.whole - float(fit.gain.max())) / len(self._driven))

    def _mass(self, fit: Fit) -> Floats:
        """Probability of each candidate, given there is one burst `(n_candidates,)`."""
        mass = np.exp((fit.gain - fit.gain.max()) / self._loose(fit))
        return np.asarray(mass / mass.sum())

    def _alarm(self, since: int, at: int, fit: Fit) -> Alarm:
        loose, mass = self._loose(fit), self._mass(fit)
        flow = float(mass @ fit.flow)
        own = fit.flow**2 / (2 * np.maximum(fit.gain, 0.5)) * loose
        deviation = float(np.sqrt(mass @ (own + (fit.flow - flow) ** 2)))
        areas = self._candidates.zones
        zones = np.unique(areas)
        zone = int(zones[np.argmax([mass[areas == z].sum() for z in zones])])
        order = np.argsort(-mass)[:LIKELY]
        places = tuple((self._candidates.names[k], round(float(mass[k]), 3)) for k in order)
        return Alarm(since, at, zone, flow, deviation, float(fit.gain.max()), places)


def _telling(fit: Fit) -> float:
    return max(float(fit.gain.max()), fit.odd)
