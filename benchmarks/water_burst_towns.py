"""Towns with bursts: L-TOWN as `water_years` perturbs it, and bursts of one size all over it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from math import pi, sqrt
from pathlib import Path

import numpy as np

from benchmarks.water_years import (
    BEGIN,
    DAY,
    FLOWS,
    LOGGERS,
    STEP_S,
    TANK,
    Leak,
    draw_demand,
    played,
    true_file,
    week_of,
)
from kota.solutions.water.estimate.scada import Scada, Table
from kota.solutions.water.estimate.twin import MONDAY, Twin
from kota.solutions.water.inp import read_network

QUIET = 28
"""Days without a burst, to learn from."""
EVERY = 3
"""Days from one burst to the next."""
HOURS = 12
"""How long a burst runs until it is shut off."""
MORE = 20
"""Bursts of a town."""
SIZE = 20.0
"""Flow of a burst [m³/h]."""


@dataclass(frozen=True, slots=True)
class Burst:
    """The pipe, and its first and last step."""

    pipe: str
    start: int
    end: int


def draw(rng: np.random.Generator, pipes: list[str]) -> list[Burst]:
    """A burst in every third day, in any pipe at any time of the day."""
    picked = rng.choice(pipes, size=MORE, replace=False)
    bursts = []
    for k, pipe in enumerate(picked):
        start = (QUIET + EVERY * k + 1) * DAY + int(rng.integers(DAY))
        bursts.append(Burst(str(pipe), start, start + HOURS * DAY // 24))
    return bursts


def town(
    nominal: Path, seed: int, folder: Path, *, size: float = SIZE
) -> tuple[Scada, list[Burst]]:
    """Play a town; about 20 s.

    Args:
        nominal: L-TOWN's file.
        seed: of everything that is drawn.
        folder: where the true network's file is written.
        size: flow of a burst at the pressure that the model has on average [m³/h].

    Returns:
        what is measured, and the bursts.
    """
    rng = np.random.default_rng([seed, 20])
    network = read_network(nominal)
    ends = {*network.tanks, *network.reservoirs}
    pipes = [p.id for p in network.pipes.values() if not {p.start, p.end} & ends]
    bursts = draw(rng, pipes)
    days = QUIET + EVERY * MORE + 2
    common, each = draw_demand(rng, week_of(nominal), days * DAY)
    usual = _pressures(nominal)
    leaks = []
    for burst in bursts:
        pipe = network.pipes[burst.pipe]
        pressure = max((usual[pipe.start] + usual[pipe.end]) / 2, 5.0)
        area = size / 3600 / (0.75 * sqrt(2 * 9.81 * pressure))
        leaks.append(Leak(burst.pipe, burst.start, burst.start, burst.end, sqrt(4 * area / pi)))
    path = true_file(nominal, leaks, rng, folder / f"true-{seed}.inp")
    measured = played(path, network, leaks, common, each)
    times = int(BEGIN.replace(tzinfo=UTC).timestamp()) + STEP_S * np.arange(days * DAY)
    scada = Scada(
        times,
        Table(LOGGERS, measured.pressures),
        Table(FLOWS, measured.flows),
        Table((TANK,), measured.levels),
        Table(measured.meters, measured.demands / 1000),
        (),
    )
    return scada, bursts


def _pressures(nominal: Path) -> dict[str, float]:
    """The model's at noon of a Monday, by node [m]."""
    with Twin(nominal, flows=(), levels=()) as twin:
        state = twin.solve(twin.usual(MONDAY + 12 * 3600), {}, {})
        pressure = state.head - twin.elevation
        return dict(zip(twin.nodes, pressure.tolist(), strict=True))
