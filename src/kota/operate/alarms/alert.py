"""An alarm as an NGSI-LD ``Alert`` entity, so that it is kept, subscribed to and has a history.

Every transition is written to the attribute `terms.TRANSITION`; its history is the journal.
Numbers carry no time of observation: an alarm is not a sensor that can fall silent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Final

import msgspec

from kota.model import instant
from kota.model.entity import Attribute, Entity, Kind
from kota.model.terms import CLOCK, LOCATION, NAME
from kota.operate.actor import Actor
from kota.operate.alarms import terms
from kota.operate.alarms.alarm import Alarm, Transition
from kota.operate.alarms.definition import AlarmDefinition
from kota.operate.alarms.states import Event, State
from kota.operate.conditions.probe import Cause

Read = Callable[[Any], Any]

_TIMED: Final = frozenset({terms.STATE, terms.ACTIVE, terms.TRANSITION})
"""What is true as of the transition."""

_FIELDS: Final[tuple[tuple[str, str, Read, Read], ...]] = (
    ("definition", terms.DEFINITION, str, str),
    ("state", terms.STATE, str, State),
    ("active", terms.ACTIVE, bool, bool),
    ("suppressed", terms.SUPPRESSED, bool, bool),
    ("since", terms.SINCE, instant.render, instant.parse),
    ("raised_at", terms.ISSUED, instant.render, instant.parse),
    ("count", terms.COUNT, int, int),
    ("acknowledged_by", terms.ACKNOWLEDGED_BY, str, str),
    ("acknowledged_at", terms.ACKNOWLEDGED_AT, instant.render, instant.parse),
    ("assignee", terms.ASSIGNEE, str, str),
    ("shelved_until", terms.SHELVED_UNTIL, instant.render, instant.parse),
    ("escalation", terms.ESCALATION, int, int),
    ("group", terms.GROUP, str, str),
    ("cause", terms.CAUSE, msgspec.to_builtins, partial(msgspec.convert, type=Cause)),
    ("judged_at", terms.JUDGED_AT, instant.render, instant.parse),
)
"""Field of `Alarm`, attribute, how it is written and how it is read."""


class Entry(msgspec.Struct, frozen=True, omit_defaults=True, rename="camel"):
    """A transition as the journal holds it; times in ISO 8601."""

    event: Event
    before: State
    after: State
    at: str
    by: str
    role: str
    why: str | None = None
    attribute: str | None = None
    value: Any = None
    unit_code: str | None = None
    observed_at: str | None = None
    limit: float | str | bool | None = None
    until: str | None = None
    assignee: str | None = None
    group: str | None = None

    def transition(self) -> Transition:
        """As a transition."""
        cause = Cause(
            self.attribute, self.value, self.unit_code, _instant(self.observed_at), self.limit
        )
        return Transition(
            self.event,
            self.before,
            self.after,
            instant.parse(self.at),
            Actor(self.by, self.role),
            self.why,
            cause if cause != Cause() else None,
            _instant(self.until),
            self.assignee,
        )


def entry(transition: Transition, group: str | None) -> Entry:
    """A transition as the journal is to hold it."""
    cause = transition.cause or Cause()
    return Entry(
        transition.event,
        transition.before,
        transition.after,
        instant.render(transition.at),
        transition.actor.name,
        transition.actor.role,
        transition.why,
        cause.attribute,
        cause.value,
        cause.unit,
        None if cause.at is None else instant.render(cause.at),
        cause.limit,
        None if transition.until is None else instant.render(transition.until),
        transition.assignee,
        group,
    )


def read_entry(value: Any) -> Entry | None:
    """A value of the journal, or None where it is something else."""
    try:
        return msgspec.convert(value, Entry)
    except msgspec.ValidationError:
        return None


def writing(
    alarm: Alarm, definition: AlarmDefinition | None, source: Entity | None, now: int
) -> Callable[[Entity | None], Entity]:
    """The mutation that brings an Alert entity up to its alarm.

    Args:
        alarm: as it stands.
        definition: its definition; None where that is gone.
        source: the entity that it is of, where it is known.
        now: wall time, stamps what changes.
    """
    wanted = dict(_dynamic(alarm))
    if definition is not None:
        wanted |= _static(alarm, definition, source)

    def write(before: Entity | None) -> Entity:
        held = {} if before is None else before.attrs
        attrs = {name: one for name, one in held.items() if name not in _OWNED}
        at = None if alarm.last is None else alarm.last.at
        for name, (kind, value) in wanted.items():
            attrs[name] = (_instance(held.get(name), name, kind, value, at, now),)
        for name in _CONSTANT & held.keys() - attrs.keys():
            attrs[name] = held[name]
        scope = source.scope if source is not None else (before.scope if before else ())
        if before is not None and before.scope == scope and _same(attrs, held):
            return before
        created = now if before is None else before.created_at
        return Entity(alarm.id, (terms.ALERT,), attrs, scope, created, now)

    return write


def read_alarm(entity: Entity) -> Alarm | None:
    """The alarm that an Alert entity tells of; None where it is none of Kota's own."""
    values: dict[str, Any] = {}
    source = entity.default(terms.SOURCE)
    if source is None or not isinstance(source.value, str):
        return None
    try:
        for field, name, _, read in _FIELDS:
            found = entity.default(name)
            if found is not None:
                values[field] = read(found.value)
        last = entity.default(terms.TRANSITION)
        journalled = None if last is None else read_entry(last.value)
        values["last"] = None if journalled is None else journalled.transition()
        alarm = Alarm(entity=source.value, **values)
    except (TypeError, ValueError, msgspec.MsgspecError):
        return None
    return alarm if alarm.id == entity.id else None


