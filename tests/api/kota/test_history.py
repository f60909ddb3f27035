import csv
import io

import httpx
import pytest
from tests.api.conftest import patch, reading

from kota.clock import WallClock
from kota.model.quality import Level, Quality
from kota.runtime import Kota

START = 1_767_225_600_000_000
MINUTE = 60 * 10**6


async def _observe(kota: Kota, count: int) -> None:
    bad = Quality(Level.BAD)
    await kota.ingest.observe(
        [
            patch(
                "urn:x:1",
                "Tank",
                level=reading(
                    float(i), unit="MTR", at=START + i * MINUTE, quality=bad if i == 3 else None
                ),
            )
            for i in range(count)
        ]
    )


async def test_few_observations_come_raw(client: httpx.AsyncClient, kota: Kota) -> None:
    await _observe(kota, 5)
    body = (
        await client.get(
            "/api/v1/history",
            params={
                "entity": "urn:x:1",
                "attribute": "level",
                "start": "2026-01-01T00:00:00Z",
                "end": "2026-01-01T01:00:00Z",
            },
        )
    ).json()
    assert body["raw"]
    assert body["bucket_s"] == 0
    assert body["t"] == [START // 1000 + i * 60_000 for i in range(5)]
    assert body["mean"] == [0, 1, 2, 3, 4]
    assert body["quality"] == [0, 0, 0, 2, 0]
    assert body["unit"]["symbol"] == "m"


async def test_many_observations_come_in_buckets(client: httpx.AsyncClient, kota: Kota) -> None:
    await _observe(kota, 600)
    query = {
        "entity": "urn:x:1",
        "attribute": "level",
        "start": "2026-01-01T00:00:00Z",
        "end": "2026-01-01T10:00:00Z",
        "points": 20,
    }
    body = (await client.get("/api/v1/history", params=query)).json()
    assert not body["raw"]
    assert body["bucket_s"] > 0
    assert sum(body["count"]) == 600
    assert len(body["t"]) <= 45
    assert all(
        low <= mean <= high
        for low, mean, high in zip(body["min"], body["mean"], body["max"], strict=True)
    )
    table = await client.get("/api/v1/history.csv", params=query)
    rows = list(csv.DictReader(io.StringIO(table.text)))
    assert [float(row["mean"]) for row in rows] == body["mean"]
    assert rows[0]["unit"] == "MTR"


async def test_table_of_raw_values(client: httpx.AsyncClient, kota: Kota) -> None:
    await _observe(kota, 2)
    answer = await client.get(
        "/api/v1/history.csv",
        params={
            "entity": "urn:x:1",
            "attribute": "level",
            "start": "2026-01-01T00:00:00Z",
            "end": "2026-01-01T01:00:00Z",
        },
    )
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["content-disposition"] == 'attachment; filename="level.csv"'
    assert answer.text.splitlines() == [
        "time,value,unit,quality",
        "2026-01-01T00:00:00Z,0.0,MTR,0",
        "2026-01-01T00:01:00Z,1.0,MTR,0",
    ]


async def test_without_times_it_is_the_last_day(client: httpx.AsyncClient, kota: Kota) -> None:
    now = WallClock().now()
    await kota.ingest.observe([patch("urn:x:1", "Tank", level=reading(1.0, at=now - MINUTE))])
    await kota.ingest.observe([patch("urn:x:1", "Tank", level=reading(2.0, at=now))])
    query = {"entity": "urn:x:1", "attribute": "level"}
    assert (await client.get("/api/v1/history", params=query)).json()["mean"] == [1, 2]


async def test_attribute_of_the_default_vocabulary_is_found(
    client: httpx.AsyncClient, kota: Kota
) -> None:
    document = {
        "id": "urn:x:1",
        "type": "Tank",
        "level": {"type": "Property", "value": 3, "observedAt": "2026-01-01T00:00:00Z"},
    }
    answer = await client.post("/ngsi-ld/v1/entities", json=document)
    assert answer.status_code == 201
    body = (
        await client.get(
            "/api/v1/history",
            params={"entity": "urn:x:1", "attribute": "level", "end": "2026-01-01T01:00:00Z"},
        )
    ).json()
    assert body["mean"] == [3]


@pytest.mark.parametrize(
    ("query", "place"),
    [
        ({"attribute": "level"}, "entity"),
        ({"entity": "urn:x:1"}, "attribute"),
        ({"entity": "urn:x:1", "attribute": "level", "points": "0"}, "points"),
        ({"entity": "urn:x:1", "attribute": "level", "start": "yesterday"}, "start"),
        (
            {
                "entity": "urn:x:1",
                "attribute": "level",
                "start": "2026-01-02T00:00:00Z",
                "end": "2026-01-01T00:00:00Z",
            },
            "start",
        ),
    ],
)
async def test_bad_question_is_refused_with_its_place(
    client: httpx.AsyncClient, query: dict[str, str], place: str
) -> None:
    answer = await client.get("/api/v1/history", params=query)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"].startswith(f"{place}:")
