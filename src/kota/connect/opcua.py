"""A server over OPC UA: its nodes are read again and again, and settings written.

The server's status codes are carried over as quality, its source time stamps as observation times.
asyncua (LGPL) is an extra of its own and imported only where a server is configured.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from kota.clock import Clock
from kota.connect.health import Health
from kota.connect.modbus import Observes, RefusedError
from kota.connect.opcua_map import NodeTable, OpcuaMap, PointTable, meaning, raw_of
from kota.context.ingest import Patch
from kota.errors import ConfigurationError, ConnectError, StoreError
from kota.model.entity import Attribute, Kind
from kota.model.quality import Level, Quality, Source

_log = logging.getLogger(__name__)

RETRY_S: Final = 2.0
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


class OpcuaConnector:
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
        self._map = mapping
        self._ingest = ingest
        self._expand = expand
        self._clock = clock
        self._asyncua = _load()
        self._client: Any = None
        self._held: dict[tuple[str, str], Any] = {}
        self.health = Health(mapping.server.url, since=clock.now())

    async def run(self) -> None:
        """Read until cancelled."""
        try:
            while True:
                try:
                    await self.read()
                except (ConnectError, StoreError) as error:
                    self._become_waiting(str(error))
                    await asyncio.sleep(RETRY_S)
                else:
                    self.health.become("connected", at=self._clock.now())
                    await asyncio.sleep(self._map.server.period)
        finally:
            await self.close()
            self.health.become("stopped", at=self._clock.now())

    async def read(self) -> None:
        """Read every point in one request, and state what they say.

        Raises:
            ConnectError: the server does not answer.
        """
        points = self._map.point
        client = await self._connected()
        with self._broken():
            nodes = [client.get_node(point.node) for point in points]
            found = await client.read_attributes(nodes) if nodes else []
        patches = []
        for point, said in zip(points, found, strict=True):
            attribute = self._attribute(point, said)
            if attribute is not None:
                attrs: dict[str, tuple[Attribute, ...]] = {self._expand(point.name): (attribute,)}
                patches.append(Patch(point.entity, (self._expand(point.type),), attrs))
        if patches:
            await self._ingest.observe(patches)

    def commands(self, entity_id: str) -> list[NodeTable]:
        """What can be written for an entity."""
        return [one for one in self._map.command if one.entity == entity_id]

    async def write(self, entity_id: str, name: str, value: str | float | bool) -> None:
        """Write a setting; returns when the server has it.

        Raises:
            ConnectError: the server does not answer; it may have it.
            RefusedError: the server, or its map, does not take it; says why.
        """
        ua = self._asyncua.ua
        table = next((one for one in self.commands(entity_id) if one.name == name), None)
        if table is None:
            raise RefusedError(f"its OPC UA map has no command {name!r}")
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
                await asyncio.wait_for(client.disconnect(), self._map.server.timeout)

    def _attribute(self, point: PointTable, said: Any) -> Attribute | None:
        """What a node says, as an attribute; None where it has never said anything."""
        key = (point.entity, point.name)
        quality = _quality(said.StatusCode)
        raw = None if said.Value is None else said.Value.Value
        if isinstance(raw, _PLAIN) and (quality is None or quality.level is not Level.BAD):
            self._held[key] = meaning(point, raw)
        elif quality is None:
            quality = Quality(Level.BAD, Source.MEASURED, "it is not a number or a text")
        if key not in self._held:
            return None
        at = _instant(said.SourceTimestamp) if quality is None else None
        observed = self._clock.now() if at is None else at
        return Attribute(Kind.PROPERTY, self._held[key], observed, point.unit, quality=quality)

    async def _connected(self) -> Any:
        if self._client is None:
            server = self._map.server
            client = self._asyncua.Client(server.url, timeout=server.timeout)
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

    def _become_waiting(self, detail: str) -> None:
        if detail != self.health.detail:
            _log.warning("%s", detail)
        self.health.become("waiting", detail, at=self._clock.now())


def _load() -> Any:
    try:
        import asyncua
    except ImportError as error:
        raise ConfigurationError(
            "OPC UA is not installed", hint="pip install 'kota-city[opcua]'"
        ) from error
    return asyncua


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
