"""Streets, counts and places from tables, and estimates into one."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from kota.connect.columns import Column, Columns, read_columns
from kota.errors import InputError
from kota.network import Network
from kota.network.files import read_edges
from kota.solutions.people_flow.streets.assignment import Floats, Ints
from kota.solutions.people_flow.streets.entities import street_distance
from kota.solutions.people_flow.streets.model import learn, slot_of
from kota.solutions.people_flow.streets.patterns import make_patterns
from kota.solutions.people_flow.streets.purposes import JOBS_PER_AREA
from kota.solutions.people_flow.streets.town import CATEGORY_KIND, Town

_COUNTS: Final = (
    Column(name="edge", also=("street", "segment"), means="name of the edge with the counter"),
    Column(name="time", also=("local_time",), means="local time at which the hour begins"),
    Column(name="count", also=("people",), kind="number", least=0.0, means="people in that hour"),
)
_PLACES: Final = (
    Column(name="node", means="of the network"),
    Column(name="kind", also=("category",), means="home, office, trade …, marketplace, bus_stop …"),
    Column(name="amount", also=("size",), kind="number", least=0.0, means="residents, jobs, size"),
)


@dataclass(frozen=True, slots=True)
class Hours:
    """Counts by hour.

    Args:
        streets: with a counter `(n_counters,)`.
        times: local beginnings of the hours `(n_hours,)`.
        counts: `(n_hours, n_counters)`; gaps NaN.
        slots: hours of the week.
    """

    streets: Ints
    times: tuple[datetime, ...]
    counts: Floats
    slots: Ints


class Summary(msgspec.Struct, frozen=True):
    """What an estimate was made of."""

    streets: int
    counters: int
    hours_learnt: int
    hours_estimated: int
    people_passing: float
    out: str


def estimate_file(
    network: Path, counts: Path, places: Path, out: Path, *, since: datetime | None = None
) -> Summary:
    """Estimate the flow on every street of a network, hour by hour, from counts on a few.

    An hour is estimated with what was learnt from the hours before `since` and its own counts.

    Args:
        network: edges as `kota.network.files.read_edges` reads them, with a ``name`` each.
        counts: ``edge, time, count``.
        places: ``node, kind, amount``: residents as ``home``, jobs by kind, places by category.
        out: CSV to write: ``edge, time, flow, low, high``, the interval at 80 %.
        since: first hour to estimate; None: the last hour alone.

    Raises:
        InputError: a table is wrong; says the line.
    """
    streets = read_edges(network)
    hours = read_counts(counts, streets)
    town = read_places(places, streets)
    first = len(hours.times) - 1
    if since is not None:
        first = next((k for k, at in enumerate(hours.times) if at >= since), len(hours.times))
    if not 0 < first < len(hours.times):
        raise InputError(
            f"{counts.name}: no hour to learn from before {since}, or none to estimate after it",
            hint="give counts of a week at least, and a time within them",
        )
    model = learn(
        make_patterns(streets, town),
        street_distance(streets, hours.streets),
        hours.streets,
        hours.counts[:first],
        hours.slots[:first],
    )
    total = 0.0
    with out.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["edge", "time", "flow", "low", "high"])
        for k in range(first, len(hours.times)):
            estimate = model.update(hours.counts[k], int(hours.slots[k]))
            low, high = estimate.interval()
            total += float(estimate.mean.sum())
            at = hours.times[k].isoformat()
            rows = zip(streets.edge_names, estimate.mean, low, high, strict=True)
            for name, mean, least, most in rows:
                writer.writerow([name, at, f"{mean:.1f}", f"{least:.1f}", f"{most:.1f}"])
    return Summary(
        streets.n_edges,
        len(hours.streets),
        first,
        len(hours.times) - first,
        round(total, 1),
        out.name,
    )


def read_counts(path: Path, network: Network) -> Hours:
    """Read counts by street and hour.

    Raises:
        InputError: an edge that is not of the network, a time that is none, or an hour twice.
    """
    table = read_columns(path, _COUNTS)
    number = {name: k for k, name in enumerate(network.edge_names)}
    edges = table.values["edge"]
    times = [_time(table, row) for row in range(len(table))]
    seen: dict[tuple[str, datetime], int] = {}
    for row, (edge, at) in enumerate(zip(edges, times, strict=True)):
        if edge not in number:
            raise InputError(f"{table.where(row)}: no edge of the network is called {edge!r}")
        if (edge, at) in seen:
            raise InputError(
                f"{table.where(row)}: {edge} at {at.isoformat()} was counted before, in line "
                f"{table.lines[seen[edge, at]]}",
                hint="give local hours without the repeat of daylight saving, each once",
            )
        seen[edge, at] = row
    streets = np.array(sorted({number[edge] for edge in edges}), dtype=np.int64)
    hours = sorted(set(times))
    row_of = {at: k for k, at in enumerate(hours)}
    counts = np.full((len(hours), len(streets)), np.nan)
    for edge, at, value in zip(edges, times, table.values["count"], strict=True):
        counts[row_of[at], np.searchsorted(streets, number[edge])] = value
    slots = slot_of(
        np.array([at.hour for at in hours]), np.array([at.weekday() >= 5 for at in hours])
    )
    return Hours(streets, tuple(hours), counts, slots)


def read_places(path: Path, network: Network) -> Town:
    """Read who and what is at the nodes of a network.

    Raises:
        InputError: a node that is not of the network, or a kind that draws nobody.
    """
    table = read_columns(path, _PLACES)
    number = {name: k for k, name in enumerate(network.node_names)}
    town = Town(network.n_nodes)
    for kind in ("home", "work", *JOBS_PER_AREA):
        town.spread[kind] = np.zeros(network.n_nodes)
    for row in range(len(table)):
        node, kind = table.values["node"][row], table.values["kind"][row]
        amount = float(table.values["amount"][row])
        if node not in number:
            raise InputError(f"{table.where(row)}: the network has no node {node!r}")
        if kind in town.spread:
            town.spread[kind][number[node]] += amount
            if kind in JOBS_PER_AREA:
                town.spread["work"][number[node]] += amount
        elif kind in CATEGORY_KIND:
            town.add_place(kind, number[node], amount)
        else:
            known = ", ".join(("home", *JOBS_PER_AREA, *CATEGORY_KIND))
            raise InputError(f"{table.where(row)}: nobody walks to a {kind!r}", hint=f"use {known}")
    return town


def _time(table: Columns, row: int) -> datetime:
    text = str(table.values["time"][row])
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.minute or found.second:
        raise InputError(
            f"{table.where(row)}: {text!r} is not the beginning of an hour",
            hint="write 2026-05-04T17:00",
        )
    return found.replace(tzinfo=None)
