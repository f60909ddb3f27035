"""What can be commanded, stated as data by solutions and in files."""

from __future__ import annotations

from typing import Literal

import msgspec

from kota.operate.commands.interlock import AnyInterlock, MaximumStarts, MinimumTime, Rate, Value


class ActuatorDefinition(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """One sort of actuator.

    Args:
        id: unique, such as ``water.pump``.
        title: what a command does, in a few words.
        command: the name of the setting as its device knows it.
        feedback: the short name of the attribute that tells the setting it has.
        type: for every entity of this type,
        entity: or for this entity alone, by its id.
        values: the settings it knows; empty: any number.
        unit: UN/CEFACT code of a number.
        tolerance: how far feedback may be from a number that it confirms.
        confirm_within: time until feedback must show the setting [s].
        expire_after: a command that is not sent within this time never is [s].
        fresh: in automatic mode, the oldest that feedback may be before `safe` is taken [s].
        safe: the setting that is taken when data are stale or the link is lost; None: none, it
            stays as it is.
        on_timeout: what follows when feedback does not confirm: nothing, the safe setting, or the
            setting before.
        two_person: whether a second person has to approve.
        consequence: what a command means for people, in words.
        undo_within: how long after it was confirmed a command can be undone at a touch [s].
        permission: the right that it asks for.
        interlocks: what must hold before a setting is sent.
    """

    id: str
    title: str
    command: str
    feedback: str
    consequence: str
    type: str | None = None
    entity: str | None = None
    values: tuple[Value, ...] = ()
    unit: str | None = None
    tolerance: float = 0.0
    confirm_within: float = 60.0
    expire_after: float = 300.0
    fresh: float = 300.0
    safe: Value | None = None
    on_timeout: Literal["hold", "safe", "previous"] = "hold"
    two_person: bool = False
    undo_within: float = 0.0
    permission: str | None = None
    interlocks: tuple[AnyInterlock, ...] = ()

    @property
    def memory(self) -> float:
        """How far back its interlocks look [s]."""
        spans = [
            one.within if isinstance(one, Rate) else one.seconds
            for one in self.interlocks
            if isinstance(one, Rate | MinimumTime | MaximumStarts)
        ]
        return max(spans, default=0.0)

    def knows(self, value: Value) -> str | None:
        """Why a setting is none of this actuator's, in words; None where it is one."""
        if self.values:
            same = [one for one in self.values if one == value and type(one) is type(value)]
            named = ", ".join(str(one) for one in self.values)
            return None if same else f"{value!r} is not one of {named}"
        if isinstance(value, bool | str) or not abs(value) < float("inf"):
            return f"{value!r} is not a number"
        return None

    def shows(self, feedback: Value, value: Value) -> bool:
        """Whether feedback tells that a setting is reached."""
        if isinstance(value, str | bool) or isinstance(feedback, str | bool):
            return feedback == value
        return abs(feedback - value) <= self.tolerance
