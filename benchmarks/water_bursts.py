"""How soon a burst of 20 m³/h is alarmed in L-TOWN, and how often an alarm is false.

Towns that differ from their model (`water_years`): 28 quiet days, then a burst in every third day,
in any pipe but the tank's at any time of the day, shut off after twelve hours; 20 bursts a town. A
further alarm while a burst runs that was alarmed counts as false, as does one when none runs;
months are counted of both metered areas from the end of the quiet days on. Where the burst is said
to be is judged by the distance along pipes. The constants were fixed on towns 901 and 902, after
the counts of the first versions on towns 1 and 11 to 13.

python -m benchmarks.water_bursts [--size M3_PER_H] [SEED …]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.report import emit, machine
from benchmarks.water_burst_towns import QUIET, SIZE, Burst, town
from benchmarks.water_years import ABSENT, DAY, ltown
from kota.solutions.water.bursts.search import watched
from kota.solutions.water.bursts.watch import Alarm
from kota.solutions.water.estimate.scada import Scada
from kota.solutions.water.estimate.twin import Twin
from kota.solutions.water.leaks.places import Places

SEEDS = (14, 15, 16, 17)
MISSED = np.inf
AREAS = 2
MONTH = 30


@dataclass(frozen=True, slots=True)
class Judged:
    """Of a town: hours until each burst is alarmed, false alarms, metres to the likeliest pipe."""

    delays: tuple[float, ...]
    false: int
    apart: tuple[float, ...]


def judge(scada: Scada, alarms: list[Alarm], bursts: list[Burst], places: Places) -> Judged:
    """Hold alarms against the truth."""
    steps = [int(np.searchsorted(scada.times, alarm.since)) for alarm in alarms]
    delays, apart, true = [], [], 0
    for burst in bursts:
        said = [k for k, step in enumerate(steps) if burst.start <= step <= burst.end]
        if said:
            true += 1
            delays.append((steps[said[0]] - burst.start) * scada.step / 3600)
            likely = places.index[alarms[said[0]].places[0][0]]
            apart.append(float(places.distance[likely, places.index[burst.pipe]]))
        else:
            delays.append(MISSED)
    return Judged(tuple(delays), len(alarms) - true, tuple(apart))


def main() -> None:
    """Print each town's figures and all towns' together."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--size", type=float, default=SIZE)
    asked.add_argument("seeds", nargs="*", type=int)
    given = asked.parse_args()
    network = ltown()
    if network is None:
        print(ABSENT, file=sys.stderr)
        return
    print(machine(), file=sys.stderr)
    with Twin(network, flows=(), levels=()) as twin:
        places = Places(twin)
    towns, months, slowest = [], 0.0, 0.0
    for seed in given.seeds or SEEDS:
        with tempfile.TemporaryDirectory() as folder:
            scada, bursts = town(network, seed, Path(folder), size=given.size)
        before = time.process_time()
        alarms = [alarm for _, alarm, _ in watched(network, scada) if alarm is not None]
        slowest = max(slowest, (time.process_time() - before) / len(scada.times))
        towns.append(judge(scada, alarms, bursts, places))
        months += AREAS * (len(scada.times) / DAY - QUIET) / MONTH
        print(f"town {seed}: {towns[-1]}", file=sys.stderr)
    delays = np.array([delay for each in towns for delay in each.delays])
    apart = np.array([metres for each in towns for metres in each.apart])
    emit("water.bursts.bursts", len(delays), "")
    emit("water.bursts.missed", float(np.isinf(delays).sum()), "")
    p50, p95 = np.quantile(delays, [0.5, 0.95], method="higher")
    emit("water.bursts.delay_p50", p50, "h")
    emit("water.bursts.delay_p95", p95, "h", goal="2 h")
    false = sum(each.false for each in towns)
    emit("water.bursts.false", false / months, "per area and month", goal="1")
    emit("water.bursts.within_300_m", float(np.mean(apart <= 300)), "of those alarmed")
    emit("water.bursts.step", slowest * 1000, "ms of processor time")


if __name__ == "__main__":
    main()
