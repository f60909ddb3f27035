"""Events of a file of readings, read once from its first row to its last."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kota.errors import InputError
from kota.solutions.water.estimate.scada import read_table
from kota.solutions.water.quality.events import DAY_S, LEARN, Event, EventWatch

Floats = NDArray[np.float64]

LEAST_SHARE = 0.5
"""Of a signal's usual step: the least deviation that is believed."""


def replay(path: Path, drivers: tuple[str, ...] = ()) -> tuple[tuple[str, ...], list[Event]]:
    """Names of the signals and the events.

    Args:
        path: a table, ``Timestamp`` first.
        drivers: columns that explain the others.

    Raises:
        InputError: it is no table of numbers, its steps are not even and in order, a driver is
            absent, or too few days are told.
    """
    times, table = read_table(path)
    for name in drivers:
        if name not in table.names:
            raise InputError(f"{path}: it has no column {name!r}, which is to explain the others")
    gaps = np.diff(times)
    step = int(np.median(gaps)) if len(gaps) else 0
    if len(gaps) and (gaps != step).any():
        line = int(np.flatnonzero(gaps != step)[0]) + 3
        raise InputError(f"{path} line {line}: {gaps[line - 3]} s after the row before, not {step}")
    if not len(gaps) or len(times) * step <= LEARN * DAY_S:
        days = len(times) * step / DAY_S
        raise InputError(f"{path}: {days:.1f} days; {LEARN} are learnt from, and more are watched")
    explain = [table.names.index(name) for name in drivers]
    watched = [k for k in range(len(table.names)) if k not in explain]
    if not watched:
        raise InputError(f"{path}: no column is left to be watched")
    values, given = table.values[:, watched], table.values[:, explain]
    watch = EventWatch(_floor(values[: LEARN * DAY_S // step]), step_s=step)
    names = tuple(table.names[k] for k in watched)
    found = [
        watch.update(int(at), row, cause)
        for at, row, cause in zip(times, values, given, strict=True)
    ]
    return names, [event for event in found if event is not None]


def _floor(values: Floats) -> Floats:
    """From the steps of the days that are learnt from."""
    steps = np.abs(np.diff(values, axis=0))
    usual = np.array([np.median(s[np.isfinite(s)]) if np.isfinite(s).any() else 0 for s in steps.T])
    return np.asarray(np.maximum(LEAST_SHARE * 1.4826 * usual / 2**0.5, 1e-6))
