"""Rain over a town, from gauges, a forecast or a radar grid, by CSV or NetCDF.

A CSV file is ``time,NAME,NAME…`` with a row for each time (ISO 8601, UTC where it says no zone) and
mm/h by gauge, or ``time,x,y,mm_h`` with a row for each time and radar cell. A NetCDF file (classic
format) has the variables ``time`` (seconds, minutes or hours since a moment), ``x``, ``y`` and
``rain`` (time, y, x) [mm/h]. A value holds until the next time.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from kota.errors import InputError
from kota.solutions.sewage.observer import Floats

MOST_RAIN = 500.0
"""More does not fall [mm/h]; it is taken for another unit."""
GAP = 3.0
"""Times further apart than so many usual steps are a gap."""
RADAR = ("time", "x", "y", "mm_h")
SECONDS = {"seconds": 1.0, "minutes": 60.0, "hours": 3600.0}


@dataclass(frozen=True, slots=True)
class Rain:
    """Rain by time and place.

    Args:
        times: seconds since 1970, rising, shape ``(n,)``.
        values: [mm/h], shape ``(n, k)``.
        names: of the k gauges; none for radar.
        places: where the k radar cells lie (x, y); none for gauges.
    """

    times: Floats
    values: Floats
    names: tuple[str, ...] = ()
    places: tuple[tuple[float, float], ...] = ()

    @property
    def step(self) -> float:
        """The usual time from one value to the next [s]."""
        return float(np.median(np.diff(self.times))) if len(self.times) > 1 else 300.0

    def at(self, moments: Floats) -> Floats:
        """Values at moments [mm/h], shape ``(len(moments), k)``; none before and after."""
        row = np.searchsorted(self.times, moments, side="right") - 1
        known = (row >= 0) & (moments < self.times[-1] + self.step)
        return np.where(known[:, None], self.values[np.maximum(row, 0)], 0.0)

    def until(self, moment: datetime) -> Rain:
        """What fell before a moment; one value of no rain if nothing is known of it."""
        known = self.times < moment.timestamp()
        if not known.any():
            before = np.array([moment.timestamp() - self.step])
            return Rain(before, np.zeros((1, self.values.shape[1])), self.names, self.places)
        return Rain(self.times[known], self.values[known], self.names, self.places)

    def by_gauge(self, gauges: Sequence[str], positions: Mapping[str, tuple[float, float]]) -> Rain:
        """The same rain for each of these gauges.

        A gauge gets the column of its name, or the radar cell that is nearest to its position; one
        that has neither gets the mean.
        """
        mean = self.values.mean(axis=1)
        columns = []
        for gauge in gauges:
            if gauge in self.names:
                columns.append(self.values[:, self.names.index(gauge)])
            elif self.places and gauge in positions:
                x, y = positions[gauge]
                cells = [(x - a) ** 2 + (y - b) ** 2 for a, b in self.places]
                columns.append(self.values[:, int(np.argmin(cells))])
            else:
                columns.append(mean)
        return Rain(self.times, np.stack(columns, axis=1), tuple(gauges))


def read_rain(path: Path) -> Rain:
    """Rain from a file, see the module.

    Raises:
        InputError: it cannot be read, has gaps, or values that are no rain in mm/h; names the file,
            the line or time, and what was expected.
    """
    if path.suffix.lower() in (".nc", ".nc3", ".cdf"):
        return _checked(_read_netcdf(path), path)
    head, times, values = read_series(path, unit="mm/h", of="`time,GAUGE,…` or `time,x,y,mm_h`")
    if ("time", *(each.lower() for each in head)) == RADAR:
        return _checked(_gridded(path, times, values), path)
    return _checked(Rain(times, values, head), path)


def read_series(
    path: Path, *, unit: str, of: str, blank: float | None = None
) -> tuple[tuple[str, ...], Floats, Floats]:
    """A CSV file of numbers by time.

    Args:
        path: of the file.
        unit: of its numbers.
        of: the header that is expected.
        blank: what an empty field stands for; None: it is refused.

    Returns:
        Names of the columns after the time, times [s since 1970], values.

    Raises:
        InputError: it cannot be read or is not of that form; names file and line.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.reader(file))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read: {error}") from error
    if not rows or len(rows[0]) < 2 or rows[0][0].strip().lower() != "time":
        raise InputError(f"{path} line 1: expected a header {of}")
    head = tuple(each.strip() for each in rows[0])
    table = [
        _row(f"{path} line {line}", head, row, unit, blank)
        for line, row in enumerate(rows[1:], 2)
        if any(map(str.strip, row))
    ]
    if not table:
        raise InputError(f"{path}: has no rows; expected one for each time")
    return head[1:], np.array([time for time, _ in table]), np.array([row for _, row in table])


