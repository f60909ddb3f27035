"""Streets as people walk them: the network, its routes, and walkers on their way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from kota.errors import SolutionError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

TASTES = 6
"""Groups of people who see the lengths of the streets differently."""

_DISAGREEMENT = 0.22
_NOWHERE = -1


@dataclass(frozen=True, slots=True, eq=False)
class Walkways:
    """Streets that people walk along.

    Args:
        nodes: where streets meet `(n_nodes, 2)` [m].
        ends: the two nodes of each segment `(n_segments, 2)`; direction 0 is from the first to
            the second, direction 1 the other way.
        length: of each segment `(n_segments,)` [m].
        width: that people walk on `(n_segments,)` [m].
        detour: how much longer than it is a segment seems `(n_segments,)`; 1 is a plain street.
        zone: number of the zone that each node lies in `(n_nodes,)`.

    Raises:
        SolutionError: the arrays do not fit each other, or streets are not all connected.
    """

    nodes: Floats
    ends: Ints
    length: Floats
    width: Floats
    detour: Floats
    zone: Ints

    def __post_init__(self) -> None:
        count = len(self.length)
        if self.ends.shape != (count, 2) or not len(self.width) == len(self.detour) == count:
            raise SolutionError(
                f"a network of {count} lengths has {len(self.ends)} pairs of ends, "
                f"{len(self.width)} widths and {len(self.detour)} detours",
                hint="give one of each for every segment",
            )
        if count and not (self.ends.min() >= 0 and self.ends.max() < len(self.nodes)):
            raise SolutionError(
                f"a segment ends at node {self.ends.max()} of {len(self.nodes)}",
                hint="number nodes from 0",
            )
        if not (self.length > 0).all():
            first = int(np.flatnonzero(~(self.length > 0))[0])
            raise SolutionError(
                f"segment {first} is {self.length[first]:g} m long", hint="give its length in m"
            )

    @property
    def zones(self) -> int:
        """How many zones there are."""
        return int(self.zone.max()) + 1


@dataclass(frozen=True, slots=True, eq=False)
class Legs:
    """One row for each segment that somebody has walked along; not in order.

    Args:
        trip: row of the trip.
        segment, direction: where, and which way.
        enters, leaves: when [s of the day].
    """

    trip: Ints
    segment: Ints
    direction: Ints
    enters: Floats
    leaves: Floats

    @property
    def middle(self) -> Floats:
        """When the middle of the segment is passed [s of the day]."""
        halfway: Floats = (self.enters + self.leaves) / 2
        return halfway


class Routes:
    """The way from every node to every other, for each taste, whatever is closed.

    People do not agree on the shortest way: each taste multiplies every length by its own
    lognormal factor (multinomial probit; C. Daganzo and Y. Sheffi, On stochastic models of
    traffic assignment, 1977, doi:10.1287/trsc.11.3.253).

    Args:
        ways: the network.
        seed: of the tastes.
    """

    def __init__(self, ways: Walkways, *, seed: int) -> None:
        self.ways = ways
        rng = np.random.default_rng([seed, 21])
        factor = np.exp(_DISAGREEMENT * rng.standard_normal((TASTES, len(ways.length))))
        self._costs = ways.length * ways.detour * factor
        self._hops: dict[frozenset[int], Ints] = {}
        distance, _ = _trees(ways, ways.length)
        if np.isinf(distance).any():
            cut = int(np.flatnonzero(np.isinf(distance[0]))[0])
            raise SolutionError(
                f"the network is in pieces: no way leads from node 0 to node {cut}",
                hint="keep the largest piece, or join them",
            )
        self.distance = distance
        """Along the shortest way `(n_nodes, n_nodes)` [m]."""

    def hops(self, closed: frozenset[int] = frozenset()) -> Ints:
        """The next step of each way `(n_tastes, n_nodes, n_nodes)`.

        Args:
            closed: segments that nobody may enter.

        Returns:
            At `[taste, destination, node]` twice the number of the segment to take, plus the
            direction.

        Raises:
            SolutionError: what is closed cuts places off.
        """
        found = self._hops.get(closed)
        if found is None:
            found = np.stack([self._next(costs, closed) for costs in self._costs])
            self._hops[closed] = found
        return found

    def _next(self, costs: Floats, closed: frozenset[int]) -> Ints:
        is_open = np.ones(len(costs), dtype=bool)
        is_open[list(closed)] = False
        distance, before = _trees(self.ways, costs, is_open)
        cut = np.isinf(distance).sum(axis=1).min()
        if cut:
            raise SolutionError(
                f"closing segments {sorted(closed)} cuts {cut} corners off",
                hint="leave one of them open",
            )
        count = len(self.ways.nodes)
        towards = np.full((count, count), _NOWHERE)
        for direction in (1, 0):
            keep = np.flatnonzero(is_open)
            keep = keep[np.argsort(-costs[keep], kind="stable")]
            start, end = self.ways.ends[keep, direction], self.ways.ends[keep, 1 - direction]
            towards[start, end] = 2 * keep + direction
        return towards[np.arange(count)[None, :], before]


def _trees(
    ways: Walkways, costs: Floats, is_open: NDArray[np.bool_] | None = None
) -> tuple[Floats, Ints]:
    """Distances between all nodes, and at `[to, from]` the node that comes after `from`."""
    keep = np.arange(len(costs)) if is_open is None else np.flatnonzero(is_open)
    keep = keep[np.argsort(costs[keep], kind="stable")]
    low, high = ways.ends[keep].min(axis=1), ways.ends[keep].max(axis=1)
    _, first = np.unique(low * len(ways.nodes) + high, return_index=True)
    shape = (len(ways.nodes), len(ways.nodes))
    graph = csr_array((costs[keep][first], (low[first], high[first])), shape=shape)
    distance, before = dijkstra(graph, directed=False, return_predecessors=True)
    following: Ints = before.astype(np.int64)
    np.fill_diagonal(following, np.arange(len(following)))
    return distance, following


@dataclass(frozen=True, slots=True)
class Closed:
    """What nobody may enter while it lasts.

    Args:
        segments: numbers of the segments.
        begins, ends: [s of the day].
    """

    segments: tuple[int, ...]
    begins: float
    ends: float = 86_400.0


@dataclass(frozen=True, slots=True, eq=False)
class Departures:
    """People who set out; arrays `(n,)`.

    Args:
        origin, destination: nodes.
        departs: when they step onto the streets at the origin [s of the day].
        speed: [m/s].
        taste: number of the taste.
    """

    origin: Ints
    destination: Ints
    departs: Floats
    speed: Floats
    taste: Ints


def walk(
    routes: Routes, people: Departures, closures: Sequence[Closed] = ()
) -> tuple[Floats, Legs]:
    """Let everybody walk to where they want to be.

    Whoever is on a street when it closes walks off it; at the next corner everybody knows.

    Args:
        routes: the ways.
        people: who sets out; the legs' `trip` is their row.
        closures: of the day.

    Returns:
        When each arrives `(n,)` [s of the day], and every leg.
    """
    turns, tables = _calendar(routes, closures)
    ends, length = routes.ways.ends, routes.ways.length
    at, now = people.origin.copy(), people.departs.copy()
    moving = np.flatnonzero(at != people.destination)
    legs: list[tuple[Ints, Ints, Floats, Floats]] = []
    while moving.size:
        table = np.searchsorted(turns, now[moving], side="right")
        hop = tables[table, people.taste[moving], people.destination[moving], at[moving]]
        segment, direction = hop >> 1, hop & 1
        enters = now[moving]
        leaves = enters + length[segment] / people.speed[moving]
        legs.append((moving, hop, enters, leaves))
        now[moving] = leaves
        at[moving] = ends[segment, 1 - direction]
        moving = moving[at[moving] != people.destination[moving]]
    return now, _joined(legs)


def _calendar(routes: Routes, closures: Sequence[Closed]) -> tuple[Floats, Ints]:
    """The instants at which anything closes or opens, and the hops before, between and after."""
    turns = sorted({time for one in closures for time in (one.begins, one.ends)})
    states = [frozenset[int]()]
    for time in turns:
        lasting = [one.segments for one in closures if one.begins <= time < one.ends]
        states.append(frozenset(segment for some in lasting for segment in some))
    return np.array(turns), np.stack([routes.hops(state) for state in states])


def _joined(legs: list[tuple[Ints, Ints, Floats, Floats]]) -> Legs:
    if not legs:
        none, never = np.zeros(0, dtype=np.int64), np.zeros(0)
        return Legs(none, none, none, never, never)
    trip, hop, enters, leaves = (np.concatenate(column) for column in zip(*legs, strict=True))
    return Legs(trip, hop >> 1, hop & 1, enters, leaves)
