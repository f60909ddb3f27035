"""A network: places, the ways between them, and what each way costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kota.errors import InputError
from kota.network.plane import Plane

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """Nodes and edges with costs; made by `make_network`, `kota.network.join` or a reader.

    Args:
        start, end: nodes of each edge `(n_edges,)`.
        length: of each edge `(n_edges,)` [m].
        forward, backward: cost of each edge from start to end and back `(n_edges,)`, usually
            [s]; infinite where that direction is closed.
        matrix: costs between neighbours, a scipy CSR matrix `(n_nodes, n_nodes)`.
        node_names, edge_names: as the source calls them.
        nodes: where the nodes lie `(n_nodes, 2)` [m], or None.
        lines: course of each edge in the plane [m], shapely lines `(n_edges,)`, or None.
        plane: between metres and degrees, or None.
        way: which of the ways that were joined each edge is part of `(n_edges,)`, or None.
    """

    start: Ints
    end: Ints
    length: Floats
    forward: Floats
    backward: Floats
    matrix: Any
    node_names: tuple[str, ...]
    edge_names: tuple[str, ...]
    nodes: Floats | None = None
    lines: NDArray[np.object_] | None = None
    plane: Plane | None = None
    way: Ints | None = None

    @property
    def n_nodes(self) -> int:
        """How many nodes."""
        return len(self.node_names)

    @property
    def n_edges(self) -> int:
        """How many edges."""
        return len(self.start)

    def with_costs(self, forward: ArrayLike, backward: ArrayLike | None = None) -> Network:
        """The same network with other costs of its edges, `(n_edges,)` each.

        Args:
            forward: from start to end; infinite: closed.
            backward: from end to start; None: as forward.

        Raises:
            InputError: a cost is negative or not a number.
        """
        there = _costs(forward, self)
        back = there if backward is None else _costs(backward, self)
        matrix = _matrix(self.n_nodes, self.start, self.end, there, back)
        return replace(self, forward=there, backward=back, matrix=matrix)

    def reversed(self) -> Network:
        """The network in which every way is walked the other way."""
        if self.forward is self.backward or np.array_equal(self.forward, self.backward):
            return self
        return replace(
            self, forward=self.backward, backward=self.forward, matrix=self.matrix.T.tocsr()
        )


def make_network(
    start: ArrayLike,
    end: ArrayLike,
    *,
    length: ArrayLike,
    forward: ArrayLike | None = None,
    backward: ArrayLike | None = None,
    node_names: Sequence[str] | None = None,
    edge_names: Sequence[str] | None = None,
    nodes: Floats | None = None,
    lines: NDArray[np.object_] | None = None,
    plane: Plane | None = None,
) -> Network:
    """Make a network from the ends of its edges.

    Args:
        start, end: nodes of each edge `(n_edges,)`, from 0.
        length: of each `(n_edges,)` [m].
        forward, backward: costs as in `Network`; forward is the length where absent, backward is
            as forward.
        node_names, edge_names: their numbers where absent.
        nodes: where the nodes lie `(n_nodes, 2)` [m].
        lines: course of each edge; straight between its nodes where those are known.
        plane: between metres and degrees.

    Raises:
        InputError: a cost is negative or not a number, or a node has no name.

    >>> square = make_network([0, 1, 2], [1, 2, 3], length=[5.0, 5.0, 5.0])
    >>> square.n_nodes, square.matrix.nnz
    (4, 6)
    """
    a, b = np.asarray(start, dtype=np.int64), np.asarray(end, dtype=np.int64)
    count = int(max(a.max(initial=-1), b.max(initial=-1))) + 1
    known = tuple(str(k) for k in range(count)) if node_names is None else tuple(node_names)
    if count > len(known):
        raise InputError(f"an edge ends at node {count - 1} of {len(known)}")
    edges = tuple(str(k) for k in range(len(a))) if edge_names is None else tuple(edge_names)
    if lines is None and nodes is not None:
        lines = straight(nodes, a, b)
    run = np.asarray(length, dtype=np.float64)
    draft = Network(
        start=a,
        end=b,
        length=run,
        forward=run,
        backward=run,
        matrix=None,
        node_names=known,
        edge_names=edges,
        nodes=nodes,
        lines=lines,
        plane=plane,
    )
    return draft.with_costs(run if forward is None else forward, backward)


def straight(nodes: Floats, start: Ints, end: Ints) -> NDArray[np.object_]:
    """Straight lines between nodes `(n_edges,)`."""
    import shapely

    lines: NDArray[np.object_] = shapely.linestrings(np.stack([nodes[start], nodes[end]], axis=1))
    return lines


def _costs(costs: ArrayLike, network: Network) -> Floats:
    found = np.asarray(costs, dtype=np.float64)
    bad = np.flatnonzero(~(found >= 0))
    if len(bad):
        name = network.edge_names[bad[0]]
        raise InputError(f"edge {name} costs {found[bad[0]]:g}", hint="give a cost of zero or more")
    return found


def _matrix(n_nodes: int, start: Ints, end: Ints, forward: Floats, backward: Floats) -> Any:
    """Costs as CSR; parallel edges stay side by side, as a search takes the cheaper."""
    from scipy.sparse import csr_matrix

    tail, head = np.concatenate([start, end]), np.concatenate([end, start])
    cost = np.concatenate([forward, backward])
    open_ = np.isfinite(cost)
    tail, head, cost = tail[open_], head[open_], cost[open_]
    order = np.argsort(tail, kind="stable")
    pointer = np.zeros(n_nodes + 1, dtype=np.int32)
    np.cumsum(np.bincount(tail, minlength=n_nodes), out=pointer[1:])
    content = cost[order], head[order].astype(np.int32), pointer
    return csr_matrix(content, shape=(n_nodes, n_nodes))
