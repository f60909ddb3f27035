"""The alarm of a rule: it lasts while the rule holds, and lives as every other alarm."""

from __future__ import annotations

from collections.abc import Iterable

from kota.operate.alarms.definition import AlarmDefinition
from kota.operate.conditions.condition import Condition
from kota.operate.rules.definition import RaiseAlarm, RuleDefinition


def alarm_of(definition: RuleDefinition, action: RaiseAlarm) -> AlarmDefinition:
    """The definition of the alarm that a rule raises: its condition is the rule's own state."""
    return AlarmDefinition(
        id=definition.id,
        title=action.title or definition.title,
        when=Condition("query", q=f'ruleName=="{definition.id}";ruleActive==true'),
        severity=action.severity,
        respond_within=action.respond_within,
        consequence=action.consequence,
        action=action.action,
        owner=action.owner,
        type="RuleFiring",
        cause=("ruleSubject",),
    )


def alarms_of(definitions: Iterable[RuleDefinition]) -> list[AlarmDefinition]:
    """The alarms that rules raise."""
    return [
        alarm_of(definition, action)
        for definition in definitions
        if definition.enabled
        for action in definition.then
        if isinstance(action, RaiseAlarm)
    ]
