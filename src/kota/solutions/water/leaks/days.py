"""A day of readings condensed: mean residuals by night and by day, and what zones lack."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from kota.solutions.water.estimate.calibrate import Sensors, answers, residuals
from kota.solutions.water.estimate.replay import Drive, Runner
from kota.solutions.water.leaks.places import Places

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

DAY_S = 86_400
BANDS = ((0.5, 5.5), (7.0, 22.0))
"""Hours of the day: little is taken, much is taken."""
EVERY_S = 1800
LOOKS = 2
"""Steps a band at which the model's answers are worked out."""


@dataclass(frozen=True, slots=True)
class Field:
    """What everything here works on.

    Args:
        runner: calibrated.
        sensors: where is read.
        given: the drive.
        told: the readings `(steps, n_sensors)`.
        places: of leaks.
        odd: steps of which the model cannot be sure: an input is missing, a tank is empty
            `(steps,)`.
        kept: states that several leaks are compared with.
    """

    runner: Runner
    sensors: Sensors
    given: Drive
    told: Floats
    places: Places
    odd: NDArray[np.bool_]
    kept: dict[tuple[int, bytes], Floats] = field(default_factory=dict, repr=False)

    @property
    def size(self) -> int:
        """Of a day's vector: the sensors in each band, and the excess of each zone."""
        sensors, zones = self.told.shape[1], self.given.excess.shape[1]
        return int(len(BANDS) * sensors + zones)

    def days(self) -> int:
        """Complete days; the first begins with the first reading."""
        times = self.given.times
        return int((times[-1] - times[0] + self._step()) // DAY_S)

    def ends(self, day: int) -> int:
        """The last instant of a day's readings [s]."""
        return int(self.given.times[0]) + (day + 1) * DAY_S - self._step()

    def steps(self, day: int, band: tuple[float, float]) -> Ints:
        """Steps of a day at which the model is run."""
        step, first = self._step(), int(self.given.times[0])
        begin = first - first % DAY_S + day * DAY_S
        wanted = np.arange(begin + band[0] * 3600, begin + band[1] * 3600, EVERY_S)
        index = ((wanted - first) // step).astype(int)
        return index[(index >= 0) & (index < len(self.given.times))]

    def vector(self, day: int, extra: Floats | None) -> Floats:
        """A day's residuals given known leaks [m], [m³/h] `(size,)`, NaN: nothing told.

        Args:
            day: counted from the first reading.
            extra: known to leak at the nodes [m³/h] `(n_nodes,)`.
        """
        parts = []
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # a sensor that is silent all day
            for band in BANDS:
                steps = self.steps(day, band)
                found = residuals(self.runner, self.sensors, self.given, self.told, steps, extra)
                found[self.odd[steps]] = np.nan
                parts.append(np.nanmedian(found, axis=0))
            rows = slice(day * DAY_S // self._step(), (day + 1) * DAY_S // self._step())
            lacking = np.where(self.odd[rows, None], np.nan, self.given.excess[rows])
            excess = np.nanmean(lacking, axis=0)
        if extra is not None:
            for z, zone in enumerate(self.runner.twin.zones):
                excess[z] -= extra[zone.nodes].sum()
        return np.concatenate([*parts, excess])

    def signatures(self, day: int, extra: Floats | None) -> Floats:
        """What 1 m³/h at each pipe adds to a day's vector `(size, n_pipes)`."""
        parts = []
        for band in BANDS:
            steps = self.steps(day, band)
            picked = steps[np.linspace(0, len(steps) - 1, LOOKS + 2).astype(int)[1:-1]]
            each = [answers(self.runner, self.sensors, self.given, k, extra)[3] for k in picked]
            parts.append(np.mean(each, axis=0) @ self.places.take.T)
        return np.vstack([*parts, self._excess_of()])

    def exact(self, day: int, extra: Floats | None, pipe: int, flow: float) -> Floats:
        """What a leak of a flow [m³/h] at a pipe adds to a day's vector `(size,)`."""
        base = np.zeros(len(self.runner.twin.nodes)) if extra is None else extra
        more = base + flow * self.places.take[pipe]
        parts = []
        for band in BANDS:
            steps = self.steps(day, band)
            picked = steps[np.linspace(0, len(steps) - 1, LOOKS + 2).astype(int)[1:-1]]
            moved = [self._read(int(k), more) - self._before(int(k), base) for k in picked]
            parts.append(np.mean(moved, axis=0))
        return np.concatenate([*parts, self._excess_of()[:, pipe] * flow])

    def _before(self, step: int, extra: Floats) -> Floats:
        """As `_read`, remembered: many leaks are compared with the same state."""
        key = (step, extra.tobytes())
        if key not in self.kept:
            if len(self.kept) > 64:
                self.kept.clear()
            self.kept[key] = self._read(step, extra)
        return self.kept[key]

    def _read(self, step: int, extra: Floats) -> Floats:
        return self.sensors.read(self.runner.twin, self.runner.state(self.given, step, extra))

    def _excess_of(self) -> Floats:
        count = self.given.excess.shape[1]
        inside = self.places.zone[None, :] == np.arange(count)[:, None]
        return np.where(inside & self.given.by_meters[:, None], 1.0, 0.0)

    def _step(self) -> int:
        return int(self.given.times[1] - self.given.times[0])
