"""Work orders over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from tests.api.kota.test_alarms import ALARM, FILE, TANK, level

from kota.config import Settings
from kota.runtime import Kota, opened

PNG = b"\x89PNG\r\n\x1a\n" + b"x" * 100


@pytest.fixture
async def kota(tmp_path: Path) -> AsyncIterator[Kota]:
    file = tmp_path / "alarms.toml"
    file.write_text(FILE)
    settings = Settings(data=tmp_path / "data", auth="none", solutions=(), alarms=(file,))
    async with opened(settings) as rooms:
        yield rooms


async def test_order_when_it_is_for_an_alarm_then_each_knows_of_the_other(
    kota: Kota, client: httpx.AsyncClient
) -> None:
    await level(kota, 1.0)
    body = {"title": "Look", "alarm": ALARM, "priority": "high", "checklist": ["valve"]}
    made = await client.post("/api/v1/work", json=body)
    assert made.status_code == 201
    order = made.json()
    assert (order["number"], order["subject"], order["subject_name"]) == (1, TANK, "East tank")
    journal = (await client.get(f"/api/v1/alarms/{ALARM}")).json()["history"]
    assert journal[-1]["why"] == "work order 1 was opened"
    found = (await client.get(f"/api/v1/work?alarm={ALARM}&state=open")).json()
    assert [one["number"] for one in found["orders"]] == [1]
    assert found["states"]["open"] == 1
    said = {"assignee": "Budi", "due_at": "2020-01-01T00:00:00Z"}
    after = (await client.post("/api/v1/work/1/assign", json=said)).json()
    assert (after["state"], after["overdue"]) == ("assigned", True)
    await client.post("/api/v1/work/1/begin", json={})
    refused = await client.post("/api/v1/work/1/finish", json={})
    assert refused.status_code == 409
    assert "not ticked" in refused.json()["detail"]
    await client.post("/api/v1/work/1/checklist/0", json={})
    done = (await client.post("/api/v1/work/1/finish", json={"comment": "new valve"})).json()
    assert (done["state"], done["comments"][0]["text"]) == ("done", "new valve")
    journal = (await client.get(f"/api/v1/alarms/{ALARM}")).json()["history"]
    assert journal[-1]["why"] == "work order 1 is done"


async def test_photo_when_brought_then_it_is_served_and_nothing_in_it_runs(
    client: httpx.AsyncClient,
) -> None:
    await client.post("/api/v1/work", json={"title": "Look"})
    headers = {"Content-Type": "text/html"}  # what is said does not count
    brought = await client.post("/api/v1/work/1/photos", content=PNG, headers=headers)
    (photo,) = brought.json()["photos"]
    answer = await client.get(f"/api/v1/work/1/photos/{photo['id']}")
    assert answer.content == PNG
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]
    svg = b"<svg onload='alert(1)'/>"
    assert (await client.post("/api/v1/work/1/photos", content=svg)).status_code == 400
    large = b"\xff\xd8\xff" + bytes(9 * 2**20)
    assert (await client.post("/api/v1/work/1/photos", content=large)).status_code == 400
    assert (await client.get("/api/v1/work/1/photos/..%2F1")).status_code == 404


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"title": ""}, 400),
        ({"title": "a\x00b"}, 400),
        ({"title": "x" * 201}, 400),
        ({"title": "x", "due_at": "tomorrow"}, 400),
        ({"title": "x", "checklist": ["y"] * 51}, 400),
        ({"title": "x", "checklist": [""]}, 400),
        ({"title": "x", "priority": "huge"}, 400),
        ({"title": "x", "subject": "urn:ngsi-ld:Tank:nowhere"}, 404),
        ({"title": "x", "alarm": "urn:ngsi-ld:Alert:none"}, 404),
    ],
)
async def test_order_when_wrong_then_refused_and_there_is_none(
    client: httpx.AsyncClient, body: object, status: int
) -> None:
    assert (await client.post("/api/v1/work", json=body)).status_code == status
    assert (await client.get("/api/v1/work")).json()["total"] == 0
