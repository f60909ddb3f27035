"""How well the alarms serve the operators, by the measures of ISA-18.2-2016 (clause 16)."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

import numpy as np
from msgspec import Struct

from kota.model.instant import HOUR, SECOND
from kota.operate.alarms.alarm import Alarm, Transition
from kota.operate.alarms.flood import STANDING, WINDOW, chatters, floods
from kota.operate.alarms.priority import Priority
from kota.operate.alarms.states import Event, State

TOP: Final = 10

PriorityOf = Callable[[str], Priority]
"""The priority of a definition, by its id."""


class Offender(Struct, frozen=True):
    """An alarm that is raised often: how often, and its share of all [0..1]."""

    alarm: str
    count: int
    share: float


class Flood(Struct, frozen=True):
    """A flood: begin, end [µs] and the alarms shown in it."""

    begin: int
    end: int
    alarms: int


class Report(Struct, frozen=True, kw_only=True):
    """The performance of the alarms over a stretch of time.

    Args:
        start, end: of the time [µs].
        operators: at work.
        alarms: shown to operators in that time.
        per_operator_hour: of them; ISA-18.2 holds about 6 for acceptable, 12 for the most that
            can be managed.
        most_in_ten_minutes: the worst ten minutes.
        flood_share: of the time that was flood [0..1]; below 0.01 is the target.
        floods: each.
        by_priority: shown, by priority.
        top: the most frequent.
        chattering: alarms raised three times or more within a minute.
        standing: alarms active for more than a day at the end.
        acknowledged: of those shown, how many were acknowledged.
        median_to_acknowledge, p90_to_acknowledge: time from shown to acknowledged [s].
        waiting: unacknowledged at the end.
        shelved, suppressed, out_of_service: set aside at the end.
        incidents: groups among those shown.
    """

    start: int
    end: int
    operators: float
    alarms: int
    per_operator_hour: float
    most_in_ten_minutes: int
    flood_share: float
    floods: list[Flood]
    by_priority: dict[Priority, int]
    top: list[Offender]
    chattering: list[str]
    standing: list[str]
    acknowledged: int
    median_to_acknowledge: float | None
    p90_to_acknowledge: float | None
    waiting: int
    shelved: int
    suppressed: int
    out_of_service: int
    incidents: int


def report(
    journal: Mapping[str, Sequence[Transition]],
    alarms: Iterable[Alarm],
    priority_of: PriorityOf,
    *,
    start: int,
    end: int,
    operators: float = 1.0,
    groups: Iterable[str] = (),
) -> Report:
    """Measure the alarms.

    Args:
        journal: transitions in that time by alarm id, oldest first.
        alarms: as they stand at its end.
        priority_of: the priority of a definition.
        start, end: of the time [µs].
        operators: at work.
        groups: incidents that those shown belong to.
    """
    alarms = list(alarms)
    definitions = {alarm.id: alarm.definition for alarm in alarms}
    shown = {key: _shown(transitions) for key, transitions in journal.items()}
    times = sorted(at for each in shown.values() for at in each)
    waits = [wait for transitions in journal.values() for wait in _waits(transitions)]
    found = [Flood(*one) for one in floods(times)]
    states = Counter(alarm.state for alarm in alarms)
    counts = Counter({key: len(each) for key, each in shown.items() if each})
    by_priority: dict[Priority, int] = {"critical": 0, "high": 0, "medium": 0, "low": 0}
    for key, count in counts.items():
        by_priority[priority_of(definitions.get(key, ""))] += count
    span = max(end - start, 1)
    return Report(
        start=start,
        end=end,
        operators=operators,
        alarms=len(times),
        per_operator_hour=round(len(times) / (span / HOUR) / operators, 3),
        most_in_ten_minutes=_most(times),
        flood_share=round(min(sum(one.end - one.begin for one in found) / span, 1.0), 4),
        floods=found,
        by_priority=by_priority,
        top=[
            Offender(key, count, round(count / len(times), 4))
            for key, count in sorted(counts.items(), key=lambda one: (-one[1], one[0]))[:TOP]
        ],
        chattering=sorted(key for key, each in shown.items() if chatters(each)),
        standing=sorted(one.id for one in alarms if is_standing(one, end)),
        acknowledged=len(waits),
        median_to_acknowledge=_quantile(waits, 0.5),
        p90_to_acknowledge=_quantile(waits, 0.9),
        waiting=states[State.UNACKNOWLEDGED] + states[State.RETURNED],
        shelved=states[State.SHELVED],
        suppressed=states[State.SUPPRESSED],
        out_of_service=states[State.OUT_OF_SERVICE],
        incidents=len(set(groups)),
    )


def is_standing(alarm: Alarm, now: int) -> bool:
    """Whether an alarm has been active for more than a day at an instant [µs]."""
    raised = alarm.raised_at
    return alarm.active and alarm.annunciated and raised is not None and now - raised > STANDING


def was_shown(transition: Transition) -> bool:
    """Whether a transition put an alarm before the operators."""
    return (
        transition.after is State.UNACKNOWLEDGED and transition.before is not State.UNACKNOWLEDGED
    )


def _shown(transitions: Sequence[Transition]) -> list[int]:
    return [one.at for one in transitions if was_shown(one)]


def _waits(transitions: Sequence[Transition]) -> list[float]:
    """Times from shown to acknowledged [s]."""
    waits, since = [], None
    for one in transitions:
        if was_shown(one):
            since = one.at if since is None else since
        elif one.event is Event.ACKNOWLEDGE and since is not None:
            waits.append((one.at - since) / SECOND)
            since = None
    return waits


def _most(times: Sequence[int]) -> int:
    ends = (k + 1 - bisect_right(times, at - WINDOW) for k, at in enumerate(times))
    return max(ends, default=0)


def _quantile(waits: Sequence[float], share: float) -> float | None:
    return round(float(np.quantile(waits, share)), 1) if waits else None
