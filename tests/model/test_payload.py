# ruff: noqa: E501
"""Reading entities and fragments: what each form means, and what is refused with its place."""

from __future__ import annotations

from typing import Any

import pytest

from kota.errors import BadRequestDataError, KotaError
from kota.model import instant, terms
from kota.model.entity import Attribute, Entity, Kind
from kota.model.jsonld import core_context, kota_context
from kota.model.payload import (
    parse_attribute,
    parse_entities,
    parse_entity,
    parse_fragment,
)
from kota.model.payload_kind import PART_MEMBERS
from kota.model.payload_parts import PARTS
from kota.model.quality import Level, Quality, Source

NOW = 1_767_225_600_000_000
CONTEXT = core_context()
POINT = {"type": "Point", "coordinates": [106.8, -6.2]}


def entity(**members: Any) -> dict[str, Any]:
    return {"id": "urn:ngsi-ld:Thing:1", "type": "Thing", **members}


def read(**members: Any) -> Entity:
    return parse_entity(entity(**members), CONTEXT, now=NOW)


def read_one(body: Any) -> Attribute:
    (instance,) = read(probe=body).attrs[CONTEXT.expand("probe")]
    return instance


def fault(**members: Any) -> str:
    with pytest.raises(BadRequestDataError) as caught:
        read(**members)
    return caught.value.message


def test_entity_gets_expanded_names_and_the_time_of_writing() -> None:
    read_in = read(type=["Thing", "ex:Other"], speed=3, scope="town/north")
    assert read_in.types == (terms.DEFAULT_VOCABULARY + "Thing", "ex:Other")
    assert read_in.scope == ("/town/north",)
    assert (read_in.created_at, read_in.modified_at) == (NOW, NOW)
    (speed,) = read_in.attrs[terms.DEFAULT_VOCABULARY + "speed"]
    assert speed == Attribute(Kind.PROPERTY, 3, created_at=NOW, modified_at=NOW)


def test_json_ld_keywords_are_taken_for_id_and_type() -> None:
    document = {"@id": "urn:a:b", "@type": "Thing", "speed": {"@type": "Property", "value": 1}}
    read_in = parse_entity(document, CONTEXT, now=NOW)
    assert (read_in.id, read_in.types) == ("urn:a:b", (CONTEXT.expand("Thing"),))
    assert read_in.attrs[CONTEXT.expand("speed")][0].value == 1


def test_full_property_keeps_all_its_parts() -> None:
    instance = read_one(
        {
            "type": "Property",
            "value": 21.5,
            "observedAt": "2026-01-01T00:00:00.5Z",
            "unitCode": "CEL",
            "datasetId": "urn:ngsi-ld:Dataset:1",
            "valueType": "Double",
            "expiresAt": "2027-01-01T00:00:00Z",
            "createdAt": "2000-01-01T00:00:00Z",
            "providedBy": {"type": "Relationship", "object": "urn:a:b", "objectType": "Device"},
        }
    )
    provided = Attribute(
        Kind.RELATIONSHIP,
        "urn:a:b",
        object_type=(CONTEXT.expand("Device"),),
        created_at=NOW,
        modified_at=NOW,
    )
    assert instance == Attribute(
        Kind.PROPERTY,
        21.5,
        observed_at=NOW + 500_000,
        unit_code="CEL",
        dataset_id="urn:ngsi-ld:Dataset:1",
        value_type=CONTEXT.expand("Double"),
        expires_at=instant.parse("2027-01-01T00:00:00Z"),
        created_at=NOW,
        modified_at=NOW,
        sub={CONTEXT.expand("providedBy"): (provided,)},
    )


