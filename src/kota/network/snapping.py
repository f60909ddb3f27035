"""Points brought to the network: each to the nearest place on an edge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kota.errors import InputError
from kota.network.graph import Floats, Ints, Network
from kota.network.plane import checked_degrees

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Spots:
    """Places on a network.

    Args:
        edge: the edge each lies on `(n,)`.
        share: where along the edge, 0 at its start, 1 at its end `(n,)`.
        off: from the point that was given to the place on the network `(n,)` [m].
        node: the node each lies at `(n,)`, −1 where it lies between two.
    """

    edge: Ints
    share: Floats
    off: Floats
    node: Ints

    def __len__(self) -> int:
        return len(self.edge)

    def __getitem__(self, which: slice | NDArray[np.generic]) -> Spots:
        return Spots(self.edge[which], self.share[which], self.off[which], self.node[which])

    def places(self, network: Network) -> Floats:
        """Where they lie in the network's plane `(n, 2)` [m]."""
        import shapely

        lines = _lines(network)[self.edge]
        points = shapely.line_interpolate_point(lines, self.share, normalized=True)
        found: Floats = shapely.get_coordinates(points)
        return found


def snap(
    network: Network,
    degrees: ArrayLike,
    *,
    names: Sequence[str] | None = None,
    farthest: float = np.inf,
) -> Spots:
    """Bring points to the nearest places on the network.

    Args:
        network: with positions.
        degrees: longitudes and latitudes `(n, 2)`; where the network has no plane, its own metres.
        names: what the points are called in messages, with their rows.
        farthest: a point farther from every edge than this [m] is refused.

    Raises:
        InputError: the network has no positions, a point is no longitude and latitude, or one is
            too far away: in the sea, or of another coordinate system.
    """
    import shapely

    called = tuple(names) if names is not None else None
    if network.plane is None:
        points = np.asarray(degrees, dtype=np.float64).reshape(-1, 2)
    else:
        points = network.plane.to_metres(checked_degrees(degrees, called))
    lines = _lines(network)
    if not len(points):
        return on_edges(network, [], [])
    shapes = shapely.points(points)
    found = shapely.STRtree(lines).query_nearest(shapes, all_matches=False)
    edge = np.empty(len(points), dtype=np.int64)
    edge[found[0]] = found[1]
    off = shapely.distance(shapes, lines[edge])
    _refuse_far(off, called, farthest)
    share = shapely.line_locate_point(lines[edge], shapes, normalized=True)
    return on_edges(network, edge, np.nan_to_num(share), off)


def on_edges(
    network: Network, edge: ArrayLike, share: ArrayLike, off: ArrayLike | None = None
) -> Spots:
    """Places on edges of the network.

    Args:
        edge: the edge each lies on `(n,)`.
        share: where along it, 0 at its start, 1 at its end `(n,)`.
        off: how far each point is from there `(n,)` [m]; nothing where absent.
    """
    edges, shares = np.asarray(edge, dtype=np.int64), np.asarray(share, dtype=np.float64)
    node = np.where(shares <= 0, network.start[edges], -1)
    node = np.where(shares >= 1, network.end[edges], node)
    away = np.zeros(len(edges)) if off is None else np.asarray(off, dtype=np.float64)
    return Spots(edges, shares, away, node)


def at_nodes(network: Network, nodes: ArrayLike) -> Spots:
    """Places at nodes of the network.

    Args:
        nodes: their numbers `(n,)`.

    Raises:
        InputError: a node that no edge ends at.
    """
    wanted = np.asarray(nodes, dtype=np.int64)
    edge = np.full(network.n_nodes, -1, dtype=np.int64)
    share = np.zeros(network.n_nodes)
    edge[network.end], share[network.end] = np.arange(network.n_edges), 1.0
    edge[network.start], share[network.start] = np.arange(network.n_edges), 0.0
    lonely = wanted[edge[wanted] < 0]
    if len(lonely):
        raise InputError(f"no edge ends at node {network.node_names[lonely[0]]}")
    return Spots(edge[wanted], share[wanted], np.zeros(len(wanted)), wanted)


def _lines(network: Network) -> NDArray[np.object_]:
    if network.lines is None or not len(network.lines):
        raise InputError(
            "this network does not say where its edges lie",
            hint="give lines, or nodes with coordinates",
        )
    return network.lines


def _refuse_far(off: Floats, names: tuple[str, ...] | None, farthest: float) -> None:
    far = np.flatnonzero(~(off <= farthest))
    if not len(far):
        return
    shown = ", ".join(
        f"{names[k] if names is not None else f'point {k + 1}'} ({off[k]:,.0f} m)"
        for k in far[:_SHOWN]
    )
    more = f" and {len(far) - _SHOWN} more" if len(far) > _SHOWN else ""
    raise InputError(
        f"farther than {farthest:g} m from every way of the network: {shown}{more}",
        hint="they may lie in the sea, outside the network, or be of another coordinate system",
    )
