"""A definition at work on one entity."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from kota.model.entity import Entity
from kota.operate.alarms.alarm import Alarm
from kota.operate.alarms.definition import AlarmDefinition
from kota.operate.conditions.probe import Judge, Memory, Probe


class Rule(NamedTuple):
    """A definition, compiled: names are IRIs, times are µs.

    Args:
        definition: what it is made from.
        judge: looks.
        triggers: attributes on whose change to look; empty: on every change.
        memory: what it looks back at.
        delay_on, delay_off: see the definition.
        causes: attributes that name what may share a cause.
        own: suppressions that ask the entity itself: what they ask and their reasons.
        silent: the attribute whose silence is judged, if that is what it is about.
    """

    definition: AlarmDefinition
    judge: Judge
    triggers: frozenset[str]
    memory: Memory
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


class Watch(Probe):
    """One alarm in the making.

    Args:
        rule: the definition.
        entity: as it is.
        alarm: as it stands.
        born: when the watch began [µs].
    """

    __slots__ = ("alarm", "pending", "rule", "suppressed", "switches", "timer")

    def __init__(self, rule: Rule, entity: Entity, alarm: Alarm, *, born: int) -> None:
        named = rule.definition.entity is not None
        super().__init__(entity, born=born, awaited=named, raw=alarm.active)
        self.rule = rule
        self.alarm = alarm
        self.pending: int | None = None
        self.timer: int | None = None
        self.suppressed = False
        self.switches: tuple[Switch, ...] = ()

    def remember(self) -> None:
        """Keep what the condition will look back at."""
        self.keep(self.rule.memory)

    def suppression(self) -> str | None:
        """Why it is suppressed by design now, or None."""
        for asks, reason in self.rule.own:
            if asks(self.entity):
                return reason
        return next((switch.reason for switch in self.switches if switch.holds), None)
