"""Attributes over HTTP."""

from __future__ import annotations

import pytest

ONE = "urn:ngsi-ld:Tank:1"
PATH = f"/ngsi-ld/v1/entities/{ONE}"
GPS = "urn:ngsi-ld:Dataset:gps"


@pytest.fixture
async def tank(client):
    body = {
        "id": ONE,
        "type": "Tank",
        "scope": "/town",
        "level": [{"value": 1, "unitCode": "MTR"}, {"value": 2, "datasetId": GPS}],
        "name": "north",
    }
    assert (await client.post("/ngsi-ld/v1/entities", json=body)).status_code == 201
    return client


async def read(client):
    return (await client.get(f"{PATH}?format=concise")).json()


async def test_attributes_are_appended(tank):
    answer = await tank.post(f"{PATH}/attrs/", json={"name": "south", "depth": 4})
    assert (answer.status_code, answer.content) == (204, b"")
    after = await read(tank)
    assert (after["name"], after["depth"]) == ("south", 4)


async def test_appending_without_overwriting_tells_what_was_left(tank):
    body = {"name": "south", "depth": 4}
    answer = await tank.post(f"{PATH}/attrs?options=noOverwrite", json=body)
    told = answer.json()
    assert answer.status_code == 207
    assert told["updated"] == ["https://uri.etsi.org/ngsi-ld/default-context/depth"]
    assert told["notUpdated"][0]["attributeName"].endswith("/name")
    assert (await read(tank))["name"] == "north"


async def test_attributes_are_updated_and_deleted_by_null(tank):
    body = {"name": "urn:ngsi-ld:null", "level": {"value": 9, "datasetId": GPS}}
    assert (await tank.patch(f"{PATH}/attrs", json=body)).status_code == 204
    after = await read(tank)
    assert "name" not in after
    assert {one.get("datasetId"): one["value"] for one in after["level"]} == {None: 1, GPS: 9}


async def test_null_cannot_be_appended(tank):
    answer = await tank.post(f"{PATH}/attrs", json={"name": "urn:ngsi-ld:null"})
    assert answer.status_code == 400


async def test_part_of_an_attribute_is_updated(tank):
    answer = await tank.patch(f"{PATH}/attrs/level", json={"value": 7})
    assert answer.status_code == 204
    default = next(one for one in (await read(tank))["level"] if "datasetId" not in one)
    assert default == {"value": 7, "unitCode": "MTR"}


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("attrs/none", {"value": 7}, 404),
        ("attrs/level", {"value": 7, "datasetId": "urn:ngsi-ld:Dataset:none"}, 404),
        ("attrs/level", {}, 400),
        ("attrs/level", {"type": "Relationship", "object": ONE}, 400),
        ("attrs/scope", {"value": "/a"}, 400),
    ],
)
async def test_partial_updates_that_cannot_be_made_are_refused(tank, path, body, status):
    before = await read(tank)
    assert (await tank.patch(f"{PATH}/{path}", json=body)).status_code == status
    assert await read(tank) == before


async def test_an_attribute_is_replaced(tank):
    assert (await tank.put(f"{PATH}/attrs/level", json={"value": 7})).status_code == 204
    assert {"type": "Property", "value": 7} in (await tank.get(PATH)).json()["level"]
    assert (await tank.put(f"{PATH}/attrs/none", json={"value": 7})).status_code == 404


async def test_instances_are_deleted_one_by_one_or_all(tank):
    assert (await tank.delete(f"{PATH}/attrs/level?datasetId={GPS}")).status_code == 204
    assert (await read(tank))["level"] == {"value": 1, "unitCode": "MTR"}
    assert (await tank.delete(f"{PATH}/attrs/level?datasetId={GPS}")).status_code == 404
    assert (await tank.delete(f"{PATH}/attrs/level?deleteAll=true")).status_code == 204
    assert (await tank.delete(f"{PATH}/attrs/level")).status_code == 404
    assert (await tank.delete(f"{PATH}/attrs/scope")).status_code == 204
    assert "scope" not in await read(tank)


async def test_a_full_iri_names_an_attribute(tank):
    name = "https%3A%2F%2Furi.etsi.org%2Fngsi-ld%2Fdefault-context%2Fname"
    assert (await tank.delete(f"{PATH}/attrs/{name}")).status_code == 204
    assert "name" not in await read(tank)


async def test_the_entity_must_be_there_and_of_the_type(tank):
    none = await tank.post("/ngsi-ld/v1/entities/urn:t:none/attrs", json={"a": 1})
    other = await tank.post(f"{PATH}/attrs?type=Pump", json={"a": 1})
    empty = await tank.post("/ngsi-ld/v1/entities//attrs", json={"a": 1})
    assert (none.status_code, other.status_code, empty.status_code) == (404, 404, 400)
