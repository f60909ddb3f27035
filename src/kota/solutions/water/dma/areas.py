"""Areas of a network: those that its meters bound, and ones proposed where there are none.

Proposed areas come from cutting the graph of junctions in two again and again by the eigenvector of
the second smallest eigenvalue of its Laplacian (M. Fiedler, Algebraic connectivity of graphs, 1973,
doi:10.21136/CMJ.1973.101168), with wide pipes as strong edges, so that cuts pass through few and
narrow ones; the cut balances the demand of its sides.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kota.errors import InputError
from kota.solutions.water.network import Network, Pipe

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

UNEVEN = 0.25
"""A side of a cut has this share of the demand at least."""
METERED = 0.8
"""Share of an area's supply that is to come in through the links that are metered."""


@dataclass(frozen=True, slots=True)
class Area:
    """A part of a network.

    Args:
        name: for people.
        junctions: ids.
        inflow: the metered links at its border, and 1 or −1 as their flow is into it or out.
        tanks: ids.
        closed: whether all that comes in or goes out is metered: no reservoir lies in it.
    """

    name: str
    junctions: tuple[str, ...]
    inflow: Mapping[str, float]
    tanks: tuple[str, ...]
    closed: bool

    def length(self, network: Network) -> float:
        """Of its mains [km]: of pipes with an end in it, those across its border by half."""
        inside = {*self.junctions, *self.tanks}
        metres = sum(
            pipe.length * ((pipe.start in inside) + (pipe.end in inside)) / 2
            for pipe in network.pipes.values()
        )
        return metres / 1000


@dataclass(frozen=True, slots=True)
class Proposal:
    """Areas that could be made.

    Args:
        areas: they.
        meter: links at which a flow meter is to be set.
        shut: pipes that are to be shut, so that the meters see all.
    """

    areas: tuple[Area, ...]
    meter: tuple[str, ...]
    shut: tuple[str, ...]


def metered_areas(network: Network, meters: Collection[str]) -> tuple[Area, ...]:
    """Parts of a network that hang together without its metered links and its shut pipes.

    Args:
        network: the network.
        meters: ids of links whose flow is measured.

    Raises:
        InputError: a meter is at no link of the network.
    """
    links = {link.id: link for link in network.links}
    for name in meters:
        if name not in links:
            raise InputError(f"the network has no link {name!r}, whose flow is measured")
    shut = {pipe.id for pipe in network.pipes.values() if not pipe.is_open}
    parts = _parts(network, {*meters, *shut})
    areas: list[Area] = []
    for part in range(max(parts.values(), default=-1) + 1):
        junctions = tuple(name for name in network.junctions if parts[name] == part)
        if not junctions:
            continue
        inflow = {}
        for name in meters:
            into, out_of = (parts[end] == part for end in (links[name].end, links[name].start))
            if into != out_of:
                inflow[name] = 1.0 if into else -1.0
        tanks = tuple(name for name in network.tanks if parts[name] == part)
        sources = any(parts[name] == part for name in network.reservoirs)
        name = f"area {len(areas) + 1}"
        areas.append(Area(name, junctions, inflow, tanks, bool(inflow) and not sources))
    return tuple(areas)


def _parts(network: Network, without: Collection[str]) -> dict[str, int]:
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    names = list(network.positions)
    index = {name: k for k, name in enumerate(names)}
    ends = [(index[k.start], index[k.end]) for k in network.links if k.id not in without]
    start, end = np.array(ends, dtype=int).reshape(-1, 2).T
    graph = coo_matrix((np.ones(len(ends)), (start, end)), shape=(len(names), len(names)))
    _, labels = connected_components(graph, directed=False)
    return dict(zip(names, labels.tolist(), strict=True))


