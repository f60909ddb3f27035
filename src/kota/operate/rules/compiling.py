"""Rules made ready to judge: names expanded, zones and calendars laid out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import tzinfo
from typing import Final

from kota.context.staleness import Staleness
from kota.model.entity import Entity
from kota.model.instant import SECOND
from kota.model.query import scope
from kota.model.terms import LOCATION
from kota.operate.conditions.condition import Condition
from kota.operate.conditions.judging import make_judge, silent_from, triggers_of
from kota.operate.conditions.probe import Cause, Expand, Judge, Memory, Probe, Verdict, memory_of
from kota.operate.rules.definition import Clause, RuleDefinition
from kota.operate.rules.fencing import Ground
from kota.operate.rules.joining import Join
from kota.operate.rules.times_of_day import Times
from kota.operate.rules.wording import worded

_NOTHING: Final = Memory()


class Judged(Probe):
    """A clause at work on one entity.

    Args:
        entity: as it is.
        born: when it began [µs].
        awaited: whether the entity is watched by its id.
    """

    __slots__ = ("timer", "verdict")

    def __init__(self, entity: Entity, *, born: int, awaited: bool) -> None:
        super().__init__(entity, born=born, awaited=awaited)
        self.verdict: Verdict | None = None
        self.timer: int | None = None

    @property
    def holds(self) -> bool:
        """Whether the clause held when something could be said last."""
        return self.raw


class Asking:
    """A clause of a rule, compiled.

    Args:
        number: its place in the rule.
        clause: checked.
        expand: turns a short name into its IRI.
        staleness: knows how often each attribute usually comes.
        zone: of the town's wall clocks.
    """

    def __init__(
        self, number: int, clause: Clause, expand: Expand, staleness: Staleness, zone: tzinfo
    ) -> None:
        self.number = number
        self.clause = clause
        self.words = worded(clause)
        self.judged: dict[str, Judged] = {}
        self.memory = _NOTHING
        self.triggers: frozenset[str] = frozenset({LOCATION})
        self.ground: Ground | None = None
        self.times = None if clause.calendar is None else Times(clause.calendar, zone)
        self.join = None if clause.related is None else Join(clause.related, expand)
        self.of_type = None
        if clause.related is not None and clause.related.type is not None:
            self.of_type = expand(clause.related.type)
        self._judge: Judge | None = None
        self._silent: Callable[[Probe], int | None] | None = None
        fence = clause.inside or clause.outside
        if clause.condition is not None:
            self._compile(clause.condition, expand, staleness)
        elif fence is not None:
            self.ground = Ground(fence)
            self._judge = self._lies

    def look(self, judged: Judged, now: int) -> None:
        """Judge an entity as it is at an instant [µs]."""
        judged.keep(self.memory)
        verdict = None if self._judge is None else self._judge(judged, now)
        if verdict is not None:
            judged.verdict = verdict
            judged.raw = verdict.holds

    def silent_from(self, judged: Judged) -> int | None:
        """From when an attribute counts as silent if nothing more comes [µs]; None: never."""
        return None if self._silent is None or judged.holds else self._silent(judged)

    def _compile(self, when: Condition, expand: Expand, staleness: Staleness) -> None:
        self._judge = make_judge(when, expand, staleness)
        self.memory = memory_of(when, expand)
        self.triggers = triggers_of(when, expand)
        if when.kind == "stale":
            name = expand(when.attribute or "")
            self._silent = lambda probe: silent_from(when, probe, name, staleness)

    def _lies(self, probe: Probe, now: int) -> Verdict | None:
        assert self.ground is not None
        inside = self.ground.holds(probe.entity)
        if inside is None:
            return None
        place = probe.entity.default(LOCATION)
        at = now if place is None or place.observed_at is None else place.observed_at
        zone = self.ground.zone
        holds = inside if self.clause.inside is not None else not inside
        return Verdict(holds, at, Cause("location", None, None, at, zone))


class Rule:
    """A rule, compiled.

    Args:
        definition: checked.
        expand, staleness, zone: see `Asking`.
    """

    def __init__(
        self, definition: RuleDefinition, expand: Expand, staleness: Staleness, zone: tzinfo
    ) -> None:
        self.definition = definition
        self.digest = definition.digest
        self.asks = tuple(
            Asking(i, clause, expand, staleness, zone) for i, clause in enumerate(definition.when)
        )
        self.lasting = int(definition.lasting * SECOND)
        self.quiet = int(definition.again_after * SECOND)
        self.of_type = None if definition.type is None else expand(definition.type)
        self.fault: str | None = None
        self._scope = None if definition.scope is None else scope.parse(definition.scope)

    @property
    def id(self) -> str:
        """Of the definition."""
        return self.definition.id

    @property
    def span(self) -> int:
        """How far back it looks [µs]."""
        return max(self.lasting, *(one.memory.span for one in self.asks))

    def concerns(self, entity: Entity) -> bool:
        """Whether an entity is one of those that it is for."""
        if self.definition.entity is not None:
            return entity.id == self.definition.entity
        if self.of_type not in entity.types:
            return False
        return self._scope is None or self._scope.matches(entity.scope)
