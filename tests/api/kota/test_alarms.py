"""Alarms over HTTP."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from tests.api.conftest import HOST, patch, point, reading, served
from websockets.asyncio.client import connect

from kota.api.app import application
from kota.api.kota.acting import ACTOR
from kota.clock import WallClock
from kota.config import Settings
from kota.operate.actor import Actor
from kota.runtime import Kota, opened

TANK = "urn:ngsi-ld:Tank:T-1"
ALARM = "urn:ngsi-ld:Alert:tank-low:Tank:T-1"
FILE = """\
[[alarm]]
id = "tank-low"
title = "Level is low"
type = "Tank"
when = { is = "low", attribute = "level", limit = 2.0 }
severity = "major"
respond_within = 120
consequence = "Customers lose pressure"
action = "Start a pump"
owner = "water"
"""


@pytest.fixture
def alarms_file(tmp_path: Path) -> Path:
    file = tmp_path / "alarms.toml"
    file.write_text(FILE)
    return file


@pytest.fixture
async def kota(tmp_path: Path, alarms_file: Path) -> AsyncIterator[Kota]:
    settings = Settings(data=tmp_path / "data", auth="none", solutions=(), alarms=(alarms_file,))
    async with opened(settings) as rooms:
        yield rooms


async def level(kota: Kota, value: float) -> None:
    """Let the tank tell its level, and the alarms judge it."""
    now = WallClock().now()
    attrs = {"level": reading(value, unit="MTR", at=now), "name": reading("East tank")}
    await kota.ingest.observe([patch(TANK, "Tank", **attrs, location=point(106.8, -6.2))])
    await kota.alarms.settle()


async def post(client: httpx.AsyncClient, path: str, **body: object) -> httpx.Response:
    return await client.post(f"/api/v1/alarms/{path}", json=body)


async def test_list_when_an_alarm_is_raised_then_it_has_all_that_an_operator_needs(
    kota: Kota, client: httpx.AsyncClient
) -> None:
    await level(kota, 1.5)
    found = (await client.get("/api/v1/alarms")).json()
    (alarm,) = found["alarms"]
    assert (alarm["id"], alarm["state"], alarm["priority"]) == (ALARM, "unacknowledged", "critical")
    assert (alarm["title"], alarm["entity_name"]) == ("Level is low", "East tank")
    assert alarm["consequence"] == "Customers lose pressure"
    assert alarm["cause"]["value"] == 1.5
    assert alarm["cause"]["limit"] == 2.0
    assert alarm["cause"]["unit"]["symbol"] == "m"
    assert found["states"]["unacknowledged"] == 1
    assert found["waiting"]["critical"] == 1
    assert (await client.get("/api/v1/alarms?state=normal")).json()["total"] == 0
    assert (await client.get("/api/v1/alarms?owner=energy")).json()["total"] == 0
    assert (await client.get("/api/v1/alarms?owner=water&limit=0")).json()["total"] == 1


async def test_acknowledging_when_done_then_name_and_comment_are_in_the_journal(
    kota: Kota, client: httpx.AsyncClient
) -> None:
    await level(kota, 1.5)
    answer = await post(client, f"{ALARM}/acknowledge", comment="<script>alert(1)</script>")
    assert answer.status_code == 200
    assert answer.json()["acknowledged_by"] == "operator"
    detail = (await client.get(f"/api/v1/alarms/{ALARM}")).json()
    assert [one["event"] for one in detail["history"]] == ["raise", "acknowledge"]
    assert detail["history"][-1]["why"] == "<script>alert(1)</script>"
    again = await post(client, f"{ALARM}/acknowledge")
    assert again.status_code == 409
    assert "acknowledged: there is nothing to acknowledge" in again.json()["detail"]


async def test_acknowledging_when_the_caller_is_known_then_it_is_theirs(kota: Kota) -> None:
    await level(kota, 1.5)
    app = application(kota)

    async def known(scope, receive, send):  # type: ignore[no-untyped-def]
        await app({**scope, ACTOR: Actor("Siti", "shift lead")}, receive, send)

    transport = httpx.ASGITransport(known)
    async with httpx.AsyncClient(transport=transport, base_url=f"http://{HOST}:9090") as client:
        answer = await post(client, f"{ALARM}/acknowledge")
    assert answer.json()["acknowledged_by"] == "Siti"


async def test_actions_when_they_follow_each_other_then_the_state_does(
    kota: Kota, client: httpx.AsyncClient
) -> None:
    await level(kota, 1.5)
    steps = (
        ("assign", {"assignee": "Budi"}, "unacknowledged"),
        ("comment", {"comment": "on the way"}, "unacknowledged"),
        ("shelve", {"comment": "works", "hours": 1}, "shelved"),
        ("unshelve", {}, "unacknowledged"),
        ("out-of-service", {"comment": "sensor is changed"}, "out-of-service"),
        ("in-service", {}, "unacknowledged"),
    )
    for path, body, state in steps:
        answer = await client.post(f"/api/v1/alarms/{ALARM}/{path}", json=body)
        assert (answer.status_code, answer.json().get("state")) == (200, state), answer.text


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("unacknowledge", {}, 405),
        ("shelve", {"hours": 1}, 400),
        ("shelve", {"hours": 9, "comment": "long"}, 409),
        ("shelve", {"hours": -1, "comment": "odd"}, 400),
        ("comment", {"comment": ""}, 400),
        ("comment", {"comment": "x" * 2001}, 400),
        ("comment", {"comment": "\u0007"}, 400),
        ("reset", {}, 409),
        ("acknowledge", {"by": "somebody else"}, 400),
    ],
)
async def test_action_when_it_cannot_be_then_refused_and_nothing_changes(
    kota: Kota, client: httpx.AsyncClient, path: str, body: dict[str, object], status: int
) -> None:
    await level(kota, 1.5)
    before = (await client.get(f"/api/v1/alarms/{ALARM}")).json()
    answer = await client.post(f"/api/v1/alarms/{ALARM}/{path}", json=body)
    assert answer.status_code == status, answer.text
    assert (await client.get(f"/api/v1/alarms/{ALARM}")).json() == before


async def test_unknown_alarms_are_not_found(client: httpx.AsyncClient) -> None:
    for method, path in (("GET", "urn:x:1"), ("POST", "urn:x:1/acknowledge")):
        answer = await client.request(method, f"/api/v1/alarms/{path}", json={})
        assert answer.status_code == 404
        assert "there is none" in answer.json()["detail"]


async def test_group_when_acknowledged_then_all_of_it_is(
    kota: Kota, client: httpx.AsyncClient
) -> None:
    await level(kota, 1.5)
    (group,) = (await client.get("/api/v1/alarms/groups")).json()
    assert (group["unseen"], group["first"]["entity"]) == (1, TANK)
    done = (await post(client, f"groups/{group['id']}/acknowledge", comment="seen")).json()
    assert [one["state"] for one in done] == ["acknowledged"]
    assert (await post(client, "groups/none/acknowledge")).status_code == 404


async def test_report_when_asked_then_it_counts(kota: Kota, client: httpx.AsyncClient) -> None:
    await level(kota, 1.5)
    report = (await client.get("/api/v1/alarms/report?operators=2")).json()
    assert (report["alarms"], report["operators"]) == (1, 2.0)
    wrong = await client.get("/api/v1/alarms/report?start=2030-01-01T00:00:00Z")
    assert wrong.status_code == 400


async def test_reload_when_the_file_is_wrong_then_refused_and_the_running_ones_stay(
    kota: Kota, client: httpx.AsyncClient, alarms_file: Path
) -> None:
    alarms_file.write_text(FILE.replace("limit = 2.0", "limit = nan"))
    answer = await post(client, "definitions/reload")
    assert answer.status_code == 400
    assert "alarms.toml line 5: limit: nan is not a finite number" in answer.json()["detail"]
    assert [one["id"] for one in (await client.get("/api/v1/alarms/definitions")).json()] == [
        "tank-low"
    ]
    alarms_file.write_text(FILE.replace("limit = 2.0", "limit = 0.5"))
    assert (await post(client, "definitions/reload")).json() == {"definitions": 1}
    held = (await client.get("/api/v1/alarms/definitions/tank-low")).json()
    assert held["when"] == {"is": "low", "attribute": "level", "limit": 0.5}
    assert (await client.get("/api/v1/alarms/definitions/none")).status_code == 404


async def test_live_stream_when_an_alarm_is_raised_then_it_is_told(
    kota: Kota, free_port: int
) -> None:
    async with (
        served(application(kota), free_port) as address,
        connect(f"ws://{address}/api/v1/live") as socket,
    ):
        await socket.send(json.dumps({"op": "watch", "types": ["Alert"]}))
        while json.loads(await socket.recv())["op"] != "hello":
            continue
        await level(kota, 1.5)
        names: list[str] = []
        while "delta" not in names:
            message = json.loads(await socket.recv())
            names.append(message["op"])
        assert any("unacknowledged" in row for row in message["rows"])
