"""Judges every committed change, and what is due, and moves alarms by it.

Pure of I/O: changes and instants in, alarms in the book out. Each attribute of an entity leads to
the watches that it matters to, so a change costs nothing where nobody watches.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterable, Sequence
from typing import Final, Literal

import msgspec

from kota.context.staleness import Staleness, clock_name
from kota.model.entity import Entity
from kota.model.instant import SECOND
from kota.operate.actor import SYSTEM, Actor
from kota.operate.alarms.alarm import Alarm, alarm_id, moved
from kota.operate.alarms.book import Book
from kota.operate.alarms.compiling import Rules
from kota.operate.alarms.flood import CHATTERS, WINDOW, FloodWatch, chatters
from kota.operate.alarms.incidents import Incidents, Signs, signs_of
from kota.operate.alarms.states import TABLE, Event, State
from kota.operate.alarms.timers import Timers
from kota.operate.alarms.town_time import TownTime
from kota.operate.alarms.watch import Rule, Switch, Watch
from kota.operate.conditions.judging import silent_from
from kota.operate.conditions.probe import Cause, Verdict
from kota.store.state import Change

_log = logging.getLogger(__name__)

Errand = tuple[Literal["look", "shelf", "escalate"], str]
"""What is due for an alarm, by its id."""

Plan = dict[str, tuple[Watch, ...]]
"""Watches of one entity by the attribute that they look at; ``*``: at every change."""

ALL: Final = "*"
_NOBODY: Final[Plan] = {}


class Engine:
    """All watches of a town.

    Args:
        rules: the definitions.
        book: where alarms are kept.
        time: of the town.
        staleness: knows how often each attribute usually comes.
    """

    def __init__(self, rules: Rules, book: Book, time: TownTime, staleness: Staleness) -> None:
        self.rules = rules
        self.watches: dict[str, Watch] = {}
        self.floods: dict[str | None, FloodWatch] = {}
        self.faults: dict[str, str] = {}
        self._shown: dict[str, deque[int]] = {}
        self._book = book
        self._time = time
        self._staleness = staleness
        self._plans: dict[str, Plan] = {}
        self._timers: Timers[Errand] = Timers()
        self._incidents = Incidents()
        self._asked: dict[str, Entity] = {}

    def adopt(self, entities: Iterable[Entity]) -> None:
        """Begin to watch entities, without a look at them yet."""
        for entity in entities:
            self._plan(entity)
            if entity.id in self.rules.switches:
                self._asked[entity.id] = entity

    def prepare(self) -> None:
        """Watch also what is named by its id and is not there; ask what suppresses by design."""
        for switches in self.rules.switches.values():
            for switch in switches:
                switch.look(self._asked.get(switch.entity_id))
        self._asked.clear()
        for entity_id in self.rules.named:
            if entity_id not in self._plans:
                self._plan(Entity(entity_id, (), {}))

    def begin(self) -> None:
        """Look at everything once, and take up what was under way."""
        self._restore_incidents()
        for watch in list(self.watches.values()):
            self.look(watch)
            self._take_up(watch)

    def see(self, changes: Sequence[Change]) -> None:
        """Judge committed changes, all of them and in order."""
        plans = self._plans
        for change in changes:
            after = change.after
            if after is None:
                self._gone(change.entity)
                continue
            before = change.before
            plan = plans.get(after.id)
            if plan is None or before is None or self._is_another(before, after):
                plan = self._plan(after)
                before = None
            if plan:
                self._follow(plan, before, after)
            if after.id in self.rules.switches:
                self._ask(self.rules.switches[after.id], after)

    def tick(self) -> None:
        """Do what is due by now."""
        for kind, key in self._timers.take(self._time.now):
            watch = self.watches.get(key)
            if watch is None:
                continue
            if kind == "look":
                watch.timer = None
                self.look(watch)
            elif kind == "shelf":
                self._unshelve(watch)
            else:
                self._escalate(watch)

    def is_chattering(self, alarm_id: str) -> bool:
        """Whether an alarm was shown three times within a minute, lately."""
        watch, shown = self.watches.get(alarm_id), self._shown.get(alarm_id, ())
        if watch is None or not shown:
            return False
        return chatters(tuple(shown)) and self.now(watch) - shown[-1] <= WINDOW

    def flood(self) -> int | None:
        """Since when [µs] more alarms come than an operator can follow; None: they do not."""
        for clock, flood in self.floods.items():
            now = self._time.now(clock)
            if now is not None:
                flood.look(now)
        return min(
            (one.since for one in self.floods.values() if one.since is not None), default=None
        )

    def now(self, watch: Watch) -> int:
        """The time for a watch [µs]; while its plant has not spoken, that of its last transition
        or observation."""
        now = self._time.now(watch.clock)
        if now is not None:
            return now
        times = [
            one.observed_at
            for instances in watch.entity.attrs.values()
            for one in instances
            if one.observed_at is not None
        ]
        return max(times, default=watch.alarm.since)

    def look(self, watch: Watch, *, at: int | None = None, muted: bool = False) -> None:
        """Judge a watch's entity and move its alarm if that says so.

        Args:
            watch: whose `entity` is as it is.
            at: the time to judge by [µs]; None: now.
            muted: only remember, move nothing: the past that was judged before.
        """
        try:
            self._look(watch, at=at, muted=muted)
        except Exception as error:  # noqa: BLE001 - it becomes a state that the operator sees
            name = watch.rule.definition.id
            if name not in self.faults:
                _log.exception("alarm %s cannot be judged for %s", name, watch.alarm.entity)
            self.faults[name] = f"{watch.alarm.entity}: {error or type(error).__name__}"

    def _look(self, watch: Watch, *, at: int | None, muted: bool) -> None:
        watch.remember()
        if not muted:
            self._suppress(watch)
        now = self.now(watch) if at is None else at
        verdict = watch.rule.judge(watch, now)
        if verdict is not None:
            self._weigh(watch, verdict, now, muted=muted)
        if watch.rule.silent is not None:
            self._wait_for_silence(watch, watch.rule.silent)

    def move(
        self,
        watch: Watch,
        event: Event,
        *,
        actor: Actor = SYSTEM,
        why: str | None = None,
        cause: Cause | None = None,
        until: int | None = None,
        assignee: str | None = None,
    ) -> Alarm:
        """Let something happen to an alarm.

        Raises:
            ConflictError: it cannot happen in its state; nothing changed.
        """
        alarm, rule = watch.alarm, watch.rule
        now = self.now(watch)
        group = self._join(watch, now) if event is Event.RAISE else None
        after = moved(
            alarm,
            event,
            at=now,
            actor=actor,
            latching=rule.definition.latching,
            suppressed=watch.suppressed,
            why=why,
            cause=cause,
            until=until,
            assignee=assignee,
            group=group,
        )
        watch.alarm = after
        if alarm.active and not after.active:
            self._incidents.end(after.id, _signs(watch), at=now)
        self._book.put(after, watch.entity)
        if after.state is State.UNACKNOWLEDGED and alarm.state is not after.state:
            self.floods.setdefault(watch.clock, FloodWatch()).note(after.since)
            self._shown.setdefault(after.id, deque(maxlen=CHATTERS)).append(after.since)
            self._arm_escalation(watch)
        if event is Event.SHELVE and until is not None:
            self._timers.set(watch.clock, until, ("shelf", after.id))
        return after

    def _weigh(self, watch: Watch, verdict: Verdict, now: int, *, muted: bool) -> None:
        watch.raw = verdict.holds
        if verdict.holds is watch.alarm.active:
            watch.pending = None
            return
        rule = watch.rule
        if watch.pending is None:
            watch.pending = verdict.at
        ready = watch.pending + (rule.delay_on if verdict.holds else rule.delay_off)
        if muted:
            return
        if max(verdict.at, now) >= ready:
            watch.pending = None
            self.move(watch, Event.RAISE if verdict.holds else Event.CLEAR, cause=verdict.cause)
        else:
            self._look_again(watch, ready)

    def _wait_for_silence(self, watch: Watch, name: str) -> None:
        """Look again when the value will have become stale, if nothing comes meanwhile."""
        if watch.timer is None and not watch.raw:
            at = silent_from(watch.rule.definition.when, watch, name, self._staleness)
            if at is not None:
                self._look_again(watch, at)

    def _look_again(self, watch: Watch, at: int) -> None:
        if watch.timer is None or at < watch.timer:
            watch.timer = at
            self._timers.set(watch.clock, at, ("look", watch.alarm.id))

    def _suppress(self, watch: Watch) -> None:
        if not watch.rule.own and not watch.switches:
            return
        reason = watch.suppression()
        if (reason is not None) is watch.suppressed:
            return
        watch.suppressed = reason is not None
        event = Event.SUPPRESS if watch.suppressed else Event.RELEASE
        if (watch.alarm.state, event) in TABLE:
            self.move(watch, event, why=reason)

    def _ask(self, switches: Iterable[Switch], entity: Entity | None) -> None:
        for switch in switches:
            if switch.look(entity):
                for watch in switch.watches.values():
                    self._suppress(watch)

    def _follow(self, plan: Plan, before: Entity | None, after: Entity) -> None:
        held = {} if before is None else before.attrs
        attrs = after.attrs
        due: dict[int, Watch] = {}
        for name, watches in plan.items():
            for watch in watches:
                watch.entity = after
                if name == ALL or before is None or attrs.get(name) is not held.get(name):
                    due[id(watch)] = watch
        for watch in due.values():
            self.look(watch)

    def _is_another(self, before: Entity, after: Entity) -> bool:
        return before.types != after.types or before.scope != after.scope

    def _plan(self, entity: Entity) -> Plan:
        rules = self.rules.of(entity)
        wanted = {alarm_id(rule.definition.id, entity.id): rule for rule in rules}
        old = self._plans.get(entity.id, _NOBODY)
        for watch in {id(one): one for each in old.values() for one in each}.values():
            if watch.alarm.id not in wanted:
                self._drop(watch, "the definition no longer applies to it")
        plan: dict[str, list[Watch]] = {}
        for key, rule in wanted.items():
            watch = self.watches.get(key) or self._watch(key, rule, entity)
            for name in rule.triggers or (ALL,):
                plan.setdefault(name, []).append(watch)
        made = {name: tuple(watches) for name, watches in plan.items()} or _NOBODY
        self._plans[entity.id] = made
        return made

    def _watch(self, key: str, rule: Rule, entity: Entity) -> Watch:
        alarm = self._book.alarms.get(key) or Alarm(definition=rule.definition.id, entity=entity.id)
        born = self._time.now(clock_name(entity)) or 0
        watch = Watch(rule, entity, alarm, born=born)
        watch.suppressed = alarm.suppressed
        watch.switches = self.rules.switches_of(rule)
        for switch in watch.switches:
            switch.watches[key] = watch
        self.watches[key] = watch
        return watch

    def _drop(self, watch: Watch, why: str) -> None:
        key = watch.alarm.id
        if (watch.alarm.state, Event.RETIRE) in TABLE:
            self.move(watch, Event.RETIRE, why=why)
        for switch in watch.switches:
            switch.watches.pop(key, None)
        self.watches.pop(key, None)

    def _gone(self, entity: Entity) -> None:
        plan = self._plans.pop(entity.id, _NOBODY)
        for watch in {id(one): one for each in plan.values() for one in each}.values():
            if watch.rule.definition.entity is None:
                self._drop(watch, "the entity was deleted")
        if entity.id in self.rules.switches:
            self._ask(self.rules.switches[entity.id], None)
        if entity.id in self.rules.named:
            self._await(Entity(entity.id, (), {}))

    def _await(self, nobody: Entity) -> None:
        """Go on watching, by its id, what was deleted."""
        for watches in self._plan(nobody).values():
            for watch in watches:
                watch.entity = nobody
                watch.born = self.now(watch)
                self.look(watch)

    def _join(self, watch: Watch, at: int) -> str:
        definition = watch.rule.definition
        signs = _signs(watch)
        within = int(definition.group_within * SECOND)
        joined = self._incidents.join(watch.alarm.id, signs, at=at, within=within)
        for key in joined.moved:
            other = self.watches.get(key)
            if other is not None and other.alarm.group != joined.group:
                other.alarm = msgspec.structs.replace(other.alarm, group=joined.group)
                self._book.put(other.alarm, other.entity)
        return joined.group

    def _restore_incidents(self) -> None:
        known = [one for one in self.watches.values() if one.alarm.group is not None]
        for watch in sorted(known, key=lambda one: one.alarm.raised_at or 0):
            alarm = watch.alarm
            at = alarm.raised_at or 0
            group, signs = alarm.group or "", _signs(watch)
            self._incidents.restore(group, alarm.id, signs, at=at, lasts=alarm.active)

    def _take_up(self, watch: Watch) -> None:
        alarm = watch.alarm
        if alarm.shelved_until is not None:
            self._timers.set(watch.clock, alarm.shelved_until, ("shelf", alarm.id))
        if alarm.state is State.UNACKNOWLEDGED:
            self._arm_escalation(watch)

    def _unshelve(self, watch: Watch) -> None:
        until, now = watch.alarm.shelved_until, self.now(watch)
        if watch.alarm.state is State.SHELVED and until is not None and until <= now:
            self.move(watch, Event.UNSHELVE, why="its time on the shelf is over")

    def _arm_escalation(self, watch: Watch) -> None:
        alarm, definition = watch.alarm, watch.rule.definition
        after, chain = definition.escalate_after, definition.escalate_to
        if after is not None and alarm.escalation < len(chain):
            at = alarm.since + int(after * SECOND) * (alarm.escalation + 1)
            self._timers.set(watch.clock, at, ("escalate", alarm.id))

    def _escalate(self, watch: Watch) -> None:
        alarm, definition = watch.alarm, watch.rule.definition
        after, chain = definition.escalate_after, definition.escalate_to
        if after is None or alarm.state is not State.UNACKNOWLEDGED:
            return
        due = alarm.since + int(after * SECOND) * (alarm.escalation + 1)
        if alarm.escalation < len(chain) and due <= self.now(watch):
            why = f"unacknowledged for {after * (alarm.escalation + 1):g} s"
            self.move(watch, Event.ESCALATE, why=why, assignee=chain[alarm.escalation])
            self._arm_escalation(watch)


def _signs(watch: Watch) -> Signs:
    definition = watch.rule.definition
    near, kind = definition.cause_near, definition.cause_kind
    return signs_of(watch.entity, watch.rule.causes, near, kind)
