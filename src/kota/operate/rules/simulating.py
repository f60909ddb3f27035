"""Rules tried on the past, before they go live: when they would have fired, and why."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from typing import Final

import msgspec

from kota.context.staleness import Staleness
from kota.errors import TooComplexError
from kota.operate.conditions.probe import Expand
from kota.operate.rules.compiling import Rule
from kota.operate.rules.definition import RuleDefinition
from kota.operate.rules.engine import Engine
from kota.operate.rules.firing import Ending, Firing
from kota.operate.rules.replaying import (
    ReplayTime,
    concern_of,
    drive,
    found_in,
    let_pass,
    looks_back,
    past_of,
)
from kota.store.history import Span
from kota.store.history.protocol import Evolutions

KEPT: Final = 1000
"""So many firings are told, the first; all are counted."""
MOST: Final = 20_000_000
"""So many observations are judged at most."""


class Tried(msgspec.Struct, frozen=True, kw_only=True):
    """What rules would have done.

    Args:
        firings: the first of them, in order.
        endings: when each of those ended [µs], by its place in `firings`; others still hold.
        total: how many there were.
        by_rule: of each rule.
        faults: of rules that could not be judged.
        entities, observations: that were looked at.
    """

    firings: tuple[Firing, ...]
    endings: dict[int, int]
    total: int
    by_rule: dict[str, int]
    faults: dict[str, str]
    entities: int
    observations: int


async def simulate(
    definitions: Sequence[RuleDefinition],
    history: Evolutions,
    expand: Expand,
    zone: tzinfo,
    *,
    start: int,
    end: int,
) -> Tried:
    """Judge rules over history, as they would have been judged live.

    Args:
        definitions: checked.
        history: as far as whoever asks sees it.
        expand: turns a short name into its IRI.
        zone: of the town's wall clocks.
        start, end: from when to before when [µs]; before the start only windows are filled.

    Raises:
        TooComplexError: there is too much of it.
    """
    time = ReplayTime(start)
    staleness = Staleness(lambda _: _ClockOf(time))
    rules = [Rule(one, expand, staleness, zone) for one in definitions if one.enabled]
    back = start - looks_back(rules)
    time.at = back
    engine = Engine(rules, time)
    engine.muted = True
    concern, whole = concern_of(rules, expand), Span(back, end, timeproperty=None)
    entities = await found_in(history, concern, whole)
    changes = past_of(history, entities, concern.attributes, whole)
    counted = _Counted()
    async for _ in drive(engine, time, changes, staleness, muted_until=start, opened=engine.begin):
        counted.take(engine)
        counted.observations += 1
        if counted.observations > MOST:
            raise TooComplexError(
                f"more than {MOST} observations would be judged", hint="try a shorter time"
            )
    if engine.muted:
        let_pass(engine, time, start)
        engine.begin()
    let_pass(engine, time, end - 1)
    counted.take(engine)
    return Tried(
        firings=tuple(counted.firings),
        endings=counted.endings,
        total=sum(counted.by_rule.values()),
        by_rule={rule.id: counted.by_rule.get(rule.id, 0) for rule in rules},
        faults={rule.id: rule.fault for rule in rules if rule.fault is not None},
        entities=len(entities),
        observations=counted.observations,
    )


class _ClockOf:
    """The time of a replay, as a clock."""

    def __init__(self, time: ReplayTime) -> None:
        self._time = time

    def now(self) -> int:
        return self._time.at


class _Counted:
    """What happened so far."""

    def __init__(self) -> None:
        self.firings: list[Firing] = []
        self.endings: dict[int, int] = {}
        self.by_rule: dict[str, int] = {}
        self.observations = 0
        self._open: dict[tuple[str, str], int] = {}

    def take(self, engine: Engine) -> None:
        """Take over what happened since the last time."""
        for one in engine.take():
            key = (one.rule, one.subject)
            if isinstance(one, Ending):
                if key in self._open:
                    self.endings[self._open.pop(key)] = one.at
                continue
            self.by_rule[one.rule] = self.by_rule.get(one.rule, 0) + 1
            if len(self.firings) < KEPT:
                self._open[key] = len(self.firings)
                self.firings.append(one)
