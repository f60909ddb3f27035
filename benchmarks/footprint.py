"""How long an empty Kota takes to start.

python -m benchmarks.footprint
"""

from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path

from benchmarks.processes import start_kota
from benchmarks.report import emit, machine, percentile

TIMES = 7


def main() -> None:
    """Start it several times; the first warms the disk's cache."""
    print(json.dumps({"machine": machine()}))
    seconds = []
    for number in range(TIMES):
        with tempfile.TemporaryDirectory() as name:
            begin = time.perf_counter()
            process, _ = start_kota(Path(name) / "data")
            seconds.append(time.perf_counter() - begin)
            if number == TIMES - 1:
                emit("start.memory", process.memory(), "MB, empty")
            process.stop()
    emit("start.median", percentile(seconds[1:], 0.5), "s", goal="1.5")


if __name__ == "__main__":
    main()
