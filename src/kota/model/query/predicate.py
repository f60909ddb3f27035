"""Turns a query's syntax tree into one fast function over entities."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from kota.model.entity import Attribute, Entity, Kind
from kota.model.query import comparison
from kota.model.query.bounds import Bound, bound_of
from kota.model.query.reader import ENTITY_MEMBERS, INSTANCE_MEMBERS, TIME_MEMBERS
from kota.model.query.syntax import And, Compare, Exists, Linked, Missing, Operator, Or, Path, Tree
from kota.model.terms import QUALITY

Predicate = Callable[[Entity], bool]
Lookup = Callable[[str], Entity | None]

_LINKS = (Kind.RELATIONSHIP, Kind.LIST_RELATIONSHIP)
_EQUALITY = (Operator.EQUAL, Operator.UNEQUAL)


def compile_tree(tree: Tree, lookup: Lookup | None = None) -> Predicate:
    """Build the function that says whether an entity meets the query.

    Everything that does not depend on the entity (names, numbers, dates, regular expressions) is
    prepared here once. Of several instances of an attribute one must compare as asked.

    Args:
        tree: the query.
        lookup: finds linked entities; without it conditions on them do not hold.
    """
    match tree:
        case And(parts):
            return _all([compile_tree(part, lookup) for part in parts])
        case Or(parts):
            return _any([compile_tree(part, lookup) for part in parts])
        case Exists(path):
            return _exists(path)
        case Missing(path):
            there = _exists(path)
            return lambda entity: not there(entity)
        case Linked():
            return _linked(tree, lookup)
        case Compare():
            bound = bound_of(tree)
            return _within(bound) if bound is not None else _compare(tree)


def _all(parts: list[Predicate]) -> Predicate:
    if len(parts) == 2:
        first, second = parts
        return lambda entity: first(entity) and second(entity)
    return lambda entity: all(part(entity) for part in parts)


def _any(parts: list[Predicate]) -> Predicate:
    return lambda entity: any(part(entity) for part in parts)


def _linked(linked: Linked, lookup: Lookup | None) -> Predicate:
    if lookup is None:
        return lambda _: False
    meets = compile_tree(linked.inner, lookup)
    targets = _targets(linked.path)
    types = frozenset(linked.types)

    def leads(target: object) -> bool:
        found = lookup(target) if isinstance(target, str) else None
        if found is None or (types and types.isdisjoint(found.types)):
            return False
        return meets(found)

    def holds(entity: Entity) -> bool:
        for target in targets(entity):
            if any(leads(one) for one in (target if isinstance(target, list) else [target])):
                return True
        return False

    return holds


def _exists(path: Path) -> Predicate:
    name = path.names[0]
    if len(path.names) == 1 and not path.keys and name not in ENTITY_MEMBERS:
        return lambda entity: name in entity.attrs
    targets = _targets(path)
    return lambda entity: any(True for _ in targets(entity))


def _within(bound: Bound) -> Predicate:
    """The common case, a number between bounds, without any call for each instance."""
    name, low, high, strict = bound.attribute, bound.low, bound.high, bound.strict

    def inside(entity: Entity) -> bool:
        for instance in entity.attrs.get(name, ()):
            value = instance.value
            sort = type(value)
            if sort is float or sort is int:
                if (low < value < high) if strict else (low <= value <= high):
                    return True
            elif sort is list and any(bound.holds(item) for item in value):
                return True
        return False

    return inside


def _compare(compare: Compare) -> Predicate:
    path, operator = compare.path, compare.operator
    of_time = path.names[-1] in TIME_MEMBERS and not path.keys
    test = (comparison.of_instant if of_time else comparison.of_value)(operator, compare.values)
    links = operator in _EQUALITY
    if len(path.names) == 1 and not path.keys and path.names[0] not in ENTITY_MEMBERS:
        return _own_value(path.names[0], test, links=links)
    targets = _targets(path, links=links)
    return lambda entity: any(test(target) for target in targets(entity))


def _own_value(name: str, test: comparison.Test, *, links: bool) -> Predicate:
    """The case next in frequency: the attribute's own value, without generators."""

    def holds(entity: Entity) -> bool:
        for instance in entity.attrs.get(name, ()):
            kind = instance.kind
            if kind is Kind.LANGUAGE_PROPERTY:
                if test(_languages(instance)):
                    return True
            elif (links or kind not in _LINKS) and test(instance.value):
                return True
        return False

    return holds


def _targets(path: Path, *, links: bool = True) -> Callable[[Entity], Iterator[Any]]:
    """The values that a path leads to, one for each instance of the attribute that has it.

    Args:
        path: where to go.
        links: whether the ids that relationships point to count.
    """
    first, rest, keys = path.names[0], path.names[1:], path.keys
    if first in ENTITY_MEMBERS:
        return lambda entity: _entity_member(entity, first)

    def targets(entity: Entity) -> Iterator[Any]:
        for instance in entity.attrs.get(first, ()):
            yield from _instance_targets(instance, rest, keys, links)

    return targets


def _entity_member(entity: Entity, name: str) -> Iterator[Any]:
    match name:
        case "id":
            yield entity.id
        case "type":
            yield list(entity.types)
        case "scope":
            if entity.scope:
                yield list(entity.scope)
        case "createdAt":
            yield entity.created_at
        case "modifiedAt":
            yield entity.modified_at
        case _:
            if entity.expires_at is not None:
                yield entity.expires_at


def _instance_targets(
    instance: Attribute, names: tuple[str, ...], keys: tuple[str, ...], links: bool
) -> Iterator[Any]:
    if not names:
        if links or instance.kind not in _LINKS:
            yield from _inside(_value(instance, keys), keys)
        return
    name, rest = names[0], names[1:]
    if name in INSTANCE_MEMBERS:
        yield from _instance_member(instance, name)
    elif name == QUALITY and instance.quality is not None:
        yield from _inside(instance.quality.to_json(), keys)
    else:
        for sub in (instance.sub or {}).get(name, ()):
            yield from _instance_targets(sub, rest, keys, links)


def _instance_member(instance: Attribute, name: str) -> Iterator[Any]:
    match name:
        case "observedAt":
            found: Any = instance.observed_at
        case "createdAt":
            found = instance.created_at
        case "modifiedAt":
            found = instance.modified_at
        case "expiresAt":
            found = instance.expires_at
        case "unitCode":
            found = instance.unit_code
        case "datasetId":
            found = instance.dataset_id
        case _:
            found = list(instance.object_type) or None
    if found is not None:
        yield found


def _value(instance: Attribute, keys: tuple[str, ...]) -> Any:
    if instance.kind is not Kind.LANGUAGE_PROPERTY:
        return instance.value
    if not keys:
        return _languages(instance)
    return {"*": _languages(instance)} if keys == ("*",) else instance.value


def _languages(instance: Attribute) -> list[Any]:
    """The texts of a language map in all languages."""
    return list(_flat(instance.value.values()))


def _flat(values: Any) -> Iterator[Any]:
    for value in values:
        if isinstance(value, list):
            yield from value
        else:
            yield value


def _inside(value: Any, keys: tuple[str, ...]) -> Iterator[Any]:
    for key in keys:
        if not isinstance(value, dict) or key not in value:
            return
        value = value[key]
    yield value
