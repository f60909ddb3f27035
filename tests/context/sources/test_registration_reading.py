"""A registration is read with the place of each fault, and written as it was given."""

from __future__ import annotations

from typing import Any

import pytest

from kota.context.sources.registration import Registration, from_document
from kota.context.sources.registration_reading import read_registration
from kota.context.sources.registration_writing import write_registration
from kota.errors import BadRequestDataError
from kota.model.jsonld import core_context

CORE = core_context()
NOW = 1_700_000_000_000_000
BODY: dict[str, Any] = {
    "type": "ContextSourceRegistration",
    "endpoint": "http://township.example:1026",
    "information": [
        {
            "entities": [{"type": "Tank", "idPattern": "^urn:t:"}],
            "propertyNames": ["level"],
            "relationshipNames": ["isPartOf"],
        }
    ],
    "mode": "redirect",
    "operations": ["retrieveOps", "createEntity"],
    "contextSourceInfo": [{"key": "X-Key", "value": "1"}],
    "management": {"timeout": 500, "localOnly": True},
    "location": {"type": "Point", "coordinates": [106.8, -6.2]},
    "managementInterval": {"startAt": "2026-01-01T00:00:00Z"},
    "scope": "/town/north",
    "owner": "water board",
}


def read(**changes: Any) -> Registration:
    document = {name: one for name, one in (BODY | changes).items() if one is not None}
    return read_registration(document, CORE, registration_id="urn:r:1", now=NOW)


def test_what_is_read_is_written_again_and_survives_the_store() -> None:
    registration = read()
    assert write_registration(registration, CORE.compact) == BODY | {"id": "urn:r:1"}
    assert from_document(registration.to_document()) == registration


def test_names_are_expanded_and_operations_of_groups_are_offered() -> None:
    registration = read()
    assert registration.information[0].entities[0].types == (CORE.expand("Tank"),)
    assert registration.information[0].attributes == {
        CORE.expand("level"),
        CORE.expand("isPartOf"),
    }
    assert registration.offers("queryEntity")
    assert registration.offers("createEntity")
    assert not registration.offers("deleteEntity")


def test_a_registration_without_operations_offers_reading_alone() -> None:
    registration = read(operations=None)
    assert registration.offers("retrieveEntity")
    assert not registration.offers("createEntity")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"type": "Subscription"}, "type"),
        ({"endpoint": None}, "endpoint"),
        ({"endpoint": "ftp://x"}, "endpoint"),
        ({"endpoint": "http://x/?a=1"}, "endpoint"),
        ({"information": None}, "information"),
        ({"information": []}, "information"),
        ({"information": [{}]}, "information[0].entities"),
        ({"information": [{"entities": [{"id": "urn:t:1"}]}]}, "information[0].entities[0].type"),
        (
            {"information": [{"entities": [{"type": "T", "id": "nothing"}]}]},
            "information[0].entities[0].id",
        ),
        (
            {"information": [{"entities": [{"type": "T", "idPattern": "("}]}]},
            "information[0].entities[0].idPattern",
        ),
        ({"information": [{"propertyNames": ["a b"]}]}, "propertyNames"),
        ({"information": [{"propertyNames": ["a"]}] * 1001}, "1000"),
        ({"mode": "sideways"}, "mode"),
        ({"operations": ["flyEntity"]}, "operations"),
        ({"contextSourceInfo": [{"key": "X"}]}, "contextSourceInfo[0]"),
        ({"contextSourceInfo": [{"key": "X", "value": "a\r\nHost: b"}]}, "contextSourceInfo[0]"),
        ({"management": "yes"}, "management"),
        ({"management": {"cooldown": 0}}, "management.cooldown"),
        ({"management": {"cacheDuration": "soon"}}, "management.cacheDuration"),
        ({"location": {"type": "Point"}}, "location"),
        ({"managementInterval": {"startAt": "never"}}, "managementInterval.startAt"),
        (
            {
                "managementInterval": {
                    "startAt": "2026-01-02T00:00:00Z",
                    "endAt": "2026-01-01T00:00:00Z",
                }
            },
            "managementInterval.endAt",
        ),
        ({"expiresAt": "2020-01-01T00:00:00Z"}, "expiresAt"),
        ({"mode": "exclusive"}, "entities by id"),
        (
            {"mode": "exclusive", "information": [{"entities": [{"type": "T", "id": "urn:t:1"}]}]},
            "names its attributes",
        ),
        ({"mode": "auxiliary"}, "createEntity"),
        ({"a b": 1}, "a b"),
    ],
)
def test_a_fault_is_named_by_its_place(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(BadRequestDataError) as error:
        read(**changes)
    assert said in str(error.value)
