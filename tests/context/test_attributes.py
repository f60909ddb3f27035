import pytest

from kota.context.attributes import (
    append,
    delete_attribute,
    delete_scope,
    replace_attribute,
    spoken,
    update,
    update_attribute,
)
from kota.errors import NotFoundError
from kota.model.entity import Attribute, Entity, Kind
from kota.model.jsonld import core_context
from kota.model.patch import EntityPatch
from kota.model.payload import Fragment
from kota.model.payload_patch import parse_attribute_patch

LEVEL, NAME, NEW = "urn:a:level", "urn:a:name", "urn:a:new"


def prop(value, dataset_id=None, at=1):
    return Attribute(Kind.PROPERTY, value, dataset_id=dataset_id, created_at=at, modified_at=at)


TANK = Entity(
    "urn:t:1",
    ("urn:T",),
    {LEVEL: (prop(1), prop(2, "urn:d:gps")), NAME: (prop("north"),)},
    ("/town",),
    1,
    1,
)


def test_append_replaces_adds_and_unites_types():
    fragment = Fragment(
        types=("urn:U",), scope=("/else",), attrs={LEVEL: (prop(9, at=5),), NEW: (prop("x", at=5),)}
    )
    after, report = append(TANK, fragment, now=5)
    assert [one.value for one in after.attrs[LEVEL]] == [9, 2]
    assert after.attrs[NAME] is TANK.attrs[NAME]
    assert (after.types, after.scope) == (("urn:T", "urn:U"), ("/else",))
    assert (after.created_at, after.modified_at) == (1, 5)
    assert (report.updated, report.refused) == ((LEVEL, NEW), ())


def test_append_without_overwriting_refuses_what_is_there_and_adds_scopes():
    instances = (prop(9), prop(3, "urn:d:new"))
    fragment = Fragment(scope=("/else",), attrs={LEVEL: instances, NAME: (prop("y"),)})
    after, report = append(TANK, fragment, now=5, overwrite=False)
    assert [one.value for one in after.attrs[LEVEL]] == [1, 2, 3]
    assert after.scope == ("/town", "/else")
    assert report.updated == (LEVEL,)
    assert [one.attribute for one in report.refused] == [LEVEL, NAME]


def test_update_replaces_adds_and_deletes():
    fragment = Fragment(attrs={NEW: (prop(1),)}, deleted={LEVEL: (None,), NAME: (None,)})
    after, report = update(TANK, fragment, now=5)
    assert [one.dataset_id for one in after.attrs[LEVEL]] == ["urn:d:gps"]
    assert NAME not in after.attrs
    assert report.refused == ()


def test_update_reports_a_deletion_of_nothing():
    _, report = update(TANK, Fragment(attrs={}, deleted={NEW: (None,)}), now=5)
    assert [one.attribute for one in report.refused] == [NEW]


def test_update_gives_no_scope_to_an_entity_without_any():
    bare = Entity("urn:t:2", ("urn:T",), {})
    after, report = update(bare, Fragment(scope=("/a",), attrs={}), now=5)
    assert after.scope == ()
    assert [one.attribute for one in report.refused] == ["scope"]


def test_replace_attribute_wants_the_instance_to_be_there():
    assert replace_attribute(TANK, NAME, (prop("y"),), now=5).attrs[NAME][0].value == "y"
    with pytest.raises(NotFoundError, match="datasetId urn:d:gps"):
        replace_attribute(TANK, NAME, (prop("y", "urn:d:gps"),), now=5)


def test_delete_attribute_removes_one_instance_or_every_one():
    one = delete_attribute(TANK, LEVEL, now=5, dataset_id="urn:d:gps")
    assert [instance.value for instance in one.attrs[LEVEL]] == [1]
    assert LEVEL not in delete_attribute(TANK, LEVEL, now=5, every=True).attrs
    assert NAME not in delete_attribute(TANK, NAME, now=5).attrs
    with pytest.raises(NotFoundError):
        delete_attribute(TANK, NEW, now=5)


def test_delete_scope_wants_one_to_be_there():
    bare = delete_scope(TANK, now=5)
    assert bare.scope == ()
    with pytest.raises(NotFoundError):
        delete_scope(bare, now=5)


def test_update_attribute_changes_members_and_keeps_the_others():
    patches = parse_attribute_patch({"unitCode": "MTR"}, "level", core_context())
    after = update_attribute(TANK, LEVEL, patches, now=5)
    assert (after.attrs[LEVEL][0].value, after.attrs[LEVEL][0].unit_code) == (1, "MTR")
    assert after.attrs[LEVEL][1] is TANK.attrs[LEVEL][1]


def test_update_attribute_wants_the_instance_to_be_there():
    body = {"value": 1, "datasetId": "urn:d:none"}
    with pytest.raises(NotFoundError):
        update_attribute(TANK, LEVEL, parse_attribute_patch(body, "level", core_context()), now=5)


def test_a_bare_text_goes_into_a_language_property_under_the_language_of_the_request():
    street = Attribute(Kind.LANGUAGE_PROPERTY, {"fr": "Grand Place"})
    present = Entity("urn:t:1", ("urn:T",), {"urn:a:street": (street,)})
    patches = parse_attribute_patch("Grote Markt", "street", core_context(), deep=True)
    patch = EntityPatch(attrs={"urn:a:street": patches})
    after = spoken(patch, present, "nl").apply(present, now=5)
    assert after.attrs["urn:a:street"][0].value == {"fr": "Grand Place", "nl": "Grote Markt"}
