"""One command, and what is kept of one actuator."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from kota.operate.actor import Actor
from kota.operate.commands.interlock import Move, Value
from kota.operate.commands.life import State


class Mode(StrEnum):
    """Who moves an asset."""

    SHADOW = "shadow"
    """Nobody through Kota: what is wanted is written down beside what operators do elsewhere."""
    MANUAL = "manual"
    """Persons alone."""
    ADVISORY = "advisory"
    """Solutions and rules propose, a person approves."""
    AUTOMATIC = "automatic"
    """Solutions and rules; a person who commands takes over at once."""


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """A setting that somebody wants an actuator to have.

    Args:
        id: unique; the same id again is the same command.
        entity: id of the actuator's entity.
        value: the setting.
        actor: who wants it.
        at: when it was requested [µs].
        expires_at: after this instant it is not sent any more [µs].
        reason: why, in words.
        cause: id of what led to it: an alarm, a rule, a forecast, a command.
        state: where it stands.
        since: since when [µs].
        words: why it stands there.
        approvals: who approved it.
        sequence: the number of its sending at this actuator.
        sent_at: when it was sent [µs].
        previous: the setting before.
        restores: id of the command that it rolls back.
    """

    id: str
    entity: str
    value: Value
    actor: Actor
    at: int
    expires_at: int
    reason: str = ""
    cause: str | None = None
    state: State = State.REQUESTED
    since: int = 0
    words: str | None = None
    approvals: tuple[Actor, ...] = ()
    sequence: int | None = None
    sent_at: int | None = None
    previous: Value | None = None
    restores: str | None = None


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the audit of an actuator.

    Args:
        entity: id of the actuator's entity.
        at: when [µs].
        actor: who.
        what: ``command``, ``mode``, ``safe`` (state taken), ``fresh`` (data are back) or ``moved``
            (by something else than Kota).
        command: as it stands afterwards.
        words: in words.
    """

    entity: str
    at: int
    actor: Actor
    what: str
    words: str
    command: Command | None = None


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of one actuator from one start to the next.

    Args:
        mode: who moves it.
        sequence: number of the last command sent.
        current: the command that was sent and has not ended.
        waiting: commands that wait for approval, oldest first.
        moves: past changes of the setting, oldest first, as far back as interlocks look.
        told_at: time of the newest feedback [µs].
        safe: whether the safe state was taken, and data are not fresh again.
        recent: ids of commands that ended lately, so that none is carried out twice.
        timed_out: the command that is being rolled back.
    """

    mode: Mode = Mode.MANUAL
    sequence: int = 0
    current: Command | None = None
    waiting: tuple[Command, ...] = ()
    moves: tuple[Move, ...] = ()
    told_at: int | None = None
    safe: bool = False
    recent: tuple[str, ...] = ()
    timed_out: Command | None = None

    @property
    def setting(self) -> Value | None:
        """The setting that it has, as far as known."""
        return self.moves[-1].value if self.moves else None
