"""The two contexts that come with Kota: the standard's core, and Kota's own on top of it."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

import msgspec

from kota.model import terms
from kota.model.jsonld.context import Context

_CORE_FILE = "ngsi-ld-core-context-v1.9.jsonld"
_KOTA_FILE = "kota-context-v1.jsonld"


@cache
def core_document() -> dict[str, Any]:
    """The NGSI-LD core context 1.9.1 (ETSI GS CIM 009 V1.9.1, Annex B)."""
    return _load(_CORE_FILE)


@cache
def kota_document() -> dict[str, Any]:
    """Smart Data Models' terms that Kota uses, and Kota's own."""
    return _load(_KOTA_FILE)


@cache
def core_context() -> Context:
    """The core context, compiled."""
    definitions = core_document()["@context"]
    resolved = _resolve(definitions)
    return Context(
        resolved,
        definitions["@vocab"],
        prefixes=_prefixes(definitions, resolved),
        source=terms.CORE_CONTEXT,
        address=terms.CORE_CONTEXT,
    )


@cache
def kota_context() -> Context:
    """The core context with the terms of Smart Data Models that Kota uses and Kota's own."""
    definitions = kota_document()["@context"]
    return core_context().with_terms(
        _resolve(definitions),
        source=[terms.KOTA_CONTEXT, terms.CORE_CONTEXT],
        address=terms.KOTA_CONTEXT,
    )


def _load(name: str) -> dict[str, Any]:
    data = files("kota.model.jsonld").joinpath("data", name).read_bytes()
    return msgspec.json.decode(data, type=dict[str, Any])


def _resolve(definitions: dict[str, Any]) -> dict[str, str]:
    """IRIs of the terms in a context of ours, which needs nothing but prefixes."""
    named = {
        term: definition["@id"] if isinstance(definition, dict) else definition
        for term, definition in definitions.items()
        if not term.startswith("@")
    }
    return {term: _iri(name, named, definitions) for term, name in named.items()}


def _iri(name: str, named: dict[str, str], definitions: dict[str, Any]) -> str:
    if name.startswith("@"):
        return name
    prefix, colon, suffix = name.partition(":")
    if not colon:
        return str(definitions["@vocab"]) + name
    if suffix.startswith("//") or prefix not in named:
        return name
    return _iri(named[prefix], named, definitions) + suffix


def _prefixes(definitions: dict[str, Any], resolved: dict[str, str]) -> dict[str, str]:
    return {
        term: iri
        for term, iri in resolved.items()
        if isinstance(definitions[term], str) and iri[-1] in ":/?#[]@"
    }
