"""The long runs: kills under load, then every property test with many more examples.

python -m benchmarks.campaign
"""

from __future__ import annotations

import os
import subprocess
import sys

RUNS = (
    [sys.executable, "-m", "benchmarks.kill", "--times", "20", "--seed", "1"],
    [sys.executable, "-m", "benchmarks.kill", "--times", "20", "--seed", "2"],
    [sys.executable, "-m", "benchmarks.kill", "--times", "20", "--seed", "1", "--postgres"],
    [sys.executable, "-m", "benchmarks.kill", "--times", "20", "--seed", "2", "--postgres"],
    [sys.executable, "-m", "benchmarks.access_leaks", "--seed", "1"],
    [sys.executable, "-m", "pytest", "-q", "tests/model", "tests/api", "tests/connect"],
)


def main() -> int:
    """Run them all; returns how many failed."""
    environment = os.environ | {"KOTA_HYPOTHESIS": "campaign"}
    return sum(subprocess.run(run, env=environment, check=False).returncode != 0 for run in RUNS)


if __name__ == "__main__":
    sys.exit(main())
