"""Which documents a context refers to, and the plain term definitions they add up to.

Whoever can send a context can send one that is nested without end, refers to itself or is huge;
all of that is refused here, in time proportional to the limits.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urljoin

from kota.errors import BadRequestDataError, ContextUnavailableError, KotaError

Source = str | list[Any] | dict[str, Any] | None

_CORE = re.compile(r"https?://uri\.etsi\.org/ngsi-ld/v1/ngsi-ld-core-context(-v[0-9.]+)?\.jsonld")

_MAX_DEPTH = 16
_MAX_DOCUMENTS = 64
_MAX_VISITS = 1_000
_MAX_TERMS = 20_000
_KEPT_KEYWORDS = frozenset({"@vocab", "@version"})


def is_core(address: str) -> bool:
    """Whether an address is that of a published version of the NGSI-LD core context."""
    return _CORE.fullmatch(address) is not None


def references(source: Source) -> list[str]:
    """The addresses that a context names directly, in order, without those of the core context.

    Raises:
        BadRequestDataError: it is not a context.
    """
    found: list[str] = []
    for item in _items(source):
        address = item if isinstance(item, str) else item.get("@import")
        if isinstance(address, str) and not is_core(address):
            found.append(address)
    return found


def missing(source: Source, documents: Mapping[str, Any]) -> list[str]:
    """The addresses that have to be fetched next; empty once all that is referred to is there.

    Raises:
        BadRequestDataError: it is not a context.
        ContextUnavailableError: a document is not a context, or there are too many.
    """
    absent: dict[str, None] = {}
    for address in closure(source, documents):
        if address not in documents:
            absent[address] = None
    return list(absent)


def closure(source: Source, documents: Mapping[str, Any]) -> list[str]:
    """All addresses that a context refers to, directly or through the documents that are there."""
    seen: dict[str, None] = {}
    waiting = references(source)
    while waiting:
        address = waiting.pop()
        if address in seen:
            continue
        seen[address] = None
        if len(seen) > _MAX_DOCUMENTS:
            raise ContextUnavailableError(
                f"@context refers to more than {_MAX_DOCUMENTS} documents"
            )
        if address in documents:
            inner = _body(documents[address], address)
            waiting += [_resolve(further, address) for further in references(inner)]
    return list(seen)


def brings_core(source: Source, documents: Mapping[str, Any]) -> bool:
    """Whether a context, or one that it refers to, names the core context."""
    bodies = [source]
    bodies += [_body(documents[at], at) for at in closure(source, documents) if at in documents]
    return any(isinstance(one, str) and is_core(one) for body in bodies for one in _items(body))


def definitions(source: Source, documents: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The term definitions of a context and of all it refers to, in the order they apply.

    Raises:
        BadRequestDataError: the context itself is malformed.
        ContextUnavailableError: a document is missing or malformed, refers to itself, or all
            together are too large.
    """
    gathering = _Gathering(documents)
    gathering.add(source, ())
    return gathering.parts


class _Gathering:
    """Term definitions as they are found, within limits."""

    def __init__(self, documents: Mapping[str, Any]) -> None:
        self.parts: list[dict[str, Any]] = []
        self._documents = documents
        self._visits = 0
        self._terms = 0

    def add(self, source: Source, path: tuple[str, ...]) -> None:
        """Add a context, which was reached by way of these addresses."""
        for item in _items(source):
            self._visits += 1
            if self._visits > _MAX_VISITS:
                raise ContextUnavailableError(f"@context has more than {_MAX_VISITS} parts")
            if isinstance(item, str):
                self._follow(item, path)
                continue
            imported = item.get("@import")
            if isinstance(imported, str):
                self._follow(imported, path)
            self._keep(_plain(item, path[-1] if path else None))

    def _keep(self, part: dict[str, Any]) -> None:
        self._terms += len(part)
        if self._terms > _MAX_TERMS:
            raise ContextUnavailableError(f"@context defines more than {_MAX_TERMS} terms")
        self.parts.append(part)

    def _follow(self, address: str, path: tuple[str, ...]) -> None:
        address = _resolve(address, path[-1] if path else None)
        if is_core(address):
            return
        if address in path or len(path) >= _MAX_DEPTH:
            raise ContextUnavailableError(f"@context {address} refers to itself or too deep")
        if address not in self._documents:
            raise ContextUnavailableError(f"@context {address} is not available")
        self.add(_body(self._documents[address], address), (*path, address))


def _resolve(address: str, base: str | None) -> str:
    if base is None:
        return address
    try:
        return urljoin(base, address)
    except ValueError:
        raise ContextUnavailableError(f"@context {address!r} is not an address") from None


def _items(source: Source) -> list[str | dict[str, Any]]:
    items = source if isinstance(source, list) else [source]
    kept: list[str | dict[str, Any]] = []
    for item in items:
        if item is None:
            kept.clear()
        elif isinstance(item, str | dict):
            kept.append(item)
        else:
            raise BadRequestDataError(
                f"@context: {str(item)[:80]!r} is neither an address nor an object with terms"
            )
    return kept


def _body(document: Any, address: str) -> Source:
    body = document.get("@context") if isinstance(document, dict) else None
    if not isinstance(body, str | list | dict):
        raise ContextUnavailableError(f"@context {address} is not a JSON-LD context")
    return body


def _plain(item: dict[str, Any], address: str | None) -> dict[str, Any]:
    plain = {}
    for term, definition in item.items():
        if isinstance(definition, dict):
            if "@context" in definition:
                raise _refusal(
                    address, f"term {term!r} has a scoped context, which NGSI-LD excludes"
                )
        elif isinstance(definition, list):
            raise _refusal(address, f"term {term!r} is defined by a list")
        if not term.startswith("@") or term in _KEPT_KEYWORDS:
            plain[term] = definition
    return plain


def _refusal(address: str | None, reason: str) -> KotaError:
    if address is None:
        return BadRequestDataError(f"@context: {reason}")
    return BadRequestDataError(f"@context {address}: {reason}")
