"""What operators see of the alarms: lists, incidents, the journal, the report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from msgspec import Struct

from kota.operate.alarms import terms
from kota.operate.alarms.alarm import Alarm
from kota.operate.alarms.alert import Entry, read_entry
from kota.operate.alarms.priority import PRIORITIES, Priority
from kota.operate.alarms.report import Report, report, was_shown
from kota.operate.alarms.room import Alarms
from kota.operate.alarms.states import ANNUNCIATED, State
from kota.store.history import HistoryStore, SeriesFilter, Span

_URGENCY: Final = {name: k for k, name in enumerate(PRIORITIES)}
_ORDER: Final = {
    State.UNACKNOWLEDGED: 0,
    State.RETURNED: 1,
    State.ACKNOWLEDGED: 2,
    State.LATCHED: 3,
    State.SHELVED: 4,
    State.SUPPRESSED: 5,
    State.OUT_OF_SERVICE: 6,
    State.NORMAL: 7,
}
"""Whoever waits for an operator comes first."""


class Wanted(Struct, frozen=True, kw_only=True):
    """Which alarms; what is empty asks for nothing.

    Args:
        states: any of these.
        priorities: any of these.
        definition: of this id.
        entity: of this entity.
        owner: that concern this owner.
        group: of this incident.
        assignee: that this person takes care of.
    """

    states: frozenset[State] = ANNUNCIATED
    priorities: frozenset[Priority] = frozenset()
    definition: str | None = None
    entity: str | None = None
    owner: str | None = None
    group: str | None = None
    assignee: str | None = None


class Incident(Struct, frozen=True, kw_only=True):
    """Alarms of one cause.

    Args:
        id: its name.
        first: the alarm that was raised first, which is where to look for the cause.
        began, last: when the first and the last were raised [µs].
        priority: the most urgent of them.
        unseen: how many wait for an acknowledgement.
        alarms: all of them, in the order in which they were raised.
    """

    id: str
    first: Alarm
    began: int
    last: int
    priority: Priority
    unseen: int
    alarms: tuple[Alarm, ...]


class Desk:
    """Answers about alarms.

    Args:
        alarms: of the town.
        history: holds their journal.
    """

    def __init__(self, alarms: Alarms, history: HistoryStore) -> None:
        self._alarms = alarms
        self._history = history

    def priority_of(self, definition: str) -> Priority:
        """The priority of a definition; low where it is gone."""
        rule = self._alarms.engine.rules.by_id.get(definition)
        return "low" if rule is None else rule.definition.priority

    def select(self, wanted: Wanted) -> list[Alarm]:
        """Alarms that are asked for: the ones that wait first, the urgent first, the newest
        first."""
        found = [alarm for alarm in self._alarms.book.alarms.values() if self._is(alarm, wanted)]
        return sorted(
            found,
            key=lambda one: (
                _ORDER[one.state],
                _URGENCY[self.priority_of(one.definition)],
                -(one.raised_at or 0),
                one.id,
            ),
        )

    def get(self, alarm_id: str) -> Alarm | None:
        """An alarm by its id, one that was never raised included."""
        found = self._alarms.book.alarms.get(alarm_id)
        if found is not None:
            return found
        watch = self._alarms.engine.watches.get(alarm_id)
        return None if watch is None else watch.alarm

    def counts(self, among: Iterable[Alarm] | None = None) -> dict[State, int]:
        """How many there are in each state, of all or among some."""
        alarms = self._alarms.book.alarms.values() if among is None else among
        found = Counter(alarm.state for alarm in alarms)
        return {state: found[state] for state in State}

    def waiting(self, among: Iterable[Alarm] | None = None) -> dict[Priority, int]:
        """How many wait for an acknowledgement, by priority, of all or among some."""
        alarms = self._alarms.book.alarms.values() if among is None else among
        found = Counter(
            self.priority_of(alarm.definition)
            for alarm in alarms
            if alarm.state in (State.UNACKNOWLEDGED, State.RETURNED)
        )
        return {name: found[name] for name in PRIORITIES}

    def incidents(self, alarms: Iterable[Alarm]) -> list[Incident]:
        """Alarms by their cause, the most urgent and newest first."""
        groups: dict[str, list[Alarm]] = {}
        for alarm in alarms:
            groups.setdefault(alarm.group or alarm.id, []).append(alarm)
        found = [self._incident(name, members) for name, members in groups.items()]
        return sorted(found, key=lambda one: (not one.unseen, _URGENCY[one.priority], -one.last))

    async def journal(
        self, alarm_ids: Sequence[str], *, start: int | None = None, end: int | None = None
    ) -> dict[str, list[Entry]]:
        """What happened to alarms in a stretch of time [µs], oldest first."""
        if not alarm_ids:
            return {}
        series = SeriesFilter(entity_ids=tuple(alarm_ids), attributes=(terms.TRANSITION,))
        found: dict[str, list[Entry]] = {}
        for stored in await self._history.instances(series, Span(start=start, end=end)):
            entry = read_entry(stored.instance.value)
            if entry is not None:
                found.setdefault(stored.entity_id, []).append(entry)
        return found

    async def report(
        self, *, start: int, end: int, operators: float = 1.0, owner: str | None = None
    ) -> Report:
        """Measure the alarms of a stretch of time [µs]."""
        everything = Wanted(states=frozenset(State), owner=owner)
        alarms = self.select(everything)
        entries = await self.journal([alarm.id for alarm in alarms], start=start, end=end)
        journal = {key: [one.transition() for one in each] for key, each in entries.items()}
        groups = {
            one.group or key
            for key, each in entries.items()
            for one, transition in zip(each, journal[key], strict=True)
            if was_shown(transition)
        }
        return report(
            journal,
            alarms,
            self.priority_of,
            start=start,
            end=end,
            operators=operators,
            groups=groups,
        )

    def _is(self, alarm: Alarm, wanted: Wanted) -> bool:
        tests: tuple[tuple[object, Callable[[], bool]], ...] = (
            (wanted.states, lambda: alarm.state in wanted.states),
            (
                wanted.priorities,
                lambda: self.priority_of(alarm.definition) in wanted.priorities,
            ),
            (wanted.definition, lambda: alarm.definition == wanted.definition),
            (wanted.entity, lambda: alarm.entity == wanted.entity),
            (wanted.owner, lambda: self._owner(alarm) == wanted.owner),
            (wanted.group, lambda: alarm.group == wanted.group),
            (wanted.assignee, lambda: alarm.assignee == wanted.assignee),
        )
        return all(holds() for asked, holds in tests if asked)

    def _owner(self, alarm: Alarm) -> str | None:
        rule = self._alarms.engine.rules.by_id.get(alarm.definition)
        return None if rule is None else rule.definition.owner

    def _incident(self, name: str, members: list[Alarm]) -> Incident:
        members = sorted(members, key=lambda one: (one.raised_at or 0, one.id))
        urgent = min(
            (self.priority_of(one.definition) for one in members), key=_URGENCY.__getitem__
        )
        return Incident(
            id=name,
            first=members[0],
            began=members[0].raised_at or 0,
            last=members[-1].raised_at or 0,
            priority=urgent,
            unseen=sum(one.state in (State.UNACKNOWLEDGED, State.RETURNED) for one in members),
            alarms=tuple(members),
        )
