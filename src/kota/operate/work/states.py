"""The life of a work order as one table."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from kota.errors import ConflictError


class State(StrEnum):
    """Where a work order stands."""

    OPEN = "open"
    ASSIGNED = "assigned"
    UNDER_WAY = "under-way"
    DONE = "done"
    CANCELLED = "cancelled"


class Event(StrEnum):
    """What may happen to it."""

    ASSIGN = "assign"
    BEGIN = "begin"
    FINISH = "finish"
    CANCEL = "cancel"
    COMMENT = "comment"
    TICK = "tick"
    PHOTO = "photo"


ENDED: Final = frozenset({State.DONE, State.CANCELLED})

_O, _A, _U, _D, _C = State
_LIVING: Final = (_O, _A, _U)

TABLE: Final[dict[tuple[State, Event], State]] = {
    (_O, Event.ASSIGN): _A,
    (_A, Event.ASSIGN): _A,
    (_U, Event.ASSIGN): _A,
    (_O, Event.BEGIN): _U,
    (_A, Event.BEGIN): _U,
    (_U, Event.FINISH): _D,
    **{(one, Event.CANCEL): _C for one in _LIVING},
    **{(one, event): one for one in _LIVING for event in (Event.TICK, Event.PHOTO)},
    **{(one, Event.COMMENT): one for one in State},
}
"""From a state, by an event, to a state; what is not here is refused."""

_REFUSED: Final[dict[Event, str]] = {
    Event.FINISH: "only what is under way is done; begin it first",
    Event.BEGIN: "it is under way or over",
}


def step(state: State, event: Event) -> State:
    """The state that follows.

    Raises:
        ConflictError: this cannot happen in this state.

    >>> step(State.OPEN, Event.BEGIN)
    <State.UNDER_WAY: 'under-way'>
    """
    found = TABLE.get((state, event))
    if found is None:
        raise ConflictError(f"the work order is {state}: {_REFUSED.get(event, 'it is over')}")
    return found
