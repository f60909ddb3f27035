"""Signals that repeat a stretch of their own past, value for value."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

LAGS: Final = 720
"""How far back a repeated stretch is looked for [rows]: a month of hours."""
_MOVES: Final = 100
_FADE: Final = 24.0


def rarity(values: Floats) -> list[tuple[Floats, Floats]]:
    """How much it tells that a signal moves to a value: −ln of its share of such moves [nat].

    Args:
        values: rounded normal values `(n_rows, n_signals)`.

    Returns:
        For each signal the values it moved to, sorted, and what each tells; none if it moved in
        fewer than `_MOVES` rows.
    """
    tables = []
    for column in values.T:
        taken, counts = np.unique(column[1:][np.diff(column) != 0], return_counts=True)
        kept = taken if counts.sum() >= _MOVES else taken[:0]
        tables.append((kept, -np.log(counts / counts.sum())[: len(kept)]))
    return tables


def repeats(values: Floats, tables: list[tuple[Floats, Floats]], lags: int = LAGS) -> Floats:
    """What the best repetition that ends in each row tells `(n_rows, n_signals)` [nat].

    A repetition of a signal is a run of rows that equal the rows `lag` before. It tells the
    sum of the rarity of its moves but the first, which among so many lags is found by chance;
    what was told fades over `_FADE` rows, and a value that stays as it was tells nothing. Rows
    after the present one are not looked at.

    Args:
        values: rounded values `(n_rows, n_signals)`.
        tables: of `rarity`.
        lags: how far back to look [rows].
    """
    told = _told(values, tables)
    n_rows, n_signals = values.shape
    best = np.zeros((n_rows, n_signals))
    run = np.zeros((lags, n_signals))
    running = np.zeros((lags, n_signals), dtype=bool)
    for row in range(1, n_rows):
        back = min(lags, row)
        same = values[row - back : row][::-1] == values[row]
        grown = run[:back] * (1 - 1 / _FADE) + running[:back] * told[row]
        run[:back] = grown * same
        running[:back] = same & (running[:back] | (told[row] > 0))
        best[row] = run[:back].max(axis=0)
    return best


def _told(values: Floats, tables: list[tuple[Floats, Floats]]) -> Floats:
    told = np.zeros_like(values)
    for k, (taken, nats) in enumerate(tables):
        if len(taken):
            place = np.minimum(np.searchsorted(taken, values[:, k]), len(taken) - 1)
            told[:, k] = np.where(taken[place] == values[:, k], nats[place], nats.max())
    moved = np.zeros(values.shape, dtype=bool)
    moved[1:] = values[1:] != values[:-1]
    return np.where(moved, told, 0.0)
