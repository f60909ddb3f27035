"""A compiled JSON-LD context: two dictionaries, and rules for what is not in them.

The rules are those of IRI expansion and compaction (JSON-LD 1.1 Processing Algorithms, 5.2 and
6.2) as far as names of types and attributes need them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kota.errors import BadRequestDataError
from kota.model.names import require_name

_CACHE_LIMIT = 20_000
_GEN_DELIMS = frozenset(":/?#[]@")


class Context:
    """Turns the short names of one ``@context`` into IRIs and back.

    Args:
        terms: the IRI (or keyword such as ``@type``) of each term.
        vocabulary: prefix of the names that are not terms.
        prefixes: terms that may stand before a colon.
        source: what to put under ``@context`` in a JSON-LD document.
        address: what to put into a Link header; None where no single address says it all.

    >>> context = Context({"Tank": "https://example.org/Tank"}, "https://example.org/else/")
    >>> context.expand("Tank"), context.expand("Pump")
    ('https://example.org/Tank', 'https://example.org/else/Pump')
    >>> context.compact("https://example.org/else/Pump")
    'Pump'
    """

    def __init__(
        self,
        terms: Mapping[str, str],
        vocabulary: str,
        *,
        prefixes: Mapping[str, str] | None = None,
        source: Any = None,
        address: str | None = None,
    ) -> None:
        self.terms = dict(terms)
        self.vocabulary = vocabulary
        self.prefixes = dict(prefixes or {})
        self.source = source
        self.address = address
        self._names = _shortest_terms(self.terms)
        self._expanded = dict(self.terms)
        self._compacted = dict(self._names)
        self._valid: dict[str, str] = {}

    def expand(self, term: str) -> str:
        """The IRI of a type or attribute; a full IRI stays as it is."""
        iri = self._expanded.get(term)
        if iri is None:
            iri = self._expand(term)
            _remember(self._expanded, term, iri)
        return iri

    def expand_name(self, term: Any) -> str:
        """The IRI of what a client sent as the name of a type or attribute.

        Raises:
            BadRequestDataError: it is not a text, has characters that names may not have, or is
                a keyword of JSON-LD under another name.
        """
        iri = self._valid.get(term) if isinstance(term, str) else None
        if iri is None:
            iri = self.expand(require_name(term, "name"))
            if iri.startswith("@"):
                raise BadRequestDataError(f"name: {term!r} stands for {iri}")
            _remember(self._valid, term, iri)
        return iri

    def compact(self, iri: str) -> str:
        """The shortest name that `expand` turns into this IRI, or the IRI itself."""
        term = self._compacted.get(iri)
        if term is None:
            term = self._compact(iri)
            _remember(self._compacted, iri, term)
        return term

    def with_terms(
        self, terms: Mapping[str, str], *, source: Any = None, address: str | None = None
    ) -> Context:
        """A context that knows more terms; those it has already stay as they are.

        Args:
            terms: IRIs of the new terms; a prefix of this context may be used.
            source, address: of the new context.
        """
        added = {term: self.expand(iri) for term, iri in terms.items()}
        prefixes = {term: iri for term, iri in added.items() if iri[-1:] in _GEN_DELIMS}
        return Context(
            {**added, **self.terms},
            self.vocabulary,
            prefixes={**prefixes, **self.prefixes},
            source=self.source if source is None else source,
            address=address,
        )

    def _expand(self, term: str) -> str:
        prefix, colon, suffix = term.partition(":")
        if colon:
            if suffix.startswith("//") or prefix not in self.prefixes:
                return term
            return self.prefixes[prefix] + suffix
        return self.vocabulary + term

    def _compact(self, iri: str) -> str:
        if iri.startswith(self.vocabulary):
            suffix = iri[len(self.vocabulary) :]
            if suffix and ":" not in suffix and suffix not in self.terms:
                return suffix
        candidates = [
            f"{prefix}:{iri[len(base) :]}"
            for prefix, base in self.prefixes.items()
            if iri.startswith(base) and iri != base
        ]
        usable = [
            name for name in candidates if name not in self.terms and self._expand(name) == iri
        ]
        return min(usable, key=_by_length, default=iri)


def _shortest_terms(terms: Mapping[str, str]) -> dict[str, str]:
    names: dict[str, str] = {}
    for term in sorted(terms, key=_by_length):
        names.setdefault(terms[term], term)
    return names


def _by_length(term: str) -> tuple[int, str]:
    return len(term), term


def _remember(cache: dict[str, str], key: str, value: str) -> None:
    if len(cache) >= _CACHE_LIMIT:
        del cache[next(reversed(cache))]
    cache[key] = value
