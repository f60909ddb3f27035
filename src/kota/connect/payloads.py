"""Payload formats: from the bytes of a message to named raw values."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from typing import Any, Final

import msgspec

from kota.connect.binary import read_fields
from kota.connect.cayenne import read_cayenne
from kota.connect.paths import finder, parse_path
from kota.connect.profile_format import CodecTable, PayloadFormat
from kota.connect.senml import read_senml

MAX_PAYLOAD: Final = 1 << 20
"""Largest payload [bytes] that is read."""


class Measure(msgspec.Struct, frozen=True, gc=False):
    """What one message, or one of several records in it, says.

    Args:
        values: raw values by name.
        whole: the payload, decoded, for paths that start with ``$``.
        time: when it was true: text, number [s] or None, as the format says it.
    """

    values: dict[str, Any]
    whole: Any
    time: Any = None


Open = Callable[[bytes], list[Measure]]
"""Reads a payload; raises ValueError with the fault."""

_json = msgspec.json.Decoder()


def opener(form: PayloadFormat, codecs: tuple[CodecTable, ...]) -> Open:
    """The function that reads payloads of a format."""
    if form == "binary":
        return lambda payload: [Measure(_decode(codecs, payload, None), payload)]
    if form == "chirpstack-v4":
        return lambda payload: [_chirpstack(_object(payload), codecs)]
    if form == "tts-v3":
        return lambda payload: [_things_stack(_object(payload), codecs)]
    return _OPENERS[form]


def each_of(open_whole: Open, path: str) -> Open:
    """A function that reads each member of the list at a path as a measure of its own.

    Where a member does not say its time, that of the message holds; ``$`` stays the message.
    """
    find = finder(parse_path(path))

    def open_each(payload: bytes) -> list[Measure]:
        measures: list[Measure] = []
        for one in open_whole(payload):
            members = find(one.values)
            if type(members) is not list or not all(type(item) is dict for item in members):
                raise ValueError(f"{path} is not a list of objects")
            measures += [
                Measure(item, one.whole, item.get("TimeInstant", one.time)) for item in members
            ]
        return measures

    return open_each


def read_json(payload: bytes) -> Any:
    """Decode JSON.

    Raises:
        ValueError: not JSON, or nested too deep to read.
    """
    if len(payload) > MAX_PAYLOAD:
        raise ValueError(f"{len(payload)} bytes, more than the {MAX_PAYLOAD} that are read")
    try:
        return _json.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(f"not JSON: {error}") from error


def _open_json(payload: bytes) -> list[Measure]:
    document = read_json(payload)
    if type(document) is dict:
        return [Measure(document, document, document.get("TimeInstant"))]
    if type(document) is list and document and all(type(item) is dict for item in document):
        return [Measure(item, item, item.get("TimeInstant")) for item in document]
    return [Measure({}, document)]


def _open_text(payload: bytes) -> list[Measure]:
    return [Measure({}, payload.decode("utf-8").strip())]


def _open_senml(payload: bytes) -> list[Measure]:
    pack = read_json(payload)
    if type(pack) is not list:
        raise ValueError("a SenML pack is a list of records")
    return [Measure(values, pack, time) for values, time in read_senml(pack)]


_OPENERS: Final[dict[str, Open]] = {
    "json": _open_json,
    "text": _open_text,
    "senml": _open_senml,
}


def _object(payload: bytes) -> dict[str, Any]:
    document = read_json(payload)
    if type(document) is not dict:
        raise ValueError("expected an object, as the network server sends it")
    return document


def _chirpstack(uplink: dict[str, Any], codecs: tuple[CodecTable, ...]) -> Measure:
    """An uplink event of ChirpStack v4 (its integration's JSON encoding)."""
    values = _uplink(codecs, uplink.get("object"), uplink.get("data"), uplink.get("fPort"))
    return Measure(values, uplink, uplink.get("time"))


def _things_stack(message: dict[str, Any], codecs: tuple[CodecTable, ...]) -> Measure:
    """An uplink message of The Things Stack v3 (its data format's JSON)."""
    uplink = message.get("uplink_message")
    if type(uplink) is not dict:
        raise ValueError("the member uplink_message is missing")
    values = _uplink(
        codecs, uplink.get("decoded_payload"), uplink.get("frm_payload"), uplink.get("f_port")
    )
    return Measure(values, message, uplink.get("received_at") or message.get("received_at"))


def _uplink(codecs: tuple[CodecTable, ...], decoded: Any, data: Any, port: Any) -> dict[str, Any]:
    if type(decoded) is dict and decoded:
        return decoded
    if not isinstance(data, str) or not data:
        return {}
    try:
        payload = base64.b64decode(data, validate=True)
    except binascii.Error as error:
        raise ValueError(f"payload is not base64: {error}") from error
    return _decode(codecs, payload, port)


def _decode(codecs: tuple[CodecTable, ...], payload: bytes, port: Any) -> dict[str, Any]:
    for codec in codecs:
        if codec.port is None or codec.port == port:
            if codec.kind == "cayenne-lpp":
                return read_cayenne(payload)
            return read_fields(codec.field, payload)
    raise ValueError(f"no [[codec]] of the profile is for port {port}")
