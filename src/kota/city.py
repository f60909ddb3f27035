"""The city as one solution sees it: short names, only what it declared, one clock."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar
from zoneinfo import ZoneInfo

import msgspec

from kota.clock import Clock
from kota.connect.fleeting import Fleeting, Inbox
from kota.connect.plant_clocks import PlantClocks
from kota.context.entities import delete, of_existing
from kota.context.ingest import Patch
from kota.errors import KotaError, SolutionError
from kota.model.entity import Attribute, Entity, Kind
from kota.model.jsonld import Context
from kota.model.quality import Quality
from kota.model.query.types import of as type_query
from kota.model.terms import CLOCK
from kota.operate.actor import Actor
from kota.operate.commands.command import Command
from kota.operate.commands.interlock import Value
from kota.operate.commands.room import Commands
from kota.store.history import HistoryStore
from kota.store.state import StateStore, Write
from kota.workers import Workers

if TYPE_CHECKING:
    import pyarrow as pa

R = TypeVar("R")
NamesByType = Mapping[str, Sequence[str]]


class Intake(Protocol):
    """Takes observations in."""

    async def observe(self, patches: Sequence[Patch]) -> object:
        """Commit observations; returns when they are durable."""
        ...


class CityClock:
    """The clock of a solution: its plant's where that speaks, else wall time.

    Args:
        clocks: of all plants.
        plant: the plant's name, which is the solution's.
    """

    def __init__(self, clocks: PlantClocks, plant: str) -> None:
        self._clocks = clocks
        self._plant = plant

    def now(self) -> int:
        """Microseconds since the Unix epoch, UTC."""
        return self._clocks.of(self._plant).now()

    @property
    def plant(self) -> str | None:
        """The plant whose time it tells; None: wall time."""
        return self._plant if self._plant in self._clocks.plants else None


class Reading(msgspec.Struct, frozen=True):
    """A value that a solution states.

    Args:
        value: by `kind`.
        unit: UN/CEFACT code.
        at: when it is true [µs]; None: now.
        quality: level, source and reason.
        kind: the sort of attribute.
        sub: further values by short name, each a number or a text.
    """

    value: Any
    unit: str | None = None
    at: int | None = None
    quality: Quality | None = None
    kind: Kind = Kind.PROPERTY
    sub: Mapping[str, float | str] = {}


class Statement(msgspec.Struct, frozen=True):
    """What a solution says of one entity: readings by short attribute name."""

    entity_id: str
    type: str
    readings: Mapping[str, Reading]


class City:
    """What the tasks of one solution are given.

    Names are the short terms of the Kota context and of the solution.

    Args:
        owner: the solution's name, for messages.
        reads, writes: what it declared, by short type.
        context: the Kota context with the solution's terms.
        store: the present.
        intake: where statements go.
        past: the observations.
        clock: the plant's where one speaks, else the wall's.
        workers: processes for heavy work.
        seed: for whatever is drawn at random.
        fleeting: hands on what the border gives away and nobody stores.
        folder: the solution's own, for what is no entity; None: it has none.
        commands: where its commands go; None: it cannot command.
        zone: of the town's wall clocks; None: it was not said.
    """

    def __init__(
        self,
        owner: str,
        *,
        reads: NamesByType,
        writes: NamesByType,
        context: Context,
        store: StateStore,
        intake: Intake,
        past: HistoryStore,
        clock: Clock,
        workers: Workers,
        seed: int = 0,
        fleeting: Fleeting | None = None,
        folder: Path | None = None,
        commands: Commands | None = None,
        zone: ZoneInfo | None = None,
    ) -> None:
        self.owner = owner
        self.folder = folder
        self.zone = zone
        self.clock = clock
        self.seed = seed
        self._reads = {*reads, *writes}
        self._writes = {kind: frozenset(names) for kind, names in writes.items()}
        self._context = context
        self._store = store
        self._intake = intake
        self._past = past
        self._workers = workers
        self._fleeting = fleeting
        self._inboxes: dict[str, Inbox] = {}
        self._commands = commands
        self._stated: set[str] = set()

    def now(self) -> int:
        """The time of the city [µs since the epoch]."""
        return self.clock.now()

    def term(self, name: str) -> str:
        """The expanded name of a type or attribute."""
        return self._context.expand(name)

    def attribute(self, entity: Entity, name: str) -> Attribute | None:
        """The attribute of that short name, or None."""
        return entity.default(self.term(name))

    def value(self, entity: Entity, name: str) -> Any:
        """The present value of the attribute of that short name, or None."""
        found = entity.default(self.term(name))
        return None if found is None else found.value

    async def entity(self, entity_id: str) -> Entity | None:
        """The entity as it is, or None."""
        return await self._store.get(entity_id)

    async def entities(self, kind: str) -> list[Entity]:
        """All entities of a short type.

        Raises:
            SolutionError: the solution did not declare that it reads this type.
        """
        if kind not in self._reads:
            raise SolutionError(
                f"{self.owner} reads {kind}", hint="name the type in the solution's `reads`"
            )
        return [entity async for entity in self._store.scan([self.term(kind)])]

    def fleeting(self, kind: str) -> list[Patch]:
        """What private profiles have observed of entities of a short type since the last call.

        It was never stored and is gone once it was taken; identifiers in it are pseudonyms. The
        first call begins to listen and gives nothing.

        Raises:
            SolutionError: the solution did not declare that it reads this type.
        """
        if kind not in self._reads:
            raise SolutionError(
                f"{self.owner} reads {kind}", hint="name the type in the solution's `reads`"
            )
        if self._fleeting is None:
            return []
        if kind not in self._inboxes:
            self._inboxes[kind] = self._fleeting.listen([self.term(kind)])
        return self._inboxes[kind].take()

    async def state(self, statements: Sequence[Statement]) -> None:
        """Make statements part of the city; returns when they are durable.

        An entity that this makes follows the clock of the solution's plant, where one speaks.

        Raises:
            SolutionError: an attribute that the solution did not declare; nothing is written.
        """
        patches = [self._patch(statement) for statement in statements]
        plant = self.clock.plant if isinstance(self.clock, CityClock) else None
        for patch in patches:
            if plant is not None and patch.entity_id not in self._stated:
                self._stated.add(patch.entity_id)
                if await self._store.get(patch.entity_id) is None:
                    patch.attrs[CLOCK] = (Attribute(Kind.PROPERTY, plant),)
        if patches:
            await self._intake.observe(patches)

    async def remove(self, kind: str, entity_id: str) -> None:
        """Take an entity of a short type out of the city; returns when that is durable.

        Raises:
            SolutionError: the solution did not declare that it writes this type.
            NotFoundError: there is none of that id and type.
        """
        if kind not in self._writes:
            raise SolutionError(
                f"{self.owner} removes {kind} {entity_id}",
                hint="name the type in the solution's `writes`",
            )
        self._stated.discard(entity_id)
        gone = of_existing(entity_id, delete, type_query([self.term(kind)]))
        (outcome,) = await self._store.apply([Write(entity_id, gone)])
        if isinstance(outcome, KotaError):
            raise outcome

    async def command(
        self,
        entity_id: str,
        value: Value,
        *,
        reason: str,
        cause: str | None = None,
        expires_in: float | None = None,
    ) -> Command:
        """Want an actuator to have a setting; what becomes of it is decided by its mode.

        Args:
            entity_id: of the actuator's entity, of a type that the solution reads or writes.
            value: the setting.
            reason: why, in words, for the operator.
            cause: id of what led to it: a forecast, an alarm.
            expires_in: it is not sent after so long [s].

        Returns:
            The command as it stands then: logged in shadow, refused in manual or by an interlock,
            waiting for approval, or sent.

        Raises:
            SolutionError: the solution did not declare the type, or cannot command at all.
            NotFoundError: it is no actuator.
        """
        entity = await self._store.get(entity_id)
        declared = {self.term(kind) for kind in self._reads}
        if self._commands is None or (entity is not None and declared.isdisjoint(entity.types)):
            raise SolutionError(
                f"{self.owner} commands {entity_id}",
                hint="name its type in the solution's `reads`",
            )
        return await self._commands.request(
            entity_id,
            value,
            Actor(self.owner, "solution"),
            reason=reason,
            cause=cause,
            expires_in=expires_in,
        )

    async def history(
        self, entity_ids: Sequence[str], names: Sequence[str], *, start: int, end: int
    ) -> pa.Table:
        """Observations of short attribute names of entities, by series and time.

        Args:
            start, end: from and before these instants.

        Returns:
            Columns as in `HistoryStore.table`, with short names under ``attribute``.
        """
        import pyarrow as pa

        short = {self.term(name): name for name in names}
        table = await self._past.table(entity_ids, list(short), start=start, end=end)
        terms = table.column("attribute").combine_chunks().dictionary_encode()
        named = pa.array([short[term] for term in terms.dictionary.to_pylist()], pa.string())
        position = table.schema.get_field_index("attribute")
        column = pa.DictionaryArray.from_arrays(terms.indices, named).cast(pa.string())
        return table.set_column(position, "attribute", column)

    async def compute(self, function: Callable[..., R], *args: Any, timeout_s: float = 60.0) -> R:
        """Call a module-level function in a worker process; see `Workers.run`."""
        return await self._workers.run(function, *args, timeout_s=timeout_s)

    def _patch(self, statement: Statement) -> Patch:
        declared = self._writes.get(statement.type, frozenset())
        for name in statement.readings:
            if name not in declared:
                raise SolutionError(
                    f"{self.owner} writes {name} of {statement.type} {statement.entity_id}",
                    hint="name it in the solution's `writes`",
                )
        now = self.now()
        attrs: dict[str, tuple[Attribute, ...]] = {
            self.term(name): (self._attribute(reading, now),)
            for name, reading in statement.readings.items()
        }
        return Patch(statement.entity_id, (self.term(statement.type),), attrs)

    def _attribute(self, reading: Reading, now: int) -> Attribute:
        sub: dict[str, tuple[Attribute, ...]] = {
            self.term(name): (Attribute(Kind.PROPERTY, value),)
            for name, value in reading.sub.items()
        }
        return Attribute(
            reading.kind,
            reading.value,
            observed_at=now if reading.at is None else reading.at,
            unit_code=reading.unit,
            quality=reading.quality,
            sub=sub or None,
        )
