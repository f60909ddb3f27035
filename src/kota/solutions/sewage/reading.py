"""SWMM input files read into `Sewers`, whatever their units, with file and line of every fault."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from kota.errors import InputError
from kota.solutions.sewage.network import Link, LinkKind, Node, Point, Sewers, Subcatchment
from kota.solutions.sewage.sections import Row, Sections
from kota.solutions.sewage.swmm import FOOT

_AMERICAN: Final = ("CFS", "GPM", "MGD")
_UNITS: Final = (*_AMERICAN, "CMS", "LPS", "MLD")
_ACRE: Final = 0.40468564224
_LINKS: Final[Mapping[str, LinkKind]] = {
    "CONDUITS": "conduit",
    "PUMPS": "pump",
    "ORIFICES": "orifice",
    "WEIRS": "weir",
    "OUTLETS": "outlet",
}
INFILTRATION: Final[Mapping[str, tuple[int, str]]] = {
    "HORTON": (4, "rates at first and at last, decay, days to dry"),
    "MODIFIED_HORTON": (4, "rates at first and at last, decay, days to dry"),
    "GREEN_AMPT": (3, "suction, conductivity, deficit"),
    "MODIFIED_GREEN_AMPT": (3, "suction, conductivity, deficit"),
    "CURVE_NUMBER": (3, "curve number, conductivity, days to dry"),
}
"""Numbers that each method needs; files of before SWMM 5.2 name no method in the row."""


def read_sewers(path: Path) -> Sewers:
    """Read a SWMM input file.

    Args:
        path: the ``.inp`` file, in any of SWMM's units.

    Returns:
        Its sewers in m, m³ and ha; coordinates are left as they are.

    Raises:
        InputError: names file, line and what was expected: a section or value is missing, an id
            stands there twice, a link leads nowhere, or infiltration is that of another version.
    """
    return _Reader(path).read()


class _Reader:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._sections = Sections(path)
        units = self._sections.option("FLOW_UNITS", "CFS")
        if units not in _UNITS:
            raise InputError(f"{path}: FLOW_UNITS {units} is not one of {', '.join(_UNITS)}")
        self._american = units in _AMERICAN
        self._metre = FOOT if self._american else 1.0

    def read(self) -> Sewers:
        nodes = self._nodes()
        if not any(node.kind == "outfall" for node in nodes.values()):
            raise InputError(f"{self._path}: has no [OUTFALLS]; water must leave somewhere")
        links = self._links(nodes)
        areas = self._subcatchments(nodes)
        return Sewers(
            nodes,
            links,
            areas,
            tuple(row.id for row in self._sections.once("RAINGAGES", set())),
            self._infiltration(areas),
        )

    def _nodes(self) -> dict[str, Node]:
        seen: set[str] = set()
        at = self._coordinates()
        curves = self._curves()
        nodes: dict[str, Node] = {}
        for row in self._sections.once("JUNCTIONS", seen):
            depth = row.number(2, "its depth", 0.0) * self._metre
            nodes[row.id] = Node(row.id, "junction", self._invert(row), depth, 0.0, at.get(row.id))
        for row in self._sections.once("OUTFALLS", seen):
            nodes[row.id] = Node(row.id, "outfall", self._invert(row), at=at.get(row.id))
        for row in self._sections.once("DIVIDERS", seen):
            nodes[row.id] = Node(row.id, "divider", self._invert(row), at=at.get(row.id))
        for row in self._sections.once("STORAGE", seen):
            row.need(5, "name, invert, depth, initial depth, shape")
            depth = row.number(2, "its depth") * self._metre
            volume = self._volume(row, depth, curves)
            nodes[row.id] = Node(
                row.id, "storage", self._invert(row), depth, volume, at.get(row.id)
            )
        return nodes

    def _invert(self, row: Row) -> float:
        row.need(2, "name and invert elevation")
        return row.number(1, "an elevation") * self._metre

    def _links(self, nodes: Mapping[str, Node]) -> dict[str, Link]:
        seen: set[str] = set()
        sections = {row.id: row for row in self._sections["XSECTIONS"]}
        paths = self._paths()
        links: dict[str, Link] = {}
        for section, kind in _LINKS.items():
            for row in self._sections.once(section, seen):
                row.need(3, "name, from node, to node")
                for end in row.words[1:3]:
                    if end not in nodes:
                        raise InputError(
                            f"{row.where}: [{section}] {row.id!r} leads to {end!r}; expected a node"
                        )
                path = paths.get(row.id, ())
                links[row.id] = self._link(row, kind, nodes, sections.get(row.id), path)
        return links

    def _link(
        self,
        row: Row,
        kind: LinkKind,
        nodes: Mapping[str, Node],
        section: Row | None,
        path: Sequence[Point],
    ) -> Link:
        start, end = row.words[1:3]
        shape, height, width, barrels = self._cross_section(section)
        if kind != "conduit":
            return Link(
                row.id, kind, start, end, shape=shape, height=height, width=width, path=tuple(path)
            )
        if section is None:
            raise InputError(f"{row.where}: conduit {row.id!r} has no row in [XSECTIONS]")
        row.need(5, "name, from node, to node, length, roughness")
        return Link(
            row.id,
            kind,
            start,
            end,
            length=row.number(3, "a length") * self._metre,
            roughness=row.number(4, "Manning's n"),
            shape=shape,
            height=height,
            width=width,
            barrels=barrels,
            drop=self._bottom(row, 5, nodes[start]) - self._bottom(row, 6, nodes[end]),
            path=tuple(path),
        )

    def _bottom(self, row: Row, position: int, node: Node) -> float:
        """The elevation of a conduit's end, by its offset there [m]."""
        offset = row.number(position, "an offset", 0.0) * self._metre
        if self._sections.option("LINK_OFFSETS", "DEPTH") != "ELEVATION":
            return node.invert + offset
        return node.invert if row.word(position, "*") == "*" else offset

    def _cross_section(self, row: Row | None) -> tuple[str, float, float, int]:
        if row is None:
            return "", 0.0, 0.0, 1
        row.need(3, "link, shape, height")
        shape = row.word(1).upper()
        if shape in ("IRREGULAR", "STREET"):
            return shape, 0.0, 0.0, 1
        height = row.number(2, "a height") * self._metre
        custom = shape == "CUSTOM"
        width = 0.0 if custom else row.number(3, "a width", 0.0) * self._metre
        return shape, height, width, max(round(row.number(6, "how many barrels", 1.0)), 1)

    def _subcatchments(self, nodes: Mapping[str, Node]) -> dict[str, Subcatchment]:
        hectare = _ACRE if self._american else 1.0
        rows = list(self._sections.once("SUBCATCHMENTS", set()))
        names = {row.id for row in rows}
        found: dict[str, Subcatchment] = {}
        for row in rows:
            row.need(5, "name, gauge, outlet, area, share that is impervious")
            outlet = row.word(2)
            if outlet not in nodes and outlet not in names:
                raise InputError(
                    f"{row.where}: subcatchment {row.id!r} drains into {outlet!r}; expected a node"
                )
            area = row.number(3, "an area") * hectare
            found[row.id] = Subcatchment(
                row.id, outlet, area, row.number(4, "a share in %") / 100.0
            )
        return found

    def _infiltration(self, areas: Mapping[str, Subcatchment]) -> str:
        method = self._sections.option("INFILTRATION", "HORTON")
        if method not in INFILTRATION:
            raise InputError(
                f"{self._path}: INFILTRATION {method} is not one of {', '.join(INFILTRATION)}",
                hint="save the file with SWMM 5.1 or later",
            )
        for row in self._sections["INFILTRATION"]:
            own = row.words[-1].upper() if row.words[-1].upper() in INFILTRATION else method
            count, names = INFILTRATION[own]
            told = len(row.words) - 1 - (row.words[-1].upper() in INFILTRATION)
            if told < count:
                raise InputError(
                    f"{row.where}: infiltration of {row.id!r} has {told} values; {own} needs "
                    f"{count}: {names}",
                    hint="a file of an older version? save it with SWMM 5.1 or later",
                )
            for position in range(1, count + 1):
                row.number(position, names)
            if row.id not in areas:
                raise InputError(f"{row.where}: there is no subcatchment {row.id!r}")
        return method

    def _coordinates(self) -> dict[str, Point]:
        return {
            row.id: (row.number(1, "x"), row.number(2, "y"))
            for row in self._sections["COORDINATES"]
        }

    def _paths(self) -> dict[str, list[Point]]:
        paths: dict[str, list[Point]] = {}
        for row in self._sections["VERTICES"]:
            paths.setdefault(row.id, []).append((row.number(1, "x"), row.number(2, "y")))
        return paths

    def _curves(self) -> dict[str, list[Point]]:
        """Points of each curve; a row may hold its type, and several points."""
        curves: dict[str, list[Point]] = {}
        for row in self._sections["CURVES"]:
            typed = len(row.words) > 1 and row.words[1][:1].isalpha()
            numbers = [row.number(k, "a number") for k in range(2 if typed else 1, len(row.words))]
            pairs = zip(numbers[::2], numbers[1::2], strict=False)
            curves.setdefault(row.id, []).extend(pairs)
        return curves

    def _volume(self, row: Row, depth: float, curves: Mapping[str, Sequence[Point]]) -> float:
        """What a store holds when it is full [m³]."""
        shape = row.word(4).upper()
        square = self._metre**2
        if shape == "TABULAR":
            points = curves.get(row.word(5))
            if not points:
                raise InputError(
                    f"{row.where}: storage {row.id!r} names curve {row.word(5)!r}; "
                    "[CURVES] has none of that name"
                )
            return _under([(x * self._metre, y * square) for x, y in points], depth)
        own = depth / self._metre  # the coefficients are for the file's own units
        a, b, c = (row.number(5 + k, "a number", 0.0) for k in range(3))
        return _held(shape, a, b, c, own) * self._metre**3


