"""The pieces of a network between which there is no way."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kota.network.graph import Ints, Network


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a network that hangs together.

    Args:
        name: of its longest edge.
        nodes: how many.
        edges: how many.
        length: of all its edges [m].
        at: longitude and latitude of its first node, or None.
    """

    name: str
    nodes: int
    edges: int
    length: float
    at: tuple[float, float] | None


def pieces(network: Network) -> Ints:
    """The piece each node is in `(n_nodes,)`; 0 is the longest, the rest by falling length.

    A way that is open in one direction only still joins its ends.
    """
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    shape = (network.n_nodes, network.n_nodes)
    ones = np.ones(network.n_edges, dtype=np.int8)
    joined = coo_matrix((ones, (network.start, network.end)), shape=shape)
    count, label = connected_components(joined, directed=False)
    length = np.bincount(label[network.start], weights=network.length, minlength=count)
    rank = np.empty(count, dtype=np.int64)
    rank[np.argsort(-length, kind="stable")] = np.arange(count)
    found: Ints = rank[label]
    return found


def describe_pieces(network: Network) -> tuple[Piece, ...]:
    """The pieces of a network, longest first."""
    label = pieces(network)
    of_edge = label[network.start]
    found = []
    for k in range(int(label.max(initial=-1)) + 1):
        edges = np.flatnonzero(of_edge == k)
        nodes = np.flatnonzero(label == k)
        longest = edges[network.length[edges].argmax()] if len(edges) else None
        found.append(
            Piece(
                network.node_names[nodes[0]] if longest is None else network.edge_names[longest],
                len(nodes),
                len(edges),
                float(network.length[edges].sum()),
                _at(network, int(nodes[0])),
            )
        )
    return tuple(found)


def _at(network: Network, node: int) -> tuple[float, float] | None:
    if network.nodes is None or network.plane is None:
        return None
    lon, lat = network.plane.to_degrees(network.nodes[node])[0]
    return round(float(lon), 6), round(float(lat), 6)
