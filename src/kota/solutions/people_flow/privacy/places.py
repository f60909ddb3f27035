"""Where a point lies: in which zone, which cell of a grid, on which street."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from kota.connect.asset_files import WGS84, Feature, read_features
from kota.connect.asset_format import AssetTable
from kota.connect.profile_format import EntityTable
from kota.errors import SolutionError
from kota.solutions.people_flow.privacy.trajectories import unproject

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

NOWHERE: Final = -1
_DEGREES: Final = frozenset({WGS84, "EPSG:4326"})


@dataclass(frozen=True, slots=True)
class Shapes:
    """Zones or streets: their names, and their geometries in WGS 84 degrees."""

    names: tuple[str, ...]
    geometries: NDArray[Any]


def read_shapes(path: Path, key: str, dimension: int) -> Shapes:
    """Read zones (dimension 2) or streets (dimension 1) from a GeoJSON file in WGS 84.

    Args:
        path: the file.
        key: property that names a feature.
        dimension: of the geometries.

    Raises:
        SolutionError: a feature has no name, another's name, or another sort of geometry.
        ConnectError: the file cannot be read.
    """
    found = read_features(path, AssetTable(entity=EntityTable(type="Zone"), key=key))
    if found.crs not in _DEGREES:
        raise SolutionError(
            f"{path}: its coordinate system is {found.crs}; expected longitude and latitude",
            hint="bring it to EPSG:4326 first",
        )
    names: dict[str, str] = {}
    geometries = []
    for feature in found.features:
        name = _name(feature, key)
        if name in names:
            raise SolutionError(f"{feature.where}: {name!r} is {names[name]} too")
        shape = feature.geometry
        if shape is None or shapely.get_dimensions(shape) != dimension:
            wanted = "a polygon" if dimension == 2 else "a line"
            raise SolutionError(f"{feature.where}: {feature.fault or f'{name!r} is not {wanted}'}")
        names[name] = feature.where
        geometries.append(shape)
    if not names:
        raise SolutionError(f"{path}: no feature; expected zones or streets")
    return Shapes(tuple(names), np.array(geometries, dtype=object))


def within(zones: Shapes, lon: Floats, lat: Floats) -> Ints:
    """The zone of each point `(n_points,)`, the first where they overlap, or `NOWHERE`."""
    tree = shapely.STRtree(zones.geometries)
    point, zone = tree.query(shapely.points(lon, lat), predicate="intersects")
    found = np.full(len(lon), len(zones.names), dtype=np.int64)
    np.minimum.at(found, point, zone)
    found[found == len(zones.names)] = NOWHERE
    return found


def nearest(streets: NDArray[Any], x: Floats, y: Floats, farthest: float) -> Ints:
    """The nearest line of each point `(n_points,)`, or `NOWHERE` beyond `farthest` [m]."""
    tree = shapely.STRtree(streets)
    found = np.full(len(x), NOWHERE, dtype=np.int64)
    if len(x):
        point, street = tree.query_nearest(
            shapely.points(x, y), max_distance=farthest, all_matches=False
        )
        found[point] = street
    return found


def squares(
    x: Floats, y: Floats, side: float, lon0: float, lat0: float
) -> tuple[Ints, tuple[str, ...]]:
    """The square of each point `(n_points,)`, and the squares' centres as ``lon lat``."""
    column, row = np.floor(x / side), np.floor(y / side)
    cells, number = np.unique(np.stack([column, row], axis=1), axis=0, return_inverse=True)
    lon, lat = unproject((cells[:, 0] + 0.5) * side, (cells[:, 1] + 0.5) * side, lon0, lat0)
    names = tuple(f"{a:.5f} {b:.5f}" for a, b in zip(lon, lat, strict=True))
    return number.reshape(-1).astype(np.int64), names


def _name(feature: Feature, key: str) -> str:
    raw = feature.properties.get(key)
    if raw is None or not str(raw).strip():
        raise SolutionError(
            f"{feature.where}: no property {key!r}",
            hint="say which property names a feature with --key",
        )
    return str(raw).strip()
