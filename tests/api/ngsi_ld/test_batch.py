"""Batches over HTTP."""

from __future__ import annotations

import pytest

OPERATIONS = "/ngsi-ld/v1/entityOperations"
ENTITIES = "/ngsi-ld/v1/entities"
ONE, TWO = "urn:ngsi-ld:Tank:1", "urn:ngsi-ld:Tank:2"
CORE = "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.9.jsonld"


def tank(entity_id, **attrs):
    return {"id": entity_id, "type": "Tank", **attrs}


async def read(client, entity_id):
    return (await client.get(f"{ENTITIES}/{entity_id}?options=keyValues")).json()


@pytest.fixture
async def tanks(client):
    answer = await client.post(f"{OPERATIONS}/create", json=[tank(ONE, level=1)])
    assert (answer.status_code, answer.json()) == (201, [ONE])
    return client


async def test_a_creation_is_told_entity_by_entity(tanks):
    answer = await tanks.post(f"{OPERATIONS}/create", json=[tank(ONE), tank(TWO), {"id": "x"}])
    told = answer.json()
    assert (answer.status_code, told["success"]) == (207, [TWO])
    assert [one["entityId"] for one in told["errors"]] == ["x", ONE]
    kinds = [one["error"]["type"].rsplit("/", 1)[-1] for one in told["errors"]]
    assert kinds == ["BadRequestData", "AlreadyExists"]


async def test_upserts_replace_or_update(tanks):
    replaced = await tanks.post(f"{OPERATIONS}/upsert", json=[tank(ONE, depth=2), tank(TWO)])
    assert (replaced.status_code, replaced.json()) == (201, [TWO])
    assert await read(tanks, ONE) == tank(ONE, depth=2)
    updated = await tanks.post(f"{OPERATIONS}/upsert?options=update", json=[tank(ONE, level=5)])
    assert updated.status_code == 204
    assert await read(tanks, ONE) == tank(ONE, depth=2, level=5)
    both = await tanks.post(f"{OPERATIONS}/upsert?options=update,replace", json=[tank(ONE)])
    assert both.status_code == 400


async def test_updates_want_the_entity_to_be_there(tanks):
    body = [tank(ONE, level=2), tank(TWO, level=2)]
    answer = await tanks.post(f"{OPERATIONS}/update", json=body)
    assert (answer.status_code, answer.json()["success"]) == (207, [ONE])
    kept = await tanks.post(f"{OPERATIONS}/update?options=noOverwrite", json=[tank(ONE, level=9)])
    assert kept.status_code == 207
    assert await read(tanks, ONE) == tank(ONE, level=2)


async def test_merges_and_deletions(tanks):
    merged = await tanks.post(
        f"{OPERATIONS}/merge", json=[tank(ONE, level="urn:ngsi-ld:null", name="n")]
    )
    assert merged.status_code == 204
    assert await read(tanks, ONE) == tank(ONE, name="n")
    deleted = await tanks.post(f"{OPERATIONS}/delete", json=[ONE, TWO])
    assert (deleted.status_code, deleted.json()["success"]) == (207, [ONE])


async def test_merged_texts_go_under_the_language_of_the_request(tanks):
    sign = {"type": "LanguageProperty", "languageMap": {"en": "Tank"}}
    assert (await tanks.post(f"{OPERATIONS}/merge", json=[tank(ONE, sign=sign)])).status_code == 204
    query = "lang=ms&options=keyValues"
    merged = await tanks.post(f"{OPERATIONS}/merge?{query}", json=[tank(ONE, sign="Tangki")])
    assert merged.status_code == 204
    assert (await read(tanks, ONE))["sign"] == {"languageMap": {"en": "Tank", "ms": "Tangki"}}


@pytest.mark.parametrize("verb", ["create", "upsert", "update", "merge", "delete"])
@pytest.mark.parametrize("body", [[], [None], {}, "x", 5])
async def test_what_is_not_a_batch_is_refused_whole(tanks, verb, body):
    answer = await tanks.post(f"{OPERATIONS}/{verb}", json=body)
    assert answer.status_code == 400
    assert await read(tanks, ONE) == tank(ONE, level=1)


async def test_every_entity_of_a_batch_brings_its_own_context(client):
    first = {**tank(ONE), "https://town.example/a": 1, "@context": CORE}
    headers = {"content-type": "application/ld+json"}
    answer = await client.post(f"{OPERATIONS}/create", json=[first, tank(TWO)], headers=headers)
    assert (answer.status_code, answer.json()["success"]) == (207, [ONE])
    assert "@context" in answer.json()["errors"][0]["error"]["detail"]
