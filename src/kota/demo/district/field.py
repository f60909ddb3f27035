"""The directions that streets follow: a tensor field over the town.

G. Chen, G. Esch, P. Wonka, P. Müller, E. Zhang, Interactive procedural street modeling, 2008,
doi:10.1145/1360612.1360702: each place has two crossing directions; grids, rivers, coasts and
main roads each pull them their way, the nearer the more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from kota.demo.district.place import HEIGHT, WIDTH, Floats

CELL = 10.0


@dataclass(frozen=True, slots=True)
class Pull:
    """A grid of streets around a point.

    Args:
        at: its centre [m].
        angle: of its long streets, anticlockwise from east [rad].
        reach: distance [m] at which it has faded to 1/e.
    """

    at: tuple[float, float]
    angle: float
    reach: float


@dataclass(frozen=True, slots=True)
class Field:
    """Directions on a raster `(rows, columns)`, as cosine and sine of twice the angle."""

    cosine: Floats
    sine: Floats

    def angle(self, x: float, y: float, *, across: bool) -> float:
        """The direction [rad] of one of the two families of streets at a point."""
        rows, columns = self.cosine.shape
        row = min(max(int(y / CELL), 0), rows - 1)
        column = min(max(int(x / CELL), 0), columns - 1)
        angle = 0.5 * float(np.arctan2(self.sine[row, column], self.cosine[row, column]))
        return angle + np.pi / 2 if across else angle


def make_field(
    pulls: Sequence[Pull], lines: Sequence[tuple[shapely.LineString, float]], *, wander: Floats
) -> Field:
    """Add up what pulls the streets.

    Args:
        pulls: grids.
        lines: rivers, coasts and main roads, each with the distance [m] to which it rules.
        wander: amplitudes [rad] and phases `(2, k)` of a slow turn of all directions.
    """
    x, y = np.meshgrid(np.arange(CELL / 2, WIDTH, CELL), np.arange(CELL / 2, HEIGHT, CELL))
    cosine, sine = np.zeros_like(x), np.zeros_like(x)
    for pull in pulls:
        distance = np.hypot(x - pull.at[0], y - pull.at[1])
        weight = np.exp(-((distance / pull.reach) ** 2)) + 1e-6
        cosine += weight * np.cos(2 * pull.angle)
        sine += weight * np.sin(2 * pull.angle)
    points = shapely.points(x, y)
    for line, reach in lines:
        distance = shapely.distance(line, points)
        angle = _tangents(line, points)
        weight = 2.5 * np.exp(-((distance / reach) ** 2))
        cosine += weight * np.cos(2 * angle)
        sine += weight * np.sin(2 * angle)
    turn = _turn(x, y, wander)
    angle = 0.5 * np.arctan2(sine, cosine) + turn
    return Field(np.cos(2 * angle), np.sin(2 * angle))


def _tangents(line: shapely.LineString, points: np.ndarray) -> Floats:
    """Direction [rad] of a line at the place nearest to each point."""
    along = shapely.line_locate_point(line, points)
    ahead = shapely.line_interpolate_point(line, np.minimum(along + 8.0, line.length))
    behind = shapely.line_interpolate_point(line, np.maximum(along - 8.0, 0.0))
    east = shapely.get_x(ahead) - shapely.get_x(behind)
    north = shapely.get_y(ahead) - shapely.get_y(behind)
    angles: Floats = np.arctan2(north, east)
    return angles


def _turn(x: Floats, y: Floats, wander: Floats) -> Floats:
    amplitudes, phases = wander
    total: Floats = np.zeros_like(x)
    for k, (amplitude, phase) in enumerate(zip(amplitudes, phases, strict=True), start=1):
        total += amplitude * np.sin(k * (x * np.cos(phase) + y * np.sin(phase)) / 260.0 + phase)
    return total
