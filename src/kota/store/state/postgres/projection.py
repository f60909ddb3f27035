"""What of an entity stands in columns of its own, so that queries find it."""

from __future__ import annotations

from struct import Struct
from typing import Any, Final

import msgspec

from kota.model.entity import Attribute, Entity, Kind
from kota.model.geometry import around, shape
from kota.model.terms import LOCATION
from kota.store.state.stretch import EXACT

WGS84: Final = 4326
LONGEST_TEXT: Final = 200
"""Longer texts are not looked up [characters]."""

_POINT = Struct("<BIIdd")
_POINT_TYPE: Final = 0x20000001
"""EWKB: a point that says its reference system."""
_encode = msgspec.json.Encoder().encode

Fact = float | int | bool | str | None


def facts_of(entity: Entity) -> str:
    """The plain values by attribute, as JSON; null where only the body tells.

    An attribute has a fact where it is one Property instance with a number, a boolean or a short
    text: then a comparison with another value of these kinds is decided by it.
    """
    return _encode({name: _fact(held) for name, held in entity.attrs.items()}).decode()


def _fact(instances: tuple[Attribute, ...]) -> Fact:
    if len(instances) > 1 or instances[0].kind is not Kind.PROPERTY:
        return None
    value = instances[0].value
    kind = type(value)
    if kind is float or kind is bool or (kind is int and -EXACT < value < EXACT):
        return value  # type: ignore[no-any-return]
    if kind is str and len(value) <= LONGEST_TEXT and "\0" not in value:
        return value  # type: ignore[no-any-return]
    return None


def place_of(entity: Entity) -> str | None:
    """Where the entity lies, as hexadecimal EWKB; None where it lies nowhere.

    Of several instances it is the box around them.
    """
    instances = entity.attrs.get(LOCATION)
    if not instances:
        return None
    geometries = [one.value for one in instances if one.kind is Kind.GEO_PROPERTY]
    if not geometries:
        return None
    if len(geometries) == 1:
        return _hex_of(geometries[0])
    box = around(geometries)
    assert box is not None
    ring = [[box.west, box.south], [box.east, box.south], [box.east, box.north],
            [box.west, box.north], [box.west, box.south]]  # fmt: skip
    return _hex_of({"type": "Polygon", "coordinates": [ring]})


def _hex_of(geometry: dict[str, Any]) -> str:
    if geometry["type"] == "Point":
        longitude, latitude = geometry["coordinates"][:2]
        return _POINT.pack(1, _POINT_TYPE, WGS84, longitude, latitude).hex()
    import shapely

    hexadecimal: str = shapely.to_wkb(
        shapely.set_srid(shape(geometry), WGS84), True, include_srid=True
    )
    return hexadecimal
