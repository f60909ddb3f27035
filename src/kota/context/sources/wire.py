"""In which words another broker is spoken to: the context that is sent along."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from kota.model.jsonld import Context, core_context
from kota.model.payload import NOT_ATTRIBUTES
from kota.model.terms import CORE_CONTEXT

CONTEXT_RELATION: Final = "http://www.w3.org/ns/json-ld#context"
_INSIDE: Final = frozenset(
    """type value object languageMap vocab json valueList objectList observedAt unitCode datasetId
    createdAt modifiedAt expiresAt deletedAt lang entity entityList previousValue instanceId
    objectType valueType""".split()  # noqa: SIM905
)
"""Members of an attribute that are no attributes of it."""
_NAMING: Final = ("objectType", "valueType")


class Wire(msgspec.Struct, frozen=True):
    """A context that others can read by its address.

    Args:
        context: compacts and expands names.
        address: of it.
    """

    context: Context
    address: str

    @property
    def link(self) -> str:
        """The ``Link`` header that names it."""
        return f'<{self.address}>; rel="{CONTEXT_RELATION}"; type="application/ld+json"'


def wire_of(context: Context) -> Wire:
    """A client's own context where others can read it; else the core context and whole IRIs."""
    address = context.address
    if address is not None and address.startswith(("http://", "https://")):
        return Wire(context, address)
    return Wire(core_context(), CORE_CONTEXT)


def attribute_names(document: dict[str, Any], context: Context) -> dict[str, str]:
    """The attributes of an entity or fragment: expanded name by the name it has there."""
    return {name: context.expand(name) for name in document if name not in NOT_ATTRIBUTES}


def without(document: dict[str, Any], context: Context, names: frozenset[str]) -> dict[str, Any]:
    """A document that has lost some attributes, named by their expanded names."""
    given = attribute_names(document, context)
    return {name: value for name, value in document.items() if given.get(name, "") not in names}


def only(document: dict[str, Any], context: Context, names: frozenset[str]) -> dict[str, Any]:
    """A document of whose attributes only some are left; all of them where none is named."""
    if not names:
        return dict(document)
    given = attribute_names(document, context)
    return without(document, context, frozenset(given.values()) - names)


def reworded(document: dict[str, Any], old: Context, new: Context) -> dict[str, Any]:
    """An entity or fragment with the names of one context, in those of another."""
    if old is new:
        return document
    return {
        _name(name, old, new) if name not in NOT_ATTRIBUTES else name: (
            _names(value, old, new)
            if name in ("type", "@type")
            else value
            if name in NOT_ATTRIBUTES
            else reworded_attribute(value, old, new)
        )
        for name, value in document.items()
    }


def reworded_attribute(value: Any, old: Context, new: Context) -> Any:
    """The instances of one attribute, in the names of another context."""
    if old is new:
        return value
    if isinstance(value, list):
        return [reworded_attribute(one, old, new) for one in value]
    if not isinstance(value, dict) or _INSIDE.isdisjoint(value):
        return value
    return {
        name if name in _INSIDE else _name(name, old, new): (
            _names(inner, old, new)
            if name in _NAMING
            else inner
            if name in _INSIDE
            else reworded_attribute(inner, old, new)
        )
        for name, inner in value.items()
    }


def _name(name: str, old: Context, new: Context) -> str:
    return new.compact(old.expand(name))


def _names(value: Any, old: Context, new: Context) -> Any:
    if isinstance(value, list):
        return [_names(one, old, new) for one in value]
    return _name(value, old, new) if isinstance(value, str) else value
