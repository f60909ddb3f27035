"""How a command leaves for its device, whatever the protocol; the runtime wires who does it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import msgspec

from kota.operate.commands.interlock import Value


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What a device is told.

    Args:
        id: of the command; the same id again is the same command.
        entity: id of the actuator's entity.
        command: the setting's name as the device knows it.
        value: the setting.
        sequence: rises by one from command to command of an actuator; a device that has carried
            out a number does nothing at that number or a lower one.
        expires_at: after this instant, by the actuator's clock, it must not be carried out [µs].
        lifetime: the wall time until then [s].
    """

    id: str
    entity: str
    command: str
    value: Value
    sequence: int
    expires_at: int
    lifetime: float


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What a device says to a command.

    Args:
        entity: id of the actuator's entity.
        sequence: of the command; None: the device does not say.
        id: of the command; None: the device does not say.
        fault: why it does not carry it out, in words; None: it does.
    """

    entity: str
    sequence: int | None = None
    id: str | None = None
    fault: str | None = None


class Transmitter(Protocol):
    """Takes commands to devices of one sort."""

    def fault(self, entity_id: str) -> str | None:
        """Why nothing can be sent to an actuator now, in words; None where it can."""
        ...

    def knows(self, entity_id: str) -> bool:
        """Whether it is the way to this actuator."""
        ...

    async def send(self, order: Order) -> None:
        """Send, and return when the way has taken it over.

        Raises:
            ConnectError: it may not have; it is sent again with the same number.
        """
        ...

    def on_answer(self, watcher: Callable[[Answer], None]) -> None:
        """Name a function that is told what devices say."""
        ...
