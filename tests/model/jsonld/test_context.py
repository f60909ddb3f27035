"""Names to IRIs and back."""

from __future__ import annotations

import pytest

from kota.errors import BadRequestDataError
from kota.model.jsonld import Context
from kota.model.jsonld.context import _CACHE_LIMIT

CONTEXT = Context(
    {
        "id": "@id",
        "type": "@type",
        "ex": "https://example.org/",
        "Tank": "https://example.org/Tank",
        "Reservoir": "https://example.org/Tank",
        "Pump": "https://other.org/Pump",
    },
    "https://example.org/else/",
    prefixes={"ex": "https://example.org/"},
)


@pytest.mark.parametrize(
    ("term", "iri"),
    [
        ("Tank", "https://example.org/Tank"),
        ("type", "@type"),
        ("ex:Valve", "https://example.org/Valve"),
        ("level", "https://example.org/else/level"),
        ("urn:x:y", "urn:x:y"),
        ("no:Valve", "no:Valve"),
        ("ex://a.org/b", "ex://a.org/b"),
        ("https://a.org/b", "https://a.org/b"),
    ],
)
def test_term_is_expanded(term: str, iri: str) -> None:
    assert CONTEXT.expand(term) == iri
    assert CONTEXT.expand(term) == iri


@pytest.mark.parametrize(
    ("iri", "term"),
    [
        ("https://example.org/Tank", "Tank"),
        ("https://example.org/else/level", "level"),
        ("https://example.org/else/Pump", "ex:else/Pump"),
        ("https://example.org/Valve", "ex:Valve"),
        ("https://example.org/", "ex"),
        ("https://elsewhere.org/x", "https://elsewhere.org/x"),
        ("@type", "type"),
    ],
)
def test_iri_is_compacted_to_the_shortest_name_that_expands_to_it(iri: str, term: str) -> None:
    assert CONTEXT.compact(iri) == term
    assert CONTEXT.expand(term) == iri


def test_shortest_then_first_term_wins() -> None:
    context = Context({"bb": "urn:x", "ab": "urn:x", "abc": "urn:x"}, "urn:else:")
    assert context.compact("urn:x") == "ab"


@pytest.mark.parametrize("name", ["my attr", "type", "id", "@id", 5, None])
def test_what_cannot_name_anything_is_refused(name: object) -> None:
    with pytest.raises(BadRequestDataError, match=r"^name: "):
        CONTEXT.expand_name(name)


def test_caches_stay_bounded() -> None:
    context = Context({}, "urn:else:")
    for number in range(_CACHE_LIMIT + 100):
        context.expand_name(f"a{number}")
        context.compact(f"urn:other:{number}")
    assert len(context._expanded) <= _CACHE_LIMIT
    assert len(context._valid) <= _CACHE_LIMIT
    assert len(context._compacted) <= _CACHE_LIMIT
    assert context.expand("a7") == "urn:else:a7"


def test_more_terms_do_not_redefine_those_there_are() -> None:
    wider = CONTEXT.with_terms({"Tank": "urn:mine", "Leak": "ex:Leak", "my": "urn:my:"})
    assert wider.expand("Tank") == "https://example.org/Tank"
    assert wider.expand("Leak") == "https://example.org/Leak"
    assert wider.compact("https://example.org/Leak") == "Leak"
    assert wider.expand("my:x") == "urn:my:x"
