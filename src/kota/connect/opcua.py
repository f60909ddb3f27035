"""A server over OPC UA: its nodes are read again and again, and settings written.

The server's status codes are carried over as quality, its source time stamps as observation times.
asyncua (LGPL) is an extra of its own and imported only where a server is configured.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from kota.clock import Clock
from kota.connect.opcua_map import NodeTable, OpcuaMap, PointTable, meaning, raw_of
from kota.connect.polling import Observes, PollingConnector, RefusedError, Said, bad
from kota.errors import ConfigurationError, ConnectError
from kota.model.quality import Level, Quality, Source

_LOST: Final = (
    "BadConnection",
    "BadCommunication",
    "BadSession",
    "BadSecureChannel",
    "BadTimeout",
    "BadRequestTimeout",
    "BadServer",
    "BadShutdown",
    "BadTcp",
)
"""How status codes begin that tell of the way to a node, not of the node."""
_PLAIN: Final = (bool, int, float, str)


class OpcuaConnector(PollingConnector[PointTable, NodeTable]):
    """One server.

    Args:
        mapping: what its nodes mean.
        ingest: takes what it says.
        expand: turns a short name into its IRI.
        clock: stamps what it does not stamp itself.

    Raises:
        ConfigurationError: asyncua is not installed.
    """

    def __init__(
        self, mapping: OpcuaMap, ingest: Observes, expand: Callable[[str], str], clock: Clock
    ) -> None:
        server = mapping.server
        super().__init__(
            name=server.url,
            map_title="OPC UA map",
            points=mapping.point,
            commands=mapping.command,
            period=server.period,
            ingest=ingest,
            expand=expand,
            clock=clock,
        )
        self._server = server
        self._asyncua = _load()
        self._client: Any = None

    async def ask(self) -> list[Said]:
        """Ask for every point in one request.

        Raises:
            ConnectError: the server does not answer.
        """
        client = await self._connected()
        with self._broken():
            nodes = [client.get_node(point.node) for point in self._points]
            found = await client.read_attributes(nodes) if nodes else []
        return [_said(point, one) for point, one in zip(self._points, found, strict=True)]

    async def write(self, entity_id: str, name: str, value: str | float | bool) -> None:
        """Write a setting; returns when the server has it.

        Raises:
            ConnectError: the server does not answer; it may have it.
            RefusedError: the server, or its map, does not take it; says why.
        """
        ua = self._asyncua.ua
        table = self.command(entity_id, name)
        client = await self._connected()
        with self._broken():
            try:
                node = client.get_node(table.node)
                kind = await node.read_data_type_as_variant_type()
                present = await node.read_value()
                raw = raw_of(table, value, present)
                await node.write_value(ua.DataValue(ua.Variant(raw, kind)))
            except ValueError as error:
                raise RefusedError(str(error)) from error
            except ua.UaStatusCodeError as error:
                words = _words(error.code, ua)
                if words.startswith(_LOST):
                    raise
                raise RefusedError(words) from error

    async def close(self) -> None:
        """Leave the server."""
        client, self._client = self._client, None
        if client is not None:
            with contextlib.suppress(Exception):
                await asyncio.wait_for(client.disconnect(), self._server.timeout)

    async def _connected(self) -> Any:
        if self._client is None:
            client = self._asyncua.Client(self._server.url, timeout=self._server.timeout)
            with self._broken():
                await client.connect()
            self._client = client
        return self._client

    @contextlib.contextmanager
    def _broken(self) -> Any:
        """Whatever goes wrong between here and the server: the next call connects anew."""
        ua = self._asyncua.ua
        try:
            yield
        except (OSError, TimeoutError, ua.UaError) as error:
            self._client = None
            words = str(error) or type(error).__name__
            raise ConnectError(f"{self.health.name}: {words}") from error


def _load() -> Any:
    try:
        import asyncua
    except ImportError as error:
        raise ConfigurationError(
            "OPC UA is not installed", hint="pip install 'kota-city[opcua]'"
        ) from error
    return asyncua


def _said(point: PointTable, found: Any) -> Said:
    quality = _quality(found.StatusCode)
    raw = None if found.Value is None else found.Value.Value
    if quality is not None and quality.level is Level.BAD:
        return Said(quality=quality)
    if not isinstance(raw, _PLAIN):
        return Said(quality=quality) if quality else bad("it is not a number or a text")
    at = _instant(found.SourceTimestamp) if quality is None else None
    return Said(meaning(point, raw), quality, at)


def _quality(status: Any) -> Quality | None:
    if status is None or status.is_good():
        return None
    level = Level.BAD if status.is_bad() else Level.UNCERTAIN
    return Quality(level, Source.MEASURED, status.name)


def _words(code: int, ua: Any) -> str:
    return str(ua.StatusCode(code).name)


def _instant(moment: datetime | None) -> int | None:
    if moment is None:
        return None
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return round(aware.timestamp() * 1_000_000)