def _held(shape: str, a: float, b: float, c: float, depth: float) -> float:
    """Volume of a store up to a depth, by SWMM's shapes.

    L. Rossman, M. Simon, Storm Water Management Model user's manual 5.2, 2022, storage units.

    >>> _held("FUNCTIONAL", 0.0, 0.0, 500.0, 2.0)
    1000.0
    """
    if shape == "FUNCTIONAL":
        return c * depth + a * math.pow(depth, b + 1) / (b + 1)
    if shape == "CYLINDRICAL":
        return math.pi * a * b / 4 * depth
    if shape == "CONICAL":
        wider = b * c * depth**2 / 2 + b / max(a, 1e-9) * c**2 * depth**3 / 3
        return math.pi * (a * b / 4 * depth + wider)
    if shape == "PARABOLIC":
        return math.pi * a * b / (4 * max(c, 1e-9)) * depth**2 / 2
    if shape == "PYRAMIDAL":
        return a * b * depth + (a + b) * c * depth**2 + 4 * c**2 * depth**3 / 3
    return 0.0


def _under(points: Sequence[Point], depth: float) -> float:
    """Area over depth, summed up to a depth; beyond its last point a curve stays level.

    >>> _under([(0.0, 10.0), (2.0, 20.0)], 3.0)
    50.0
    """
    total = 0.0
    before, area = points[0] if points[0][0] <= 0 else (0.0, points[0][1])
    for at, value in points:
        if at > before:
            upto = min(at, depth)
            here = area + (value - area) * (upto - before) / (at - before)
            total += max(upto - before, 0.0) * (area + here) / 2
            if at >= depth:
                return total
        before, area = max(at, 0.0), value
    return total + (depth - before) * area
