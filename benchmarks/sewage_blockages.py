"""How soon Kota finds blocked pipes in dry weather, and how often it is wrong.

python -m benchmarks.sewage_blockages [--pipes 500] [--seed 2000] [--blocked 20] [--share 1.0]

A drawn town (`benchmarks.sewage_towns`) runs a dry day in SWMM at five strengths of the daily flow,
healthy and with pipes blocked to half their bore: by sediment on the invert, and by a narrowing to
half the width (roots, fat). Days are made of these by the strength of each quarter of an hour; it
wanders from day to day (sd 10 %) and by the hour (sd 8 %) for the town and for each node (5 %); a
sensor errs by 5 mm and rounds to 1 mm. Fourteen days are learned, then a healthy month counts false
alarms; then each blockage grows for five days to half the pipe, and is to be found within 24 hours.
``--share`` of the nodes have a level sensor; the detector knows which node drains to which.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from benchmarks.report import machine
from benchmarks.sewage_towns import PATTERN, Town, draw_town
from kota.solutions.sewage.blockages import BlockageDetector
from kota.solutions.sewage.swmm import opened

Floats = NDArray[np.float64]

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
STRENGTHS = (0.3, 0.6, 1.0, 1.6, 2.5)
SLOTS, LEARN_D, HEALTHY_D, GROW_D, AFTER_D = 96, 14, 30, 5, 2
KINDS = ("sediment", "narrowing")


def main() -> None:
    """Print a table line for each kind of blockage."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pipes", type=int, default=500)
    parser.add_argument("--seed", type=int, default=2000)
    parser.add_argument("--blocked", type=int, default=20)
    parser.add_argument("--share", type=float, default=1.0)
    asked = parser.parse_args()
    print(machine(), file=sys.stderr)
    rng = np.random.default_rng(asked.seed)
    town = draw_town(asked.seed, asked.pipes, dry=True)
    blocked = sorted(rng.choice(asked.pipes, asked.blocked, replace=False).tolist())
    nodes = [f"J{i + 1}" for i in range(asked.pipes)]
    measured = rng.uniform(size=asked.pipes) < asked.share
    with TemporaryDirectory() as folder:
        healthy = _tables(town.text, nodes, Path(folder))
        ill = {kind: _tables(_blocked(town, blocked, kind), nodes, Path(folder)) for kind in KINDS}
    below = dict(zip(nodes, town.below, strict=True))
    sensors = [each for each, is_measured in zip(nodes, measured, strict=True) if is_measured]
    print("| blockage | sensors | found within 24 h | at the pipe itself | false in a month |")
    print("| --- " * 5 + "|")
    for kind in KINDS:
        detector = BlockageDetector(sensors, below)
        times, levels = _days(healthy, None, LEARN_D, 0, rng)
        detector.learn(times, levels[:, measured])
        false = _named(detector, *_days(healthy, None, HEALTHY_D, LEARN_D, rng), sensors, measured)
        days = _days(healthy, ill[kind], GROW_D + AFTER_D, LEARN_D + HEALTHY_D, rng)
        found = _named(detector, *days, sensors, measured)
        due = days[0][0] + timedelta(days=GROW_D + 1)
        soon = {name for name, at in found.items() if at <= due}
        at_pipe = [i for i in blocked if nodes[i] in soon]
        near = [i for i in blocked if _near(nodes[i], below) & soon]
        print(
            f"| {kind} | {len(sensors)} of {asked.pipes} | {len(near)} of {len(blocked)}"
            f" | {len(at_pipe)} of {len(blocked)} | {len(false)} |",
            flush=True,
        )


def _near(node: str, below: dict[str, str]) -> set[str]:
    """The node above a pipe and those that drain straight to it."""
    return {node, *(each for each, to in below.items() if to == node)}


def _named(
    detector: BlockageDetector,
    times: Sequence[datetime],
    levels: Floats,
    sensors: list[str],
    measured: NDArray[np.bool_],
) -> dict[str, datetime]:
    first: dict[str, datetime] = {}
    for time, row in zip(times, levels[:, measured], strict=True):
        for each in detector.update(time, dict(zip(sensors, row.tolist(), strict=True))):
            first.setdefault(each.id, time)
    return first


