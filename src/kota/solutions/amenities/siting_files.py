"""Siting problems read from tables: demand, candidates, and the distances between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from kota.connect.columns import Column, Columns, read_columns
from kota.errors import ConnectError, InputError
from kota.solutions.amenities.siting import Status

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_PLACES: Final = (
    Column(name="node", also=("vertex",), required=False),
    Column(name="x", also=("easting",), kind="number", required=False),
    Column(name="y", also=("northing",), kind="number", required=False),
    Column(name="lon", also=("longitude", "lng", "long"), kind="number", required=False),
    Column(name="lat", also=("latitude",), kind="number", required=False),
)
_DEMAND: Final = (
    Column(name="id", also=("node", "vertex", "demand_id", "demand_node", "geoid", "name")),
    Column(
        name="weight",
        also=("demand", "population", "pop", "w", "people", "persons", "count"),
        kind="number",
        least=0.0,
        required=False,
        means="how much demand, zero or more",
    ),
    Column(name="group", also=("neighbourhood", "district"), required=False),
    *_PLACES,
)
_CANDIDATES: Final = (
    Column(name="id", also=("node", "vertex", "candidate", "candidate_id", "site", "name")),
    Column(name="cost", also=("price",), kind="number", least=0.0, required=False),
    Column(name="capacity", also=("cap", "places"), kind="number", least=0.0, required=False),
    Column(name="status", required=False),
    *_PLACES,
)
_STATUSES: Final = {
    "": Status.FREE,
    "free": Status.FREE,
    "candidate": Status.FREE,
    "kept": Status.KEPT,
    "existing": Status.KEPT,
    "closed": Status.CLOSED,
    "forbidden": Status.FORBIDDEN,
    "excluded": Status.FORBIDDEN,
}


@dataclass(frozen=True, slots=True)
class Demand:
    """A table of demand.

    Args:
        ids: of the places.
        weights: `(n,)`.
        periods: weights in each period `(n_periods, n)`, or None.
        groups: numbers of their groups `(n,)`, or None.
        group_names: of those numbers.
        table: the file.
    """

    ids: tuple[str, ...]
    weights: Floats
    periods: Floats | None
    groups: Ints | None
    group_names: tuple[str, ...]
    table: Columns

    @property
    def names(self) -> tuple[str, ...]:
        """The places with their lines, for messages."""
        return tuple(f"{name} ({self.table.where(k)})" for k, name in enumerate(self.ids))


@dataclass(frozen=True, slots=True)
class Candidates:
    """A table of candidates.

    Args:
        ids: of the candidates.
        status: see `Status` `(m,)`.
        costs, capacities: `(m,)`, or None where the table has no such column.
        table: the file.
    """

    ids: tuple[str, ...]
    status: Ints
    costs: Floats | None
    capacities: Floats | None
    table: Columns


def read_demand(path: Path, periods: int = 1) -> Demand:
    """Read demand: ``id``, ``weight``, ``group``, and ``weight_1``, ``weight_2`` … by period.

    Args:
        path: CSV (also gzipped) or Parquet.
        periods: how many.

    Raises:
        InputError: a column is missing or a row is wrong; says the line.
    """
    later = tuple(
        Column(name=f"weight_{k}", kind="number", least=0.0, required=False)
        for k in range(1, periods + 1)
    )
    table = read_columns(path, (*_DEMAND, *(later if periods > 1 else ())))
    ids = _ids(table)
    weights = _numbers(table, "weight", 1.0)
    by_period = None
    if periods > 1:
        columns = [f"weight_{k}" for k in range(1, periods + 1)]
        by_period = np.array([_numbers(table, name, weights) for name in columns])
        if any(name in table.values for name in columns):
            weights = by_period[-1]
    groups = None
    names: tuple[str, ...] = ()
    if "group" in table.values:
        known, groups = np.unique(table.values["group"].astype(str), return_inverse=True)
        names = tuple(str(name) for name in known)
    return Demand(ids, weights, by_period, groups, names, table)


def read_candidates(path: Path) -> Candidates:
    """Read candidates: ``id``, ``cost``, ``capacity``, ``status`` (kept, closed, forbidden, free).

    An empty capacity is no limit.

    Raises:
        InputError: a column is missing or a row is wrong; says the line.
    """
    table = read_columns(path, _CANDIDATES)
    ids = _ids(table)
    status = np.zeros(len(ids), dtype=np.int64)
    for row, text in enumerate(table.values.get("status", ())):
        if str(text).lower() not in _STATUSES:
            raise InputError(
                f"{table.where(row)}, status: {text!r} is none",
                hint="write kept, closed, forbidden or free",
            )
        status[row] = _STATUSES[str(text).lower()]
    capacities = None
    if "capacity" in table.values:
        capacities = np.nan_to_num(table.values["capacity"], nan=np.inf)
    costs = _numbers(table, "cost", 0.0) if "cost" in table.values else None
    return Candidates(ids, status, costs, capacities, table)


def mark(candidates: Candidates, ids: Sequence[str], status: Status) -> None:
    """Give candidates a status.

    Raises:
        InputError: there is no such candidate.
    """
    row_of = {name: row for row, name in enumerate(candidates.ids)}
    for name in ids:
        if name not in row_of:
            raise InputError(
                f"{status.name.lower()}: there is no candidate {name!r}",
                hint=f"name one of {candidates.table.path.name}",
            )
        candidates.status[row_of[name]] = status


def _ids(table: Columns) -> tuple[str, ...]:
    if not len(table):
        raise InputError(f"{table.path.name}: no rows")
    seen: dict[str, int] = {}
    for row, name in enumerate(table.values["id"]):
        if name in seen:
            raise InputError(
                f"{table.where(row)}: id {name!r} is also in line {table.lines[seen[name]]}",
                hint="give every row an id of its own",
            )
        seen[str(name)] = row
    return tuple(seen)


def _numbers(table: Columns, name: str, default: float | Floats) -> Floats:
    if name not in table.values:
        return np.broadcast_to(np.asarray(default, np.float64), (len(table),)).copy()
    found: Floats = table.values[name]
    empty = np.flatnonzero(np.isnan(found))
    if len(empty):
        raise InputError(
            f"{table.where(int(empty[0]))}, {name}: no value", hint="expected a number"
        )
    return found


def read_distances(path: Path, demand: Demand, candidates: Candidates) -> Floats:
    """Read distances from a NumPy file: demand down, candidates across, as in their tables.

    Raises:
        InputError: the shape does not fit, or a distance is negative or not a number.
        ConnectError: the file cannot be read.
    """
    try:
        table: Any = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise ConnectError(f"{path}: {error}", hint="write it with numpy.save") from error
    shape = (len(demand.ids), len(candidates.ids))
    if not isinstance(table, np.ndarray) or table.shape != shape:
        found = getattr(table, "shape", "no shape")
        raise InputError(
            f"{path.name} has shape {found}; expected {shape}: a row for each demand place and a "
            "column for each candidate, in the order of their tables"
        )
    if not (np.issubdtype(table.dtype, np.floating) or np.issubdtype(table.dtype, np.integer)):
        raise InputError(f"{path.name} holds {table.dtype}; expected numbers")
    distances = table.astype(np.float64)
    bad = np.argwhere(~(distances >= 0))
    if len(bad):
        i, j = bad[0]
        raise InputError(
            f"{path.name}[{i}, {j}]: from {demand.names[i]} to candidate {candidates.ids[j]} "
            f"it is {distances[i, j]:g}",
            hint="expected zero or more; inf where there is no way",
        )
    return distances


def network_distances(path: Path, demand: Demand, candidates: Candidates) -> Floats:
    """Shortest ways along the edges of a table from demand to candidates, infinite where none.

    Of an edge that is repeated the last counts, as in OR-Library's files; where edges may be one
    way (a column ``oneway``) the shortest counts.

    Args:
        path: table of edges: ``from``, ``to``, ``length``.
        demand, candidates: their ``node``, or else their id, is a node of the edges.

    Raises:
        InputError: a row is wrong, or a place is no node of the network; says the line.
    """
    from scipy.sparse.csgraph import dijkstra

    from kota.network.files import read_edges

    oneway = "oneway" in read_columns(path, (Column(name="oneway", required=False),)).values
    network = read_edges(path, repeated="least" if oneway else "last")
    number = {name: k for k, name in enumerate(network.node_names)}
    start, end = _nodes(demand.table, number, path), _nodes(candidates.table, number, path)
    if len(end) < len(start):
        table: Floats = dijkstra(network.reversed().matrix, indices=end)[:, start].T
    else:
        table = dijkstra(network.matrix, indices=start)[:, end]
    return np.ascontiguousarray(table)


def _nodes(table: Columns, number: dict[str, int], edges: Path) -> Ints:
    names = table.values["node" if "node" in table.values else "id"]
    for row, name in enumerate(names):
        if name not in number:
            raise InputError(
                f"{table.where(row)}: node {name!r} is at no edge of {edges.name}",
                hint="name nodes as the edges do, or join the place to the network",
            )
    return np.array([number[name] for name in names], dtype=np.int64)


def plain_distances(demand: Demand, candidates: Candidates) -> Floats:
    """Distances as the crow flies: by ``lon`` and ``lat`` [m], or ``x`` and ``y`` in their unit.

    Raises:
        InputError: the tables have no positions, or one is no longitude and latitude.
    """
    for first, second in (("lon", "lat"), ("x", "y")):
        if all({first, second} <= set(each.table.values) for each in (demand, candidates)):
            here, there = (
                np.column_stack([_numbers(e.table, first, 0.0), _numbers(e.table, second, 0.0)])
                for e in (demand, candidates)
            )
            break
    else:
        raise InputError(
            "distances are missing",
            hint="give --edges or --distances, or x and y, or lon and lat, in both tables",
        )
    if first == "lon":
        here, there = _in_metres(here, there, demand, candidates)
    apart: Floats = np.hypot(here[:, None, 0] - there[:, 0], here[:, None, 1] - there[:, 1])
    return apart


def _in_metres(
    here: Floats, there: Floats, demand: Demand, candidates: Candidates
) -> tuple[Floats, Floats]:
    from kota.network.plane import Plane, checked_degrees

    for points, table in ((here, demand.table), (there, candidates.table)):
        checked_degrees(points, tuple(table.where(row) for row in range(len(table))))
    plane = Plane.around(np.concatenate([here, there]))
    return plane.to_metres(here), plane.to_metres(there)
