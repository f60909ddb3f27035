"""Checks of alarm definitions that types alone cannot make."""

from __future__ import annotations

from collections.abc import Iterator

from kota.operate.alarms.definition import AlarmDefinition
from kota.operate.conditions.checking import (
    ID,
    NAME,
    Fault,
    condition_faults,
    entity_faults,
    number_faults,
    query_faults,
    target_faults,
    text_faults,
)
from kota.operate.conditions.probe import Expand


def faults(definition: AlarmDefinition, expand: Expand) -> Iterator[Fault]:
    """What is wrong with a definition, if anything.

    Args:
        definition: whose types are right already.
        expand: turns a short name into its IRI.
    """
    if not ID.fullmatch(definition.id):
        yield Fault(("id",), f"{definition.id!r} cannot be an id", "such as water.tank-low")
    for name in ("title", "consequence", "action"):
        yield from text_faults((name,), getattr(definition, name))
    yield from _target(definition, expand)
    yield from _times(definition)
    yield from condition_faults(definition.when, expand)
    if definition.cause_kind and not ID.fullmatch(definition.cause_kind):
        yield Fault(("cause_kind",), f"{definition.cause_kind!r} cannot be a kind of cause")
    for name in definition.cause:
        if not NAME.fullmatch(name):
            yield Fault(("cause",), f"{name!r} cannot be the name of an attribute")
    for i, suppression in enumerate(definition.suppress):
        place = ("suppress", i)
        yield from query_faults(suppression.q, (*place, "q"), expand)
        if suppression.entity is not None:
            yield from entity_faults((*place, "entity"), suppression.entity)


def _target(definition: AlarmDefinition, expand: Expand) -> Iterator[Fault]:
    yield from target_faults(definition.type, definition.entity, definition.scope)
    if definition.type is not None and expand(definition.type) == expand("Alert"):
        yield Fault(("type",), "an alarm is an Alert itself; name the type that it watches")


def _times(definition: AlarmDefinition) -> Iterator[Fault]:
    for name in ("delay_on", "delay_off", "cause_near"):
        yield from number_faults((name,), getattr(definition, name), least=0.0)
    for name in ("respond_within", "group_within", "shelve_at_most"):
        yield from number_faults((name,), getattr(definition, name), least=1.0)
    if definition.escalate_after is not None:
        yield from number_faults(("escalate_after",), definition.escalate_after, least=1.0)
    if (definition.escalate_after is None) != (not definition.escalate_to):
        yield Fault((), "escalate_after and escalate_to stand together")
