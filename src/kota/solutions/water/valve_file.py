"""Sectioning valves in a CSV file: ``valve,pipe,node``."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Final

from kota.errors import SolutionError
from kota.solutions.water.network import Network
from kota.solutions.water.sections import SectionValve

COLUMNS: Final = ("valve", "pipe", "node")


def read_valves(path: Path, network: Network) -> tuple[SectionValve, ...]:
    """Read where valves stand.

    Args:
        path: a CSV file; its first line names the columns.
        network: whose pipes and nodes it names.

    Raises:
        SolutionError: names file and line, what is wrong and what was expected.
    """
    try:
        rows = list(csv.reader(path.read_text("utf-8-sig").splitlines()))
    except OSError as error:
        raise SolutionError(f"{path}: it cannot be read: {error.strerror}") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise SolutionError(f"{path}: it is no CSV file in UTF-8: {error}") from error
    header = tuple(cell.strip().lower() for cell in rows[0]) if rows else ()
    if header != COLUMNS:
        raise SolutionError(f"{path} line 1: expected the columns {','.join(COLUMNS)}")
    found: dict[str, SectionValve] = {}
    places: set[tuple[str, str]] = set()
    for line, row in enumerate(rows[1:], start=2):
        if not any(cell.strip() for cell in row):
            continue
        where = f"{path} line {line}"
        if len(row) != len(COLUMNS):
            raise SolutionError(f"{where}: {len(row)} cells; expected {len(COLUMNS)}")
        valve = SectionValve(*(cell.strip() for cell in row))
        pipe = network.pipes.get(valve.pipe)
        if pipe is None:
            raise SolutionError(f"{where}: the network has no pipe {valve.pipe!r}")
        if valve.node not in (pipe.start, pipe.end):
            raise SolutionError(
                f"{where}: {valve.node!r} is no end of pipe {valve.pipe!r}; expected "
                f"{pipe.start!r} or {pipe.end!r}"
            )
        if not valve.id or valve.id in found:
            raise SolutionError(f"{where}: the valve's id {valve.id!r} is empty or there before")
        if (valve.pipe, valve.node) in places:
            raise SolutionError(f"{where}: a valve stands there already")
        found[valve.id] = valve
        places.add((valve.pipe, valve.node))
    return tuple(found.values())
