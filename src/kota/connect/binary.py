"""Binary payloads by a table of fields: where each stands, how it is encoded, how it is scaled."""

from __future__ import annotations

import struct
from typing import Annotated, Any, Literal

import msgspec

from kota.connect.scaling import scaler

Bit = Annotated[int, msgspec.Meta(ge=0)]
Encoding = Literal[
    "u8", "i8",
    "u16be", "u16le", "i16be", "i16le",
    "u24be", "u24le", "i24be", "i24le",
    "u32be", "u32le", "i32be", "i32le",
    "f32be", "f32le", "f64be", "f64le",
]  # fmt: skip


class BinaryField(msgspec.Struct, frozen=True, kw_only=True):
    """One value in a binary payload.

    Args:
        name: what `from` of an attribute calls it.
        at: first byte, counted from 0; from the end where negative.
        type: sign, width in bits and byte order, for example ``i16be``.
        bits: first bit (0 is the lowest) and number of bits, where the value is a part of an
            unsigned integer.
        scale, offset: value = scale · raw + offset.
        missing: the raw number that means "no value".
    """

    name: str
    at: int
    type: Encoding
    bits: tuple[Bit, Bit] | None = None
    scale: float | None = None
    offset: float | None = None
    missing: int | None = None

    @property
    def width(self) -> int:
        """How many bytes it takes."""
        return int(self.type[1:3].rstrip("bl")) // 8

    def read(self, payload: bytes) -> int | float | None:
        """The value, or None where the device says it has none.

        Raises:
            ValueError: the payload is too short.
        """
        start = self.at if self.at >= 0 else len(payload) + self.at
        piece = payload[start : start + self.width]
        if start < 0 or len(piece) < self.width:
            raise ValueError(
                f"{self.name}: {self.width} bytes at {self.at} lie outside a payload "
                f"of {len(payload)} bytes"
            )
        raw = _raw(piece, self.type)
        if raw == self.missing:
            return None
        if self.bits is not None:
            raw = (int(raw) >> self.bits[0]) & ((1 << self.bits[1]) - 1)
        if self.scale is None and self.offset is None:
            return raw
        return scaler(1.0 if self.scale is None else self.scale, self.offset or 0.0)(raw)


def _raw(piece: bytes, encoding: str) -> int | float:
    little = encoding.endswith("le")
    if encoding[0] == "f":
        value: float = struct.unpack(
            ("<" if little else ">") + ("f" if len(piece) == 4 else "d"), piece
        )[0]
        return value
    return int.from_bytes(piece, "little" if little else "big", signed=encoding[0] == "i")


def read_fields(fields: tuple[BinaryField, ...], payload: bytes) -> dict[str, Any]:
    """All values of a payload by name; what the device marks as missing is left out.

    Raises:
        ValueError: the payload is too short for a field.

    >>> read_fields((BinaryField(name="t", at=0, type="i16be", scale=0.1),), bytes([255, 236]))
    {'t': -2.0}
    """
    values = ((field.name, field.read(payload)) for field in fields)
    return {name: value for name, value in values if value is not None}
