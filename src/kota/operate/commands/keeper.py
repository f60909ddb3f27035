"""Decides, for one actuator, what becomes of whatever happens to it; pure, so it can be proved.

Every function takes the record of an actuator and gives back what it becomes, the lines for the
audit, and what is to be sent. The caller makes record and lines durable *before* it sends: nothing
reaches an actuator that is not in the audit.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from kota.errors import ConflictError, NotFoundError
from kota.model.instant import SECOND
from kota.model.quality import Level
from kota.operate.actor import SYSTEM, Actor, is_person
from kota.operate.commands.actuator import ActuatorDefinition
from kota.operate.commands.command import Command, Entry, Mode, Record
from kota.operate.commands.interlock import Move, Requires, Situation, Value, staleness
from kota.operate.commands.life import State, follow
from kota.operate.commands.reading import Reading, World

REMEMBERED: Final = 64
"""Ids of ended commands that are kept to recognise one that comes again."""
MOVES: Final = 256
"""Past changes of a setting that are kept at most."""


class Decision(msgspec.Struct, frozen=True):
    """What follows.

    Args:
        record: what is kept from now on.
        entries: lines for the audit, in order.
        send: the command that is to be sent now, once record and entries are durable.
    """

    record: Record
    entries: tuple[Entry, ...] = ()
    send: Command | None = None


class Keeper:
    """Judges for one actuator.

    Args:
        definition: what it is.
        entity: id of its entity.
        world: the city, read when asked.
    """

    def __init__(self, definition: ActuatorDefinition, entity: str, world: World) -> None:
        self.definition = definition
        self.entity = entity
        self.world = world

    def request(self, record: Record, command: Command, refused: str | None, now: int) -> Decision:
        """A command is wanted.

        Args:
            record: of the actuator.
            command: in state REQUESTED.
            refused: why policy does not allow it, in words; None where it does.
            now: the instant [µs].
        """
        if self._is_known(record, command.id):
            return Decision(record)
        turn = _Turn(self.entity, record, now)
        command = turn.enter(command, State.REQUESTED, command.reason or "requested")
        if refused is not None:
            return turn.end(command, State.REFUSED, refused)
        command = turn.enter(command, State.AUTHORISED, "authorised")
        if now >= command.expires_at:
            return turn.end(command, State.EXPIRED, "it came after it had expired")
        if record.mode is Mode.SHADOW:
            return turn.end(command, State.LOGGED, "in shadow: nothing is sent")
        reason = self._refusal(record, command, now)
        if reason is not None:
            return turn.end(command, State.REFUSED, reason)
        command = turn.enter(command, State.CHECKED, "no interlock stands against it")
        turn.heed(command.actor)
        missing = self._missing(turn.record.mode, command)
        if missing:
            return turn.wait(command, missing)
        return turn.dispatch(command)

    def approve(
        self, record: Record, command_id: str, actor: Actor, refused: str | None, now: int
    ) -> Decision:
        """A person says yes to a command that waits.

        Raises:
            NotFoundError: none of that id waits.
            ConflictError: this person may not approve it; says why.
        """
        command = _waiting(record, command_id)
        if not is_person(actor):
            raise ConflictError(f"{actor.name} is no person; a person approves")
        if refused is not None:
            raise ConflictError(refused)
        if actor.name in {one.name for one in (command.actor, *command.approvals)}:
            raise ConflictError(f"{actor.name} has agreed already; a second person has to")
        turn = _Turn(self.entity, record, now)
        turn.forget(command)
        command = msgspec.structs.replace(command, approvals=(*command.approvals, actor))
        if now >= command.expires_at:
            return turn.end(command, State.EXPIRED, "it was approved after it had expired")
        reason = self._refusal(record, command, now, approved=True)
        if reason is not None:
            return turn.end(command, State.REFUSED, reason)
        command = turn.enter(command, State.CHECKED, f"approved by {actor.name}", actor=actor)
        turn.heed(command.actor)
        missing = self._missing(turn.record.mode, command)
        if missing:
            return turn.wait(command, missing)
        return turn.dispatch(command)

    def cancel(self, record: Record, command_id: str, actor: Actor, now: int) -> Decision:
        """A person takes a command back, or says no to a proposal.

        Raises:
            NotFoundError: no command of that id waits or is under way.
        """
        turn = _Turn(self.entity, record, now)
        if record.current is not None and record.current.id == command_id:
            turn.record = msgspec.structs.replace(record, current=None)
            words = f"by {actor.name}; it was sent already and may have been carried out"
            return turn.end(record.current, State.CANCELLED, words, actor=actor)
        command = _waiting(record, command_id)
        turn.forget(command)
        return turn.end(command, State.CANCELLED, f"by {actor.name}", actor=actor)

    def set_mode(self, record: Record, mode: Mode, actor: Actor, now: int) -> Decision:
        """A person says who moves the asset; leaving automatic stops what was under way.

        Raises:
            ConflictError: no person asks.
        """
        if not is_person(actor):
            raise ConflictError(f"{actor.name} is no person; a person sets the mode")
        if mode is record.mode:
            return Decision(record)
        turn = _Turn(self.entity, record, now)
        if mode in (Mode.MANUAL, Mode.SHADOW):
            turn.outrank(actor)
        turn.switch(mode, actor, f"by {actor.name}")
        return turn.decision()

    def told(self, record: Record, reading: Reading, now: int) -> Decision:
        """Feedback tells the setting."""
        if reading.level is Level.BAD or reading.at <= (record.told_at or -1):
            return Decision(record)
        turn = _Turn(self.entity, record, now)
        turn.record = msgspec.structs.replace(record, told_at=reading.at)
        current = record.current
        moved = record.setting is None or not self.definition.shows(reading.value, record.setting)
        if moved:
            turn.move(reading.value, reading.at, self.definition.memory)
        if current is not None and reading.at >= (current.sent_at or 0):
            if self.definition.shows(reading.value, current.value):
                return turn.confirm(current)
        elif moved and record.told_at is not None:
            turn.note("moved", SYSTEM, f"is {reading.value} without a command of Kota")
        return turn.decision()

    def answered(self, record: Record, sequence: int, fault: str | None, now: int) -> Decision:
        """The device says yes, or why not, to the command of a sequence number."""
        current = record.current
        if current is None or current.sequence != sequence or current.state is not State.SENT:
            return Decision(record)
        turn = _Turn(self.entity, record, now)
        if fault is None:
            accepted = turn.enter(current, State.ACCEPTED, "the device accepted it")
            turn.record = msgspec.structs.replace(turn.record, current=accepted)
            return turn.decision()
        turn.record = msgspec.structs.replace(record, current=None)
        return turn.end(current, State.REFUSED, f"the device: {fault}")

    def tick(self, record: Record, now: int, *, linked: bool = True) -> Decision:
        """Time has passed.

        Args:
            record: of the actuator.
            now: the instant [µs].
            linked: whether the way to the device is open.
        """
        turn = _Turn(self.entity, record, now)
        for command in record.waiting:
            if now >= command.expires_at:
                turn.forget(command)
                turn.end(command, State.EXPIRED, "nobody approved it in time")
        late = record.current
        ended = turn.time_out(late) if late is not None and self._is_late(late, now) else None
        lost = self._lost(turn.record, now, linked)
        if lost is not None and self._is_unsafe(turn.record):
            return self._take_safe(turn, lost)
        if lost is None and record.safe:
            turn.record = msgspec.structs.replace(turn.record, safe=False)
            turn.note("fresh", SYSTEM, "data are fresh again")
        return turn.decision() if ended is None else self._restore(turn, ended)

    def resume(self, record: Record, now: int) -> Decision:
        """After a start: what was sent and not answered is sent again; its number tells the device
        that it is the same."""
        current = record.current
        if current is None or current.state is not State.SENT or self._is_late(current, now):
            return Decision(record)
        return Decision(record, (), current)

    def _is_known(self, record: Record, command_id: str) -> bool:
        held = [record.current, record.timed_out, *record.waiting]
        return command_id in record.recent or any(
            one is not None and one.id == command_id for one in held
        )

    def _refusal(
        self, record: Record, command: Command, now: int, *, approved: bool = False
    ) -> str | None:
        person = is_person(command.actor)
        if record.mode is Mode.SHADOW:
            return "in shadow: nothing is sent"
        if record.mode is Mode.MANUAL and not person:
            return "in manual: persons alone command"
        if record.safe and not person and command.value != self.definition.safe:
            return "in its safe state until data are fresh"
        current = record.current
        if current is not None and is_person(current.actor) and not person and not approved:
            return f"a command of {current.actor.name} is under way"
        unknown = self.definition.knows(command.value)
        if unknown is not None:
            return unknown
        reasons = (
            interlock.refusal(Situation(self.entity, command.value, now, moves, self.world))
            for moves in _possible(record)
            for interlock in self.definition.interlocks
        )
        return next((reason for reason in reasons if reason is not None), None)

    def _missing(self, mode: Mode, command: Command) -> str | None:
        """Who has to approve yet, in words."""
        agreed = [one for one in (command.actor, *command.approvals) if is_person(one)]
        if self.definition.two_person and len({one.name for one in agreed}) < 2:
            return "a second person has to approve it" if agreed else "two persons have to approve"
        if mode is Mode.ADVISORY and not agreed:
            return "a person has to approve it"
        return None

    def _lost(self, record: Record, now: int, linked: bool) -> str | None:
        """Why the asset cannot be left to automatic control, in words."""
        if record.mode is not Mode.AUTOMATIC or self.definition.safe is None:
            return None
        if not linked:
            return "the link is lost"
        feedback = self.world.reading(self.entity, self.definition.feedback)
        stale = staleness(feedback, self.definition.fresh, now)
        if stale is not None:
            return f"{self.definition.feedback}: {stale}"
        for one in self.definition.interlocks:
            if isinstance(one, Requires):
                subject = one.subject(self.entity, self.world)
                found = None if subject is None else self.world.reading(subject, one.attribute)
                stale = staleness(found, one.fresh, now)
                if stale is not None:
                    return f"{one.attribute} of {subject}: {stale}"
        return None

    def _is_unsafe(self, record: Record) -> bool:
        """Whether the safe state is still to be taken: never yet, or it did not get through."""
        if not record.safe:
            return True
        return record.current is None and record.setting != self.definition.safe

    def _take_safe(self, turn: _Turn, lost: str) -> Decision:
        assert self.definition.safe is not None
        turn.outrank(SYSTEM)
        turn.record = msgspec.structs.replace(turn.record, safe=True)
        turn.note("safe", SYSTEM, f"{lost}: {self.definition.safe} is taken")
        return turn.dispatch(self._own(turn, self.definition.safe, "safe state", lost))

    def _restore(self, turn: _Turn, late: Command) -> Decision:
        """After a command that timed out: go to where its actuator is to be then."""
        back = self._fallback(late)
        if back is None or late.actor == SYSTEM:
            return turn.decision()
        if self.definition.on_timeout == "previous":
            turn.record = msgspec.structs.replace(turn.record, timed_out=late)
        follow_up = self._own(turn, back, "restore", f"{late.id} was not confirmed")
        return turn.dispatch(msgspec.structs.replace(follow_up, restores=late.id, cause=late.id))

    def _fallback(self, late: Command) -> Value | None:
        if self.definition.on_timeout == "safe":
            return self.definition.safe
        return late.previous if self.definition.on_timeout == "previous" else None

    def _own(self, turn: _Turn, value: Value, what: str, why: str) -> Command:
        """A command of Kota's own, past the interlocks: to a setting declared safe, or back."""
        number = turn.record.sequence + 1
        command = Command(
            id=f"{self.entity}:{what.replace(' ', '-')}:{turn.now}:{number}",
            entity=self.entity,
            value=value,
            actor=SYSTEM,
            at=turn.now,
            expires_at=turn.now + round(self.definition.expire_after * SECOND),
            reason=f"{what}: {why}",
        )
        command = turn.enter(command, State.REQUESTED, command.reason)
        command = turn.enter(command, State.AUTHORISED, "Kota's own")
        return turn.enter(command, State.CHECKED, "declared beforehand")

    def _is_late(self, command: Command, now: int) -> bool:
        return now - (command.sent_at or 0) >= self.definition.confirm_within * SECOND


