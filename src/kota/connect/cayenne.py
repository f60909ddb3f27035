"""Cayenne Low Power Payload: channel, type and value, one after another.

Types and resolutions after the Cayenne LPP 1.0 description and its extensions by the IPSO
Alliance's smart object numbers (object id − 3200), as ElectronicCats/CayenneLPP lists them.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec


class _Type(msgspec.Struct, frozen=True):
    name: str
    width: int
    scale: float | None = None
    signed: bool = False
    members: tuple[str, ...] = ()


_XYZ = ("x", "y", "z")
TYPES: Final[dict[int, _Type]] = {
    0: _Type("digital_in", 1),
    1: _Type("digital_out", 1),
    2: _Type("analog_in", 2, 0.01, True),
    3: _Type("analog_out", 2, 0.01, True),
    100: _Type("generic", 4),
    101: _Type("luminosity", 2),
    102: _Type("presence", 1),
    103: _Type("temperature", 2, 0.1, True),
    104: _Type("relative_humidity", 1, 0.5),
    113: _Type("accelerometer", 2, 0.001, True, _XYZ),
    115: _Type("barometric_pressure", 2, 0.1),
    116: _Type("voltage", 2, 0.01),
    117: _Type("current", 2, 0.001),
    118: _Type("frequency", 4),
    120: _Type("percentage", 1),
    121: _Type("altitude", 2, None, True),
    125: _Type("concentration", 2),
    128: _Type("power", 2),
    130: _Type("distance", 4, 0.001),
    131: _Type("energy", 4, 0.001),
    132: _Type("direction", 2),
    133: _Type("unixtime", 4),
    134: _Type("gyrometer", 2, 0.01, True, _XYZ),
    135: _Type("colour", 1, None, False, ("r", "g", "b")),
    142: _Type("switch", 1),
}
_GPS = 136
_GPS_WIDTH = 9


def read_cayenne(payload: bytes) -> dict[str, Any]:
    """Values by type and channel, for example ``temperature_3``.

    Numbers are in the type's unit: °C, % of humidity, hPa, V, A, m, kWh, lux. A position is an
    object with ``latitude`` and ``longitude`` [°] and ``altitude`` [m].

    Raises:
        ValueError: a type that does not exist, or a payload that ends in the middle of a value.

    >>> read_cayenne(bytes.fromhex("03670110"))
    {'temperature_3': 27.2}
    """
    values: dict[str, Any] = {}
    at = 0
    while at < len(payload):
        header = payload[at : at + 2]
        if len(header) < 2:
            raise ValueError(f"byte {at}: a channel without a type")
        channel, code = header
        name, width, value = _value(code, payload, at + 2)
        values[f"{name}_{channel}"] = value
        at += 2 + width
    return values


def _value(code: int, payload: bytes, at: int) -> tuple[str, int, Any]:
    if code == _GPS:
        piece = _piece(payload, at, _GPS_WIDTH)
        latitude, longitude, altitude = (_signed(piece[i : i + 3]) for i in (0, 3, 6))
        position = {
            "latitude": latitude / 10_000,
            "longitude": longitude / 10_000,
            "altitude": altitude / 100,
        }
        return "gps", _GPS_WIDTH, position
    known = TYPES.get(code)
    if known is None:
        raise ValueError(f"byte {at - 1}: {code} is not a Cayenne LPP type")
    if not known.members:
        return known.name, known.width, _scaled(known, _piece(payload, at, known.width))
    width = known.width * len(known.members)
    piece = _piece(payload, at, width)
    members = {
        member: _scaled(known, piece[i * known.width : (i + 1) * known.width])
        for i, member in enumerate(known.members)
    }
    return known.name, width, members


def _piece(payload: bytes, at: int, width: int) -> bytes:
    piece = payload[at : at + width]
    if len(piece) < width:
        raise ValueError(f"byte {at}: {width} bytes expected, {len(piece)} left")
    return piece


def _signed(piece: bytes) -> int:
    return int.from_bytes(piece, "big", signed=True)


def _scaled(known: _Type, piece: bytes) -> int | float:
    raw = int.from_bytes(piece, "big", signed=known.signed)
    return raw if known.scale is None else round(raw * known.scale, 6)
