"""Telemetry in the layout of BATADAL: a row an hour, a column a signal."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kota.errors import InputError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

TIME: Final = "DATETIME"
LABEL: Final = "ATT_FLAG"
NORMAL, ATTACK, UNKNOWN = 0, 1, -999
_FORMATS: Final = ("%d/%m/%y %H", "%d/%m/%y %H:%M", "%d/%m/%Y %H:%M", "%Y-%m-%d %H:%M")
_LABELS: Final = (NORMAL, ATTACK, UNKNOWN)


@dataclass(frozen=True, slots=True)
class Scada:
    """One file of telemetry.

    Args:
        path: the file.
        written: times as the file writes them.
        times: of the rows [s of local time since the epoch] `(n_rows,)`, rising.
        lines: line of the file of each row `(n_rows,)`.
        signals: names in the file's order.
        values: `(n_rows, n_signals)`; NaN where a cell is empty.
        labels: `NORMAL`, `ATTACK` or `UNKNOWN` `(n_rows,)`; None if the file has none.
    """

    path: Path
    written: tuple[str, ...]
    times: Ints
    lines: Ints
    signals: tuple[str, ...]
    values: Floats
    labels: Ints | None

    def ordered(self, signals: tuple[str, ...]) -> Scada:
        """The same with the columns in this order.

        Raises:
            InputError: a signal is absent, or one is there that is not asked for.
        """
        absent = [name for name in signals if name not in self.signals]
        foreign = [name for name in self.signals if name not in signals]
        if absent or foreign:
            said = [f"no column {', '.join(absent)}"] if absent else []
            said += [f"unknown column {', '.join(foreign)}"] if foreign else []
            raise InputError(
                f"{self.path.name} line 1: {'; '.join(said)}",
                hint="every file must have the signals of the first training file, in any order",
            )
        columns = [self.signals.index(name) for name in signals]
        return Scada(
            self.path,
            self.written,
            self.times,
            self.lines,
            signals,
            self.values[:, columns],
            self.labels,
        )


def read_scada(path: Path) -> Scada:
    """Read a file: `DATETIME`, a column a signal, and perhaps `ATT_FLAG`.

    Times are ``06/01/14 00`` (day first), with minutes or without, or ``2014-01-06 00:00``. An
    empty cell is a reading that is missing.

    Raises:
        InputError: says the file, the line, the signal, and what was expected.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            table = [
                (number, cells)
                for number, cells in enumerate(csv.reader(file, skipinitialspace=True), start=1)
                if any(cell.strip() for cell in cells)
            ]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path}: cannot be read: {error}") from error
    if len(table) < 2:
        raise InputError(f"{path.name}: holds no rows", hint="expected a header and a row an hour")
    header = [cell.strip() for cell in table[0][1]]
    signals = _signals(path, header)
    return _parse(path, header, signals, table[1:])


def _signals(path: Path, header: Sequence[str]) -> tuple[str, ...]:
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        raise InputError(f"{path.name} line 1: column {twice[0]} is there twice")
    if TIME not in header:
        raise InputError(
            f"{path.name} line 1: no column {TIME}", hint=f"expected {TIME} and a column a signal"
        )
    signals = tuple(name for name in header if name not in (TIME, LABEL))
    if not signals:
        raise InputError(f"{path.name} line 1: no column of a signal beside {TIME}")
    return signals


def _parse(
    path: Path,
    header: Sequence[str],
    signals: tuple[str, ...],
    table: Sequence[tuple[int, list[str]]],
) -> Scada:
    at = {name: place for place, name in enumerate(header)}
    values = np.empty((len(table), len(signals)))
    times = np.empty(len(table), dtype=np.int64)
    labels = np.empty(len(table), dtype=np.int64) if LABEL in at else None
    written = []
    for row, (line, cells) in enumerate(table):
        where = f"{path.name} line {line}"
        if len(cells) != len(header):
            raise InputError(f"{where}: {len(cells)} cells; expected {len(header)}")
        written.append(cells[at[TIME]].strip())
        times[row] = _time(where, written[-1])
        if row and times[row] <= times[row - 1]:
            wrong = "is there twice" if times[row] == times[row - 1] else "is before it"
            raise InputError(
                f"{where}: {written[-1]} follows {written[-2]} and {wrong}",
                hint="expected a row a step, in the order of time",
            )
        if labels is not None:
            labels[row] = _label(where, cells[at[LABEL]].strip())
        values[row] = [_number(where, name, cells[at[name]].strip()) for name in signals]
    lines = np.array([line for line, _ in table])
    return Scada(path, tuple(written), times, lines, signals, values, labels)


def _time(where: str, text: str) -> int:
    for form in _FORMATS:
        try:
            return int(datetime.strptime(text, form).replace(tzinfo=UTC).timestamp())
        except ValueError:
            continue
    raise InputError(f"{where}: {text!r} is not a time", hint="expected day/month/year hour")


def _number(where: str, name: str, text: str) -> float:
    if not text:
        return float("nan")
    try:
        number = float(text)
    except ValueError:
        number = float("inf")
    if not np.isfinite(number):
        raise InputError(
            f"{where}, {name}: {text!r} is not a number",
            hint="expected a reading, or an empty cell where there is none",
        )
    return number


def _label(where: str, text: str) -> int:
    try:
        number = float(text)
    except ValueError:
        number = float("nan")
    if number not in _LABELS:
        raise InputError(
            f"{where}, {LABEL}: {text!r}; expected 0 (normal), 1 (attack) or -999 (unknown)"
        )
    return int(number)