@pytest.mark.parametrize(
    ("body", "kind", "value"),
    [
        (5, Kind.PROPERTY, 5),
        ("text", Kind.PROPERTY, "text"),
        (False, Kind.PROPERTY, False),
        ([1, 2], Kind.PROPERTY, [1, 2]),
        ([], Kind.PROPERTY, []),
        ({"street": "A"}, Kind.PROPERTY, {"street": "A"}),
        ({"type": "PostalAddress", "street": "A"}, Kind.PROPERTY, {"type": "PostalAddress", "street": "A"}),
        ({"value": {"@type": "DateTime", "@value": "2026-01-01T00:00:00Z"}}, Kind.PROPERTY, {"@type": "DateTime", "@value": "2026-01-01T00:00:00Z"}),
        (POINT, Kind.GEO_PROPERTY, POINT),
        ({"value": POINT}, Kind.GEO_PROPERTY, POINT),
        ({"type": "Property", "value": POINT}, Kind.PROPERTY, POINT),
        ({"type": "GeoProperty", "value": '{"type":"Point","coordinates":[106.8,-6.2]}'}, Kind.GEO_PROPERTY, POINT),
        ({"object": "urn:a:b"}, Kind.RELATIONSHIP, "urn:a:b"),
        ({"type": "Relationship", "object": ["urn:a:b", "urn:a:c"]}, Kind.RELATIONSHIP, ["urn:a:b", "urn:a:c"]),
        ({"languageMap": {"en": "x", "ms": ["y"]}}, Kind.LANGUAGE_PROPERTY, {"en": "x", "ms": ["y"]}),
        ({"vocab": "open"}, Kind.VOCAB_PROPERTY, terms.DEFAULT_VOCABULARY + "open"),
        ({"vocab": ["non-commercial"]}, Kind.VOCAB_PROPERTY, [terms.DEFAULT_VOCABULARY + "non-commercial"]),
        ({"json": {"type": "raw", "speed": None}}, Kind.JSON_PROPERTY, {"type": "raw", "speed": None}),
        ({"valueList": [1, "a"]}, Kind.LIST_PROPERTY, [1, "a"]),
        ({"objectList": ["urn:a:b", {"object": "urn:a:c"}]}, Kind.LIST_RELATIONSHIP, ["urn:a:b", "urn:a:c"]),
    ],
)  # fmt: skip
def test_kind_and_value_follow_from_the_members(body: Any, kind: Kind, value: Any) -> None:
    instance = read_one(body)
    assert (instance.kind, instance.value) == (kind, value)


def test_several_instances_are_told_apart_by_dataset_id() -> None:
    bodies = [{"value": 1, "datasetId": "@none"}, {"value": 2, "datasetId": "urn:a:b"}]
    for form in (bodies, {"dataset": {"@none": 1, "urn:a:b": 2}}):
        instances = read(probe=form).attrs[CONTEXT.expand("probe")]
        assert [(one.dataset_id, one.value) for one in instances] == [(None, 1), ("urn:a:b", 2)]


def test_quality_becomes_a_field_and_not_an_attribute() -> None:
    told = {"json": {"level": "bad", "source": "estimated", "reason": "drift"}}
    document = entity(level={"value": 1, "quality": told})
    (level,) = parse_entity(document, kota_context(), now=NOW).attrs[kota_context().expand("level")]
    assert level.quality == Quality(Level.BAD, Source.ESTIMATED, "drift")
    assert level.sub is None


def test_quality_good_and_measured_is_the_same_as_none() -> None:
    document = entity(level={"value": 1, terms.QUALITY: {"level": "good"}})
    (level,) = parse_entity(document, kota_context(), now=NOW).attrs[kota_context().expand("level")]
    assert level.quality is None


