"""A device over Modbus TCP: its registers are read again and again, and settings written.

What the device says it cannot give is stated as bad, with its reason; what it does not answer grows
stale by itself.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Any, Final, Protocol

from kota.clock import Clock
from kota.connect.health import Health
from kota.connect.modbus_map import ModbusMap, PointTable, RegisterTable, value_of, words_of
from kota.context.ingest import Patch
from kota.errors import ConfigurationError, ConnectError, StoreError
from kota.model.entity import Attribute, Kind
from kota.model.quality import Level, Quality, Source

_log = logging.getLogger(__name__)

RETRY_S: Final = 2.0
_FAULTS: Final = {
    1: "it does not know this function",
    2: "it has no such address",
    3: "it does not take this value",
    4: "it failed",
    6: "it is busy",
    10: "the gateway has no way to it",
    11: "it does not answer to its gateway",
}
"""What a device may answer (MODBUS Application Protocol 1.1b3, section 7)."""


class Observes(Protocol):
    """Takes observations in."""

    async def observe(self, patches: Sequence[Patch]) -> object:
        """Commit observations; returns when they are durable."""
        ...


class RefusedError(Exception):
    """The device answered that it does not; says why in words."""


class ModbusConnector:
    """One device.

    Args:
        mapping: what its registers mean.
        ingest: takes what it says.
        expand: turns a short name into its IRI.
        clock: stamps what it says.

    Raises:
        ConfigurationError: pymodbus is not installed.
    """

    def __init__(
        self, mapping: ModbusMap, ingest: Observes, expand: Callable[[str], str], clock: Clock
    ) -> None:
        self._map = mapping
        self._ingest = ingest
        self._expand = expand
        self._clock = clock
        self._client = _client(mapping)
        self._lock = asyncio.Lock()
        self._held: dict[tuple[str, str], Any] = {}
        device = mapping.device
        name = f"modbus://{device.host}:{device.port}/{device.unit}"
        self.health = Health(name, since=clock.now())

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
                    await asyncio.sleep(self._map.device.period)
        finally:
            self._client.close()
            self.health.become("stopped", at=self._clock.now())

    async def read(self) -> None:
        """Read every point once, and state what they say.

        Raises:
            ConnectError: the device does not answer.
        """
        patches = []
        for point in self._map.point:
            attribute = await self._read(point)
            if attribute is not None:
                attrs: dict[str, tuple[Attribute, ...]] = {self._expand(point.name): (attribute,)}
                patches.append(Patch(point.entity, (self._expand(point.type),), attrs))
        if patches:
            await self._ingest.observe(patches)

    def commands(self, entity_id: str) -> list[RegisterTable]:
        """What can be written for an entity."""
        return [one for one in self._map.command if one.entity == entity_id]

    async def write(self, entity_id: str, name: str, value: str | float | bool) -> None:
        """Write a setting; returns when the device has it.

        Raises:
            ConnectError: the device does not answer; it may have it.
            RefusedError: the device, or its map, does not take it; says why.
        """
        table = next((one for one in self.commands(entity_id) if one.name == name), None)
        if table is None:
            raise RefusedError(f"its Modbus map has no command {name!r}")
        device = self._map.device
        try:
            words = words_of(table, value, order=device.words)
        except ValueError as error:
            raise RefusedError(str(error)) from error
        if table.table == "coil":
            await self._ask("write_coil", table.address, bool(words[0]))
        else:
            await self._ask("write_registers", table.address, words)

    async def _read(self, point: PointTable) -> Attribute | None:
        """What a point says, as an attribute; None where it has never said anything."""
        key = (point.entity, point.name)
        now = self._clock.now()
        try:
            words = await self._words(point)
            value = value_of(point, words, order=self._map.device.words)
        except (RefusedError, ValueError) as error:
            if key not in self._held:
                return None
            quality = Quality(Level.BAD, Source.MEASURED, str(error))
            return Attribute(Kind.PROPERTY, self._held[key], now, point.unit, quality=quality)
        self._held[key] = value
        return Attribute(Kind.PROPERTY, value, now, point.unit, quality=_quality(point, value))

    async def _words(self, point: PointTable) -> list[int]:
        names = {
            "holding": "read_holding_registers",
            "input": "read_input_registers",
            "coil": "read_coils",
            "discrete": "read_discrete_inputs",
        }
        answer = await self._ask(names[point.table], point.address, count=point.count)
        found = answer.bits if point.kind == "bool" else answer.registers
        return [int(one) for one in found[: point.count]]

    async def _ask(self, function: str, *given: Any, **more: Any) -> Any:
        """Ask the device one thing at a time."""
        from pymodbus.exceptions import ModbusException

        device = self._map.device
        async with self._lock:
            try:
                if not self._client.connected and not await self._client.connect():
                    raise ConnectError(f"{self.health.name} cannot be reached")
                answer = await getattr(self._client, function)(
                    *given, device_id=device.unit, **more
                )
            except (ModbusException, OSError) as error:
                self._client.close()
                raise ConnectError(f"{self.health.name}: {error}") from error
        if answer.isError():
            code = int(getattr(answer, "exception_code", 0))
            raise RefusedError(_FAULTS.get(code, f"Modbus exception {code}"))
        return answer

    def _become_waiting(self, detail: str) -> None:
        if detail != self.health.detail:
            _log.warning("%s", detail)
        self.health.become("waiting", detail, at=self._clock.now())


def _client(mapping: ModbusMap) -> Any:
    try:
        from pymodbus.client import AsyncModbusTcpClient
    except ImportError as error:
        raise ConfigurationError(
            "Modbus is not installed", hint="pip install 'kota-city[modbus]'"
        ) from error
    device = mapping.device
    return AsyncModbusTcpClient(
        device.host, port=device.port, timeout=device.timeout, retries=0, reconnect_delay=0
    )


def _quality(point: PointTable, value: Any) -> Quality | None:
    if point.valid is None or isinstance(value, str | bool):
        return None
    low, high = point.valid
    if low <= value <= high:
        return None
    return Quality(Level.BAD, Source.MEASURED, f"outside {low:g} to {high:g}")
