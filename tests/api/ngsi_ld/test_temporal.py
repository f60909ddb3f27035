"""The temporal evolution of entities over HTTP."""

from __future__ import annotations

from dataclasses import replace

import httpx
import pytest

from kota.api.app import application
from kota.context.temporal import Temporal

PREFIX = "/ngsi-ld/v1"
ENTITIES = f"{PREFIX}/temporal/entities"
ONE, TWO = "urn:ngsi-ld:Tank:1", "urn:ngsi-ld:Tank:2"
ALWAYS = "timerel=after&timeAt=2000-01-01T00:00:00Z"


def at(minute: int) -> str:
    return f"2026-01-01T08:{minute:02d}:00Z"


def levels(*values: object, first: int = 0) -> list[dict[str, object]]:
    return [
        {"type": "Property", "value": value, "observedAt": at(first + place), "unitCode": "MTR"}
        for place, value in enumerate(values)
    ]


def problem(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].rsplit("/", 1)[-1]


@pytest.fixture
async def tanks(client):
    for entity_id, values in ((ONE, (1.5, 2.5, 3.5, 4.5)), (TWO, (10, 20))):
        body = {"id": entity_id, "type": "Tank", "level": levels(*values)}
        answer = await client.post(ENTITIES, json=body)
        assert answer.status_code == 201
    return client


async def test_an_evolution_is_created_once_and_then_extended(client):
    body = {"id": ONE, "type": "Tank", "level": levels(1)}
    created = await client.post(ENTITIES, json=body)
    again = await client.post(
        ENTITIES, json={"id": ONE, "type": ["Tank", "Reservoir"], "level": levels(2, first=1)}
    )
    found = (await client.get(f"{ENTITIES}/{ONE}")).json()

    assert (created.status_code, again.status_code) == (201, 204)
    assert created.headers["location"] == f"{ENTITIES}/{ONE}"
    assert found["type"] == ["Tank", "Reservoir"]
    assert [one["value"] for one in found["level"]] == [1, 2]
    assert found["level"][0]["unitCode"] == "MTR"


async def test_an_instance_takes_the_place_of_the_one_of_the_same_time(tanks):
    await tanks.post(ENTITIES, json={"id": ONE, "type": "Tank", "level": levels(9)})

    found = (await tanks.get(f"{ENTITIES}/{ONE}")).json()

    assert [one["value"] for one in found["level"]] == [9, 2.5, 3.5, 4.5]


async def test_the_evolution_follows_the_changes_of_the_entity(client):
    entity = {"id": ONE, "type": "Tank", "scope": "/north", "level": levels(1)[0]}
    await client.post(f"{PREFIX}/entities", json=entity)
    await client.patch(f"{PREFIX}/entities/{ONE}", json={"level": levels(2, first=5)[0]})
    found = (await client.get(f"{ENTITIES}/{ONE}?options=sysAttrs")).json()
    assert [one["value"] for one in found["level"]] == [1, 2]
    assert [one["value"] for one in found["scope"]] == ["/north"]
    assert found["scope"][0]["observedAt"] == found["scope"][0]["modifiedAt"]

    await client.delete(f"{PREFIX}/entities/{ONE}/attrs/level")
    gone = (await client.get(f"{ENTITIES}/{ONE}?timeproperty=deletedAt")).json()
    assert gone["level"][0]["value"] == "urn:ngsi-ld:null"
    assert "deletedAt" in gone["level"][0]

    await client.delete(f"{PREFIX}/entities/{ONE}")
    assert problem(await client.get(f"{ENTITIES}/{ONE}")) == (404, "ResourceNotFound")


async def test_attributes_are_appended_to_an_evolution_that_exists(tanks):
    more = {"volume": levels(100)}

    assert (await tanks.post(f"{ENTITIES}/{ONE}/attrs", json=more)).status_code == 204
    absent = await tanks.post(f"{ENTITIES}/urn:ngsi-ld:Tank:9/attrs", json=more)

    assert problem(absent) == (404, "ResourceNotFound")
    assert "volume" in (await tanks.get(f"{ENTITIES}/{ONE}")).json()


