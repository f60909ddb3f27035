"""What the API says of actuators and commands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

from kota.api import words
from kota.api.kota.answers import Model
from kota.model.instant import render
from kota.model.units import unit as unit_of
from kota.operate.commands.command import Command, Mode
from kota.operate.commands.entity import read_command, read_life, urn
from kota.operate.commands.interlock import AnyInterlock, Situation, Value, staleness
from kota.operate.commands.reading import UNTIMED, Reading
from kota.operate.commands.seat import Seat
from kota.operate.commands.snapshot import Snapshot
from kota.operate.commands.wording import worded

if TYPE_CHECKING:
    from kota.api.rooms import Rooms
    from kota.store.state import StateStore

Setting = bool | float | str
ModeName = Literal["shadow", "manual", "advisory", "automatic"]
SHOWN: Final = 20
"""So many past commands stand on a faceplate."""


class PersonView(Model):
    """Who acted."""

    name: str
    role: str


class StepView(Model):
    """One step of a command's life."""

    state: str
    at: str
    by: str
    role: str
    words: str


class CommandView(Model):
    """A command as it stands; `undoable` says why it cannot be undone at a touch, else null."""

    id: str
    entity: str
    value: Setting
    state: str
    words: str | None
    since: str
    by: PersonView
    at: str
    expires_at: str
    reason: str
    cause: str | None
    approvals: list[PersonView]
    sequence: int | None
    sent_at: str | None
    previous: Setting | None
    restores: str | None
    undo_refused: str | None
    life: list[StepView]


class RefusalView(Model):
    """Why a setting is refused by an interlock."""

    value: Setting
    words: str


class InterlockView(Model):
    """An interlock, the settings that it guards, and what it stands against now.

    `words` are why a command is refused, or where its definition has none (`rule`), what has to
    hold before one.
    """

    words: str
    rule: bool
    only: list[Setting]
    refuses: list[RefusalView]


class ActuatorView(Model):
    """An actuator on a list."""

    entity: str
    name: str | None
    definition: str
    title: str
    mode: ModeName
    setting: Setting | None
    setting_at: str | None
    stale: str | None
    safe_taken: bool
    link: str | None
    waiting: int


class Faceplate(ActuatorView):
    """Everything that an operator needs before a command; `link` says why none gets through."""

    values: list[Setting]
    unit: str | None
    tolerance: float
    consequence: str
    two_person: bool
    safe: Setting | None
    confirm_within: float
    expire_after: float
    undo_within: float
    interlocks: list[InterlockView]
    current: CommandView | None
    approvals: list[CommandView]
    history: list[CommandView]


class Views:
    """Makes actuators and commands ready to be shown.

    Args:
        rooms: the commands, and the entities that they are for.
    """

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms

    async def actuator(self, seat: Seat) -> ActuatorView:
        """For a list."""
        return ActuatorView(**await self._fields(seat, await self._rooms.commands.look(seat)))

    async def faceplate(self, seat: Seat) -> Faceplate:
        """For whoever is about to command."""
        rooms, definition = self._rooms, seat.definition
        snapshot = await rooms.commands.look(seat)
        now = await rooms.commands.now(seat)
        unit = None if definition.unit is None else unit_of(definition.unit)
        record = seat.record
        past = [await self._past(key) for key in reversed(record.recent[-SHOWN:])]
        return Faceplate(
            **await self._fields(seat, snapshot),
            values=list(definition.values),
            unit=None if unit is None else unit.symbol,
            tolerance=definition.tolerance,
            consequence=definition.consequence,
            two_person=definition.two_person,
            safe=definition.safe,
            confirm_within=definition.confirm_within,
            expire_after=definition.expire_after,
            undo_within=definition.undo_within,
            interlocks=_interlocks(seat, snapshot, now),
            current=None if record.current is None else await self.command(record.current),
            approvals=[await self.command(one) for one in record.waiting],
            history=[one for one in past if one is not None],
        )

    async def command(self, command: Command) -> CommandView:
        """One command with its life."""
        rooms = self._rooms
        entity = await rooms.state.get(urn(command.id))
        seat = rooms.commands.seats.get(command.entity)
        now = None if seat is None else await rooms.commands.now(seat)
        refused: str | None = "its actuator is gone"
        if seat is not None and now is not None:
            refused = rooms.commands.why_not_undone(seat, command, now)
        steps = [] if entity is None else read_life(entity)
        return CommandView(
            id=urn(command.id),
            entity=command.entity,
            value=command.value,
            state=command.state.value,
            words=command.words,
            since=render(command.since),
            by=PersonView(name=command.actor.name, role=command.actor.role),
            at=render(command.at),
            expires_at=render(command.expires_at),
            reason=command.reason,
            cause=command.cause,
            approvals=[PersonView(name=one.name, role=one.role) for one in command.approvals],
            sequence=command.sequence,
            sent_at=None if command.sent_at is None else render(command.sent_at),
            previous=command.previous,
            restores=None if command.restores is None else urn(command.restores),
            undo_refused=refused,
            life=[StepView.model_validate(step) for step in steps],
        )

    async def _past(self, key: str) -> CommandView | None:
        found = await _stored(self._rooms.state, key)
        return None if found is None else await self.command(found)

    async def _fields(self, seat: Seat, snapshot: Snapshot) -> dict[str, Any]:
        rooms = self._rooms
        entity = snapshot.entities.get(seat.entity)
        reading = snapshot.reading(seat.entity, seat.definition.feedback)
        now = await rooms.commands.now(seat)
        return {
            "entity": seat.entity,
            "name": None if entity is None else words.name(entity),
            "definition": seat.definition.id,
            "title": seat.definition.title,
            "mode": Mode(seat.record.mode).value,
            "setting": None if reading is None else reading.value,
            "setting_at": None if reading is None or reading.at == UNTIMED else render(reading.at),
            "stale": _stale(reading, seat, now),
            "safe_taken": seat.record.safe,
            "link": rooms.commands.link_fault(seat),
            "waiting": len(seat.record.waiting),
        }


def _stale(reading: Reading | None, seat: Seat, now: int | None) -> str | None:
    if now is None:
        return "its plant has not told its time yet"
    return staleness(reading, seat.definition.fresh, now)


def _interlocks(seat: Seat, snapshot: Snapshot, now: int | None) -> list[InterlockView]:
    """What each interlock says to each setting; to the present one where any number is."""
    if now is None:
        return [_interlock(one, []) for one in seat.definition.interlocks]
    present = seat.record.setting
    candidates: tuple[Value, ...] = seat.definition.values
    if not candidates and present is not None:
        candidates = (present,)
    views = []
    for interlock in seat.definition.interlocks:
        refuses = []
        for value in candidates:
            situation = Situation(seat.entity, value, now, seat.record.moves, snapshot)
            reason = interlock.refusal(situation)
            if reason is not None:
                refuses.append(RefusalView(value=value, words=reason))
        views.append(_interlock(interlock, refuses))
    return views


def _interlock(interlock: AnyInterlock, refuses: list[RefusalView]) -> InterlockView:
    return InterlockView(
        words=worded(interlock),
        rule=interlock.words is None,
        only=list(interlock.only),
        refuses=refuses,
    )


async def _stored(state: StateStore, key: str) -> Command | None:
    entity = await state.get(urn(key))
    return None if entity is None else read_command(entity)
