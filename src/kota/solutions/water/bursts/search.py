"""Bursts found in a folder of readings with a network's model."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kota.errors import InputError
from kota.solutions.water.bursts.watch import LEARN, Alarm, BurstWatch, Candidates
from kota.solutions.water.estimate.calibrate import answers, groups_of, residuals
from kota.solutions.water.estimate.scada import Scada, told
from kota.solutions.water.estimate.twin import Twin, zone_demand
from kota.solutions.water.leaks.days import DAY_S, Field
from kota.solutions.water.leaks.search import LEARN as CALIBRATED
from kota.solutions.water.leaks.search import prepared

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LOGGER, METER, AREA = 0.006, 0.4, 1.0
"""Least standard deviations of a change: a logger's [m], a flow meter's, an area's [m³/h]."""
GROUPS = 4
SWIFT_H, SLOW_H = 0.75, 3.0
"""Hours over which a tank's change is taken: here, and for the balance that calibrates."""


@dataclass(frozen=True, slots=True)
class Signals:
    """What is watched at each step.

    Args:
        field: calibrated model and readings.
        taken: what the balanced zones take [m³/h] `(steps, n_balanced)`.
        excess: what zones with metered customers take besides [m³/h] `(steps, n_metered)`.
        unmetered: of the balanced zones, those without metered customers `(n_balanced,)`.
        metered: indices of the zones whose customers are metered.
        open: indices of the balanced zones without metered customers.
    """

    field: Field
    taken: Floats
    excess: Floats
    unmetered: NDArray[np.bool_]
    metered: Ints
    open: Ints

    @classmethod
    def of(cls, field: Field, scada: Scada) -> Signals:
        """Collect them."""
        twin, given = field.runner.twin, field.given
        zones = np.array([z for z, zone in enumerate(twin.zones) if zone.balanced], dtype=int)
        usual = np.array(
            [
                [twin.usual(int(t))[twin.zones[z].nodes].sum() for z in zones]
                for t in given.times[: 7 * DAY_S // _step(field)]
            ]
        ).reshape(-1, len(zones))
        usual = usual[np.arange(len(given.times)) % len(usual)]
        metered = np.flatnonzero(given.by_meters)
        taken = given.factor[:, zones] * usual
        swift, slow = (zone_demand(twin, scada, hours=h)[:, metered] for h in (SWIFT_H, SLOW_H))
        excess = given.excess[:, metered] + swift - slow
        unmetered = ~given.by_meters[zones]
        return cls(field, taken, excess, unmetered, metered, zones[unmetered])

    @property
    def driven(self) -> NDArray[np.bool_]:
        """Residuals follow what is taken, an area's inflow only the calendar `(n,)`."""
        sensors, extra = self.field.told.shape[1], len(self.metered) + len(self.open)
        return np.array([True] * sensors + [False] * extra)

    @property
    def fallible(self) -> NDArray[np.bool_]:
        """Loggers and meters; an area's balance hangs on too many to be one's fault `(n,)`."""
        return self.driven

    @property
    def floor(self) -> Floats:
        """Least standard deviations `(n,)`."""
        sensors = self.field.sensors
        parts = [np.full(len(sensors.nodes), LOGGER), np.full(len(sensors.links), METER)]
        return np.concatenate([*parts, np.full(len(self.metered) + len(self.open), AREA)])

    def step(self, step: int) -> tuple[Floats, Floats]:
        """Values and drivers of a step."""
        field = self.field
        left = residuals(field.runner, field.sensors, field.given, field.told, np.array([step]))[0]
        if field.odd[step]:
            left[:] = np.nan
        values = [left, self.excess[step], self.taken[step, self.unmetered]]
        drivers = [self.taken[step], field.given.pumped[step], field.given.levels[step]]
        return np.concatenate(values), np.concatenate(drivers)

    def candidates(self) -> Candidates:
        """The pipes, with the model's answers by what runs and how much is taken."""
        field = self.field
        given, places = field.given, field.places
        steps = np.arange(0, min(CALIBRATED * DAY_S // _step(field), len(given.times)), 6)
        middles = [int(g[len(g) // 2]) for g in groups_of(given, steps, GROUPS)]
        at = np.array([given.taken[k] for k in middles])
        runs = np.array([given.pumped[k] > 1.0 for k in middles])
        known = []
        inside = places.zone[None, :] == np.arange(len(field.runner.twin.zones))[:, None]
        for k in middles:
            leak = answers(field.runner, field.sensors, given, k)[3] @ places.take.T
            known.append(np.vstack([leak, inside[self.metered], inside[self.open]]))
        count = self.taken.shape[1]

        def signatures(drivers: Floats) -> Floats:
            running = drivers[count : count + runs.shape[1]] > 1.0
            unlike = 1e6 * (runs != running).sum(axis=1)
            return known[int(np.argmin(np.abs(at - drivers[:count].sum()) + unlike))]

        return Candidates(places.names, places.zone, signatures)


def watched(network: Path, scada: Scada) -> Iterator[tuple[int, Alarm | None, BurstWatch]]:
    """Go through readings step by step.

    Args:
        network: the ``.inp`` file.
        scada: readings; the first ten days are learnt from.

    Yields:
        each step's instant [s], the burst that begins with it, the watch.

    Raises:
        InputError: less than ten days are told.
    """
    if len(scada.times) <= LEARN * DAY_S // scada.step:
        raise InputError(
            f"the readings cover {len(scada.times) * scada.step / DAY_S:.1f} days; "
            f"{LEARN} without a burst are learnt from, and more are watched"
        )
    with Twin(network, flows=scada.flows.names, levels=scada.levels.names) as twin:
        signals = Signals.of(prepared(twin, scada), scada)
        watch = BurstWatch(
            signals.candidates(),
            driven=signals.driven,
            fallible=signals.fallible,
            floor=signals.floor,
            step_s=scada.step,
        )
        for k, second in enumerate(scada.times.tolist()):
            values, drivers = signals.step(k)
            yield second, watch.update(second, values, drivers), watch


def row_of(alarm: Alarm) -> str:
    """A line of the file of alarms."""
    pipes = " ".join(f"{name}:{share:.2f}" for name, share in alarm.places)
    flow, deviation = f"{alarm.flow:.1f}", f"{alarm.deviation:.1f}"
    return f"{told(alarm.since)},{alarm.zone + 1},{flow},{deviation},{pipes}\n"


def _step(field: Field) -> int:
    return int(field.given.times[1] - field.given.times[0])
