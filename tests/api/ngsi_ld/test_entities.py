"""Entities over HTTP."""

from __future__ import annotations

import pytest

ENTITIES = "/ngsi-ld/v1/entities"
ONE, TWO = "urn:ngsi-ld:Tank:1", "urn:ngsi-ld:Tank:2"
LD = {"content-type": "application/ld+json"}
CORE = "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.9.jsonld"


def tank(entity_id=ONE, level=3, **more):
    return {
        "id": entity_id,
        "type": "Tank",
        "level": {"type": "Property", "value": level, "unitCode": "MTR"},
        **more,
    }


def problem(answer):
    body = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert body["status"] == answer.status_code
    assert body["title"]
    return answer.status_code, body["type"].rsplit("/", 1)[-1]


@pytest.fixture
async def tanks(client):
    for body in (tank(), tank(TWO, 8, name="south")):
        assert (await client.post(ENTITIES, json=body)).status_code == 201
    return client


async def test_an_entity_is_created_once(client):
    created = await client.post(f"{ENTITIES}/", json=tank())
    again = await client.post(ENTITIES, json=tank())
    assert (created.status_code, created.content) == (201, b"")
    assert created.headers["location"] == f"{ENTITIES}/{ONE}"
    assert problem(again) == (409, "AlreadyExists")


async def test_json_names_its_context_in_the_link_and_json_ld_in_the_body(tanks):
    plain = await tanks.get(f"{ENTITIES}/{ONE}")
    linked = await tanks.get(f"{ENTITIES}/{ONE}", headers={"accept": "application/ld+json"})
    assert plain.json() == tank()
    assert plain.headers["link"].startswith(f"<{CORE}>")
    assert linked.json() == {**tank(), "@context": CORE}
    assert "link" not in linked.headers


async def test_geojson_has_its_context_where_the_client_prefers_it(client):
    place = {"type": "Point", "coordinates": [106.8, -6.2]}
    body = tank(location={"type": "GeoProperty", "value": place})
    await client.post(ENTITIES, json=body)
    geo = {"accept": "application/geo+json"}
    whole = await client.get(f"{ENTITIES}/{ONE}", headers=geo)
    bare = await client.get(f"{ENTITIES}?type=Tank", headers={**geo, "prefer": "body=json"})
    assert (whole.json()["geometry"], whole.json()["@context"]) == (place, CORE)
    assert bare.json()["type"] == "FeatureCollection"
    assert "@context" not in bare.json()
    assert bare.headers["link"].startswith(f"<{CORE}>")


async def test_an_embedded_context_expands_names(client):
    terms = {"Wasserturm": "https://town.example/Tower", "pegel": "https://town.example/level"}
    body = {"id": ONE, "type": "Wasserturm", "pegel": 3, "@context": [terms, CORE]}
    assert (await client.post(ENTITIES, json=body, headers=LD)).status_code == 201
    found = (await client.get(f"{ENTITIES}/{ONE}?options=keyValues")).json()
    assert found["type"] == "https://town.example/Tower"
    assert found["https://town.example/level"] == 3


@pytest.mark.parametrize(
    ("body", "headers", "expected"),
    [
        (tank(), LD, "BadRequestData"),
        ({**tank(), "@context": CORE}, {}, "BadRequestData"),
        (
            {**tank(), "@context": CORE},
            {**LD, "link": f'<{CORE}>; rel="http://www.w3.org/ns/json-ld#context"'},
            "BadRequestData",
        ),
        ({"id": ONE}, {}, "BadRequestData"),
        ({"type": "Tank"}, {}, "BadRequestData"),
        ([], {}, "InvalidRequest"),
    ],
)
async def test_what_is_wrong_is_told_and_changes_nothing(client, body, headers, expected):
    answer = await client.post(ENTITIES, json=body, headers=headers)
    assert problem(answer) == (400, expected)
    assert problem(await client.get(f"{ENTITIES}/{ONE}")) == (404, "ResourceNotFound")


