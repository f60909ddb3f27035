"""GeoJSON geometries (RFC 7946) in WGS 84: checked, measured and turned into shapes.

Positions are ``[longitude, latitude]`` or ``[longitude, latitude, altitude]``, degrees and metres.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache, reduce
from typing import TYPE_CHECKING, Any

import msgspec

from kota.errors import BadRequestDataError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

_METRES_PER_DEGREE = 110_574.0
"""The shortest degree of latitude on the WGS 84 ellipsoid (at the equator), rounded down."""


class Box(msgspec.Struct, frozen=True, array_like=True):
    """A box of longitudes and latitudes [degrees], its edges included."""

    west: float
    south: float
    east: float
    north: float

    def intersects(self, other: Box) -> bool:
        """Whether the boxes have a point in common."""
        return (
            self.west <= other.east
            and other.west <= self.east
            and self.south <= other.north
            and other.south <= self.north
        )

    def united(self, other: Box) -> Box:
        """The smallest box that holds both."""
        return Box(
            min(self.west, other.west),
            min(self.south, other.south),
            max(self.east, other.east),
            max(self.north, other.north),
        )

    def expand(self, metres: float) -> Box:
        """The smallest simple box that holds every point within this distance of this box."""
        up = metres / _METRES_PER_DEGREE
        south, north = max(self.south - up, -90.0), min(self.north + up, 90.0)
        widest = max(abs(south), abs(north))
        side = up / math.cos(math.radians(widest)) if widest < 89.9 else 360.0
        west, east = self.west - side, self.east + side
        if west < -180.0 or east > 180.0:
            west, east = -180.0, 180.0
        return Box(west, south, east, north)


def validate(geometry: Any, *, where: str = "geometry") -> dict[str, Any]:
    """Check a GeoJSON geometry.

    Args:
        geometry: an object with ``type`` and ``coordinates``.
        where: what is being checked, for the message.

    Returns:
        The geometry, unchanged.

    Raises:
        BadRequestDataError: not a geometry; says the place, such as ``coordinates[0][3]``.

    >>> validate({"type": "Point", "coordinates": [106.8, -6.2]})["type"]
    'Point'
    """
    if not isinstance(geometry, dict):
        raise BadRequestDataError(f"{where}: {_shown(geometry)} is not a GeoJSON geometry")
    kind = geometry.get("type")
    check = _CHECKS.get(kind) if isinstance(kind, str) else None
    if check is None:
        raise BadRequestDataError(
            f"{where}.type: {_shown(kind)} is not a geometry type",
            hint=f"use {', '.join(_CHECKS)}",
        )
    check(geometry.get("coordinates"), f"{where}.coordinates")
    return geometry


def positions(geometry: dict[str, Any]) -> Iterator[list[float]]:
    """Every position of a valid geometry, in order."""
    yield from _positions(geometry["coordinates"])


def bounds(geometry: dict[str, Any]) -> Box:
    """The box around a valid geometry.

    >>> bounds({"type": "LineString", "coordinates": [[1, 5], [3, 2]]})
    Box(west=1, south=2, east=3, north=5)
    """
    coordinates = geometry["coordinates"]
    if geometry["type"] == "Point":
        return Box(coordinates[0], coordinates[1], coordinates[0], coordinates[1])
    found = list(_positions(coordinates))
    eastings, northings = [p[0] for p in found], [p[1] for p in found]
    return Box(min(eastings), min(northings), max(eastings), max(northings))


def around(geometries: Iterable[dict[str, Any]]) -> Box | None:
    """The box around several valid geometries; None where there is none.

    >>> around([{"type": "Point", "coordinates": [1, 5]}, {"type": "Point", "coordinates": [3, 2]}])
    Box(west=1, south=2, east=3, north=5)
    """
    boxes = (bounds(geometry) for geometry in geometries)
    first = next(boxes, None)
    return None if first is None else reduce(Box.united, boxes, first)


def centroid(geometry: dict[str, Any]) -> tuple[float, float]:
    """The planar centroid [degrees] of a valid geometry, longitude first."""
    coordinates = geometry["coordinates"]
    if geometry["type"] == "Point":
        return coordinates[0], coordinates[1]
    point = shape(geometry).centroid
    return float(point.x), float(point.y)


def shape(geometry: dict[str, Any]) -> Any:
    """The shapely geometry of a valid geometry, altitudes dropped."""
    import shapely
    from shapely.geometry import shape as from_mapping

    return shapely.force_2d(from_mapping(geometry))


def fault(geometry: dict[str, Any]) -> str | None:
    """Why a geometry that passed `validate` still has no proper inside; None where it has.

    >>> fault({"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]})
    'Self-intersection[0.5 0.5]'
    """
    if geometry["type"] in ("Point", "MultiPoint"):
        return None
    import shapely

    found = shape(geometry)
    return None if found.is_valid else str(shapely.is_valid_reason(found))


def distance(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Length [m] of the geodesic on WGS 84 between two points (longitude, latitude).

    >>> round(distance((106.8, -6.2), (106.9, -6.2)))
    11067
    """
    return float(_geod().inv(a[0], a[1], b[0], b[1])[2])


def distances(lon: Floats, lat: Floats, to: tuple[float, float]) -> Floats:
    """Lengths [m] of the geodesics from many points to one.

    Args:
        lon, lat: coordinates [degrees], shape ``(n,)``.
        to: longitude and latitude [degrees].

    Returns:
        Distances [m], shape ``(n,)``.
    """
    import numpy as np

    there = np.full(len(lon), to[0]), np.full(len(lon), to[1])
    found: Floats = np.asarray(_geod().inv(lon, lat, *there)[2])
    return found


@lru_cache(maxsize=1)
def _geod() -> Any:
    from pyproj import Geod

    return Geod(ellps="WGS84")


def _positions(coordinates: Any) -> Iterator[list[float]]:
    if coordinates and isinstance(coordinates[0], list | tuple):
        for part in coordinates:
            yield from _positions(part)
    else:
        yield coordinates


def _check_position(position: Any, where: str) -> None:
    if not isinstance(position, list | tuple) or not 2 <= len(position) <= 3:
        raise BadRequestDataError(
            f"{where}: {_shown(position)} is not a position", hint="write [longitude, latitude]"
        )
    for number in position:
        if isinstance(number, bool) or not isinstance(number, int | float):
            raise BadRequestDataError(f"{where}: {_shown(number)} is not a number")
    longitude, latitude = position[0], position[1]
    if not -180 <= longitude <= 180:
        raise BadRequestDataError(f"{where}: longitude {longitude} is outside -180..180")
    if not -90 <= latitude <= 90:
        raise BadRequestDataError(
            f"{where}: latitude {latitude} is outside -90..90", hint="longitude comes first"
        )
    if len(position) == 3 and not abs(position[2]) < math.inf:
        raise BadRequestDataError(f"{where}: altitude {position[2]} is not finite")


def _check_line(line: Any, where: str) -> None:
    _check_list(line, where, _check_position, least=2)


def _check_ring(ring: Any, where: str) -> None:
    _check_list(ring, where, _check_position, least=4)
    if list(ring[0]) != list(ring[-1]):
        raise BadRequestDataError(
            f"{where}: the ring is not closed", hint="repeat its first position at its end"
        )


def _check_polygon(rings: Any, where: str) -> None:
    _check_list(rings, where, _check_ring)


def _check_list(
    parts: Any, where: str, check: Callable[[Any, str], None], *, least: int = 1
) -> None:
    if not isinstance(parts, list | tuple):
        raise BadRequestDataError(f"{where}: {_shown(parts)} is not a list")
    if len(parts) < least:
        raise BadRequestDataError(f"{where}: has {len(parts)} parts, needs at least {least}")
    for index, part in enumerate(parts):
        check(part, f"{where}[{index}]")


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."


_CHECKS: dict[str, Callable[[Any, str], None]] = {
    "Point": _check_position,
    "MultiPoint": lambda parts, where: _check_list(parts, where, _check_position),
    "LineString": _check_line,
    "MultiLineString": lambda parts, where: _check_list(parts, where, _check_line),
    "Polygon": _check_polygon,
    "MultiPolygon": lambda parts, where: _check_list(parts, where, _check_polygon),
}
