"""A grid over longitude and latitude that finds what lies near a box."""

from __future__ import annotations

from collections.abc import Iterable
from math import floor

from kota.model.geometry import Box

CELL = 0.01
"""Side of a cell [degrees]: about 1.1 km at the equator, so a city has some thousand."""

MOST_CELLS = 64
"""A thing that would lie in more cells is kept aside and offered to every question."""


class Grid:
    """Keys by the cells that their boxes touch.

    >>> grid = Grid()
    >>> grid.put("a", Box(103.800, 1.300, 103.800, 1.300))
    >>> grid.near(Box(103.795, 1.295, 103.805, 1.305))
    ['a']
    """

    def __init__(self) -> None:
        self._cells: dict[tuple[int, int], dict[str, None]] = {}
        self._wide: dict[str, None] = {}
        self._boxes: dict[str, Box] = {}

    def put(self, key: str, box: Box) -> None:
        """Place a key, or move it."""
        was = self._boxes.get(key)
        if was == box:
            return
        if was is not None:
            self.drop(key)
        self._boxes[key] = box
        cells = _cells(box)
        if cells is None:
            self._wide[key] = None
            return
        for cell in cells:
            self._cells.setdefault(cell, {})[key] = None

    def drop(self, key: str) -> None:
        """Take a key out, if it is there."""
        box = self._boxes.pop(key, None)
        if box is None:
            return
        cells = _cells(box)
        if cells is None:
            del self._wide[key]
            return
        for cell in cells:
            members = self._cells[cell]
            del members[key]
            if not members:
                del self._cells[cell]

    def near(self, box: Box) -> list[str]:
        """Keys whose own boxes touch this one, each once, in no order."""
        west, south, east, north = box.west, box.south, box.east, box.north
        boxes = self._boxes
        found: list[str] = []
        seen: set[str] = set()
        for members in [*self._touched(box), self._wide]:
            for key in members:
                other = boxes[key]
                if (
                    other.west > east
                    or other.east < west
                    or other.south > north
                    or other.north < south
                ):
                    continue
                if other.west == other.east and other.south == other.north:
                    found.append(key)
                elif key not in seen:
                    seen.add(key)
                    found.append(key)
        return found

    def estimate(self, box: Box) -> int:
        """At most this many keys touch the box."""
        return len(self._wide) + sum(len(members) for members in self._touched(box))

    def _touched(self, box: Box) -> Iterable[dict[str, None]]:
        west, south, east, north = _corners(box)
        cells = self._cells
        if (east - west + 1) * (north - south + 1) <= len(cells):
            return [
                members
                for x in range(west, east + 1)
                for y in range(south, north + 1)
                if (members := cells.get((x, y))) is not None
            ]
        return [
            members
            for (x, y), members in cells.items()
            if west <= x <= east and south <= y <= north
        ]


def _cells(box: Box) -> list[tuple[int, int]] | None:
    west, south, east, north = _corners(box)
    if (east - west + 1) * (north - south + 1) > MOST_CELLS:
        return None
    return [(x, y) for x in range(west, east + 1) for y in range(south, north + 1)]


def _corners(box: Box) -> tuple[int, int, int, int]:
    return (
        floor(box.west / CELL),
        floor(box.south / CELL),
        floor(box.east / CELL),
        floor(box.north / CELL),
    )
