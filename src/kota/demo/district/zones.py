"""What each block of the town is for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import shapely

from kota.demo.district.streets import Streets
from kota.demo.district.terrain import Terrain

Zone = Literal[
    "market", "shops", "terrace", "houses", "flats", "kampung", "harbour", "park", "green"
]

MARKET = (1010.0, 640.0)
_SMALLEST = 900.0
_PARKS = ((700.0, 1180.0), (300.0, 830.0), (1180.0, 950.0), (620.0, 300.0), (1300.0, 250.0))


@dataclass(frozen=True, slots=True)
class Block:
    """Land between streets.

    Args:
        shape: without the streets around it [m].
        zone: what it is for.
    """

    shape: shapely.Polygon
    zone: Zone


def make_blocks(streets: Streets, terrain: Terrain, rng: np.random.Generator) -> list[Block]:
    """Cut the site along its streets and give each block a purpose."""
    roads = shapely.union_all(
        [street.line.buffer(street.width / 2 + 2.0) for street in streets.streets]
    )
    noded = shapely.get_parts(shapely.union_all([street.line for street in streets.streets]))
    cells = shapely.get_parts(shapely.polygonize(noded))
    dry = terrain.site.buffer(10).difference(terrain.river.buffer(9)).difference(roads)
    shapes: list[shapely.Polygon] = []
    for cell in cells:
        pieces = shapely.get_parts(cell.intersection(dry).buffer(-1.0).buffer(1.0))
        shapes += [piece for piece in pieces if piece.area > 60.0]
    shapes.sort(key=lambda shape: (round(shape.centroid.x), round(shape.centroid.y)))
    parks = _nearest(shapes, _PARKS)
    return [
        Block(shape, "park" if k in parks else _zone(shape, terrain, rng))
        for k, shape in enumerate(shapes)
    ]


def _nearest(shapes: list[shapely.Polygon], points: tuple[tuple[float, float], ...]) -> set[int]:
    """Of the blocks of a park's size, those nearest to the points."""
    fit = [k for k, shape in enumerate(shapes) if 4_000 < shape.area < 16_000]
    chosen: set[int] = set()
    for point in points:
        place = shapely.Point(point)
        chosen.add(min(fit, key=lambda k: float(shapes[k].distance(place))))
    return chosen


def _zone(shape: shapely.Polygon, terrain: Terrain, rng: np.random.Generator) -> Zone:
    middle = shape.centroid
    if shape.area < _SMALLEST or shape.area / shape.length < 7.5:
        return "green"
    from_market = float(np.hypot(middle.x - MARKET[0], middle.y - MARKET[1]))
    draw = float(rng.random())
    if from_market < 170:
        return "market"
    if from_market < 330:
        return "shops"
    if middle.x > 1180 and middle.y < 420 and draw < 0.75:
        return "harbour"
    if terrain.river.distance(middle) < 95 and middle.y < 520:
        return "kampung"
    return _homes(middle, draw)


def _homes(middle: shapely.Point, draw: float) -> Zone:
    if middle.x < 460:
        return "flats" if draw < 0.10 else "terrace" if draw < 0.72 else "houses"
    if middle.y < 480:
        return "kampung" if draw < 0.45 else "terrace" if draw < 0.8 else "houses"
    return "flats" if draw < 0.13 else "terrace" if draw < 0.5 else "houses"
