"""Sewers laid under the streets: every crossing drains along the shortest way to the pumps."""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numpy as np
import shapely

from kota.demo.district import District
from kota.demo.district.place import HEIGHT, WIDTH, Floats

PUMPS = (1430.0, 470.0)
"""Where the pumping station stands [m]: the low end of the north bank, by the coast."""
RETURNED = 0.9
"""Of the water that a building draws, so much comes back as sewage."""

_BRIDGE = 180.0
_GRID = 15.0
_PAVED = 0.12
"""Yards and squares, as a share of all land."""
_TANK_HA = 17.0
_LEAST_HA = 0.3


@dataclass(frozen=True, slots=True)
class Laid:
    """A tree of sewers; arrays are by the number of the crossing.

    Args:
        root: the crossing by the pumps.
        order: crossings of the tree, upstream ones first, the root last.
        down: the crossing that each drains to; −1 at the root and outside of the tree.
        way: the line of each sewer, downstream.
        area, impervious: land that drains into each [ha], and the share that is sealed.
        sewage: average dry-weather inflow of each [m³/s].
        tanks: crossings where storm water can be held back, upstream ones first.
    """

    root: int
    order: tuple[int, ...]
    down: tuple[int, ...]
    way: dict[int, shapely.LineString]
    area: Floats
    impervious: Floats
    sewage: Floats
    tanks: tuple[int, ...]

    def total(self, values: Floats) -> Floats:
        """Of everything that drains into each crossing, its own included."""
        sums = values.astype(np.float64).copy()
        for node in self.order[:-1]:
            sums[self.down[node]] += sums[node]
        return sums

    def held(self) -> Floats:
        """As `total` of the sealed area [ha], counting only what no tank holds back above."""
        sums = self.area * self.impervious
        for node in self.order[:-1]:
            if node not in self.tanks:
                sums[self.down[node]] += sums[node]
        return sums


def lay(district: District) -> Laid:
    """Lay the sewers of a district.

    Args:
        district: where to.
    """
    nodes = district.streets.nodes
    inside = shapely.contains_xy(shapely.box(-20, -20, WIDTH + 20, HEIGHT + 20), nodes)
    distance = np.hypot(*(nodes - np.array(PUMPS)).T)
    south = nodes[:, 1] < _river_at(district, nodes[:, 0])
    root = int(np.argmin(np.where(inside & ~south, distance, np.inf)))
    down, way, reached = _tree(district, inside, root)
    area, impervious, sewage = _loads(district, reached)
    order = _upstream_first(reached, down)
    laid = Laid(root, order, tuple(down), way, area, impervious, sewage, ())
    kept = _without_stubs(laid)
    return _with_tanks(kept)


def _river_at(district: District, x: Floats) -> Floats:
    """Where the river's middle is nearest to each x, for telling its banks apart [m]."""
    line = np.array(district.terrain.river_line.coords)
    lower = line[line[:, 1] < 560]
    inner = np.interp(x, lower[:, 0], lower[:, 1])
    found: Floats = np.where(x < lower[0, 0], -np.inf, inner)
    return found


def _tree(
    district: District, inside: np.ndarray, root: int
) -> tuple[list[int], dict[int, shapely.LineString], list[int]]:
    """The shortest ways to the root (Dijkstra 1959, doi:10.1007/BF01386390)."""
    count = len(inside)
    beside: list[list[tuple[int, int]]] = [[] for _ in range(count)]
    for k, street in enumerate(district.streets.streets):
        if inside[street.start] and inside[street.end]:
            beside[street.start].append((street.end, k))
            beside[street.end].append((street.start, k))
    best = {root: 0.0}
    down, way = [-1] * count, {}
    done: list[int] = []
    queue = [(0.0, root)]
    while queue:
        cost, node = heapq.heappop(queue)
        if cost > best[node]:
            continue
        done.append(node)
        for other, k in beside[node]:
            street = district.streets.streets[k]
            total = cost + float(street.line.length) + (_BRIDGE if street.bridge else 0.0)
            if total < best.get(other, np.inf):
                best[other], down[other] = total, node
                way[other] = street.line if street.start == other else street.line.reverse()
                heapq.heappush(queue, (total, other))
    return down, way, done


def _loads(district: District, reached: list[int]) -> tuple[Floats, Floats, Floats]:
    """Land, its sealed share and sewage of each crossing: all goes to the nearest one."""
    nodes = district.streets.nodes
    tree = shapely.STRtree(shapely.points(nodes[reached]))
    number = np.array(reached)

    def gathered(points: np.ndarray, amounts: Floats) -> Floats:
        sums = np.bincount(number[tree.nearest(points)], amounts, len(nodes))
        return sums.astype(np.float64)

    x, y = np.meshgrid(np.arange(0, WIDTH, _GRID), np.arange(0, HEIGHT, _GRID))
    grid = shapely.points(x.ravel(), y.ravel())
    land = grid[shapely.contains(district.terrain.site, grid)]
    area = gathered(land, np.full(len(land), _GRID**2 / 1e4))
    middles = np.array([one.footprint.centroid for one in district.buildings])
    roofs = gathered(middles, np.array([one.footprint.area / 1e4 for one in district.buildings]))
    water = np.array([one.water_per_day for one in district.buildings])
    sewage = gathered(middles, water * RETURNED / 86_400.0)
    streets = district.streets.streets
    halves = np.array([street.line.length * street.width / 2e4 for street in streets])
    roads = np.zeros(len(nodes))
    for side in ("start", "end"):
        roads += np.bincount([getattr(s, side) for s in streets], halves, len(nodes))
    sealed = (roofs + roads) / np.maximum(area, 0.02) + _PAVED
    return area, np.clip(sealed, 0.15, 0.85), sewage


def _upstream_first(reached: list[int], down: list[int]) -> tuple[int, ...]:
    """Crossings so that each stands before the one that it drains to."""
    depth: dict[int, int] = {}
    for node in reached:
        depth[node] = depth[down[node]] + 1 if down[node] >= 0 else 0
    return tuple(sorted(reached, key=lambda node: (-depth[node], node)))


def _without_stubs(laid: Laid) -> Laid:
    """Short ends that drain next to nothing are no sewers: their land drains where they led."""
    area, impervious, sewage = laid.area.copy(), laid.area * laid.impervious, laid.sewage.copy()
    feeds = {laid.down[node] for node in laid.order}
    gone: set[int] = set()
    for node in laid.order[:-1]:
        if node not in feeds and area[node] < _LEAST_HA:
            below = laid.down[node]
            for values in (area, impervious, sewage):
                values[below] += values[node]
                values[node] = 0.0
            gone.add(node)
    order = tuple(node for node in laid.order if node not in gone)
    down = tuple(-1 if k in gone else one for k, one in enumerate(laid.down))
    way = {node: line for node, line in laid.way.items() if node not in gone}
    share = impervious / np.maximum(area, 1e-9)
    return Laid(laid.root, order, down, way, area, share, sewage, ())


def _with_tanks(laid: Laid) -> Laid:
    """A tank wherever enough land has come together that no tank above holds back."""
    gathered = laid.area.copy()
    tanks: list[int] = []
    for node in laid.order[:-1]:
        if gathered[node] >= _TANK_HA:
            tanks.append(node)
        else:
            gathered[laid.down[node]] += gathered[node]
    return Laid(
        laid.root,
        laid.order,
        laid.down,
        laid.way,
        laid.area,
        laid.impervious,
        laid.sewage,
        tuple(tanks),
    )
