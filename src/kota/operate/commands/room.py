"""The commands of a running town: asked for, judged, written down, and only then sent."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from typing import Final
from uuid import uuid4

from kota.clock import Clock
from kota.connect.plant_clocks import PlantClocks
from kota.context.staleness import clock_name
from kota.errors import ConflictError, ConnectError, KotaError, NotFoundError, StoreError
from kota.model.entity import Entity
from kota.model.instant import SECOND
from kota.operate.actor import Actor
from kota.operate.attending import RETRY_S, attend
from kota.operate.commands.actuator import ActuatorDefinition
from kota.operate.commands.command import Command, Mode, Record
from kota.operate.commands.entity import PREFIX, read_command, urn
from kota.operate.commands.interlock import Value
from kota.operate.commands.keeper import Decision, Keeper
from kota.operate.commands.keeping import keep, load_records
from kota.operate.commands.life import State
from kota.operate.commands.reading import UNTIMED
from kota.operate.commands.seat import Seat
from kota.operate.commands.snapshot import Snapshot, reading_of, snapshot
from kota.operate.commands.transmitter import Answer, Order, Transmitter
from kota.store.state import Change, StateStore

_log = logging.getLogger(__name__)

TICK_S: Final = 0.5
"""The control step: so often time is looked at [s of wall time]."""
GRACE_S: Final = 20.0
"""So long after the start a link may still be opened before it counts as lost [s]."""
_NO_WAY: Final = "no way leads to it: no device profile with [commands] names it"


Permit = Callable[[Actor, ActuatorDefinition, str], str | None]
"""Why somebody may not command an entity, in words; None where he may."""


def everybody(_actor: Actor, _definition: ActuatorDefinition, _entity: str) -> str | None:
    """Everybody may: on this machine alone, where there is no identity."""
    return None


class Commands:
    """All actuators of a town.

    Every decision is durable, with its lines in the audit, before anything is sent. Decisions are
    made one after the other, since actuators exclude each other; each has one sending at a time.

    Args:
        definitions: what can be commanded; one for an entity goes before one for a type.
        expand: turns a short name into its IRI.
        store: of the town.
        clock: wall time.
        clocks: of its plants.
        transmitters: the ways to devices; the first that knows an actuator is taken.
        permit: says who may.
    """

    def __init__(
        self,
        definitions: Sequence[ActuatorDefinition],
        expand: Callable[[str], str],
        *,
        store: StateStore,
        clock: Clock,
        clocks: PlantClocks,
        transmitters: Sequence[Transmitter] = (),
        permit: Permit = everybody,
    ) -> None:
        self.definitions = tuple(definitions)
        self._expand = expand
        self._store = store
        self._clock = clock
        self._clocks = clocks
        self._transmitters = tuple(transmitters)
        self._permit = permit
        self._by_entity = {one.entity: one for one in definitions if one.entity is not None}
        self._by_type = {expand(one.type): one for one in definitions if one.type is not None}
        self._records: dict[str, Record] = {}
        self._offered: list[Change] = []
        self._answers: list[Answer] = []
        self._woken = asyncio.Event()
        self._lock = asyncio.Lock()
        self._began = clock.now()
        self.seats: dict[str, Seat] = {}
        for transmitter in transmitters:
            transmitter.on_answer(self._hear)

    async def start(self) -> None:
        """Take up every actuator; what was written down and not answered is sent again."""
        self._store.on_commit(self.offer)
        self._records = await load_records(self._store)
        async for entity in self._store.scan():
            self._seat(entity)
        for seat in list(self.seats.values()):
            present = await self._store.get(seat.entity)
            if present is not None:
                await self._feed(seat, present)
            await self._resume(seat)

    async def run(self) -> None:
        """Follow feedback, answers and time, until cancelled."""
        await attend(
            self._woken,
            self.settle,
            every=TICK_S,
            log=_log,
            failing="commands are not written, nothing was sent",
        )

    async def settle(self) -> None:
        """Follow everything that was told and is due; returns when it is durable.

        Raises:
            StoreError: something was not written, and will be with the next call.
        """
        while self._offered:
            await self._followed(self._see(self._offered[0]))
            del self._offered[0]
        while self._answers:
            await self._followed(self._heed(self._answers[0]))
            del self._answers[0]
        for seat in list(self.seats.values()):
            if seat.restless:
                await self._followed(self._tick(seat))

    async def close(self) -> None:
        """Stop sending; what was not sent is resumed at the next start."""
        senders = [seat.sender for seat in self.seats.values() if seat.sender is not None]
        for sender in senders:
            sender.cancel()
        await asyncio.gather(*senders, return_exceptions=True)

    def offer(self, changes: Sequence[Change]) -> None:
        """Take committed changes, all of them and in order."""
        wanted = [one for one in changes if self._concerns(one)]
        if wanted:
            self._offered.extend(wanted)
            self._woken.set()

    def seat(self, entity_id: str) -> Seat:
        """An actuator by the id of its entity.

        Raises:
            NotFoundError: it is none.
        """
        found = self.seats.get(entity_id)
        if found is None:
            raise NotFoundError(f"{entity_id}: it is no actuator, or does not exist")
        return found

    async def request(
        self,
        entity_id: str,
        value: Value,
        actor: Actor,
        *,
        command_id: str | None = None,
        reason: str = "",
        cause: str | None = None,
        expires_in: float | None = None,
    ) -> Command:
        """Want a setting; returns the command as it stands then, durably.

        Args:
            entity_id: of the actuator's entity.
            value: the setting.
            actor: who wants it.
            command_id: the same id again is the same command; None: a new one.
            reason: in words.
            cause: id of what led to it.
            expires_in: it is not sent after so long [s]; None: as its definition says.

        Raises:
            NotFoundError: it is no actuator.
            ConflictError: its plant has not told its time yet, or the id is another command's.
            StoreError: it was not written, and has not happened.
        """
        seat = self.seat(entity_id)
        key = (command_id or str(uuid4())).removeprefix(PREFIX)
        now = await self._time(seat)
        most = seat.definition.expire_after
        lifetime = most if expires_in is None else min(expires_in, most)
        command = Command(
            id=key,
            entity=entity_id,
            value=value,
            actor=actor,
            at=now,
            expires_at=now + round(lifetime * SECOND),
            reason=reason,
            cause=cause,
        )
        async with self._lock:
            known = await self._known(key)
            if known is not None:
                if (known.entity, known.value) != (entity_id, value):
                    raise ConflictError(f"command {key}: the id belongs to another command")
                return known
            refused = self._permit(actor, seat.definition, entity_id)
            keeper = await self._keeper(seat)
            await self._keep(seat, keeper.request(seat.record, command, refused, now))
        return await self.command(key)

    async def approve(self, command_id: str, actor: Actor) -> Command:
        """Say yes to a command that waits.

        Raises:
            NotFoundError: there is none of that id that waits.
            ConflictError: this person may not; says why.
            StoreError: it was not written, and has not happened.
        """
        seat, key = await self._of(command_id)
        now = await self._time(seat)
        async with self._lock:
            refused = self._permit(actor, seat.definition, seat.entity)
            keeper = await self._keeper(seat)
            await self._keep(seat, keeper.approve(seat.record, key, actor, refused, now))
        return await self.command(key)

    async def cancel(self, command_id: str, actor: Actor) -> Command:
        """Take a command back, or say no to a proposal.

        Raises:
            NotFoundError: there is none of that id that waits or is under way.
            ConflictError: this person may not; says why.
            StoreError: it was not written, and has not happened.
        """
        seat, key = await self._of(command_id)
        now = await self._time(seat)
        async with self._lock:
            refused = self._permit(actor, seat.definition, seat.entity)
            if refused is not None:
                raise ConflictError(refused)
            keeper = await self._keeper(seat)
            await self._keep(seat, keeper.cancel(seat.record, key, actor, now))
        return await self.command(key)

    async def undo(self, command_id: str, actor: Actor) -> Command:
        """Want the setting that was before a command; returns the new command.

        Raises:
            NotFoundError: there is no such command.
            ConflictError: it cannot be undone at a touch (any more); says why.
            StoreError: it was not written, and has not happened.
        """
        seat, key = await self._of(command_id)
        command = await self.command(key)
        why = self.why_not_undone(seat, command, await self._time(seat))
        if why is not None or command.previous is None:
            raise ConflictError(f"command {key}: {why}", hint="send a command of your own")
        return await self.request(
            seat.entity,
            command.previous,
            actor,
            command_id=f"{key}:undo",
            reason="undo",
            cause=urn(key),
        )

    def why_not_undone(self, seat: Seat, command: Command, now: int) -> str | None:
        """Why a command cannot be undone at a touch, in words; None where it can."""
        within = seat.definition.undo_within
        if command.state is not State.CONFIRMED:
            return f"it is {command.state.value}, not confirmed"
        if command.previous is None or command.previous == command.value:
            return "the setting before it is not known, or the same"
        if now - command.since > within * SECOND:
            return f"it was confirmed more than {within:g} s ago"
        record = seat.record
        if record.current is not None or record.setting != command.value:
            return "something else has happened since"
        return None

    async def set_mode(self, entity_id: str, mode: Mode, actor: Actor) -> Record:
        """Say who moves an asset; returns its record then.

        Raises:
            NotFoundError: it is no actuator.
            ConflictError: no person asks, or this one may not.
            StoreError: it was not written, and has not happened.
        """
        seat = self.seat(entity_id)
        now = await self._time(seat)
        async with self._lock:
            refused = self._permit(actor, seat.definition, entity_id)
            if refused is not None:
                raise ConflictError(refused)
            keeper = await self._keeper(seat)
            await self._keep(seat, keeper.set_mode(seat.record, mode, actor, now))
        return seat.record

    async def command(self, command_id: str) -> Command:
        """A command by its id.

        Raises:
            NotFoundError: there is none.
        """
        found = await self._known(command_id.removeprefix(PREFIX))
        if found is None:
            raise NotFoundError(f"command {command_id!r}: there is none")
        return found

    async def look(self, seat: Seat) -> Snapshot:
        """What the interlocks of an actuator see."""
        return await snapshot(
            self._store, seat.definition, seat.entity, self._expand, self._pending
        )

    async def now(self, seat: Seat) -> int | None:
        """The time by an actuator's clock [µs]; None while its plant has not told it."""
        return await self._now(seat)

    def link_fault(self, seat: Seat) -> str | None:
        """Why nothing can be sent to an actuator, in words; None where it can."""
        way = self._way(seat.entity)
        return _NO_WAY if way is None else way.fault(seat.entity)

    async def _followed(self, step: Coroutine[None, None, None]) -> None:
        """Take one step; what cannot be followed is said and never stops the next.

        Raises:
            StoreError: it was not written.
        """
        try:
            await step
        except StoreError:
            raise
        except KotaError as error:
            _log.error("an actuator cannot be followed: %s", error)

    def _concerns(self, change: Change) -> bool:
        entity = change.entity
        return entity.id in self.seats or self._definition(entity) is not None

    def _definition(self, entity: Entity) -> ActuatorDefinition | None:
        own = self._by_entity.get(entity.id)
        if own is not None:
            return own
        return next((self._by_type[kind] for kind in entity.types if kind in self._by_type), None)

    def _seat(self, entity: Entity) -> Seat | None:
        """The actuator that an entity is, taken up where it is new."""
        definition = self._definition(entity)
        seat = self.seats.get(entity.id)
        if definition is None:
            return None
        if seat is None:
            record = self._records.get(entity.id, Record())
            seat = self.seats[entity.id] = Seat(entity.id, definition, record)
        seat.definition = definition
        return seat

    async def _see(self, change: Change) -> None:
        if change.after is None:
            gone = self.seats.pop(change.entity.id, None)
            if gone is not None:
                self._records[gone.entity] = gone.record
            return
        seat = self._seat(change.after)
        if seat is not None:
            await self._feed(seat, change.after)

    async def _resume(self, seat: Seat) -> None:
        now = await self._now(seat)
        if now is not None:
            await self._decide(seat, lambda keeper: keeper.resume(seat.record, now))

    def _pending(self, entity_id: str) -> Value | None:
        seat = self.seats.get(entity_id)
        current = None if seat is None else seat.record.current
        return None if current is None else current.value

    async def _feed(self, seat: Seat, entity: Entity) -> None:
        """Let an actuator know what its feedback tells."""
        reading = reading_of(entity, self._expand(seat.definition.feedback))
        now = self._instant(entity)
        if reading is None or reading.at == UNTIMED or now is None:
            return
        if seat.record.told_at is not None and reading.at <= seat.record.told_at:
            return
        await self._decide(seat, lambda keeper: keeper.told(seat.record, reading, now))

    async def _heed(self, answer: Answer) -> None:
        """Take over what a device says to the command that is under way."""
        seat = self.seats.get(answer.entity)
        now = None if seat is None else await self._now(seat)
        current = None if seat is None else seat.record.current
        if seat is None or now is None or current is None or current.sequence is None:
            return
        if answer.id is not None and answer.id.removeprefix(PREFIX) != current.id:
            return
        number = current.sequence if answer.sequence is None else answer.sequence
        await self._decide(
            seat, lambda keeper: keeper.answered(seat.record, number, answer.fault, now)
        )

    def _hear(self, answer: Answer) -> None:
        self._answers.append(answer)
        self._woken.set()

    async def _tick(self, seat: Seat) -> None:
        now = await self._now(seat)
        if now is None:
            return
        linked = self._is_linked(seat)
        await self._decide(seat, lambda keeper: keeper.tick(seat.record, now, linked=linked))

    def _is_linked(self, seat: Seat) -> bool:
        """Whether the way to it is open, or is still being opened after the start."""
        if self.link_fault(seat) is None:
            seat.linked = True
            return True
        return not seat.linked and self._clock.now() - self._began < GRACE_S * SECOND

    async def _decide(self, seat: Seat, judge: Callable[[Keeper], Decision]) -> None:
        async with self._lock:
            await self._keep(seat, judge(await self._keeper(seat)))

    async def _keeper(self, seat: Seat) -> Keeper:
        return Keeper(seat.definition, seat.entity, await self.look(seat))

    async def _keep(self, seat: Seat, decision: Decision) -> None:
        """Make a decision durable, then send what it says."""
        entity = await self._store.get(seat.entity)
        plant = None if entity is None else clock_name(entity)
        await keep(self._store, self._clock, seat, decision, plant)
        if decision.send is not None:
            seat.outgoing = decision.send
            if seat.sender is None or seat.sender.done():
                name = f"kota-command-{seat.entity}"
                seat.sender = asyncio.create_task(self._send(seat), name=name)

    async def _send(self, seat: Seat) -> None:
        """Send what waits, one after the other, again where it did not get through."""
        while (command := seat.outgoing) is not None:
            now = await self._now(seat)
            if now is None or now >= command.expires_at or not seat.is_wanted(command):
                if seat.outgoing is command:
                    seat.outgoing = None
                continue
            try:
                await self._transmit(seat, command, now)
            except ConnectError as error:
                seat.fault = str(error)
                await asyncio.sleep(RETRY_S)
            else:
                seat.fault = None
                if seat.outgoing is command:
                    seat.outgoing = None

    async def _transmit(self, seat: Seat, command: Command, now: int) -> None:
        way = self._way(seat.entity)
        if way is None:
            raise ConnectError(_NO_WAY)
        assert command.sequence is not None
        speed = await self._speed(seat)
        order = Order(
            id=urn(command.id),
            entity=seat.entity,
            command=seat.definition.command,
            value=command.value,
            sequence=command.sequence,
            expires_at=command.expires_at,
            lifetime=(command.expires_at - now) / SECOND / max(speed, 1e-3),
        )
        await way.send(order)

    def _way(self, entity_id: str) -> Transmitter | None:
        return next((way for way in self._transmitters if way.knows(entity_id)), None)

    async def _known(self, key: str) -> Command | None:
        entity = await self._store.get(urn(key))
        return None if entity is None else read_command(entity)

    async def _of(self, command_id: str) -> tuple[Seat, str]:
        """The actuator that a command is for."""
        command = await self.command(command_id)
        return self.seat(command.entity), command.id

    async def _now(self, seat: Seat) -> int | None:
        entity = await self._store.get(seat.entity)
        return None if entity is None else self._instant(entity)

    def _instant(self, entity: Entity) -> int | None:
        plant = clock_name(entity)
        if plant is not None and plant not in self._clocks.plants:
            return None
        return self._clocks.of(plant).now()

    async def _speed(self, seat: Seat) -> float:
        entity = await self._store.get(seat.entity)
        plant = None if entity is None else self._clocks.plants.get(clock_name(entity) or "")
        return 1.0 if plant is None else plant.speed

    async def _time(self, seat: Seat) -> int:
        now = await self._now(seat)
        if now is None:
            raise ConflictError(
                f"{seat.entity}: its plant has not told its time yet", hint="try again in a moment"
            )
        return now
