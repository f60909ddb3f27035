"""One alarm as it stands, and what a transition makes of it."""

from __future__ import annotations

from typing import Any

import msgspec

from kota.operate.actor import Actor
from kota.operate.alarms.states import ANNUNCIATED, SET_ASIDE, Event, State, step
from kota.operate.conditions.probe import Cause

PREFIX = "urn:ngsi-ld:"


class Transition(msgspec.Struct, frozen=True):
    """What happened to an alarm: who, when, why, from which observation.

    Args:
        event: what.
        before, after: the states.
        at: when [µs], by the clock of the alarm's entity.
        actor: who.
        why: a comment or reason, in words.
        cause: the observation, where one caused it.
        until: end of a shelving [µs].
        assignee: who has it now, where that changed.
    """

    event: Event
    before: State
    after: State
    at: int
    actor: Actor
    why: str | None = None
    cause: Cause | None = None
    until: int | None = None
    assignee: str | None = None


class Alarm(msgspec.Struct, frozen=True, kw_only=True):
    """One definition's alarm of one entity.

    Args:
        definition: id of the definition.
        entity: id of the entity.
        state: where it stands.
        active: whether its condition holds.
        suppressed: whether it is suppressed by design.
        since: since when it is in this state [µs].
        raised_at: when its condition last began [µs].
        count: how often it was raised.
        acknowledged_by: who acknowledged the last raising.
        acknowledged_at: when [µs].
        assignee: who takes care of it.
        shelved_until: end of the shelving [µs].
        escalation: how many of the chain have been called since it was raised.
        group: the incident it belongs to.
        cause: the observation that raised it last.
        judged_at: time of the newest observation that moved it [µs].
        last: its last transition.
    """

    definition: str
    entity: str
    state: State = State.NORMAL
    active: bool = False
    suppressed: bool = False
    since: int = 0
    raised_at: int | None = None
    count: int = 0
    acknowledged_by: str | None = None
    acknowledged_at: int | None = None
    assignee: str | None = None
    shelved_until: int | None = None
    escalation: int = 0
    group: str | None = None
    cause: Cause | None = None
    judged_at: int | None = None
    last: Transition | None = None

    @property
    def id(self) -> str:
        """The id of its Alert entity: the same for ever, so that it cannot be there twice."""
        return alarm_id(self.definition, self.entity)

    @property
    def annunciated(self) -> bool:
        """Whether operators are shown it as theirs."""
        return self.state in ANNUNCIATED


def alarm_id(definition: str, entity: str) -> str:
    """The id of an alarm.

    >>> alarm_id("water.tank-low", "urn:ngsi-ld:Tank:T-1")
    'urn:ngsi-ld:Alert:water.tank-low:Tank:T-1'
    """
    return f"{PREFIX}Alert:{definition}:{entity.removeprefix(PREFIX)}"


def moved(
    alarm: Alarm,
    event: Event,
    *,
    at: int,
    actor: Actor,
    latching: bool,
    suppressed: bool,
    why: str | None = None,
    cause: Cause | None = None,
    until: int | None = None,
    assignee: str | None = None,
    group: str | None = None,
) -> Alarm:
    """The alarm after an event; its `last` is the transition.

    Args:
        alarm: as it is.
        event: what happens.
        at: when [µs]; moved on where the alarm's last transition is not earlier.
        actor, why, cause, until, assignee: see `Transition`.
        latching: from the definition.
        suppressed: whether it is suppressed by design once that has happened.
        group: the incident that a raising belongs to.

    Raises:
        ConflictError: this cannot happen in its state.
    """
    active = event is Event.RAISE or (alarm.active and event not in _ENDS)
    state = step(alarm.state, event, active=active, suppressed=suppressed, latching=latching)
    if alarm.last is not None:
        at = max(at, alarm.last.at + 1)
    changes: dict[str, Any] = {"active": active, "suppressed": suppressed, "state": state}
    if state is not alarm.state:
        changes["since"] = at
    if event is Event.RAISE:
        changes |= {"raised_at": at, "count": alarm.count + 1, "group": group, "cause": cause}
    if state is State.UNACKNOWLEDGED and alarm.state is not state:
        changes |= {"acknowledged_by": None, "acknowledged_at": None, "escalation": 0}
    if event is Event.ACKNOWLEDGE:
        changes |= {"acknowledged_by": actor.name, "acknowledged_at": at}
    if event is Event.ESCALATE:
        changes["escalation"] = alarm.escalation + 1
    if assignee is not None:
        changes["assignee"] = assignee
    if state is State.NORMAL:
        changes["assignee"] = None
    changes["shelved_until"] = until if event is Event.SHELVE else alarm.shelved_until
    if state not in SET_ASIDE:
        changes["shelved_until"] = None
    if cause is not None and cause.at is not None:
        changes["judged_at"] = cause.at
    changes["last"] = Transition(event, alarm.state, state, at, actor, why, cause, until, assignee)
    return msgspec.structs.replace(alarm, **changes)


_ENDS = (Event.CLEAR, Event.RETIRE)
