"""The two contexts that come with Kota: the standard's core, and Kota's own on top of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec

from kota.model import terms
from kota.model.jsonld.context import Context
from kota.model.jsonld.definition import Term, define

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


def extended_document(added: Mapping[str, str]) -> dict[str, Any]:
    """The Kota context's document with further terms; what it says already stands.

    Args:
        added: IRIs by term; a prefix of the Kota context may be used.
    """
    document = kota_document()
    if added.keys() <= document["@context"].keys():
        return document
    return {**document, "@context": {**added, **document["@context"]}}


@cache
def core_context() -> Context:
    """The core context, compiled."""
    return assemble((), source=terms.CORE_CONTEXT, address=terms.CORE_CONTEXT)


@cache
def kota_context() -> Context:
    """The core context with the terms of Smart Data Models that Kota uses and Kota's own."""
    return assemble(
        [kota_document()["@context"]],
        source=[terms.KOTA_CONTEXT, terms.CORE_CONTEXT],
        address=terms.KOTA_CONTEXT,
    )


def assemble(parts: Sequence[Mapping[str, Any]], *, source: Any, address: str | None) -> Context:
    """Compile contexts that hold no references.

    Whatever they say of a term of the core, the core's word stands: it is applied before them,
    for its prefixes, and after them (ETSI GS CIM 009, clause 4.4).

    Raises:
        BadRequestDataError: a definition is not valid.
    """
    core, vocabulary = _core_terms()
    held = {**define(parts, base=core, vocabulary=vocabulary), **core}
    return Context(
        {term: found.iri for term, found in held.items() if found.iri and not found.reverse},
        vocabulary,
        prefixes={term: found.iri for term, found in held.items() if found.iri and found.prefix},
        source=source,
        address=address,
    )


@cache
def _core_terms() -> tuple[dict[str, Term], str]:
    """The core's terms, without the scoped context of its proof, and its vocabulary."""
    definitions = {
        term: {member: value for member, value in definition.items() if member != "@context"}
        if isinstance(definition, dict)
        else definition
        for term, definition in core_document()["@context"].items()
    }
    return define([definitions]), str(definitions["@vocab"])


def _load(name: str) -> dict[str, Any]:
    data = files("kota.model.jsonld").joinpath("data", name).read_bytes()
    return msgspec.json.decode(data, type=dict[str, Any])
