"""The life of a command as one table."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from kota.errors import ConflictError


class State(StrEnum):
    """Where a command stands."""

    REQUESTED = "requested"
    AUTHORISED = "authorised"
    CHECKED = "checked"
    """Against modes, settings and interlocks."""
    WAITING = "waiting"
    """For a person to approve."""
    SENT = "sent"
    ACCEPTED = "accepted"
    """The device said yes."""
    CONFIRMED = "confirmed"
    """Feedback shows the setting."""
    LOGGED = "logged"
    """The asset is in shadow: written down, never sent."""
    REFUSED = "refused"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    OVERRIDDEN = "overridden"
    """A command of higher authority took its place."""
    TIMED_OUT = "timed-out"
    ROLLED_BACK = "rolled-back"
    """It timed out, and the setting before it was confirmed again."""


ENDED: Final = frozenset(
    {
        State.CONFIRMED,
        State.LOGGED,
        State.REFUSED,
        State.EXPIRED,
        State.CANCELLED,
        State.OVERRIDDEN,
        State.TIMED_OUT,
        State.ROLLED_BACK,
    }
)
"""States that a command stays in; one that timed out may still be rolled back."""

_S = State
FOLLOWS: Final[dict[State, frozenset[State]]] = {
    _S.REQUESTED: frozenset({_S.AUTHORISED, _S.REFUSED}),
    _S.AUTHORISED: frozenset({_S.CHECKED, _S.LOGGED, _S.REFUSED, _S.EXPIRED}),
    _S.CHECKED: frozenset({_S.WAITING, _S.SENT, _S.REFUSED, _S.OVERRIDDEN}),
    _S.WAITING: frozenset({_S.CHECKED, _S.REFUSED, _S.EXPIRED, _S.CANCELLED, _S.OVERRIDDEN}),
    _S.SENT: frozenset(
        {_S.ACCEPTED, _S.CONFIRMED, _S.REFUSED, _S.TIMED_OUT, _S.OVERRIDDEN, _S.CANCELLED}
    ),
    _S.ACCEPTED: frozenset({_S.CONFIRMED, _S.REFUSED, _S.TIMED_OUT, _S.OVERRIDDEN, _S.CANCELLED}),
    _S.TIMED_OUT: frozenset({_S.ROLLED_BACK}),
}
"""What may follow a state; nothing follows those that are not here."""


def follow(before: State, after: State) -> State:
    """The state after, where it may follow.

    Raises:
        ConflictError: it may not.

    >>> follow(State.SENT, State.CONFIRMED)
    <State.CONFIRMED: 'confirmed'>
    """
    if after not in FOLLOWS.get(before, ()):
        raise ConflictError(f"the command is {before.value} and cannot become {after.value}")
    return after
