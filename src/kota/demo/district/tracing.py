"""Streets drawn along the field at even distances, as streamlines.

B. Jobard, W. Lefer, Creating evenly-spaced streamlines of arbitrary density, 1997,
doi:10.1007/978-3-7091-6876-9_5.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from itertools import pairwise
from math import cos, hypot, pi, sin

import numpy as np
import shapely

from kota.demo.district.field import CELL, Field
from kota.demo.district.place import HEIGHT, WIDTH

STEP = 6.0
_CLOSEST = 0.6
_LONGEST = 900.0

Point = tuple[float, float]


class Drawn:
    """Points of the streets of one family, found again by place."""

    def __init__(self, spacing: float) -> None:
        self.spacing = spacing
        self._cells: dict[tuple[int, int], list[Point]] = defaultdict(list)

    def add(self, points: Iterable[Point]) -> None:
        """Remember the points of a street."""
        for x, y in points:
            self._cells[int(x // self.spacing), int(y // self.spacing)].append((x, y))

    def near(self, x: float, y: float, distance: float) -> bool:
        """Whether any street passes within `distance` (at most the spacing) of a point."""
        column, row = int(x // self.spacing), int(y // self.spacing)
        return any(
            hypot(x - px, y - py) < distance
            for i in (column - 1, column, column + 1)
            for j in (row - 1, row, row + 1)
            for px, py in self._cells.get((i, j), ())
        )


class Tracer:
    """Draws both families of streets on a site.

    Args:
        field: their directions.
        site: where they may go.
        spacings: distance [m] between the streets along and those across.
    """

    def __init__(
        self, field: Field, site: shapely.Geometry, *, spacings: tuple[float, float]
    ) -> None:
        self._field = field
        self._drawn = (Drawn(spacings[0]), Drawn(spacings[1]))
        x, y = np.meshgrid(np.arange(CELL / 2, WIDTH, CELL), np.arange(CELL / 2, HEIGHT, CELL))
        self._free = shapely.contains_xy(site, x, y)

    def draw(self, main: Sequence[shapely.LineString]) -> list[shapely.LineString]:
        """Fill the site with streets, starting from the main roads."""
        streets: list[shapely.LineString] = []
        seeds: tuple[deque[Point], deque[Point]] = (deque(), deque())
        for line in main:
            self._enter(_points(line), seeds)
        for family in (0, 1):
            while seeds[family]:
                x, y = seeds[family].popleft()
                drawn = self._drawn[family]
                if not self._inside(x, y) or drawn.near(x, y, 0.92 * drawn.spacing):
                    continue
                street = self._street(x, y, family)
                if len(street) * STEP < 0.8 * drawn.spacing:
                    continue
                drawn.add(street)
                seeds[family].extend(self._beside(street, family))
                streets.append(shapely.LineString(_lengthened(street, 0.75 * drawn.spacing)))
        return streets

    def _enter(self, points: list[Point], seeds: tuple[deque[Point], deque[Point]]) -> None:
        """Count a main road's points to the family whose direction they have."""
        for a, b in pairwise(points):
            heading = float(np.arctan2(b[1] - a[1], b[0] - a[0]))
            family = 0 if abs(cos(heading - self._angle(*a, 0))) > 0.7071 else 1
            self._drawn[family].add([a])
            seeds[family].extend(self._beside([a, b], family))
            seeds[1 - family].append(a)

    def _beside(self, street: list[Point], family: int) -> list[Point]:
        spacing = self._drawn[family].spacing
        every = max(int(spacing / STEP / 2), 1)
        places: list[Point] = []
        for x, y in street[::every]:
            normal = self._angle(x, y, family) + pi / 2
            step = (spacing * cos(normal), spacing * sin(normal))
            places += [(x + step[0], y + step[1]), (x - step[0], y - step[1])]
        return places

    def _street(self, x: float, y: float, family: int) -> list[Point]:
        start = self._angle(x, y, family)
        back = self._walk(x, y, start + pi, family)
        return [*reversed(back), (x, y), *self._walk(x, y, start, family)]

    def _walk(self, x: float, y: float, heading: float, family: int) -> list[Point]:
        drawn = self._drawn[family]
        path: list[Point] = []
        while len(path) * STEP < _LONGEST:
            heading = self._align(self._angle(x, y, family), heading)
            middle = (x + STEP / 2 * cos(heading), y + STEP / 2 * sin(heading))
            heading = self._align(self._angle(*middle, family), heading)
            x, y = x + STEP * cos(heading), y + STEP * sin(heading)
            if not self._inside(x, y) or drawn.near(x, y, _CLOSEST * drawn.spacing):
                break
            path.append((x, y))
        return path

    def _angle(self, x: float, y: float, family: int) -> float:
        return self._field.angle(x, y, across=family == 1)

    def _align(self, angle: float, heading: float) -> float:
        return angle if cos(angle - heading) >= 0 else angle + pi

    def _inside(self, x: float, y: float) -> bool:
        rows, columns = self._free.shape
        row, column = int(y // CELL), int(x // CELL)
        return 0 <= row < rows and 0 <= column < columns and bool(self._free[row, column])


def _points(line: shapely.LineString) -> list[Point]:
    along = np.arange(0.0, line.length, STEP)
    places = shapely.line_interpolate_point(line, along)
    return list(zip(shapely.get_x(places).tolist(), shapely.get_y(places).tolist(), strict=True))


def _lengthened(street: list[Point], by: float) -> list[Point]:
    """A street whose two ends reach straight on, so that it meets the next one."""
    return [_beyond(street[1], street[0], by), *street, _beyond(street[-2], street[-1], by)]


def _beyond(before: Point, end: Point, by: float) -> Point:
    length = hypot(end[0] - before[0], end[1] - before[1]) or 1.0
    scale = by / length
    return end[0] + scale * (end[0] - before[0]), end[1] + scale * (end[1] - before[1])
