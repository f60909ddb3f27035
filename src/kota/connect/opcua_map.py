"""What the nodes of an OPC UA server mean: a TOML file, checked when it is read."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any, Final

import msgspec

from kota.connect.toml_source import Place, TomlSource
from kota.model.names import is_uri

_NODE: Final = re.compile(r"(ns=\d+;)?[isgb]=.+")


class ServerTable(msgspec.Struct, frozen=True, kw_only=True):
    """``[server]``: where it is.

    Args:
        url: ``opc.tcp://HOST:PORT/path``.
        period: between two readings [s].
        timeout: for an answer [s].
    """

    url: str
    period: float = 1.0
    timeout: float = 4.0


class NodeTable(msgspec.Struct, frozen=True, kw_only=True):
    """A node, and the setting that is written there.

    Args:
        entity: id of the entity.
        name: short name of the attribute, or the command's.
        node: its id: ``ns=2;s=Pump1.Running``.
        values: value of the node (as text) to value; others stay as they are.
    """

    entity: str
    name: str
    node: str
    values: dict[str, str | float | bool] = {}


class PointTable(NodeTable, frozen=True, kw_only=True):
    """``[[point]]``: a node that is read.

    Args:
        type: short type of a new entity.
        unit: UN/CEFACT code.
    """

    type: str
    unit: str | None = None


class OpcuaMap(msgspec.Struct, frozen=True, kw_only=True):
    """A whole file: a server, what is read of it, and what can be written."""

    server: ServerTable
    point: tuple[PointTable, ...] = ()
    command: tuple[NodeTable, ...] = ()


def read_map(path: Path) -> OpcuaMap:
    """Read and check a file.

    Raises:
        ConfigurationError: it cannot be read, or is wrong; names file and line.
    """
    source = TomlSource.read(path)
    found: OpcuaMap = source.convert(OpcuaMap)
    if not found.server.url.startswith("opc.tcp://"):
        raise source.error(("server", "url"), "is not opc.tcp://HOST:PORT")
    for name in ("period", "timeout"):
        if not 0 < getattr(found.server, name) < math.inf:
            raise source.error(("server", name), "is not a time above 0 s")
    for key, tables in (("point", found.point), ("command", found.command)):
        for i, table in enumerate(tables):
            _check(source, (key, i), table)
    return found


def meaning(table: NodeTable, raw: Any) -> Any:
    """What a node's value means.

    >>> meaning(NodeTable(entity="urn:p", name="s", node="i=1", values={"true": "OPEN"}), True)
    'OPEN'
    """
    return table.values.get(_text(raw), raw) if table.values else raw


def raw_of(table: NodeTable, value: str | float | bool, present: Any) -> Any:
    """What is written for a setting, of the same sort as what stands there.

    Raises:
        ValueError: it cannot be written there.
    """
    text = next((raw for raw, said in table.values.items() if said == value), None)
    if table.values and text is None:
        raise ValueError(f"{value!r} is none of its values")
    wanted: Any = value if text is None else text
    if isinstance(present, bool):
        if wanted in (True, False, "true", "false"):
            return wanted in (True, "true")
    elif isinstance(present, int | float):
        try:
            number = float(wanted)
        except ValueError:
            raise ValueError(f"{value!r} is not a number") from None
        if isinstance(present, float):
            return number
        if number == int(number):
            return int(number)
    elif isinstance(present, str) and isinstance(wanted, str):
        return wanted
    raise ValueError(f"{value!r} does not fit where {present!r} stands")


def _text(raw: Any) -> str:
    if isinstance(raw, bool):
        return "true" if raw else "false"
    return f"{raw:g}" if isinstance(raw, int | float) else str(raw)


def _check(source: TomlSource, place: Place, table: NodeTable) -> None:
    if not is_uri(table.entity):
        raise source.error((*place, "entity"), f"{table.entity!r} is not the id of an entity")
    if not table.name:
        raise source.error((*place, "name"), "is empty")
    if not _NODE.fullmatch(table.node):
        raise source.error(
            (*place, "node"), f"{table.node!r} is not the id of a node", hint="ns=2;s=Pump1.Running"
        )
