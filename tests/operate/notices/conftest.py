"""A town that tells people, with channels that can be made to fail."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.operate.alarms.conftest import EXPAND

from kota.context.notification_delivery import Patience
from kota.context.notification_sending import UndeliveredError
from kota.model.entity import Attribute, Entity, Kind
from kota.operate.actor import SYSTEM, Actor
from kota.operate.alarms.alarm import Alarm, moved
from kota.operate.alarms.alert import writing
from kota.operate.alarms.definition import AlarmDefinition
from kota.operate.alarms.states import Event
from kota.operate.conditions import Condition
from kota.operate.notices.notice import Delivery, Notice
from kota.operate.notices.room import Notices
from kota.store.state.sqlite import SqliteState

if TYPE_CHECKING:
    from tests.conftest import ManualClock

PLAN = """\
[[contact]]
name = "siti"
email = "siti@town.example"
push = true

[[contact]]
name = "budi"
webhook = "http://127.0.0.1:1/notices"

[[contact]]
name = "board"
mqtt = "kota/notices/board"
quiet = { from = "22:00", until = "06:00" }

[[chain]]
name = "duty"

[[chain.step]]
to = ["siti"]
by = ["email"]

[[chain.step]]
to = ["budi", "board"]
after = 600

[[route]]
to = "duty"
priority = ["critical", "high"]
scope = "/Town/#"
"""


class Fake:
    """A channel that writes down, or fails as it is told."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []
        self.error: UndeliveredError | None = None

    async def send(self, notice: Notice, delivery: Delivery) -> None:
        """Write down."""
        if self.error is not None:
            raise self.error
        self.sent.append((delivery.contact, notice.title))


class TellingTown:
    """One folder, opened as often as asked."""

    def __init__(self, folder: Path, clock: ManualClock) -> None:
        self.folder = folder
        self.clock = clock
        self.channel = Fake()
        self.alarms: dict[str, Alarm] = {}

    async def open(self, plan: str | None = None) -> TellingTown:
        """Open it, with this plan or the one it had."""
        if plan is not None:
            (self.folder / "notices").mkdir(parents=True, exist_ok=True)
            (self.folder / "notices" / "plan.toml").write_text(plan)
        self.state = SqliteState(self.folder, self.clock)
        await self.state.open()
        self.notices = Notices(
            self.folder / "notices",
            (),
            UTC,
            store=self.state,
            clock=self.clock,
            channels=dict.fromkeys(("email", "webhook", "mqtt", "push"), self.channel),
            patience=Patience(attempts=3, first_s=10.0),
        )
        await self.notices.start()
        return self

    async def close(self) -> None:
        """Close it."""
        await self.notices.close()
        await self.state.close()

    async def after(self, seconds: float) -> None:
        """Let time pass, and what is due be sent."""
        self.clock.advance(seconds)
        await self.settle()

    async def settle(self) -> None:
        """Send what is due."""
        for _ in range(3):
            await self.notices.settle(wait=True)

    async def alarm(
        self, name: str, event: Event, *, severity: Any = "severe", group: str | None = None
    ) -> str:
        """Let something happen to the alarm of a tank, and be told of."""
        definition = AlarmDefinition(
            id="low",
            title="Level is low",
            when=Condition("low", "level", limit=2.0),
            severity=severity,
            respond_within=60.0 if severity == "severe" else 7200.0,
            consequence="Customers lose pressure",
            action="Start a pump",
            owner="water",
            type="Tank",
        )
        tank = f"urn:ngsi-ld:Tank:{name}"
        before = self.alarms.get(name) or Alarm(definition="low", entity=tank)
        after = moved(
            before,
            event,
            at=self.clock.now(),
            actor=SYSTEM if event in (Event.RAISE, Event.CLEAR) else Actor("Siti", "operator"),
            latching=False,
            suppressed=False,
            group=group,
        )
        self.alarms[name] = after
        called = {EXPAND("name"): (Attribute(Kind.PROPERTY, f"Tank {name}"),)}
        source = Entity(tank, (EXPAND("Tank"),), called, ("/Town/North",))
        write = writing(after, definition, source, self.clock.now())
        from kota.store.state import Write

        await self.state.apply([Write(after.id, write)])
        return after.id

    def states(self, notice: Notice | None = None) -> list[tuple[str, str]]:
        """Contact and state of each delivery of the newest notice."""
        found = notice or self.notices.select()[0]
        return [(one.contact, one.state) for one in found.deliveries]


@pytest.fixture
async def telling(tmp_path: Path, clock: ManualClock) -> AsyncIterator[Callable[..., Any]]:
    """Opens towns on one folder; the last is closed."""
    towns: list[TellingTown] = []

    async def open_town(plan: str | None = PLAN) -> TellingTown:
        if not towns:
            towns.append(TellingTown(tmp_path, clock))
        return await towns[0].open(plan)

    yield open_town
    await towns[0].close()