def test_proof_keeps_what_it_seals() -> None:
    proof = {"value": {"x": 1}, "entityIdSealed": "urn:a:b", "entityTypeSealed": "Thing"}
    (instance,) = read(ngsildproof=proof).attrs[terms.NGSI_LD + "ngsildproof"]
    assert instance.sub is not None
    (sealed,) = instance.sub[terms.NGSI_LD + "entityTypeSealed"]
    assert sealed.value == CONTEXT.expand("Thing")


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"id": None}, "id: is missing"),
        ({"id": "tank"}, "id: 'tank' is not a URI"),
        ({"id": terms.NULL}, "id: urn:ngsi-ld:null stands for a deletion"),
        ({"type": None}, "type: is missing"),
        ({"type": []}, "type: is missing"),
        ({"type": "my type"}, "name: 'my type' cannot be a name"),
        ({"type": [3]}, "name: 3 cannot be a name"),
        ({"scope": "9bad"}, "scope: '9bad' is not a scope"),
        ({"expiresAt": "soon"}, "expiresAt: 'soon' is not a time in UTC"),
        ({"my attr": 1}, "my attr: 'my attr' cannot be a name"),
        ({"datasetId": {"value": 1}}, "datasetId: https://uri.etsi.org/ngsi-ld/datasetId is a term"),
        ({"value": 1}, "value: https://uri.etsi.org/ngsi-ld/hasValue is a term of the standard"),
        ({terms.NGSI_LD + "hasObject": 1}, "is a term of the standard"),
        ({terms.NGSI_LD + "scope": 1}, "is a term of the standard"),
        ({"probe": {"value": 1, terms.NGSI_LD + "observedAt": 5}}, "is a term of the standard"),
        ({"probe": None}, "probe: a Property has a value, not null"),
        ({"probe": terms.NULL}, "probe: urn:ngsi-ld:null deletes"),
        ({"probe": {"type": "Property"}}, "probe: a Property needs the member value"),
        ({"probe": {"type": "Relationship"}}, "probe: a Relationship needs the member object"),
        ({"probe": {"type": "Nonsense", "value": 1}}, "probe.type: 'Nonsense' is not a type"),
        ({"probe": {"type": ["Property"], "value": 1}}, "probe.type: an array is not a type"),
        ({"probe": {"observedAt": "2026-01-01T00:00:00Z"}}, "probe: has no value"),
        ({"probe": {"value": 1, "observedAt": "2026-01-01T00:00:00+02:00"}}, "probe.observedAt: "),
        ({"probe": {"value": 1, "observedAt": {"type": "Property"}}}, "probe.observedAt: an object"),
        ({"probe": {"value": 1, "unitCode": 5}}, "probe.unitCode: 5 is not a text"),
        ({"probe": {"value": 1, "datasetId": "x"}}, "probe.datasetId: 'x' is not a URI"),
        ({"probe": {"value": 1, "objectType": "X"}}, "probe.objectType: a Property has none"),
        ({"probe": {"value": 1, "object": "urn:a:b"}}, "probe.value: does not belong"),
        ({"probe": {"value": 1, "previousValue": 0}}, "probe.previousValue: does not belong"),
        ({"probe": {"value": 1, "@context": {}}}, "probe.@context: '@context' cannot be a name"),
        ({"probe": {"value": 1, "entityIdSealed": "x"}}, "probe.entityIdSealed: belongs into ngsildproof"),
        ({"probe": {"value": {"a": {"b": terms.NULL}}}}, "probe.value: urn:ngsi-ld:null deletes"),
        ({"probe": {"value": 1, "sub": {"value": terms.NULL}}}, "probe.sub.value: urn:ngsi-ld:null"),
        ({"probe": {"value": {"@type": "DateTime", "@value": "x"}}}, "probe.value.@value: 'x'"),
        ({"probe": {"value": 2**63}}, "probe.value: an integer has at most 64 bits"),
        ({"probe": {"object": "x y"}}, "probe.object: 'x y' is not the URI"),
        ({"probe": {"object": []}}, "probe.object: an array is not the URI"),
        ({"probe": {"object": "urn:a:b", "unitCode": "CEL"}}, "probe.unitCode: a Relationship has none"),
        ({"probe": {"object": "urn:a:b", "valueType": "X"}}, "probe.valueType: a Relationship has none"),
        ({"probe": {"type": "Relationship", "object": "urn:a:b", "value": 1}}, "probe.value: does not"),
        ({"probe": {"languageMap": {}}}, "probe.languageMap: a languageMap is an object"),
        ({"probe": {"languageMap": {"": "x"}}}, "probe.languageMap: '' is not a language"),
        ({"probe": {"languageMap": {"en": 5}}}, "probe.languageMap.en: 5 is not a text"),
        ({"probe": {"languageMap": {"en": ["a", 5]}}}, "probe.languageMap.en: not every item"),
        ({"probe": {"languageMap": {"@none": terms.NULL}}}, "probe.languageMap: urn:ngsi-ld:null"),
        ({"probe": {"languageMap": {"en": "x"}, "valueType": "xsd:string"}}, "probe.valueType: "),
        ({"probe": {"vocab": 5}}, "probe.vocab: 5 is not a term"),
        ({"probe": {"vocab": [terms.NULL]}}, "probe.vocab: urn:ngsi-ld:null"),
        ({"probe": {"json": 5}}, "probe.json: 5 is neither a JSON object"),
        ({"probe": {"json": {}, "unitCode": "MTR"}}, "probe.unitCode: a JsonProperty has none"),
        ({"probe": {"valueList": 5}}, "probe.valueList: 5 is not an array"),
        ({"probe": {"valueList": [None]}}, "probe.valueList: null is not a value"),
        ({"probe": {"type": "ListProperty", "valueList": [1], "value": 3}}, "probe.value: does not"),
        ({"probe": {"objectList": ["not a uri"]}}, "probe.objectList: 'not a uri' is not the URI"),
        ({"probe": [{"value": 1}, {"value": 2}]}, "probe: there are two instances by default"),
        ({"probe": [{"value": 1}, {"value": 2, "unitCode": 1}]}, "probe[1].unitCode: 1 is not"),
        ({"probe": {"dataset": {"x": 1}}}, "probe[0].datasetId: 'x' is not a URI"),
        ({"probe": {"dataset": 5}}, "probe.dataset: is an object"),
        ({"location": 5}, "location: is defined as a GeoProperty"),
        ({"location": {"type": "GeoProperty", "value": "nowhere"}}, "location.value: 'nowhere' is not"),
        ({"location": {"type": "GeoProperty", "value": {"type": "GeometryCollection"}}}, "location.value.type: "),
        ({"location": {"type": "GeoProperty", "value": {"type": []}}}, "location.value: an object is not"),
        ({"location": {"type": "Point", "coordinates": [200, 0]}}, "location.coordinates: longitude 200"),
        ({"ngsildproof": {"value": "x"}}, "ngsildproof.value: the proof is an object"),
        ({"probe": {"value": 1, terms.QUALITY: {"json": {"level": "fine"}}}}, "quality: 'fine' is neither"),
    ],
)  # fmt: skip
def test_fault_is_refused_with_its_place(members: dict[str, Any], message: str) -> None:
    document = {key: value for key, value in entity(**members).items() if value is not None}
    if members.get("probe", ...) is None:
        document["probe"] = None
    with pytest.raises(BadRequestDataError) as caught:
        parse_entity(document, CONTEXT, now=NOW)
    assert message in caught.value.message


