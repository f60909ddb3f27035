"""A made-up plant: a source, two tanks in a row, a pump to each by the level of its tank."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kota.solutions.water.attacks.detector import Settings
from kota.solutions.water.attacks.evidence import Rows
from kota.solutions.water.attacks.relations import Size

Floats = NDArray[np.float64]

SIGNALS = ("L_T1", "L_T2", "F_PU1", "S_PU1", "F_PU2", "S_PU2", "P_J1", "P_J2", "P_J3")
HOURS = 1500
LEARNT = 1000
SMALL = Settings(size=Size(features=60, spread_features=20))
_PARTS = 6


def play(hours: int, seed: int) -> Floats:
    """Hourly telemetry of the plant `(hours, len(SIGNALS))`: m, L/s, 0 or 1."""
    rng = np.random.default_rng(seed)
    levels, running = np.array([3.0, 3.0]), [True, True]
    told = np.empty((hours, len(SIGNALS)))
    wander = 0.0
    for hour in range(hours):
        wander = 0.9 * wander + 0.02 * rng.normal()
        day = 1 + 0.4 * np.sin(2 * np.pi * hour / 24) + wander
        demand = np.array([15.0, 14.0]) * day
        for part in range(_PARTS):
            for k in (0, 1):
                running[k] = levels[k] < 4.5 if running[k] else levels[k] < 1.5
            flow = np.array([75 - 3 * levels[0], 35 - 2 * levels[1] + levels[0]]) * running
            if part == 0:
                heads = (
                    20 + levels[0] + 0.002 * flow[0] ** 2,
                    25 + levels[1] + 0.01 * flow[1] ** 2,
                )
                third = 15 + levels[1] - 0.01 * demand[1] ** 2
                told[hour] = (*levels, flow[0], running[0], flow[1], running[1], *heads, third)
            gained = np.array([flow[0] - flow[1], flow[1]]) - demand
            levels = np.clip(levels + gained * 3.6 / _PARTS / np.array([110.0, 60.0]), 0.1, 6.0)
    return told.round(2)


def rows_of(values: Floats) -> Rows:
    """Rows without gaps."""
    follows = np.ones(len(values), dtype=bool)
    follows[0] = False
    return Rows(SIGNALS, values, follows, 0.01)


def write_csv(
    path: Path,
    values: Floats,
    *,
    labels: list[int] | None = None,
    order: tuple[str, ...] = SIGNALS,
    first: datetime = datetime(2024, 3, 1, tzinfo=UTC),
) -> Path:
    """Write telemetry as BATADAL does."""
    head = ["DATETIME", *order, *(["ATT_FLAG"] if labels is not None else [])]
    lines = [",".join(head)]
    for row, reading in enumerate(values):
        when = (first + timedelta(hours=row)).strftime("%d/%m/%y %H")
        cells = [f"{reading[SIGNALS.index(name)]:.2f}" for name in order]
        lines.append(", ".join([when, *cells, *([str(labels[row])] if labels is not None else [])]))
    path.write_text("\n".join(lines) + "\n")
    return path
