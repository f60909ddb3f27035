"""Blocks cut into lots, and a building on each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from shapely import affinity
from shapely.ops import split

from kota.demo.district.zones import Block, Zone


@dataclass(frozen=True, slots=True)
class Plan:
    """How one zone is built.

    Args:
        lot: area of a lot at which cutting stops [m²].
        setback: from the lot's edge to the wall [m].
        breadth: least breadth of a building [m].
        filled: share of the lots that are built on.
        storeys: fewest and most.
        turn: how far a building may stand askew [rad].
    """

    lot: float
    setback: float
    breadth: float
    filled: float
    storeys: tuple[int, int]
    turn: float = 0.0


PLANS: dict[Zone, Plan] = {
    "market": Plan(270, 0.8, 5.0, 0.97, (2, 4)),
    "shops": Plan(330, 1.2, 6.0, 0.95, (2, 5)),
    "terrace": Plan(282, 1.9, 5.6, 0.97, (1, 2)),
    "houses": Plan(460, 3.4, 7.5, 0.94, (1, 2), 0.04),
    "flats": Plan(1500, 6.5, 13.0, 0.92, (5, 12)),
    "kampung": Plan(420, 3.8, 6.0, 0.88, (1, 1), 0.20),
    "harbour": Plan(1700, 6.0, 12.0, 0.85, (1, 2)),
}


@dataclass(frozen=True, slots=True)
class Lot:
    """A piece of land with a street in front of it, and the building on it.

    Args:
        footprint: the building's outline [m].
        zone: of its block.
        storeys: above ground.
    """

    footprint: shapely.Polygon
    zone: Zone
    storeys: int


def make_lots(blocks: list[Block], rng: np.random.Generator) -> list[Lot]:
    """Build on every block that is for building; lots without a street stay gardens."""
    lots: list[Lot] = []
    for block in blocks:
        plan = PLANS.get(block.zone)
        if plan is None:
            continue
        edge = block.shape.exterior.buffer(0.6)
        for lot in _cut(block.shape, plan.lot, rng):
            if rng.random() > plan.filled or not lot.intersects(edge):
                continue
            footprint = _footprint(lot, plan, rng)
            if footprint is not None:
                storeys = int(rng.integers(plan.storeys[0], plan.storeys[1] + 1))
                lots.append(Lot(footprint, block.zone, storeys))
    return lots


def _cut(shape: shapely.Polygon, largest: float, rng: np.random.Generator) -> list[shapely.Polygon]:
    """Halve across the longer side until every piece is small enough."""
    if shape.area <= largest * 1.25:
        return [shape]
    box = shape.minimum_rotated_rectangle
    if box.geom_type != "Polygon":
        return []
    corners = np.array(box.exterior.coords)[:4]
    one, two = corners[1] - corners[0], corners[2] - corners[1]
    longer, other = (one, two) if np.hypot(*one) >= np.hypot(*two) else (two, one)
    at = corners.mean(axis=0) + longer * rng.uniform(-0.06, 0.06)
    knife = shapely.LineString([at - other, at + other])
    pieces: list[shapely.Polygon] = []
    for piece in split(shape, knife).geoms:
        if piece.area < shape.area * 0.98:
            pieces += _cut(piece, largest, rng)
    return pieces or [shape]


def _footprint(
    lot: shapely.Polygon, plan: Plan, rng: np.random.Generator
) -> shapely.Polygon | None:
    """A house of right angles well inside the lot, or None where there is no room."""
    inner = max(
        shapely.get_parts(lot.buffer(-plan.setback, join_style="mitre")),
        key=lambda part: part.area,
        default=None,
    )
    if inner is None or inner.is_empty:
        return None
    house = _rectangle(inner, plan, rng)
    if house is None or house.area < plan.breadth**2:
        return None
    if plan.turn:
        house = affinity.rotate(house, rng.uniform(-plan.turn, plan.turn), use_radians=True)
    if house.area > 90 and rng.random() < 0.45:
        house = _notched(house, rng)
    return house if house.within(lot) else None


def _rectangle(
    inner: shapely.Polygon, plan: Plan, rng: np.random.Generator
) -> shapely.Polygon | None:
    """A large rectangle in a convex-ish shape: its box, shrunk until it fits."""
    box = inner.minimum_rotated_rectangle
    if box.geom_type != "Polygon":
        return None
    middle = inner.representative_point() if not inner.contains(box.centroid) else box.centroid
    box = affinity.translate(box, middle.x - box.centroid.x, middle.y - box.centroid.y)
    grown = inner.buffer(0.05)
    for scale in (1.0, 0.94, 0.88, 0.81, 0.74, 0.66, 0.58, 0.5, 0.42):
        house = affinity.scale(box, scale * rng.uniform(0.95, 1.0), scale * rng.uniform(0.95, 1.0))
        if house.within(grown):
            narrow = min(_sides(house))
            return house if narrow >= plan.breadth else None
    return None


def _sides(box: shapely.Polygon) -> tuple[float, float]:
    corners = np.array(box.exterior.coords)[:3]
    return float(np.hypot(*(corners[1] - corners[0]))), float(np.hypot(*(corners[2] - corners[1])))


def _notched(house: shapely.Polygon, rng: np.random.Generator) -> shapely.Polygon:
    """An L: the house without a quarter at one corner."""
    corners = np.array(house.exterior.coords)[:4]
    k = int(rng.integers(4))
    corner, before, after = corners[k], corners[k - 1], corners[(k + 1) % 4]
    along, across = (
        (before - corner) * rng.uniform(0.3, 0.45),
        (after - corner) * rng.uniform(0.3, 0.5),
    )
    outline = [
        corner + along,
        corner + along + across,
        corner + across,
        corners[(k + 1) % 4],
        corners[(k + 2) % 4],
        corners[k - 1],
    ]
    return shapely.Polygon(outline)
