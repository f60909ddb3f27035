"""Commands over protocols that write values, Modbus TCP and OPC UA; feedback is read back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from kota.connect.health import Health
from kota.connect.polling import RefusedError
from kota.errors import ConnectError
from kota.operate.commands.interlock import Value
from kota.operate.commands.transmitter import Answer, Order


class Written(Protocol):
    """A device whose values can be written."""

    health: Health

    def commands(self, entity_id: str) -> Sequence[object]:
        """What can be written for an entity."""
        ...

    async def write(self, entity_id: str, name: str, value: Value) -> None:
        """Write a setting; returns when the device has it.

        Raises:
            ConnectError: the device does not answer; it may have it.
            RefusedError: the device does not take it; says why.
        """
        ...


class WritingTransmitter:
    """Writes settings. Nothing is queued: what does not get through now, does not.

    Args:
        devices: those that there are.
    """

    def __init__(self, devices: Sequence[Written]) -> None:
        self._devices = tuple(devices)
        self._watchers: list[Callable[[Answer], None]] = []

    def fault(self, entity_id: str) -> str | None:
        """Why nothing can be sent to an actuator now, in words; None where it can."""
        device = self._find(entity_id)
        if device is None:
            return "no map of a device has a command for it"
        if device.health.state == "connected":
            return None
        return device.health.detail or f"{device.health.name}: not connected"

    def knows(self, entity_id: str) -> bool:
        """Whether it is the way to this actuator."""
        return self._find(entity_id) is not None

    async def send(self, order: Order) -> None:
        """Write, and tell at once what the device says.

        Raises:
            ConnectError: it may not have it.
        """
        device = self._find(order.entity)
        if device is None:
            raise ConnectError(f"{order.entity}: no map of a device has a command for it")
        fault = None
        try:
            await device.write(order.entity, order.command, order.value)
        except RefusedError as error:
            fault = str(error)
        answer = Answer(entity=order.entity, sequence=order.sequence, id=order.id, fault=fault)
        for watcher in self._watchers:
            watcher(answer)

    def on_answer(self, watcher: Callable[[Answer], None]) -> None:
        """Name a function that is told what devices say."""
        self._watchers.append(watcher)

    def _find(self, entity_id: str) -> Written | None:
        return next((one for one in self._devices if one.commands(entity_id)), None)
