"""From a file of people to a table of noisy counts, with the budget charged between."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import numpy as np

from kota.errors import SolutionError
from kota.solutions.people_flow.privacy.budget import Ledger
from kota.solutions.people_flow.privacy.cells import (
    HOURS,
    Grid,
    Ints,
    hour_labels,
    hour_positions,
    wall_of,
)
from kota.solutions.people_flow.privacy.guarantee import most_auc, strongest_auc
from kota.solutions.people_flow.privacy.people_tables import (
    digest_of,
    fault,
    names_of,
    read_places,
    read_table,
    times_of,
    write_rows,
)
from kota.solutions.people_flow.privacy.release import Noise, calibrate, disturb, tabulate


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """On what terms a table is released.

    Args:
        dataset: name of the data set in the ledger.
        epsilon: what it may cost.
        most_cells: cells that one person may touch.
        min_cell: noisy counts below it are left out.
        folder: of the ledger.
    """

    dataset: str
    epsilon: float
    most_cells: int
    min_cell: int
    folder: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is counted.

    Args:
        file: a row for each time that a person was somewhere, or went from one place to another.
        by: dimensions of the table, each a column of the file or one of `HOURS`.
        places: list of the places.
        person, time: columns.
        zone: of times without an offset, and of hours.
        start, end: period [local time]; rows outside it do not count.
    """

    file: Path
    by: tuple[str, ...]
    places: Path
    person: str = "person"
    time: str = "time"
    zone: ZoneInfo
    start: datetime | None = None
    end: datetime | None = None


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """What a release says of itself; none of it depends on the data but through the noisy counts.

    Args:
        dataset: that was charged.
        epsilon, left, total: what it cost, what is left, and the whole budget.
        cells, released: of the table, and those whose noisy count reaches the minimum cell.
        most_cells, min_cell: see `Terms`.
        scale: of the noise.
        margin: 95 % of true counts lie within it of the noisy ones.
        auc_present, auc_exchanged: of the strongest attack by somebody who knows all others: was
            this person there, and which of these two was.
        auc_limit: of any attack, from epsilon alone.
    """

    dataset: str
    epsilon: float
    left: float
    total: float
    cells: int
    released: int
    most_cells: int
    min_cell: int
    scale: float
    margin: int
    auc_present: float
    auc_exchanged: float
    auc_limit: float


def run(question: Question, terms: Terms, out: Path) -> Summary:
    """Count, charge the budget, add noise, write what reaches the minimum cell.

    Raises:
        SolutionError: a file or an option is wrong; nothing was charged.
        ConflictError: the budget does not allow it; nothing was released.
    """
    noise = calibrate(terms.epsilon, terms.most_cells)
    persons, cells, grid = rows_of(question)
    what = f"people by {', '.join(question.by)}"
    return release_rows(
        persons, cells, grid, noise, terms, out, what=what, digest=digest_of(question.file)
    )


def release_rows(
    persons: Ints,
    cells: Ints,
    grid: Grid,
    noise: Noise,
    terms: Terms,
    out: Path,
    *,
    what: str,
    digest: bytes,
) -> Summary:
    """Release what is in memory already; see `run`."""
    if terms.min_cell < 1:
        raise SolutionError(f"a minimum cell of {terms.min_cell}; expected 1 or more")
    if not out.parent.is_dir():
        raise SolutionError(f"{out}: there is no folder {out.parent}")
    rng = np.random.default_rng()
    counts = tabulate(persons, cells, grid.size, noise.most_cells, rng)
    now = time.time_ns() // 1000
    account = Ledger(terms.folder).charge(
        terms.dataset,
        noise.epsilon,
        f"{what}; at most {noise.most_cells} cells for a person, minimum cell {terms.min_cell}",
        digest=digest,
        now=now,
    )
    noisy = disturb(counts, noise)
    shown = np.flatnonzero(noisy >= terms.min_cell)
    write_rows(out, table_of(grid, shown, noisy[shown], noise.margin))
    return Summary(
        dataset=account.dataset,
        epsilon=noise.epsilon,
        left=round(account.left, 9),
        total=account.total,
        cells=grid.size,
        released=len(shown),
        most_cells=noise.most_cells,
        min_cell=terms.min_cell,
        scale=noise.scale,
        margin=noise.margin,
        auc_present=round(strongest_auc(noise.most_cells, noise.scale), 4),
        auc_exchanged=round(strongest_auc(2 * noise.most_cells, noise.scale), 4),
        auc_limit=round(most_auc(noise.epsilon), 4),
    )


def table_of(grid: Grid, cells: Ints, noisy: Ints, margin: int) -> dict[str, Any]:
    """Columns of a released table: the cell, its noisy count, and between what the true one lies
    in 95 of 100 cells."""
    return {
        **grid.columns(cells),
        "people": noisy,
        "lower": np.maximum(noisy - margin, 0),
        "upper": noisy + margin,
    }


def rows_of(question: Question) -> tuple[Ints, Ints, Grid]:
    """Number of the person and of the cell of each row that counts, and all cells.

    Raises:
        SolutionError: a column is missing, a cell of the file is wrong, or a place is not listed.
    """
    by = question.by
    if not by or len(set(by)) < len(by):
        raise SolutionError(f"a table by {', '.join(by) or 'nothing'}; name each dimension once")
    columns = [name for name in by if name not in HOURS]
    timed = len(columns) < len(by) or question.start is not None or question.end is not None
    places = read_places(question.places)
    grid = Grid(
        by,
        tuple(
            hour_labels(name, question.start, question.end) if name in HOURS else tuple(places)
            for name in by
        ),
    )
    file = question.file
    table = read_table(file, [question.person, *columns], [question.time] if timed else [])
    persons, _ = names_of(file, table, question.person)
    wall = times_of(file, table, question.time, question.zone)[1] if timed else None
    counts = np.ones(len(persons), dtype=bool)
    if wall is not None and question.start is not None:
        counts &= wall >= wall_of(question.start)
    if wall is not None and question.end is not None:
        counts &= wall < wall_of(question.end)
    positions = []
    for name in by:
        if name in HOURS:
            assert wall is not None
            positions.append(hour_positions(name, wall, question.start))
        else:
            positions.append(_place_positions(file, table, name, places))
    kept = [one[counts] for one in positions]
    return persons[counts], grid.number(kept), grid


def _place_positions(file: Path, table: Any, name: str, places: list[str]) -> Ints:
    codes, found = names_of(file, table, name)
    at = {place: k for k, place in enumerate(places)}
    position = np.array([at.get(one, -1) for one in found], dtype=np.int64)
    rows: Ints = position[codes]
    missing = np.flatnonzero(rows < 0)
    if len(missing):
        row = int(missing[0])
        raise fault(
            file,
            row,
            f"{name} {found[codes[row]]!r} is not in the list of places; expected one of "
            f"{', '.join(map(repr, places[:5]))} …",
        )
    return rows
