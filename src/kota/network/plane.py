"""A plane of metres around a place, so that lengths and nearest points are plain geometry."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kota.errors import InputError

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Plane:
    """A transverse Mercator projection of WGS 84 whose middle is a place.

    Lengths are right to 1 in 10,000 within 90 km east and west of the middle.

    Args:
        lon, lat: its middle [degrees].
    """

    lon: float
    lat: float

    @classmethod
    def around(cls, degrees: ArrayLike) -> Plane:
        """The plane around the middle of points `(n, 2)` of longitude and latitude [degrees].

        Raises:
            InputError: there is no point, or one is no longitude and latitude.
        """
        points = checked_degrees(degrees)
        if not len(points):
            raise InputError("no points to lay a plane around")
        lon, lat = (points.min(axis=0) + points.max(axis=0)) / 2
        return cls(round(float(lon), 6), round(float(lat), 6))

    def to_metres(self, degrees: ArrayLike) -> Floats:
        """East and north of the middle `(n, 2)` [m] of longitudes and latitudes `(n, 2)`.

        >>> Plane(103.4, 3.0).to_metres([[103.401, 3.0]]).round(1).tolist()
        [[111.2, 0.0]]
        """
        points = np.asarray(degrees, dtype=np.float64).reshape(-1, 2)
        there = _projection(self.lon, self.lat)
        return np.column_stack(there.transform(points[:, 0], points[:, 1]))

    def to_degrees(self, metres: ArrayLike) -> Floats:
        """Longitude and latitude `(n, 2)` [degrees] of points in the plane `(n, 2)` [m]."""
        points = np.asarray(metres, dtype=np.float64).reshape(-1, 2)
        there = _projection(self.lon, self.lat)
        return np.column_stack(there.transform(points[:, 0], points[:, 1], direction="INVERSE"))


def checked_degrees(degrees: ArrayLike, names: tuple[str, ...] | None = None) -> Floats:
    """Points as `(n, 2)` longitudes and latitudes [degrees].

    Args:
        degrees: the points.
        names: what each is called in messages; by its number where absent.

    Raises:
        InputError: one is not within ±180 and ±90 degrees: its coordinates are of another system,
            or latitude comes first.
    """
    points = np.asarray(degrees, dtype=np.float64).reshape(-1, 2)
    good = (np.abs(points[:, 0]) <= 180) & (np.abs(points[:, 1]) <= 90)
    if not good.all():
        k = int(np.flatnonzero(~good)[0])
        name = names[k] if names is not None else f"point {k + 1}"
        x, y = points[k]
        raise InputError(
            f"{name}: ({x:g}, {y:g}) is no longitude and latitude in degrees",
            hint="give WGS 84 (EPSG:4326), longitude first, or name the coordinate system",
        )
    return points


@lru_cache(maxsize=16)
def _projection(lon: float, lat: float) -> Any:
    from pyproj import Transformer

    plane = f"+proj=tmerc +lat_0={lat} +lon_0={lon} +k=1 +ellps=WGS84 +units=m +no_defs"
    return Transformer.from_crs("OGC:CRS84", plane, always_xy=True)
