"""Whether a model of 1,000 links keeps ten times ahead of real time, and what a forecast takes.

python -m benchmarks.sewage_pace [--pipes 1000]
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.report import machine
from benchmarks.sewage_towns import draw_storm, draw_town
from kota.solutions.sewage.ahead import run_ahead

BEGIN = datetime(2026, 11, 27, 15, tzinfo=UTC)


def main() -> None:
    """Print a JSON line: hours simulated by hour of wall and of processor."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pipes", type=int, default=1000)
    asked = parser.parse_args()
    print(machine(), file=sys.stderr)
    with TemporaryDirectory() as folder:
        town, model = draw_town(3000, asked.pipes), Path(folder) / "town.inp"
        model.write_text(town.text)
        rain = draw_storm(3)[:, None]
        wall, cpu = time.perf_counter(), time.process_time()
        spills = run_ahead(
            model,
            rain,
            begin=BEGIN,
            now=BEGIN,
            overflows=town.overflows,
            measured=town.measured,
        )
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    hours = timedelta(minutes=5 * len(rain)) / timedelta(hours=1)
    line = {
        "metric": "sewage.pace",
        "links": asked.pipes,
        "storm_h": hours,
        "times_real_time": round(hours * 3600 / wall),
        "times_real_time_by_processor": round(hours * 3600 / cpu),
        "spilt_m3": round(float(np.sum(spills.volumes))),
    }
    print(json.dumps(line))


if __name__ == "__main__":
    main()
