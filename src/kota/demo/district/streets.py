"""The streets of the town as a graph: junctions, and stretches between them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import shapely

from kota.demo.district.field import Pull, make_field
from kota.demo.district.names import MAIN, Names
from kota.demo.district.place import HEIGHT, WIDTH, Floats
from kota.demo.district.terrain import Terrain, smooth
from kota.demo.district.tracing import Tracer

RoadClass = Literal["primary", "secondary", "tertiary", "residential"]

WIDTHS: dict[RoadClass, float] = {
    "primary": 15.0,
    "secondary": 11.0,
    "tertiary": 9.0,
    "residential": 7.0,
}
"""From kerb to kerb [m]."""

_MERGE = 14.0
_ALONG, _ACROSS = 55.0, 96.0

_Corners = tuple[tuple[int, int], ...]
_EAST: _Corners = ((-2500, 590), (-480, 640), (-60, 655), (260, 700), (540, 690), (860, 735))
_NORTH: _Corners = ((1090, 3900), (1010, 1830), (960, 1400), (930, 1080), (870, 735), (905, 500))
_WEST: _Corners = ((150, 1345), (225, 1120), (210, 900), (262, 700), (300, 470))
_MAIN_LINES: tuple[tuple[str, RoadClass, _Corners], ...] = (
    ("east", "primary", (*_EAST, (1180, 765), (1360, 740), (1525, 745))),
    ("north", "primary", (*_NORTH, (860, 250), (890, -60), (860, -480), (800, -2500))),
    (
        "west",
        "secondary",
        (*_WEST, (290, 240), (380, 70), (600, 45), (910, 60)),
    ),
    ("market", "secondary", ((870, 735), (1010, 690), (1170, 600), (1355, 395))),
)


@dataclass(frozen=True, slots=True)
class Street:
    """A stretch of street between two junctions.

    Args:
        start, end: indexes of its junctions.
        line: its middle, from start to end [m].
        name: as on the sign.
        road: how important it is.
        bridge: whether it crosses the river.
    """

    start: int
    end: int
    line: shapely.LineString
    name: str
    road: RoadClass
    bridge: bool = False

    @property
    def width(self) -> float:
        """From kerb to kerb [m]."""
        return WIDTHS[self.road]


@dataclass(frozen=True, slots=True)
class Streets:
    """All streets, connected.

    Args:
        nodes: the junctions `(n, 2)` [m].
        streets: the stretches between them.
    """

    nodes: Floats
    streets: tuple[Street, ...]


@dataclass(frozen=True, slots=True)
class _Named:
    line: shapely.LineString
    name: str
    road: RoadClass


def make_streets(terrain: Terrain, rng: np.random.Generator) -> Streets:
    """Draw main roads, fill in the rest along the field, and join all into a graph."""
    main = _main_roads(terrain, rng)
    lines = [(terrain.coast_line, 200.0), (terrain.river_line, 130.0)]
    lines += [(road.line, 90.0) for road in main]
    wander = np.array([[0.12, 0.07, 0.05], rng.uniform(0, 2 * np.pi, 3)])
    field = make_field(_pulls(rng), lines, wander=wander)
    tracer = Tracer(field, terrain.site, spacings=(_ALONG, _ACROSS))
    names = Names()
    local: list[_Named] = []
    for line in tracer.draw([road.line for road in main]):
        dry = _longest(line.intersection(terrain.site))
        if dry is not None:
            road: RoadClass = "tertiary" if dry.length > 620 else "residential"
            local.append(_Named(dry, names.street(dry.length), road))
    return _graph([*main, *local], terrain)


def _pulls(rng: np.random.Generator) -> list[Pull]:
    turn = rng.uniform(-0.06, 0.06, 5)
    return [
        Pull((250, 1050), 0.20 + turn[0], 380),
        Pull((200, 350), -0.12 + turn[1], 380),
        Pull((750, 250), 0.05 + turn[2], 330),
        Pull((1150, 1050), -0.30 + turn[3], 380),
        Pull((1350, 200), 0.32 + turn[4], 300),
    ]


def _main_roads(terrain: Terrain, rng: np.random.Generator) -> list[_Named]:
    roads = []
    for key, road, corners in _MAIN_LINES:
        points = np.array(corners, dtype=np.float64)
        points[1:-1] += rng.uniform(-10, 10, size=(len(points) - 2, 2))
        roads.append(_Named(shapely.LineString(smooth(points)), MAIN[key], road))
    roads.append(_Named(_beach(terrain), MAIN["coast"], "secondary"))
    for left, key in ((46.0, "quay"), (-46.0, "bank")):
        bank = terrain.river_line.offset_curve(left).simplify(2.0)
        dry = _longest(bank.intersection(terrain.site))
        if dry is not None:
            roads.append(_Named(dry, MAIN[key], "tertiary"))
    return roads


def _beach(terrain: Terrain) -> shapely.LineString:
    """The coast road, a beach's breadth inland, with its bridge over the river's mouth."""
    line = terrain.coast_line.offset_curve(75.0).simplify(3.0)
    pieces = [piece for piece in shapely.get_parts(line) if piece.length > 0]
    return max(pieces, key=lambda piece: piece.length)


def _longest(shape: shapely.Geometry) -> shapely.LineString | None:
    pieces = [g for g in shapely.get_parts(shape) if g.geom_type == "LineString"]
    longest = max(pieces, key=lambda g: g.length, default=None)
    return longest if longest is not None and longest.length > 30 else None


def _graph(named: list[_Named], terrain: Terrain) -> Streets:
    tree = shapely.STRtree([item.line for item in named])
    noded = shapely.get_parts(shapely.union_all([item.line for item in named]))
    pieces: list[_Named] = []
    for piece in noded:
        middle = shapely.line_interpolate_point(piece, 0.5, normalized=True)
        source = named[int(tree.nearest(middle))]
        pieces.append(replace(source, line=piece))
    nodes, streets = _joined(_pruned(pieces))
    return Streets(nodes, tuple(_bridged(street, terrain) for street in streets))


def _key(point: tuple[float, ...]) -> tuple[float, float]:
    return round(point[0], 3), round(point[1], 3)


def _ends(line: shapely.LineString) -> tuple[tuple[float, float], tuple[float, float]]:
    coords = line.coords
    return _key(coords[0]), _key(coords[-1])


def _pruned(pieces: list[_Named]) -> list[_Named]:
    """Without the ends that meet nothing, except where a main road leaves the town."""
    while True:
        degree = Counter(end for piece in pieces for end in _ends(piece.line))
        kept = [
            piece
            for piece in pieces
            if min(degree[end] for end in _ends(piece.line)) > 1 or _leaves(piece)
        ]
        if len(kept) == len(pieces):
            return kept
        pieces = kept


def _leaves(piece: _Named) -> bool:
    """Whether a main road goes on to the next town."""
    return piece.road in {"primary", "secondary"} and any(
        not (-20 < x < WIDTH + 20 and -20 < y < HEIGHT + 20) for x, y in _ends(piece.line)
    )


def _joined(pieces: list[_Named]) -> tuple[Floats, list[Street]]:
    """Junctions closer than a street's breadth become one; the largest connected part stays."""
    ends = sorted({end for piece in pieces for end in _ends(piece.line)})
    group = _groups(np.array(ends), _MERGE)
    of = dict(zip(ends, group.tolist(), strict=True))
    count = int(group.max()) + 1
    nodes = np.array([np.array(ends)[group == k].mean(axis=0) for k in range(count)])
    seen: dict[tuple[int, int], Street] = {}
    for piece in pieces:
        a, b = (of[end] for end in _ends(piece.line))
        key = (min(a, b), max(a, b))
        if a == b or (key in seen and seen[key].line.length <= piece.line.length * 1.4):
            continue
        line = shapely.LineString([nodes[a], *piece.line.coords[1:-1], nodes[b]])
        seen[key] = Street(a, b, line.simplify(0.6), piece.name, piece.road)
    return _connected(nodes, list(seen.values()))


