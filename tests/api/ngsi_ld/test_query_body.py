"""Queries in the body of a request, and entities written with those they are linked to."""

from __future__ import annotations

import pytest

QUERY = "/ngsi-ld/v1/entityOperations/query"
ENTITIES = "/ngsi-ld/v1/entities"
CITY, TOWER, ANNEX = "urn:ngsi-ld:City:1", "urn:ngsi-ld:Tower:1", "urn:ngsi-ld:Tower:2"


def link(target):
    return {"type": "Relationship", "object": target}


@pytest.fixture
async def town(client):
    bodies = [
        {"id": CITY, "type": "City", "name": "Kota", "landmark": link(TOWER)},
        {"id": TOWER, "type": "Tower", "height": 40, "locatedAt": link(CITY)},
        {"id": ANNEX, "type": "Tower", "height": 8, "locatedAt": link("urn:ngsi-ld:City:none")},
    ]
    for body in bodies:
        assert (await client.post(ENTITIES, json=body)).status_code == 201
    return client


async def ask(client, **body):
    return await client.post(QUERY, json={"type": "Query", **body})


async def ids(client, **body):
    return [one["id"] for one in (await ask(client, **body)).json()]


async def test_selectors_conditions_and_order(town):
    towers = [{"type": "Tower"}]
    assert await ids(town, entities=towers) == [TOWER, ANNEX]
    assert await ids(town, entities=towers, q="height>20") == [TOWER]
    assert await ids(town, entities=[{"type": "Tower", "idPattern": "2$"}]) == [ANNEX]
    assert await ids(town, entities=[{"type": "Tower", "id": [ANNEX], "idPattern": "1$"}]) == [
        ANNEX
    ]
    assert await ids(town, entities=[{"type": "City"}, {"type": "Tower"}]) == [CITY, TOWER, ANNEX]
    ordering = {"orderBy": ["height;asc"]}
    assert await ids(town, entities=towers, ordering=ordering) == [ANNEX, TOWER]


@pytest.mark.parametrize(
    "body",
    [
        {"type": "Other", "entities": [{"type": "Tower"}]},
        {"type": "Query"},
        {"type": "Query", "entities": []},
        {"type": "Query", "entities": [{"id": CITY}]},
        {"type": "Query", "entities": [{"type": "Tower", "id": "no uri"}]},
        {"type": "Query", "entities": [{"type": "Tower", "id": [CITY, 5]}]},
        {"type": "Query", "entities": [{"type": "Tower"}], "attrs": []},
        {"type": "Query", "entities": [{"type": "Tower"}], "q": 42},
        {"type": "Query", "entities": [{"type": "Tower"}], "join": "both"},
        {"type": "Query", "entities": [{"type": "Tower"}], "join": "inline", "joinLevel": 0},
        {"type": "Query", "entities": [{"type": "Tower"}], "temporalQ": {"timerel": "after"}},
        {"type": "Query", "entities": [{"type": "Tower"}], "geoQ": {"georel": "within"}},
        {"type": "Query", "entities": [{"type": "Tower"}], "ordering": {"orderBy": ["a;dist-asc"]}},
    ],
)
async def test_queries_of_the_wrong_shape_are_refused(town, body):
    answer = await town.post(QUERY, json=body)
    assert answer.status_code == 400
    assert answer.json()["type"].endswith("/BadRequestData")


async def test_a_linked_entity_stands_within_its_relationship(town):
    path = f"{ENTITIES}/{TOWER}?join=inline"
    whole = (await town.get(path)).json()["locatedAt"]["entity"]
    simple = (await town.get(f"{path}&options=keyValues")).json()["locatedAt"]
    picked = (await town.get(f"{path}&pick=id,locatedAt{{name}}&options=keyValues")).json()
    assert (whole["id"], whole["name"]["value"]) == (CITY, "Kota")
    assert simple == {"id": CITY, "type": "City", "name": "Kota", "landmark": TOWER}
    assert picked == {"id": TOWER, "locatedAt": {"name": "Kota"}}


async def test_joins_end_where_they_come_back(town):
    found = (await town.get(f"{ENTITIES}/{TOWER}?join=inline&joinLevel=5")).json()
    assert "entity" not in found["locatedAt"]["entity"]["landmark"]


async def test_linked_entities_stand_beside_the_others(town):
    flat = await town.get(f"{ENTITIES}?type=Tower&join=flat&options=keyValues")
    alone = await town.get(f"{ENTITIES}/{ANNEX}?join=flat&options=keyValues")
    assert [one["id"] for one in flat.json()] == [TOWER, ANNEX, CITY]
    assert alone.json()["id"] == ANNEX


async def test_what_is_contained_already_is_not_joined_again(town):
    found = await town.get(f"{ENTITIES}/{TOWER}?join=inline&containedBy={CITY}")
    assert found.json()["locatedAt"] == link(CITY)


async def test_a_context_in_the_body_names_what_is_asked_for(town):
    core = "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.9.jsonld"
    terms = {"Turm": "https://uri.etsi.org/ngsi-ld/default-context/Tower"}
    body = {"type": "Query", "entities": [{"type": "Turm"}], "@context": [terms, core]}
    answer = await town.post(QUERY, json=body, headers={"content-type": "application/ld+json"})
    assert [one["type"] for one in answer.json()] == ["Turm", "Turm"]
    assert "/jsonldContexts/" in answer.headers["link"]


async def test_conditions_reach_into_linked_entities_as_deep_as_they_are_joined(town):
    condition = 'q=locatedAt{name}=="Kota"'
    found = await town.get(f"{ENTITIES}?type=Tower&join=inline&{condition}")
    refused = await town.get(f"{ENTITIES}?type=Tower&{condition}")
    assert [one["id"] for one in found.json()] == [TOWER]
    assert refused.status_code == 400


async def test_links_that_lead_everywhere_are_refused_before_they_fill_the_memory(client):
    names = [f"urn:ngsi-ld:Node:{number}" for number in range(12)]
    for name in names:
        body = {"id": name, "type": "Node", "to": {"type": "Relationship", "object": names}}
        assert (await client.post(ENTITIES, json=body)).status_code == 201
    answer = await client.get(f"{ENTITIES}/{names[0]}?join=inline&joinLevel=9")
    assert (answer.status_code, answer.json()["title"]) == (403, "Too complex query")
    flat = await client.get(f"{ENTITIES}/{names[0]}?join=flat&joinLevel=9")
    assert len(flat.json()) == 12
