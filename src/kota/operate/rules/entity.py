"""What a rule did about an entity, as an NGSI-LD ``RuleFiring``: partners may subscribe to it.

The attribute `terms.FIRING` holds the last firing with its reasons and what was done; its history
is the journal of all of them.
"""

from __future__ import annotations

from typing import Any, Final, Literal

import msgspec

from kota.model.entity import Entity, Kind
from kota.model.instant import render
from kota.model.terms import CLOCK, LOCATION, NAME
from kota.operate import keeping
from kota.operate.rules import terms
from kota.operate.rules.firing import Evidence
from kota.store.state import Write

PREFIX: Final = "urn:ngsi-ld:"
_COPIED: Final = (LOCATION, CLOCK)


class Outcome(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of one action.

    Args:
        do: which sort.
        state: whether it is still to be done, was done, or could not be.
        words: what was done, or why not.
        id: of what it made: a command, a work order, a notice.
    """

    do: str
    state: Literal["pending", "done", "failed"] = "pending"
    words: str = ""
    id: str | None = None


class Told(msgspec.Struct, frozen=True, omit_defaults=True):
    """One firing as the journal holds it; times in ISO 8601."""

    at: str
    since: str
    version: int
    digest: str
    evidence: tuple[Evidence, ...] = ()
    outcomes: tuple[Outcome, ...] = ()


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of a rule and an entity.

    Args:
        rule, subject: which.
        active: whether it fired and still holds.
        fired_at, ended_at: when, last [µs].
        count: how often it fired.
        version, digest: of the rule at the last firing.
        told: the last firing.
    """

    rule: str
    subject: str
    active: bool = False
    fired_at: int | None = None
    ended_at: int | None = None
    count: int = 0
    version: int = 0
    digest: str = ""
    told: Told | None = None

    @property
    def id(self) -> str:
        """Of its entity: the same for ever."""
        return firing_id(self.rule, self.subject)


FIELDS: Final = (
    keeping.text("rule", terms.RULE),
    keeping.link("subject", terms.SUBJECT),
    keeping.yes("active", terms.ACTIVE),
    keeping.time("fired_at", terms.FIRED_AT),
    keeping.time("ended_at", terms.ENDED_AT),
    keeping.whole("count", terms.COUNT),
    keeping.whole("version", terms.VERSION),
    keeping.text("digest", terms.DIGEST),
    keeping.parts("told", terms.FIRING, Told),
)


def firing_id(rule: str, subject: str) -> str:
    """The id of the RuleFiring of a rule and an entity.

    >>> firing_id("park.crowd", "urn:ngsi-ld:Zone:Z1")
    'urn:ngsi-ld:RuleFiring:park.crowd:Zone:Z1'
    """
    return f"{PREFIX}RuleFiring:{rule}:{subject.removeprefix(PREFIX)}"


def read_record(entity: Entity) -> Record | None:
    """The record that an entity tells of; None where it is none of Kota's own."""
    values = keeping.read_fields(entity, FIELDS)
    if values is None or not {"rule", "subject"} <= values.keys():
        return None
    record = Record(**values)
    return record if record.id == entity.id else None


def read_told(value: Any) -> Told | None:
    """A value of the journal, or None where it is something else."""
    try:
        return msgspec.convert(value, Told)
    except msgspec.ValidationError:
        return None


def writing(record: Record, title: str | None, source: Entity | None, now: int) -> Write:
    """The write that brings the entity up to its record.

    Args:
        record: as it is.
        title: of the rule; None: it is gone, what is called stays.
        source: the subject as everybody may see it, where it is known.
        now: wall time.
    """

    def write(before: Entity | None) -> Entity:
        held = {} if before is None else before.attrs
        attrs = {**held, **keeping.written(held, record, FIELDS, now)}
        if record.told is not None and record.fired_at is not None:
            said = msgspec.to_builtins(record.told)
            attrs[terms.FIRING] = keeping.stated(
                held, terms.FIRING, Kind.JSON_PROPERTY, said, now, record.fired_at
            )
        if title is not None:
            called = f"{title}: {_called(record, source)}"
            attrs[NAME] = keeping.stated(held, NAME, Kind.PROPERTY, called, now)
        for name in _COPIED:
            given = None if source is None else source.default(name)
            if given is not None:
                attrs[name] = keeping.stated(held, name, given.kind, given.value, now)
        scope = source.scope if source is not None else (before.scope if before else ())
        created = now if before is None else before.created_at
        return Entity(record.id, (terms.RULE_FIRING,), attrs, scope, created, now)

    return Write(record.id, write)


def told(at: int, since: int, version: int, digest: str, evidence: tuple[Evidence, ...]) -> Told:
    """A firing for the journal."""
    return Told(render(at), render(since), version, digest, evidence)


def _called(record: Record, source: Entity | None) -> str:
    found = None if source is None else source.default(NAME)
    if found is not None and isinstance(found.value, str):
        return found.value
    return record.subject.removeprefix(PREFIX)
