"""Supply, demand and costs of travel read from tables, and access written to one."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kota.connect.columns import Column, Columns, read_columns
from kota.errors import InputError
from kota.solutions.amenities.pairs import Floats, Ints, Pairs

_ID: Final = Column(
    name="id", also=("geoid", "name", "fid", "zone", "tract", "block", "osm_id", "code")
)
SUPPLY: Final = (
    _ID,
    Column(
        name="supply",
        also=("capacity", "cap", "value", "places", "beds", "doctors", "doc", "s", "count"),
        kind="number",
        least=0.0,
        means="capacity, zero or more",
    ),
)
DEMAND: Final = (
    _ID,
    Column(
        name="demand",
        also=(
            "pop",
            "population",
            "residents",
            "people",
            "persons",
            "weight",
            "value",
            "d",
            "count",
        ),
        kind="number",
        least=0.0,
        means="people, zero or more",
    ),
)
COSTS: Final = (
    Column(
        name="origin",
        also=("orig", "from", "o", "demand", "demand_id", "origin_id", "from_id", "i"),
    ),
    Column(
        name="dest",
        also=(
            "destination",
            "to",
            "d",
            "supply",
            "supply_id",
            "dest_id",
            "to_id",
            "destination_id",
            "j",
        ),
    ),
    Column(
        name="cost",
        also=("time", "minutes", "travel_time", "duration", "distance", "dist", "length", "c", "t"),
        kind="number",
        least=0.0,
        means="cost of travel, zero or more",
    ),
)
_SHOWN: Final = 3


@dataclass(frozen=True, slots=True)
class Places:
    """Demand or supply of a table.

    Args:
        names: ids in the order of the file.
        amount: of each `(n,)`.
        at: longitude and latitude `(n, 2)` [degrees], where the file has them.
    """

    names: NDArray[np.object_]
    amount: Floats
    at: Floats | None = None

    def __len__(self) -> int:
        return len(self.names)


def read_places(path: Path, wanted: Sequence[Column]) -> Places:
    """Read demand (`DEMAND`) or supply (`SUPPLY`) of a ``.csv``, ``.csv.gz`` or ``.parquet``.

    Raises:
        InputError: a column is missing, a row is wrong or an id occurs twice; says the line.
        ConnectError: the file cannot be read.
    """
    table = read_columns(path, wanted)
    codes, names = table.coded["id"]
    if not len(table):
        raise InputError(f"{path.name}: no rows")
    if len(names) < len(codes):
        _, first = np.unique(codes, return_index=True)
        again = np.setdiff1d(np.arange(len(codes)), first)[0]
        raise InputError(
            f"{table.where(int(again))}: the id {table.values['id'][again]!r} occurs twice",
            hint="give each place one row",
        )
    return Places(table.values["id"], table.values[wanted[1].name])


def read_costs(path: Path, demand: Places, supply: Places) -> tuple[Pairs, list[str]]:
    """Read a long table of costs: ``origin`` (demand), ``dest`` (supply), ``cost``.

    Pairs whose origin or destination is in neither table are left out, as cost tables usually
    cover more than was asked about; how many, and which, is told.

    Returns:
        The pairs, and what is worth telling about them.

    Raises:
        InputError: a column is missing, a row is wrong, or no pair is of demand and supply.
        ConnectError: the file cannot be read.
    """
    table = read_columns(path, COSTS)
    origin, strangers = _numbers(table, "origin", demand)
    dest, others = _numbers(table, "dest", supply)
    known = (origin >= 0) & (dest >= 0)
    if not known.any():
        raise InputError(
            f"{path.name}: no row joins demand and supply",
            hint=f"its origins are like {_some(table, 'origin')}, its destinations like "
            f"{_some(table, 'dest')}; they must be ids of demand and of supply",
        )
    notes = [
        f"{path.name}: {count:,} rows {way} places that the {whose} lacks, such as {name}"
        for (count, name), way, whose in (
            (strangers, "from", "demand"),
            (others, "to", "supply"),
        )
        if count
    ]
    shape = (len(demand), len(supply))
    pairs = Pairs.of(origin[known], dest[known], table.values["cost"][known], shape=shape)
    alone = np.flatnonzero((np.diff(pairs.starts) == 0) & (demand.amount > 0))
    if len(alone):
        shown = ", ".join(str(name) for name in demand.names[alone[:_SHOWN]])
        notes.append(f"{len(alone):,} places of demand have no way to any supply: {shown}")
    return pairs, notes


def _numbers(table: Columns, column: str, places: Places) -> tuple[Ints, tuple[int, str]]:
    """The place that each row names, −1 for none, and how many rows name none, with one of them."""
    codes, labels = table.coded[column]
    number = {name: k for k, name in enumerate(places.names)}
    of_label = np.array([number.get(label, -1) for label in labels], dtype=np.int64)
    found = of_label[codes] if len(labels) else np.empty(0, dtype=np.int64)
    missing = np.flatnonzero(of_label < 0)
    first = str(labels[missing[0]]) if len(missing) else ""
    return found, (int((found < 0).sum()), first)


def _some(table: Columns, column: str) -> str:
    return ", ".join(repr(str(label)) for label in table.coded[column][1][:_SHOWN])


def write_access(path: Path, names: Sequence[str], columns: Mapping[str, Floats]) -> None:
    """Write a table of access: ``id`` and a column for each measure; nothing where it is infinite.

    Args:
        path: CSV.
        names: ids `(n,)`.
        columns: measures `(n,)` each.

    Raises:
        InputError: the file cannot be written.
    """
    try:
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["id", *columns])
            for name, *values in zip(names, *columns.values(), strict=True):
                writer.writerow([name, *(repr(float(v)) if np.isfinite(v) else "" for v in values)])
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}") from error
