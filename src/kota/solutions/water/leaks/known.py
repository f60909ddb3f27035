"""Leaks that are known from the training time, and the lines in which found ones are told."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from kota.errors import InputError
from kota.solutions.water.estimate.scada import Seconds
from kota.solutions.water.leaks.places import Places

NEVER = 1_000_000
_ENDS = ("end", "repair", "fix")
_STAMP = re.compile(r"\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2})?)?")


@dataclass(frozen=True, slots=True)
class Known:
    """A leak of the training time: index of its pipe, day of its repair since the first reading.

    A leak that is not repaired has `NEVER` for a day.
    """

    pipe: int
    repaired: int


def read_known(path: Path, places: Places, times: Seconds) -> tuple[Known, ...]:
    """Read ``leaks_known.csv``: a line a leak, the pipe first, the instant of its repair last.

    A first line may name the columns: a leak whose column of the end or repair is empty, or that
    has none but of a start, is not repaired. A table of flows as BattLeDIM gives it (Timestamp,
    then a column a pipe, m³/h) is read too.

    Args:
        path: the file; none is the same as an empty one.
        places: of the network.
        times: of the readings, in which days are counted.

    Raises:
        InputError: a line has no pipe of the network or no instant; names file and line.
    """
    if not path.is_file():
        return ()
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    if lines and lines[0].lower().startswith("timestamp"):
        return _from_flows(path, lines, places, times)
    known: list[Known] = []
    names: list[str] = []
    for number, line in enumerate(lines, start=1):
        parts = [part.strip() for part in re.split("[;,]", line.lstrip("# "))]
        stamped = any(_STAMP.fullmatch(part) for part in parts)
        if number == 1 and not stamped and parts[0] not in places.index:
            names = [part.lower() for part in parts]
        elif line.strip() and not line.startswith("#"):
            known.append(_known(f"{path} line {number}", parts, names, places, times))
    return tuple(known)


def _known(where: str, parts: list[str], names: list[str], places: Places, times: Seconds) -> Known:
    if parts[0] not in places.index:
        raise InputError(f"{where}: {parts[0]!r} is no pipe of the network")
    pipe = places.index[parts[0]]
    ends = [k for k, name in enumerate(names) if any(word in name for word in _ENDS)]
    told = parts[ends[0] : ends[0] + 1] if ends else parts[1:]
    stamps = [part for part in told if _STAMP.fullmatch(part)]
    if stamps and (ends or not any("start" in name for name in names)):
        return Known(pipe, _day(stamps[-1], times))
    if any(_STAMP.fullmatch(part) for part in parts):
        return Known(pipe, NEVER)
    raise InputError(f"{where}: no instant of repair; expected `pipe, YYYY-MM-DD HH:MM`")


def _day(stamp: str, times: Seconds) -> int:
    instant = datetime.fromisoformat(stamp).replace(tzinfo=UTC).timestamp()
    return int((instant - int(times[0])) // 86_400)


def _from_flows(path: Path, lines: list[str], places: Places, times: Seconds) -> tuple[Known, ...]:
    sign = ";" if ";" in lines[0] else ","
    names = [name.strip() for name in lines[0].split(sign)[1:]]
    if odd := [name for name in names if name not in places.index]:
        raise InputError(f"{path} line 1: {odd[0]!r} is no pipe of the network")
    ended = dict.fromkeys(names, "")
    for number, line in enumerate(lines[1:], start=2):
        parts = line.split(sign)
        if len(parts) != len(names) + 1:
            raise InputError(f"{path} line {number}: {len(names) + 1} columns expected")
        for name, part in zip(names, parts[1:], strict=True):
            if part.strip().strip("0.,"):
                ended[name] = parts[0]
    last = lines[-1].split(sign)[0]
    return tuple(
        Known(places.index[name], NEVER if stamp == last else _day(stamp.strip(), times))
        for name, stamp in ended.items()
        if stamp
    )
