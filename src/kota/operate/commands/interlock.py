"""What must hold before a setting may be sent, as data, each with the words of its refusal.

These guard Kota's own commands. A plant's PLC has interlocks of its own, which stay sovereign.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any, Final, Literal

import msgspec

from kota.model.instant import SECOND
from kota.model.quality import Level
from kota.operate.commands.reading import UNTIMED, Reading, World

Value = float | str | bool
Comparison = Literal["<", "<=", ">", ">=", "==", "!="]
_UNKNOWN: Final = "its present setting is not known"
_COMPARE = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
}


class Move(msgspec.Struct, frozen=True):
    """One change of an actuator that its feedback told of, or that was sent to it.

    Args:
        at: when [µs].
        value: to which setting.
    """

    at: int
    value: Value


class Situation(msgspec.Struct, frozen=True):
    """What an interlock is judged in.

    Args:
        entity: id of the actuator's entity.
        value: the setting that is wanted.
        now: the instant [µs].
        moves: past changes, oldest first; the last one is the present setting.
        world: the city.
    """

    entity: str
    value: Value
    now: int
    moves: tuple[Move, ...]
    world: World


class Interlock(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag=True):
    """Base of all interlocks.

    Args:
        words: why the setting is refused, for the operator; None: Kota's own words.
        only: the settings that it guards; empty: all.
    """

    words: str | None = None
    only: tuple[Value, ...] = ()

    def refusal(self, situation: Situation) -> str | None:
        """Why the setting may not be sent, in words; None where it may."""
        if self.only and situation.value not in self.only:
            return None
        reason = self._reason(situation)
        if reason is None:
            return None
        return reason if self.words is None else f"{self.words} ({reason})"

    def _reason(self, _: Situation) -> str | None:
        raise AssertionError("every interlock says its own reason")


class Range(Interlock, frozen=True, kw_only=True, tag="range"):
    """A number must lie within limits."""

    low: float
    high: float

    def _reason(self, situation: Situation) -> str | None:
        value = _number(situation.value)
        if value is None:
            return f"{situation.value!r} is not a number"
        if self.low <= value <= self.high:
            return None
        return f"{value:g} is outside {self.low:g} to {self.high:g}"


class Rate(Interlock, frozen=True, kw_only=True, tag="rate"):
    """A number may change by so much within so many seconds.

    Args:
        by: the largest change, up or down.
        within: [s].
    """

    by: float
    within: float

    def _reason(self, situation: Situation) -> str | None:
        value = _number(situation.value)
        if value is None:
            return f"{situation.value!r} is not a number"
        if not situation.moves:
            return _UNKNOWN
        since = situation.now - round(self.within * SECOND)
        recent = [move for move in situation.moves if move.at >= since]
        earlier = [move for move in situation.moves if move.at < since][-1:]
        known = [
            number for one in (*earlier, *recent) if (number := _number(one.value)) is not None
        ]
        furthest = max((abs(value - number) for number in known), default=0.0)
        if furthest <= self.by + 1e-9:
            return None
        return f"a change of {furthest:g} within {self.within:g} s; allowed are {self.by:g}"


class MinimumTime(Interlock, frozen=True, kw_only=True, tag="minimum-time"):
    """A setting must be kept for a while before another.

    Args:
        at: the setting that is kept, such as ``on``.
        seconds: how long [s].
    """

    at: Value
    seconds: float

    def _reason(self, situation: Situation) -> str | None:
        if not situation.moves:
            return _UNKNOWN
        if situation.value == self.at or situation.moves[-1].value != self.at:
            return None
        begun = _begun(situation.moves)
        left = self.seconds - (situation.now - begun) / SECOND
        return f"{self.at} for another {left:.0f} s" if left > 0 else None


class MaximumStarts(Interlock, frozen=True, kw_only=True, tag="maximum-starts"):
    """A setting may be begun so often within a time.

    Args:
        at: the setting, such as ``on``.
        count: starts at most.
        seconds: within this time [s].
    """

    at: Value
    count: int
    seconds: float

    def _reason(self, situation: Situation) -> str | None:
        moves = situation.moves
        if situation.value != self.at:
            return None
        if not moves:
            return _UNKNOWN
        if moves[-1].value == self.at:
            return None
        since = situation.now - round(self.seconds * SECOND)
        starts = sum(
            1
            for before, move in pairwise(moves)
            if move.value == self.at and before.value != self.at and move.at > since
        )
        if starts < self.count:
            return None
        return f"{starts} starts within {self.seconds / 3600:g} h; allowed are {self.count}"


class Requires(Interlock, frozen=True, kw_only=True, tag="requires"):
    """A measured state must hold, be fresh and be of good quality.

    Args:
        attribute: short name.
        entity: id of the entity; None: the actuator's own.
        via: relationship of the actuator that points to the entity, in the place of its id.
        compare, limit: the condition.
        against: an attribute of the same entity whose value is the limit, in the place of `limit`.
        margin: is added to the value of `against`.
        fresh: the oldest that the reading may be [s].
    """

    attribute: str
    compare: Comparison
    fresh: float
    limit: Value | None = None
    against: str | None = None
    margin: float = 0.0
    entity: str | None = None
    via: str | None = None

    def subject(self, actuator: str, world: World) -> str | None:
        """The id of the entity whose attribute is asked."""
        if self.via is not None:
            return world.target(actuator, self.via)
        return self.entity or actuator

    def _reason(self, situation: Situation) -> str | None:
        found = self.subject(situation.entity, situation.world)
        if found is None:
            return f"{self.via} points to nothing"
        reading = situation.world.reading(found, self.attribute)
        stale = staleness(reading, self.fresh, situation.now)
        if reading is None or stale is not None:
            return f"{self.attribute} of {found}: {stale}"
        limit = self._limit(found, situation.world)
        if limit is None:
            return f"{self.against} of {found}: not known"
        return self._broken(reading, found, limit)

    def _limit(self, subject: str, world: World) -> Value | None:
        if self.against is None:
            return self.limit
        told = world.reading(subject, self.against)
        number = None if told is None or told.level is Level.BAD else _number(told.value)
        return None if number is None else number + self.margin

    def _broken(self, reading: Reading, found: str, limit: Value) -> str | None:
        try:
            holds = _COMPARE[self.compare](reading.value, limit)
        except TypeError:
            return f"{self.attribute} of {found} is {reading.value!r}, which has no order"
        if holds:
            return None
        return f"{self.attribute} of {found} is {reading.value}, needed is {self.compare} {limit}"


class Excludes(Interlock, frozen=True, kw_only=True, tag="excludes"):
    """Not while another actuator is, or may be, in a setting.

    Args:
        entity: id of the other.
        attribute: that tells its setting.
        at: the setting that excludes this one.
        fresh: the oldest that its reading may be [s]; an older one may hide the setting.
    """

    entity: str
    attribute: str
    at: Value
    fresh: float

    def _reason(self, situation: Situation) -> str | None:
        reading = situation.world.reading(self.entity, self.attribute)
        stale = staleness(reading, self.fresh, situation.now)
        if reading is None or stale is not None:
            return f"{self.attribute} of {self.entity}: {stale}"
        if reading.value == self.at:
            return f"{self.entity} is {self.at}"
        sent = situation.world.pending(self.entity)
        return f"{self.entity} was sent {self.at}" if sent == self.at else None


AnyInterlock = Range | Rate | MinimumTime | MaximumStarts | Requires | Excludes


def staleness(reading: Reading | None, fresh: float, now: int) -> str | None:
    """Why a reading cannot be relied on, in words; None where it can.

    Args:
        reading: what is known.
        fresh: the oldest that it may be [s].
        now: the instant [µs].

    >>> staleness(Reading(1.0, at=0), 10.0, 12_000_000)
    'last told 12 s ago'
    """
    if reading is None:
        return "not known"
    if reading.level is Level.BAD:
        return "of bad quality"
    if reading.at == UNTIMED:
        return "without a time"
    age = (now - reading.at) / SECOND
    if age > fresh:
        return f"last told {age:.0f} s ago"
    return f"dated {-age:.0f} s ahead" if age < -fresh else None


def _begun(moves: tuple[Move, ...]) -> int:
    """When the present setting was begun."""
    begun = moves[-1].at
    for move in reversed(moves):
        if move.value != moves[-1].value:
            break
        begun = move.at
    return begun


def _number(value: Any) -> float | None:
    numeric = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if numeric and abs(value) < float("inf") else None
