"""Names and values as people read them."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from kota.model.entity import Attribute, Entity, Kind
from kota.model.jsonld import Context, kota_context
from kota.model.terms import DEFAULT_VOCABULARY, LOCATION

_BOUNDARY = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|[_\-]+")
_NAMES = ("name", "title", "alternateName")
_DESCRIPTIONS = ("description",)
_ADDRESSES = ("address",)


def title(term: str) -> str:
    """A short name as a heading.

    >>> title("flowRate"), title("CrowdFlowObserved"), title("pH"), title("CO2Level")
    ('Flow rate', 'Crowd flow observed', 'pH', 'CO2 level')
    """
    last = re.split(r"[/#]", term.rstrip("/#"))[-1].rsplit(":", 1)[-1]
    if len(last) <= 3:
        return last
    words = [word for word in _BOUNDARY.split(last) if word]
    if not words:
        return term
    rest = [word if word.isupper() or word[-1:].isdigit() else word.lower() for word in words[1:]]
    return " ".join([words[0][:1].upper() + words[0][1:], *rest])


def name(entity: Entity) -> str | None:
    """What people call an entity, where it says so."""
    return _text(entity, _NAMES)


def description(entity: Entity) -> str | None:
    """What an entity is, in words, where it says so."""
    return _text(entity, _DESCRIPTIONS)


def address(entity: Entity) -> str | None:
    """Where an entity is, in words, where it says so."""
    return _text(entity, _ADDRESSES)


def plain(iri: str, instance: Attribute) -> Any:
    """A value that fits a cell of a table, or None: numbers, texts, yes or no, or a position."""
    value = instance.value
    sort = value.__class__
    if sort is float or sort is int or sort is bool:
        return value
    if sort is str:
        return None if instance.kind is Kind.RELATIONSHIP else value
    if instance.kind is Kind.LANGUAGE_PROPERTY:
        return in_language(value)
    if iri == LOCATION and sort is dict and value.get("type") == "Point":
        return value["coordinates"][:2]
    return None


def in_language(texts: dict[str, Any], language: str = "en") -> str:
    """One text of a language map: in this language, else in the default, else in the first."""
    found = texts.get(language, texts.get("@none"))
    if found is None:
        found = next(iter(texts.values()), "")
    return ", ".join(found) if isinstance(found, list) else str(found)


def display(value: Any) -> str:
    """A value in a few characters, without its unit.

    >>> display(1234.5), display(0.12345678), display(True), display([1, "a"])
    ('1234.5', '0.123457', 'yes', '1, a')
    """
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, list):
        return ", ".join(display(item) for item in value)
    if isinstance(value, dict):
        if "coordinates" in value:
            return str(value.get("type", ""))
        if "@value" in value:
            return str(value["@value"])
        return ", ".join(f"{key}: {display(item)}" for key, item in value.items())
    return "" if value is None else str(value)


class Words:
    """Expanded names, turned into short ones.

    Args:
        context: the Kota context with the terms of the solutions.
    """

    def __init__(self, context: Context) -> None:
        self.expand = context.expand
        self.compact = context.compact

    def type_of(self, entity: Entity) -> str:
        """An entity's first type."""
        return self.compact(entity.types[0])

    def called(self, entity: Entity) -> str:
        """An entity's name or, where it has none, its type and the end of its id."""
        return name(entity) or f"{title(self.type_of(entity))} {entity.id.rsplit(':', 1)[-1]}"


@cache
def _iris(terms: tuple[str, ...]) -> tuple[str, ...]:
    """The attributes meant by some terms: of the Kota context, or by default."""
    expand = kota_context().expand
    found = [iri for term in terms for iri in (expand(term), DEFAULT_VOCABULARY + term)]
    return tuple(dict.fromkeys(found))


def _text(entity: Entity, terms: tuple[str, ...]) -> str | None:
    for iri in _iris(terms):
        instances = entity.attrs.get(iri)
        if not instances:
            continue
        value = instances[0].value
        if isinstance(value, str):
            return value
        if isinstance(value, dict):
            language = instances[0].kind is Kind.LANGUAGE_PROPERTY
            return in_language(value) if language else _flat(value)
    return None


def _flat(value: Any) -> str:
    if isinstance(value, dict):
        return " ".join(_flat(item) for item in value.values())
    return value if isinstance(value, str) else ""
