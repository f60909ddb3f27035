"""``/entityMaps`` and queries that are answered through a map, over HTTP."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

NGSI = "/ngsi-ld/v1"
MAP = "NGSILD-EntityMap"


@pytest.fixture
async def tanks(client: httpx.AsyncClient) -> list[str]:
    """Five tanks."""
    ids = [f"urn:t:{number}" for number in range(5)]
    for number, one in enumerate(ids):
        body: dict[str, Any] = {"id": one, "type": "Tank", "level": {"value": number}}
        assert (await client.post(f"{NGSI}/entities", json=body)).status_code == 201
    return ids


async def query(client: httpx.AsyncClient, place: str, **parameters: str) -> httpx.Response:
    return await client.get(
        f"{NGSI}/entities", params={"type": "Tank", **parameters}, headers={MAP: place}
    )


async def test_pages_over_a_map_hold_what_it_held_when_it_was_made(
    client: httpx.AsyncClient, tanks: list[str]
) -> None:
    made = await client.get(
        f"{NGSI}/entities", params={"type": "Tank", "limit": "2", "entityMap": "true"}
    )
    assert made.status_code == 201
    place = made.headers[MAP]
    await client.post(f"{NGSI}/entities", json={"id": "urn:t:9", "type": "Tank", "level": 1})
    await client.delete(f"{NGSI}/entities/urn:t:1")
    seen = []
    for offset in ("0", "2", "4"):
        page = await query(client, place, limit="2", offset=offset, count="true")
        assert (page.status_code, page.headers[MAP]) == (200, place)
        assert page.headers["ngsild-results-count"] == "4"
        seen += [one["id"] for one in page.json()]
    assert seen == [one for one in tanks if one != "urn:t:1"]
    left = (await client.get(place)).json()
    assert "urn:t:1" not in left["entityMap"]
    assert left["entityMap"]["urn:t:2"] == ["@none"]


async def test_a_map_that_is_gone_is_made_anew(client: httpx.AsyncClient, tanks: list[str]) -> None:
    answer = await query(client, f"{NGSI}/entityMaps/urn:gone")
    assert answer.status_code == 201
    assert "urn:gone" not in answer.headers[MAP]
    assert len(answer.json()) == len(tanks)


async def test_a_map_is_made_narrowed_changed_and_deleted(
    client: httpx.AsyncClient, tanks: list[str]
) -> None:
    made = await client.get(f"{NGSI}/entityMaps", params={"type": "Tank", "q": "level>2"})
    assert (made.status_code, sorted(made.json()["entityMap"])) == (201, tanks[3:])
    path = f"{NGSI}/entityMaps/{made.json()['id']}"
    wrong = await client.patch(path, json={"expiresAt": "tomorrow"})
    assert (wrong.status_code, (await client.get(path)).json()) == (400, made.json())
    assert (await client.delete(path)).status_code == 204
    assert (await client.get(path)).status_code == 404
    assert (await client.get(f"{NGSI}/entityMaps")).status_code == 400


async def test_an_empty_map_finds_nobody(client: httpx.AsyncClient, tanks: list[str]) -> None:
    assert tanks
    made = await client.get(f"{NGSI}/entityMaps", params={"type": "Tank", "q": "level>99"})
    assert (await query(client, made.headers[MAP])).json() == []
    answer = await client.get(
        f"{NGSI}/temporal/entities",
        params={"type": "Tank", "timerel": "after", "timeAt": "2020-01-01T00:00:00Z"},
        headers={MAP: made.headers[MAP]},
    )
    assert answer.json() == []


async def test_evolutions_are_mapped_too(client: httpx.AsyncClient, tanks: list[str]) -> None:
    window = {
        "type": "Tank",
        "timerel": "after",
        "timeAt": "2020-01-01T00:00:00Z",
        "timeproperty": "modifiedAt",
    }
    made = await client.get(
        f"{NGSI}/temporal/entities", params={**window, "id": tanks[0], "entityMap": "true"}
    )
    assert made.status_code == 201
    again = await client.get(
        f"{NGSI}/temporal/entities", params=window, headers={MAP: made.headers[MAP]}
    )
    assert [one["id"] for one in again.json()] == tanks[:1]
    whole = await client.get(f"{NGSI}/temporal/entityMaps", params=window)
    assert sorted(whole.json()["entityMap"]) == tanks
