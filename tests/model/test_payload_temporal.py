from __future__ import annotations

from typing import Any

import pytest

from kota.errors import BadRequestDataError
from kota.model.entity import Kind
from kota.model.jsonld import core_context
from kota.model.payload_temporal import parse_evolution, parse_one_instance
from kota.model.terms import DEFAULT_VOCABULARY, NULL, SCOPE

NOW = 1_000_000
LEVEL = DEFAULT_VOCABULARY + "level"


def read(**members: Any) -> Any:
    document = {"id": "urn:ngsi-ld:Tank:1", "type": "Tank", **members}
    return parse_evolution(document, core_context(), now=NOW, whole=True)


def seen(value: object, second: int) -> dict[str, object]:
    return {"type": "Property", "value": value, "observedAt": f"1970-01-01T00:00:{second:02d}Z"}


def test_many_instances_of_one_attribute_are_read_in_their_order() -> None:
    evolution = read(level=[seen(2, 2), seen(1, 1)])

    assert evolution.types == (DEFAULT_VOCABULARY + "Tank",)
    found = evolution.attrs[LEVEL]
    assert [(one.value, one.observed_at, one.modified_at) for one in found] == [
        (2, 2_000_000, NOW),
        (1, 1_000_000, NOW),
    ]


def test_a_list_of_plain_values_is_one_instance() -> None:
    (found,) = read(level=[1, 2, 3]).attrs[LEVEL]
    assert found.value == [1, 2, 3]


@pytest.mark.parametrize(
    ("instance", "kind"),
    [
        ({"type": "Property", "value": NULL}, Kind.PROPERTY),
        ({"type": "Relationship", "object": NULL}, Kind.RELATIONSHIP),
        ({"type": "LanguageProperty", "languageMap": {"@none": NULL}}, Kind.LANGUAGE_PROPERTY),
        ({"type": "JsonProperty", "json": NULL}, Kind.JSON_PROPERTY),
    ],
)
def test_a_null_is_the_mark_of_a_deletion_at_its_time(
    instance: dict[str, object], kind: Kind
) -> None:
    (found,) = read(level=[{**instance, "deletedAt": "1970-01-01T00:00:09Z"}]).attrs[LEVEL]

    assert (found.kind, found.value, found.modified_at) == (kind, NULL, 9_000_000)


def test_a_scope_is_plain_or_has_instances() -> None:
    (plain,) = read(scope="/a/b").attrs[SCOPE]
    first, second = read(scope=[seen("/a", 1), seen(["/b", "/c"], 2)]).attrs[SCOPE]

    assert (plain.value, plain.observed_at) == (["/a/b"], None)
    assert (first.value, second.value) == (["/a"], ["/b", "/c"])
    assert second.observed_at == 2_000_000


def test_a_fragment_needs_neither_id_nor_type() -> None:
    evolution = parse_evolution({"level": [seen(1, 1)]}, core_context(), now=NOW, whole=False)

    assert (evolution.id, evolution.types) == (None, ())


def test_a_changed_instance_stands_alone_or_under_its_name() -> None:
    alone = parse_one_instance(seen(1, 1), "level", core_context(), now=NOW)
    named = parse_one_instance({"level": [seen(1, 1)]}, "level", core_context(), now=NOW)

    assert alone == named
    with pytest.raises(BadRequestDataError, match="exactly one"):
        parse_one_instance({"level": [seen(1, 1), seen(2, 2)]}, "level", core_context(), now=NOW)


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"level": [seen(1, 1), {"type": "Property"}]}, r"level: .*value|level\[1\]"),
        ({"level": [seen(1, 1), {**seen(1, 2), "observedAt": "soon"}]}, r"level\[1\].observedAt"),
        ({"scope": [{"type": "Property"}]}, "scope"),
        ({"expiresAt": NULL}, "expiresAt"),
        ({"id": "no uri"}, "id"),
        ({"type": []}, "type"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(members: dict[str, Any], message: str) -> None:
    with pytest.raises(BadRequestDataError, match=message):
        read(**members)
