"""Networks read from files: tables of edges, and lines of GeoPackage, GeoJSON or Shapefile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from kota.connect.asset_files import Feature, read_features
from kota.connect.asset_format import AssetTable
from kota.connect.columns import Column, Columns, read_columns
from kota.connect.profile_format import EntityTable
from kota.errors import InputError
from kota.network.graph import Floats, Ints, Network, make_network
from kota.network.joining import TOLERANCE_M, Way, join
from kota.network.plane import Plane, checked_degrees
from kota.network.systems import to_degrees_from
from kota.network.walking import perceived, walking_times

_EDGES: Final = (
    Column(name="from", also=("u", "source", "start", "origin", "tail", "node1", "a", "i")),
    Column(
        name="to", also=("v", "target", "end", "dest", "destination", "head", "node2", "b", "j")
    ),
    Column(
        name="length",
        also=("weight", "cost", "distance", "dist", "length_m", "metres", "meters", "w"),
        kind="number",
        least=0.0,
        means="metres, or whatever the costs are in",
    ),
    Column(name="slope", kind="number", required=False, default=0.0, means="rise over run"),
    Column(name="shade", kind="number", required=False, default=0.0, means="share from 0 to 1"),
    Column(name="oneway", required=False),
    Column(name="name", also=("id", "edge", "road_name", "roadName"), required=False),
)
_NODES: Final = (
    Column(name="id", also=("node", "name", "geoid", "osmid")),
    Column(name="lon", also=("longitude", "lng", "x"), kind="number"),
    Column(name="lat", also=("latitude", "y"), kind="number"),
)
_YES: Final = frozenset(("1", "yes", "true", "y", "t"))
_NAMES: Final = ("name", "roadName", "road_name", "street", "id", "osm_id", "fid")


def read_edges(
    path: Path,
    *,
    nodes: Path | None = None,
    repeated: Literal["least", "last"] = "least",
    walk: bool = False,
    perceive: bool = False,
) -> Network:
    """Read a table of edges: ``from``, ``to``, ``length``, and where known ``slope``, ``shade``,
    ``oneway`` and ``name``; usual other names of these columns are understood.

    Args:
        path: CSV (also gzipped) or Parquet.
        nodes: table of the nodes' positions: ``id``, ``lon``, ``lat``.
        repeated: which of several edges between the same two nodes counts.
        walk: costs are times on foot [s] by length and slope; else the lengths themselves.
        perceive: with `walk`, time in the sun counts more than time in the shade.

    Raises:
        InputError: a column is missing or a row is wrong; says the line.
        ConnectError: the file cannot be read.
    """
    table = read_columns(path, _EDGES)
    if not len(table):
        raise InputError(f"{path.name}: no edges")
    both = np.concatenate([table.values["from"], table.values["to"]])
    known, number = np.unique(both, return_inverse=True)
    positions, plane = (None, None) if nodes is None else _positions(nodes, known, path)
    start, end = number[: len(table)], number[len(table) :]
    kept = _kept(table, start, end, repeated)
    length = table.values["length"][kept]
    forward, backward = _costs(table, kept, length, walk, perceive)
    return make_network(
        start[kept],
        end[kept],
        length=length,
        forward=forward,
        backward=backward,
        node_names=[str(name) for name in known],
        edge_names=_edge_names(table, kept),
        nodes=positions,
        plane=plane,
    )


def read_lines(
    path: Path,
    *,
    layer: str | None = None,
    crs: str | None = None,
    tolerance: float = TOLERANCE_M,
    perceive: bool = False,
) -> Network:
    """Read the lines of a GeoPackage, GeoJSON, Shapefile, or CSV with WKT as a walking network.

    Properties ``slope`` (rise over run), ``shade`` (0 to 1) and ``oneway`` weigh them.

    Args:
        path: the file.
        layer: of a GeoPackage.
        crs: coordinate system, where the file does not say or says wrongly.
        tolerance, perceive: as `kota.network.join`.

    Raises:
        InputError: a feature is no line, or its coordinates are of another system.
        ConnectError: the file cannot be read.
    """
    table = AssetTable(entity=EntityTable(type="RoadSegment"), layer=layer)
    found = read_features(path, table)
    ways = [way for feature in found.features for way in _ways(feature)]
    system = crs or found.crs
    if not ways:
        raise InputError(f"{path.name}: no lines")
    return join(_in_degrees(ways, system, path), tolerance=tolerance, perceive=perceive)


def _kept(table: Columns, start: Ints, end: Ints, repeated: str) -> Ints:
    """Rows that count, in the order of the file."""
    count = len(table)
    pair = np.minimum(start, end) * (int(max(start.max(), end.max())) + 1) + np.maximum(start, end)
    if repeated == "least":
        return np.arange(count)
    _, last = np.unique(pair[::-1], return_index=True)
    found: Ints = np.sort(count - 1 - last)
    return found


def _costs(
    table: Columns, kept: Ints, length: Floats, walk: bool, perceive: bool
) -> tuple[Floats, Floats]:
    values = table.values
    forward, backward = length.copy(), length.copy()
    if walk:
        slope = values["slope"][kept] if "slope" in values else 0.0
        forward, backward = walking_times(length, slope)
    if walk and perceive and "shade" in values:
        shade = values["shade"][kept]
        forward, backward = perceived(forward, shade), perceived(backward, shade)
    if "oneway" in values:
        backward[[str(text).lower() in _YES for text in values["oneway"][kept]]] = np.inf
    return forward, backward


def _edge_names(table: Columns, kept: Ints) -> tuple[str, ...]:
    if "name" in table.values:
        return tuple(str(name) for name in table.values["name"][kept])
    a, b = table.values["from"][kept], table.values["to"][kept]
    return tuple(f"{u}–{v}" for u, v in zip(a, b, strict=True))


def _positions(path: Path, known: NDArray[np.object_], edges: Path) -> tuple[Floats, Plane]:
    table = read_columns(path, _NODES)
    degrees = np.column_stack([table.values["lon"], table.values["lat"]])
    checked_degrees(degrees, tuple(table.where(row) for row in range(len(table))))
    row_of = {str(name): row for row, name in enumerate(table.values["id"])}
    missing = [name for name in known if str(name) not in row_of]
    if missing:
        raise InputError(
            f"{edges.name}: {len(missing)} nodes, such as {missing[0]}, are not in {path.name}"
        )
    plane = Plane.around(degrees)
    return plane.to_metres(degrees[[row_of[str(name)] for name in known]]), plane


def _ways(feature: Feature) -> list[Way]:
    import shapely

    if feature.fault is not None or feature.geometry is None:
        raise InputError(f"{feature.where}: {feature.fault or 'no geometry'}")
    parts = shapely.get_parts(feature.geometry)
    if any(part.geom_type != "LineString" for part in parts):
        raise InputError(
            f"{feature.where}: a {feature.geometry.geom_type} is no street", hint="give lines"
        )
    given = feature.properties
    name = next((str(given[key]) for key in _NAMES if given.get(key) is not None), feature.where)
    slope, shade = _number(given, "slope", feature.where), _number(given, "shade", feature.where)
    oneway = str(given.get("oneway") or "").lower() in _YES
    return [
        Way(name, part, None if slope is None else slope, shade or 0.0, oneway) for part in parts
    ]


def _number(given: Mapping[str, Any], key: str, where: str) -> float | None:
    value = given.get(key)
    if value is None:
        return None
    try:
        return float(value)
    except (TypeError, ValueError) as error:
        raise InputError(f"{where}, {key}: {value!r} is not a number") from error


def _in_degrees(ways: list[Way], crs: str | None, path: Path) -> list[Way]:
    import shapely

    moved = to_degrees_from(crs, path.name)
    if moved is None:
        return ways
    return [
        replace(way, line=shapely.transform(way.line, moved, include_z=way.line.has_z))
        for way in ways
    ]
