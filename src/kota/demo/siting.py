"""Which crossing of the streets each junction of a network gets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
import shapely

from kota.demo.district import District
from kota.demo.district.place import HEIGHT, WIDTH, Floats
from kota.demo.district.terrain import LAKE
from kota.solutions.water.network import Network

SOURCES = {"River": (548.0, 1500.0), "Lake": LAKE}
"""Where the two sources lie [m]: the intake upriver, the lake in the west."""

SHORE = (LAKE[0] + 150.0, LAKE[1] - 10.0)
"""Where the lake's pump stands [m]."""

SHORT = 40.0
"""Pipes of at most this length [m] join nodes of one station, which stay side by side."""

_APART = 11.0
_TANK_CLEARANCE = 11.0
_PULL_OF_LINKS = 0.7

Place = tuple[float, float]


def site(network: Network, district: District) -> tuple[dict[str, Place], dict[str, int]]:
    """Give each node of a network a place in the town.

    The crossings are chosen to cover the town evenly; nodes are given to them so that the
    network keeps its shape and its pipes stay short.

    Returns:
        Positions of all nodes [m], and the crossing of each station's junctions.
    """
    stations = _stations(network)
    crossings = _spread(district.streets.nodes, len(stations))
    order = _arrange(network, stations, district.streets.nodes[crossings])
    positions: dict[str, Place] = {}
    crossing: dict[str, int] = {}
    for station, k in zip(stations, order, strict=True):
        node = int(crossings[k])
        for name, place in zip(station, _beside(district, node, len(station)), strict=True):
            positions[name], crossing[name] = place, node
    positions |= {pump.end: SHORE for pump in network.pumps.values() if pump.start == "Lake"}
    positions |= _tanks(network, district, positions)
    return positions | {name: SOURCES[name] for name in network.reservoirs}, crossing


def _stations(network: Network) -> list[list[str]]:
    """Junctions that short pipes join."""
    station = {name: name for name in network.junctions}
    for pipe in network.pipes.values():
        if pipe.length <= SHORT and pipe.start in station and pipe.end in station:
            gone, kept = station[pipe.end], station[pipe.start]
            station = {name: kept if s == gone else s for name, s in station.items()}
    grouped: dict[str, list[str]] = {}
    for name, leader in station.items():
        grouped.setdefault(leader, []).append(name)
    return list(grouped.values())


def _spread(nodes: Floats, count: int) -> np.ndarray:
    """So many crossings, each as far as can be from those before it."""
    inside = np.flatnonzero(shapely.contains_xy(shapely.box(0, 0, WIDTH, HEIGHT), nodes))
    points = nodes[inside]
    chosen = [int(np.hypot(*(points - points.mean(axis=0)).T).argmin())]
    gap = np.full(len(points), np.inf)
    while len(chosen) < count:
        gap = np.minimum(gap, np.hypot(*(points - points[chosen[-1]]).T))
        chosen.append(int(gap.argmax()))
    return np.asarray(inside[chosen])


def _arrange(network: Network, stations: Sequence[Sequence[str]], places: Floats) -> list[int]:
    """Index of the place of each station, improved by exchanges until none helps."""
    wished = _wished(network, stations)
    order = _closest_first(wished, places)
    beside = _neighbours(network, stations)

    def cost(station: int, place: int, other: int, others_place: int) -> float:
        at = places[place]
        total = float(((at - wished[station]) ** 2).sum())
        for k in beside[station]:
            there = places[others_place if k == other else order[k]]
            total += _PULL_OF_LINKS * float(((at - there) ** 2).sum())
        return total

    improved = True
    while improved:
        improved = False
        for a, b in combinations(range(len(order)), 2):
            now = cost(a, order[a], b, order[b]) + cost(b, order[b], a, order[a])
            then = cost(a, order[b], b, order[a]) + cost(b, order[a], a, order[b])
            if then < now - 1.0:
                order[a], order[b] = order[b], order[a]
                improved = True
    return order


def _wished(network: Network, stations: Sequence[Sequence[str]]) -> Floats:
    """Where stations would lie if the network were stretched over the town, half by rank."""
    at = np.array(
        [np.mean([network.junctions[n].at for n in station], axis=0) for station in stations]
    )
    low, high = at.min(axis=0), at.max(axis=0)
    rank = at.argsort(axis=0).argsort(axis=0) / (len(at) - 1)
    spread = 0.4 * (at - low) / (high - low) + 0.6 * rank
    wished: Floats = spread * np.array([WIDTH - 260, HEIGHT - 80]) + np.array([40, 40])
    return wished


def _closest_first(wished: Floats, places: Floats) -> list[int]:
    gap = ((wished[:, None, :] - places[None, :, :]) ** 2).sum(axis=2)
    chosen = [-1] * len(wished)
    taken: set[int] = set()
    for pair in gap.argsort(axis=None, kind="stable").tolist():
        wish, place = divmod(pair, len(places))
        if chosen[wish] < 0 and place not in taken:
            chosen[wish] = place
            taken.add(place)
    return chosen


def _neighbours(network: Network, stations: Sequence[Sequence[str]]) -> list[list[int]]:
    of = {name: k for k, station in enumerate(stations) for name in station}
    beside: list[list[int]] = [[] for _ in stations]
    for link in network.links:
        a, b = of.get(link.start), of.get(link.end)
        if a is not None and b is not None and a != b:
            beside[a].append(b)
            beside[b].append(a)
    return beside


def _beside(district: District, node: int, count: int) -> list[Place]:
    """A crossing, and further places along one of its streets."""
    at = district.streets.nodes[node]
    places = [(float(at[0]), float(at[1]))]
    street = max(
        (s for s in district.streets.streets if node in (s.start, s.end)),
        key=lambda s: float(s.line.length),
    )
    line = street.line if street.start == node else street.line.reverse()
    for k in range(1, count):
        spot = shapely.line_interpolate_point(line, _APART * k)
        places.append((float(spot.x), float(spot.y)))
    return places


def _tanks(
    network: Network, district: District, positions: Mapping[str, Place]
) -> dict[str, Place]:
    """Each tank on free ground as near as can be to the junction it hangs on."""
    roads = [street.line.buffer(street.width / 2 + 1) for street in district.streets.streets]
    houses = [building.footprint for building in district.buildings]
    taken = shapely.union_all([*roads, *houses])
    free = district.terrain.site.difference(taken).buffer(-_TANK_CLEARANCE)
    found: dict[str, Place] = {}
    for name in network.tanks:
        pipe = next(p for p in network.pipes.values() if name in (p.start, p.end))
        at = shapely.Point(positions[pipe.end if pipe.start == name else pipe.start])
        spot = shapely.get_point(shapely.shortest_line(free, at), 0)
        found[name] = (float(spot.x), float(spot.y))
    return found
