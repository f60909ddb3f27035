"""Origin–destination tables from surveys, ticketing or releases, as entities."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Final
from urllib.parse import quote

from kota.context.ingest import Patch
from kota.errors import SolutionError
from kota.model.entity import Attribute, Kind
from kota.model.jsonld import Context
from kota.model.quality import Level, Quality, Source
from kota.solutions.people_flow.privacy.terms import FLOW, ONE, PRIVACY_TERMS, flow_id

VALUES: Final = ("people", "trips", "count", "value")
"""Names of a long table's column of numbers that are known without being told."""
PLACE: Final = "urn:ngsi-ld:Zone:{place}"


@dataclass(frozen=True, slots=True)
class Flow:
    """People from one place to another."""

    origin: str
    destination: str
    people: float


def read_flows(path: Path, value: str | None = None) -> list[Flow]:
    """Read a long table (``origin``, ``destination`` and a number) or a wide one (origins in the
    first column, a column for each destination); empty cells and zeros are no flow.

    Args:
        path: ``.csv`` or ``.csv.gz``.
        value: the long table's column of numbers; one of `VALUES` where None.

    Raises:
        SolutionError: the file cannot be read; a row is short, names no place, repeats a pair, or
            holds what is no number of people. Names the row.
    """
    try:
        with _opened(path) as lines:
            header = [name.strip() for name in next(lines, [])]
            if {"origin", "destination"} <= set(header):
                return list(_long(path, header, lines, value))
            return list(_wide(path, header, lines))
    except (OSError, EOFError, UnicodeDecodeError, csv.Error) as error:
        raise SolutionError(f"{path}: cannot be read: {error}") from error


def flow_patches(
    flows: list[Flow], context: Context, *, at: int, place: str = PLACE, reason: str | None = None
) -> list[Patch]:
    """Entities of flows.

    Args:
        flows: between places by name.
        context: expands terms that the data models have.
        at: when they hold [µs].
        place: template of the id of a place's entity over ``{place}``.
        reason: where they come from.

    Raises:
        SolutionError: the template makes no URI.
    """
    if ":" not in place or "{place}" not in place:
        raise SolutionError(f"{place!r} makes no id; expected for example {PLACE}")

    def term(name: str) -> str:
        return PRIVACY_TERMS.get(name) or context.expand(name)

    quality = Quality(Level.GOOD, Source.ENTERED, reason)

    def related(name: str) -> tuple[Attribute, ...]:
        return (Attribute(Kind.RELATIONSHIP, place.replace("{place}", quote(name, safe=""))),)

    return [
        Patch(
            flow_id(flow.origin, flow.destination),
            (term(FLOW),),
            {
                term("origin"): related(flow.origin),
                term("destination"): related(flow.destination),
                term("peopleCount"): (
                    Attribute(Kind.PROPERTY, flow.people, at, ONE, quality=quality),
                ),
            },
        )
        for flow in flows
    ]


@contextmanager
def _opened(path: Path) -> Iterator[Iterator[list[str]]]:
    if path.suffix == ".gz":
        with gzip.open(path, "rt", encoding="utf-8-sig", newline="") as file:
            yield csv.reader(file)
    else:
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield csv.reader(file)


def _long(
    path: Path, header: list[str], lines: Iterator[list[str]], value: str | None
) -> Iterator[Flow]:
    wanted = value or next((name for name in VALUES if name in header), None)
    if wanted is None or wanted not in header:
        raise SolutionError(
            f"{path}: no column {wanted or ' or '.join(VALUES)!r}",
            hint=f"name the column of numbers with --value; there are {', '.join(header)}",
        )
    columns = [header.index(name) for name in ("origin", "destination", wanted)]
    seen: dict[tuple[str, str], int] = {}
    for row, cells in enumerate(lines, start=2):
        if not cells:
            continue
        _check_width(path, row, cells, header)
        origin, destination, text = (cells[k].strip() for k in columns)
        if not origin or not destination:
            raise _fault(path, row, "a place is empty; expected origin and destination")
        _check_once(path, row, (origin, destination), seen)
        people = _people(path, row, wanted, text)
        if people:
            yield Flow(origin, destination, people)


def _wide(path: Path, header: list[str], lines: Iterator[list[str]]) -> Iterator[Flow]:
    places = header[1:]
    if not places or not all(places) or len(set(places)) < len(places):
        raise SolutionError(
            f"{path} row 1: {', '.join(header[:5])} … names no destinations, or one twice",
            hint="a wide table has origins in its first column and a column for each destination; "
            "a long one has the columns origin and destination",
        )
    seen: dict[tuple[str, str], int] = {}
    for row, cells in enumerate(lines, start=2):
        if not cells:
            continue
        _check_width(path, row, cells, header)
        origin = cells[0].strip()
        if not origin:
            raise _fault(path, row, "the origin is empty")
        for destination, text in zip(places, cells[1:], strict=True):
            _check_once(path, row, (origin, destination), seen)
            people = _people(path, row, destination, text.strip())
            if people:
                yield Flow(origin, destination, people)


def _check_width(path: Path, row: int, cells: list[str], header: list[str]) -> None:
    if len(cells) != len(header):
        raise _fault(path, row, f"{len(cells)} cells; expected {len(header)}")


def _check_once(
    path: Path, row: int, pair: tuple[str, str], seen: dict[tuple[str, str], int]
) -> None:
    first = seen.setdefault(pair, row)
    if first != row:
        raise _fault(path, row, f"{pair[0]} to {pair[1]} stands in row {first} already")


def _people(path: Path, row: int, column: str, text: str) -> float:
    if not text:
        return 0.0
    try:
        people = float(text)
    except ValueError:
        people = -1.0
    if not isfinite(people) or people < 0:
        raise _fault(path, row, f"{column} {text!r} is no number of people")
    return int(people) if people == int(people) else people


def _fault(path: Path, row: int, what: str) -> SolutionError:
    return SolutionError(f"{path} row {row}: {what}")
