"""How long a look ahead takes on L-TOWN: 24 h in steps of 5 min, with age, warnings and storage.

Pressure, deficit and demand of 785 nodes and flow of 909 links at 289 steps, demand following
pressure, the water's age, warnings, and both files as the command writes them. A what-if is two
look aheads in steps of 15 minutes.

python -m benchmarks.water_outlook
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from benchmarks.report import emit, machine, percentile
from benchmarks.water_years import ABSENT, ltown
from kota.solutions.water.inp import read_network
from kota.solutions.water.outlook.change import Changes
from kota.solutions.water.outlook.compare import compare
from kota.solutions.water.outlook.course import Begin, look_ahead
from kota.solutions.water.outlook.table import write_course, write_warnings
from kota.solutions.water.outlook.warn import warned_of

TIMES = 7


def main() -> None:
    """Print seconds, the median of some runs."""
    path = ltown()
    if path is None:
        print(ABSENT, file=sys.stderr)
        return
    print(machine(), file=sys.stderr)
    took, compared = [], []
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        for k in range(TIMES):
            before = time.perf_counter()
            begin = Begin(clock=3600 * k, levels={"T1": 2.5 + 0.2 * k})
            course = look_ahead(path, begin, quality="age")
            warned = warned_of(course, read_network(path), quality="age")
            write_course(course, "age", folder / "nodes.parquet")
            write_warnings(course, warned, folder / "outlook.json")
            took.append(time.perf_counter() - before)
            before = time.perf_counter()
            compare(path, Changes(closed=("p239",)), begin=begin)
            compared.append(time.perf_counter() - before)
    emit("water.outlook.24h", percentile(took, 0.5), "s", goal="1.0 s")
    emit("water.outlook.what_if", percentile(compared, 0.5), "s")


if __name__ == "__main__":
    main()
