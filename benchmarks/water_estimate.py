"""How well unmetered pressures of L-TOWN are estimated when the true network is not the model.

Every pipe and demand of the truth differs by up to 10 %; 33 loggers, three flows, a tank and 82
meters are read every quarter of an hour. Beside it: the model as it is, and the loggers' residuals
spread over it by distance (1/d²), both with the model's own demands.

python -m benchmarks.water_estimate [SEED …]
"""

from __future__ import annotations

import sys
import tempfile
import time
from datetime import UTC
from pathlib import Path

import numpy as np

from benchmarks.report import emit, machine
from benchmarks.water_years import (
    ABSENT,
    BEGIN,
    DAY,
    FLOWS,
    LOGGERS,
    STEP_S,
    TANK,
    Floats,
    ltown,
    pressures,
)
from kota.solutions.water.estimate.run import Course
from kota.solutions.water.estimate.scada import Scada, Table
from kota.solutions.water.estimate.twin import Twin

DAYS = 3
EVERY = 3
SEEDS = (101, 102, 103)
FAULTY = 3


def main(seeds: list[int]) -> None:
    """Print errors [m], coverage and the time of a step."""
    nominal = ltown()
    if nominal is None:
        print(ABSENT, file=sys.stderr)
        return
    print(machine(), file=sys.stderr)
    for seed in seeds:
        with tempfile.TemporaryDirectory() as folder:
            measured, truth = pressures(nominal, seed=seed, folder=Path(folder), days=DAYS)
        rows = slice(0, DAYS * DAY, EVERY)
        scada = Scada(
            int(BEGIN.replace(tzinfo=UTC).timestamp()) + STEP_S * np.arange(DAYS * DAY)[rows],
            Table(tuple(LOGGERS), measured.pressures[rows]),
            Table(FLOWS, measured.flows[rows]),
            Table((TANK,), measured.levels[rows]),
            Table(measured.meters, measured.demands[rows] / 1000),
            (),
        )
        plain, spread = bars(nominal, scada, truth[rows])
        emit(f"water.estimate.nominal.{seed}", plain, "m")
        for name, given in (("", scada), (".faulty", damaged(scada, seed))):
            error, covered, slowest = judged(nominal, given, truth[rows])
            goal = "at most 0.6 of the residuals spread over the model"
            emit(f"water.estimate{name}.mae.{seed}", error, "m", floor=spread, goal=goal)
            emit(f"water.estimate{name}.covered.{seed}", covered, "", goal="0.85 to 0.95")
            emit(f"water.estimate{name}.step_cpu_p95.{seed}", slowest, "ms", goal="100 ms")


def unmetered(nodes: tuple[str, ...], twin: Twin) -> np.ndarray:
    """Junctions without a logger."""
    return np.array([n in twin.network.junctions and n not in LOGGERS for n in nodes])


def judged(nominal: Path, scada: Scada, truth: Floats) -> tuple[float, float, float]:
    """Mean absolute error [m], share in the 90 % interval, p95 of a step's processor time [ms]."""
    apart, inside, took = [], [], []
    with Twin(nominal, flows=FLOWS, levels=(TANK,)) as twin:
        asked = unmetered(twin.nodes, twin)
    before = time.process_time()
    for step, (_, _, estimate) in enumerate(Course(nominal, scada).run()):
        took.append(time.process_time() - before)
        wrong = np.abs(estimate.pressure - truth[step])[asked]
        apart.append(wrong)
        inside.append(wrong <= 1.645 * estimate.spread[asked])
        before = time.process_time()
    return float(np.mean(apart)), float(np.mean(inside)), float(np.percentile(took, 95)) * 1000


def bars(nominal: Path, scada: Scada, truth: Floats) -> tuple[float, float]:
    """Mean absolute errors [m] of the model alone and with residuals spread over it."""
    plain, spread = [], []
    with Twin(nominal, flows=FLOWS, levels=(TANK,)) as twin:
        asked = unmetered(twin.nodes, twin)
        at = np.array([twin.network.positions[name] for name in twin.nodes])
        loggers = np.array([twin.node[name] for name in LOGGERS])
        square = ((at[:, None] - at[None, loggers]) ** 2).sum(axis=2)
        weight = 1 / (square + 1.0)
        weight /= weight.sum(axis=1, keepdims=True)
        for step, second in enumerate(scada.times):
            lifted = {"PUMP_1": float(scada.flows.values[step, 0])}
            level = {TANK: float(scada.levels.values[step, 0])}
            state = twin.solve(twin.usual(int(second)), lifted, level)
            pressure = state.head - twin.elevation
            missing = scada.pressures.values[step] - pressure[loggers]
            plain.append(np.abs(pressure - truth[step])[asked])
            spread.append(np.abs(pressure + weight @ missing - truth[step])[asked])
    return float(np.mean(plain)), float(np.mean(spread))


def damaged(scada: Scada, seed: int) -> Scada:
    """Three loggers that are shifted, stuck and drifting."""
    rng = np.random.default_rng(seed)
    values = scada.pressures.values.copy()
    shifted, held, drifting = rng.choice(values.shape[1], FAULTY, replace=False)
    values[:, shifted] += 1.5
    values[len(values) // 4 :, held] = values[len(values) // 4, held]
    values[:, drifting] += np.linspace(0, 2.0, len(values))
    return Scada(
        scada.times,
        Table(scada.pressures.names, values.round(2)),
        scada.flows,
        scada.levels,
        scada.demands,
        (),
    )


if __name__ == "__main__":
    main([int(each) for each in sys.argv[1:]] or list(SEEDS))
