"""Commands that leave over MQTT."""

from __future__ import annotations

from collections.abc import Callable

from kota.connect.mqtt_commands import MqttCommands
from kota.operate.commands.transmitter import Answer, Order


class MqttTransmitter:
    """Says commands as MQTT devices understand them.

    Args:
        way: finds devices and speaks to them.
    """

    def __init__(self, way: MqttCommands) -> None:
        self._way = way

    def fault(self, entity_id: str) -> str | None:
        """Why nothing can be sent to an actuator now, in words; None where it can."""
        return self._way.fault(entity_id)

    def knows(self, entity_id: str) -> bool:
        """Whether it is the way to this actuator."""
        return self._way.knows(entity_id)

    async def send(self, order: Order) -> None:
        """Send, and return when the broker has taken it over.

        Raises:
            ConnectError: it may not have.
        """
        content = {order.command: order.value, "id": order.id, "sequence": order.sequence}
        await self._way.send(
            order.entity, content, expires_at=order.expires_at, lifetime=order.lifetime
        )

    def on_answer(self, watcher: Callable[[Answer], None]) -> None:
        """Name a function that is told what devices say."""

        def hear(entity: str, sequence: int | None, key: str | None, fault: str | None) -> None:
            watcher(Answer(entity=entity, sequence=sequence, id=key, fault=fault))

        self._way.on_answer(hear)
