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
    if not table.name or table.name in ("id", "type", "@context"):
        raise source.error((*place, "name"), f"{table.name!r} cannot be an attribute's name")
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


def _check_path(source: TomlSource, place: Place, path: str) -> None:
    try:
        parse_path(path)
    except ValueError as error:
        raise source.error(place, str(error)) from error
