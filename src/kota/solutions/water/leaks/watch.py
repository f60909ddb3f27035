"""Leaks followed from day to day: each complete day is read once, and nothing later is used."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field as kept

import numpy as np
from numpy.typing import NDArray

from kota.solutions.water.leaks.days import Field
from kota.solutions.water.leaks.known import Known
from kota.solutions.water.leaks.locate import MISFIT, Evidence, refine, weigh

Floats = NDArray[np.float64]

WINDOWS = (1, 2, 4, 8)
"""Days over which a change is averaged."""
CERTAIN = 14.0
"""Logarithm of the likelihood ratio from which a change is a leak."""
SURE, FAIR, POOR = 0.8, 0.5, 0.35
"""Probability to lie within 300 m that is asked for at once, after some days, after more."""
PATIENCE = (4, 12)
"""Days."""
WANDER = 0.4
"""What a leak's flow may change by in a day, standard deviation [m³/h]."""
KNOWN_BONUS = 5.0
UNFIT = 3
FITTING = 0.3
"""A leak that leaves more than this of a change unexplained is looked at again the next day."""
SILENT = 0.5
"""A day of which more than this part is not told is passed over."""
MOST = 80.0
"""The largest flow of a leak that is believed [m³/h]."""
GROWTH = 3.0
"""The most that a known leak grows in a day [m³/h]; what is more is another leak."""
GONE = 0.5
LEAST = 1.5
"""The smallest flow that is called a leak [m³/h]."""


@dataclass(slots=True)
class Active:
    """A leak that goes on: its pipe, flow [m³/h], the variance of that, the day it was seen."""

    pipe: int
    flow: float
    variance: float
    since: int


@dataclass(frozen=True, slots=True)
class Found:
    """A leak as it is reported.

    Args:
        pipe: name of the likeliest.
        at: instant [s] from which on it is known.
        flow: [m³/h].
        confidence: probability that it lies within 300 m of the pipe.
    """

    pipe: str
    at: int
    flow: float
    confidence: float


