"""Trajectories into trips: how fast, and how many of the true trips are found.

python -m benchmarks.flow_trajectories [--people 2000]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
from pyarrow import parquet

from benchmarks.report import emit, machine
from kota.solutions.people_flow.privacy.trajectories import unproject
from kota.solutions.people_flow.privacy.trajectory_files import Order, clean

STEP_S = 30
NOISE_M = 6.0
LEAPS = 0.01
LOST = 0.1


def main() -> None:
    """Print points a second, and precision and recall of trips."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=2000)
    people = parser.parse_args().people
    print(machine(), file=sys.stderr)
    rng = np.random.default_rng(3)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "points.parquet"
        true = play(file, people, rng)
        begin = time.perf_counter()
        made = clean(Order(file=file, zone=ZoneInfo("UTC")))
        elapsed = time.perf_counter() - begin
    person = made.points.person[made.trips.first]
    start = made.points.at[made.trips.first] - 1_764_288_000
    found = {
        (int(one), k)
        for one, at in zip(person.tolist(), start.tolist(), strict=True)
        for k, leaves in enumerate(true[one])
        if abs(at - leaves) <= 300
    }
    trips = sum(map(len, true))
    emit("flow.trajectories.rate", made.read / elapsed, "points/s")
    emit("flow.trajectories.trips_found", len(found) / trips, "share")
    emit("flow.trajectories.trips_right", len(found) / len(person), "share")


def play(file: Path, people: int, rng: np.random.Generator) -> list[list[float]]:
    """Write points of people who go from place to place for five hours; when each leaves [s]."""
    at = np.arange(0, 5 * 3600, STEP_S, dtype=float)
    columns: dict[str, list[np.ndarray]] = {"person": [], "time": [], "lon": [], "lat": []}
    leaving: list[list[float]] = []
    for person in range(people):
        knots, where = [0.0], [rng.uniform(0, 8000, 2)]
        leaves = []
        while knots[-1] < at[-1]:
            leave = knots[-1] + rng.uniform(1200, 4000)
            there = rng.uniform(0, 8000, 2)
            arrive = leave + np.hypot(*(there - where[-1])) / rng.uniform(1.2, 8)
            if leave < at[-1] - 600:
                leaves.append(leave)
            knots += [leave, arrive]
            where += [where[-1], there]
        path = np.array(where)
        x, y = (np.interp(at, knots, path[:, k]) + rng.normal(0, NOISE_M, len(at)) for k in (0, 1))
        x[rng.random(len(at)) < LEAPS] += 40_000
        kept = rng.random(len(at)) >= LOST
        lon, lat = unproject(x[kept], y[kept], 106.8, -6.2)
        columns["person"].append(np.full(kept.sum(), person))
        columns["time"].append(at[kept] + 1_764_288_000)
        columns["lon"].append(lon)
        columns["lat"].append(lat)
        leaving.append(leaves)
    joined = {name: np.concatenate(parts) for name, parts in columns.items()}
    table = pa.table({**joined, "person": [f"p{k}" for k in joined["person"].tolist()]})
    parquet.write_table(table, file)
    return leaving


if __name__ == "__main__":
    main()
