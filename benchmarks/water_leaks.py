"""Leaks found in BattLeDIM-style years of L-TOWN, scored by the competition's rules.

The scorer is gated: it must give the perfect submission of 2019 523,153.82 EUR on the official
leaks (../shared/data/water/battledim; said plainly where that is absent).

python -m benchmarks.water_leaks [--cache FOLDER] [SEED …]
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.report import emit, machine
from benchmarks.water_years import ABSENT, BEGIN, STEP_S, YEAR, Floats, ltown, made
from kota.solutions.water.estimate.twin import Twin
from kota.solutions.water.leaks.places import NEAR, Places
from kota.solutions.water.leaks.search import search

SEEDS = (1, 2, 3, 4, 5)
WORTH = 0.8
"""EUR a cubic metre."""
FALSE = 500.0
PERFECT = 523_153.82
HOUR = 3600 / STEP_S


@dataclass(frozen=True, slots=True)
class Score:
    """By the rules: EUR earned, leaks found, false alarms."""

    euros: float
    found: int
    false: int

    def at(self, price: float) -> float:
        """EUR if a false alarm cost so much."""
        return self.euros - self.false * (price - FALSE)


def score(
    lines: Sequence[tuple[str, int]],
    pipes: Sequence[str],
    leaks: Floats,
    places: Places,
    began: Sequence[int] | None = None,
) -> Score:
    """Judge a submission.

    Args:
        lines: pipe, and step of the year, in any order.
        pipes: of the true leaks.
        leaks: their flows in the year [m³/h] `(steps, n_leaks)`.
        places: whose distances count.
        began: the steps at which they begin; None: with the first flow that is not 0.
    """
    at = np.array([places.index[pipe] for pipe in pipes])
    going = leaks > 0
    first, last = np.argmax(going, axis=0), len(leaks) - 1 - np.argmax(going[::-1], axis=0)
    if began is not None:
        first = np.asarray(began)
    undetected = set(range(len(pipes)))
    euros, found, false = 0.0, 0, 0
    for pipe, step in sorted(lines, key=lambda line: line[1]):
        far = places.distance[places.index[pipe], at]
        active = (first <= step) & (step <= last)
        near = [int(k) for k in np.flatnonzero(active & (far <= NEAR))]
        new = [k for k in near if k in undetected]
        if new:
            best = min(new, key=lambda k: far[k])
            undetected.remove(best)
            euros += leaks[step:, best].sum() / HOUR * WORTH - FALSE * far[best] / NEAR
            found += 1
        elif not near:
            euros -= FALSE
            false += 1
    return Score(float(euros), found, false)


def read_lines(path: Path, begin: datetime) -> list[tuple[str, int]]:
    """A submission's lines, as pipe and step after a year's begin."""
    lines = []
    for text in path.read_text().splitlines():
        if text.strip() and not text.startswith("#"):
            pipe, stamp = (part.strip() for part in text.split(","))
            passed = (datetime.fromisoformat(stamp) - begin).total_seconds()
            lines.append((pipe, int(passed // STEP_S)))
    return lines


def gate(places: Places) -> None:
    """Hold the scorer to the competition's own figure."""
    shared = Path(os.environ.get("KOTA_SHARED", Path(__file__).parents[1].parent / "shared"))
    folder = shared / "data" / "water" / "battledim"
    if not folder.is_dir():
        print("the official leaks are absent: the scorer is not gated", file=sys.stderr)
        return
    from scipy.io import loadmat

    told = loadmat(str(folder / "leak_info.mat"), squeeze_me=True)["leak"]
    pipes = [str(leak["linkID"]) for leak in told]
    leaks = np.column_stack([np.asarray(leak["timeSeries"], dtype=float) for leak in told])
    begin = BEGIN.replace(year=2019) + timedelta(seconds=STEP_S)  # the series begins at 00:05
    lines = read_lines(folder / "perfect_submission.txt", begin)
    began = [int(leak["startTime"]) - 1 for leak in told]
    got = score(lines, pipes, leaks, places, began)
    emit("water.leaks.gate", got.euros, "EUR", goal=f"{PERFECT}")
    if abs(got.euros - PERFECT) > 1:
        raise SystemExit("the scorer does not give the perfect submission its score")


def judged(seed: int, cache: Path, network: Path, places: Places) -> tuple[Score, float, float]:
    """A seed's score, the perfect one, and seconds a year."""
    folder = made(seed, cache)
    leaks: NDArray[np.float64] = np.load(folder / "truth.npz")["leaks"][YEAR:].astype(float)
    pipes = [leak["pipe"] for leak in json.loads((folder / "truth.json").read_text())]
    going = leaks.sum(axis=0) > 0
    names = [pipe for pipe, on in zip(pipes, going, strict=True) if on]
    leaks = leaks[:, going]
    perfect = [(pipe, int(np.argmax(leaks[:, k] > 0))) for k, pipe in enumerate(names)]
    before = time.perf_counter()
    outcome = search(network, folder)
    took = (time.perf_counter() - before) / 2
    zero = int(BEGIN.replace(year=2019, tzinfo=UTC).timestamp())
    lines = [(leak.pipe, (leak.at - zero) // STEP_S) for leak in outcome.found]
    return (
        score(lines, names, leaks, places),
        score(perfect, names, leaks, places).euros,
        took,
    )


def main() -> None:
    """Print each seed's figures and their mean."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--cache", type=Path)
    asked.add_argument("seeds", nargs="*", type=int)
    given = asked.parse_args()
    network = ltown()
    if network is None:
        print(ABSENT, file=sys.stderr)
        return
    print(machine(), file=sys.stderr)
    with Twin(network, flows=(), levels=()) as twin:
        places = Places(twin)
    gate(places)
    rows = []
    with tempfile.TemporaryDirectory() as scratch:
        for seed in given.seeds or SEEDS:
            got, perfect, took = judged(seed, given.cache or Path(scratch), network, places)
            shares = (got.euros / perfect, got.at(5000) / perfect)
            rows.append((*shares, got.found, got.false, took))
            print(f"seed {seed}: {got}, perfect {perfect:.0f}", file=sys.stderr)
    means = np.mean(rows, axis=0)
    emit("water.leaks.share", means[0], "of perfect", goal="0.6")
    emit("water.leaks.share_at_5000", means[1], "of perfect")
    emit("water.leaks.found", means[2], "of 23", goal="15")
    emit("water.leaks.false", means[3], "", goal="at most 5")
    emit("water.leaks.year", means[4], "s", goal="900 s")


if __name__ == "__main__":
    main()
