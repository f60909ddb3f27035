"""What a city already has in files, as entities that keep their ids from import to import."""

from __future__ import annotations

import re
from collections.abc import Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import msgspec
import numpy as np
import shapely
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError

from kota.connect.asset_files import WGS84, Feature, read_features
from kota.connect.asset_format import AssetTable
from kota.connect.entity_names import entity_name
from kota.connect.profile_check import refuse_pseudonym
from kota.connect.profile_format import AttributeTable
from kota.connect.readers import Maker
from kota.connect.toml_source import TomlSource
from kota.context.ingest import Patch
from kota.errors import ConfigurationError, ConnectError
from kota.model.entity import Attribute, Kind
from kota.model.jsonld import Context
from kota.model.terms import LOCATION

DECIMALS: Final = 7
"""Decimals of degrees that are kept, about a centimetre."""
_RESERVED: Final = frozenset({"id", "type", "scope", "location", "source"})
_ODD: Final = re.compile(r"[^A-Za-z0-9_.-]+")


class Assets(msgspec.Struct, frozen=True):
    """What a file gives.

    Args:
        patches: one for each good feature.
        faults: the others, each with its place and reason.
        types: expanded types.
        source: the text by which entities of this file know each other.
        source_name: expanded name of the attribute that holds it.
    """

    patches: list[Patch]
    faults: list[str]
    types: tuple[str, ...]
    source: str
    source_name: str


def load_asset_table(path: Path) -> AssetTable:
    """Read a map of assets.

    Raises:
        ConfigurationError: it is wrong; names file and line.
    """
    source = TomlSource.read(path)
    table = source.convert(AssetTable)
    if table.crs is not None:
        try:
            CRS.from_user_input(table.crs)
        except CRSError as error:
            raise source.error(
                ("crs",), f"{table.crs!r} is no coordinate system", hint="such as EPSG:3414"
            ) from error
    for i, item in enumerate(table.attribute):
        refuse_pseudonym(source, item, ("attribute", i))
    return table


def read_assets(path: Path, table: AssetTable, context: Context) -> Assets:
    """Read a file of assets.

    Args:
        path: GeoJSON, GeoPackage, Shapefile or CSV.
        table: how its features become entities.
        context: expands names.

    Raises:
        ConnectError: the file cannot be read.
        ConfigurationError: a column or coordinate system that does not exist, or none.
    """
    found = read_features(path, table)
    for name in (table.key, *(item.source or item.name for item in table.attribute)):
        if name is not None and name not in found.columns:
            raise ConfigurationError(
                f"{path.name} has no column {name!r}", hint=f"it has {', '.join(found.columns)}"
            )
    project = _projection(path, table.crs or found.crs)
    source = table.source or path.name
    types = (table.entity.type,) if isinstance(table.entity.type, str) else table.entity.type
    reading = _Reading(table, context, source, types[0])
    expanded = tuple(context.expand(name) for name in types)
    patches: dict[str, Patch] = {}
    places: dict[str, str] = {}
    faults: list[str] = []
    for feature in found.features:
        try:
            geometry = project(feature)
            entity_id, attrs = reading.entity(feature, geometry)
            if entity_id in patches:
                raise ValueError(f"the same id as {places[entity_id]}: {entity_id}")
        except ValueError as error:
            faults.append(f"{feature.where}: {error}")
            continue
        patches[entity_id] = Patch(entity_id, expanded, attrs, table.entity.scope)
        places[entity_id] = feature.where
    return Assets(list(patches.values()), faults, expanded, source, reading.source_name)