def propose(network: Network, count: int) -> Proposal:
    """Cut a network into areas of like demand across few and narrow pipes.

    Each border keeps links open and metered, the widest first, until they have most of its
    capacity; the others are to be shut. Pumps and valves are never shut. Try the result with
    `outlook`: pressures must hold with the pipes shut.

    Args:
        network: the network.
        count: of areas.

    Raises:
        InputError: so many cannot be made.
    """
    if not 2 <= count <= max(2, len(network.junctions) // 10):
        most = max(2, len(network.junctions) // 10)
        raise InputError(f"{count} areas are asked for; expected 2 to {most} for this network")
    names = list(network.junctions)
    label = _cut(network, names, count)
    of = dict(zip(names, label.tolist(), strict=True))
    crossing: dict[tuple[int, int], list[Pipe]] = {}
    meter: list[str] = []
    for link in network.links:
        sides = of.get(link.start), of.get(link.end)
        if None in sides:
            meter.append(link.id)
        elif sides[0] != sides[1]:
            if isinstance(link, Pipe):
                pair = (min(sides), max(sides))  # type: ignore[type-var]
                crossing.setdefault(pair, []).append(link)  # type: ignore[arg-type]
            else:
                meter.append(link.id)
    shut: list[str] = []
    for pipes in crossing.values():
        open_ = sorted((p for p in pipes if p.is_open), key=lambda pipe: -pipe.diameter)
        whole = sum(_capacity(pipe) for pipe in open_)
        kept = 0.0
        for pipe in open_:
            (meter if kept < METERED * whole else shut).append(pipe.id)
            kept += _capacity(pipe)
    areas = metered_areas(_without(network, shut), meter)
    return Proposal(areas, tuple(meter), tuple(shut))


def _without(network: Network, shut: Collection[str]) -> Network:
    pipes = {name: pipe for name, pipe in network.pipes.items() if name not in set(shut)}
    return Network(
        network.junctions,
        network.reservoirs,
        network.tanks,
        pipes,
        network.pumps,
        network.valves,
    )


def _capacity(pipe: Pipe) -> float:
    """Relative flow at like gradients, D^2.63 after Hazen and Williams."""
    return float(pipe.roughness * pipe.diameter**2.63)


def _cut(network: Network, names: list[str], count: int) -> Ints:
    """A label a junction."""
    index = {name: k for k, name in enumerate(names)}
    edges = np.array(
        [
            (index[link.start], index[link.end], _strength(link))
            for link in network.links
            if link.start in index and link.end in index
        ]
    ).reshape(-1, 3)
    demand = np.array([network.junctions[name].demand for name in names])
    weight = np.maximum(demand, 0.0) + max(demand.mean(), 1e-6) * 0.1
    label = np.zeros(len(names), dtype=np.int64)
    for new in range(1, count):
        sizes = np.bincount(label, weights=weight)
        largest = int(np.argmax(sizes))
        members = np.flatnonzero(label == largest)
        label[members[_half(edges, members, weight[members])]] = new
    return label


def _strength(link: object) -> float:
    return _capacity(link) ** 0.5 if isinstance(link, Pipe) else 1e4


def _half(edges: Floats, members: Ints, weight: Floats) -> NDArray[np.bool_]:
    """One side of the best sweep cut along the Fiedler vector."""
    place = np.full(max(int(edges[:, :2].max()), int(members.max())) + 1, -1)
    place[members] = np.arange(len(members))
    a, b = place[edges[:, 0].astype(int)], place[edges[:, 1].astype(int)]
    inside = (a >= 0) & (b >= 0)
    a, b, strength = a[inside], b[inside], edges[inside, 2]
    order = np.argsort(_fiedler(a, b, strength, len(members)), kind="stable")
    rank = np.empty(len(members), dtype=int)
    rank[order] = np.arange(len(members))
    low, high = np.minimum(rank[a], rank[b]), np.maximum(rank[a], rank[b])
    change = np.bincount(low, strength, len(members)) - np.bincount(high, strength, len(members))
    crossing = np.cumsum(change)[:-1]
    share = np.cumsum(weight[order])[:-1] / weight.sum()
    fair = (share >= UNEVEN) & (share <= 1 - UNEVEN)
    if not fair.any():
        fair[np.argmin(np.abs(share - 0.5))] = True
    at = int(np.argmin(np.where(fair, crossing, np.inf)))
    return np.asarray(rank <= at)


def _fiedler(a: Ints, b: Ints, strength: Floats, size: int) -> Floats:
    laplacian = np.zeros((size, size))
    np.subtract.at(laplacian, (a, b), strength)
    np.subtract.at(laplacian, (b, a), strength)
    np.fill_diagonal(laplacian, 0.0)
    np.fill_diagonal(laplacian, -laplacian.sum(axis=1))
    from scipy.linalg import eigh

    vectors = eigh(laplacian, subset_by_index=[0, min(1, size - 1)])[1]
    return np.asarray(vectors[:, -1])
