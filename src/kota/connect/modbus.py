"""A device over Modbus TCP: its registers are read again and again, and settings written."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final

from kota.clock import Clock
from kota.connect.modbus_map import ModbusMap, PointTable, RegisterTable, value_of, words_of
from kota.connect.polling import Observes, PollingConnector, RefusedError, Said, bad
from kota.errors import ConfigurationError, ConnectError
from kota.model.quality import Level, Quality, Source

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
_READ: Final = {
    "holding": "read_holding_registers",
    "input": "read_input_registers",
    "coil": "read_coils",
    "discrete": "read_discrete_inputs",
}


class ModbusConnector(PollingConnector[PointTable, RegisterTable]):
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
        device = mapping.device
        super().__init__(
            name=f"modbus://{device.host}:{device.port}/{device.unit}",
            map_title="Modbus map",
            points=mapping.point,
            commands=mapping.command,
            period=device.period,
            ingest=ingest,
            expand=expand,
            clock=clock,
        )
        self._device = device
        self._client = _client(mapping)
        self._lock = asyncio.Lock()

    async def ask(self) -> list[Said]:
        """Ask for every point, one after the other.

        Raises:
            ConnectError: the device does not answer.
        """
        return [await self._ask_point(point) for point in self._points]

    async def write(self, entity_id: str, name: str, value: str | float | bool) -> None:
        """Write a setting; returns when the device has it.

        Raises:
            ConnectError: the device does not answer; it may have it.
            RefusedError: the device, or its map, does not take it; says why.
        """
        table = self.command(entity_id, name)
        try:
            words = words_of(table, value, order=self._device.words)
        except ValueError as error:
            raise RefusedError(str(error)) from error
        if table.table == "coil":
            await self._call("write_coil", table.address, bool(words[0]))
        else:
            await self._call("write_registers", table.address, words)

    async def close(self) -> None:
        """Leave the device."""
        self._client.close()

    async def _ask_point(self, point: PointTable) -> Said:
        at = self._clock.now()
        try:
            answer = await self._call(_READ[point.table], point.address, count=point.count)
            found = answer.bits if point.kind == "bool" else answer.registers
            words = [int(one) for one in found[: point.count]]
            value = value_of(point, words, order=self._device.words)
        except (RefusedError, ValueError) as error:
            return bad(str(error))
        return Said(value, _quality(point, value), at)

    async def _call(self, function: str, *given: Any, **more: Any) -> Any:
        """Ask the device one thing at a time."""
        from pymodbus.exceptions import ModbusException

        async with self._lock:
            try:
                if not self._client.connected and not await self._client.connect():
                    raise ConnectError(f"{self.health.name} cannot be reached")
                answer = await getattr(self._client, function)(
                    *given, device_id=self._device.unit, **more
                )
            except (ModbusException, OSError) as error:
                self._client.close()
                raise ConnectError(f"{self.health.name}: {error}") from error
        if answer.isError():
            code = int(getattr(answer, "exception_code", 0))
            raise RefusedError(_FAULTS.get(code, f"Modbus exception {code}"))
        return answer


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