async def test_malformed_json_is_told_with_its_place(client):
    json = {"content-type": "application/json"}
    answer = await client.post(ENTITIES, content=b'{\n  "id": 1,,\n}', headers=json)
    assert problem(answer) == (400, "InvalidRequest")
    assert "line 2, column 11" in answer.json()["detail"]


async def test_http_has_its_own_refusals(client):
    text = await client.post(ENTITIES, content=b"{}", headers={"content-type": "text/plain"})
    accept = await client.get(f"{ENTITIES}/{ONE}", headers={"accept": "text/html"})
    method = await client.post(f"{ENTITIES}/{ONE}", json={})
    tenant = await client.get(f"{ENTITIES}/{ONE}", headers={"ngsild-tenant": "other"})
    nowhere = await client.get("/ngsi-ld/v1/nowhere")
    assert problem(text)[0] == 415
    assert problem(accept)[0] == 406
    assert problem(method)[0] == 405
    assert "PATCH" in method.headers["allow"]
    assert problem(tenant) == (404, "NonexistentTenant")
    assert problem(nowhere) == (404, "ResourceNotFound")


async def test_a_body_without_a_length_is_refused_without_a_word(client):
    async def pieces():
        yield b"{}"

    json = {"content-type": "application/json"}
    answer = await client.post(ENTITIES, content=pieces(), headers=json)
    assert (answer.status_code, answer.content) == (411, b"")


async def test_a_large_body_is_refused(client, kota):
    limit = kota.settings.body_limit
    headers = {"content-type": "application/json", "content-length": str(limit + 1)}
    answer = await client.post(ENTITIES, content=b"{}", headers=headers)
    assert problem(answer)[0] == 413


async def test_head_and_options_are_answered(tanks):
    head = await tanks.head(f"{ENTITIES}/{ONE}")
    options = await tanks.options(ENTITIES)
    assert (head.status_code, head.content) == (200, b"")
    assert int(head.headers["content-length"]) > 0
    assert options.status_code == 204
    assert "POST" in options.headers["allow"]


async def test_unknown_parameters_are_refused(client):
    assert problem(await client.get(f"{ENTITIES}?nonsense=1")) == (400, "InvalidRequest")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("type=Tank", [ONE, TWO]),
        ("type=Tank&q=level>5", [TWO]),
        ("attrs=name", [TWO]),
        (f"type=Tank&id={ONE}", [ONE]),
        ("type=Tank&idPattern=2$", [TWO]),
        ("type=Tank&orderBy=level;desc", [TWO, ONE]),
        ("local=true", [ONE, TWO]),
        ("type=*", [ONE, TWO]),
        ("type=Pump", []),
    ],
)
async def test_entities_are_queried(tanks, query, found):
    answer = await tanks.get(f"{ENTITIES}?{query}")
    assert [one["id"] for one in answer.json()] == found


@pytest.mark.parametrize(
    "query",
    [
        "",
        "id=urn:a:1",
        "idPattern=.*",
        "attrs=createdAt",
        'q=modifiedAt>"2020-01-01T00:00:00Z"',
        "type=*&local=false",
        "type=Tank&limit=0",
        "type=Tank&georel=within",
        "type=Tank&geometryProperty=location",
        "type=Tank&pick=name&attrs=name",
        "type=Tank&pick=name&omit=name",
        "type=Tank&pick=owner{name}",
        'type=Tank&q=owner{name}=="x"',
        "type=Tank&csf=))bad((",
        "type=Tank&orderBy=location;dist-asc",
        "type=Tank&orderBy=name;sideways",
        "type=Tank&collation=!!",
        "attrs=id",
    ],
)
async def test_queries_that_are_too_wide_or_wrong_are_refused(tanks, query):
    assert problem(await tanks.get(f"{ENTITIES}?{query}")) == (400, "BadRequestData")


