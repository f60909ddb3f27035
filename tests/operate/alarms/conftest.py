"""A town with alarms whose time is moved by hand."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from kota.connect.plant_clocks import PlantClocks
from kota.context.ingest import Ingest, Patch
from kota.context.staleness import Staleness
from kota.errors import ConfigurationError
from kota.model.entity import Attribute, Entity, Kind
from kota.model.instant import SECOND, render
from kota.model.jsonld import kota_context
from kota.model.quality import Quality
from kota.model.terms import CLOCK
from kota.operate.actor import Actor
from kota.operate.alarms import AlarmDefinition, Condition
from kota.operate.alarms.alarm import Alarm
from kota.operate.alarms.desk import Desk
from kota.operate.alarms.room import Alarms
from kota.operate.alarms.states import Event
from kota.store.history.drain import Drain
from kota.store.history.duckdb import DuckHistory
from kota.store.state import Write
from kota.store.state.sqlite import SqliteState

if TYPE_CHECKING:
    from tests.conftest import ManualClock

EXPAND = kota_context().expand
T1, T2 = "urn:ngsi-ld:Tank:T-1", "urn:ngsi-ld:Tank:T-2"
SITI = Actor("Siti", "operator")
LOW = Condition("low", "level", limit=2.0, deadband=0.5)


def defined(name: str = "low", when: Condition = LOW, **more: Any) -> AlarmDefinition:
    """A definition for all tanks, unless an entity is named."""
    if "entity" not in more:
        more.setdefault("type", "Tank")
    given: dict[str, Any] = {
        "title": "Level is low",
        "severity": "major",
        "respond_within": 900.0,
        "consequence": "Customers lose pressure",
        "action": "Start a pump",
        **more,
    }
    return AlarmDefinition(id=name, when=when, **given)


def alarm_of(entity: str = T1, name: str = "low") -> str:
    """The id of an alarm."""
    return f"urn:ngsi-ld:Alert:{name}:{entity.removeprefix('urn:ngsi-ld:')}"


class Town:
    """One folder of data, opened and closed as often as asked."""

    def __init__(self, folder: Path, clock: ManualClock) -> None:
        self.clock = clock
        self.definitions: Sequence[AlarmDefinition] = ()
        self._folder = folder

    async def open(self, *definitions: AlarmDefinition) -> Town:
        """Open it, with these definitions or those it had."""
        if definitions:
            self.definitions = definitions
        self._stack = AsyncExitStack()
        self.state = SqliteState(self._folder, self.clock)
        await self.state.open()
        self._stack.push_async_callback(self.state.close)
        self.history = DuckHistory(self._folder)
        await self.history.open()
        self._stack.push_async_callback(self.history.close)
        drain = Drain(self.state.journal, self.history)
        await drain.start()
        self._stack.push_async_callback(drain.close)
        self.clocks = PlantClocks(self.clock)
        self.staleness = Staleness(self.clocks.of)
        self.state.on_commit(self.staleness.learn)
        self.ingest = Ingest(self.state, self.clock)
        self.alarms = Alarms(
            self._read,
            EXPAND,
            store=self.state,
            history=self.history,
            clock=self.clock,
            clocks=self.clocks,
            staleness=self.staleness,
        )
        await self.alarms.start()
        self.desk = Desk(self.alarms, self.history)
        return self

    def _read(self) -> Sequence[AlarmDefinition]:
        if not self.definitions:
            raise ConfigurationError("alarms.toml line 1: not good")
        return self.definitions

    async def close(self) -> None:
        """Close it well."""
        await self.alarms.close()
        await self._stack.aclose()

    async def crash(self) -> None:
        """End without a last judgement, as after a kill."""
        await self._stack.aclose()

    async def say(
        self,
        entity: str = T1,
        *,
        ago: float = 0.0,
        settle: bool = True,
        quality: Quality | None = None,
        clock: str | None = None,
        **values: Any,
    ) -> None:
        """Observe values of an entity; a text that begins with ``urn:`` is a relationship."""
        at = self.clock.now() - int(ago * SECOND)
        attrs: dict[str, tuple[Attribute, ...]] = {}
        for name, value in values.items():
            linked = isinstance(value, str) and value.startswith("urn:")
            kind = Kind.RELATIONSHIP if linked else Kind.PROPERTY
            attrs[EXPAND(name)] = (Attribute(kind, value, at, quality=quality),)
        if clock is not None:
            attrs[CLOCK] = (Attribute(Kind.PROPERTY, clock),)
        kind_name = entity.split(":")[2]
        await self.ingest.observe([Patch(entity, (EXPAND(kind_name),), attrs, ("/Town/North",))])
        if settle:
            await self.alarms.settle()

    async def after(self, seconds: float) -> None:
        """Let time pass, and what is due happen."""
        self.clock.advance(seconds)
        await self.alarms.settle()

    async def act(self, event: Event, *, name: str | None = None, **more: Any) -> Alarm:
        """Let an operator do something."""
        return await self.alarms.act(name or alarm_of(), event, actor=SITI, **more)

    def alarm(self, name: str | None = None) -> Alarm | None:
        """An alarm as it stands."""
        return self.desk.get(name or alarm_of())

    def state_of(self, name: str | None = None) -> str | None:
        """Its state; None where there is none."""
        found = self.alarm(name)
        return None if found is None else found.state.value

    async def events(self, name: str | None = None) -> list[str]:
        """What happened to an alarm, as its journal has it."""
        key = name or alarm_of()
        found = await self.desk.journal([key])
        return [entry.event.value for entry in found.get(key, [])]

    async def delete(self, entity: str) -> None:
        """Delete an entity."""
        await self.state.apply([Write(entity, _nothing)])
        await self.alarms.settle()

    def told(self, plant: str, *, ahead: float, speed: float = 1.0) -> None:
        """Let a plant tell its time, so far from wall time."""
        now = render(self.clock.now() + int(ahead * SECOND))
        self.clocks.tell(f"kota/clock/{plant}", f'{{"now":"{now}","speed":{speed}}}'.encode())


def _nothing(_: Entity | None) -> Entity | None:
    return None


@pytest.fixture
async def town(tmp_path: Path, clock: ManualClock) -> AsyncIterator[Callable[..., Any]]:
    """Opens towns on one folder; the last is closed."""
    towns: list[Town] = []

    async def open_town(*definitions: AlarmDefinition) -> Town:
        if not towns:
            towns.append(Town(tmp_path / "town", clock))
        return await towns[0].open(*definitions)

    yield open_town
    await towns[0].close()
