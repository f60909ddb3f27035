"""Commands that leave over Modbus TCP: a setting is written, and read back as feedback."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from kota.connect.modbus import ModbusConnector, RefusedError
from kota.errors import ConnectError
from kota.operate.commands.transmitter import Answer, Order


class ModbusTransmitter:
    """Writes settings into registers. Nothing is queued: what does not get through now, does not.

    Args:
        devices: those that there are.
    """

    def __init__(self, devices: Sequence[ModbusConnector]) -> None:
        self._devices = tuple(devices)
        self._watchers: list[Callable[[Answer], None]] = []

    def fault(self, entity_id: str) -> str | None:
        """Why nothing can be sent to an actuator now, in words; None where it can."""
        device = self._find(entity_id)
        if device is None:
            return "no Modbus map has a command for it"
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
            raise ConnectError(f"{order.entity}: no Modbus map has a command for it")
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

    def _find(self, entity_id: str) -> ModbusConnector | None:
        return next((one for one in self._devices if one.commands(entity_id)), None)
