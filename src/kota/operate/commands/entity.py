"""A command as an NGSI-LD ``Command`` entity, so that partners see it live and it has a history.

Times in it carry no time of observation: a command is not a sensor that can fall silent.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final

import msgspec

from kota.model import instant
from kota.model.entity import Attribute, Entity, Kind
from kota.model.terms import CLOCK
from kota.operate.actor import Actor
from kota.operate.commands import terms
from kota.operate.commands.command import Command, Entry, Record
from kota.operate.commands.life import State
from kota.store.state import Write

PREFIX: Final = "urn:ngsi-ld:Command:"

Convert = Callable[[Any], Any]


class Step(msgspec.Struct, frozen=True, omit_defaults=True):
    """One step of a command's life; the time in ISO 8601."""

    state: State
    at: str
    by: str
    role: str
    words: str


def _same(value: Any) -> Any:
    return value


_FIELDS: Final[tuple[tuple[str, str, Kind, Convert, Convert], ...]] = (
    ("entity", terms.ACTUATOR, Kind.RELATIONSHIP, str, str),
    ("value", terms.VALUE, Kind.PROPERTY, _same, _same),
    ("state", terms.STATE, Kind.PROPERTY, str, State),
    ("since", terms.SINCE, Kind.PROPERTY, instant.render, instant.parse),
    ("words", terms.WORDS, Kind.PROPERTY, str, str),
    (
        "actor",
        terms.BY,
        Kind.JSON_PROPERTY,
        msgspec.to_builtins,
        partial(msgspec.convert, type=Actor),
    ),
    ("at", terms.AT, Kind.PROPERTY, instant.render, instant.parse),
    ("expires_at", terms.EXPIRES, Kind.PROPERTY, instant.render, instant.parse),
    ("reason", terms.REASON, Kind.PROPERTY, str, str),
    ("cause", terms.CAUSE, Kind.PROPERTY, str, str),
    (
        "approvals",
        terms.APPROVALS,
        Kind.JSON_PROPERTY,
        msgspec.to_builtins,
        partial(msgspec.convert, type=tuple[Actor, ...]),
    ),
    ("sequence", terms.SEQUENCE, Kind.PROPERTY, int, int),
    ("sent_at", terms.SENT_AT, Kind.PROPERTY, instant.render, instant.parse),
    ("previous", terms.PREVIOUS, Kind.PROPERTY, _same, _same),
    ("restores", terms.RESTORES, Kind.PROPERTY, str, str),
)
"""Field of `Command`, attribute, its kind, how it is written and how it is read."""


def urn(command_id: str) -> str:
    """The id of a command's entity.

    >>> urn("7f"), urn("urn:ngsi-ld:Command:7f")
    ('urn:ngsi-ld:Command:7f', 'urn:ngsi-ld:Command:7f')
    """
    return command_id if command_id.startswith(PREFIX) else PREFIX + command_id


def read_command(entity: Entity) -> Command | None:
    """The command that an entity tells of; None where it is none of Kota's own."""
    values: dict[str, Any] = {"id": entity.id.removeprefix(PREFIX)}
    try:
        for field, name, _, _, read in _FIELDS:
            found = entity.default(name)
            if found is not None:
                values[field] = read(found.value)
        return Command(**values)
    except (TypeError, ValueError, msgspec.MsgspecError):
        return None


def read_life(entity: Entity) -> list[Step]:
    """The steps of its life so far."""
    found = entity.default(terms.LIFE)
    try:
        return msgspec.convert([] if found is None else found.value, list[Step])
    except msgspec.ValidationError:
        return []


def command_writes(entries: Sequence[Entry], clock: str | None, now: int) -> list[Write]:
    """The writes that bring the entities of commands up to what was decided.

    Args:
        entries: of one decision; several of a command become one write.
        clock: name of the plant whose clock its times follow.
        now: wall time, stamps what changes.
    """
    steps: dict[str, list[Entry]] = {}
    for entry in entries:
        if entry.command is not None:
            steps.setdefault(entry.command.id, []).append(entry)
    return [Write(urn(key), _writing(urn(key), few, clock, now)) for key, few in steps.items()]


def asset_write(entity_id: str, record: Record, has_safe: bool, now: int) -> Write:
    """The write that shows on the asset itself who moves it, and where to."""
    wanted: dict[str, Any] = {terms.MODE: str(record.mode)}
    if record.current is not None:
        wanted[terms.SETTING] = record.current.value
    if has_safe:
        wanted[terms.SAFE] = record.safe

    def write(before: Entity | None) -> Entity | None:
        if before is None:
            return None
        attrs = dict(before.attrs)
        for name, value in wanted.items():
            attrs[name] = _kept(before, name, Kind.PROPERTY, value, now)
        if all(attrs[name] is before.attrs.get(name) for name in wanted):
            return before
        return _entity(before, attrs, now)

    return Write(entity_id, write)


def _writing(
    entity_id: str, entries: Sequence[Entry], clock: str | None, now: int
) -> Callable[[Entity | None], Entity]:
    command = entries[-1].command
    assert command is not None

    def write(before: Entity | None) -> Entity:
        base = before or Entity(entity_id, (terms.COMMAND,), {}, (), now, now)
        attrs = dict(base.attrs)
        for field, name, kind, said, _ in _FIELDS:
            value = getattr(command, field)
            if value is not None and value != () and value != "":
                attrs[name] = _kept(base, name, kind, said(value), now)
        life = [*read_life(base), *map(_step, entries)]
        attrs[terms.LIFE] = _kept(base, terms.LIFE, Kind.JSON_PROPERTY, _plain(life), now)
        if clock is not None:
            attrs[CLOCK] = _kept(base, CLOCK, Kind.PROPERTY, clock, now)
        return _entity(base, attrs, now)

    return write


def _step(entry: Entry) -> Step:
    assert entry.command is not None
    return Step(
        entry.command.state,
        instant.render(entry.at),
        entry.actor.name,
        entry.actor.role,
        entry.words,
    )


def _plain(life: list[Step]) -> Any:
    return msgspec.to_builtins(life)


def _kept(before: Entity, name: str, kind: Kind, value: Any, now: int) -> tuple[Attribute, ...]:
    """The instance that is there already where it says the same, else a new one."""
    held = before.attrs.get(name)
    same = held and held[0].kind is kind and type(held[0].value) is type(value)
    if held and same and held[0].value == value:
        return held
    created = held[0].created_at if held else now
    return (Attribute(kind, value, created_at=created, modified_at=now),)


def _entity(before: Entity, attrs: dict[str, tuple[Attribute, ...]], now: int) -> Entity:
    return Entity(before.id, before.types, attrs, before.scope, before.created_at, now)
