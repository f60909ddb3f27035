"""A water network laid under the streets: junctions at crossings, pipes along streets.

The example network has no geography of its own worth keeping: what is kept is its topology and
its hydraulics (`kota.solutions.water.rescale`), what is new is where everything lies.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import shapely

from kota.demo.district import District
from kota.demo.district.buildings import LITRES_PER_RESIDENT
from kota.demo.district.place import Floats
from kota.demo.siting import site
from kota.solutions.water.demand import HOMES, STEADY, TRADE
from kota.solutions.water.network import Network
from kota.solutions.water.rescale import rescale

BULK = ("15", "35", "123", "203")
"""Junctions of Net3 with a demand pattern of their own: supplies to neighbours and industry."""

_USED_AGAIN = 0.35
_BRIDGE = 60.0
_WIDEST = 600.0


@dataclass(frozen=True, slots=True)
class Fitted:
    """The network in the town.

    Args:
        network: rescaled, positions in town metres.
        routes: the line of each pipe, from its start to its end [m].
        bases: average demands `(n_junctions, 3)` [m³/h] of homes, trade and steady users.
        supplied: index of the junction (in the network's order) that feeds each building.
    """

    network: Network
    routes: dict[str, shapely.LineString]
    bases: Floats
    supplied: tuple[int, ...]


def fit(network: Network, district: District) -> Fitted:
    """Lay a network under the streets of a district.

    Args:
        network: EPANET's Net3, as read.
        district: where to.
    """
    positions, crossing = site(network, district)
    routes = _routes(network, district, crossing, positions)
    bases, supplied = _demands(network, district, positions)
    homes = sum(bases[k].sum() for k, name in enumerate(network.junctions) if name not in BULK)
    before = sum(j.demand for j in network.junctions.values() if j.id not in BULK)
    flow = float(homes) / before
    for k, name in enumerate(network.junctions):
        if name in BULK:
            bases[k] = 0.0
            bases[k, STEADY] = network.junctions[name].demand * flow
    fitted = rescale(
        network,
        flow=flow,
        lengths={name: max(float(line.length), 1.0) for name, line in routes.items()},
        demands={name: float(bases[k].sum()) for k, name in enumerate(network.junctions)},
        positions=positions,
        widest=_WIDEST,
    )
    return Fitted(fitted, routes, bases, supplied)


def _routes(
    network: Network,
    district: District,
    crossing: Mapping[str, int],
    positions: Mapping[str, tuple[float, float]],
) -> dict[str, shapely.LineString]:
    """Each pipe along the streets, shunning those that hold a pipe already; thick ones first."""
    graph = _Graph(district)
    routes: dict[str, shapely.LineString] = {}
    for pipe in sorted(network.pipes.values(), key=lambda p: (-p.diameter, p.id)):
        start, end = crossing.get(pipe.start), crossing.get(pipe.end)
        along = None if start is None or end is None else graph.route(start, end)
        ends = positions[pipe.start], positions[pipe.end]
        middle = [] if along is None else list(along.coords)
        routes[pipe.id] = shapely.LineString(_distinct([ends[0], *middle, ends[1]]))
    return routes


def _distinct(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Without points that repeat the one before."""
    kept = points[:1]
    for point in points[1:]:
        if np.hypot(point[0] - kept[-1][0], point[1] - kept[-1][1]) > 0.05:
            kept.append(point)
    return kept


class _Graph:
    """The streets, for finding ways along them."""

    def __init__(self, district: District) -> None:
        self._streets = district.streets.streets
        self._beside: dict[int, list[int]] = defaultdict(list)
        self._used = [0] * len(self._streets)
        for k, street in enumerate(self._streets):
            self._beside[street.start].append(k)
            self._beside[street.end].append(k)

    def route(self, start: int, end: int) -> shapely.LineString | None:
        """The cheapest way between two crossings, which then counts as used."""
        came: dict[int, int] = {}
        best = {start: 0.0}
        queue = [(0.0, start)]
        while queue:
            cost, node = heapq.heappop(queue)
            if node == end:
                return self._line(start, end, came)
            if cost > best[node]:
                continue
            for k in self._beside[node]:
                street = self._streets[k]
                other = street.end if street.start == node else street.start
                total = cost + self._cost(k)
                if total < best.get(other, np.inf):
                    best[other], came[other] = total, k
                    heapq.heappush(queue, (total, other))
        return None

    def _cost(self, k: int) -> float:
        street = self._streets[k]
        length = float(street.line.length) + (_BRIDGE if street.bridge else 0.0)
        return length * (1.0 + _USED_AGAIN * self._used[k])

    def _line(self, start: int, end: int, came: Mapping[int, int]) -> shapely.LineString | None:
        pieces: list[list[tuple[float, float]]] = []
        node = end
        while node != start:
            k = came[node]
            self._used[k] += 1
            street = self._streets[k]
            coords = [(float(x), float(y)) for x, y in street.line.coords]
            pieces.append(coords if street.end == node else coords[::-1])
            node = street.start if street.end == node else street.end
        points = [point for piece in reversed(pieces) for point in piece]
        return shapely.LineString(points) if len(points) > 1 else None


def _demands(
    network: Network, district: District, positions: Mapping[str, tuple[float, float]]
) -> tuple[Floats, tuple[int, ...]]:
    """Each building's water from the nearest junction that serves customers in Net3."""
    names = list(network.junctions)
    serving = [
        k for k, name in enumerate(names) if network.junctions[name].demand > 0 and name not in BULK
    ]
    tree = shapely.STRtree([shapely.Point(positions[names[k]]) for k in serving])
    nearest = tree.nearest([building.footprint.centroid for building in district.buildings])
    bases = np.zeros((len(names), 3))
    supplied: list[int] = []
    for building, position in zip(district.buildings, nearest.tolist(), strict=True):
        k = serving[position]
        supplied.append(k)
        homes = building.residents * LITRES_PER_RESIDENT / 1000.0
        bases[k, HOMES] += homes / 24.0
        bases[k, TRADE] += (building.water_per_day - homes) / 24.0
    return bases, tuple(supplied)
