"""Types and attributes over HTTP."""

from __future__ import annotations

import pytest

ROOT = "/ngsi-ld/v1"
VOCABULARY = "https://uri.etsi.org/ngsi-ld/default-context/"


@pytest.fixture
async def town(client):
    for number, kind in enumerate(["Tank", "Tank", "Pump"]):
        body = {
            "id": f"urn:t:{number}",
            "type": kind,
            "level": 1,
            f"{kind}Only": {"object": "urn:t:0"},
        }
        assert (await client.post(f"{ROOT}/entities", json=body)).status_code == 201
    return client


async def test_types_are_listed_and_described(town):
    listed = (await town.get(f"{ROOT}/types")).json()
    detailed = (await town.get(f"{ROOT}/types?details=true")).json()
    tank = (await town.get(f"{ROOT}/types/Tank")).json()
    assert (listed["type"], listed["typeList"]) == ("EntityTypeList", ["Pump", "Tank"])
    assert detailed[1] == {
        "id": f"{VOCABULARY}Tank",
        "type": "EntityType",
        "typeName": "Tank",
        "attributeNames": ["TankOnly", "level"],
    }
    assert (tank["type"], tank["entityCount"]) == ("EntityTypeInfo", 2)
    assert tank["attributeDetails"][0]["attributeTypes"] == ["Relationship"]


async def test_attributes_are_listed_and_described(town):
    listed = (await town.get(f"{ROOT}/attributes")).json()
    detailed = (await town.get(f"{ROOT}/attributes?details=true")).json()
    level = (await town.get(f"{ROOT}/attributes/level")).json()
    assert listed["attributeList"] == ["PumpOnly", "TankOnly", "level"]
    assert detailed[2]["typeNames"] == ["Pump", "Tank"]
    assert level == {
        "id": f"{VOCABULARY}level",
        "type": "Attribute",
        "attributeName": "level",
        "attributeCount": 3,
        "attributeTypes": ["Property"],
        "typeNames": ["Pump", "Tank"],
    }


@pytest.mark.parametrize("path", ["types/None", "attributes/none", "attributes/scope"])
async def test_what_no_entity_has_is_not_found(town, path):
    assert (await town.get(f"{ROOT}/{path}")).status_code == 404


@pytest.mark.parametrize("path", ["types/Tank?details=true", "attributes?limit=1"])
async def test_parameters_of_other_operations_are_refused(town, path):
    assert (await town.get(f"{ROOT}/{path}")).status_code == 400
