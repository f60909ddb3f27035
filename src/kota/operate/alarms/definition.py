"""What an alarm is defined by; a solution states it as a value, a city in a TOML file.

Names of types and attributes are short terms of the Kota context and of the solutions.
"""

from __future__ import annotations

from typing import Final

import msgspec

from kota.operate.alarms.priority import Priority, Severity, priority
from kota.operate.conditions.condition import Condition

SHELVE_AT_MOST_S: Final = 8 * 3600.0
GROUP_WITHIN_S: Final = 1800.0


class Suppression(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A state of the city in which an alarm would say nothing new (suppressed by design).

    Args:
        q: a query, such as ``status=="maintenance"``.
        reason: in words, for the operator.
        entity: id of the entity that is asked; None: the one that the alarm is of.
    """

    q: str
    reason: str
    entity: str | None = None


class AlarmDefinition(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """One alarm, rationalized: what it tells, why it matters, what to do.

    Args:
        id: unique, such as ``water.tank-low``; a city's file replaces a solution's definition of
            the same id.
        title: what is wrong, in a few words.
        when: the condition.
        severity: of the consequence if nobody acts.
        respond_within: time until acting is too late [s]; with `severity` it makes the priority.
        consequence: what happens if nobody acts, in words.
        action: what the operator is to do, in words.
        type: for every entity of this type.
        entity: for this entity alone, by its id.
        scope: only for entities there, in the NGSI-LD scope query language: ``/Town/North/#``.
        delay_on, delay_off: how long [s] the condition must hold, and be over, before it counts.
        latching: stays until an operator resets it.
        owner: who it concerns; ``water``.
        cause: attributes whose values (a zone, a pipe's ends) name what else may have the same
            cause; alarms that share one within `group_within` are one incident.
        cause_near: so are alarms within this distance [m] of each other; 0: it says nothing.
        cause_kind: only alarms of the same kind of cause are one incident: turbid water and a
            silent gateway in one zone are two.
        group_within: see `cause` [s].
        suppress: when it would say nothing new.
        escalate_after: time unacknowledged [s] after which the next of `escalate_to` gets it.
        escalate_to: names, in turn.
        shelve_at_most: longest time on the shelf [s].
    """

    id: str
    title: str
    when: Condition
    severity: Severity
    respond_within: float
    consequence: str
    action: str
    type: str | None = None
    entity: str | None = None
    scope: str | None = None
    delay_on: float = 0.0
    delay_off: float = 0.0
    latching: bool = False
    owner: str | None = None
    cause: tuple[str, ...] = ()
    cause_near: float = 0.0
    cause_kind: str = ""
    group_within: float = GROUP_WITHIN_S
    suppress: tuple[Suppression, ...] = ()
    escalate_after: float | None = None
    escalate_to: tuple[str, ...] = ()
    shelve_at_most: float = SHELVE_AT_MOST_S

    @property
    def priority(self) -> Priority:
        """From severity and time to respond."""
        return priority(self.severity, self.respond_within)
