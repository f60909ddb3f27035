"""What may stand in a map of assets: how the features of a file become entities."""

from __future__ import annotations

from typing import Literal

import msgspec

from kota.connect.profile_format import AttributeTable, EntityTable
from kota.connect.row_source import CsvTable


class GeometryColumns(msgspec.Struct, frozen=True, kw_only=True):
    """``[geometry]``: where a CSV has it.

    Args:
        x, y: columns of easting and northing, or longitude and latitude.
        wkt: column of Well-Known Text, instead.
    """

    x: str | None = None
    y: str | None = None
    wkt: str | None = None


class AssetTable(msgspec.Struct, frozen=True, kw_only=True):
    """A whole map file of assets.

    Args:
        entity: the type; `id` is a template over ``{key}``, by default
            ``urn:ngsi-ld:<type>:{key}``.
        key: column that tells features apart for ever; without one, the geometry does.
        source: where the data comes from, written to each entity, so that the next import sees
            what has gone; the file's name where absent.
        crs: coordinate system, where the file does not say or says wrongly, such as ``EPSG:3414``.
        layer: of a GeoPackage.
        geometry: where a CSV has it.
        csv: how a CSV is written.
        attribute: `from` is a column.
        rest: whether other columns become attributes under their own names.
    """

    entity: EntityTable
    key: str | None = None
    source: str | None = None
    crs: str | None = None
    layer: str | None = None
    geometry: GeometryColumns = GeometryColumns()
    csv: CsvTable = CsvTable()
    attribute: tuple[AttributeTable, ...] = ()
    rest: Literal["ignore", "keep"] = "ignore"