async def test_one_instance_is_changed_and_deleted_by_its_id(tanks):
    found = (await tanks.get(f"{ENTITIES}/{ONE}?options=sysAttrs")).json()["level"]
    path = f"{ENTITIES}/{ONE}/attrs/level"
    change = {"level": levels(7)[0]}

    changed = await tanks.patch(f"{path}/{found[0]['instanceId']}", json=change)
    deleted = await tanks.delete(f"{path}/{found[1]['instanceId']}")
    left = (await tanks.get(f"{ENTITIES}/{ONE}?options=sysAttrs")).json()["level"]

    assert (changed.status_code, deleted.status_code) == (204, 204)
    assert [one["value"] for one in left] == [7, 3.5, 4.5]
    assert left[0]["instanceId"] == found[0]["instanceId"]
    assert left[0]["createdAt"] == found[0]["createdAt"]
    for method in (
        tanks.delete(f"{path}/{found[1]['instanceId']}"),
        tanks.delete(f"{path}/urn:x:y"),
    ):
        assert problem(await method) == (404, "ResourceNotFound")
    assert problem(await tanks.delete(f"{path}/7")) == (400, "BadRequestData")


async def test_attributes_are_deleted_by_dataset_id(client):
    body = {"id": ONE, "type": "Tank", "level": [*levels(1), *levels(2)]}
    body["level"][1]["datasetId"] = "urn:probe:2"
    await client.post(ENTITIES, json=body)
    path = f"{ENTITIES}/{ONE}/attrs/level"

    assert (await client.delete(f"{path}?datasetId=urn:probe:2")).status_code == 204
    assert len((await client.get(f"{ENTITIES}/{ONE}")).json()["level"]) == 1
    assert (await client.delete(f"{path}?deleteAll=true")).status_code == 204
    assert problem(await client.delete(path)) == (404, "ResourceNotFound")


@pytest.mark.parametrize(
    ("span", "expected"),
    [
        (f"timerel=before&timeAt={at(1)}", [1.5]),
        (f"timerel=after&timeAt={at(2)}", [3.5, 4.5]),
        (f"timerel=between&timeAt={at(1)}&endTimeAt={at(3)}", [2.5, 3.5]),
        ("lastN=2", [3.5, 4.5]),
    ],
)
async def test_a_retrieval_is_bounded_by_time_or_number(tanks, span, expected):
    found = (await tanks.get(f"{ENTITIES}/{ONE}?{span}")).json()

    assert [one["value"] for one in found["level"]] == expected


async def test_pairs_and_aggregates(tanks):
    pairs = (await tanks.get(f"{ENTITIES}/{TWO}?options=temporalValues")).json()
    sums = await tanks.get(
        f"{ENTITIES}/{ONE}?timerel=after&timeAt={at(0)}&aggrMethods=avg,max,totalCount"
        "&aggrPeriodDuration=PT2M&format=aggregatedValues"
    )

    assert pairs["level"] == {"type": "Property", "values": [[10, at(0)], [20, at(1)]]}
    assert sums.json()["level"] == {
        "type": "Property",
        "avg": [[2, at(0), at(2)], [4, at(2), at(4)]],
        "max": [[2.5, at(0), at(2)], [4.5, at(2), at(4)]],
        "totalCount": [[2, at(0), at(2)], [2, at(2), at(4)]],
    }


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("type=Tank", [ONE, TWO]),
        ("type=Tank&q=level>9", [TWO]),
        ("type=Tank&q=level>=1.5;level<3", [ONE]),
        ("type=Tank&q=level==20|level==4.5", [ONE, TWO]),
        ("type=Tank&q=level>9;!volume", [TWO]),
        (f"type=Tank&id={ONE}", [ONE]),
        ("type=Tank&idPattern=2$", [TWO]),
        ("attrs=level", [ONE, TWO]),
        ("attrs=volume", []),
        ("type=Pump", []),
        ("type=Tank&orderBy=id;desc", [TWO, ONE]),
        ("type=Tank&limit=1&offset=1", [TWO]),
    ],
)
async def test_a_query_finds_evolutions(tanks, condition, expected):
    found = await tanks.get(f"{ENTITIES}?{condition}&{ALWAYS}")

    assert [one["id"] for one in found.json()] == expected


