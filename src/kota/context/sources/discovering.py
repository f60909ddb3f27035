"""Facts on types and attributes, as other brokers tell them (clauses 5.7.5 to 5.7.10)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from kota.context.discovery import AttributeFacts, TypeFacts
from kota.errors import BadRequestDataError
from kota.model.jsonld import Context


def types_told(body: Any, context: Context) -> list[TypeFacts]:
    """The types in an answer: a list of names, of types, or one type.

    Raises:
        BadRequestDataError: it is none of these.
    """
    found: list[TypeFacts] = []
    for name, one in _items(body, "typeList", "typeName"):
        facts = TypeFacts(context.expand(name), _count(one.get("entityCount")))
        for attribute in _texts(one.get("attributeNames")):
            facts.attributes[context.expand(attribute)].update(())
        for detail in _objects(one.get("attributeDetails")):
            named = detail.get("attributeName") or detail.get("id")
            if isinstance(named, str):
                kinds = _texts(detail.get("attributeTypes"))
                facts.attributes[context.expand(named)].update(kinds)
        found.append(facts)
    return found


def attributes_told(body: Any, context: Context) -> list[AttributeFacts]:
    """The attributes in an answer: a list of names, of attributes, or one attribute.

    Raises:
        BadRequestDataError: it is none of these.
    """
    return [
        AttributeFacts(
            context.expand(name),
            _count(one.get("attributeCount")),
            set(_texts(one.get("attributeTypes"))),
            {context.expand(kind) for kind in _texts(one.get("typeNames"))},
        )
        for name, one in _items(body, "attributeList", "attributeName")
    ]


def joined_types(facts: Iterable[TypeFacts]) -> list[TypeFacts]:
    """One for each type, in order of their names."""
    found: dict[str, TypeFacts] = {}
    for one in facts:
        known = found.setdefault(one.name, TypeFacts(one.name))
        known.count += one.count
        for attribute, kinds in one.attributes.items():
            known.attributes[attribute].update(kinds)
    return [found[name] for name in sorted(found)]


def joined_attributes(facts: Iterable[AttributeFacts]) -> list[AttributeFacts]:
    """One for each attribute, in order of their names."""
    found: dict[str, AttributeFacts] = {}
    for one in facts:
        known = found.setdefault(one.name, AttributeFacts(one.name))
        known.count += one.count
        known.kinds |= one.kinds
        known.types |= one.types
    return [found[name] for name in sorted(found)]


def _items(body: Any, listed: str, named: str) -> list[tuple[str, dict[str, Any]]]:
    if isinstance(body, dict) and listed in body:
        return [(name, {}) for name in _texts(body[listed])]
    items = body if isinstance(body, list) else [body]
    found = []
    for one in items:
        name = one.get(named) if isinstance(one, dict) else None
        if not isinstance(name, str):
            raise BadRequestDataError(f"what it answered has no {named}")
        found.append((name, one))
    return found


def _texts(value: Any) -> list[str]:
    items = value if isinstance(value, list) else [value]
    return [one for one in items if isinstance(one, str)]


def _objects(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _count(value: Any) -> int:
    return value if isinstance(value, int) and value >= 0 else 0