async def test_pages_point_to_each_other_and_are_counted(client):
    for number in range(5):
        await client.post(ENTITIES, json=tank(f"urn:t:{number}"))
    first = await client.get(f"{ENTITIES}?type=Tank&limit=2&count=true")
    middle = await client.get(f"{ENTITIES}?type=Tank&limit=2&offset=2")
    last = await client.get(f"{ENTITIES}?type=Tank&limit=2&offset=4")
    none = await client.get(f"{ENTITIES}?type=Tank&limit=0&count=true")
    assert first.headers["ngsild-results-count"] == "5"
    assert f'<{ENTITIES}?count=true&limit=2&offset=2&type=Tank>; rel="next"' in str(first.headers)
    assert 'rel="prev"' not in str(first.headers)
    assert 'rel="prev"' in str(middle.headers)
    assert 'rel="next"' in str(middle.headers)
    assert 'rel="next"' not in str(last.headers)
    assert (none.json(), none.headers["ngsild-results-count"]) == ([], "5")
    assert "rel=" not in str(none.headers).replace('rel=\\"http', "").replace('rel="http', "")


async def test_members_are_picked_and_omitted(tanks):
    picked = await tanks.get(f"{ENTITIES}/{TWO}?pick=id,name&options=keyValues")
    omitted = await tanks.get(f"{ENTITIES}/{TWO}?omit=type,level&options=keyValues")
    nothing = await tanks.get(f"{ENTITIES}/{TWO}?pick=unknown")
    assert picked.json() == omitted.json() == {"id": TWO, "name": "south"}
    assert problem(nothing) == (404, "ResourceNotFound")


async def test_an_entity_is_merged_replaced_and_deleted(tanks):
    path = f"{ENTITIES}/{ONE}"
    patch = {"content-type": "application/merge-patch+json"}
    merged = await tanks.patch(path, json={"level": {"value": 4}, "name": "n"}, headers=patch)
    assert merged.status_code == 204
    assert (await tanks.get(path)).json()["level"] == {
        "type": "Property",
        "value": 4,
        "unitCode": "MTR",
    }
    replaced = await tanks.put(path, json={"type": "Basin", "depth": 2})
    assert replaced.status_code == 204
    assert (await tanks.get(f"{path}?options=keyValues")).json() == {
        "id": ONE,
        "type": "Basin",
        "depth": 2,
    }
    assert (await tanks.delete(f"{path}?type=Tank")).status_code == 404
    deleted = await tanks.delete(path)
    assert (deleted.status_code, deleted.content) == (204, b"")
    assert "content-length" not in deleted.headers
    assert problem(await tanks.delete(path)) == (404, "ResourceNotFound")


async def test_the_body_names_the_entity_of_the_path_or_none(tanks):
    wrong = await tanks.patch(f"{ENTITIES}/{ONE}", json={"id": TWO, "level": 1})
    assert problem(wrong) == (400, "BadRequestData")


@pytest.mark.parametrize("method", ["patch", "put"])
async def test_a_change_without_an_id_is_refused(client, method):
    answer = await getattr(client, method)(f"{ENTITIES}/", json=tank())
    assert problem(answer) == (400, "BadRequestData")


async def test_purge_wants_a_narrow_query_and_deletes_what_matches(tanks):
    assert problem(await tanks.delete(ENTITIES)) == (400, "BadRequestData")
    assert problem(await tanks.delete(f"{ENTITIES}?idPattern=.*")) == (400, "BadRequestData")
    both = await tanks.delete(f"{ENTITIES}?type=Tank&keep=a&drop=b")
    assert problem(both) == (400, "BadRequestData")
    assert (await tanks.delete(f"{ENTITIES}?type=Tank&drop=name")).status_code == 204
    assert "name" not in (await tanks.get(f"{ENTITIES}/{TWO}")).json()
    assert (await tanks.delete(f"{ENTITIES}?type=Tank&q=level>5")).status_code == 204
    assert [one["id"] for one in (await tanks.get(f"{ENTITIES}?type=Tank")).json()] == [ONE]


async def test_ids_and_attributes_may_be_percent_encoded_addresses(client):
    name = "https://town.example/tank/1"
    await client.post(ENTITIES, json=tank(name))
    found = await client.get(f"{ENTITIES}/https%3A%2F%2Ftown.example%2Ftank%2F1")
    assert found.json()["id"] == name
