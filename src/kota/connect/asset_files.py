"""Features of GeoJSON, GeoPackage, Shapefile and CSV files, in the coordinates of the file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec
import shapely
from shapely.geometry import shape

from kota.connect.asset_format import AssetTable, GeometryColumns
from kota.connect.cells import guess, plain
from kota.connect.row_source import open_rows
from kota.errors import ConnectError

WGS84: Final = "OGC:CRS84"
_LON: Final = ("lon", "longitude", "lng", "long")
_LAT: Final = ("lat", "latitude")
_EAST: Final = ("x", "easting", "east", "x_coord")
_NORTH: Final = ("y", "northing", "north", "y_coord")
_UNSHAPED: Final = (
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    shapely.errors.ShapelyError,
)
_WKT: Final = ("wkt", "geom", "geometry", "the_geom")


class Feature(msgspec.Struct, frozen=True):
    """One feature of a file.

    Args:
        where: line or number, for messages.
        properties: its columns; None is no value.
        geometry: a shapely geometry, or None.
        fault: why the geometry could not be read, or None.
    """

    where: str
    properties: Mapping[str, Any]
    geometry: Any
    fault: str | None = None


class Features(msgspec.Struct, frozen=True):
    """What a file holds.

    Args:
        columns: names of the properties.
        crs: coordinate system as the file names it; None where it does not.
        features: in the file's order.
    """

    columns: list[str]
    crs: str | None
    features: list[Feature]


def read_features(path: Path, table: AssetTable) -> Features:
    """Read a file of features.

    Args:
        path: ``.geojson``, ``.json``, ``.gpkg``, ``.shp``, ``.csv`` or ``.csv.gz``.
        table: which layer of it, and where a CSV has its geometry.

    Raises:
        ConnectError: the file cannot be read, or is of another sort.
    """
    suffix = path.suffix.lower()
    if not path.is_file():
        raise ConnectError(f"{path}: there is no such file")
    if suffix in (".geojson", ".json"):
        return _geojson(path)
    if suffix in (".gpkg", ".shp"):
        return _vector(path, table.layer)
    if suffix in (".csv", ".gz"):
        return _csv(path, table)
    raise ConnectError(
        f"{path}: {suffix or 'no suffix'} is no known sort of file",
        hint="there are .geojson, .gpkg, .shp and .csv",
    )


def _geojson(path: Path) -> Features:
    try:
        document = msgspec.json.decode(path.read_bytes())
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ConnectError(f"{path}: not JSON: {error}") from error
    items = document.get("features") if isinstance(document, dict) else None
    if not isinstance(items, list):
        raise ConnectError(f"{path}: not a GeoJSON FeatureCollection")
    columns: dict[str, None] = {}
    features = []
    for number, item in enumerate(items, start=1):
        where = f"{path.name} feature {number}"
        if not isinstance(item, dict) or not isinstance(item.get("properties") or {}, dict):
            features.append(Feature(where, {}, None, "not a GeoJSON feature"))
            continue
        properties = dict(item.get("properties") or {})
        if "id" in item:
            properties.setdefault("id", item["id"])
        columns.update(dict.fromkeys(properties))
        geometry, fault = _shape(item.get("geometry"))
        features.append(Feature(where, properties, geometry, fault))
    named = document.get("crs")
    return Features(list(columns), _crs_name(named) or WGS84, features)


def _shape(geometry: Any) -> tuple[Any, str | None]:
    if geometry is None:
        return None, None
    try:
        return shape(geometry), None
    except (
        ValueError,
        TypeError,
        KeyError,
        IndexError,
        AttributeError,
        shapely.errors.ShapelyError,
    ) as e:
        return None, f"no GeoJSON geometry: {e}"


def _crs_name(named: Any) -> str | None:
    """The member ``crs`` that GeoJSON had before RFC 7946."""
    properties = named.get("properties") if isinstance(named, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    return name if isinstance(name, str) else None


def _vector(path: Path, layer: str | None) -> Features:
    try:
        import pyogrio
    except ImportError as error:
        raise ConnectError(
            f"{path}: GeoPackage and Shapefile need pyogrio",
            hint="install it with: pip install 'kota-city[gis]'",
        ) from error
    try:
        meta, _, wkb, fields = pyogrio.raw.read(path, layer=layer)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, ValueError) as error:
        raise ConnectError(f"{path}: {error}") from error
    columns = [str(name) for name in meta["fields"]]
    features = [
        Feature(
            f"{path.name} feature {i + 1}",
            {name: plain(column[i]) for name, column in zip(columns, fields, strict=True)},
            None if item is None else shapely.from_wkb(item),
        )
        for i, item in enumerate(wkb)
    ]
    return Features(columns, meta["crs"], features)


def _csv(path: Path, table: AssetTable) -> Features:
    with open_rows(path, table.csv) as rows:
        columns = rows.columns
        find = _geometry_finder(path, table.geometry, columns)
        return Features(columns, find.crs, list(_csv_features(path, columns, rows.rows, find)))


class _Find(msgspec.Struct, frozen=True):
    x: str | None = None
    y: str | None = None
    wkt: str | None = None
    crs: str | None = None


def _geometry_finder(path: Path, given: GeometryColumns, columns: list[str]) -> _Find:
    for name in (given.x, given.y, given.wkt):
        if name is not None and name not in columns:
            raise ConnectError(
                f"{path.name} has no column {name!r}", hint=f"it has {', '.join(columns)}"
            )
    if given.wkt is not None:
        return _Find(wkt=given.wkt)
    if given.x is not None and given.y is not None:
        return _Find(x=given.x, y=given.y)
    lower = {name.lower(): name for name in columns}

    def first(names: tuple[str, ...]) -> str | None:
        return next((lower[name] for name in names if name in lower), None)

    if first(_LON) and first(_LAT):
        return _Find(x=first(_LON), y=first(_LAT), crs=WGS84)
    if first(_EAST) and first(_NORTH):
        return _Find(x=first(_EAST), y=first(_NORTH))
    return _Find(wkt=first(_WKT))


def _csv_features(
    path: Path, columns: list[str], rows: Iterator[tuple[int, list[Any]]], find: _Find
) -> Iterator[Feature]:
    used = {find.x, find.y, find.wkt}
    for number, cells in rows:
        where = f"{path.name} line {number}"
        if len(cells) != len(columns):
            yield Feature(where, {}, None, f"{len(cells)} cells for {len(columns)} columns")
            continue
        row = dict(zip(columns, cells, strict=True))
        geometry, fault = _csv_geometry(row, find)
        properties = {
            name: None if cell is None else guess(str(cell))
            for name, cell in row.items()
            if name not in used
        }
        yield Feature(where, properties, geometry, fault)


def _csv_geometry(row: Mapping[str, Any], find: _Find) -> tuple[Any, str | None]:
    try:
        if find.wkt is not None:
            text = row[find.wkt]
            return (None if text is None else shapely.from_wkt(text)), None
        if find.x is None or find.y is None or row[find.x] is None or row[find.y] is None:
            return None, None
        return shapely.Point(float(row[find.x]), float(row[find.y])), None
    except (ValueError, shapely.errors.ShapelyError) as error:
        return None, f"no geometry: {error}"