@dataclass(slots=True)
class Watch:
    """Follows the leaks of a network.

    Args:
        field: calibrated model, readings, places.
        spread: covariance of a day's vector without any change `(size, size)`.
        known: leaks of the training time, with the day they were repaired.
    """

    field: Field
    spread: Floats
    known: tuple[Known, ...] = ()
    active: list[Active] = kept(default_factory=list)
    faults: list[str] = kept(default_factory=list)
    log: list[str] = kept(default_factory=list)
    _offset: Floats = kept(init=False)
    _loose: Floats = kept(init=False)
    _recent: list[Floats] = kept(default_factory=list)
    _pending: int = 0

    def __post_init__(self) -> None:
        self._offset = np.zeros(self.field.size)
        self._loose = np.full(self.field.size, 1e-8)

    def begin(self, days: int) -> None:
        """Take what the first days leave as the model's error."""
        vectors = [self.field.vector(day, None) for day in range(days)]
        self._offset = np.nan_to_num(_mean(vectors))

    def extra(self) -> Floats:
        """What the known leaks take at the nodes [m³/h]."""
        taken = np.zeros(len(self.field.runner.twin.nodes))
        for leak in self.active:
            taken += leak.flow * self.field.places.take[leak.pipe]
        return taken

    def day(self, day: int) -> Iterator[Found]:
        """Read a day, and tell what leaks are found by its end."""
        self._repairs_known(day)
        vector = self.field.vector(day, self.extra()) - self._offset
        vector = np.where(np.abs(vector) < 1e4, vector, np.nan)
        signatures = self.field.signatures(day, self.extra())
        if np.isnan(vector).mean() > SILENT:
            return
        self._recent.append(vector)
        del self._recent[: -max(WINDOWS)]
        for _ in range(3):
            found, again = self._judge(day, signatures)
            if found is not None:
                yield found
            if not again:
                return
            signatures = self.field.signatures(day, self.extra())

    def _grow(self, signatures: Floats) -> None:
        """Let the known leaks' flows follow the day; keeps what is left of its vector."""
        moved, variance, _ = self._growth(self._recent[-1], signatures, 1)
        for leak, step, left in zip(self.active, moved, variance, strict=True):
            before = leak.flow
            leak.flow = float(np.clip(before + np.clip(step, -GROWTH, GROWTH), 0.0, MOST))
            leak.variance = max(float(left), 1e-4)
            self._recent[-1] = self._recent[-1] - signatures[:, leak.pipe] * (leak.flow - before)
        self.active = [leak for leak in self.active if leak.flow > GONE]

    def _growth(
        self, vector: Floats, signatures: Floats, days: int
    ) -> tuple[Floats, Floats, float]:
        """Changes of the known leaks' flows, their variances, how far they explain it."""
        if not self.active:
            return np.zeros(0), np.zeros(0), 0.0
        told = ~np.isnan(vector)
        effect = signatures[:, [leak.pipe for leak in self.active]][told]
        prior = np.array([leak.variance + (WANDER * days) ** 2 for leak in self.active])
        noise = self._around(vector, days)[np.ix_(told, told)]
        gain = prior[:, None] * effect.T
        inner = effect @ gain + noise
        step = gain @ np.linalg.solve(inner, vector[told])
        left = prior - np.einsum("ij,ji->i", gain, np.linalg.solve(inner, gain.T))
        seen = vector[told]
        explained = seen @ (np.linalg.solve(noise, seen) - np.linalg.solve(inner, seen)) / 2
        return step, left, float(explained)

    def _around(self, change: Floats, days: int) -> Floats:
        """Covariance of a mean of days about what is expected."""
        spread = self.spread / days
        wrong = (MISFIT * np.nan_to_num(change)) ** 2
        spread[np.diag_indices(len(spread))] += self._loose + wrong
        return spread

    def _judge(self, day: int, signatures: Floats) -> tuple[Found | None, bool]:
        """The best reading of what the known leaks leave; whether to look again."""
        best: tuple[float, int, Evidence, Floats] | None = None
        prior = self._prior(day)
        for days in WINDOWS:
            if days > len(self._recent):
                break
            change = _mean(self._recent[-days:])
            told = ~np.isnan(change)
            noise = self._around(change, days)[np.ix_(told, told)]
            rough = weigh(change[told], noise, signatures[told], prior)
            if best is None or rough.gain.max() > best[0]:
                best = (float(rough.gain.max()), days, rough, change)
        if best is None or best[0] < CERTAIN:
            self._pending = 0
            self._grow(signatures)
            return None, False
        _, days, rough, change = best
        told = ~np.isnan(change)
        noise = self._around(change, days)[np.ix_(told, told)]
        extra = self.extra()
        exact = refine(
            change[told],
            noise,
            rough,
            prior,
            lambda pipe, flow: self.field.exact(day, extra, pipe, flow)[told],
        )
        sensor, odd = self._fault(change, noise, told)
        gone, less = self._repair(day, change, noise, told, extra)
        top = float(exact.gain.max())
        grown = self._growth(change, signatures, days)[2]
        whole = 0.5 * float(change[told] @ np.linalg.solve(noise, change[told]))
        if less > max(top - 3.0, grown + 5.0, CERTAIN):
            self._drop(day, gone, days)
            return None, True
        if odd > max(top, grown) + 3.0 and whole - odd < CERTAIN:
            self._distrust(day, sensor, change)
            return None, True
        if top < CERTAIN or grown > top - 5.0:
            self._grow(signatures)
            return None, False
        if whole - top > FITTING * top and self._pending < UNFIT:
            self._pending += 1  # half a day of a leak, or two that begin together
            return None, False
        loose = max(1.0, 2 * (whole - top) / max(int(told.sum()), 1))
        return self._accept(day, exact, days, loose)

    def _prior(self, day: int) -> Floats:
        prior = np.zeros(len(self.field.places.names))
        taken = {leak.pipe for leak in self.active}
        for known in self.known:
            if day < known.repaired and known.pipe not in taken:
                prior[known.pipe] = KNOWN_BONUS
        return prior

    def _fault(self, change: Floats, noise: Floats, told: NDArray[np.bool_]) -> tuple[int, float]:
        """The sensor whose own shift explains the change best, and how well."""
        inverse = np.linalg.inv(noise)
        pull = inverse @ change[told]
        place = np.cumsum(told) - 1
        count = self.field.told.shape[1]
        best = (0, 0.0)
        for sensor in range(len(self.field.sensors.nodes)):
            rows = [place[k] for k in (sensor, sensor + count) if told[k]]
            if rows:
                gain = 0.5 * pull[rows] @ np.linalg.solve(inverse[np.ix_(rows, rows)], pull[rows])
                if gain > best[1]:
                    best = (sensor, float(gain))
        return best

    def _repair(
        self, day: int, change: Floats, noise: Floats, told: NDArray[np.bool_], extra: Floats
    ) -> tuple[int, float]:
        """The known leak whose end explains the change best, and how well."""
        best = (-1, 0.0)
        inverse = np.linalg.inv(noise)
        here = change[told] @ inverse @ change[told]
        for k, leak in enumerate(self.active):
            if leak.flow < LEAST or day - leak.since < 3:
                continue
            ended = self.field.exact(day, extra, leak.pipe, -leak.flow)[told]
            left = change[told] - ended
            gain = 0.5 * float(here - left @ inverse @ left)
            if gain > best[1]:
                best = (k, gain)
        return best

    def _accept(
        self, day: int, evidence: Evidence, days: int, loose: float
    ) -> tuple[Found | None, bool]:
        places = self.field.places
        mass = evidence.mass(loose)
        within = (places.distance <= 300.0) @ mass
        pipe = int(np.argmax(within + 1e-3 * mass))
        confidence = float(within[pipe])
        self._pending += 1
        asked = SURE
        if self._pending > PATIENCE[0]:
            asked = FAIR if self._pending <= PATIENCE[1] else POOR
        likely = int(np.argmax(mass))
        flow = float(evidence.flow[likely])
        if flow < LEAST or (confidence < asked and self._pending <= PATIENCE[1] + 6):
            return None, False
        if mass[likely] > 0.05 and places.distance[pipe, likely] <= 300.0:
            pipe = likely if within[likely] > confidence - 0.05 else pipe
        self._pending = 0
        self.active.append(Active(likely, flow, (0.2 * flow) ** 2 + 0.25, day))
        self._settle(day, days, self.field.exact(day, None, likely, flow))
        self.log.append(f"{day} new {places.names[likely]} {flow:.1f} {confidence:.2f} {loose:.1f}")
        if confidence < POOR or flow < LEAST:
            return None, True
        return Found(places.names[pipe], self.field.ends(day), flow, confidence), True

    def _drop(self, day: int, which: int, days: int) -> None:
        leak = self.active.pop(which)
        name = self.field.places.names[leak.pipe]
        self.log.append(f"{day} gone {name} {leak.flow:.1f}")
        self._settle(day, days, self.field.exact(day, None, leak.pipe, leak.flow))

    def _distrust(self, day: int, sensor: int, change: Floats) -> None:
        """Take a sensor's shift for its own, and trust it less from now on."""
        count = self.field.told.shape[1]
        for row in (sensor, sensor + count):
            if not np.isnan(change[row]):
                self._offset[row] += change[row]
                self._loose[row] += (0.5 * change[row]) ** 2
            for vector in self._recent:
                vector[row] = np.nan
        self.log.append(f"{day} fault {sensor}")
        name = self.field.runner.twin.nodes[self.field.sensors.nodes[sensor]]
        self.faults.append(f"{name}: reads {change[sensor]:+.2f} m from day {day} on")

    def _settle(self, day: int, days: int, moved: Floats) -> None:
        """After a change of the known leaks, take what the last days leave as the model's error."""
        wrong = (MISFIT * moved) ** 2 + 1e-8
        again = [
            self.field.vector(each, self.extra()) - self._offset
            for each in range(max(day - days + 1, 0), day + 1)
        ]
        left = np.nan_to_num(_mean(again))
        left[np.abs(left) > 1e4] = 0.0
        here = self._loose + wrong
        share = here / (here + np.diag(self.spread) / days)
        self._offset += share * left
        self._loose = here * (1 - share) + 0.1 * wrong
        self._recent = [vector - share * left for vector in again]

    def _repairs_known(self, day: int) -> None:
        for known in self.known:
            if known.repaired != day:
                continue
            near = [
                (float(self.field.places.distance[known.pipe, leak.pipe]), k)
                for k, leak in enumerate(self.active)
            ]
            if near and min(near)[0] <= 300.0:
                leak = self.active.pop(min(near)[1])
                moved = self.field.exact(max(day - 1, 0), None, leak.pipe, leak.flow)
                self._loose += (MISFIT * moved) ** 2
                self.log.append(f"{day} known gone {self.field.places.names[leak.pipe]}")
            self._recent.clear()


def _mean(vectors: list[Floats]) -> Floats:
    """By component, of what was told."""
    stacked = np.array(vectors)
    count = (~np.isnan(stacked)).sum(axis=0)
    total = np.nansum(stacked, axis=0)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)
