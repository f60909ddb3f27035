"""A grid over longitude and latitude that finds what lies near a box."""

from __future__ import annotations

from math import floor

from kota.model.geometry import Box

CELL = 0.005
"""Side of a cell [degrees]: about 550 m at the equator, so a city has some thousand."""

MOST_CELLS = 256
"""A thing that would lie in more cells is kept aside and offered to every question."""

_Corners = tuple[float, float, float, float]
_Cell = dict[str, _Corners]


class Grid:
    """Keys by the cells that their boxes touch.

    >>> grid = Grid()
    >>> grid.put("a", Box(103.800, 1.300, 103.800, 1.300))
    >>> grid.near(Box(103.795, 1.295, 103.805, 1.305))
    ['a']
    """

    def __init__(self) -> None:
        self._cells: dict[tuple[int, int], _Cell] = {}
        self._wide: _Cell = {}
        self._boxes: _Cell = {}

    def put(self, key: str, box: Box) -> None:
        """Place a key, or move it."""
        corners = (box.west, box.south, box.east, box.north)
        was = self._boxes.get(key)
        if was == corners:
            return
        if was is not None:
            self.drop(key)
        self._boxes[key] = corners
        cells = _cells(corners)
        if cells is None:
            self._wide[key] = corners
            return
        for cell in cells:
            self._cells.setdefault(cell, {})[key] = corners

    def drop(self, key: str) -> None:
        """Take a key out, if it is there."""
        corners = self._boxes.pop(key, None)
        if corners is None:
            return
        cells = _cells(corners)
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
        whole: list[_Cell] = []
        cut: list[_Cell] = [self._wide]
        left, low, right, high = _span((west, south, east, north))
        for (x, y), members in self._touched(left, low, right, high):
            inner = left < x < right and low < y < high
            (whole if inner else cut).append(members)
        found = [key for members in whole for key in members]
        found += [
            key
            for members in cut
            for key, (w, s, e, n) in members.items()
            if w <= east and e >= west and s <= north and n >= south
        ]
        return list(dict.fromkeys(found))

    def estimate(self, box: Box) -> int:
        """About this many keys, or fewer, touch the box."""
        corners = (box.west, box.south, box.east, box.north)
        touched = self._touched(*_span(corners))
        return len(self._wide) + sum(len(members) for _, members in touched)

    def _touched(
        self, left: int, low: int, right: int, high: int
    ) -> list[tuple[tuple[int, int], _Cell]]:
        cells = self._cells
        if (right - left + 1) * (high - low + 1) <= len(cells):
            return [
                ((x, y), members)
                for x in range(left, right + 1)
                for y in range(low, high + 1)
                if (members := cells.get((x, y))) is not None
            ]
        return [
            ((x, y), members)
            for (x, y), members in cells.items()
            if left <= x <= right and low <= y <= high
        ]


def _cells(corners: _Corners) -> list[tuple[int, int]] | None:
    left, low, right, high = _span(corners)
    if (right - left + 1) * (high - low + 1) > MOST_CELLS:
        return None
    return [(x, y) for x in range(left, right + 1) for y in range(low, high + 1)]


def _span(corners: _Corners) -> tuple[int, int, int, int]:
    west, south, east, north = corners
    return floor(west / CELL), floor(south / CELL), floor(east / CELL), floor(north / CELL)
