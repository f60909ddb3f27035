"""A town with a pump and a tank, and a way to the pump that does what a test says."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from kota.access.audit_line import Line, decode
from kota.connect.plant_clocks import PlantClocks
from kota.context.ingest import Ingest, Patch
from kota.errors import ConnectError
from kota.model.entity import Attribute, Kind
from kota.model.jsonld import kota_context
from kota.operate.actor import Actor
from kota.operate.commands.actuator import ActuatorDefinition
from kota.operate.commands.command import Command
from kota.operate.commands.interlock import Excludes, MinimumTime, Requires
from kota.operate.commands.room import Commands
from kota.operate.commands.transmitter import Answer, Order
from kota.store.state.sqlite import SqliteState

PUMP, SPARE, TANK = "urn:ngsi-ld:Pump:P1", "urn:ngsi-ld:Pump:P2", "urn:ngsi-ld:Tank:T1"
ANA, BUDI = Actor("Ana", "operator", "10.0.0.7"), Actor("Budi", "operator")
PLAN = Actor("water", "solution")
CLOSE = Excludes(entity=SPARE, attribute="status", at="OPEN", fresh=900, only=("OPEN",))


def definition(**changes: Any) -> ActuatorDefinition:
    return ActuatorDefinition(
        **{
            "id": "water.pump",
            "title": "Switch the pump",
            "type": "Pump",
            "command": "status",
            "feedback": "status",
            "values": ("OPEN", "CLOSED"),
            "consequence": "The tank fills or falls",
            "confirm_within": 60.0,
            "expire_after": 120.0,
            "fresh": 600.0,
            "safe": "CLOSED",
            "undo_within": 600.0,
            "interlocks": (
                Requires(
                    words="the tank is full",
                    attribute="level",
                    entity=TANK,
                    compare="<",
                    limit=9.0,
                    fresh=900,
                    only=("OPEN",),
                ),
                MinimumTime(at="CLOSED", seconds=30),
            ),
            **changes,
        }
    )


class Way:
    """A transmitter that takes down what was sent, and is cut when a test says so."""

    def __init__(self, state: SqliteState) -> None:
        self.state = state
        self.sent: list[Order] = []
        self.cut = False
        self.audited: list[bool] = []
        self._watchers: list[Callable[[Answer], None]] = []

    def fault(self, entity_id: str) -> str | None:
        return "the cable is cut" if self.cut else None

    def knows(self, entity_id: str) -> bool:
        return ":Pump:" in entity_id

    async def send(self, order: Order) -> None:
        lines = await audit(self.state)
        said = ("command.sent", order.id)
        self.audited.append(said in [(one.what, one.detail.get("command")) for one in lines])
        if self.cut:
            raise ConnectError("the cable is cut")
        self.sent.append(order)

    def on_answer(self, watcher: Callable[[Answer], None]) -> None:
        self._watchers.append(watcher)

    def answer(self, **fields: Any) -> None:
        for watcher in self._watchers:
            watcher(Answer(entity=PUMP, **fields))


async def audit(state: SqliteState) -> list[Line]:
    """Everything in the audit."""
    return [decode(link.body) for link in await state.audit.read()]


class Town:
    """A store, its commands, and a hand on what sensors tell."""

    def __init__(self, folder: Path, clock: Any) -> None:
        self.folder = folder
        self.clock = clock
        self.definitions = [definition()]

    async def open(self) -> None:
        self.state = SqliteState(self.folder, self.clock)
        await self.state.open()
        self.ingest = Ingest(self.state, self.clock)
        self.way = Way(self.state)
        self.commands = Commands(
            self.definitions,
            kota_context().expand,
            store=self.state,
            clock=self.clock,
            clocks=PlantClocks(self.clock),
            transmitters=[self.way],
        )
        await self.commands.start()

    async def close(self) -> None:
        await self.commands.close()
        await self.state.close()

    async def restart(self) -> None:
        await self.close()
        await self.open()

    async def tell(self, entity: str, name: str, value: Any) -> None:
        """Let a sensor tell, and the commands follow."""
        expand = kota_context().expand
        kind = entity.split(":")[2]
        attrs = {expand(name): (Attribute(Kind.PROPERTY, value, self.clock.now()),)}
        await self.ingest.observe([Patch(entity, (expand(kind),), attrs)])
        await self.commands.settle()

    async def present(self, status: str = "CLOSED", level: float = 5.0) -> None:
        """A pump that has stood still for a while, and a tank."""
        await self.tell(TANK, "level", level)
        await self.tell(PUMP, "status", status)
        self.clock.advance(60)
        await self.tell(PUMP, "status", status)

    async def want(self, value: Any, actor: Actor = ANA, **more: Any) -> Command:
        found = await self.commands.request(PUMP, value, actor, **more)
        await self.flush()
        return found

    async def flush(self) -> None:
        """Let what is on its way arrive."""
        sender = self.commands.seat(PUMP).sender
        if sender is not None and not self.way.cut:
            await sender

    async def whats(self) -> list[str]:
        return [line.what for line in await audit(self.state)]


@pytest.fixture
async def town(tmp_path: Path, clock: Any) -> AsyncIterator[Town]:
    found = Town(tmp_path, clock)
    await found.open()
    yield found
    await found.close()
