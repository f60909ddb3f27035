"""In which words a notice is told."""

from __future__ import annotations

import json
from typing import Any

from kota.context.linked import fetch_by
from kota.context.notice import Entry, Notice
from kota.context.notification_writing import Message, write_notification
from kota.context.subscription import Subscription
from kota.context.subscription_reading import read_subscription
from kota.model.entity import Attribute, Entity, Kind
from kota.model.jsonld import core_context
from kota.model.terms import CORE_CONTEXT, LOCATION

CORE = core_context()
AT = 1_767_225_600_000_000
POINT = {"type": "Point", "coordinates": [106.8, -6.2]}


def iri(term: str) -> str:
    return CORE.expand(term)


NAME, LEVEL, STREET, NEXT = iri("name"), iri("level"), iri("street"), iri("next")
TANK = Entity(
    "urn:t:1",
    (iri("Tank"),),
    {
        NAME: (Attribute(Kind.PROPERTY, "north"),),
        LEVEL: (Attribute(Kind.PROPERTY, 2.5, unit_code="MTR", modified_at=AT, created_at=AT),),
        LOCATION: (Attribute(Kind.GEO_PROPERTY, POINT),),
        NEXT: (Attribute(Kind.RELATIONSHIP, "urn:t:2"),),
    },
    ("/town",),
    AT,
    AT,
)
NEIGHBOUR = Entity("urn:t:2", (iri("Tank"),), {NAME: (Attribute(Kind.PROPERTY, "south"),)})


def subscription(endpoint: dict[str, Any] | None = None, **members: Any) -> Subscription:
    wanted = {
        "endpoint": {"uri": "http://localhost:9/"} | (endpoint or {}),
        **members.pop("wanted", {}),
    }
    document = {"type": "Subscription", "entities": [{"type": "*"}], "notification": wanted}
    return read_subscription(document | members, CORE, subscription_id="urn:s:1", now=0)


async def write(entry: Entry, to: Subscription) -> Message:
    async def get(entity_id: str) -> Entity | None:
        return NEIGHBOUR if entity_id == NEIGHBOUR.id else None

    return await write_notification(Notice("urn:n:1", AT, (entry,)), to, CORE, fetch_by(get))


async def told(entry: Entry, to: Subscription) -> Any:
    return json.loads((await write(entry, to)).body)["data"]


async def test_a_notification_has_the_members_of_the_standard() -> None:
    message = await write(Entry(TANK), subscription())
    document = json.loads(message.body)
    assert document["id"] == "urn:n:1"
    assert document["type"] == "Notification"
    assert document["subscriptionId"] == "urn:s:1"
    assert document["notifiedAt"] == "2026-01-01T00:00:00Z"
    assert document["data"][0]["level"] == {"type": "Property", "value": 2.5, "unitCode": "MTR"}
    assert message.headers == {
        "Content-Type": "application/json",
        "Link": f'<{CORE_CONTEXT}>; rel="http://www.w3.org/ns/json-ld#context"; '
        'type="application/ld+json"',
    }


async def test_json_ld_carries_its_context_in_the_body() -> None:
    message = await write(Entry(TANK), subscription({"accept": "application/ld+json"}))
    assert json.loads(message.body)["data"][0]["@context"] == CORE_CONTEXT
    assert message.headers == {"Content-Type": "application/ld+json"}


async def test_headers_of_the_subscriber_are_sent_along() -> None:
    given = {"receiverInfo": [{"key": "X-Token", "value": "secret"}]}
    assert (await write(Entry(TANK), subscription(given))).headers["X-Token"] == "secret"


async def test_geojson_tells_features() -> None:
    message = await write(Entry(TANK), subscription({"accept": "application/geo+json"}))
    data = json.loads(message.body)["data"]
    assert message.headers["Content-Type"] == "application/geo+json"
    assert data["type"] == "FeatureCollection"
    (feature,) = data["features"]
    assert (feature["id"], feature["type"], feature["geometry"]) == ("urn:t:1", "Feature", POINT)
    assert feature["properties"]["type"] == "Tank"


async def test_simplified_and_picked_and_omitted() -> None:
    simple = subscription(wanted={"format": "keyValues", "attributes": ["level"]})
    assert await told(Entry(TANK), simple) == [
        {"id": "urn:t:1", "type": "Tank", "scope": "/town", "level": 2.5}
    ]
    picked = subscription(wanted={"pick": ["id", "name"]})
    assert [set(one) for one in await told(Entry(TANK), picked)] == [{"id", "name"}]
    omitted = subscription(wanted={"omit": ["type", "name", "scope", "next", "location"]})
    assert [set(one) for one in await told(Entry(TANK), omitted)] == [{"id", "level"}]


