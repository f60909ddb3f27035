"""Every representation of the standard, and what of an entity a reader may leave out."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from kota.model import instant, terms
from kota.model.entity import Attribute, Entity, Kind
from kota.model.jsonld import core_context, kota_context
from kota.model.payload import parse_entity
from kota.model.quality import Level, Quality, Source
from kota.model.represent import Projection, Representation, represent, represent_all

NOW = 1_767_225_600_000_000
TIME = "2026-01-01T00:00:00Z"
CONTEXT = core_context()
POINT = {"type": "Point", "coordinates": [106.8, -6.2]}
CONCISE = Representation(form="concise")
SIMPLIFIED = Representation(form="simplified")


def entity(**attributes: Any) -> Entity:
    document = {"id": "urn:ngsi-ld:Thing:1", "type": "Thing", **attributes}
    return parse_entity(document, CONTEXT, now=NOW)


def written(options: Representation, **attributes: Any) -> dict[str, Any]:
    return represent(entity(**attributes), CONTEXT, options)


@pytest.mark.parametrize(
    ("body", "concise", "simplified"),
    [
        ({"type": "Property", "value": 5}, 5, 5),
        ({"type": "Property", "value": [1, 2]}, [1, 2], [1, 2]),
        ({"type": "Property", "value": {"a": 1}}, {"value": {"a": 1}}, {"a": 1}),
        ({"type": "Property", "value": POINT}, {"type": "Property", "value": POINT}, POINT),
        ({"type": "GeoProperty", "value": POINT}, POINT, POINT),
        ({"type": "Relationship", "object": "urn:a:b"}, {"object": "urn:a:b"}, "urn:a:b"),
        (
            {"type": "LanguageProperty", "languageMap": {"en": "x"}},
            {"languageMap": {"en": "x"}},
            {"languageMap": {"en": "x"}},
        ),
        ({"type": "VocabProperty", "vocab": "open"}, {"vocab": "open"}, {"vocab": "open"}),
        ({"type": "VocabProperty", "vocab": ["a"]}, {"vocab": ["a"]}, {"vocab": ["a"]}),
        ({"type": "JsonProperty", "json": {"a": 1}}, {"json": {"a": 1}}, {"json": {"a": 1}}),
        ({"type": "ListProperty", "valueList": [1.5, 2]}, {"valueList": [1.5, 2]}, [1.5, 2]),
        (
            {"type": "ListRelationship", "objectList": [{"object": "urn:a:b"}]},
            {"objectList": ["urn:a:b"]},
            ["urn:a:b"],
        ),
        (
            {"type": "Property", "value": 5, "observedAt": TIME, "unitCode": "CEL"},
            {"value": 5, "observedAt": TIME, "unitCode": "CEL"},
            5,
        ),
        (
            {"type": "Property", "value": 5, "by": {"type": "Relationship", "object": "urn:a:b"}},
            {"value": 5, "by": {"object": "urn:a:b"}},
            5,
        ),
        (
            {"type": "Relationship", "object": "urn:a:b", "objectType": "Device"},
            {"object": "urn:a:b", "objectType": "Device"},
            "urn:a:b",
        ),
    ],
)  # fmt: skip
def test_attribute_is_written_in_each_form(body: Any, concise: Any, simplified: Any) -> None:
    head = {"id": "urn:ngsi-ld:Thing:1", "type": "Thing"}
    assert written(Representation(), probe=body) == {**head, "probe": body}
    assert written(CONCISE, probe=body) == {**head, "probe": concise}
    assert written(SIMPLIFIED, probe=body) == {**head, "probe": simplified}


def test_several_instances_are_an_array_or_a_dataset() -> None:
    bodies = [{"value": 1}, {"value": 2, "datasetId": "urn:a:b"}]
    normalized = [{"type": "Property", **body} for body in bodies]
    assert written(Representation(), probe=bodies)["probe"] == normalized
    assert written(CONCISE, probe=bodies)["probe"] == bodies
    assert written(SIMPLIFIED, probe=bodies)["probe"] == {"dataset": {"@none": 1, "urn:a:b": 2}}


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"@none"}, {"value": 1}),
        ({"urn:a:b"}, {"value": 2, "datasetId": "urn:a:b"}),
        ({"urn:a:b", "@none"}, [{"value": 1}, {"value": 2, "datasetId": "urn:a:b"}]),
        ({"urn:a:c"}, None),
    ],
)
def test_instances_are_filtered_by_dataset_id(wanted: set[str], expected: Any) -> None:
    options = Representation(form="concise", dataset_ids=frozenset(wanted))
    bodies = [{"value": 1}, {"value": 2, "datasetId": "urn:a:b"}]
    body = written(options, probe=bodies).get("probe")
    assert body == (1 if expected == {"value": 1} else expected)


def test_lists_of_one_type_or_scope_are_written_alone() -> None:
    one = entity(scope=["/a"])
    two = replace(one, types=(*one.types, "urn:x:Other"), scope=("/a", "/b"))
    assert represent(one, CONTEXT)["scope"] == "/a"
    body = represent(two, CONTEXT)
    assert (body["type"], body["scope"]) == (["Thing", "urn:x:Other"], ["/a", "/b"])


def test_system_attributes_are_written_at_every_level_on_demand() -> None:
    body = written(Representation(sys_attrs=True), probe={"value": 1, "inner": 2})
    stamp = {"createdAt": TIME, "modifiedAt": TIME}
    inner = {"type": "Property", "value": 2, **stamp}
    assert body["probe"] == {"type": "Property", "value": 1, "inner": inner, **stamp}
    assert stamp.items() <= body.items()
    plain = written(Representation(), probe={"value": 1, "inner": 2})
    assert "createdAt" not in plain
    assert "createdAt" not in plain["probe"]["inner"]


def test_expiry_is_written_with_the_system_attributes() -> None:
    attributes = {"probe": {"value": 1, "expiresAt": TIME}, "expiresAt": TIME}
    body = written(Representation(sys_attrs=True), **attributes)
    assert body["expiresAt"] == body["probe"]["expiresAt"] == TIME
    assert "expiresAt" not in written(Representation(), **attributes)


def test_quality_is_written_where_it_is_not_plain() -> None:
    name = kota_context().expand("level")
    plain = Attribute(Kind.PROPERTY, 2.5, created_at=NOW, modified_at=NOW)
    doubted = replace(plain, quality=Quality(Level.UNCERTAIN, Source.FORECAST, "model"))
    told = {"level": "uncertain", "source": "forecast", "reason": "model"}
    one = Entity("urn:a:b", ("urn:x:Tank",), {name: (doubted,)})
    assert represent(one, kota_context())["level"] == {
        "type": "Property",
        "value": 2.5,
        "quality": {"type": "JsonProperty", "json": told},
    }
    assert represent(one, kota_context(), CONCISE)["level"]["quality"] == {"json": told}
    assert terms.QUALITY in represent(one, CONTEXT)[name]
    assert represent(replace(one, attrs={name: (plain,)}), kota_context(), CONCISE)["level"] == 2.5


def test_language_filter_turns_a_map_into_one_text() -> None:
    body = {"languageMap": {"fr": "Grand Place", "nl": "Grote Markt"}, "by": 1}
    normalized = written(Representation(lang="nl-BE"), probe=body)["probe"]
    by = {"type": "Property", "value": 1}
    assert normalized == {"type": "Property", "value": "Grote Markt", "lang": "nl", "by": by}
    assert written(Representation(form="concise", lang="nl"), probe=body)["probe"] == {
        "value": "Grote Markt",
        "lang": "nl",
        "by": 1,
    }
    assert (
        written(Representation(form="simplified", lang="nl"), probe=body)["probe"] == "Grote Markt"
    )


@pytest.mark.parametrize(
    ("options", "members"),
    [
        ({"pick": {"name"}}, {"name"}),
        ({"pick": {"id", "name"}}, {"id", "name"}),
        ({"pick": {"unknown"}}, set()),
        ({"pick": {"scope", "type"}}, {"scope", "type"}),
        ({"omit": {"id"}}, {"type", "scope", "name", "level"}),
        ({"omit": {"type", "scope", "name"}}, {"id", "level"}),
        ({"attrs": {"name"}}, {"id", "type", "scope", "name"}),
    ],
)
def test_members_are_picked_and_omitted(options: dict[str, set[str]], members: set[str]) -> None:
    kept = {"id", "type", "scope"}
    expanded = {
        key: frozenset(name if name in kept else CONTEXT.expand(name) for name in names)
        for key, names in options.items()
    }
    chosen = Representation(
        pick=Projection(expanded["pick"]) if "pick" in expanded else None,
        omit=Projection(expanded["omit"]) if "omit" in expanded else None,
        attrs=expanded.get("attrs", frozenset()),
    )
    body = written(chosen, name="x", level=3, scope="/a")
    assert body.keys() == members


def test_relationship_stays_where_members_of_its_target_are_omitted() -> None:
    name = CONTEXT.expand("owner")
    omit = Projection(frozenset({name}), {name: Projection(frozenset({"type"}))})
    assert "owner" in written(Representation(omit=omit), owner={"object": "urn:a:b"})


def test_feature_has_the_default_instance_for_its_geometry() -> None:
    other = {"type": "Point", "coordinates": [9.0, 9.0]}
    location = [{"value": other, "datasetId": "urn:a:b"}, {"value": POINT}]
    body = written(Representation(form="simplified", geojson=True), location=location, speed=5)
    assert body == {
        "id": "urn:ngsi-ld:Thing:1",
        "type": "Feature",
        "geometry": POINT,
        "properties": {
            "type": "Thing",
            "location": {"dataset": {"urn:a:b": other, "@none": POINT}},
            "speed": 5,
        },
    }


@pytest.mark.parametrize("name", ["speed", "nothing", "location"])
def test_feature_without_a_geometry_has_null(name: str) -> None:
    options = Representation(geojson=True, geometry_property=CONTEXT.expand(name))
    assert written(options, speed=5)["geometry"] is None


def test_entities_are_an_array_or_a_feature_collection() -> None:
    many = [entity(), entity(location=POINT)]
    assert represent_all(many, CONTEXT) == [represent(one, CONTEXT) for one in many]
    collection = represent_all(many, CONTEXT, Representation(geojson=True))
    assert isinstance(collection, dict)
    assert collection["type"] == "FeatureCollection"
    assert [feature["geometry"] for feature in collection["features"]] == [None, POINT]


def test_proof_keeps_bare_what_it_seals() -> None:
    proof = {"value": {"x": 1}, "entityIdSealed": "urn:a:b", "entityTypeSealed": "Thing"}
    assert written(CONCISE, ngsildproof=proof)["ngsildproof"] == proof


def test_time_is_written_with_as_many_decimals_as_it_has() -> None:
    moment = instant.parse("2026-01-01T00:00:00.25Z")
    one = entity(probe={"value": 1, "observedAt": "2026-01-01T00:00:00.250Z"})
    assert one.attrs[CONTEXT.expand("probe")][0].observed_at == moment
    assert represent(one, CONTEXT)["probe"]["observedAt"] == "2026-01-01T00:00:00.250Z"
