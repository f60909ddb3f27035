"""Checks of rules that types alone cannot make."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Final

from kota.errors import KotaError
from kota.model import geometry
from kota.operate.alarms.definition_check import faults as alarm_faults
from kota.operate.conditions.checking import (
    ID,
    NAME,
    Fault,
    Place,
    condition_faults,
    entity_faults,
    number_faults,
    target_faults,
    text_faults,
)
from kota.operate.conditions.probe import Expand
from kota.operate.rules.alarming import alarm_of
from kota.operate.rules.definition import (
    Action,
    Calendar,
    Clause,
    Fence,
    OpenWork,
    RaiseAlarm,
    Related,
    RequestCommand,
    RuleDefinition,
    SendNotice,
    SetAttribute,
)
from kota.operate.rules.fencing import polygon

MOST: Final = 20
"""Clauses and actions of one rule."""
OWN_TYPES: Final = ("Alert", "Command", "RuleFiring", "WorkOrder")
"""Entities that Kota keeps itself: no rule states anything of them."""
_TIME: Final = re.compile(r"([01]\d|2[0-3]):[0-5]\d|24:00")
_DATE: Final = re.compile(r"(\d{4}-)?\d\d-\d\d")
_ASKS: Final = ("condition", "inside", "outside", "calendar")
_KEYS: Final = {"condition": "if"}


def faults(definition: RuleDefinition, expand: Expand) -> Iterator[Fault]:
    """What is wrong with a rule, if anything.

    Args:
        definition: whose types are right already.
        expand: turns a short name into its IRI.
    """
    if not ID.fullmatch(definition.id):
        yield Fault(("id",), f"{definition.id!r} cannot be an id", "such as water.burst-at-night")
    yield from text_faults(("title",), definition.title)
    yield from target_faults(definition.type, definition.entity, definition.scope)
    if definition.type is not None and expand(definition.type) == expand("RuleFiring"):
        yield Fault(("type",), "what rules did is no ground for a rule")
    for name in ("lasting", "again_after"):
        yield from number_faults((name,), getattr(definition, name), least=0.0)
    for name in ("when", "then"):
        count = len(getattr(definition, name))
        if not 0 < count <= MOST:
            yield Fault((name,), f"has {count} parts, needs 1 to {MOST}")
    for i, clause in enumerate(definition.when):
        yield from _clause(clause, ("when", i), expand)
    for i, action in enumerate(definition.then):
        yield from _action(action, ("then", i), definition, expand)
    if sum(isinstance(one, RaiseAlarm) for one in definition.then) > 1:
        yield Fault(("then",), "a rule raises one alarm at most")


def _clause(clause: Clause, place: Place, expand: Expand) -> Iterator[Fault]:
    asked = [name for name in _ASKS if getattr(clause, name) is not None]
    if len(asked) != 1:
        yield Fault(place, "asks exactly one of: if, inside, outside, calendar")
        return
    if clause.condition is not None:
        for fault in condition_faults(clause.condition, expand, "if"):
            yield Fault((*place, *fault.place), fault.message, fault.hint)
    for key, fence in (("inside", clause.inside), ("outside", clause.outside)):
        if fence is not None:
            yield from _fence(fence, (*place, key))
    if clause.calendar is not None:
        yield from _calendar(clause.calendar, (*place, "calendar"))
        if clause.related is not None:
            yield Fault((*place, "related"), "the time is the same for all of them")
    if clause.related is not None:
        yield from _related(clause.related, (*place, "related"))
    elif clause.of_them != "any":
        yield Fault((*place, "of_them"), "needs related")


def _fence(fence: Fence, place: Place) -> Iterator[Fault]:
    if (fence.zone is None) == (not fence.area):
        yield Fault(place, "name either a zone or an area")
    if fence.zone is not None:
        yield from entity_faults((*place, "zone"), fence.zone)
    yield from number_faults((*place, "within"), fence.within, least=0.0)
    if fence.area:
        try:
            shape = geometry.validate(polygon(fence), where="area")
        except KotaError as error:
            yield Fault((*place, "area"), error.message, error.hint)
            return
        reason = geometry.fault(shape)
        if reason is not None:
            yield Fault((*place, "area"), f"is no area ({reason})")


def _calendar(calendar: Calendar, place: Place) -> Iterator[Fault]:
    for key, text in (("from", calendar.begin), ("until", calendar.end)):
        if not _TIME.fullmatch(text):
            yield Fault((*place, key), f"{text!r} is not a time of day", "such as 22:30")
    if calendar.begin == calendar.end:
        yield Fault((*place, "until"), "is the same as from")
    for text in calendar.dates:
        if not _DATE.fullmatch(text) or not _is_date(text):
            yield Fault((*place, "dates"), f"{text!r} is not a date", "such as 12-25")


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text if len(text) > 5 else f"2024-{text}")
    except ValueError:
        return False
    return True


def _related(related: Related, place: Place) -> Iterator[Fault]:
    ways = [name for name in ("entity", "via", "type") if getattr(related, name) is not None]
    if len(ways) != 1:
        yield Fault(place, "names exactly one of: entity, via, type")
    if related.entity is not None:
        yield from entity_faults((*place, "entity"), related.entity)
    for key in ("via", "type", "by", "same"):
        text = getattr(related, key)
        if text is not None and not NAME.fullmatch(text):
            yield Fault((*place, key), f"{text!r} cannot be a name")
    finer = [key for key in ("by", "same", "near") if getattr(related, key)]
    if finer and related.type is None:
        yield Fault((*place, finer[0]), "needs a type")
    if len(finer) > 1:
        yield Fault((*place, finer[1]), f"stands beside {finer[0]}", "say one of by, same, near")
    yield from number_faults((*place, "near"), related.near, least=0.0)


def _action(
    action: Action, place: Place, definition: RuleDefinition, expand: Expand
) -> Iterator[Fault]:
    match action:
        case RaiseAlarm():
            for fault in alarm_faults(alarm_of(definition, action), expand):
                key = [part for part in fault.place if part != "id"]
                yield Fault((*place, *key), fault.message, fault.hint)
        case RequestCommand():
            if action.entity is not None:
                yield from entity_faults((*place, "entity"), action.entity)
            if action.entity is not None and action.via is not None:
                yield Fault((*place, "via"), "name an entity, or a relationship to it, not both")
            yield from text_faults((*place, "reason"), action.reason, needed=False)
        case OpenWork():
            yield from text_faults((*place, "title"), action.title)
            yield from text_faults((*place, "description"), action.description, needed=False)
            for step in action.checklist:
                yield from text_faults((*place, "checklist"), step)
            if action.due_within is not None:
                yield from number_faults((*place, "due_within"), action.due_within, least=1.0)
        case SendNotice():
            yield from text_faults((*place, "to"), action.to)
            yield from text_faults((*place, "text"), action.text, needed=False)
        case SetAttribute():
            yield from _setting(action, place, definition, expand)


def _setting(
    action: SetAttribute, place: Place, definition: RuleDefinition, expand: Expand
) -> Iterator[Fault]:
    if not NAME.fullmatch(action.attribute):
        yield Fault((*place, "attribute"), f"{action.attribute!r} cannot be a name")
    if action.entity is not None:
        yield from entity_faults((*place, "entity"), action.entity)
    for kind in OWN_TYPES:
        own = action.entity is None and definition.type is not None
        named = (action.entity or definition.entity or "").startswith(f"urn:ngsi-ld:{kind}:")
        if named or (own and expand(definition.type or "") == expand(kind)):
            yield Fault((*place, "do"), f"Kota keeps each {kind} itself")
