"""Raw values of payloads and cells, turned into what an attribute says they are."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final

from kota.connect.profile_format import AttributeTable
from kota.connect.scaling import scaler
from kota.errors import BadRequestDataError
from kota.model.geometry import validate
from kota.model.payload_values import check_json
from kota.model.terms import NULL

Take = Callable[[Any], Any]
"""Turns a raw value into the attribute's value; raises ValueError with the fault."""

_INT64: Final = 1 << 63
_TRUE: Final = frozenset({"true", "on", "yes", "1"})
_FALSE: Final = frozenset({"false", "off", "no", "0"})


def taker(table: AttributeTable) -> Take:
    """How a raw value becomes the attribute's value."""
    if table.values is not None:
        return _translate(table.values)
    if table.kind == "GeoProperty":
        return geometry_of
    if table.kind in ("Relationship", "VocabProperty"):
        return _reference(table.prefix or "")
    if table.kind == "JsonProperty":
        return keepable
    form = table.type or ("number" if is_numeric(table) else "any")
    if form == "number" and (table.scale is not None or table.offset is not None):
        return _scaled(1.0 if table.scale is None else table.scale, table.offset or 0.0)
    return _TAKERS[form]


def is_numeric(table: AttributeTable) -> bool:
    """Whether the profile says something that only a number can have."""
    numeric = (table.unit, table.scale, table.offset, table.valid, table.usual)
    return any(item is not None for item in numeric)


def number(raw: Any) -> int | float:
    """A finite number, also where it is written as text.

    Raises:
        ValueError: it is none.
    """
    kind = type(raw)
    if kind is float:
        if math.isfinite(raw):
            return raw  # type: ignore[no-any-return]
    elif kind is int:
        return raw if -_INT64 <= raw < _INT64 else float(raw)
    elif kind is str:
        return _number_in(raw)
    raise ValueError(f"{shown(raw)} is not a number")


def _number_in(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise ValueError(f"{shown(text)} is not a number") from None
    if not math.isfinite(value):
        raise ValueError(f"{shown(text)} is not a finite number")
    return value


def shown(raw: Any) -> str:
    """A value for a message, cut where it is long."""
    text = repr(raw) if not isinstance(raw, int) or abs(raw) < _INT64 else "a number of many digits"
    return text if len(text) <= 60 else text[:57] + "…"


def keepable(raw: Any) -> Any:
    """Decoded JSON of any shape, as far as a store can keep it.

    Raises:
        ValueError: it cannot: a huge integer, endless nesting, or what means a deletion.
    """
    try:
        check_json(raw)
    except BadRequestDataError as error:
        raise ValueError(error.message) from error
    return raw


def _scaled(scale: float, offset: float) -> Take:
    scaled = scaler(scale, offset)

    def take(raw: Any) -> float:
        value = scaled(number(raw))
        if not math.isfinite(value):
            raise ValueError(f"{shown(raw)} is out of range")
        return value

    return take


def _integer(raw: Any) -> int:
    value = number(raw)
    if value != int(value):
        raise ValueError(f"{shown(raw)} is not a whole number")
    return int(value)


def _text(raw: Any) -> str:
    if not isinstance(raw, str):
        raise ValueError(f"{shown(raw)} is not a text")
    if raw == NULL:
        raise ValueError(f"{shown(raw)} is no value")
    return raw


def _boolean(raw: Any) -> bool:
    if isinstance(raw, bool):
        return raw
    word = str(raw).lower() if isinstance(raw, str | int) else ""
    if word in _TRUE or word in _FALSE:
        return word in _TRUE
    raise ValueError(f"{shown(raw)} is neither true nor false")


def any_of(raw: Any) -> Any:
    """A number, text, truth or structure, as the payload has it.

    Raises:
        ValueError: no store can keep it.
    """
    return number(raw) if type(raw) in (int, float) else keepable(raw)


_TAKERS: Final[dict[str, Take]] = {
    "number": number,
    "integer": _integer,
    "text": _text,
    "boolean": _boolean,
    "any": any_of,
}


def _translate(values: dict[str, Any]) -> Take:
    def take(raw: Any) -> Any:
        word = str(raw).lower() if isinstance(raw, bool) else str(raw)
        if word not in values:
            raise ValueError(f"{shown(raw)} is not one of {', '.join(values)}")
        return values[word]

    return take


def _reference(prefix: str) -> Take:
    def take(raw: Any) -> str:
        target = prefix + str(raw) if isinstance(raw, str | int) else ""
        if ":" not in target or any(character.isspace() for character in target):
            raise ValueError(f"{shown(raw)} is not the id of an entity")
        return target

    return take


def geometry_of(raw: Any) -> Any:
    """A GeoJSON geometry, of one or of a pair of longitude and latitude.

    Raises:
        ValueError: it is none.
    """
    if isinstance(raw, tuple):
        return point(raw[0], raw[1])
    try:
        return validate(raw)
    except BadRequestDataError as error:
        raise ValueError(error.message) from error


def point(lon: Any, lat: Any) -> dict[str, Any]:
    """A GeoJSON point.

    Args:
        lon, lat: degrees east and north, WGS 84.

    Raises:
        ValueError: no numbers, or not on Earth.
    """
    east, north = float(number(lon)), float(number(lat))
    if not (-180 <= east <= 180 and -90 <= north <= 90):
        raise ValueError(f"longitude {east:g}, latitude {north:g} is not on Earth")
    return {"type": "Point", "coordinates": [east, north]}
