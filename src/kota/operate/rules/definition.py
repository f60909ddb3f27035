"""What a rule is defined by; a city writes it in a TOML file.

Names of types and attributes are short terms of the Kota context and of the solutions.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Literal

import msgspec

from kota.operate.alarms.priority import Priority, Severity
from kota.operate.conditions.condition import Condition

Scalar = str | float | bool
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class Fence(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A part of the world.

    Args:
        zone: id of an entity whose location it is.
        area: or a ring of positions ``[longitude, latitude]`` [°]; it is closed by itself.
        within: and whatever is so near to it [m].
    """

    zone: str | None = None
    area: tuple[tuple[float, float], ...] = ()
    within: float = 0.0


class Calendar(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """Times by the town's wall clocks; what is empty asks for nothing.

    Args:
        days: of the week. A stretch over midnight belongs to the day on which it begins.
        dates: ``12-25`` every year, or ``2026-12-25``.
        begin, end: ``HH:MM``; an end before the beginning is one of the next day. In TOML the keys
            are ``from`` and ``until``.
    """

    days: tuple[Day, ...] = ()
    dates: tuple[str, ...] = ()
    begin: str = msgspec.field(default="00:00", name="from")
    end: str = msgspec.field(default="24:00", name="until")


class Related(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """Other entities that a clause asks, by how they belong to the rule's own.

    Args:
        entity: this one, by its id.
        via: those that this relationship of the rule's entity leads to.
        type: those of this type, and of them, if said,
        by: those whose relationship of this name leads to the rule's entity;
        same: those with the same value of this attribute, such as a zone;
        near: those within so many metres.
    """

    entity: str | None = None
    via: str | None = None
    type: str | None = None
    by: str | None = None
    same: str | None = None
    near: float = 0.0


class Clause(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """One thing that a rule asks; exactly one of the first four.

    Args:
        condition: holds for the entity. In TOML the key is ``if``.
        inside, outside: where the entity is.
        calendar: what time it is.
        related: other entities are asked in the place of the rule's own.
        of_them: which of those must meet it: ``any``, ``all`` (and there is one) or ``none``.
    """

    condition: Condition | None = msgspec.field(default=None, name="if")
    inside: Fence | None = None
    outside: Fence | None = None
    calendar: Calendar | None = None
    related: Related | None = None
    of_them: Literal["any", "all", "none"] = "any"


class RaiseAlarm(
    msgspec.Struct,
    frozen=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
    tag_field="do",
    tag="alarm",
):
    """Raise an alarm, which lasts while the rule holds.

    Args:
        severity, respond_within, consequence, action, owner: see `AlarmDefinition`.
        title: what is wrong, in a few words; without it the rule's.
    """

    severity: Severity
    respond_within: float
    consequence: str
    action: str
    title: str = ""
    owner: str | None = None


class RequestCommand(
    msgspec.Struct,
    frozen=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
    tag_field="do",
    tag="command",
):
    """Request a command; the actuator's mode and its interlocks decide what becomes of it.

    Args:
        value: the setting.
        entity: id of the actuator; without it and `via` the rule's own entity.
        via: relationship of the rule's entity that leads to the actuators.
        reason: in words; without it the rule's title.
    """

    value: Scalar
    entity: str | None = None
    via: str | None = None
    reason: str = ""


class OpenWork(
    msgspec.Struct,
    frozen=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
    tag_field="do",
    tag="work",
):
    """Open a work order.

    Args:
        title, description: what is to be done.
        priority: how urgent.
        assignee: who gets it.
        due_within: until when [s].
        checklist: steps.
    """

    title: str
    description: str = ""
    priority: Priority = "medium"
    assignee: str | None = None
    due_within: float | None = None
    checklist: tuple[str, ...] = ()


class SendNotice(
    msgspec.Struct,
    frozen=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
    tag_field="do",
    tag="notify",
):
    """Tell people.

    Args:
        to: a chain or a contact of the town's notices.
        text: in words; without it the rule's title.
        priority: how urgent.
    """

    to: str
    text: str = ""
    priority: Priority = "medium"


class SetAttribute(
    msgspec.Struct,
    frozen=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
    tag_field="do",
    tag="set",
):
    """State an attribute of the rule's entity, or of another.

    Args:
        attribute: its short name.
        value: what it becomes.
        entity: id of the other entity.
    """

    attribute: str
    value: Scalar
    entity: str | None = None


Action = RaiseAlarm | RequestCommand | OpenWork | SendNotice | SetAttribute


class RuleDefinition(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """One rule.

    Args:
        id: unique, such as ``park.crowd-at-the-underpass``.
        title: what it is about, in a few words.
        when: what must hold.
        then: what is done, in order, once for each time that it begins to hold.
        type: for every entity of this type.
        entity: or for this entity alone, by its id.
        scope: only for entities there, in the NGSI-LD scope query language: ``/Town/North/#``.
        match: whether ``all`` clauses must hold or ``any``.
        lasting: how long [s] it must hold before it counts.
        again_after: after it fired it is quiet for so long [s] about the same entity.
        enabled: whether it is at work.
    """

    id: str
    title: str
    when: tuple[Clause, ...]
    then: tuple[Action, ...]
    type: str | None = None
    entity: str | None = None
    scope: str | None = None
    match: Literal["all", "any"] = "all"
    lasting: float = 0.0
    again_after: float = 0.0
    enabled: bool = True

    @property
    def digest(self) -> str:
        """What tells this definition from any other of the same id: of its content, 12 digits."""
        body = msgspec.json.encode(self, order="sorted")
        return sha256(body).hexdigest()[:12]
