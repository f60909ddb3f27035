"""How near and how fast sites are found: OR-Library's p-median instances, and larger ones.

python -m benchmarks.amenities_siting [--peer SECONDS] [--only heuristic|proof|peer|center]

The instances lie in ``../shared/data`` (or under ``KOTA_SHARED``). The peer, spopt with HiGHS, is
measured where it is installed (``pip install spopt pulp highspy``), each instance within a limit.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from benchmarks.report import emit, machine
from kota.solutions.amenities.siting import Model, Problem, Solution, solve

SHARED = Path(os.environ.get("KOTA_SHARED", Path(__file__).parents[1].parent / "shared"))
PMED = SHARED / "data" / "amenities" / "pmed"

PEER = """
import sys, time, numpy, pulp
from spopt.locate import PMedian
table = numpy.load(sys.argv[1]); p = int(sys.argv[2]); limit = float(sys.argv[3])
model = PMedian.from_cost_matrix(table, numpy.ones(len(table)), p_facilities=p)
solver = pulp.HiGHS(msg=False, timeLimit=limit, threads=1)
model = model.solve(solver, results=False)
chosen = [j for j, var in enumerate(model.fac_vars) if (var.value() or 0) > 0.5]
cost = table[:, chosen].min(axis=1).sum() if chosen else float("nan")
print(time.process_time(), cost, pulp.LpStatus[model.problem.status])
"""


def instance(number: int) -> tuple[np.ndarray, int]:
    """Distances between the vertices of a pmed instance, and p; of repeated edges the last."""
    words = (PMED / f"pmed{number}.txt").read_text().split()
    n, _, p = (int(word) for word in words[:3])
    rows = np.array(words[3:], dtype=np.int64).reshape(-1, 3)
    edges = {(min(a, b) - 1, max(a, b) - 1): length for a, b, length in rows.tolist()}
    return _ways(n, np.array(list(edges)), np.array(list(edges.values()))), p


def drawn(n: int, seed: int) -> np.ndarray:
    """Distances in a graph as Beasley drew his: a path and n²/50 edges in all, of 1 to 100."""
    rng = np.random.default_rng(seed)
    path = rng.permutation(n)
    more = rng.integers(0, n, (n * n // 50 - n, 2))
    pairs = np.sort(np.vstack([np.stack([path[:-1], path[1:]], axis=1), more]), axis=1)
    pairs = np.unique(pairs[pairs[:, 0] != pairs[:, 1]], axis=0)
    return _ways(n, pairs, rng.integers(1, 101, len(pairs)))


def town(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Distances between points of a town of 10 km with a dense middle [m], and people at each."""
    rng = np.random.default_rng(seed)
    points = np.vstack(
        [rng.normal(5000, 900, (n // 2, 2)), rng.uniform(0, 10_000, (n - n // 2, 2))]
    )
    table = np.hypot(points[:, None, 0] - points[:, 0], points[:, None, 1] - points[:, 1])
    return table, rng.integers(1, 60, n).astype(np.float64)


def _ways(n: int, pairs: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    matrix = csr_matrix((lengths.astype(np.float64), (pairs[:, 0], pairs[:, 1])), shape=(n, n))
    return dijkstra(matrix, directed=False)


def problem(table: np.ndarray, p: int, weights: np.ndarray | None = None) -> Problem:
    """The p-median over a square table."""
    return Problem(
        model=Model.MEDIAN,
        distances=table,
        weights=np.ones(len(table)) if weights is None else weights,
        status=np.zeros(table.shape[1], dtype=np.int64),
        count=p,
    )


def timed(asked: Problem, limit: float) -> tuple[Solution, float]:
    """Solve within processor seconds, as the machine is shared; the solution and what it took."""
    began = time.process_time()
    found = solve(asked, time_limit=limit, clock=time.process_time)
    return found, time.process_time() - began


def proofs() -> None:
    """pmed1–12: seconds, objective, bound and gap, against the published optimum."""
    for name, (table, p), optimum in instances():
        found, seconds = timed(problem(table, p), 60.0)
        emit(f"siting.{name}.cpu", seconds, "s", goal="60 s")
        emit(f"siting.{name}.objective", found.objective, "", floor=optimum, goal="the optimum")
        emit(f"siting.{name}.bound", found.bound, "", floor=optimum)
        emit(f"siting.{name}.gap", found.gap, "", goal="0.001")
    for n, p in ((500, 5), (900, 5), (900, 90)):
        found, seconds = timed(problem(drawn(n, 1), p), 60.0)
        emit(f"siting.drawn_{n}_{p}.cpu", seconds, "s")
        emit(f"siting.drawn_{n}_{p}.gap", found.gap, "")


def instances() -> Iterator[tuple[str, tuple[np.ndarray, int], float]]:
    """OR-Library's instances, where they are there."""
    if not PMED.is_dir():
        print(f"no {PMED}: the instances are left out; set KOTA_SHARED", file=sys.stderr)
        return
    rows = (PMED / "optima.csv").read_text().split()[1:]
    for row in rows:
        name, optimum = row.split(",")
        yield name, instance(int(name.removeprefix("pmed"))), float(optimum)


def quick() -> None:
    """The quick answer: its distance from the best known bound, and its seconds."""
    for n, p, limit in (
        (500, 10, 0.7),
        (500, 50, 0.7),
        (5000, 10, 8.0),
        (5000, 50, 8.0),
        (5000, 500, 8.0),
    ):
        table, weights = town(n, 7)
        found, seconds = timed(problem(table, p, weights), limit)
        best, _ = timed(problem(table, p, weights), 25.0)
        name = f"siting.quick_{n}_{p}"
        emit(f"{name}.cpu", seconds, "s", goal="1 s" if n == 500 else "10 s")
        emit(f"{name}.own_gap", found.gap, "")
        emit(f"{name}.from_best_bound", found.objective / best.bound - 1, "", goal="0.01")


def centers() -> None:
    """pmed1–12 as p-centers: seconds and gap."""
    for name, (table, p), _ in instances():
        asked = Problem(
            model=Model.CENTER,
            distances=table,
            weights=np.ones(len(table)),
            status=np.zeros(len(table), dtype=np.int64),
            count=p,
        )
        found, seconds = timed(asked, 60.0)
        emit(f"siting.{name}.center.cpu", seconds, "s")
        emit(f"siting.{name}.center.objective", found.objective, "")
        emit(f"siting.{name}.center.gap", found.gap, "")


def peer(limit: float, python: str) -> None:
    """spopt with HiGHS on the same instances, each in a process of its own."""
    try:
        subprocess.run(
            [python, "-c", "import spopt, pulp, highspy"], check=True, capture_output=True
        )
    except (subprocess.CalledProcessError, OSError):
        print("spopt is not installed: the peer is left out", file=sys.stderr)
        return
    for name, (table, p), optimum in instances():
        with tempfile.NamedTemporaryFile(suffix=".npy") as file:
            np.save(file.name, table)
            words = [python, "-c", PEER, file.name, str(p), str(limit)]
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            done = subprocess.run(words, capture_output=True, text=True, check=False)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
        emit(f"siting.{name}.spopt.cpu", after.ru_utime - before.ru_utime, "s")
        lines = [line for line in done.stdout.splitlines() if line.count(" ") == 2]
        if not lines:
            print(f"{name}: spopt gave no answer: {done.stderr[-200:]}", file=sys.stderr)
            continue
        _, cost, said = lines[-1].split()
        emit(f"siting.{name}.spopt.objective", float(cost), said, floor=optimum)


def main() -> None:
    """Print the figures as JSON lines."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--peer", type=float, default=60.0, help="seconds for each of the peer's")
    options.add_argument("--peer-python", default=sys.executable, help="a Python that has spopt")
    options.add_argument("--only", choices=("proof", "heuristic", "center", "peer"))
    chosen = options.parse_args()
    print(machine(), file=sys.stderr)
    parts = {
        "proof": proofs,
        "heuristic": quick,
        "center": centers,
        "peer": lambda: peer(chosen.peer, chosen.peer_python),
    }
    for name, part in parts.items():
        if chosen.only in (None, name):
            part()


if __name__ == "__main__":
    main()
