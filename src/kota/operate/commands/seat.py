"""One actuator of the running town: what it is, what is kept of it, what is on its way to it."""

from __future__ import annotations

import asyncio

from kota.operate.commands.actuator import ActuatorDefinition
from kota.operate.commands.command import Command, Record


class Seat:
    """One actuator at work.

    Args:
        entity: id of its entity.
        definition: what it is.
        record: what is kept of it, as it is durable.
    """

    __slots__ = ("definition", "entity", "fault", "linked", "outgoing", "record", "sender")

    def __init__(self, entity: str, definition: ActuatorDefinition, record: Record) -> None:
        self.entity = entity
        self.definition = definition
        self.record = record
        self.outgoing: Command | None = None
        self.sender: asyncio.Task[None] | None = None
        self.linked = False
        """Whether the way to it was open since the start."""
        self.fault: str | None = None
        """Why the last sending failed, in words."""

    @property
    def restless(self) -> bool:
        """Whether time alone can change something about it."""
        record = self.record
        return bool(
            record.current is not None
            or record.waiting
            or record.safe
            or (record.mode == "automatic" and self.definition.safe is not None)
        )

    def is_wanted(self, command: Command) -> bool:
        """Whether a command is still to be sent: nothing took its place, no answer came."""
        current = self.record.current
        return current is not None and current.id == command.id and current.state == "sent"
