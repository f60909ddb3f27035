"""Sea, river and land of the town, before anyone built there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from kota.demo.district.place import HEIGHT, MARGIN, WIDTH, Floats

_COAST = ((1480, -2600), (1560, -500), (1530, -120), (1500, 160), (1535, 420), (1590, 640))
_COAST_NORTH = ((1585, 880), (1545, 1110), (1560, 1400), (1600, 1850), (1660, 4000))
_RIVER = ((80, 4000), (430, 1850), (560, 1480), (640, 1270), (690, 1080), (610, 900), (520, 770))
_RIVER_DOWN = ((560, 610), (740, 520), (960, 510), (1180, 470), (1380, 360), (1700, 250))
_RIVER_WIDTH = (30.0, 64.0)

LAKE = (-250.0, 1235.0)
"""The middle of the lake in the west [m]."""
_LAKE_RADIUS = 105.0


@dataclass(frozen=True, slots=True)
class Terrain:
    """Shapes in town metres.

    Args:
        land: everything that is dry, far beyond the town.
        sea: the sea as far as it is drawn.
        river, lake: their water.
        river_line: its middle, downstream.
        coast_line: the shore, northward, land on the left.
        site: where the town may stand: dry, off the beach.
    """

    land: shapely.Geometry
    sea: shapely.Geometry
    river: shapely.Geometry
    lake: shapely.Geometry
    river_line: shapely.LineString
    coast_line: shapely.LineString
    site: shapely.Geometry


def smooth(points: Floats, rounds: int = 4) -> Floats:
    """Round the corners of a line `(n, 2)` by Chaikin's corner cutting; the ends stay.

    G. Chaikin, An algorithm for high-speed curve generation, 1974,
    doi:10.1016/0146-664X(74)90028-8.
    """
    for _ in range(rounds):
        cut = np.empty((2 * (len(points) - 1), 2))
        cut[0::2] = 0.75 * points[:-1] + 0.25 * points[1:]
        cut[1::2] = 0.25 * points[:-1] + 0.75 * points[1:]
        points = np.vstack([points[:1], cut, points[-1:]])
    return points


def make_terrain(rng: np.random.Generator) -> Terrain:
    """Draw coast and river with the generator's own wiggle."""
    coast = _line((*_COAST, *_COAST_NORTH), rng, 14.0)
    river_line = _line((*_RIVER, *_RIVER_DOWN), rng, 18.0)
    frame = shapely.box(-MARGIN, -MARGIN, WIDTH + MARGIN, HEIGHT + MARGIN)
    far = WIDTH + 2 * MARGIN
    east = [(far, coast.coords[-1][1]), (far, coast.coords[0][1])]
    sea = shapely.Polygon([*coast.coords, *east]).intersection(frame)
    river = _river(river_line).intersection(frame).difference(sea)
    lake = _lake(rng)
    land = frame.difference(sea).difference(river).difference(lake)
    town = shapely.box(0, 0, WIDTH, HEIGHT).buffer(-30).buffer(30)
    site = town.difference(sea.buffer(45)).difference(river.buffer(12))
    return Terrain(land, sea, river, lake, river_line, coast, site)


def _line(
    corners: tuple[tuple[int, int], ...], rng: np.random.Generator, wiggle: float
) -> shapely.LineString:
    points = np.array(corners, dtype=np.float64)
    points[1:-1] += rng.uniform(-wiggle, wiggle, size=(len(points) - 2, 2))
    return shapely.LineString(smooth(points))


def _lake(rng: np.random.Generator) -> shapely.Geometry:
    angle = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    phase = rng.uniform(0, 2 * np.pi, 3)
    waves = sum(0.09 * np.sin((k + 2) * angle + phase[k]) for k in range(3))
    radius = _LAKE_RADIUS * (1 + waves)
    shore = np.stack([1.25 * radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    return shapely.Polygon(shore + np.array(LAKE))


def _river(middle: shapely.LineString) -> shapely.Geometry:
    """The water around the river's middle, widening downstream."""
    along = np.linspace(0.0, 1.0, 240)
    points = shapely.line_interpolate_point(middle, along, normalized=True)
    narrow, wide = _RIVER_WIDTH
    radius = 0.5 * (narrow + (wide - narrow) * along**3)
    pieces = [
        shapely.LineString([a, b]).buffer(float(r))
        for a, b, r in zip(points[:-1], points[1:], radius[:-1], strict=True)
    ]
    return shapely.union_all(pieces).simplify(0.8)
