"""The life of an alarm as one table: ISA-18.2-2016 (IEC 62682), clause 5, figure 3.

Whoever is to be told stands in a state that asks for it: unacknowledged, acknowledged, returned or
latched. What is shelved, suppressed or out of service is followed all the same: it knows whether
its condition holds, and resumes by that. What waits already for an operator is not hidden because
it comes again while it is suppressed by design.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from kota.errors import ConflictError


class State(StrEnum):
    """Where an alarm stands."""

    NORMAL = "normal"
    UNACKNOWLEDGED = "unacknowledged"
    ACKNOWLEDGED = "acknowledged"
    RETURNED = "returned"
    """The condition is over and nobody has acknowledged that it was there."""
    LATCHED = "latched"
    """The condition is over and acknowledged, and waits for a reset."""
    SHELVED = "shelved"
    SUPPRESSED = "suppressed"
    OUT_OF_SERVICE = "out-of-service"


class Event(StrEnum):
    """What may happen to an alarm."""

    RAISE = "raise"
    CLEAR = "clear"
    ACKNOWLEDGE = "acknowledge"
    RESET = "reset"
    SHELVE = "shelve"
    UNSHELVE = "unshelve"
    SUPPRESS = "suppress"
    RELEASE = "release"
    REMOVE = "remove"
    """Take out of service."""
    RESTORE = "restore"
    """Put back into service."""
    ASSIGN = "assign"
    COMMENT = "comment"
    ESCALATE = "escalate"
    RETIRE = "retire"
    """Its definition or its entity is gone."""


class Then(StrEnum):
    """A next state that depends on the alarm."""

    RISE = "rise"
    """Suppressed where it is suppressed by design, else unacknowledged."""
    REST = "rest"
    """Latched where its definition says so, else normal."""
    RESUME = "resume"
    """As its condition is: as RISE while that holds, else normal."""
    STAY = "stay"


ANNUNCIATED: Final = frozenset(
    {State.UNACKNOWLEDGED, State.ACKNOWLEDGED, State.RETURNED, State.LATCHED}
)
"""States in which an alarm is shown to operators as theirs."""
UNSEEN: Final = frozenset({State.UNACKNOWLEDGED, State.RETURNED})
"""States that wait for an acknowledgement."""
SET_ASIDE: Final = frozenset({State.SHELVED, State.SUPPRESSED, State.OUT_OF_SERVICE})
"""States in which an alarm is followed and not shown."""

_N, _U, _A, _R, _L, _S, _D, _O = State

TABLE: Final[dict[tuple[State, Event], State | Then]] = {
    (_N, Event.RAISE): Then.RISE,
    (_R, Event.RAISE): State.UNACKNOWLEDGED,
    (_L, Event.RAISE): State.UNACKNOWLEDGED,
    (_U, Event.CLEAR): State.RETURNED,
    (_A, Event.CLEAR): Then.REST,
    (_D, Event.CLEAR): State.NORMAL,
    (_U, Event.ACKNOWLEDGE): State.ACKNOWLEDGED,
    (_R, Event.ACKNOWLEDGE): Then.REST,
    (_L, Event.RESET): State.NORMAL,
    (_U, Event.SUPPRESS): State.SUPPRESSED,
    (_A, Event.SUPPRESS): State.SUPPRESSED,
    (_D, Event.RELEASE): Then.RESUME,
    **{(one, Event.SHELVE): State.SHELVED for one in (_N, _U, _A, _R, _D)},
    (_S, Event.SHELVE): Then.STAY,
    (_S, Event.UNSHELVE): Then.RESUME,
    **{(one, Event.REMOVE): State.OUT_OF_SERVICE for one in State if one is not _O},
    (_O, Event.RESTORE): Then.RESUME,
    **{(one, event): Then.STAY for one in (_S, _O) for event in (Event.RAISE, Event.CLEAR)},
    (_U, Event.ESCALATE): Then.STAY,
    **{(one, Event.ASSIGN): Then.STAY for one in State if one is not _N},
    **{(one, Event.COMMENT): Then.STAY for one in State},
    **{(one, Event.RETIRE): State.NORMAL for one in State if one is not _N},
}
"""From a state, by an event, to a state; what is not here is refused."""

_REFUSED: Final[dict[Event, str]] = {
    Event.ACKNOWLEDGE: "there is nothing to acknowledge",
    Event.RESET: "only a latched alarm, whose condition is over and acknowledged, is reset",
    Event.SHELVE: "it cannot be shelved; reset it, or put it back into service, first",
    Event.UNSHELVE: "it is not on the shelf",
    Event.REMOVE: "it is out of service already",
    Event.RESTORE: "it is in service already",
    Event.ASSIGN: "there is nothing to assign",
}


def step(state: State, event: Event, *, active: bool, suppressed: bool, latching: bool) -> State:
    """The state that follows.

    Args:
        state: as it is.
        event: what happens.
        active: whether the condition holds once that has happened.
        suppressed: whether it is suppressed by design once that has happened.
        latching: whether its definition lets it stay until reset.

    Raises:
        ConflictError: this cannot happen in this state.

    >>> step(State.UNACKNOWLEDGED, Event.CLEAR, active=False, suppressed=False, latching=False)
    <State.RETURNED: 'returned'>
    """
    found = TABLE.get((state, event))
    if found is None:
        reason = _REFUSED.get(event, "that cannot happen now")
        raise ConflictError(f"the alarm is {state.value}: {reason}")
    if isinstance(found, State):
        return found
    if found is Then.STAY:
        return state
    if found is Then.REST:
        return State.LATCHED if latching else State.NORMAL
    if found is Then.RESUME and not active:
        return State.NORMAL
    return State.SUPPRESSED if suppressed else State.UNACKNOWLEDGED
