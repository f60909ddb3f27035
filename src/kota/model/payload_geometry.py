"""A first check of GeoJSON geometries: type and nesting of the coordinates (RFC 7946)."""

from __future__ import annotations

from typing import Any

from kota.model.payload_faults import PayloadError, short

GEOMETRIES = {
    "Point": 0,
    "MultiPoint": 1,
    "LineString": 1,
    "MultiLineString": 2,
    "Polygon": 2,
    "MultiPolygon": 3,
}


def check(raw: dict[str, Any]) -> None:
    """Raise a PayloadError unless this is a geometry whose coordinates nest as its type demands."""
    depth = GEOMETRIES.get(raw.get("type", ""))
    if depth is None:
        raise PayloadError("type", f"{short(raw.get('type'))} is not a GeoJSON geometry")
    _positions(raw.get("coordinates"), depth)


def _positions(raw: Any, depth: int) -> None:
    if not isinstance(raw, list) or not raw:
        raise PayloadError("coordinates", f"{short(raw)} is not an array of coordinates")
    if depth:
        for item in raw:
            _positions(item, depth - 1)
    elif not 2 <= len(raw) <= 3 or not all(type(item) in (int, float) for item in raw):
        raise PayloadError("coordinates", "a position is longitude, latitude and perhaps height")