class _Reading:
    """Reads the features of one file."""

    def __init__(self, table: AssetTable, context: Context, source: str, kind: str) -> None:
        self._key = table.key
        self._template = table.entity.id or f"urn:ngsi-ld:{quote(kind)}:{{key}}"
        self._kind = kind
        self._context = context
        self._makers = [
            (item.source or item.name, Maker(item, context.expand(item.name)))
            for item in table.attribute
        ]
        self._taken = {*(column for column, _ in self._makers), table.key}
        self._keep = table.rest == "keep"
        self.source_name = context.expand("source")
        self._source = (Attribute(Kind.PROPERTY, source),)

    def entity(
        self, feature: Feature, geometry: dict[str, Any] | None
    ) -> tuple[str, dict[str, tuple[Attribute, ...]]]:
        attrs: dict[str, tuple[Attribute, ...]] = {}
        for column, maker in self._makers:
            raw = feature.properties.get(column)
            if raw is None:
                continue
            try:
                attrs[maker.name] = (maker.read(raw, None, None),)
            except ValueError as error:
                raise ValueError(f"column {column!r}: {error}") from error
        if self._keep:
            self._rest(feature.properties, attrs)
        if geometry is not None:
            attrs[LOCATION] = (Attribute(Kind.GEO_PROPERTY, geometry),)
        attrs[self.source_name] = self._source
        return entity_name(self._template, {"key": self._name(feature, geometry)}), attrs

    def _rest(self, properties: Mapping[str, Any], attrs: dict[str, tuple[Attribute, ...]]) -> None:
        for column, raw in properties.items():
            name = _ODD.sub("_", column).strip("_.-")
            if raw is None or column in self._taken or not name or name in _RESERVED:
                continue
            table = AttributeTable(name=name, kind="JsonProperty" if _is_json(raw) else "Property")
            attrs.setdefault(
                self._context.expand(name), (Maker(table, name).read(raw, None, None),)
            )

    def _name(self, feature: Feature, geometry: dict[str, Any] | None) -> str:
        if self._key is not None:
            key = feature.properties.get(self._key)
            if key is None or str(key).strip() == "":
                raise ValueError(f"column {self._key!r}: no key")
            whole = isinstance(key, float) and key.is_integer()
            return str(int(key) if whole else key).strip()
        if geometry is None:
            raise ValueError("neither a geometry nor a key column to tell it by")
        digest = blake2b(self._kind.encode(), digest_size=10)
        digest.update(msgspec.json.encode(geometry))
        return digest.hexdigest()


def _is_json(raw: Any) -> bool:
    return isinstance(raw, dict | list)


class _Projection:
    """Brings geometries to WGS 84 and checks them."""

    def __init__(self, transformer: Transformer | None) -> None:
        self._transformer = transformer

    def __call__(self, feature: Feature) -> dict[str, Any] | None:
        if feature.fault is not None:
            raise ValueError(feature.fault)
        if feature.geometry is None or feature.geometry.is_empty:
            return None
        flat = shapely.force_2d(feature.geometry)
        placed = shapely.transform(flat, self._coordinates)
        if not np.isfinite(shapely.get_coordinates(placed)).all():
            raise ValueError("its coordinates do not lie in its coordinate system")
        west, south, east, north = shapely.bounds(placed)
        if west < -180 or east > 180 or south < -90 or north > 90:
            raise ValueError(
                f"it lies at {west:g} {south:g}, not on Earth; is the coordinate system right?"
            )
        if not shapely.is_valid(placed):
            raise ValueError(f"its geometry is not valid: {shapely.is_valid_reason(placed)}")
        geometry: dict[str, Any] = msgspec.json.decode(shapely.to_geojson(placed))
        return geometry

    def _coordinates(self, coordinates: Any) -> Any:
        if self._transformer is not None:
            columns = self._transformer.transform(coordinates[:, 0], coordinates[:, 1])
            coordinates = np.column_stack(columns)
        return np.round(coordinates, DECIMALS)


def _projection(path: Path, crs: str | None) -> _Projection:
    if crs is None:
        raise ConfigurationError(
            f"{path.name} does not say its coordinate system", hint="name it with --crs EPSG:…"
        )
    try:
        source = CRS.from_user_input(crs)
    except CRSError as error:
        raise ConfigurationError(
            f"{crs!r} is no coordinate system", hint="name it as EPSG:3414"
        ) from error
    target = CRS.from_user_input(WGS84)
    if source == target:
        return _Projection(None)
    return _Projection(Transformer.from_crs(source, target, always_xy=True))


def refuse_asset_faults(assets: Assets) -> None:
    """Stop where a file has faults.

    Raises:
        ConnectError: names the first of them.
    """
    if assets.faults:
        raise ConnectError(
            f"{assets.faults[0]} ({len(assets.faults)} faults in all, nothing was taken in)",
            hint="correct the file, or leave the faulty features out with --skip-faults",
        )
