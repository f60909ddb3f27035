"""Where sewers lie on the Earth: a file's own coordinates as GeoJSON in degrees."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kota.errors import InputError
from kota.solutions.sewage.network import Point, Sewers

Degrees = Callable[[Point], tuple[float, float]]
Geometries = dict[str, dict[str, Any]]


def to_degrees(crs: str) -> Degrees:
    """Turns points of a coordinate system into longitude and latitude.

    Args:
        crs: such as ``EPSG:3168``.

    Raises:
        InputError: there is no such system.
    """
    from pyproj import Transformer
    from pyproj.exceptions import CRSError

    try:
        transformer = Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
    except CRSError as error:
        raise InputError(f"{crs!r} is no coordinate system; expected such as EPSG:3168") from error

    def turned(point: Point) -> tuple[float, float]:
        x, y = transformer.transform(*point)
        return round(float(x), 7), round(float(y), 7)

    return turned


def geometries(sewers: Sewers, degrees: Degrees) -> tuple[Geometries, Geometries]:
    """GeoJSON of nodes and of links, by id; what has no coordinates is left out.

    Raises:
        InputError: a point does not lie on the Earth; names the node.
    """
    at: dict[str, tuple[float, float]] = {}
    for node in sewers.nodes.values():
        if node.at is None:
            continue
        lon, lat = degrees(node.at)
        if not (abs(lon) <= 180 and abs(lat) <= 90):
            raise InputError(
                f"node {node.id!r} lies at {node.at}, which is not on the Earth in that system"
            )
        at[node.id] = (lon, lat)
    nodes = {name: {"type": "Point", "coordinates": list(point)} for name, point in at.items()}
    links: Geometries = {}
    for link in sewers.links.values():
        if link.start not in at or link.end not in at:
            continue
        if link.kind == "conduit":
            points = [at[link.start], *map(degrees, link.path), at[link.end]]
            links[link.id] = {"type": "LineString", "coordinates": [list(p) for p in points]}
        else:
            links[link.id] = {"type": "Point", "coordinates": list(at[link.start])}
    return nodes, links
