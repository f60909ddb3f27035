"""Travel over a network between places on it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from kota.network.graph import Floats, Ints, Network
from kota.network.snapping import Spots
from kota.network.walking import FLAT_SPEED

_CELLS: Final = 1 << 24
"""Cells of the largest table of a search [doubles], 128 MiB."""

PACE: Final = 1.0 / FLAT_SPEED
"""What a metre between a point and its place on the network costs [s]."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Pairs within reach of each other, ordered by origin, then destination.

    Args:
        origin, destination: numbers of the places `(n_pairs,)`.
        cost: of travelling from one to the other `(n_pairs,)`.
    """

    origin: Ints
    destination: Ints
    cost: Floats


def travel_times(
    network: Network,
    origins: Spots,
    destinations: Spots,
    *,
    limit: float = np.inf,
    pace: float = PACE,
) -> Floats:
    """Least costs of travel from all origins to all destinations.

    Args:
        origins, destinations: places on the network.
        limit: what costs more counts as out of reach.
        pace: cost of a metre from a point to its place on the network, at both ends.

    Returns:
        Costs `(n_origins, n_destinations)`, infinite where out of reach.
    """
    times = np.empty((len(origins), len(destinations)))
    for rows, columns, block in _blocks(network, origins, destinations, limit, pace):
        times[rows, columns] = block
    return times


def reachable(
    network: Network,
    origins: Spots,
    destinations: Spots,
    *,
    limit: float,
    pace: float = PACE,
) -> Reach:
    """The pairs of origins and destinations within a cost of each other.

    Args:
        network, origins, destinations, limit, pace: as `travel_times`; its whole table is never
            held.
    """
    found: list[tuple[Ints, Ints, Floats]] = []
    for rows, columns, block in _blocks(network, origins, destinations, limit, pace):
        near = np.isfinite(block)
        origin, destination = np.nonzero(near)
        found.append((origin + rows.start, destination + columns.start, block[near]))
    if not found:
        return Reach(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))
    a, b, cost = (np.concatenate(parts) for parts in zip(*found, strict=True))
    order = np.lexsort((b, a))
    return Reach(a[order], b[order], cost[order])


def _blocks(
    network: Network, origins: Spots, destinations: Spots, limit: float, pace: float
) -> Iterator[tuple[slice, slice, Floats]]:
    """Costs from some origins to some destinations; searched from the side with fewer places."""
    if len(destinations) < len(origins):
        rows = slice(0, len(origins))
        back = _searched(network.reversed(), destinations, origins, limit, pace)
        yield from ((rows, columns, block.T) for columns, block in back)
    else:
        columns = slice(0, len(destinations))
        there = _searched(network, origins, destinations, limit, pace)
        yield from ((rows, columns, block) for rows, block in there)


def _searched(
    network: Network, origins: Spots, destinations: Spots, limit: float, pace: float
) -> Iterator[tuple[slice, Floats]]:
    from scipy.sparse.csgraph import dijkstra

    width = network.n_nodes + max(len(destinations), 1)
    step = max(_CELLS // width, 1)
    for first in range(0, len(origins), step):
        rows = slice(first, min(first + step, len(origins)))
        here = origins[rows]
        graph, ways = _with_departures(network, here)
        known = dijkstra(graph, directed=True, indices=ways, limit=limit)
        block = _arrivals(network, known, here, destinations)
        if here.off.any():
            block += pace * here.off[:, None]
        if destinations.off.any():
            block += pace * destinations.off
        if np.isfinite(limit):
            block[block > limit] = np.inf
        yield rows, block


def _with_departures(network: Network, origins: Spots) -> tuple[Any, Ints]:
    """The matrix with a row for each origin between nodes, from which it leaves by both ends.

    Returns:
        The matrix, and the row of each origin.
    """
    from scipy.sparse import csr_matrix

    between = origins.node < 0
    count = int(between.sum())
    if not count:
        return network.matrix, origins.node
    edge, share = origins.edge[between], origins.share[between]
    ends = np.stack([network.end[edge], network.start[edge]], axis=1)
    costs = np.stack([network.forward[edge] * (1 - share), network.backward[edge] * share], axis=1)
    matrix, size = network.matrix, network.n_nodes + count
    leaves = np.isfinite(costs)
    pointer = matrix.indptr[-1] + np.cumsum(leaves.sum(axis=1))
    content = (
        np.concatenate([matrix.data, costs[leaves]]),
        np.concatenate([matrix.indices, ends[leaves].astype(np.int32)]),
        np.concatenate([matrix.indptr, pointer.astype(np.int32)]),
    )
    ways = origins.node.copy()
    ways[between] = network.n_nodes + np.arange(count)
    return csr_matrix(content, shape=(size, size)), ways


def _arrivals(network: Network, known: Floats, origins: Spots, destinations: Spots) -> Floats:
    """Costs to destinations: by either end of their edges, or along the edge from its other place.

    Args:
        known: costs from each origin to each node `(n_origins, at least n_nodes)`.
    """
    between = np.flatnonzero(destinations.node < 0)
    if not len(between):
        return known.take(destinations.node, axis=1)
    inside = destinations if len(between) == len(destinations) else destinations[between]
    found = _by_either_end(network, known, inside)
    near = np.zeros(network.n_edges, dtype=np.bool_)
    near[origins.edge] = True
    shared = np.flatnonzero(near[inside.edge])
    on = inside.edge[shared]
    for k in np.flatnonzero(np.isin(origins.edge, on)):
        same = shared[on == origins.edge[k]]
        along = _along(network, origins.edge[k], inside.share[same] - origins.share[k])
        found[k, same] = np.minimum(found[k, same], along)
    if len(between) == len(destinations):
        return found
    block = known.take(np.maximum(destinations.node, 0), axis=1)
    block[:, between] = found
    return block


def _by_either_end(network: Network, known: Floats, inside: Spots) -> Floats:
    """Costs to places between nodes; in place, as each table of 100,000 costs time to allocate."""
    part = network.forward.take(inside.edge)
    part *= inside.share
    found = known.take(network.start.take(inside.edge), axis=1)
    found += part
    np.subtract(1.0, inside.share, out=part)
    part *= network.backward.take(inside.edge)
    other = known.take(network.end.take(inside.edge), axis=1)
    other += part
    return np.minimum(found, other, out=found)


def _along(network: Network, edge: int, ahead: Floats) -> Floats:
    """Cost of going along an edge by a share of it, back where that is negative."""
    costs = np.where(ahead < 0, network.backward[edge], network.forward[edge])
    with np.errstate(invalid="ignore"):
        return np.where(ahead == 0, 0.0, costs * np.abs(ahead))
