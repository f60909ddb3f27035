"""Files of hourly counts: a column a sensor, a row an hour of local time."""

from __future__ import annotations

import csv
import gzip
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np

from kota.errors import SolutionError
from kota.solutions.people_flow.forecast.counts import (
    Counts,
    Finding,
    Floats,
    exists,
    hour_of,
    moment_of,
    repeats,
)

TIME: Final = "local_time"


@dataclass(frozen=True, slots=True)
class _Table:
    """One file: `values` `(n_rows, n_sensors)` and the hour and line of each row."""

    path: Path
    sensors: list[str]
    hours: list[int]
    lines: list[int]
    values: Floats


def zone_named(name: str) -> ZoneInfo:
    """The time zone of an IANA name.

    Raises:
        SolutionError: there is none.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise SolutionError(
            f"{name!r} is not a time zone", hint="name one as Australia/Melbourne"
        ) from None


def read_counts(paths: Sequence[Path], zone: ZoneInfo) -> tuple[Counts, list[Finding]]:
    """Read files of hourly counts and join them in time.

    The first column is ``local_time``; a time with an offset is brought to the zone's wall clock.
    An empty field is a missing count. Sensors may come and go from file to file. The hour that
    autumn repeats may stand twice: the mean is kept; a row at the hour that spring leaves out is
    ignored; both are among the findings.

    Args:
        paths: ``.csv`` or ``.csv.gz``.
        zone: of the wall clock.

    Raises:
        SolutionError: a file cannot be read, is not such a table, or contradicts another; the
            message names file, row and column.
    """
    tables = [_read(path, zone) for path in paths]
    if not any(table.hours for table in tables):
        raise SolutionError(
            f"{', '.join(path.name for path in paths) or 'no file'}: no row of counts",
            hint="give a row an hour",
        )
    sensors = list(dict.fromkeys(name for table in tables for name in table.sensors))
    start = min(min(table.hours) for table in tables if table.hours)
    end = max(max(table.hours) for table in tables if table.hours) + 1
    values = np.full((end - start, len(sensors)), np.nan)
    findings: list[Finding] = []
    for table in tables:
        once = _once(table, zone, findings)
        columns = np.array([sensors.index(name) for name in table.sensors], dtype=np.int64)
        rows = np.array(once.hours, dtype=np.int64) - start
        _refuse_contradiction(once, values[np.ix_(rows, columns)])
        known = ~np.isnan(once.values)
        at = np.nonzero(known)
        values[rows[at[0]], columns[at[1]]] = once.values[known]
    return Counts(tuple(sensors), start, values), findings


def _read(path: Path, zone: ZoneInfo) -> _Table:
    with _opened(path) as stream:
        rows = csv.reader(stream)
        header = next(rows, [])
        sensors = _sensors(path, header)
        hours, lines, cells = [], [], []
        for row in rows:
            if not row:
                continue
            if len(row) != len(header):
                raise _fault(path, rows.line_num, f"{len(row)} fields; expected {len(header)}")
            hours.append(_hour(path, rows.line_num, row[0], zone))
            lines.append(rows.line_num)
            cells.append(
                [_count(path, rows.line_num, sensors, k, t) for k, t in enumerate(row[1:])]
            )
    return _Table(path, sensors, hours, lines, np.array(cells).reshape(-1, len(sensors)))


@contextmanager
def _opened(path: Path) -> Iterator[IO[str]]:
    try:
        if path.suffix == ".gz":
            with gzip.open(path, "rt", encoding="utf-8-sig", newline="") as stream:
                yield stream
        else:
            with path.open(encoding="utf-8-sig", newline="") as stream:
                yield stream
    except (OSError, EOFError, zlib.error, UnicodeDecodeError, csv.Error) as error:
        raise SolutionError(
            f"{path}: cannot be read: {error}", hint="give a .csv or .csv.gz file of counts"
        ) from error


def _sensors(path: Path, header: list[str]) -> list[str]:
    if len(header) < 2 or header[0].strip() != TIME:
        first = header[0] if header else ""
        raise _fault(path, 1, f"the first column is {first!r}; expected {TIME!r}, then the sensors")
    names = [name.strip() for name in header[1:]]
    for k, name in enumerate(names):
        if not name or name in names[:k]:
            what = f"column {k + 2} is a second {name!r}" if name else f"column {k + 2} has no name"
            raise _fault(path, 1, f"{what}; expected a sensor's own id")
    return names


def _hour(path: Path, line: int, text: str, zone: ZoneInfo) -> int:
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise _fault(path, line, f"{text!r} is not a time; expected 2019-11-04 13:00:00") from None
    if moment.tzinfo is not None:
        moment = moment.astimezone(zone)
    if moment.minute or moment.second or moment.microsecond:
        raise _fault(path, line, f"{text!r} is not on the hour; expected a row an hour")
    return hour_of(moment)


def _count(path: Path, line: int, sensors: list[str], column: int, text: str) -> float:
    if not text:
        return float("nan")
    try:
        value = float(text)
    except ValueError:
        value = -1.0 if text.strip() else float("nan")
    if value < 0 or value == float("inf"):
        raise _fault(
            path,
            line,
            f"sensor {sensors[column]}: {text!r} is not a count; expected people in the hour, "
            "or nothing where it is missing",
        )
    return value


def _once(table: _Table, zone: ZoneInfo, findings: list[Finding]) -> _Table:
    """The table with one row an hour, and only hours that the wall clock shows."""
    first: dict[int, int] = {}
    values = table.values.copy()
    kept: list[int] = []
    for k, (hour, line) in enumerate(zip(table.hours, table.lines, strict=True)):
        where = f"{table.path.name} row {line}: {moment_of(hour)}"
        if not exists(hour, zone):
            reason = f"{where} does not exist in {zone.key}; ignored"
            findings.append(Finding("absent hour", None, hour, hour, reason))
        elif hour not in first:
            first[hour] = k
            kept.append(k)
        elif repeats(hour, zone):
            both = np.stack([values[first[hour]], values[k]])
            counted = (~np.isnan(both)).sum(axis=0)
            total = np.where(np.isnan(both), 0.0, both).sum(axis=0)
            values[first[hour]] = np.where(counted, total / np.maximum(counted, 1), np.nan)
            reason = f"{where} stands twice, as the clock goes back; the mean is kept"
            findings.append(Finding("repeated hour", None, hour, hour, reason))
        else:
            raise _fault(
                table.path,
                line,
                f"{moment_of(hour)} stands in row {table.lines[first[hour]]} already; "
                "expected each hour once",
            )
    hours, lines = [table.hours[k] for k in kept], [table.lines[k] for k in kept]
    return _Table(table.path, table.sensors, hours, lines, values[kept])


def _refuse_contradiction(table: _Table, known: Floats) -> None:
    other = ~np.isnan(known) & ~np.isnan(table.values) & (known != table.values)
    if other.any():
        row, column = np.argwhere(other)[0]
        raise _fault(
            table.path,
            table.lines[row],
            f"sensor {table.sensors[column]} counts {table.values[row, column]:g} at "
            f"{moment_of(table.hours[row])}, where another file says {known[row, column]:g}; "
            "expected each hour of a sensor in one file",
        )


def _fault(path: Path, line: int, what: str) -> SolutionError:
    return SolutionError(f"{path} row {line}: {what}")
