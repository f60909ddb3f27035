"""A town with rules whose time is moved by hand, and hands that write down what they do."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.operate.alarms.conftest import EXPAND

from kota.connect.plant_clocks import PlantClocks
from kota.context.ingest import Ingest, Patch
from kota.context.staleness import Staleness
from kota.model.entity import Attribute, Entity, Kind
from kota.model.instant import SECOND, render
from kota.model.terms import CLOCK
from kota.operate.actor import Actor
from kota.operate.commands.actuator import ActuatorDefinition
from kota.operate.commands.room import Commands
from kota.operate.rules.acting import Hands
from kota.operate.rules.entity import Record, Told, firing_id, read_told
from kota.operate.rules.room import Rules
from kota.operate.rules.simulating import Tried, simulate
from kota.operate.rules.terms import FIRING
from kota.store.history import SeriesFilter, Span
from kota.store.history.drain import Drain
from kota.store.history.duckdb import DuckHistory
from kota.store.state import Write
from kota.store.state.sqlite import SqliteState

if TYPE_CHECKING:
    from tests.conftest import ManualClock

T1, T2 = "urn:ngsi-ld:Tank:T-1", "urn:ngsi-ld:Tank:T-2"
SITI = Actor("Siti", "engineer")
PUMP = ActuatorDefinition(
    id="pump",
    title="Start or stop the pump",
    command="status",
    feedback="status",
    type="Pump",
    values=("OPEN", "CLOSED"),
    consequence="Water rises.",
)


class Notebook:
    """Work orders and notices that were asked for."""

    def __init__(self) -> None:
        self.opened: list[tuple[str, dict[str, Any]]] = []
        self.told: list[tuple[str, str, str]] = []

    async def open_for(self, request: str, actor: Actor, **given: Any) -> str:
        """Write a work order down."""
        self.opened.append((request, given))
        return f"urn:ngsi-ld:WorkOrder:{len(self.opened)}"

    async def tell(self, request: str, to: str, *, text: str, **given: Any) -> str:
        """Write a notice down."""
        self.told.append((request, to, text))
        return f"notice-{len(self.told)}"


class RuledTown:
    """One folder of data, opened and closed as often as asked."""

    def __init__(self, folder: Path, clock: ManualClock) -> None:
        self.clock = clock
        self.folder = folder
        self.notebook = Notebook()

    async def open(self, text: str | None = None) -> RuledTown:
        """Open it, with these rules or those that it had."""
        if text is not None:
            (self.folder / "rules").mkdir(parents=True, exist_ok=True)
            (self.folder / "rules" / "town.toml").write_text(text)
        self._stack = AsyncExitStack()
        self.state = SqliteState(self.folder, self.clock)
        await self.state.open()
        self._stack.push_async_callback(self.state.close)
        self.history = DuckHistory(self.folder)
        await self.history.open()
        self._stack.push_async_callback(self.history.close)
        drain = Drain(self.state.journal, self.history)
        await drain.start()
        self._stack.push_async_callback(drain.close)
        self.clocks = PlantClocks(self.clock)
        self.staleness = Staleness(self.clocks.of)
        self.state.on_commit(self.staleness.learn)
        self.ingest = Ingest(self.state, self.clock)
        self.commands = Commands(
            [PUMP], EXPAND, store=self.state, clock=self.clock, clocks=self.clocks
        )
        await self.commands.start()
        self._stack.push_async_callback(self.commands.close)
        hands = Hands(
            self.state,
            self.clock,
            EXPAND,
            commands=self.commands,
            works=self.notebook,
            tells=self.notebook,
        )
        self.rules = Rules(
            self.folder / "rules",
            (),
            EXPAND,
            UTC,
            store=self.state,
            history=self.history,
            clock=self.clock,
            clocks=self.clocks,
            staleness=self.staleness,
            hands=hands,
        )
        await self.rules.start()
        return self

    async def close(self) -> None:
        """Close it well."""
        await self.rules.close()
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
        at: tuple[float, float] | None = None,
        area: list[list[float]] | None = None,
        clock: str | None = None,
        scope: tuple[str, ...] = ("/Town/North",),
        **values: Any,
    ) -> None:
        """Observe values of an entity; a text that begins with ``urn:`` is a relationship."""
        moment = self.clock.now() - int(ago * SECOND)
        attrs: dict[str, tuple[Attribute, ...]] = {}
        for name, value in values.items():
            linked = isinstance(value, str) and value.startswith("urn:")
            kind = Kind.RELATIONSHIP if linked else Kind.PROPERTY
            attrs[EXPAND(name)] = (Attribute(kind, value, moment),)
        if at is not None:
            place = {"type": "Point", "coordinates": list(at)}
            attrs[EXPAND("location")] = (Attribute(Kind.GEO_PROPERTY, place, moment),)
        if area is not None:
            shape = {"type": "Polygon", "coordinates": [area]}
            attrs[EXPAND("location")] = (Attribute(Kind.GEO_PROPERTY, shape),)
        if clock is not None:
            attrs[CLOCK] = (Attribute(Kind.PROPERTY, clock),)
        kind_name = entity.split(":")[2]
        await self.ingest.observe([Patch(entity, (EXPAND(kind_name),), attrs, scope)])
        if settle:
            await self.rules.settle()

    async def after(self, seconds: float) -> None:
        """Let time pass, and what is due happen."""
        self.clock.advance(seconds)
        await self.rules.settle()

    async def delete(self, entity: str) -> None:
        """Delete an entity."""
        await self.state.apply([Write(entity, _nothing)])
        await self.rules.settle()

    def record(self, rule: str = "r", subject: str = T1) -> Record | None:
        """What is kept of a rule and an entity."""
        return self.rules.records.get(firing_id(rule, subject))

    def count(self, rule: str = "r", subject: str = T1) -> int:
        """How often a rule fired about an entity."""
        found = self.record(rule, subject)
        return 0 if found is None else found.count

    def is_active(self, rule: str = "r", subject: str = T1) -> bool:
        """Whether it fired and holds."""
        found = self.record(rule, subject)
        return found is not None and found.active

    async def journal(self, rule: str = "r", subject: str = T1) -> list[Told]:
        """Every firing, oldest first, as history has it."""
        series = SeriesFilter(entity_ids=(firing_id(rule, subject),), attributes=(FIRING,))
        found: dict[str, Told] = {}
        for stored in await self.history.instances(series, Span()):
            told = read_told(stored.instance.value)
            assert told is not None
            found[told.at] = told
        return list(found.values())

    async def audited(self, what: str) -> list[dict[str, Any]]:
        """Lines of the audit about something."""
        import msgspec

        links = await self.state.audit.read(0, 10_000)
        lines = [msgspec.json.decode(link.body) for link in links]
        return [line for line in lines if line["what"] == what]

    async def tried(self, since: float, *, text: str | None = None) -> Tried:
        """What rules would have done in the last seconds."""
        definitions = self.rules.definitions
        if text is not None:
            definitions = self.rules.check({"tried.toml": text})
        end = self.clock.now() + 1
        start = end - int(since * SECOND)
        return await simulate(definitions, self.history, EXPAND, UTC, start=start, end=end)

    def told(self, plant: str, *, ahead: float, speed: float = 1.0) -> None:
        """Let a plant tell its time, so far from wall time."""
        now = render(self.clock.now() + int(ahead * SECOND))
        self.clocks.tell(f"kota/clock/{plant}", f'{{"now":"{now}","speed":{speed}}}'.encode())


def _nothing(_: Entity | None) -> Entity | None:
    return None


def rule(when: str, then: str = 'do = "work"\ntitle = "Look"', **keys: str) -> str:
    """A rule ``r`` about tanks in TOML, of the bodies of its tables."""
    keys = {"id": '"r"', "title": '"Something is up"', **keys}
    if "entity" not in keys:
        keys.setdefault("type", '"Tank"')
    head = "\n".join(f"{name} = {value}" for name, value in keys.items())
    clauses = "\n".join(f"[[rule.when]]\n{one}" for one in when.split("\n---\n"))
    actions = "\n".join(f"[[rule.then]]\n{one}" for one in then.split("\n---\n"))
    return f"[[rule]]\n{head}\n{clauses}\n{actions}\n"


@pytest.fixture
async def ruled(tmp_path: Path, clock: ManualClock) -> AsyncIterator[Callable[..., Any]]:
    """Opens towns on one folder; the last is closed."""
    towns: list[RuledTown] = []

    async def open_town(text: str | None = None) -> RuledTown:
        if not towns:
            towns.append(RuledTown(tmp_path / "town", clock))
        return await towns[0].open(text)

    yield open_town
    if towns:
        await towns[0].close()