def _dynamic(alarm: Alarm) -> Iterator[tuple[str, tuple[Kind, Any]]]:
    for field, name, write, _ in _FIELDS:
        value = getattr(alarm, field)
        if value is not None:
            yield name, (Kind.PROPERTY, write(value))
    if alarm.last is not None:
        value = msgspec.to_builtins(entry(alarm.last, alarm.group))
        yield terms.TRANSITION, (Kind.JSON_PROPERTY, value)
    yield terms.SOURCE, (Kind.RELATIONSHIP, alarm.entity)


def _static(
    alarm: Alarm, definition: AlarmDefinition, source: Entity | None
) -> dict[str, tuple[Kind, Any]]:
    called = None if source is None else source.default(NAME)
    known = called.value if called is not None else None
    title = known if isinstance(known, str) else alarm.entity.removeprefix("urn:ngsi-ld:")
    found: dict[str, tuple[Kind, Any]] = {
        terms.NAME: (Kind.PROPERTY, f"{definition.title}: {title}"),
        terms.DESCRIPTION: (Kind.PROPERTY, definition.title),
        terms.CATEGORY: (Kind.PROPERTY, definition.owner or "operation"),
        terms.SUB_CATEGORY: (Kind.PROPERTY, definition.when.kind),
        terms.SEVERITY: (Kind.PROPERTY, definition.priority),
        terms.CONSEQUENCE: (Kind.PROPERTY, definition.consequence),
        terms.ACTION: (Kind.PROPERTY, definition.action),
    }
    if definition.owner is not None:
        found[terms.OWNER] = (Kind.PROPERTY, definition.owner)
    for name in (CLOCK, LOCATION):
        given = None if source is None else source.default(name)
        if given is not None and (name != LOCATION or alarm.annunciated):
            found[name] = (given.kind, given.value)
    return found


_CONSTANT: Final = frozenset(
    {
        terms.NAME,
        terms.DESCRIPTION,
        terms.CATEGORY,
        terms.SUB_CATEGORY,
        terms.SEVERITY,
        terms.CONSEQUENCE,
        terms.ACTION,
        terms.OWNER,
        CLOCK,
    }
)
"""What stays on the entity where its definition is gone."""
_OWNED: Final = (
    _CONSTANT | {name for _, name, _, _ in _FIELDS} | {terms.TRANSITION, terms.SOURCE, LOCATION}
)


def _instance(
    held: tuple[Attribute, ...] | None, name: str, kind: Kind, value: Any, at: int | None, now: int
) -> Attribute:
    """The instance that is there already where it says the same, else a new one."""
    if held and held[0].kind is kind and held[0].value == value:
        return held[0]
    observed = at if name in _TIMED else None
    created = held[0].created_at if held else now
    return Attribute(kind, value, observed, created_at=created, modified_at=now)


def _same(some: dict[str, Any], others: dict[str, Any]) -> bool:
    if some.keys() != others.keys():
        return False
    return all(one[0] is others[name][0] for name, one in some.items())


def _instant(text: str | None) -> int | None:
    return None if text is None else instant.parse(text)
