"""A definition at work on one entity."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import NamedTuple

from kota.context.staleness import clock_name
from kota.model.entity import Attribute, Entity
from kota.model.quality import Level
from kota.operate.alarms.alarm import Alarm, Cause
from kota.operate.alarms.definition import AlarmDefinition

Samples = deque[tuple[int, float]]
"""Times [µs] and numbers, oldest first."""


class Verdict(NamedTuple):
    """What a look at an entity says.

    Args:
        holds: whether the condition holds.
        at: since when that can be said [µs]: the time of the observation.
        cause: the observation.
    """

    holds: bool
    at: int
    cause: Cause


Judge = Callable[["Watch", int], Verdict | None]
"""Looks at a watch's entity at an instant; None: nothing can be said, all stays as it is."""


class Rule(NamedTuple):
    """A definition, compiled: names are IRIs, times are µs.

    Args:
        definition: what it is made from.
        judge: looks.
        triggers: attributes on whose change to look; empty: on every change.
        samples: the attribute whose numbers are remembered, and for how long.
        reference: likewise for what it is compared with, some time ago.
        delay_on, delay_off: see the definition.
        causes: attributes that name what may share a cause.
        own: suppressions that ask the entity itself: what they ask and their reasons.
        silent: the attribute whose silence is judged, if that is what it is about.
    """

    definition: AlarmDefinition
    judge: Judge
    triggers: frozenset[str]
    samples: tuple[str, int] | None
    reference: tuple[str, int] | None
    delay_on: int
    delay_off: int
    causes: tuple[str, ...]
    own: tuple[tuple[Callable[[Entity], bool], str], ...]
    silent: str | None = None


class Switch:
    """A suppression that asks an entity of its own, shared by those that it suppresses.

    Args:
        entity_id: is asked.
        asks: the question.
        reason: in words.
    """

    def __init__(self, entity_id: str, asks: Callable[[Entity], bool], reason: str) -> None:
        self.entity_id = entity_id
        self.reason = reason
        self.holds = False
        self.watches: dict[str, Watch] = {}
        self._asks = asks

    def look(self, entity: Entity | None) -> bool:
        """Ask again; returns whether the answer is another one."""
        held, self.holds = self.holds, entity is not None and self._asks(entity)
        return held is not self.holds


class Watch:
    """One alarm in the making.

    Args:
        rule: the definition.
        entity: as it is.
        alarm: as it stands.
        born: when the watch began [µs].
    """

    __slots__ = (
        "alarm",
        "born",
        "entity",
        "pending",
        "raw",
        "reference",
        "rule",
        "samples",
        "suppressed",
        "switches",
        "timer",
    )

    def __init__(self, rule: Rule, entity: Entity, alarm: Alarm, *, born: int) -> None:
        self.rule = rule
        self.entity = entity
        self.alarm = alarm
        self.born = born
        self.raw = alarm.active
        self.pending: int | None = None
        self.timer: int | None = None
        self.suppressed = False
        self.switches: tuple[Switch, ...] = ()
        self.samples: Samples = deque()
        self.reference: Samples = deque()

    @property
    def clock(self) -> str | None:
        """The plant whose clock the entity follows; None: wall time."""
        return clock_name(self.entity)

    def remember(self) -> None:
        """Keep what the condition will look back at."""
        if self.rule.samples is not None:
            _keep(self.samples, self.entity, *self.rule.samples)
        if self.rule.reference is not None:
            _keep(self.reference, self.entity, *self.rule.reference)

    def suppression(self) -> str | None:
        """Why it is suppressed by design now, or None."""
        for asks, reason in self.rule.own:
            if asks(self.entity):
                return reason
        return next((switch.reason for switch in self.switches if switch.holds), None)


def number_of(instance: Attribute | None) -> float | None:
    """The number of an instance that can be trusted, or None."""
    if instance is None:
        return None
    value = instance.value
    if value.__class__ is not float and value.__class__ is not int:
        return None
    if instance.quality is not None and instance.quality.level is Level.BAD:
        return None
    return float(value)


def _keep(samples: Samples, entity: Entity, name: str, span: int) -> None:
    instance = entity.default(name)
    value = number_of(instance)
    at = None if instance is None else instance.observed_at
    if value is None or at is None or (samples and samples[-1][0] >= at):
        return
    samples.append((at, value))
    while len(samples) > 1 and samples[1][0] <= at - span:
        samples.popleft()
