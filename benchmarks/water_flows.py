"""How well unmetered flows of L-TOWN are estimated when the true network is not the model.

As `water_estimate`, for the flow of every link that has no meter and carries 1 m³/h or more on
average; beside it the model as it is, with its own demands.

python -m benchmarks.water_flows [SEED …]
"""

from __future__ import annotations

import sys
import tempfile
import time
from datetime import UTC
from pathlib import Path

import numpy as np

from benchmarks.report import emit, machine
from benchmarks.water_years import ABSENT, BEGIN, DAY, FLOWS, LOGGERS, STEP_S, TANK, ltown, states
from kota.solutions.water.estimate.run import Course
from kota.solutions.water.estimate.scada import Scada, Table
from kota.solutions.water.estimate.twin import Twin

DAYS, EVERY = 2, 6
SEEDS = (101, 102, 103)
CARRIES = 1.0


def main(seeds: list[int]) -> None:
    """Print errors [m³/h], coverage and the time of a step."""
    nominal = ltown()
    if nominal is None:
        print(ABSENT, file=sys.stderr)
        return
    print(machine(), file=sys.stderr)
    for seed in seeds:
        with tempfile.TemporaryDirectory() as folder:
            measured, _, truth = states(nominal, seed=seed, folder=Path(folder), days=DAYS)
        rows = slice(0, DAYS * DAY, EVERY)
        times = int(BEGIN.replace(tzinfo=UTC).timestamp()) + STEP_S * np.arange(DAYS * DAY)[rows]
        scada = Scada(
            times,
            Table(tuple(LOGGERS), measured.pressures[rows]),
            Table(FLOWS, measured.flows[rows]),
            Table((TANK,), measured.levels[rows]),
            Table(measured.meters, measured.demands[rows] / 1000),
            (),
        )
        real, plain = truth[rows], []
        with Twin(nominal, flows=FLOWS, levels=(TANK,)) as twin:
            asked = np.array([name not in FLOWS for name in twin.links])
            for k, second in enumerate(times.tolist()):
                lifted = {"PUMP_1": float(scada.flows.values[k, 0])}
                level = {TANK: float(scada.levels.values[k, 0])}
                plain.append(twin.solve(twin.usual(second), lifted, level).flow)
        asked &= np.abs(real).mean(axis=0) >= CARRIES
        before, flow, spread = time.process_time(), [], []
        for _, _, estimate in Course(nominal, scada, flows=True).run():
            flow.append(estimate.flow)
            spread.append(estimate.flow_spread)
        took = (time.process_time() - before) / len(flow) * 1000
        wrong = np.abs(np.array(flow) - real)[:, asked]
        inside = wrong <= 1.645 * np.array(spread)[:, asked]
        model = np.abs(np.array(plain) - real)[:, asked].mean()
        emit(f"water.flows.mae.{seed}", float(wrong.mean()), "m³/h", floor=float(model))
        emit(f"water.flows.covered.{seed}", float(inside.mean()), "", goal="0.85 to 0.95")
        emit(f"water.flows.step_cpu.{seed}", took, "ms")


if __name__ == "__main__":
    main([int(each) for each in sys.argv[1:]] or list(SEEDS))
