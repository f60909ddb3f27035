"""Attacks and faults put into normal telemetry: what sensors say is changed, not the water.

Each kind changes one reading, or those of one controller, for one to four days.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.attack_score import Window

Floats = NDArray[np.float64]

_APART = 90
_LEAST, _MOST = 24, 100


@dataclass(frozen=True)
class Injected:
    """Telemetry with attacks.

    Args:
        values: `(n_rows, n_signals)`.
        attacks: first row and the row after the last.
        kinds: of each.
        signals: columns that each changed.
    """

    values: Floats
    attacks: list[Window]
    kinds: list[str]
    signals: list[list[int]]


@dataclass
class Place:
    """Where an attack is put: `values` is changed in `rows`, gauges are columns."""

    values: Floats
    rows: slice
    gauges: list[int]
    names: tuple[str, ...]
    normal: Floats
    rng: np.random.Generator

    @property
    def count(self) -> int:
        """Rows under attack."""
        return self.rows.stop - self.rows.start

    def gauge(self) -> int:
        """Any gauge."""
        return int(self.rng.choice(self.gauges))

    def reach(self, column: int) -> float:
        """From the 1 % to the 99 % quantile of a signal."""
        low, high = np.quantile(self.normal[:, column], (0.01, 0.99))
        return float(high - low)

    def pump(self) -> list[int]:
        """Status and flow of a pump that often runs and often stands."""
        busy = [
            k
            for k, name in enumerate(self.names)
            if name.startswith("S_") and 0.1 < self.normal[:, k].mean() < 0.9
        ]
        status = int(self.rng.choice(busy))
        return [status, self.names.index(self.names[status].replace("S_", "F_", 1))]

    def earlier(self) -> slice:
        """The same hours one to seven days before, or enough days to lie before the attack."""
        days = max(int(self.rng.integers(1, 8)), -(-self.count // 24))
        return slice(self.rows.start - 24 * days, self.rows.stop - 24 * days)


def _offset(place: Place) -> list[int]:
    column = place.gauge()
    ramp = np.minimum(np.arange(1, place.count + 1) / 6, 1.0)
    size = place.rng.uniform(0.1, 0.3) * place.reach(column) * place.rng.choice([-1, 1])
    place.values[place.rows, column] += ramp * size
    return [column]


def _drift(place: Place) -> list[int]:
    column = place.gauge()
    ramp = np.arange(1, place.count + 1) / place.count
    place.values[place.rows, column] += 0.2 * place.reach(column) * ramp
    return [column]


def _scaled(place: Place) -> list[int]:
    column = place.gauge()
    place.values[place.rows, column] *= place.rng.choice([0.85, 0.9, 1.1, 1.15])
    return [column]


def _frozen(place: Place) -> list[int]:
    column = place.gauge()
    place.values[place.rows, column] = place.values[place.rows.start - 1, column]
    return [column]


def _replayed(place: Place) -> list[int]:
    column = place.gauge()
    place.values[place.rows, column] = place.values[place.earlier(), column]
    return [column]


def _replayed_with_noise(place: Place) -> list[int]:
    column = _replayed(place)[0]
    noise = 0.01 * place.reach(column) * place.rng.normal(size=place.count)
    place.values[place.rows, column] += noise
    return [column]


def _concealed(place: Place) -> list[int]:
    pump = place.pump()
    likeness = [
        abs(np.corrcoef(place.normal[:, pump[1]], place.normal[:, k])[0, 1]) if k not in pump else 0
        for k in place.gauges
    ]
    near = [place.gauges[k] for k in np.argsort(likeness)[::-1][:2]]
    columns = [*pump, *near]
    place.values[place.rows, columns] = place.values[place.earlier(), columns]
    return columns


def _hidden_pump(place: Place) -> list[int]:
    status, flow = place.pump()
    place.values[place.rows, status] = 0.0
    place.values[place.rows, flow] = 0.0
    return [status, flow]


KINDS: dict[str, Callable[[Place], list[int]]] = {
    "offset": _offset,
    "drift": _drift,
    "scaled": _scaled,
    "frozen": _frozen,
    "replayed": _replayed,
    "replayed with noise": _replayed_with_noise,
    "controller replayed": _concealed,
    "pump hidden": _hidden_pump,
}


def inject(
    values: Floats,
    names: tuple[str, ...],
    gauges: list[int],
    normal: Floats,
    rng: np.random.Generator,
) -> Injected:
    """Put an attack of each kind, in a random order, into rows that are normal.

    Args:
        values: `(n_rows, n_signals)`; a copy is changed.
        names: of the signals.
        gauges: columns of which any may be attacked.
        normal: rows that tell how far each signal moves.
        rng: draws all.
    """
    changed = values.copy()
    order = rng.permutation(list(KINDS))
    spare = len(values) // len(order)
    attacks, kinds, signals = [], [], []
    for k, kind in enumerate(order.tolist()):
        count = int(rng.integers(_LEAST, min(_MOST, spare - _APART)))
        first = k * spare + _APART + int(rng.integers(0, spare - _APART - count + 1))
        first = max(first, 8 * 24) if k == 0 else first
        place = Place(changed, slice(first, first + count), gauges, names, normal, rng)
        signals.append(KINDS[kind](place))
        attacks.append((first, first + count))
        kinds.append(kind)
    return Injected(changed.round(2), attacks, kinds, signals)
