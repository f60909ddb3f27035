"""Term definitions, held against PyLD as an independent reader of the same rules."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyld import jsonld

from kota.errors import BadRequestDataError
from kota.model.jsonld.definition import define

pytestmark = pytest.mark.filterwarnings("ignore::SyntaxWarning")

NAMES = st.sampled_from(
    ["a", "b", "ex", "ex:a", "ex:b", "Tank", "@id", "@type", "@foo", "_:x", "x/y", "a:"]
)
IRIS = st.sampled_from(
    [
        "https://example.org/",
        "https://example.org/a",
        "urn:x:",
        "ex:a",
        "a:b",
        "b",
        "Tank",
        "@type",
        "@id",
        "@none",
        "@bar",
        "a/b",
    ]
)
DEFINITIONS = st.one_of(
    st.none(),
    IRIS,
    st.fixed_dictionaries(
        {},
        optional={
            "@id": st.one_of(st.none(), IRIS, st.integers()),
            "@type": st.one_of(IRIS, st.just("@vocab"), st.just("@json")),
            "@container": st.sampled_from(["@set", "@list", "@language", "@nothing"]),
            "@prefix": st.booleans(),
            "@reverse": IRIS,
        },
    ),
    st.integers(),
)
PARTS = st.lists(
    st.one_of(
        st.dictionaries(NAMES, DEFINITIONS, max_size=5),
        st.dictionaries(NAMES, DEFINITIONS, max_size=4).map(
            lambda d: {"@vocab": "https://vocab.example/", **d}
        ),
    ),
    min_size=1,
    max_size=3,
)


def by_pyld(parts: list[dict[str, Any]]) -> dict[str, str | None]:
    options = {"base": "", "processingMode": "json-ld-1.1", "documentLoader": None}
    processor = jsonld.JsonLdProcessor()
    active = processor.process_context({}, None, options)
    for part in parts:
        active = processor.process_context(active, part, options)
    return {term: m["@id"] for term, m in active["mappings"].items() if m and m["@id"]}


@given(PARTS)
def test_terms_are_those_that_a_second_reader_finds(parts: list[dict[str, Any]]) -> None:
    try:
        ours = {term: found.iri for term, found in define(parts).items() if found.iri}
    except BadRequestDataError:
        return
    try:
        theirs = by_pyld(parts)
    except (jsonld.JsonLdError, TypeError, AttributeError, KeyError):
        return
    assert ours == theirs


@pytest.mark.parametrize(
    "context",
    [
        {"ex": "https://example.org/", "Tank": "ex:Tank", "level": {"@id": "ex:level"}},
        {"@vocab": "https://example.org/", "feeds": {"@type": "@id"}, "note": "note"},
        {"ex": {"@id": "https://example.org/x", "@prefix": True}, "ex:a": "ex:a"},
        {"label": {"@id": "https://example.org/l", "@container": ["@language", "@set"]}},
        {"fedBy": {"@reverse": "https://example.org/feeds"}, "gone": None},
        {"id": "@id", "type": "@type", "@type": {"@container": "@set"}},
        {"@version": 1.1, "@base": "https://example.org/", "@language": "th", "a": "urn:a"},
    ],
)
def test_what_a_second_reader_takes_is_taken(context: dict[str, Any]) -> None:
    ours = {term: found.iri for term, found in define([context]).items() if found.iri}
    theirs = by_pyld([context])
    theirs.pop("@type", None)
    assert ours == theirs


@pytest.mark.parametrize(
    ("context", "reason"),
    [
        ({"a": "b", "b": "a"}, "defined by itself"),
        ({"a": {"@id": 5}}, "is not a text"),
        ({"@id": "https://example.org/x"}, "redefined"),
        ({"a": {"@id": "https://example.org/x", "@nonsense": 1}}, "not part of a definition"),
        ({"a": 7}, "neither an IRI nor an object"),
        ({"@version": 1.0}, "not 1.1"),
        ({"a": "b"}, "not an IRI"),
        ({"a": {"@id": "https://example.org/x", "@container": "@shelf"}}, "unknown"),
    ],
)
def test_fault_is_named(context: dict[str, Any], reason: str) -> None:
    with pytest.raises(BadRequestDataError, match=reason):
        define([context])


def test_chain_of_prefixes_without_end_is_refused_in_bounded_time() -> None:
    chain = {f"p{n}": f"p{n + 1}:x" for n in range(10_000)}
    with pytest.raises(BadRequestDataError):
        define([chain])