async def test_a_value_outside_of_the_time_asked_for_meets_no_condition(tanks):
    found = await tanks.get(
        f"{ENTITIES}?type=Tank&q=level>9&timerel=after&timeAt={at(1)}&options=temporalValues"
    )

    assert [one["id"] for one in found.json()] == [TWO]
    assert found.json()[0]["level"]["values"] == [[20, at(1)]]


async def test_a_query_by_place_looks_at_where_things_were(client):
    def place(minute, lon):
        value = {"type": "Point", "coordinates": [lon, 3.0]}
        return {"type": "GeoProperty", "value": value, "observedAt": at(minute)}

    bus = {"id": "urn:ngsi-ld:Bus:1", "type": "Bus", "location": [place(0, 101.0), place(9, 102.0)]}
    await client.post(ENTITIES, json=bus)
    near = "georel=near;maxDistance==1000&geometry=Point&coordinates=[101.0,3.0]"

    early = await client.get(f"{ENTITIES}?type=Bus&{near}&timerel=before&timeAt={at(5)}")
    late = await client.get(f"{ENTITIES}?type=Bus&{near}&timerel=after&timeAt={at(5)}")

    assert (len(early.json()), len(late.json())) == (1, 0)


async def test_count_and_pages(tanks):
    found = await tanks.get(f"{ENTITIES}?type=Tank&count=true&limit=1&{ALWAYS}")

    assert found.headers["ngsild-results-count"] == "2"
    assert 'rel="next"' in found.headers["link"]


async def test_an_answer_that_does_not_cover_all_time_says_which(kota, tanks):
    narrow = application(replace(kota, temporal=Temporal(kota.history, kota.clock, page=3)))
    transport = httpx.ASGITransport(narrow)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:9090") as client:
        first = await client.get(f"{ENTITIES}/{ONE}")
        newest = await client.get(f"{ENTITIES}/{ONE}?lastN=4&timerel=before&timeAt={at(30)}")

    assert (first.status_code, newest.status_code) == (206, 206)
    assert first.headers["content-range"] == f"date-time {at(0)}-{at(2)}/*"
    assert [one["value"] for one in first.json()["level"]] == [1.5, 2.5, 3.5]
    assert newest.headers["content-range"] == f"date-time {at(30)}-{at(1)}/4"
    assert [one["value"] for one in newest.json()["level"]] == [2.5, 3.5, 4.5]


async def test_a_query_in_the_body(tanks):
    body = {
        "type": "Query",
        "entities": [{"type": "Tank", "idPattern": "1$"}],
        "temporalQ": {"timerel": "after", "timeAt": at(0), "lastN": 1},
    }

    found = await tanks.post(f"{PREFIX}/temporal/entityOperations/query", json=body)
    sums = await tanks.post(
        f"{PREFIX}/temporal/entityOperations/query",
        json={**body, "aggrParams": {"aggrMethods": ["max"], "aggrPeriodDuration": "PT0S"}},
    )

    assert [one["value"] for one in found.json()[0]["level"]] == [4.5]
    assert sums.json()[0]["level"]["max"][0][0] == 4.5


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("?type=Tank", "BadRequestData"),
        (f"?{ALWAYS}", "BadRequestData"),
        ("?type=Tank&timerel=during&timeAt=2000-01-01T00:00:00Z", "BadRequestData"),
        ("?type=Tank&timerel=after", "BadRequestData"),
        (f"?type=Tank&{ALWAYS}&lastN=0", "BadRequestData"),
        (f"?type=Tank&{ALWAYS}&orderBy=level", "BadRequestData"),
        (f"?type=Tank&{ALWAYS}&q=level{{name}}==1", "BadRequestData"),
        (f"?type=Tank&{ALWAYS}&pick=level&omit=level", "BadRequestData"),
        (f"?type=Tank&{ALWAYS}&format=aggregatedValues", "BadRequestData"),
        (f"?type=Tank&{ALWAYS}&aggrMethods=median", "BadRequestData"),
        (f"?type=Tank&{ALWAYS}&format=table", "InvalidRequest"),
        (f"?type=Tank&{ALWAYS}&colour=red", "InvalidRequest"),
        ("/not-a-uri", "BadRequestData"),
        (f"/{ONE}?timeAt={at(0)}", "BadRequestData"),
    ],
)
async def test_a_wrong_request_is_refused_with_its_reason(tanks, path, kind):
    assert problem(await tanks.get(ENTITIES + path)) == (400, kind)


