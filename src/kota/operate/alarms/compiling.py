"""Definitions made into rules: names expanded, queries read, times in µs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from kota.context.staleness import Staleness
from kota.model.entity import Entity
from kota.model.instant import SECOND
from kota.model.query import q, scope
from kota.operate.alarms.definition import AlarmDefinition
from kota.operate.alarms.watch import Rule, Switch
from kota.operate.conditions.judging import make_judge, triggers_of
from kota.operate.conditions.probe import Expand, memory_of


class Rules:
    """All definitions, found by what an entity is.

    Args:
        definitions: checked.
        expand: turns a short name into its IRI.
        staleness: knows how often each attribute usually comes.
    """

    def __init__(
        self, definitions: Iterable[AlarmDefinition], expand: Expand, staleness: Staleness
    ) -> None:
        self.by_id: dict[str, Rule] = {}
        self.switches: dict[str, list[Switch]] = {}
        self._of_type: dict[str, list[Rule]] = {}
        self._of_entity: dict[str, list[Rule]] = {}
        self._scopes: dict[str, scope.ScopeQuery] = {}
        self._asking: dict[str, tuple[Switch, ...]] = {}
        for definition in definitions:
            rule = compile_rule(definition, expand, staleness)
            self.by_id[definition.id] = rule
            if definition.entity is not None:
                self._of_entity.setdefault(definition.entity, []).append(rule)
            else:
                self._of_type.setdefault(expand(definition.type or ""), []).append(rule)
            if definition.scope is not None:
                self._scopes[definition.id] = scope.parse(definition.scope)
            self._add_switches(definition, expand)

    @property
    def definitions(self) -> list[AlarmDefinition]:
        """All of them."""
        return [rule.definition for rule in self.by_id.values()]

    @property
    def named(self) -> Collection[str]:
        """Entities that are watched by their id, there or not."""
        return self._of_entity.keys()

    def of(self, entity: Entity) -> list[Rule]:
        """The rules that concern an entity."""
        found = list(self._of_entity.get(entity.id, ()))
        for kind in entity.types:
            found += self._of_type.get(kind, ())
        if not self._scopes:
            return found
        return [rule for rule in found if self._lies_within(rule, entity)]

    def switches_of(self, rule: Rule) -> tuple[Switch, ...]:
        """What else suppresses a rule, beside its own entity."""
        return self._asking.get(rule.definition.id, ())

    def _lies_within(self, rule: Rule, entity: Entity) -> bool:
        asked = self._scopes.get(rule.definition.id)
        return asked is None or asked.matches(entity.scope)

    def _add_switches(self, definition: AlarmDefinition, expand: Expand) -> None:
        made = [
            Switch(one.entity, q.parse(one.q, expand).matches, one.reason)
            for one in definition.suppress
            if one.entity is not None
        ]
        if made:
            self._asking[definition.id] = tuple(made)
        for switch in made:
            self.switches.setdefault(switch.entity_id, []).append(switch)


def compile_rule(definition: AlarmDefinition, expand: Expand, staleness: Staleness) -> Rule:
    """Compile one definition that was checked."""
    when = definition.when
    own: list[tuple[Callable[[Entity], bool], str]] = []
    queries: list[str] = []
    for suppression in definition.suppress:
        if suppression.entity is None:
            own.append((q.parse(suppression.q, expand).matches, suppression.reason))
            queries.append(suppression.q)
    return Rule(
        definition,
        make_judge(when, expand, staleness),
        triggers_of(when, expand, queries),
        memory_of(when, expand),
        int(definition.delay_on * SECOND),
        int(definition.delay_off * SECOND),
        tuple(expand(name) for name in definition.cause),
        tuple(own),
        expand(when.attribute) if when.kind == "stale" and when.attribute else None,
    )
