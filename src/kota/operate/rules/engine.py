"""Judges every committed change, and what is due, by the rules.

Pure of I/O: changes and instants in, happenings out. The live town and a simulation over history
use the same engine, so a rule that was tried on the past does the same in the present.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Literal, NamedTuple, Protocol

from kota.context.staleness import clock_name
from kota.model.entity import Entity
from kota.operate.alarms.timers import Timers
from kota.operate.rules.compiling import Asking, Judged, Rule
from kota.operate.rules.explaining import evidence_of
from kota.operate.rules.firing import Ending, Firing, Happening
from kota.store.state import Change

_log = logging.getLogger(__name__)


class Time(Protocol):
    """What time it is for an entity."""

    def now(self, clock: str | None) -> int | None:
        """The time by a plant's clock (None: the wall's) [µs]; None while it has not spoken."""
        ...


class Errand(NamedTuple):
    """What is due: a look at a subject, or at what a clause asks."""

    kind: Literal["subject", "asked"]
    rule: str
    clause: int
    entity: str
    at: int


class Standing:
    """A rule about one entity.

    Args:
        entity: the subject, as it is.
        active: whether it fired and still holds.
        fired_at: when it fired last [µs].
    """

    __slots__ = ("active", "entity", "fired_at", "since", "timer")

    def __init__(self, entity: Entity, *, active: bool, fired_at: int | None) -> None:
        self.entity = entity
        self.active = active
        self.fired_at = fired_at
        self.since: int | None = None
        self.timer: int | None = None


class Past(NamedTuple):
    """What is known of a rule and an entity from before."""

    active: bool
    fired_at: int | None


class Role(NamedTuple):
    """What an entity may be to a rule: its subject (no clause), or asked by a clause."""

    rule: Rule
    asking: Asking | None


class Engine:
    """All rules at work.

    Args:
        rules: compiled.
        time: of the town.
        past: what is known from before, by rule and subject.
    """

    def __init__(
        self, rules: Sequence[Rule], time: Time, past: dict[tuple[str, str], Past] | None = None
    ) -> None:
        self.rules = {rule.id: rule for rule in rules}
        self.standings: dict[tuple[str, str], Standing] = {}
        self.muted = False
        self._time = time
        self._past = past or {}
        self._happened: list[Happening] = []
        self._timers: Timers[Errand] = Timers()
        self._by_type: dict[str, list[Role]] = {}
        self._by_id: dict[str, list[Role]] = {}
        self._by_link: list[Role] = []
        self._zones: dict[str, list[Role]] = {}
        self._known: dict[str, Entity] = {}
        for rule in rules:
            self._enter(rule)

    def take(self) -> list[Happening]:
        """What happened since the last time, in order."""
        found, self._happened = self._happened, []
        return found

    def see(self, changes: Iterable[Change]) -> None:
        """Judge committed changes, all of them and in order."""
        for change in changes:
            if change.after is None:
                self._gone(change.entity.id)
            else:
                self._follow(change.before, change.after)

    def tick(self) -> None:
        """Do what is due by now."""
        for errand in self._timers.take(self._time.now):
            rule = self.rules[errand.rule]
            if errand.kind == "subject":
                self._due_subject(rule, errand)
            else:
                self._due_asked(rule, errand)

    def soonest(self) -> int | None:
        """When something is due next by any clock [µs]."""
        return self._timers.soonest()

    def use(self, time: Time) -> None:
        """Go on by another time: that of a replay, or that of the town."""
        self._time = time

    def forget_but(self, present: Collection[str]) -> None:
        """Forget what is there no more."""
        seen = {entity_id for _, entity_id in self.standings}
        for rule in self.rules.values():
            seen.update(one for asking in rule.asks for one in asking.judged)
        for entity_id in seen - set(present):
            self._gone(entity_id)

    def unmute(self) -> None:
        """Let happen what comes from now on."""
        self.muted = False

    def begin(self) -> None:
        """After the past was fed muted: let happen what the present asks for."""
        self.muted = False
        for (name, _), standing in list(self.standings.items()):
            self._judge(self.rules[name], standing, None, late=True)

    def _enter(self, rule: Rule) -> None:
        definition = rule.definition
        own = Role(rule, None)
        if definition.entity is not None:
            self._by_id.setdefault(definition.entity, []).append(own)
        else:
            self._by_type.setdefault(rule.of_type or "", []).append(own)
        for asking in rule.asks:
            role, related = Role(rule, asking), asking.clause.related
            if related is not None and related.entity is not None:
                self._by_id.setdefault(related.entity, []).append(role)
            elif asking.of_type is not None:
                self._by_type.setdefault(asking.of_type, []).append(role)
            elif related is not None:
                self._by_link.append(role)
            if asking.ground is not None and asking.ground.zone is not None:
                self._zones.setdefault(asking.ground.zone, []).append(role)

    def _roles(self, entity: Entity, before: Entity | None) -> Iterator[Role]:
        """What an entity may be to the rules; subjects first."""
        found = list(self._by_id.get(entity.id, ()))
        kinds = dict.fromkeys((*entity.types, *(() if before is None else before.types)))
        for kind in kinds:
            found += self._by_type.get(kind, ())
        yield from (role for role in found if role.asking is None)
        yield from (role for role in found if role.asking is not None)
        yield from self._by_link

    def _follow(self, before: Entity | None, after: Entity) -> None:
        if self._by_link:
            self._known[after.id] = after
        for role in self._zones.get(after.id, ()):
            self._lay(role, after)
        for role in self._roles(after, before):
            try:
                if role.asking is None:
                    self._as_subject(role.rule, before, after)
                else:
                    self._as_asked(role.rule, role.asking, before, after)
            except Exception as error:  # noqa: BLE001 - it becomes a state that people see
                self._blame(role.rule, after.id, error)

    def _as_subject(self, rule: Rule, before: Entity | None, after: Entity) -> None:
        key = (rule.id, after.id)
        standing = self.standings.get(key)
        if not rule.concerns(after):
            if standing is not None:
                self._leave(rule, standing)
            return
        if standing is None:
            past = self._past.get(key, Past(False, None))
            standing = Standing(after, active=past.active, fired_at=past.fired_at)
            self.standings[key] = standing
            before = None
        standing.entity = after
        at: int | None = None
        for asking in rule.asks:
            if asking.join is not None:
                asking.join.put_own(after)
                self._fetch(rule, asking, after)
            elif self._is_touched(asking, before, after):
                at = _later(at, self._look(rule, asking, after))
        self._judge(rule, standing, at)

    def _as_asked(self, rule: Rule, asking: Asking, before: Entity | None, after: Entity) -> None:
        assert asking.join is not None
        if asking.of_type is not None and asking.of_type not in after.types:
            self._unasked(rule, asking, after.id)
            return
        subjects = asking.join.put_other(after)
        if not subjects and asking.clause.related is not None and asking.clause.related.via:
            return
        at = None
        if after.id not in asking.judged or self._is_touched(asking, before, after):
            at = self._look(rule, asking, after)
        else:
            asking.judged[after.id].entity = after
        self._judge_all(rule, subjects, at)

    def _fetch(self, rule: Rule, asking: Asking, subject: Entity) -> None:
        """Begin to look at what a relationship leads to since now."""
        if not self._by_link or asking.join is None:
            return
        for name in asking.join.wanted(subject.id):
            known = self._known.get(name) if isinstance(name, str) else None
            if known is not None and known.id not in asking.judged:
                asking.join.put_other(known)
                self._look(rule, asking, known)

    def _lay(self, role: Role, zone: Entity | None) -> None:
        """A zone has come, moved or gone: everybody is looked at again."""
        assert role.asking is not None
        assert role.asking.ground is not None
        role.asking.ground.learn(zone)
        for judged in list(role.asking.judged.values()):
            self._look(role.rule, role.asking, judged.entity)
        for (name, _), standing in list(self.standings.items()):
            if name == role.rule.id:
                self._judge(role.rule, standing, None)

    def _is_touched(self, asking: Asking, before: Entity | None, after: Entity) -> bool:
        if before is None or after.id not in asking.judged or not asking.triggers:
            return True
        held, attrs = before.attrs, after.attrs
        return any(attrs.get(name) is not held.get(name) for name in asking.triggers)

    def _look(
        self, rule: Rule, asking: Asking, entity: Entity, *, at: int | None = None
    ) -> int | None:
        """Let a clause look at an entity; returns since when what it says is so."""
        if asking.times is not None:
            return None
        judged = asking.judged.get(entity.id)
        if judged is None:
            definition, related = rule.definition, asking.clause.related
            awaited = entity.id in (definition.entity, related and related.entity)
            born = self._time.now(clock_name(entity)) or 0
            judged = asking.judged[entity.id] = Judged(entity, born=born, awaited=awaited)
        judged.entity = entity
        held = judged.holds
        asking.look(judged, self._now(entity) if at is None else at)
        silent = asking.silent_from(judged)
        if silent is not None and (judged.timer is None or judged.timer > silent):
            judged.timer = silent
            errand = Errand("asked", rule.id, asking.number, entity.id, silent)
            self._timers.set(judged.clock, silent, errand)
        if judged.verdict is None or judged.holds is held:
            return None
        return judged.verdict.at

    def _judge_all(self, rule: Rule, subjects: Iterable[str], at: int | None) -> None:
        for name in sorted(subjects):
            standing = self.standings.get((rule.id, name))
            if standing is not None:
                self._judge(rule, standing, at)

    def _judge(self, rule: Rule, standing: Standing, at: int | None, *, late: bool = False) -> None:
        """See whether a rule holds about its subject.

        Args:
            rule, standing: which.
            at: the instant of what changed it [µs]; None: now.
            late: whether nobody looked before, so that it fires now and not when it was due.
        """
        now = self._now(standing.entity)
        at = now if at is None else at
        if not self._holds(rule, standing.entity, max(now, at)):
            standing.since = None
            if standing.active and not self.muted:
                standing.active = False
                self._happened.append(Ending(rule=rule.id, subject=standing.entity.id, at=at))
        else:
            if standing.since is None:
                standing.since = at
            if not standing.active and not self.muted:
                self._fire_or_wait(rule, standing, max(now, at), late=late)
        self._expect_change(rule, standing, now)

    def _fire_or_wait(self, rule: Rule, standing: Standing, now: int, *, late: bool) -> None:
        assert standing.since is not None
        ready = standing.since + rule.lasting
        if standing.fired_at is not None and rule.quiet:
            ready = max(ready, standing.fired_at + rule.quiet)
        if ready > now:
            self._wake(rule, standing, ready)
            return
        ready = now if late else ready
        standing.active, standing.fired_at = True, ready
        self._happened.append(
            Firing(
                rule=rule.id,
                digest=rule.digest,
                subject=standing.entity.id,
                at=ready,
                since=standing.since,
                evidence=evidence_of(rule, standing.entity, now),
            )
        )

    def _holds(self, rule: Rule, subject: Entity, now: int) -> bool:
        answers = (self._answer(asking, subject, now) for asking in rule.asks)
        return all(answers) if rule.definition.match == "all" else any(answers)

    def _answer(self, asking: Asking, subject: Entity, now: int) -> bool:
        if asking.times is not None:
            return asking.times.holds(now)
        if asking.join is None:
            judged = asking.judged.get(subject.id)
            return judged is not None and judged.holds
        found = [
            asking.judged[one].holds
            for one in asking.join.others(subject.id)
            if one in asking.judged
        ]
        which = asking.clause.of_them
        if which == "any":
            return any(found)
        return not any(found) if which == "none" else bool(found) and all(found)

    def _expect_change(self, rule: Rule, standing: Standing, now: int) -> None:
        for asking in rule.asks:
            if asking.times is not None:
                self._wake(rule, standing, asking.times.changes(now))

    def _wake(self, rule: Rule, standing: Standing, at: int) -> None:
        if standing.timer is None or at < standing.timer:
            standing.timer = at
            errand = Errand("subject", rule.id, 0, standing.entity.id, at)
            self._timers.set(clock_name(standing.entity), at, errand)

    def _due_subject(self, rule: Rule, errand: Errand) -> None:
        standing = self.standings.get((rule.id, errand.entity))
        if standing is None or standing.timer != errand.at:
            return
        standing.timer = None
        self._judge(rule, standing, errand.at)

    def _due_asked(self, rule: Rule, errand: Errand) -> None:
        asking = rule.asks[errand.clause]
        judged = asking.judged.get(errand.entity)
        if judged is None:
            return
        judged.timer = None
        at = self._look(rule, asking, judged.entity, at=errand.at)
        if at is None:
            return
        subjects = {errand.entity} if asking.join is None else asking.join.owners(errand.entity)
        self._judge_all(rule, subjects, at)

    def _gone(self, entity_id: str) -> None:
        self._known.pop(entity_id, None)
        for role in self._zones.get(entity_id, ()):
            self._lay(role, None)
        for rule in self.rules.values():
            standing = self.standings.get((rule.id, entity_id))
            if standing is not None:
                self._leave(rule, standing)
            for asking in rule.asks:
                if asking.join is not None:
                    self._unasked(rule, asking, entity_id)

    def _unasked(self, rule: Rule, asking: Asking, entity_id: str) -> None:
        assert asking.join is not None
        if asking.judged.pop(entity_id, None) is not None:
            self._judge_all(rule, asking.join.remove_other(entity_id), None)

    def _leave(self, rule: Rule, standing: Standing) -> None:
        """A rule is no more about an entity."""
        entity_id = standing.entity.id
        del self.standings[(rule.id, entity_id)]
        for asking in rule.asks:
            if asking.join is None:
                asking.judged.pop(entity_id, None)
            else:
                asking.join.remove_own(entity_id)
        if standing.active and not self.muted:
            at = self._now(standing.entity)
            self._happened.append(Ending(rule=rule.id, subject=entity_id, at=at))

    def _now(self, entity: Entity) -> int:
        """The time for an entity [µs]; while its plant has not spoken, that of its newest value."""
        now = self._time.now(clock_name(entity))
        if now is not None:
            return now
        times = [
            one.observed_at
            for instances in entity.attrs.values()
            for one in instances
            if one.observed_at is not None
        ]
        return max(times, default=0)

    def _blame(self, rule: Rule, entity_id: str, error: Exception) -> None:
        if rule.fault is None:
            _log.exception("rule %s cannot be judged for %s", rule.id, entity_id)
        rule.fault = f"{entity_id}: {error or type(error).__name__}"


def _later(one: int | None, other: int | None) -> int | None:
    if one is None or other is None:
        return other if one is None else one
    return max(one, other)
