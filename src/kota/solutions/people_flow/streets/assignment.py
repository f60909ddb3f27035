"""Trips put on streets: each takes its way, several ways are mixed, and nobody gets lost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kota.network import Network

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Ways:
    """Shortest ways from every junction to each of some targets.

    Args:
        targets: junctions `(n_targets,)`.
        distance: along the ways `(n_targets, n_nodes)`, in the unit of the cost; inf: no way.
        following: the next junction on the way `(n_targets, n_nodes)`; negative at the target.
        street: that leads there `(n_targets, n_nodes)`; meaningless at the target.
        ahead: whether it is walked from its start to its end.
    """

    targets: Ints
    distance: Floats
    following: Ints
    street: Ints
    ahead: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Loads:
    """People on each street `(n_streets, n_columns)`, by the way they face.

    Args:
        ahead: from its start to its end.
        back: the other way.
    """

    ahead: Floats
    back: Floats


def shortest_ways(network: Network, targets: Ints, *, cost: Floats | None = None) -> Ways:
    """The shortest ways to targets, alike in both directions.

    Args:
        network: the streets.
        targets: junctions to reach `(n_targets,)`.
        cost: of each street in place of its length `(n_streets,)`, above 0.
    """
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import dijkstra

    costs = network.length if cost is None else cost
    street, low, high = _cheapest(network, costs)
    shape = (network.n_nodes, network.n_nodes)
    graph = csr_array((costs[street], (low, high)), shape=shape)
    distance, before = dijkstra(graph, directed=False, indices=targets, return_predecessors=True)
    following = before.astype(np.int64)
    here = np.broadcast_to(np.arange(network.n_nodes), following.shape)
    pair = np.minimum(here, following) * network.n_nodes + np.maximum(here, following)
    place = np.searchsorted(low * network.n_nodes + high, pair)
    taken = street[np.clip(place, 0, len(street) - 1)]
    return Ways(targets, distance, following, taken, network.start[taken] == here)


def _cheapest(network: Network, costs: Floats) -> tuple[Ints, Ints, Ints]:
    """The cheapest street between any two junctions, ordered by them; loops lead nowhere."""
    low = np.minimum(network.start, network.end)
    high = np.maximum(network.start, network.end)
    order = np.lexsort((costs, high, low))
    order = order[low[order] != high[order]]
    _, first = np.unique(low[order] * network.n_nodes + high[order], return_index=True)
    street = order[first]
    return street, low[street], high[street]


def through(ways: Ways, trips: Floats) -> Floats:
    """People who walk on from each junction towards each target.

    Each junction passes on what begins there and what reaches it, farthest first, in one pass
    over the junctions for all targets at once.

    Args:
        ways: to the targets.
        trips: that begin at each junction for each target `(n_targets, n_nodes, n_columns)`;
            where there is no way they stay at home.

    Returns:
        As `trips`; at a target, who has arrived.
    """
    there = np.isfinite(ways.distance)
    carried = np.where(there[..., None], trips, 0.0)
    order = np.argsort(np.where(there, -ways.distance, np.inf), axis=1)
    rows = np.arange(len(ways.targets))
    for rank in range(order.shape[1]):
        here = order[:, rank]
        following = ways.following[rows, here]
        going = np.flatnonzero(following >= 0)
        carried[going, following[going]] += carried[going, here[going]]
    return carried


def assign(network: Network, ways: Ways, trips: Floats, *, groups: Floats) -> list[Loads]:
    """Put trips on the streets.

    Args:
        network: the streets.
        ways: to the targets.
        trips: `(n_targets, n_nodes, n_columns)`, as in `through`.
        groups: how much of each target belongs to each group `(n_groups, n_targets)`.

    Returns:
        The loads of each group.
    """
    from scipy.sparse import coo_array

    carried = through(ways, trips)
    rows, nodes = np.nonzero(ways.following >= 0)
    moved = carried[rows, nodes]
    streets = network.n_edges
    place = ways.street[rows, nodes] + streets * ~ways.ahead[rows, nodes]
    loads = []
    for share in groups:
        used = np.flatnonzero(share[rows] > 0)
        spread = coo_array(
            (share[rows[used]], (place[used], np.arange(len(used)))),
            shape=(2 * streets, len(used)),
        ).tocsr()
        both = np.asarray(spread @ moved[used])
        loads.append(Loads(both[:streets], both[streets:]))
    return loads


def perceived_lengths(
    network: Network, spread: float, *, draws: int, seed: int
) -> Iterator[Floats]:
    """Lengths of streets [m] as different people judge them: the probit model of route choice.

    C. F. Daganzo, Y. Sheffi, On stochastic models of traffic assignment, 1977,
    doi:10.1287/trsc.11.3.253; here log-normal, so that no street is of negative length.

    Args:
        network: the streets.
        spread: standard deviation of the logarithm of a length; 0: all people judge rightly.
        draws: how many people, about.
        seed: of what is drawn.
    """
    rng = np.random.default_rng([seed, 41])
    for _ in range(draws if spread > 0 else 1):
        yield network.length * np.exp(spread * rng.standard_normal(network.n_edges))