@pytest.mark.parametrize("document", [None, [], "x", 5, {}])
def test_what_is_no_object_with_an_id_is_no_entity(document: Any) -> None:
    with pytest.raises(BadRequestDataError):
        parse_entity(document, CONTEXT, now=NOW)


def test_endless_nesting_is_refused() -> None:
    value: Any = 1
    sub: Any = {"value": 1}
    for _ in range(60):
        value = [value]
        sub = {"value": 1, "sub": sub}
    assert "nested deeper" in fault(probe={"value": value})
    assert "nested deeper" in fault(probe=sub)


def test_attribute_told_twice_under_two_names_is_refused() -> None:
    assert "is there twice" in fault(**{"probe": 1, terms.DEFAULT_VOCABULARY + "probe": 2})


def test_batch_keeps_good_entities_beside_faulty_ones() -> None:
    first, second = parse_entities([entity(), {"id": "x"}], CONTEXT, now=NOW)
    assert isinstance(first, Entity)
    assert isinstance(second, KotaError)


@pytest.mark.parametrize("documents", [[], {}, None])
def test_batch_of_nothing_is_refused(documents: Any) -> None:
    with pytest.raises(BadRequestDataError, match="batch"):
        parse_entities(documents, CONTEXT, now=NOW)


def test_fragment_need_not_name_the_entity() -> None:
    fragment = parse_fragment({"speed": 3}, CONTEXT, now=NOW)
    assert (fragment.id, fragment.types, fragment.scope) == (None, (), None)
    assert fragment.attrs[CONTEXT.expand("speed")][0].value == 3


@pytest.mark.parametrize(
    ("body", "datasets"),
    [
        (terms.NULL, (None,)),
        ({"type": "Property", "value": terms.NULL}, (None,)),
        ({"object": terms.NULL, "datasetId": "urn:a:b"}, ("urn:a:b",)),
        ({"type": "LanguageProperty", "languageMap": {"@none": terms.NULL}}, (None,)),
        ({"json": terms.NULL}, (None,)),
        ([{"value": terms.NULL}, {"value": terms.NULL, "datasetId": "urn:a:b"}], (None, "urn:a:b")),
    ],
)
def test_null_in_a_fragment_deletes_the_instance(
    body: Any, datasets: tuple[str | None, ...]
) -> None:
    fragment = parse_fragment({"speed": body}, CONTEXT, now=NOW)
    assert fragment.deleted == {CONTEXT.expand("speed"): datasets}
    assert fragment.attrs == {}


def test_fragment_may_delete_one_instance_and_set_another() -> None:
    body = [{"value": terms.NULL}, {"value": 2, "datasetId": "urn:a:b"}]
    fragment = parse_fragment({"speed": body, "scope": terms.NULL}, CONTEXT, now=NOW)
    assert fragment.deleted == {CONTEXT.expand("speed"): (None,)}
    assert [one.value for one in fragment.attrs[CONTEXT.expand("speed")]] == [2]
    assert fragment.scope == ()


def test_null_within_a_value_of_a_fragment_is_refused() -> None:
    with pytest.raises(BadRequestDataError, match=r"^address\.value: "):
        parse_fragment({"address": {"value": {"city": terms.NULL}}}, CONTEXT, now=NOW)


def test_attribute_alone_is_read_and_its_faults_name_it() -> None:
    (instance,) = parse_attribute({"value": 1}, "speed", CONTEXT, now=NOW)
    assert instance.value == 1
    with pytest.raises(BadRequestDataError, match=r"^speed\.observedAt: "):
        parse_attribute({"value": 1, "observedAt": 5}, "speed", CONTEXT, now=NOW)


def test_units_and_datasets_that_recur_are_kept_once() -> None:
    first, second = (
        read_one(
            {"value": 1, "unitCode": "".join(["C", "EL"]), "datasetId": "".join(["urn:", "a"])}
        )
        for _ in range(2)
    )
    assert first.unit_code is second.unit_code
    assert first.dataset_id is second.dataset_id


def test_words_of_the_standard_that_are_common_may_name_attributes() -> None:
    assert read(vocab=1, json=2).attrs.keys() == {CONTEXT.expand("vocab"), CONTEXT.expand("json")}


def test_every_part_of_an_attribute_has_its_reader() -> None:
    assert PARTS.keys() == PART_MEMBERS
