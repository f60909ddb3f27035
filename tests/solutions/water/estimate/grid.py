"""A small town on a grid of streets: its file, the truth that differs from it, its readings."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from kota.solutions.water.estimate.replay import Floats
from kota.solutions.water.estimate.twin import Twin

SIDE = 6
STEP_S = 1800
LOGGERS = ("n00", "n05", "n11", "n14", "n23", "n30", "n35", "n42", "n44", "n50", "n53", "n55")
INFLOW = "main"
BEGIN = 1_514_764_800
"""2018-01-01, a Monday."""
DAILY = [
    *(0.4, 0.3, 0.3, 0.3, 0.4, 0.8, 1.4, 1.6, 1.4, 1.2, 1.1, 1.1),
    *(1.2, 1.1, 1.0, 1.0, 1.1, 1.3, 1.5, 1.4, 1.2, 1.0, 0.7, 0.5),
]


def write_network(path: Path) -> Path:
    """A reservoir, a main, and 36 junctions 120 m apart."""
    names = [f"n{x}{y}" for x in range(SIDE) for y in range(SIDE)]
    lines = ["[JUNCTIONS]", *(f"{name} 0 {1 + k % 3}" for k, name in enumerate(names))]
    lines += ["[RESERVOIRS]", "R 60", "[PIPES]", "main R n00 200 250 120 0 Open"]
    for x in range(SIDE):
        for y in range(SIDE):
            if x + 1 < SIDE:
                lines.append(f"h{x}{y} n{x}{y} n{x + 1}{y} 120 100 120 0 Open")
            if y + 1 < SIDE:
                lines.append(f"v{x}{y} n{x}{y} n{x}{y + 1} 120 100 120 0 Open")
    lines += ["[PATTERNS]", "1 " + " ".join(map(str, DAILY)), "[OPTIONS]"]
    lines += ["Units CMH", "Headloss H-W", "Pattern 1", "Accuracy 0.0001"]
    lines += ["[TIMES]", "Duration 24:00", "Pattern Timestep 1:00", "[COORDINATES]", "R -100 0"]
    lines += [f"{name} {120 * int(name[1])} {120 * int(name[2])}" for name in names]
    path.write_text("\n".join([*lines, "[END]", ""]))
    return path


def true_flows(path: Path, days: int, *, seed: int = 1) -> Iterator[Floats]:
    """The flows of all links of the truth that `play` draws [m³/h], step by step."""
    with _town(path, days, seed) as (twin, demands):
        for demand in demands:
            yield twin.solve(demand, {}, {}).flow


@contextmanager
def _town(path: Path, days: int, seed: int) -> Iterator[tuple[Twin, Iterator[Floats]]]:
    """What differs from the file, and what is taken step by step."""
    rng = np.random.default_rng(seed)
    with Twin(path, flows=(INFLOW,), levels=()) as twin:
        twin.resist(np.exp(rng.uniform(-0.4, 0.4, len(twin.network.pipes))))
        share = rng.uniform(0.9, 1.1, len(twin.nodes))

        def demands() -> Iterator[Floats]:
            for second in BEGIN + STEP_S * np.arange(days * 86_400 // STEP_S):
                demand = twin.usual(int(second)) * share * rng.normal(1.0, 0.02)
                yield demand * rng.normal(1.0, 0.05, len(demand))

        yield twin, demands()


def play(
    path: Path, days: int, *, seed: int = 1, leak: tuple[str, int, float] | None = None
) -> tuple[Floats, Floats, Floats]:
    """The truth: instants [s], pressures of all nodes [m], inflow [m³/h].

    Args:
        path: the network's file.
        days: how many.
        seed: of what differs from the file and of the customers' doings.
        leak: a node, the first step, and its flow [m³/h].
    """
    times = BEGIN + STEP_S * np.arange(days * 86_400 // STEP_S)
    pressures, inflow = [], []
    with _town(path, days, seed) as (twin, demands):
        for step, demand in enumerate(demands):
            if leak is not None and step >= leak[1]:
                demand[twin.node[leak[0]]] += leak[2]
            state = twin.solve(demand, {}, {})
            pressures.append(state.head - twin.elevation)
            inflow.append(state.flow[twin.link[INFLOW]])
    return times, np.array(pressures), np.array(inflow)


def write_readings(
    folder: Path, times: Floats, pressures: Floats, inflow: Floats, *, nodes: tuple[str, ...]
) -> Path:
    """SCADA files with decimal commas."""
    folder.mkdir(parents=True, exist_ok=True)
    stamps = [str(np.datetime64(int(t), "s")).replace("T", " ") for t in times]
    columns = [nodes.index(name) for name in LOGGERS]
    tables = {"Pressures": (LOGGERS, pressures[:, columns]), "Flows": ((INFLOW,), inflow[:, None])}
    for name, (names, values) in tables.items():
        lines = [";".join(("Timestamp", *names))]
        for stamp, row in zip(stamps, values, strict=True):
            lines.append(stamp + ";" + ";".join(f"{v:.2f}".replace(".", ",") for v in row))
        (folder / f"SCADA_{name}.csv").write_text("\n".join(lines) + "\n")
    return folder


def nodes_of(path: Path) -> tuple[str, ...]:
    """The network's nodes in EPANET's order."""
    with Twin(path, flows=(), levels=()) as twin:
        return twin.nodes
