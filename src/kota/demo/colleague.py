"""The other person on the demonstration's shift, who agrees to what its operator has agreed to."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Final

from kota.errors import ConflictError, NotFoundError
from kota.model.instant import SECOND
from kota.operate.actor import Actor, is_person
from kota.operate.commands.command import Command, Mode
from kota.operate.commands.room import Commands
from kota.operate.commands.seat import Seat

SHIFT_LEAD: Final = Actor("Siti (shift lead)", "operator")
"""An invented person; in a city, somebody signs in."""
THINKS_S: Final = 45.0
"""She agrees so long after the operator, by the plant's clock."""
_LOOKS_S = 0.5


@dataclass(frozen=True, slots=True)
class Colleague:
    """Approves commands that need two persons once one has approved or asked for them.

    Args:
        commands: the room that they wait in.
    """

    commands: Commands

    async def advise(self, actuator: str) -> None:
        """Let solutions propose settings of all actuators of a definition; people approve.

        Args:
            actuator: the definition's id.
        """
        for seat in list(self.commands.seats.values()):
            if seat.definition.id == actuator and seat.record.mode is Mode.MANUAL:
                await self.commands.set_mode(seat.entity, Mode.ADVISORY, SHIFT_LEAD)

    async def run(self) -> None:
        """Look at what waits, until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(_LOOKS_S)

    async def look(self) -> None:
        """Approve what waits for her."""
        for seat in list(self.commands.seats.values()):
            for command in seat.record.waiting:
                if await self._is_due(seat, command):
                    try:
                        await self.commands.approve(command.id, SHIFT_LEAD)
                    except (ConflictError, NotFoundError):
                        continue

    async def _is_due(self, seat: Seat, command: Command) -> bool:
        people = {one.name for one in (command.actor, *command.approvals) if is_person(one)}
        if not seat.definition.two_person or len(people) != 1 or SHIFT_LEAD.name in people:
            return False
        now = await self.commands.now(seat)
        return now is not None and now - command.since >= THINKS_S * SECOND
