"""The tests of a geo-query: how one GeoJSON geometry lies to a fixed other one."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise
from typing import Any

from kota.model import geometry as geojson
from kota.model.geometry import Box

Test = Callable[[dict[str, Any]], bool]


def relate(predicate: str, reference: dict[str, Any]) -> Test:
    """Build the test for a relation of the simple features standard (OGC 06-103r4).

    Args:
        predicate: ``within``, ``contains``, ``intersects``, ``equals``, ``disjoint`` or
            ``overlaps``, said of the tested geometry to the reference.
        reference: a valid GeoJSON geometry.
    """
    rectangle = _rectangle(reference)
    general = _relate_shapes(predicate, reference)
    if rectangle is None or predicate not in ("within", "intersects"):
        return general
    inside = _inside if predicate == "within" else _touching

    def test(geometry: dict[str, Any]) -> bool:
        if geometry["type"] == "Point":
            return inside(rectangle, geometry["coordinates"])
        return general(geometry)

    return test


def near(reference: dict[str, Any], *, at_most: float | None, at_least: float | None) -> Test:
    """Build the test for a distance [m] between the nearest points of two geometries.

    Points are measured by the geodesic between them; for other geometries the nearest pair of
    points is sought on a plane that is true to scale at the reference, then measured likewise.
    """
    measure = _distance_to(reference)
    low = 0.0 if at_least is None else at_least
    high = math.inf if at_most is None else at_most
    box = geojson.bounds(reference).expand(high) if at_most is not None else None

    def test(geometry: dict[str, Any]) -> bool:
        if box is not None and not box.intersects(geojson.bounds(geometry)):
            return False
        return low <= measure(geometry) <= high

    return test


def _distance_to(reference: dict[str, Any]) -> Callable[[dict[str, Any]], float]:
    longitude, latitude = geojson.centroid(reference)
    squeeze = max(math.cos(math.radians(latitude)), 1e-3)

    def measure(geometry: dict[str, Any]) -> float:
        if geometry["type"] == reference["type"] == "Point":
            here, there = geometry["coordinates"], reference["coordinates"]
            return geojson.distance((here[0], here[1]), (there[0], there[1]))
        import shapely

        a, b = (_scaled(which, longitude, squeeze) for which in (geometry, reference))
        (ax, ay), (bx, by) = shapely.get_coordinates(shapely.shortest_line(a, b))
        return geojson.distance((ax / squeeze + longitude, ay), (bx / squeeze + longitude, by))

    return measure


def _scaled(geometry: dict[str, Any], longitude: float, squeeze: float) -> Any:
    import shapely

    def transform(xy: Any) -> Any:
        xy = xy.copy()
        xy[:, 0] = (xy[:, 0] - longitude) * squeeze
        return xy

    return shapely.transform(geojson.shape(geometry), transform)


def _relate_shapes(predicate: str, reference: dict[str, Any]) -> Test:
    import shapely

    fixed = geojson.shape(reference)
    shapely.prepare(fixed)
    around = None if predicate == "disjoint" else geojson.bounds(reference)
    ask = getattr(fixed, _INVERSE.get(predicate, predicate))

    def test(geometry: dict[str, Any]) -> bool:
        if around is not None and not around.intersects(geojson.bounds(geometry)):
            return False
        try:
            return bool(ask(geojson.shape(geometry)))
        except shapely.errors.GEOSException:
            return bool(ask(shapely.make_valid(geojson.shape(geometry))))

    return test


_INVERSE = {"within": "contains", "contains": "within"}
"""Asked of the reference, which is prepared, so these two turn round; the others are symmetric."""


def _rectangle(geometry: dict[str, Any]) -> Box | None:
    """The geometry as a box, where it is an upright rectangle without holes."""
    if geometry["type"] != "Polygon" or len(geometry["coordinates"]) != 1:
        return None
    ring = [(position[0], position[1]) for position in geometry["coordinates"][0]]
    box = geojson.bounds(geometry)
    corners = {(x, y) for x in (box.west, box.east) for y in (box.south, box.north)}
    if len(ring) != 5 or len(corners) != 4 or set(ring) != corners:
        return None
    upright = all(a[0] == b[0] or a[1] == b[1] for a, b in pairwise(ring))
    return box if upright else None


def _inside(box: Box, position: list[float]) -> bool:
    return box.west < position[0] < box.east and box.south < position[1] < box.north


def _touching(box: Box, position: list[float]) -> bool:
    return box.west <= position[0] <= box.east and box.south <= position[1] <= box.north
