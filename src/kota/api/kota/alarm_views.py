"""Alarms as the API shows them."""

from __future__ import annotations

from typing import Any, Literal

from kota.api.kota.answers import Model
from kota.api.kota.entities import UnitView, unit_view
from kota.model.instant import render
from kota.operate.alarms.alarm import Alarm
from kota.operate.alarms.alert import Entry
from kota.operate.alarms.definition import AlarmDefinition
from kota.operate.alarms.desk import Incident
from kota.operate.alarms.report import Report
from kota.operate.conditions.probe import Cause

Priority = Literal["critical", "high", "medium", "low"]
StateName = Literal[
    "normal",
    "unacknowledged",
    "acknowledged",
    "returned",
    "latched",
    "shelved",
    "suppressed",
    "out-of-service",
]


class CauseView(Model):
    """The observation that raised an alarm, and what it was judged against."""

    attribute: str | None
    value: Any
    unit: UnitView | None
    at: str | None
    limit: float | str | bool | None


class AlarmView(Model):
    """One alarm.

    `since` is when its state began, `count` how often it was raised. A chattering alarm came three
    times within a minute; a standing one has been active for more than a day.
    """

    id: str
    definition: str
    title: str
    entity: str
    entity_name: str | None
    priority: Priority
    state: StateName
    active: bool
    since: str | None
    raised_at: str | None
    count: int
    acknowledged_by: str | None
    acknowledged_at: str | None
    assignee: str | None
    shelved_until: str | None
    escalation: int
    group: str | None
    owner: str | None
    consequence: str | None
    action: str | None
    cause: CauseView | None
    chattering: bool
    standing: bool
    clock: Literal["wall", "plant"]


class AlarmList(Model):
    """Alarms that were asked for, and how many there are of each sort in all.

    `total` counts those asked for; `states` all, by state; `waiting` those unacknowledged, by
    priority. `flood_since` is set while more than ten alarms come in ten minutes.
    """

    total: int
    states: dict[StateName, int]
    waiting: dict[Priority, int]
    flood_since: str | None
    alarms: list[AlarmView]


class EntryView(Model):
    """What happened to an alarm: who, when, why, from which observation."""

    event: str
    before: StateName
    after: StateName
    at: str
    by: str
    role: str
    why: str | None
    attribute: str | None
    value: Any
    unit: UnitView | None
    observed_at: str | None
    limit: float | str | bool | None
    until: str | None
    assignee: str | None


class AlarmDetail(AlarmView):
    """One alarm with what has happened to it, oldest first."""

    history: list[EntryView]


class GroupView(Model):
    """Alarms of one cause; `first` is the one that came first, where to look for it."""

    id: str
    began: str
    last: str
    priority: Priority
    unseen: int
    first: AlarmView
    alarms: list[AlarmView]


class OffenderView(Model):
    """An alarm that comes often."""

    alarm: str
    count: int
    share: float


class FloodView(Model):
    """More than ten alarms in ten minutes."""

    begin: str
    end: str
    alarms: int


class ReportView(Model):
    """How the alarms served the operators, by ISA-18.2."""

    start: str
    end: str
    operators: float
    alarms: int
    per_operator_hour: float
    most_in_ten_minutes: int
    flood_share: float
    floods: list[FloodView]
    by_priority: dict[Priority, int]
    top: list[OffenderView]
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


class DefinitionView(Model):
    """A definition; `when` and `suppress` as they stand in its file."""

    id: str
    title: str
    type: str | None
    entity: str | None
    scope: str | None
    when: dict[str, Any]
    delay_on: float
    delay_off: float
    severity: Literal["minor", "moderate", "major", "severe"]
    respond_within: float
    priority: Priority
    consequence: str
    action: str
    latching: bool
    owner: str | None
    cause: list[str]
    cause_near: float
    cause_kind: str
    group_within: float
    suppress: list[dict[str, Any]]
    escalate_after: float | None
    escalate_to: list[str]
    shelve_at_most: float
    watches: int
    fault: str | None


def alarm_fields(
    alarm: Alarm,
    definition: AlarmDefinition | None,
    *,
    name: str | None,
    chattering: bool,
    standing: bool,
    plant: bool,
) -> dict[str, Any]:
    """The fields of an `AlarmView`.

    Args:
        alarm: as it stands.
        definition: its definition; None where that is gone.
        name: of its entity.
        chattering, standing: see `AlarmView`.
        plant: whether its times are by a plant's clock.
    """
    return {
        "id": alarm.id,
        "definition": alarm.definition,
        "title": alarm.definition if definition is None else definition.title,
        "entity": alarm.entity,
        "entity_name": name,
        "priority": "low" if definition is None else definition.priority,
        "state": alarm.state.value,
        "active": alarm.active,
        "since": _iso(alarm.since),
        "raised_at": _iso(alarm.raised_at),
        "count": alarm.count,
        "acknowledged_by": alarm.acknowledged_by,
        "acknowledged_at": _iso(alarm.acknowledged_at),
        "assignee": alarm.assignee,
        "shelved_until": _iso(alarm.shelved_until),
        "escalation": alarm.escalation,
        "group": alarm.group,
        "owner": None if definition is None else definition.owner,
        "consequence": None if definition is None else definition.consequence,
        "action": None if definition is None else definition.action,
        "cause": None if alarm.cause is None else cause_view(alarm.cause),
        "chattering": chattering,
        "standing": standing,
        "clock": "plant" if plant else "wall",
    }


def cause_view(cause: Cause) -> CauseView:
    """An observation that raised an alarm."""
    return CauseView(
        attribute=cause.attribute,
        value=cause.value,
        unit=unit_view(cause.unit),
        at=_iso(cause.at),
        limit=cause.limit,
    )


def entry_view(entry: Entry) -> EntryView:
    """A line of an alarm's journal."""
    return EntryView(
        event=entry.event.value,
        before=entry.before.value,
        after=entry.after.value,
        at=entry.at,
        by=entry.by,
        role=entry.role,
        why=entry.why,
        attribute=entry.attribute,
        value=entry.value,
        unit=unit_view(entry.unit_code),
        observed_at=entry.observed_at,
        limit=entry.limit,
        until=entry.until,
        assignee=entry.assignee,
    )


def group_view(incident: Incident, views: list[AlarmView]) -> GroupView:
    """An incident, its alarms as views in order."""
    return GroupView(
        id=incident.id,
        began=render(incident.began),
        last=render(incident.last),
        priority=incident.priority,
        unseen=incident.unseen,
        first=views[0],
        alarms=views,
    )


def report_view(report: Report) -> ReportView:
    """A report."""
    fields = {name: getattr(report, name) for name in ReportView.model_fields}
    return ReportView(
        **fields
        | {
            "start": render(report.start),
            "end": render(report.end),
            "top": [OffenderView.model_validate(one) for one in report.top],
            "floods": [
                FloodView(begin=render(one.begin), end=render(one.end), alarms=one.alarms)
                for one in report.floods
            ],
        }
    )


def _iso(at: int | None) -> str | None:
    return render(at) if at else None
