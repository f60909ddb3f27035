"""Contexts as clients send them: compiled, cached, and refused in bounded time."""

from __future__ import annotations

import time
from typing import Any

import pytest

from kota.errors import BadRequestDataError, ContextUnavailableError, KotaError
from kota.model import terms
from kota.model.jsonld import Compiler, core_context, kota_context
from kota.model.jsonld.bundled import extended_document, kota_document

CORE = "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.8.jsonld"
MINE = "https://example.org/mine.jsonld"


def document(context: Any) -> dict[str, Any]:
    return {"@context": context}


def test_core_context_under_any_address_is_the_bundled_one() -> None:
    compiler = Compiler()
    for version in ("", "-v1.3", "-v1.9", "-v1.10.2"):
        address = f"https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context{version}.jsonld"
        assert compiler.compile(address) is core_context()
    assert compiler.compile([]) is core_context()
    assert compiler.missing([CORE, MINE], {}) == [MINE]


def test_kota_context_is_there_without_being_fetched() -> None:
    assert Compiler().compile(terms.KOTA_CONTEXT) is kota_context()
    assert Compiler().compile([terms.KOTA_CONTEXT, CORE]) is kota_context()


def test_core_terms_cannot_be_redefined_wherever_they_stand() -> None:
    evil = {"Property": "https://evil.example/Property", "@vocab": "https://evil.example/"}
    for source in ([evil, CORE], [CORE, evil], evil):
        context = Compiler().compile(source)
        assert context.expand("Property") == terms.NGSI_LD + "Property"
        assert context.expand("speed") == terms.DEFAULT_VOCABULARY + "speed"


def test_context_may_build_on_terms_of_the_core() -> None:
    assert Compiler().compile({"mine": "ngsi-ld:mine"}).expand("mine") == terms.NGSI_LD + "mine"


def test_documents_are_followed_through_lists_imports_and_relative_addresses() -> None:
    documents = {
        MINE: document(["other.jsonld", {"Tank": "ex:Tank", "Pump": "ex:Pump"}]),
        "https://example.org/other.jsonld": document({"ex": "https://ex.org/", "Pump": "ex:Old"}),
        "https://example.org/import.jsonld": document({"Valve": "https://ex.org/Valve"}),
    }
    compiler = Compiler()
    assert compiler.missing(MINE, {}) == [MINE]
    assert compiler.missing(MINE, {MINE: documents[MINE]}) == ["https://example.org/other.jsonld"]
    source = [MINE, {"@import": "https://example.org/import.jsonld"}]
    assert compiler.missing(source, documents) == []
    context = compiler.compile(source, documents)
    assert context.expand("Tank") == "https://ex.org/Tank"
    assert context.expand("Pump") == "https://ex.org/Pump"
    assert context.expand("Valve") == "https://ex.org/Valve"


def test_null_forgets_what_stood_before_it() -> None:
    context = Compiler().compile([{"Tank": "urn:old:Tank"}, None, {"Pump": "urn:new:Pump"}])
    assert context.expand("Tank") == terms.DEFAULT_VOCABULARY + "Tank"
    assert context.expand("Pump") == "urn:new:Pump"


def test_same_content_is_compiled_once() -> None:
    compiler = Compiler()
    documents = {MINE: document({"Tank": "urn:x:Tank"})}
    first = compiler.compile([MINE], documents)
    assert compiler.compile([MINE], documents) is first
    assert compiler.compile([MINE], dict(documents)) is first


def test_changed_document_is_compiled_anew() -> None:
    compiler = Compiler()
    assert compiler.compile(MINE, {MINE: document({"Tank": "urn:x:1"})}).expand("Tank") == "urn:x:1"
    assert compiler.compile(MINE, {MINE: document({"Tank": "urn:x:2"})}).expand("Tank") == "urn:x:2"


def test_compiler_keeps_a_bounded_number_of_contexts() -> None:
    compiler = Compiler()
    for number in range(1_100):
        compiler.compile({"Tank": f"urn:x:{number}"})
    assert len(compiler._compiled) <= 1_000