def _groups(points: Floats, within: float) -> np.ndarray:
    """Number the clusters of points that chain together within a distance."""
    tree = shapely.STRtree(shapely.points(points))
    parent = np.arange(len(points))
    left, right = tree.query(shapely.points(points), predicate="dwithin", distance=within)
    for a, b in zip(left.tolist(), right.tolist(), strict=True):
        parent[parent == parent[b]] = parent[a]
    _, numbers = np.unique(parent, return_inverse=True)
    return numbers


def _connected(nodes: Floats, streets: list[Street]) -> tuple[Floats, list[Street]]:
    streets = _without_stubs(nodes, streets)
    part = np.arange(len(nodes))
    for street in streets:
        part[part == part[street.end]] = part[street.start]
    largest = Counter(int(part[street.start]) for street in streets).most_common(1)[0][0]
    kept = np.flatnonzero(part == largest)
    number = {int(old): new for new, old in enumerate(kept)}
    return nodes[kept], [
        replace(street, start=number[street.start], end=number[street.end])
        for street in streets
        if street.start in number
    ]


def _without_stubs(nodes: Floats, streets: list[Street]) -> list[Street]:
    """Without the dead ends that merging has left inside the town."""
    inside = shapely.contains_xy(shapely.box(-20, -20, WIDTH + 20, HEIGHT + 20), nodes)
    while True:
        degree = Counter(end for street in streets for end in (street.start, street.end))
        kept = [
            street
            for street in streets
            if all(degree[end] > 1 or not inside[end] for end in (street.start, street.end))
        ]
        if len(kept) == len(streets):
            return kept
        streets = kept


def _bridged(street: Street, terrain: Terrain) -> Street:
    return replace(street, bridge=bool(street.line.intersects(terrain.river)))
