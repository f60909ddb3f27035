"""Candidates where there is no hydraulic model: a burst draws down the pressures around it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kota.solutions.water.bursts.watch import Candidates

Floats = NDArray[np.float64]

DEPTHS = (0.02, 0.06, 0.2)
"""How far 1 m³/h draws down the pressure at the nearest logger [m]."""
REACHES = (0.5, 1.5)
"""Over which that wears off, in mean distances between neighbouring loggers."""


def around_loggers(names: tuple[str, ...], at: Floats, *, balances: int = 1) -> Candidates:
    """A candidate a logger, depth and reach, for signals ordered as balances, then pressures.

    Args:
        names: of the loggers.
        at: where they are [m] `(n_loggers, 2)`.
        balances: areas whose unaccounted flow is watched [m³/h]; all loggers lie in the first.

    Returns:
        candidates named as their loggers, each of the first area.
    """
    apart = np.linalg.norm(at[:, None] - at[None], axis=2)
    beside = np.where(np.eye(len(at), dtype=bool), np.inf, apart).min(axis=0, initial=np.inf)
    near = float(np.mean(beside)) if len(at) > 1 else 1.0
    columns: list[Floats] = []
    called: list[str] = []
    for reach in REACHES:
        fading = np.exp(-apart / (reach * max(near, 1e-9)))
        for depth in DEPTHS:
            drop = np.zeros((balances + len(at), len(at)))
            drop[0] = 1.0
            drop[balances:] = -depth * fading
            columns.append(drop)
            called += names
    signatures = np.hstack(columns)
    zones = np.zeros(signatures.shape[1], dtype=np.int64)
    return Candidates(tuple(called), zones, lambda _: signatures)