def _days(
    healthy: Floats, ill: Floats | None, days: int, first: int, rng: np.random.Generator
) -> tuple[list[datetime], Floats]:
    """Levels of so many days, in quarters of an hour."""
    count = days * SLOTS
    nodes = healthy.shape[2]
    daily = np.repeat(0.1 * rng.standard_normal(days), SLOTS)
    town, each = np.zeros(count), np.zeros((count, nodes))
    for i in range(1, count):
        town[i] = 0.9 * town[i - 1] + 0.08 * 0.19**0.5 * rng.standard_normal()
        each[i] = 0.9 * each[i - 1] + 0.05 * 0.19**0.5 * rng.standard_normal(nodes)
    strength = np.exp((daily + town)[:, None] + each)
    slots = np.arange(count) % SLOTS
    levels = _between(healthy, strength, slots)
    if ill is not None:
        grown = np.clip((np.arange(count) + 1) / (GROW_D * SLOTS), 0.0, 1.0)[:, None]
        levels = levels + grown * (_between(ill, strength, slots) - levels)
    levels = np.round(levels + 0.005 * rng.standard_normal(levels.shape), 3)
    begin = BEGIN + timedelta(days=first)
    return [begin + timedelta(minutes=15 * i) for i in range(count)], np.maximum(levels, 0.0)


def _between(table: Floats, strength: Floats, slots: NDArray[np.intp]) -> Floats:
    """Levels at a strength, between those that were run, shape ``(n_times, n_nodes)``."""
    known = np.array(STRENGTHS)
    upper = np.clip(np.searchsorted(known, strength), 1, len(known) - 1)
    share = (np.clip(strength, known[0], known[-1]) - known[upper - 1]) / np.diff(known)[upper - 1]
    column = np.arange(table.shape[2])
    low, high = table[upper - 1, slots[:, None], column], table[upper, slots[:, None], column]
    mixed: Floats = low + share * (high - low)
    return mixed


def _blocked(town: Town, pipes: list[int], kind: str) -> str:
    """The town with these pipes half full of sediment, or narrowed to half their width."""
    section, lines = "", []
    ids = {town.pipes[i] for i in pipes}
    for line in town.text.splitlines():
        section = line if line.startswith("[") else section
        parts = line.split()
        if section == "[XSECTIONS]" and parts and parts[0] in ids:
            size = float(parts[2])
            shape = (
                f"FILLED_CIRCULAR {size} {size / 2:.3f} 0 0 1"
                if kind == "sediment"
                else f"CIRCULAR {size / 2:.3f} 0 0 0 1"
            )
            line = f"{parts[0]} {shape}"
        lines.append(line)
    return "\n".join(lines)


def _tables(text: str, nodes: list[str], folder: Path) -> Floats:
    """Levels by strength, quarter of an hour and node, of the second of two days [m]."""
    tables = []
    for strength in STRENGTHS:
        path = folder / "dry.inp"
        scaled = " ".join(f"{each * strength:.4f}" for each in PATTERN)
        path.write_text(
            "\n".join(
                f"DAY HOURLY {scaled}" if line.startswith("DAY HOURLY") else line
                for line in text.replace(
                    "ROUTING_STEP 0:00:15", "ROUTING_STEP 0:00:30"
                ).splitlines()
            )
        )
        with get_context("spawn").Pool(1) as pool:
            tables.append(pool.apply(_dry_day, (path, nodes)))
    return np.array(tables)


def _dry_day(path: Path, nodes: list[str]) -> Floats:
    """The day that follows half a day of filling."""
    begin = datetime(2026, 11, 27, 12, tzinfo=UTC)
    levels = np.full((SLOTS, len(nodes)), np.nan)
    with opened(path) as engine:
        engine.play_from(begin, begin + timedelta(hours=36, minutes=1))
        for second in engine.steps():
            slot = int((second - 12 * 3600) // 900)
            if 0 <= slot < SLOTS and np.isnan(levels[slot, 0]):
                levels[slot] = [engine.depth(each) for each in nodes]
    return levels


if __name__ == "__main__":
    main()
