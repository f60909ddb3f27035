"""Partial update and merge: what stays, what goes, what is refused (clauses 5.5.8 and 5.5.12)."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from tests.model.strategies import documents, entities

from kota.errors import BadRequestDataError, KotaError
from kota.model import terms
from kota.model.entity import Attribute, Entity
from kota.model.jsonld import core_context
from kota.model.patch import merge_value, patch_instances
from kota.model.payload import parse_entity
from kota.model.payload_patch import parse_attribute_patch, parse_patch
from kota.model.represent import Representation, represent

NOW = 1_767_225_600_000_000
LATER = NOW + 60_000_000
CONTEXT = core_context()
NULL = terms.NULL
CONCISE = Representation(form="concise")


def present(**attributes: Any) -> Entity:
    document = {"id": "urn:ngsi-ld:Thing:1", "type": "Thing", **attributes}
    return parse_entity(document, CONTEXT, now=NOW)


def merged(entity: Entity, **fragment: Any) -> dict[str, Any]:
    after = parse_patch(fragment, CONTEXT).apply(entity, now=LATER)
    body = represent(after, CONTEXT, CONCISE)
    return {name: value for name, value in body.items() if name not in ("id", "type")}


def updated(body: Any, patch: Any) -> Any:
    entity = present(probe=body)
    name = CONTEXT.expand("probe")
    patches = parse_attribute_patch(patch, "probe", CONTEXT)
    after = patch_instances(entity.attrs[name], list(patches), now=LATER)
    if not after:
        return None
    return represent(Entity("urn:a:b", (name,), {name: after}), CONTEXT, CONCISE)["probe"]


FULL = {
    "value": 25,
    "unitCode": "CEL",
    "observedAt": "2026-01-01T00:00:00Z",
    "by": {"object": "urn:a:b"},
}


@pytest.mark.parametrize(
    ("patch", "expected"),
    [
        ({"value": 30}, {**FULL, "value": 30}),
        ({"type": "Property", "value": 30}, {**FULL, "value": 30}),
        (30, {**FULL, "value": 30}),
        ({"by": {"object": "urn:a:c"}}, {**FULL, "by": {"object": "urn:a:c"}}),
        ({"by": NULL}, {key: FULL[key] for key in FULL if key != "by"}),
        ({"unitCode": NULL}, {key: FULL[key] for key in FULL if key != "unitCode"}),
        ({"observedAt": NULL}, {key: FULL[key] for key in FULL if key != "observedAt"}),
        ({"observedAt": "2026-02-01T00:00:00Z"}, {**FULL, "observedAt": "2026-02-01T00:00:00Z"}),
        ({"value": NULL}, None),
        (NULL, None),
    ],
)  # fmt: skip
def test_partial_update_changes_only_what_it_names(patch: Any, expected: Any) -> None:
    assert updated(FULL, patch) == expected


def test_partial_update_replaces_values_and_inner_attributes_whole() -> None:
    body = {"value": {"a": 1, "b": 2}, "by": {"value": 1, "unitCode": "MTR"}}
    assert updated(body, {"value": {"a": 3}, "by": {"value": 2}}) == {"value": {"a": 3}, "by": 2}


def test_partial_update_reaches_the_instance_of_its_dataset() -> None:
    bodies = [{"value": 1}, {"value": 2, "datasetId": "urn:a:b", "unitCode": "MTR"}]
    after = updated(bodies, {"value": 3, "datasetId": "urn:a:b"})
    assert after == [{"value": 1}, {"value": 3, "datasetId": "urn:a:b", "unitCode": "MTR"}]


def test_value_alone_is_read_as_what_the_attribute_is() -> None:
    assert updated({"object": "urn:a:b"}, "urn:a:c") == {"object": "urn:a:c"}
    assert updated({"vocab": "open"}, "closed") == {"vocab": "closed"}
    assert updated({"valueList": [1]}, [2, 3]) == {"valueList": [2, 3]}


@pytest.mark.parametrize(
    ("patch", "message"),
    [
        ({}, "probe: the fragment changes nothing"),
        ({"type": "Relationship", "object": "urn:a:b"}, "it is a Property, not a Relationship"),
        ({"datasetId": NULL}, "probe.datasetId: urn:ngsi-ld:null stands for a deletion"),
        ({"value": {"a": NULL}}, "probe.value: urn:ngsi-ld:null deletes"),
        ({"value": 1, "observedAt": "now"}, "probe.observedAt: 'now'"),
        ({"value": 1, "object": "urn:a:b"}, "probe.value: does not belong"),
        ({"objectType": "X", "value": 1}, "probe.objectType: a Property has none"),
        ({"my attr": 1}, "probe.my attr: 'my attr' cannot be a name"),
        ([{"value": 1}, {"value": 2}], "probe: there are two instances by default"),
        ({"sub": {"location": 5}}, "probe.sub.location: is defined as a GeoProperty"),
    ],
)
def test_fault_of_a_partial_update_is_refused_with_its_place(patch: Any, message: str) -> None:
    with pytest.raises(BadRequestDataError) as caught:
        updated({"value": 25, "unitCode": "CEL"}, patch)
    assert message in caught.value.message


def test_part_that_the_attribute_cannot_have_is_refused() -> None:
    with pytest.raises(BadRequestDataError, match="a Relationship has none"):
        updated({"object": "urn:a:b"}, {"unitCode": "MTR"})


@pytest.mark.parametrize("body", [5, {"value": 5}, {"type": "Property", "value": 5}])
@pytest.mark.parametrize("entity", [{}, {"location": {"type": "Point", "coordinates": [1, 2]}}])
def test_merge_keeps_locations_geometries(entity: dict[str, Any], body: Any) -> None:
    with pytest.raises(BadRequestDataError, match=r"^location: is defined as a GeoProperty"):
        merged(present(**entity), location=body)


def test_merge_takes_several_instances_in_their_simplified_form() -> None:
    entity = present(a=1)
    assert merged(entity, a={"dataset": {"@none": 2, "urn:a:b": 3}}) == {
        "a": [{"value": 2}, {"value": 3, "datasetId": "urn:a:b"}]
    }


def test_merge_goes_into_values_and_inner_attributes() -> None:
    entity = present(
        address={"value": {"street": "A", "city": "B", "geo": {"x": 1, "y": 2}}},
        text={"languageMap": {"en": "x", "fr": "y"}},
        level={"value": 1, "unitCode": "MTR", "by": {"value": 1, "source": "a"}},
        other=5,
    )
    assert merged(
        entity,
        address={"value": {"street": "C", "city": NULL, "geo": {"x": NULL}}},
        text={"languageMap": {"en": NULL, "ms": "z"}},
        level={"by": {"source": NULL}},
        fresh={"object": "urn:a:b"},
    ) == {
        "address": {"value": {"street": "C", "geo": {"y": 2}}},
        "text": {"languageMap": {"fr": "y", "ms": "z"}},
        "level": {"value": 1, "unitCode": "MTR", "by": 1},
        "other": 5,
        "fresh": {"object": "urn:a:b"},
    }


def test_merge_deletes_what_is_null() -> None:
    entity = present(a=1, b={"object": "urn:a:b"}, c={"languageMap": {"en": "x"}}, d=2)
    fragment = {"a": NULL, "b": {"object": NULL}, "c": {"languageMap": {"@none": NULL}}}
    assert merged(entity, **fragment) == {"d": 2}


def test_merge_deletes_one_instance_of_several() -> None:
    entity = present(a=[{"value": 1}, {"value": 2, "datasetId": "urn:a:b"}])
    assert merged(entity, a={"value": NULL, "datasetId": "urn:a:b"}) == {"a": 1}
    assert merged(entity, a=NULL) == {"a": {"value": 2, "datasetId": "urn:a:b"}}


def test_merge_goes_into_a_proof() -> None:
    entity = present(ngsildproof={"value": {"x": 1}, "entityTypeSealed": "Thing"})
    fragment = {"value": {"x": 2}, "entityTypeSealed": "Other"}
    assert merged(entity, ngsildproof=fragment) == {"ngsildproof": fragment}
    with pytest.raises(BadRequestDataError, match="the proof is an object"):
        merged(entity, ngsildproof={"value": "x"})


def test_merge_may_change_the_type_of_an_attribute() -> None:
    assert merged(present(a={"value": 1, "unitCode": "MTR"}), a={"object": "urn:a:b"}) == {
        "a": {"object": "urn:a:b"}
    }


def test_merge_adds_types_and_sets_scope_and_expiry() -> None:
    entity = present(scope="/a", expiresAt="2027-01-01T00:00:00Z")
    patch = parse_patch({"type": "Other", "scope": NULL, "expiresAt": NULL}, CONTEXT)
    after = patch.apply(entity, now=LATER)
    assert after.types == (CONTEXT.expand("Thing"), CONTEXT.expand("Other"))
    assert (after.scope, after.expires_at) == ((), None)
    kept = parse_patch({}, CONTEXT).apply(entity, now=LATER)
    assert (kept.scope, kept.expires_at) == (("/a",), entity.expires_at)


@pytest.mark.parametrize("member", ["value", "json"])
def test_merge_refuses_null_within_an_array(member: str) -> None:
    with pytest.raises(BadRequestDataError, match=rf"^a\.{member}: urn:ngsi-ld:null deletes"):
        merged(present(), a={member: {"list": [NULL]}})


def test_merge_refuses_a_new_attribute_without_a_value() -> None:
    with pytest.raises(BadRequestDataError, match="new and has no value"):
        merged(present(), level={"unitCode": "MTR"})


def test_merge_dates_values_that_had_a_time_when_asked_to() -> None:
    entity = present(timed=FULL, untimed=1)
    patch = parse_patch({"timed": 2, "untimed": 3}, CONTEXT)
    after = patch.apply(entity, now=LATER, observed_at=LATER)
    assert after.attrs[CONTEXT.expand("timed")][0].observed_at == LATER
    assert after.attrs[CONTEXT.expand("untimed")][0].observed_at is None


def test_merge_shares_what_it_leaves_and_dates_what_it_touches() -> None:
    entity = present(a=1, b=2)
    after = parse_patch({"a": 3}, CONTEXT).apply(entity, now=LATER)
    a, b = CONTEXT.expand("a"), CONTEXT.expand("b")
    assert after.attrs[b] is entity.attrs[b]
    touched: Attribute = after.attrs[a][0]
    assert (touched.created_at, touched.modified_at) == (NOW, LATER)
    assert after.modified_at == LATER


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({"a": 1}, {"a": NULL}, {}),
        ({"a": {"b": 1}}, {"a": {"c": 2}}, {"a": {"b": 1, "c": 2}}),
        ({"a": [1]}, {"a": [2]}, {"a": [2]}),
        (5, {"a": NULL, "b": {"c": NULL}}, {"b": {}}),
        ({"a": 1}, 5, 5),
    ],
)
def test_values_are_merged_as_by_rfc_7396(old: Any, new: Any, expected: Any) -> None:
    assert merge_value(old, new) == expected


@given(entity=entities())
def test_entity_merged_into_itself_keeps_its_values(entity: Entity) -> None:
    written = represent(entity, CONTEXT)
    after = parse_patch(written, CONTEXT).apply(entity, now=LATER)
    assert represent(after, CONTEXT) == written


@given(entity=entities(), document=documents())
def test_any_patch_is_applied_or_refused(entity: Entity, document: Any) -> None:
    fragment = {CONTEXT.compact(name): document for name in entity.attrs} | {"fresh": document}
    with contextlib.suppress(KotaError):
        after = parse_patch(fragment, CONTEXT).apply(entity, now=LATER)
        assert NULL not in repr([one.value for some in after.attrs.values() for one in some])
        represent(after, CONTEXT)
    for name, instances in entity.attrs.items():
        with contextlib.suppress(KotaError):
            patches = parse_attribute_patch(document, name, CONTEXT)
            patch_instances(instances, list(patches), now=LATER)
