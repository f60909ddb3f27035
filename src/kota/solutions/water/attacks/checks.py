"""What is odd in telemetry: gaps, missing and impossible readings, other units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kota.solutions.water.attacks.scada import Scada

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

_DAY: Final = 86_400
_DAYS: Final = 3
_NEAR: Final = 0.06
_SHOWN: Final = 3


@dataclass(frozen=True, slots=True)
class Kind:
    """What signals with a prefix measure.

    Args:
        prefix: of their names.
        means: in words, with the unit expected.
        least, most: no reading can be beyond.
        factors: how readings grow when they come in another unit, and which.
    """

    prefix: str
    means: str
    least: float
    most: float
    factors: tuple[tuple[float, str], ...]


KINDS: Final = (
    Kind("L", "level, m", 0.0, np.inf, ((100, "cm"), (1000, "mm"), (3.2808, "ft"))),
    Kind("F", "flow, L/s", 0.0, np.inf, ((3.6, "m³/h"), (15.85, "gpm"), (0.001, "m³/s"))),
    Kind("S", "status, 0 or 1", 0.0, 1.0, ()),
    Kind("P", "pressure, m", -10.0, np.inf, ((9.807, "kPa"), (0.09807, "bar"), (1.4219, "psi"))),
)
_BY_PREFIX: Final = {kind.prefix: kind for kind in KINDS}


def step_of(scada: Scada) -> int:
    """The usual time from row to row [s]; 0 if there is one row only."""
    steps = np.diff(scada.times)
    if not len(steps):
        return 0
    taken, counts = np.unique(steps, return_counts=True)
    return int(taken[counts.argmax()])


def gaps(scada: Scada, step: int) -> list[str]:
    """Where rows are missing."""
    places = np.flatnonzero(np.diff(scada.times) != step) + 1 if step else np.array([], dtype=int)
    return [
        f"{scada.path.name} line {scada.lines[row]}: "
        f"{scada.written[row]} follows {scada.written[row - 1]}; expected a step of {step} s"
        for row in places.tolist()
    ]


def impossible(scada: Scada) -> Bools:
    """Readings that cannot be `(n_rows, n_signals)`."""
    wrong = np.zeros(scada.values.shape, dtype=bool)
    for k, name in enumerate(scada.signals):
        kind = _BY_PREFIX.get(name.split("_", 1)[0])
        if kind is not None:
            wrong[:, k] = (scada.values[:, k] < kind.least) | (scada.values[:, k] > kind.most)
    return wrong


def oddities(scada: Scada, step: int) -> list[str]:
    """Gaps, missing readings and impossible ones, each with file, line and signal."""
    found = gaps(scada, step)
    for wrong, words in ((np.isnan(scada.values), "no reading"), (impossible(scada), "")):
        for k in np.flatnonzero(wrong.any(axis=0)).tolist():
            found += _told(scada, k, np.flatnonzero(wrong[:, k]), words)
    return found


def _told(scada: Scada, signal: int, rows: NDArray[np.intp], words: str) -> list[str]:
    name = scada.signals[signal]
    kind = _BY_PREFIX.get(name.split("_", 1)[0])
    shown = [
        f"{scada.path.name} line {scada.lines[row]}, {name}: "
        + (words or f"{scada.values[row, signal]:g} cannot be; expected {kind and kind.means}")
        for row in rows[:_SHOWN].tolist()
    ]
    if len(rows) > _SHOWN:
        shown[-1] += f" (and {len(rows) - _SHOWN} more rows)"
    return shown


def daily(scada: Scada) -> tuple[Floats, NDArray[np.intp]]:
    """Median of each signal's nonzero readings of each day, and the day's first row.

    Returns:
        `(n_days, n_signals)`, NaN where there is none, and `(n_days,)`.
    """
    days, first = np.unique(scada.times // _DAY, return_index=True)
    medians = np.full((len(days), len(scada.signals)), np.nan)
    for day, rows in enumerate(np.split(scada.values, first[1:])):
        for k, column in enumerate(rows.T):
            running = column[np.isfinite(column) & (column != 0)]
            if len(running):
                medians[day, k] = np.median(running)
    return medians, first


def usual_daily(files: Sequence[Scada]) -> Floats:
    """Median over all days of each signal's daily median `(n_signals,)`; NaN if it never runs."""
    medians = np.concatenate([daily(each)[0] for each in files])
    return np.array(
        [
            np.median(column[np.isfinite(column)]) if np.isfinite(column).any() else np.nan
            for column in medians.T
        ]
    )


def other_units(scada: Scada, usual: Floats) -> list[str]:
    """Signals that come in another unit for three days or more, with file, line and factor.

    Args:
        scada: the file.
        usual: the usual daily median of each signal `(n_signals,)`.
    """
    medians, first = daily(scada)
    found = []
    for k, name in enumerate(scada.signals):
        kind = _BY_PREFIX.get(name.split("_", 1)[0])
        for factor, unit in kind.factors if kind is not None else ():
            with np.errstate(divide="ignore", invalid="ignore"):
                near = np.abs(np.log(medians[:, k] / usual[k] / factor)) < _NEAR
            run = np.convolve(near, np.ones(_DAYS), mode="valid") == _DAYS
            if run.any():
                line = scada.lines[first[run.argmax()]]
                found.append(
                    f"{scada.path.name} line {line}, {name}: readings are {factor:g} times the "
                    f"usual; {unit}? expected {kind and kind.means}"
                )
    return found
