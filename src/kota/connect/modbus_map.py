"""What the registers of a Modbus device mean: a TOML file, checked when it is read."""

from __future__ import annotations

import math
import struct
from pathlib import Path
from typing import Any, Final, Literal

import msgspec

from kota.connect.toml_source import Place, TomlSource
from kota.model.names import is_uri

Table = Literal["holding", "input", "coil", "discrete"]
Kind = Literal["bool", "int16", "uint16", "int32", "uint32", "float32", "float64"]

_FORMATS: Final[dict[Kind, str]] = {
    "int16": ">h",
    "uint16": ">H",
    "int32": ">i",
    "uint32": ">I",
    "float32": ">f",
    "float64": ">d",
}
_BITS: Final = ("coil", "discrete")
_WRITABLE: Final = ("coil", "holding")
_LAST: Final = 65_535


class DeviceTable(msgspec.Struct, frozen=True, kw_only=True):
    """``[device]``: where it is.

    Args:
        host, port: of the device or its gateway.
        unit: its number behind a gateway.
        period: between two readings [s].
        timeout: for an answer [s].
        words: which of several registers comes first: ``big`` the most significant.
    """

    host: str
    port: int = 502
    unit: int = 1
    period: float = 1.0
    timeout: float = 3.0
    words: Literal["big", "little"] = "big"


class RegisterTable(msgspec.Struct, frozen=True, kw_only=True):
    """Where a value stands, and what it means.

    Args:
        entity: id of the entity.
        name: short name of the attribute, or the command's.
        table, address, kind: where it stands, counted from 0, and how it is written.
        scale, offset: value = scale · raw + offset.
        values: raw number (as text) to value.
    """

    entity: str
    name: str
    table: Table
    address: int
    kind: Kind = "uint16"
    scale: float = 1.0
    offset: float = 0.0
    values: dict[str, str | float | bool] = {}

    @property
    def count(self) -> int:
        """How many registers, or bits, it takes."""
        return 1 if self.kind == "bool" else struct.calcsize(_FORMATS[self.kind]) // 2


class PointTable(RegisterTable, frozen=True, kw_only=True):
    """``[[point]]``: a value that is read.

    Args:
        type: short type of a new entity.
        unit: UN/CEFACT code.
        valid: outside this range the value is bad.
    """

    type: str
    unit: str | None = None
    valid: tuple[float, float] | None = None


class ModbusMap(msgspec.Struct, frozen=True, kw_only=True):
    """A whole file: a device, what is read of it, and what can be written."""

    device: DeviceTable
    point: tuple[PointTable, ...] = ()
    command: tuple[RegisterTable, ...] = ()


def read_map(path: Path) -> ModbusMap:
    """Read and check a file.

    Raises:
        ConfigurationError: it cannot be read, or is wrong; names file and line.
    """
    source = TomlSource.read(path)
    found: ModbusMap = source.convert(ModbusMap)
    device = found.device
    for name, low, high in (("port", 1, _LAST), ("unit", 0, 255)):
        if not low <= getattr(device, name) <= high:
            raise source.error(("device", name), f"needs {low} to {high}")
    for name in ("period", "timeout"):
        if not 0 < getattr(device, name) < math.inf:
            raise source.error(("device", name), "is not a time above 0 s")
    for key, tables in (("point", found.point), ("command", found.command)):
        for i, table in enumerate(tables):
            _check(source, (key, i), table, written=key == "command")
    return found


def value_of(table: RegisterTable, words: list[int], *, order: str) -> str | float | bool:
    """What registers say.

    Args:
        table: how they are written.
        words: as many as it takes; a bit is 0 or 1.
        order: of the words.

    Raises:
        ValueError: it is none of the `values`, or not a finite number.

    >>> at = {"table": "input", "address": 0, "kind": "float32"}
    >>> power = RegisterTable(entity="urn:p", name="power", **at)
    >>> value_of(power, [0x41C8, 0x0000], order="big")
    25.0
    """
    raw = _raw(table, words, order)
    if table.values:
        name = f"{raw:g}"
        if name not in table.values:
            raise ValueError(f"{name} is none of its values")
        return table.values[name]
    if table.kind == "bool":
        return bool(raw)
    if not math.isfinite(raw):
        raise ValueError(f"{raw} is not a number")
    return table.scale * raw + table.offset


def words_of(table: RegisterTable, value: str | float | bool, *, order: str) -> list[int]:
    """What is to be written for a value; undoes `value_of`.

    Raises:
        ValueError: the value cannot be written there.
    """
    raw = _unscaled(table, value)
    if table.kind == "bool":
        if raw not in (0, 1):
            raise ValueError(f"{value!r} is neither on nor off")
        return [int(raw)]
    try:
        packed = struct.pack(
            _FORMATS[table.kind], raw if table.kind.startswith("float") else round(raw)
        )
    except (struct.error, OverflowError) as error:
        raise ValueError(f"{value!r} does not fit into {table.kind}") from error
    words = [int.from_bytes(packed[i : i + 2], "big") for i in range(0, len(packed), 2)]
    return words if order == "big" else words[::-1]


def _unscaled(table: RegisterTable, value: str | float | bool) -> float:
    if table.values:
        for raw, meaning in table.values.items():
            if meaning == value and type(meaning) is type(value):
                return float(raw)
        raise ValueError(f"{value!r} is none of its values")
    if isinstance(value, str):
        raise ValueError(f"{value!r} is not a number")
    return float(value) if table.kind == "bool" else (value - table.offset) / table.scale


def _raw(table: RegisterTable, words: list[int], order: str) -> float:
    if table.kind == "bool":
        return float(bool(words[0]))
    ordered = words if order == "big" else words[::-1]
    packed = b"".join(word.to_bytes(2, "big") for word in ordered)
    (raw,) = struct.unpack(_FORMATS[table.kind], packed)
    return float(raw)


def _check(source: TomlSource, place: Place, table: RegisterTable, *, written: bool) -> None:
    def refuse(key: str, message: str, hint: Any = None) -> None:
        raise source.error((*place, key), message, hint=hint)

    if not is_uri(table.entity):
        refuse("entity", f"{table.entity!r} is not the id of an entity")
    if not table.name:
        refuse("name", "is empty")
    if (table.table in _BITS) != (table.kind == "bool"):
        refuse("kind", f"{table.kind} does not stand in {table.table}", "bits are of kind bool")
    if written and table.table not in _WRITABLE:
        refuse("table", f"{table.table} cannot be written", "coil or holding")
    if not 0 <= table.address <= _LAST + 1 - table.count:
        refuse("address", f"{table.address} is not 0 to {_LAST}")
    if table.scale == 0 or not math.isfinite(table.scale):
        refuse("scale", "needs a number that is not 0")
    for raw in table.values:
        try:
            float(raw)
        except ValueError:
            refuse("values", f"{raw!r} is not a number")
