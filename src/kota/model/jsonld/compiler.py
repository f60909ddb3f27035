"""Compiles a JSON-LD context, once for each content."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from kota.errors import BadRequestDataError
from kota.model import terms
from kota.model.jsonld import closure
from kota.model.jsonld.bundled import assemble, core_context, kota_context, kota_document
from kota.model.jsonld.closure import Source
from kota.model.jsonld.context import Context

_CACHE_LIMIT = 1_000


class _Entry(msgspec.Struct, frozen=True):
    context: Context
    used: dict[str, Any]

    def holds(self, documents: Mapping[str, Any]) -> bool:
        return all(documents.get(address) is document for address, document in self.used.items())


class Compiler:
    """Turns what stands under ``@context`` into a `Context`.

    It fetches nothing: documents come as a mapping from address to decoded JSON. The core
    context, under any address of its versions, and Kota's own need not be in it.
    """

    def __init__(self) -> None:
        self._compiled: dict[bytes, _Entry] = {}

    def missing(self, source: Source, documents: Mapping[str, Any]) -> list[str]:
        """Addresses that `compile` would not find; fetch them, then ask again.

        Raises:
            BadRequestDataError: `source` is not a context.
            ContextUnavailableError: a document is not a context, or there are too many.
        """
        return closure.missing(source, _with_bundled(documents))

    def compile(self, source: Source, documents: Mapping[str, Any] | None = None) -> Context:
        """The compiled context.

        Args:
            source: what stands under ``@context``.
            documents: what it refers to, by address.

        Raises:
            BadRequestDataError: `source` is not a valid context.
            ContextUnavailableError: an address is not among the documents, or what is there is
                not a context.
        """
        key = _key(source)
        available = _with_bundled(documents or {})
        entry = self._compiled.get(key)
        if entry is None or not entry.holds(available):
            entry = _compile(source, available)
            if len(self._compiled) >= _CACHE_LIMIT:
                del self._compiled[next(iter(self._compiled))]
            self._compiled[key] = entry
        return entry.context


def _compile(source: Source, documents: Mapping[str, Any]) -> _Entry:
    used = {a: documents[a] for a in closure.closure(source, documents) if a in documents}
    parts = closure.definitions(source, documents)
    if not parts:
        return _Entry(core_context(), used)
    if len(parts) == 1 and used == {terms.KOTA_CONTEXT: kota_document()}:
        return _Entry(kota_context(), used)
    address = source if isinstance(source, str) else None
    return _Entry(assemble(parts, source=_with_core(source, documents), address=address), used)


def _with_bundled(documents: Mapping[str, Any]) -> Mapping[str, Any]:
    if terms.KOTA_CONTEXT in documents:
        return documents
    return {**documents, terms.KOTA_CONTEXT: kota_document()}


def _with_core(source: Source, documents: Mapping[str, Any]) -> Source:
    """The source and the core context behind it, unless it brings that itself (clause 5.2.3)."""
    if closure.brings_core(source, documents):
        return source
    items = source if isinstance(source, list) else [source]
    return [*(item for item in items if item is not None), terms.CORE_CONTEXT]


def _key(source: Source) -> bytes:
    try:
        return msgspec.json.encode(source)
    except (RecursionError, TypeError, ValueError) as error:
        raise BadRequestDataError("@context: nested too deep") from error