class _Turn:
    """One decision while it is made: the record as it becomes, and what was written down."""

    def __init__(self, entity: str, record: Record, now: int) -> None:
        self.record = record
        self.now = now
        self._entity = entity
        self._entries: list[Entry] = []
        self._send: Command | None = None

    def decision(self) -> Decision:
        """What it has come to."""
        return Decision(self.record, tuple(self._entries), self._send)

    def note(self, what: str, actor: Actor, words: str, command: Command | None = None) -> None:
        """Write a line."""
        entry = Entry(
            entity=self._entity, at=self.now, actor=actor, what=what, words=words, command=command
        )
        self._entries.append(entry)

    def enter(
        self, command: Command, state: State, words: str, *, actor: Actor | None = None, **more: Any
    ) -> Command:
        """Move a command to a state, and write that down."""
        if state is not State.REQUESTED:
            follow(command.state, state)
        moved = msgspec.structs.replace(command, state=state, since=self.now, words=words, **more)
        self.note("command", actor or command.actor, words, moved)
        return moved

    def end(
        self, command: Command, state: State, words: str, *, actor: Actor | None = None
    ) -> Decision:
        """Move a command to its last state."""
        self.enter(command, state, words, actor=actor)
        self.remember(command.id)
        return self.decision()

    def wait(self, command: Command, words: str) -> Decision:
        """Let a command wait for approval."""
        waiting = self.enter(command, State.WAITING, words)
        held = (*self.record.waiting, waiting)
        self.record = msgspec.structs.replace(self.record, waiting=held)
        return self.decision()

    def forget(self, command: Command) -> None:
        """Let a command wait no longer."""
        held = tuple(one for one in self.record.waiting if one.id != command.id)
        self.record = msgspec.structs.replace(self.record, waiting=held)

    def remember(self, command_id: str) -> None:
        """Recognise a command when it comes again."""
        recent = (*self.record.recent, command_id)[-REMEMBERED:]
        self.record = msgspec.structs.replace(self.record, recent=recent)

    def dispatch(self, command: Command) -> Decision:
        """Send a command, in the place of one that is under way."""
        if self.record.current is not None:
            self._override(self.record.current, command.actor)
        number = self.record.sequence + 1
        sent = self.enter(
            command,
            State.SENT,
            f"sent as number {number}",
            sequence=number,
            sent_at=self.now,
            previous=self.record.setting,
        )
        self.record = msgspec.structs.replace(self.record, sequence=number, current=sent)
        self._send = sent
        return self.decision()

    def heed(self, actor: Actor) -> None:
        """Where a person commands, automation ends at once."""
        if is_person(actor):
            self.outrank(actor)
            if self.record.mode is Mode.AUTOMATIC:
                self.switch(Mode.MANUAL, actor, "a person commands")

    def outrank(self, actor: Actor) -> None:
        """End what solutions and rules have wanted: a person, or safety, takes over."""
        for command in self.record.waiting:
            if not is_person(command.actor):
                self.forget(command)
                self.end(command, State.OVERRIDDEN, f"{actor.name} took over", actor=actor)
        current = self.record.current
        if current is not None and not is_person(current.actor):
            self._override(current, actor)

    def time_out(self, late: Command) -> Command:
        """End the command that is under way: its time is over."""
        self.record = msgspec.structs.replace(self.record, current=None)
        self.remember(late.id)
        return self.enter(late, State.TIMED_OUT, "feedback did not confirm it in time")

    def switch(self, mode: Mode, actor: Actor, words: str) -> None:
        """Change the mode."""
        self.note("mode", actor, f"{self.record.mode} to {mode}: {words}")
        self.record = msgspec.structs.replace(self.record, mode=mode, safe=False)

    def move(self, value: Value, at: int, memory: float) -> None:
        """Keep a change of the setting, and forget those that no interlock looks back to."""
        since = at - round(memory * SECOND)
        kept = [one for one in self.record.moves if one.at >= since]
        before = [one for one in self.record.moves if one.at < since][-1:]
        moves = (*before, *kept, Move(at, value))[-MOVES:]
        self.record = msgspec.structs.replace(self.record, moves=moves)

    def confirm(self, current: Command) -> Decision:
        """Feedback shows what was wanted; a command that was rolled back by this ends too."""
        self.record = msgspec.structs.replace(self.record, current=None)
        decision = self.end(current, State.CONFIRMED, "feedback shows it")
        undone = self.record.timed_out
        if undone is None or undone.id != current.restores:
            return decision
        self.record = msgspec.structs.replace(self.record, timed_out=None)
        self.enter(undone, State.ROLLED_BACK, "the setting before it is confirmed", actor=SYSTEM)
        return self.decision()

    def _override(self, command: Command, actor: Actor) -> None:
        self.record = msgspec.structs.replace(self.record, current=None)
        self.end(command, State.OVERRIDDEN, f"{actor.name} took over", actor=actor)


def _possible(record: Record) -> list[tuple[Move, ...]]:
    """Past changes, without and with the one that is under way: it may or may not get through."""
    current = record.current
    if current is None or current.sent_at is None:
        return [record.moves]
    return [record.moves, (*record.moves, Move(current.sent_at, current.value))]


def _waiting(record: Record, command_id: str) -> Command:
    for command in record.waiting:
        if command.id == command_id:
            return command
    raise NotFoundError(f"no command {command_id!r} waits for approval")