async def test_a_deleted_entity_is_told_by_id_type_and_time() -> None:
    assert await told(Entry(TANK, AT), subscription()) == [
        {"id": "urn:t:1", "type": "Tank", "deletedAt": "2026-01-01T00:00:00Z"}
    ]


async def test_deleted_attributes_are_told_as_null() -> None:
    street = Attribute(Kind.LANGUAGE_PROPERTY, {"fr": "Rue"})
    link = Attribute(Kind.RELATIONSHIP, "urn:t:9")
    rest = Entity(TANK.id, TANK.types, {NAME: TANK.attrs[NAME]})
    entry = Entry(rest, None, {STREET: (street,), NEXT: (link,), LEVEL: TANK.attrs[LEVEL]})
    (body,) = await told(entry, subscription(wanted={"sysAttrs": True}))
    assert body["street"]["languageMap"] == {"@none": "urn:ngsi-ld:null"}
    assert body["next"]["object"] == "urn:ngsi-ld:null"
    assert body["level"]["value"] == "urn:ngsi-ld:null"
    assert body["level"]["deletedAt"] == "2026-01-01T00:00:00Z"
    assert "deletedAt" not in body["name"]
    (simple,) = await told(entry, subscription(wanted={"format": "simplified"}))
    assert simple["level"] == "urn:ngsi-ld:null"


async def test_one_deleted_instance_stands_beside_those_that_are_left() -> None:
    french = Attribute(Kind.PROPERTY, "Tour", dataset_id="urn:d:fr")
    entry = Entry(Entity("urn:t:1", TANK.types, {NAME: TANK.attrs[NAME]}), None, {NAME: (french,)})
    (body,) = await told(entry, subscription())
    assert body["name"] == [
        {"type": "Property", "value": "north"},
        {"type": "Property", "value": "urn:ngsi-ld:null", "datasetId": "urn:d:fr"},
    ]
    (simple,) = await told(entry, subscription(wanted={"format": "simplified"}))
    assert simple["name"] == {"dataset": {"@none": "north", "urn:d:fr": "urn:ngsi-ld:null"}}


async def test_an_attribute_deleted_with_all_its_instances_is_one_null() -> None:
    french = Attribute(Kind.PROPERTY, "Tour", dataset_id="urn:d:fr")
    entry = Entry(Entity("urn:t:1", TANK.types, {}), None, {NAME: (french, *TANK.attrs[NAME])})
    (body,) = await told(entry, subscription())
    assert body["name"] == {"type": "Property", "value": "urn:ngsi-ld:null"}


async def test_previous_values_stand_beside_the_present_ones() -> None:
    previous = {
        NAME: (Attribute(Kind.PROPERTY, "old"),),
        NEXT: (Attribute(Kind.RELATIONSHIP, "urn:t:0"),),
    }
    entry = Entry(TANK, None, {}, previous)
    (body,) = await told(entry, subscription(wanted={"showChanges": True}))
    assert body["name"] == {"type": "Property", "value": "north", "previousValue": "old"}
    assert body["next"]["previousObject"] == "urn:t:0"
    assert "previousValue" not in body["level"]
    concise = subscription(wanted={"showChanges": True, "format": "concise"})
    (body,) = await told(entry, concise)
    assert body["name"] == {"value": "north", "previousValue": "old"}


async def test_only_the_wanted_datasets_are_told() -> None:
    french = Attribute(Kind.PROPERTY, "Tour", dataset_id="urn:d:fr")
    both = Entity("urn:t:1", TANK.types, {NAME: (*TANK.attrs[NAME], french)})
    (body,) = await told(Entry(both), subscription(datasetId=["urn:d:fr"]))
    assert body["name"]["value"] == "Tour"


async def test_linked_entities_join_flat_or_inline() -> None:
    flat = await told(Entry(TANK), subscription(wanted={"join": "flat"}))
    assert [one["id"] for one in flat] == ["urn:t:1", "urn:t:2"]
    (inline,) = await told(Entry(TANK), subscription(wanted={"join": "inline"}))
    assert inline["next"]["entity"]["name"]["value"] == "south"
    simple = subscription(wanted={"join": "inline", "format": "simplified"})
    (inline,) = await told(Entry(TANK), simple)
    assert inline["next"]["name"] == "south"