def test_source_names_the_core_context_once() -> None:
    compiler = Compiler()
    documents = {MINE: document([{"Tank": "urn:x:Tank"}, CORE])}
    assert compiler.compile({"a": "urn:x:a"}).source == [{"a": "urn:x:a"}, terms.CORE_CONTEXT]
    assert compiler.compile([{"a": "urn:x:a"}, CORE]).source == [{"a": "urn:x:a"}, CORE]
    assert compiler.compile(MINE, documents).source == MINE
    assert compiler.compile(MINE, documents).address == MINE


def test_missing_document_is_named() -> None:
    with pytest.raises(ContextUnavailableError, match=MINE):
        Compiler().compile(MINE)


@pytest.mark.parametrize("body", [None, 5, [], {}, {"@context": 5}, {"Tank": "urn:x"}])
def test_document_that_is_no_context_is_unavailable(body: Any) -> None:
    with pytest.raises(ContextUnavailableError, match="is not a JSON-LD context"):
        Compiler().compile(MINE, {MINE: body})


@pytest.mark.parametrize(
    "source",
    [
        5,
        True,
        [5],
        [[]],
        {"Tank": 5},
        {"Tank": ["urn:x"]},
        {"Tank": {"@id": 5}},
        {"Tank": {"@id": "urn:x", "@context": {"level": "urn:y"}}},
        {"a": "b:x", "b": "a:x"},
        {"": "urn:x"},
    ],
)
def test_malformed_context_is_refused(source: Any) -> None:
    with pytest.raises(BadRequestDataError, match="@context"):
        Compiler().compile(source)


def cycle() -> tuple[Any, dict[str, Any]]:
    return MINE, {MINE: document([MINE + "2"]), MINE + "2": document([MINE])}


def chain() -> tuple[Any, dict[str, Any]]:
    return MINE + "0", {f"{MINE}{n}": document(f"{MINE}{n + 1}") for n in range(10_000)}


def bush() -> tuple[Any, dict[str, Any]]:
    documents = {f"{MINE}{n}": document([f"{MINE}{n + 1}"] * 10) for n in range(15)}
    return MINE + "0", {**documents, MINE + "15": document([])}


def heap() -> tuple[Any, dict[str, Any]]:
    return {f"t{number}": f"urn:x:{number}" for number in range(30_000)}, {}


def prefixes() -> tuple[Any, dict[str, Any]]:
    return {f"t{number}": f"t{number + 1}:xx" for number in range(20_000)}, {}


def nest() -> tuple[Any, dict[str, Any]]:
    inner: Any = {}
    for _ in range(5_000):
        inner = {"@context": inner}
    return inner, {}


def items() -> tuple[Any, dict[str, Any]]:
    return [{"Tank": "urn:x"}] * 30_000, {}


@pytest.mark.parametrize("make", [cycle, chain, bush, heap, prefixes, nest, items])
def test_context_without_end_is_refused_in_bounded_time(make: Any) -> None:
    source, documents = make()
    begun = time.process_time()
    with pytest.raises(KotaError):
        Compiler().compile(source, documents)
    assert time.process_time() - begun < 1.0


def test_bundled_terms_of_smart_data_models_have_their_own_iris() -> None:
    context = kota_context()
    epanet = "https://smartdatamodels.org/dataModel.WaterDistributionManagementEPANET/"
    for name in ("Junction", "Pipe", "Pump", "Tank", "Valve", "Reservoir", "level", "flow"):
        assert context.expand(name) == epanet + name
        assert context.compact(epanet + name) == name
    assert context.expand("name") == terms.NAME
    assert context.expand("quality") == terms.QUALITY
    assert context.expand("epanet:quality") == epanet + "quality"


def test_the_kota_context_with_further_terms_knows_them_and_its_own() -> None:
    document = extended_document({"Lamp": "urn:lamp", "Tank": "urn:other", "glow": "sdm:glow"})
    context = Compiler().compile(terms.KOTA_CONTEXT, {terms.KOTA_CONTEXT: document})
    assert context.expand("Lamp") == "urn:lamp"
    assert context.expand("glow") == "https://smartdatamodels.org/glow"
    assert context.expand("Tank") == kota_context().expand("Tank")
    assert extended_document({"Tank": "urn:other"}) == kota_document()
