"""Term definitions of a JSON-LD context (JSON-LD 1.1 Processing Algorithms, section 4.2).

Only what names need is kept of a definition: its IRI, and whether it is a prefix or a reverse
property. The rest is checked, since a context with a fault is refused as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from kota.errors import BadRequestDataError

_KEYWORD_FORM = re.compile(r"@[A-Za-z]+")
_CONTEXT_MEMBERS = frozenset(
    ("@base", "@direction", "@import", "@language", "@propagate", "@protected", "@version")
) | {"@vocab"}
_MEMBERS = frozenset(
    ("@container", "@direction", "@id", "@index", "@language", "@nest", "@prefix", "@protected")
) | {"@reverse", "@type"}
_CONTAINERS = frozenset(("@graph", "@id", "@index", "@language", "@list", "@set", "@type"))
_KEYWORDS = (
    _CONTEXT_MEMBERS
    | _MEMBERS
    | _CONTAINERS
    | frozenset(("@context", "@default", "@embed", "@explicit", "@included", "@json", "@none"))
    | frozenset(("@null", "@omitDefault", "@preserve", "@requireAll", "@value"))
)
_TYPES = frozenset({"@id", "@json", "@none", "@vocab"})
_GEN_DELIMS = frozenset(":/?#[]@")
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:[^\s<>\"{}|\\^`]*")
_MAX_DEPTH = 64


class Term(msgspec.Struct, frozen=True, gc=False):
    """What a context says of a term.

    Args:
        iri: an IRI, or a keyword of which the term is an alias; None where the term is taken away.
        prefix: whether it may stand before a colon.
        reverse: whether it names a property by its other end.
    """

    iri: str | None
    prefix: bool = False
    reverse: bool = False


def define(
    parts: Sequence[Mapping[str, Any]],
    *,
    base: Mapping[str, Term] | None = None,
    vocabulary: str | None = None,
) -> dict[str, Term]:
    """The terms that contexts define together, the later over the earlier.

    Args:
        parts: contexts without references, in the order in which they apply.
        base: terms that were defined before them.
        vocabulary: the ``@vocab`` that was set before them.

    Raises:
        BadRequestDataError: a definition is not valid; names the term.

    >>> define([{"ex": "https://example.org/", "Tank": "ex:Tank"}])["Tank"].iri
    'https://example.org/Tank'
    """
    active = dict(base or {})
    for part in parts:
        reading = _Reading(part, active, vocabulary)
        active, vocabulary = reading.read()
    return active


class _Reading:
    """One context, read on top of the definitions before it."""

    def __init__(
        self, local: Mapping[str, Any], active: Mapping[str, Term], vocabulary: str | None
    ) -> None:
        self._local = local
        self._active = dict(active)
        self._vocabulary = vocabulary
        self._defined: dict[str, bool] = {}

    def read(self) -> tuple[dict[str, Term], str | None]:
        version = self._local.get("@version", 1.1)
        if version != 1.1:
            raise BadRequestDataError(f"@context: @version is {version!r}, not 1.1")
        if "@vocab" in self._local:
            self._vocabulary = self._read_vocabulary(self._local["@vocab"])
        for term in self._local:
            if term not in _CONTEXT_MEMBERS:
                self._define(term, 0)
        return self._active, self._vocabulary

    def _read_vocabulary(self, vocabulary: Any) -> str | None:
        if vocabulary is None:
            return None
        if not isinstance(vocabulary, str):
            raise BadRequestDataError(f"@context: @vocab {_short(vocabulary)} is not an IRI")
        iri = self._expand(vocabulary, 0) if vocabulary else ""
        if iri is None or (iri and not _ABSOLUTE.fullmatch(iri)):
            raise BadRequestDataError(f"@context: @vocab {_short(vocabulary)} is not an IRI")
        return iri

    def _define(self, term: str, depth: int) -> None:
        state = self._defined.get(term)
        if state:
            return
        if state is False or depth > _MAX_DEPTH:
            raise BadRequestDataError(f"@context: term {term!r} is defined by itself")
        if not term:
            raise BadRequestDataError("@context: a term has no name")
        if _KEYWORD_FORM.fullmatch(term):
            if term in _KEYWORDS and not (term == "@type" and _is_set(self._local[term])):
                raise BadRequestDataError(f"@context: keyword {term} is redefined")
            return
        self._defined[term] = False
        self._active.pop(term, None)
        found = self._read_term(term, self._local[term], depth)
        if found is not None:
            self._active[term] = found
        self._defined[term] = True

    def _read_term(self, term: str, definition: Any, depth: int) -> Term | None:
        if definition is None:
            return Term(None)
        simple = isinstance(definition, str)
        members = {"@id": definition} if simple else definition
        if not isinstance(members, Mapping):
            raise _fault(term, f"{_short(definition)} is neither an IRI nor an object")
        self._check(term, members, depth)
        if "@reverse" in members:
            return Term(self._reversed(term, members, depth), reverse=True)
        if "@id" in members and members["@id"] is None:
            return Term(None)
        iri = self._iri(term, members, depth)
        if iri is None:
            return None
        prefix = members.get("@prefix", False)
        if simple and not _is_compound(term):
            prefix = iri[-1:] in _GEN_DELIMS or iri.startswith("_:")
        return Term(iri, prefix=prefix)

    def _iri(self, term: str, members: Mapping[str, Any], depth: int) -> str | None:
        named = members.get("@id", term)
        if named != term:
            return self._stated(term, named, depth)
        prefix, colon, suffix = term[1:].partition(":")
        if colon:
            prefix = term[0] + prefix
            if prefix in self._local:
                self._define(prefix, depth + 1)
            base = self._active.get(prefix)
            return term if base is None or base.iri is None else base.iri + suffix
        if self._vocabulary is None:
            raise _fault(term, "it has no IRI, and there is no @vocab to make one")
        return self._vocabulary + term

    def _stated(self, term: str, named: Any, depth: int) -> str | None:
        if not isinstance(named, str):
            raise _fault(term, f"@id {_short(named)} is not a text")
        if _KEYWORD_FORM.fullmatch(named) and named not in _KEYWORDS:
            return None
        iri = self._expand(named, depth)
        if iri == "@context":
            raise _fault(term, "it stands for @context")
        if iri is None or not (iri in _KEYWORDS or ":" in iri):
            raise _fault(term, f"{_short(named)} is not an IRI")
        if _is_compound(term):
            self._defined[term] = True
            if self._expand(term, depth) != iri:
                raise _fault(term, f"it looks like an IRI other than {_short(named)}")
        return iri

    def _reversed(self, term: str, members: Mapping[str, Any], depth: int) -> str:
        named = members["@reverse"]
        if "@id" in members or "@nest" in members or not isinstance(named, str):
            raise _fault(term, "a reverse property has an IRI and neither @id nor @nest")
        if members.get("@container") not in (None, "@set", "@index"):
            raise _fault(term, "a reverse property is contained in a @set or @index at most")
        iri = self._expand(named, depth)
        if iri is None or ":" not in iri:
            raise _fault(term, f"@reverse {_short(named)} is not an IRI")
        return iri

    def _check(self, term: str, members: Mapping[str, Any], depth: int) -> None:
        """Refuse what a definition may not hold."""
        for member, value in members.items():
            if member not in _MEMBERS:
                raise _fault(term, f"{_short(member)} is not part of a definition")
            if member in ("@prefix", "@protected") and not isinstance(value, bool):
                raise _fault(term, f"{member} is neither true nor false")
        if members.get("@prefix") and _is_compound(term):
            raise _fault(term, "a prefix has neither a colon nor a slash")
        self._check_type(term, members, depth)
        containers = members.get("@container")
        for container in containers if isinstance(containers, list) else [containers]:
            if container is not None and container not in _CONTAINERS:
                raise _fault(term, f"@container {_short(container)} is unknown")
        language = members.get("@language")
        if language is not None and not isinstance(language, str):
            raise _fault(term, f"@language {_short(language)} is not a language")

    def _check_type(self, term: str, members: Mapping[str, Any], depth: int) -> None:
        if "@type" not in members:
            return
        named = members["@type"]
        iri = self._expand(named, depth) if isinstance(named, str) else None
        if iri is None or not (iri in _TYPES or _ABSOLUTE.fullmatch(iri)):
            raise _fault(term, f"@type {_short(named)} is not a type")

    def _expand(self, value: str, depth: int) -> str | None:
        """IRI expansion (section 5.2) of a name that stands in this context."""
        if value in _KEYWORDS:
            return value
        if _KEYWORD_FORM.fullmatch(value):
            return None
        if value in self._local and not self._defined.get(value):
            self._define(value, depth + 1)
        held = self._active.get(value)
        if held is not None:
            return held.iri
        prefix, colon, suffix = value[1:].partition(":")
        if colon:
            prefix = value[0] + prefix
            if prefix == "_" or suffix.startswith("//"):
                return value
            if prefix in self._local and not self._defined.get(prefix):
                self._define(prefix, depth + 1)
            base = self._active.get(prefix)
            if base is not None and base.prefix and base.iri is not None:
                return base.iri + suffix
            if _ABSOLUTE.fullmatch(value):
                return value
        return None if self._vocabulary is None else self._vocabulary + value


def _is_compound(term: str) -> bool:
    return ":" in term[1:-1] or "/" in term


def _is_set(definition: Any) -> bool:
    """Whether ``@type`` is told to be a set or protected, the one keyword that may be defined."""
    return (
        isinstance(definition, Mapping)
        and bool(definition)
        and set(definition) <= {"@container", "@protected"}
        and definition.get("@container", "@set") == "@set"
    )


def _fault(term: str, reason: str) -> BadRequestDataError:
    return BadRequestDataError(f"@context: term {_short(term)}: {reason}")


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."
