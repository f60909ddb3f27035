"""Readings of a network's sensors in the layout of BattLeDIM, on an even grid of time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pv
from numpy.typing import NDArray

from kota.errors import InputError

Floats = NDArray[np.float64]
Seconds = NDArray[np.int64]

PRESSURES, FLOWS, LEVELS, DEMANDS = (
    "SCADA_Pressures.csv",
    "SCADA_Flows.csv",
    "SCADA_Levels.csv",
    "SCADA_Demands.csv",
)
_LIMITS = {PRESSURES: (-5.0, 500.0), FLOWS: (-1e5, 1e5), LEVELS: (0.0, 100.0), DEMANDS: (-1.0, 1e7)}
"""What a sensor can say: pressure and level [m], flow [m³/h], what a customer takes [L/h]."""
_FORMS = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S")


@dataclass(frozen=True, slots=True)
class Table:
    """What sensors of one kind say; NaN where nothing usable is told.

    Args:
        names: of the nodes or links, `(n,)`.
        values: `(steps, n)`.
    """

    names: tuple[str, ...]
    values: Floats


@dataclass(frozen=True, slots=True)
class Scada:
    """Readings on an even grid.

    Args:
        times: seconds since 1970-01-01 in the files' own time, `(steps,)`.
        pressures: [m].
        flows: [m³/h], positive from a link's start to its end.
        levels: of tanks above their floors [m].
        demands: of metered customers [m³/h].
        notices: what was put right or left out, a sentence each.
    """

    times: Seconds
    pressures: Table
    flows: Table
    levels: Table
    demands: Table
    notices: tuple[str, ...]

    @property
    def step(self) -> int:
        """Between two readings [s]."""
        return int(self.times[1] - self.times[0]) if len(self.times) > 1 else 300

    def until(self, end: int) -> Scada:
        """What was told before an instant [s]."""
        return self.rows(self.times <= end)

    def rows(self, which: NDArray[np.bool_] | slice) -> Scada:
        """Some of the steps."""
        cut = [
            Table(table.names, table.values[which])
            for table in (self.pressures, self.flows, self.levels, self.demands)
        ]
        return Scada(self.times[which], cut[0], cut[1], cut[2], cut[3], self.notices)


def read_scada(folder: Path) -> Scada:
    """Read a folder; levels and demands may be absent.

    Args:
        folder: with ``SCADA_Pressures.csv`` and ``SCADA_Flows.csv`` (``;`` with decimal comma, or
            ``,``); the first column is ``Timestamp``.

    Raises:
        InputError: a file is absent, or no table of numbers; names file, line and column.
    """
    notices: list[str] = []
    read: dict[str, tuple[Seconds, Table]] = {}
    for name in (PRESSURES, FLOWS, LEVELS, DEMANDS):
        path = folder / name
        if path.is_file():
            read[name] = _usable(name, *read_table(path), notices)
        elif name in (PRESSURES, FLOWS):
            raise InputError(f"{path}: there is no such file; a folder of readings needs it")
    times = _grid([stamps for stamps, _ in read.values()])
    found = {name: _laid(times, *given, name, notices) for name, given in read.items()}
    nothing = Table((), np.zeros((len(times), 0)))
    demands = found.get(DEMANDS, nothing)
    return Scada(
        times,
        found[PRESSURES],
        found[FLOWS],
        found.get(LEVELS, nothing),
        Table(demands.names, demands.values / 1000),
        tuple(notices),
    )


def joined(parts: Sequence[Scada]) -> Scada:
    """Readings of several folders, in order of time, with gaps between them filled by NaN.

    Raises:
        InputError: they have not the same sensors, or overlap.
    """
    parts = sorted(parts, key=lambda part: int(part.times[0]))
    first = parts[0]
    for one, other in pairwise(parts):
        if one.times[-1] >= other.times[0]:
            raise InputError(f"two folders of readings overlap at {told(int(other.times[0]))}")
    times = _grid([part.times for part in parts])
    tables = []
    for kind in ("pressures", "flows", "levels", "demands"):
        names = getattr(first, kind).names
        values = np.full((len(times), len(names)), np.nan)
        for part in parts:
            table = getattr(part, kind)
            if set(table.names) != set(names):
                odd = ", ".join(sorted(set(table.names) ^ set(names)))
                raise InputError(f"the folders of readings differ in their {kind}: {odd}")
            order = [table.names.index(name) for name in names]
            values[np.searchsorted(times, part.times)] = table.values[:, order]
        tables.append(Table(names, values))
    notices = tuple(notice for part in parts for notice in part.notices)
    return Scada(times, tables[0], tables[1], tables[2], tables[3], notices)


def told(second: int) -> str:
    """An instant as people write it, to the minute."""
    return str(np.datetime64(second, "s")).replace("T", " ")[:16]


def read_table(path: Path) -> tuple[Seconds, Table]:
    """Instants and values of a table whose first column is ``Timestamp``.

    Raises:
        InputError: it is none of numbers; names file, line and column.
    """
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        head = file.readline().strip()
    semicolons = ";" in head
    names = [name.strip() for name in head.split(";" if semicolons else ",")]
    if len(names) < 2 or names[0].lower() != "timestamp":
        raise InputError(f"{path} line 1: it should name Timestamp and the sensors, not {head!r}")
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise InputError(f"{path} line 1: the sensor {twice} is named twice")
    types = {names[0]: pa.timestamp("s")} | dict.fromkeys(names[1:], pa.float64())
    try:
        table = pv.read_csv(
            path,
            read_options=pv.ReadOptions(column_names=names, skip_rows=1),
            parse_options=pv.ParseOptions(delimiter=";" if semicolons else ","),
            convert_options=pv.ConvertOptions(
                column_types=types,
                decimal_point="," if semicolons else ".",
                timestamp_parsers=list(_FORMS),
                null_values=["", "NaN", "nan", "null", "NA"],
            ),
        )
    except pa.ArrowInvalid as error:
        raise InputError(f"{path}{_where(path, len(names), semicolons)}: {error}") from error
    if not table.num_rows:
        raise InputError(f"{path}: it holds no readings")
    if table[0].null_count:
        line = int(np.flatnonzero(table[0].is_null().to_numpy())[0]) + 2
        raise InputError(f"{path} line {line}: no Timestamp")
    stamps = table[0].to_numpy().astype("datetime64[s]").astype(np.int64)
    columns = [table[k].to_numpy().astype(np.float64) for k in range(1, len(names))]
    return stamps, Table(tuple(names[1:]), np.column_stack(columns))


def _where(path: Path, width: int, semicolons: bool) -> str:
    """The first line and column that cannot be understood."""
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        head = file.readline().strip().split(";" if semicolons else ",")
        for number, line in enumerate(file, start=2):
            parts = line.rstrip("\r\n").split(";" if semicolons else ",")
            if len(parts) != width:
                return f" line {number}: {len(parts)} columns, {width} expected"
            for name, part in zip(head[1:], parts[1:], strict=True):
                text = part.strip().replace(",", ".") if semicolons else part.strip()
                try:
                    float(text or "nan")
                except ValueError:
                    if text not in ("null", "NA"):
                        return f" line {number}, column {name}: {part!r} is not a number"
    return ""


def _usable(name: str, stamps: Seconds, table: Table, notices: list[str]) -> tuple[Seconds, Table]:
    """In order of time, each instant once, what no sensor of the kind can say left out."""
    order = np.argsort(stamps, kind="stable")
    stamps, values = stamps[order], table.values[order].copy()
    last = np.append(stamps[1:] != stamps[:-1], True)
    if not last.all():
        first = told(int(stamps[~last][0]))
        notices.append(f"{name}: {(~last).sum()} instants are told twice, the first {first}")
    stamps, values = stamps[last], values[last]
    low, high = _LIMITS[name]
    wrong = (values < low) | (values > high) | np.isinf(values)
    for k in np.flatnonzero(wrong.any(axis=0)):
        rows = np.flatnonzero(wrong[:, k])
        first = told(int(stamps[rows[0]]))
        notices.append(
            f"{name}: {table.names[k]} says {values[rows[0], k]:g} at {first}, "
            f"outside {low:g} to {high:g}; {len(rows)} such readings are left out"
        )
    values[wrong] = np.nan
    return stamps, Table(table.names, values)


def _grid(stamps: list[Seconds]) -> Seconds:
    gaps = np.concatenate([np.diff(each) for each in stamps])
    step = int(np.median(gaps)) if len(gaps) else 300
    begin, end = min(int(s[0]) for s in stamps), max(int(s[-1]) for s in stamps)
    return np.arange(begin, end + 1, max(step, 1))


def _laid(times: Seconds, stamps: Seconds, table: Table, name: str, notices: list[str]) -> Table:
    """On the grid; what lies between two of its instants belongs to the one before."""
    values = np.full((len(times), len(table.names)), np.nan)
    values[np.searchsorted(times, stamps, side="right") - 1] = table.values
    for k, sensor in enumerate(table.names):
        silent = np.isnan(values[:, k])
        if silent.any():
            first = told(int(times[np.argmax(silent)]))
            notices.append(f"{name}: {sensor} is silent at {silent.sum()} steps, first {first}")
    return Table(table.names, values)
