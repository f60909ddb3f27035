"""Checks of device profiles that types alone cannot make; every fault names file and line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from kota.connect.paths import parse_path
from kota.connect.profile_format import AttributeTable, CodecTable, ProfileTable
from kota.connect.raw_values import is_numeric
from kota.connect.toml_source import Place, TomlSource
from kota.connect.topics import TopicPattern
from kota.model.payload import NOT_ATTRIBUTES

_PLACES = frozenset({"location", "observationSpace", "operationSpace"})
_TEMPLATE = re.compile(r"\{([^{}]*)\}")


def check_template(
    source: TomlSource, place: Place, template: str, patterns: Sequence[TopicPattern]
) -> None:
    for name in _TEMPLATE.findall(template):
        for pattern in patterns:
            if name not in pattern.captures:
                raise source.error(place, f"{{{name}}} is not in the topic {pattern.text!r}")
        if not patterns and name != "device":
            raise source.error(place, f"{{{name}}} is unknown without a topic; {{device}} is known")
    rest = _TEMPLATE.sub("", template)
    if "{" in rest or "}" in rest:
        raise source.error(place, f"{template!r} has a brace without its other one")
    if ":" not in rest:
        raise source.error(
            place, f"{template!r} makes no URI", hint="write for example urn:ngsi-ld:Pump:{device}"
        )


def check_time(source: TomlSource, table: ProfileTable) -> None:
    if table.time.source is not None:
        _check_path(source, ("time", "from"), table.time.source)
    if table.time.zone is None:
        return
    try:
        ZoneInfo(table.time.zone)
    except (KeyError, ValueError) as error:
        raise source.error(
            ("time", "zone"), f"{table.time.zone!r} is no IANA zone", hint="such as Asia/Jakarta"
        ) from error


def check_codecs(source: TomlSource, table: ProfileTable) -> None:
    if table.format == "binary" and not table.codec:
        raise source.error(("format",), "binary payloads need a [[codec]] table")
    if table.codec and table.format not in ("binary", "chirpstack-v4", "tts-v3"):
        raise source.error(("codec", 0), f"payloads of format {table.format!r} have no codec")
    for i, codec in enumerate(table.codec):
        _check_codec(source, codec, ("codec", i))


def _check_codec(source: TomlSource, codec: CodecTable, place: Place) -> None:
    if codec.kind == "fields" and not codec.field:
        raise source.error(place, "no [[codec.field]] tables say what the payload holds")
    if codec.kind == "cayenne-lpp" and codec.field:
        raise source.error((*place, "field"), "cayenne-lpp has its fields built in")
    for i, field in enumerate(codec.field):
        if field.bits is None:
            continue
        if field.type[0] != "u" or field.bits[1] < 1 or sum(field.bits) > 8 * field.width:
            raise source.error(
                (*place, "field", i, "bits"), f"{list(field.bits)} are no bits of {field.type!r}"
            )


def check_attribute(
    source: TomlSource, table: AttributeTable, place: Place, patterns: Sequence[TopicPattern]
) -> None:
    if not table.name or table.name in NOT_ATTRIBUTES:
        raise source.error((*place, "name"), f"{table.name!r} cannot be an attribute's name")
    if table.name in _PLACES and table.kind != "GeoProperty":
        raise source.error((*place, "kind"), f"{table.name!r} is a GeoProperty")
    if (table.lon is None) != (table.lat is None):
        raise source.error(place, "lon and lat stand together")
    if table.lon is not None and (table.source is not None or table.kind != "GeoProperty"):
        raise source.error(place, "lon and lat are for a GeoProperty and replace 'from'")
    for key, path in (("from", table.source or table.name), ("lon", table.lon), ("lat", table.lat)):
        if path is not None and path != "$":
            _check_path(source, (*place, key), path.removeprefix("$."))
    if is_numeric(table) and (
        table.kind != "Property" or table.type not in (None, "number", "integer")
    ):
        raise source.error(place, "unit, scale, offset and ranges are for numbers")
    for key, limits in (("valid", table.valid), ("usual", table.usual)):
        if limits is not None and not limits[0] < limits[1]:
            raise source.error((*place, key), f"{list(limits)} is no range from low to high")
    for name in table.when:
        if any(name not in pattern.captures for pattern in patterns):
            raise source.error((*place, "when"), f"{name!r} is not named in the topic")


def check_each(source: TomlSource, table: ProfileTable) -> None:
    if table.each is None:
        return
    if table.format == "text":
        raise source.error(("each",), "a text has no list of measures")
    _check_path(source, ("each",), table.each)


def check_pseudonyms(
    source: TomlSource, table: ProfileTable, patterns: Sequence[TopicPattern]
) -> None:
    """A private profile must leave an identifier no way around its pseudonym."""
    personal = {
        (item.source or item.name).removeprefix("$.")
        for item in table.attribute
        if item.pseudonym is not None
    }
    if not personal:
        if "pseudonym" in source.data:
            raise source.error(("pseudonym",), "no attribute is a pseudonym")
        return
    if not patterns:
        raise source.error(
            ("topic",),
            "a profile with pseudonyms needs a topic",
            hint="then messages of devices that nobody has approved are known to be private",
        )
    for pattern in patterns:
        if set(pattern.captures) - {"device"} or not {"+", "#"}.isdisjoint(pattern.text):
            raise source.error(
                ("topic",),
                f"{pattern.text!r} leaves more open than {{device}}; a topic is kept, so that "
                "of a profile with pseudonyms has nothing else that could name a person",
            )
    if table.rest == "keep":
        raise source.error(("rest",), "a profile with pseudonyms ignores what it does not name")
    for i, item in enumerate(table.attribute):
        _check_private(source, item, ("attribute", i), personal)


def _check_private(
    source: TomlSource, table: AttributeTable, place: Place, personal: set[str]
) -> None:
    if table.pseudonym is not None:
        if table.kind != "Property" or table.values is not None or is_numeric(table) or table.type:
            raise source.error(place, "a pseudonym is a plain text, whatever it was made of")
        if table.source == "$":
            raise source.error((*place, "from"), "'$' is a whole payload, not an identifier")
        return
    if (table.source or table.name).removeprefix("$.") in personal:
        raise source.error(place, "this value is an identifier; it is read as a pseudonym only")
    closed = table.values is not None or table.kind == "GeoProperty"
    if not closed and not is_numeric(table) and table.type not in ("number", "integer", "boolean"):
        raise source.error(
            place,
            "beside a pseudonym there are only numbers, yes or no, places and listed values",
            hint='set type = "number", "integer" or "boolean", or values = {…}',
        )


def refuse_pseudonym(source: TomlSource, table: AttributeTable, place: Place) -> None:
    """Files bring in what is stored: an identifier has no place there."""
    if table.pseudonym is not None:
        raise source.error(
            (*place, "pseudonym"),
            "pseudonyms are for device profiles; what files say is stored",
            hint="count such a file with kota flow trajectories or kota flow release",
        )


def _check_path(source: TomlSource, place: Place, path: str) -> None:
    try:
        parse_path(path)
    except ValueError as error:
        raise source.error(place, str(error)) from error
