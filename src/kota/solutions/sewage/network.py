"""A system of sewers as data, in metres and m³/s: nodes, links, what drains into them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

NodeKind = Literal["junction", "outfall", "storage", "divider"]
LinkKind = Literal["conduit", "pump", "orifice", "weir", "outlet"]
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Node:
    """A manhole, outfall or store.

    Args:
        id: as in the file.
        kind: what it is.
        invert: elevation of its bottom [m].
        max_depth: from there to the ground, or to the brim [m]; 0: not said.
        volume: what a store holds when it is full [m³]; 0 for others.
        at: position in the file's own coordinates, or None.
    """

    id: str
    kind: NodeKind
    invert: float
    max_depth: float = 0.0
    volume: float = 0.0
    at: Point | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """A sewer, pump, gate (orifice), weir or outlet.

    Args:
        id: as in the file.
        kind: what it is.
        start, end: its nodes.
        length: of a conduit [m].
        roughness: of a conduit, Manning's n [s/m^⅓].
        shape: of its cross section, as SWMM calls it.
        height, width: of that [m].
        barrels: how many lie side by side.
        drop: of its bottom from start to end [m].
        path: the points between its ends, in the file's own coordinates.
    """

    id: str
    kind: LinkKind
    start: str
    end: str
    length: float = 0.0
    roughness: float = 0.0
    shape: str = ""
    height: float = 0.0
    width: float = 0.0
    barrels: int = 1
    drop: float = 0.0
    path: tuple[Point, ...] = ()

    @property
    def capacity(self) -> float | None:
        """Uniform flow when it is full [m³/s], by Manning's equation; None where that has none.

        Q = A R^(2/3) S^(1/2) / n: R. Manning, On the flow of water in open channels and pipes,
        1891. Only circles and rectangles, which is what sewers mostly are.

        >>> pipe = Link("a", "conduit", "x", "y", 100, 0.013, "CIRCULAR", 0.3, drop=0.5)
        >>> round(pipe.capacity, 3)
        0.068
        """
        if self.kind != "conduit" or min(self.length, self.roughness, self.drop, self.height) <= 0:
            return None
        if self.shape == "CIRCULAR":
            area, radius = math.pi * self.height**2 / 4, self.height / 4
        elif self.shape in ("RECT_CLOSED", "RECT_OPEN") and self.width > 0:
            wet = 2 * self.height + self.width * (2 if self.shape == "RECT_CLOSED" else 1)
            area = self.height * self.width
            radius = area / wet
        else:
            return None
        slope = self.drop / self.length
        hydraulic: float = math.pow(radius, 2 / 3)
        return self.barrels * area * hydraulic * math.sqrt(slope) / self.roughness


@dataclass(frozen=True, slots=True)
class Subcatchment:
    """Land that drains into a node.

    Args:
        id: as in the file.
        outlet: the node, or another subcatchment.
        area: [ha].
        impervious: share of it [0..1].
    """

    id: str
    outlet: str
    area: float
    impervious: float


@dataclass(frozen=True, slots=True)
class Sewers:
    """A system of sewers.

    Args:
        nodes, links, subcatchments: by id, in the order of the file.
        gauges: ids of the rain gauges.
        infiltration: the method that the file names.
    """

    nodes: dict[str, Node]
    links: dict[str, Link]
    subcatchments: dict[str, Subcatchment]
    gauges: tuple[str, ...] = ()
    infiltration: str = "HORTON"

    def of_kind(self, kind: NodeKind) -> list[Node]:
        """The nodes of a kind."""
        return [node for node in self.nodes.values() if node.kind == kind]

    def links_of(self, kind: LinkKind) -> list[Link]:
        """The links of a kind."""
        return [link for link in self.links.values() if link.kind == kind]

    @property
    def storage(self) -> float:
        """What all stores hold together [m³]."""
        return sum(node.volume for node in self.nodes.values())

    @property
    def area(self) -> float:
        """Of all subcatchments [ha]."""
        return sum(one.area for one in self.subcatchments.values())
