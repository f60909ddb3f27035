"""Where a leak may be: the pipes, how far they lie from each other, where they take water."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kota.solutions.water.estimate.twin import Twin

Floats = NDArray[np.float64]

NEAR = 300.0
"""A leak counts as found within this distance along pipes [m]."""


class Places:
    """The pipes of a twin as places of leaks.

    Args:
        twin: the model.

    Attributes:
        names: of the pipes.
        take: share of a leak that is taken at each node `(n_pipes, n_nodes)`, half at either end.
        distance: between the middles of pipes along pipes [m] `(n_pipes, n_pipes)`.
    """

    def __init__(self, twin: Twin) -> None:
        self.names = tuple(twin.network.pipes)
        self.index = {name: k for k, name in enumerate(self.names)}
        ends = np.array([twin.ends[twin.link[name]] for name in self.names])
        lengths = np.array([pipe.length for pipe in twin.network.pipes.values()])
        junction = np.array([name in twin.network.junctions for name in twin.nodes])
        self.take = np.zeros((len(self.names), len(twin.nodes)))
        for side in ends.T:
            self.take[np.arange(len(side)), side] += np.where(junction[side], 1.0, 0.0)
        self.take /= np.maximum(self.take.sum(axis=1, keepdims=True), 1.0)
        self.distance = _between(twin, ends, lengths)
        self.zone = np.full(len(self.names), -1)
        for z, zone in enumerate(twin.zones):
            self.zone[self.take[:, zone.nodes].sum(axis=1) > 0.5] = z

    def near(self, pipe: int) -> NDArray[np.bool_]:
        """Pipes within the distance that counts as found."""
        return np.asarray(self.distance[pipe] <= NEAR)


def _between(twin: Twin, ends: NDArray[np.int64], lengths: Floats) -> Floats:
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import dijkstra

    count = len(twin.nodes)
    others = [k for k, name in enumerate(twin.links) if name not in twin.network.pipes]
    joints = np.concatenate([ends, twin.ends[others]]) if others else ends
    weights = np.concatenate([lengths, np.full(len(others), 1e-3)])
    graph = coo_matrix((weights, joints.T), shape=(count, count)).tocsr()
    nodes = dijkstra(graph, directed=False)
    half = lengths / 2
    ways = [nodes[np.ix_(a, b)] for a in ends.T for b in ends.T]
    distance = np.minimum.reduce(ways) + half[:, None] + half[None, :]
    np.fill_diagonal(distance, 0.0)
    return np.asarray(distance)
