"""A folder of readings estimated from its first to its last step, learning as it goes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kota.solutions.water.estimate.calibrate import (
    Sensors,
    apply,
    calibrate,
    residuals,
    untouched,
)
from kota.solutions.water.estimate.field import Estimate, Estimator
from kota.solutions.water.estimate.replay import Drive, Runner, drive
from kota.solutions.water.estimate.scada import Scada
from kota.solutions.water.estimate.twin import Twin

Floats = NDArray[np.float64]

DAY_S = 86_400
FIRST = 8
"""The first calibration comes after this part of a day."""
LEAST_STEPS = 6
LOOKS = 700
"""Steps at most that a calibration works on."""
DOUBTED = 0.5
"""A sensor that was contradicted in this share of the steps is not calibrated on."""


@dataclass(slots=True)
class Course:
    """Estimates in order of time; calibrated anew after 3 h, 6 h, 12 h, 1 day, 2 … on all past.

    Args:
        path: the ``.inp`` file.
        scada: the readings.
        flows: whether flows are estimated too.
        links: names of the links of the estimates' flows, once the first step is taken.
    """

    path: Path
    scada: Scada
    flows: bool = False
    links: tuple[str, ...] = ()

    def run(self) -> Iterator[tuple[int, tuple[str, ...], Estimate]]:
        """Each step's instant [s], the nodes, and the estimate."""
        scada = self.scada
        with Twin(self.path, flows=scada.flows.names, levels=scada.levels.names) as twin:
            self.links = twin.links
            given = drive(twin, scada)
            runner, sensors = Runner(twin, scada.demands.names), Sensors.of(twin, scada)
            told = sensors.told(twin, scada)
            estimator = Estimator(runner, sensors, untouched(twin), flows=self.flows)
            day = max(1, DAY_S // scada.step)
            trusted = np.zeros(told.shape, dtype=bool)
            following = max(day // FIRST, LEAST_STEPS)
            for step in range(len(told)):
                if step == following:
                    following *= 2
                    estimator = self._learnt(runner, sensors, given, told, trusted[:step])
                estimate = estimator.step(given, step, told[step], stuck(told, step, day // 12))
                trusted[step] = estimate.trusted
                yield int(scada.times[step]), twin.nodes, estimate

    def _learnt(
        self,
        runner: Runner,
        sensors: Sensors,
        given: Drive,
        told: Floats,
        trusted: NDArray[np.bool_],
    ) -> Estimator:
        """Calibrated on what is past, less what was contradicted."""
        past = len(trusted)
        left_out = ~np.isnan(told[:past]) & ~trusted
        kept = told[:past].copy()
        kept[left_out] = np.nan
        kept[:, left_out.mean(axis=0) > DOUBTED] = np.nan
        steps = np.arange(0, past, max(1, past // LOOKS))
        apply(runner, untouched(runner.twin))
        residual = residuals(runner, sensors, given, kept, steps)
        found = calibrate(runner, sensors, given, residual, steps)
        return Estimator(runner, sensors, found, flows=self.flows)


def stuck(told: Floats, step: int, back: int) -> NDArray[np.bool_]:
    """Sensors that have said the very same for hours while most others moved."""
    if step < back or back < 2:
        return np.zeros(told.shape[1], dtype=bool)
    recent = told[step - back : step + 1]
    with np.errstate(invalid="ignore"):
        moved = recent.max(axis=0) - recent.min(axis=0)
    usual = np.nanmedian(moved) if np.isfinite(moved).any() else 0.0
    return np.asarray((moved == 0.0) & (usual > 0.05))