def _row(
    where: str, head: tuple[str, ...], row: list[str], unit: str, blank: float | None
) -> tuple[float, list[float]]:
    if len(row) != len(head):
        raise InputError(f"{where}: has {len(row)} fields; expected {len(head)}")
    try:
        moment = datetime.fromisoformat(row[0].strip())
    except ValueError as error:
        raise InputError(f"{where}: {row[0]!r} is not a time; expected ISO 8601") from error
    values = []
    for name, text in zip(head[1:], row[1:], strict=True):
        try:
            values.append(blank if blank is not None and not text.strip() else float(text))
        except ValueError as error:
            raise InputError(
                f"{where}: {name} {text!r} is not a number; expected {unit}"
            ) from error
    return (moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment).timestamp(), values


def _gridded(path: Path, moments: Floats, table: Floats) -> Rain:
    cells = sorted({(float(x), float(y)) for x, y, _ in table})
    times = sorted(set(moments.tolist()))
    values = np.full((len(times), len(cells)), math.nan)
    at_time, at_cell = {t: i for i, t in enumerate(times)}, {c: i for i, c in enumerate(cells)}
    for time, (x, y, rain) in zip(moments, table, strict=True):
        values[at_time[float(time)], at_cell[float(x), float(y)]] = rain
    if np.isnan(values).any():
        time, cell = np.argwhere(np.isnan(values))[0]
        raise InputError(f"{path}: {_when(times[time])} has no value of cell {cells[cell]}")
    return Rain(np.array(times), values, places=tuple(cells))


def _read_netcdf(path: Path) -> Rain:
    from scipy.io import netcdf_file

    try:
        with netcdf_file(str(path), "r", mmap=False) as file:
            found = {name: file.variables[name] for name in ("time", "x", "y", "rain")}
            unit, _, moment = found["time"].units.decode().partition(" since ")
            origin = datetime.fromisoformat(moment.strip())
            arrays = {name: np.array(each[:], dtype=float) for name, each in found.items()}
    except (OSError, KeyError, ValueError, TypeError, AttributeError) as error:
        raise InputError(
            f"{path}: is no NetCDF of rain: {error}; expected the classic format with time, x, y"
            " and rain(time, y, x)",
            hint="nccopy -k classic IN.nc OUT.nc",
        ) from error
    if unit not in SECONDS:
        raise InputError(f"{path}: time is in {unit!r}; expected seconds, minutes or hours since …")
    origin = origin.replace(tzinfo=UTC) if origin.tzinfo is None else origin
    y, x = np.meshgrid(arrays["y"], arrays["x"], indexing="ij")
    if arrays["rain"].shape != (len(arrays["time"]), *y.shape):
        raise InputError(f"{path}: rain has shape {arrays['rain'].shape}; expected (time, y, x)")
    places = tuple(zip(x.ravel().tolist(), y.ravel().tolist(), strict=True))
    times = arrays["time"] * SECONDS[unit] + origin.timestamp()
    return Rain(times, arrays["rain"].reshape(len(times), -1), places=places)


def _checked(rain: Rain, path: Path) -> Rain:
    steps = np.diff(rain.times)
    if (steps <= 0).any():
        late = int(np.argmax(steps <= 0)) + 1
        raise InputError(f"{path}: {_when(rain.times[late])} does not come after the time before")
    if (steps > GAP * rain.step).any():
        gap = int(np.argmax(steps > GAP * rain.step))
        raise InputError(
            f"{path}: no rain from {_when(rain.times[gap])} to {_when(rain.times[gap + 1])};"
            f" expected a value each {rain.step:g} s",
            hint="fill the gap; write 0 only where it was dry",
        )
    bad = ~((rain.values >= 0) & (rain.values <= MOST_RAIN))
    if bad.any():
        row, column = np.argwhere(bad)[0]
        raise InputError(
            f"{path}: {rain.values[row, column]:g} at {_when(rain.times[row])} is no rain; expected"
            f" 0 to {MOST_RAIN:g} mm/h",
            hint="is it in another unit?",
        )
    return rain


def _when(seconds: Any) -> str:
    return datetime.fromtimestamp(float(seconds), UTC).isoformat()