@pytest.mark.parametrize(
    "body",
    [
        {"type": "Tank", "level": levels(1)},
        {"id": ONE, "level": levels(1)},
        {"id": ONE, "type": "Tank", "level": [{"type": "Property", "value": 1, "observedAt": "x"}]},
        {"id": ONE, "type": "Tank", "expiresAt": "urn:ngsi-ld:null", "level": levels(1)},
        {"id": ONE, "type": "Tank", "scope": "no scope at all!", "level": levels(1)},
    ],
)
async def test_a_wrong_evolution_is_refused_and_nothing_of_it_kept(client, body):
    answer = await client.post(ENTITIES, json=body)

    assert problem(answer) == (400, "BadRequestData")
    assert (await client.get(f"{ENTITIES}/{ONE}")).status_code == 404


async def test_a_scope_counts_while_it_was_valid(client):
    def scope(minute, value):
        return {"type": "Property", "value": value, "observedAt": at(minute)}

    body = {
        "id": ONE,
        "type": "Tank",
        "scope": [scope(0, "/north"), scope(5, "/south")],
        "level": [*levels(1), *levels(2, first=9)],
    }
    await client.post(ENTITIES, json=body)

    found = (await client.get(f"{ENTITIES}?type=Tank&scopeQ=/south&{ALWAYS}")).json()

    assert [one["value"] for one in found[0]["level"]] == [2]
    assert [one["value"] for one in found[0]["scope"]] == ["/south"]
    gone = await client.get(f"{ENTITIES}?type=Tank&scopeQ=/south&timerel=before&timeAt={at(5)}")
    assert gone.json() == []


async def test_pick_and_omit_choose_members(tanks):
    picked = await tanks.get(f"{ENTITIES}/{ONE}?pick=id")
    left = await tanks.get(f"{ENTITIES}/{ONE}?omit=level,type")
    nothing = await tanks.get(f"{ENTITIES}/{ONE}?pick=volume")

    assert picked.json() == {"id": ONE}
    assert left.json() == {"id": ONE}
    assert problem(nothing) == (404, "ResourceNotFound")


async def test_every_kind_of_attribute_has_its_pairs(client):
    when = {"observedAt": at(0)}
    body = {
        "id": ONE,
        "type": "Tank",
        "location": {
            "type": "GeoProperty", "value": {"type": "Point", "coordinates": [1.0, 2.0]}, **when
        },
        "feeds": {"type": "Relationship", "object": TWO, **when},
        "label": {"type": "LanguageProperty", "languageMap": {"en": "north"}, **when},
        "state": {"type": "VocabProperty", "vocab": "full", **when},
        "raw": {"type": "JsonProperty", "json": {"a": 1}, **when},
        "depths": {"type": "ListProperty", "valueList": [1, 2], **when},
        "path": {"type": "ListRelationship", "objectList": [ONE, TWO], **when},
    }  # fmt: skip
    await client.post(ENTITIES, json=body)

    found = (await client.get(f"{ENTITIES}/{ONE}?format=temporalValues")).json()

    def pair(value):
        return [[value, at(0)]]

    assert found["location"]["values"][0][0]["type"] == "Point"
    assert found["feeds"]["objects"] == pair(TWO)
    assert found["label"]["languageMaps"] == pair({"languageMap": {"en": "north"}})
    assert found["state"]["vocabs"] == pair({"vocab": "full"})
    assert found["raw"]["jsons"] == pair({"json": {"a": 1}})
    assert found["depths"]["valueLists"] == pair([1, 2])
    assert found["path"]["objectLists"] == pair([ONE, TWO])
