"""Rules over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from tests.api.conftest import patch, point, reading
from tests.api.kota.test_alarms import level

from kota.clock import WallClock
from kota.config import Settings
from kota.runtime import Kota, opened

TANK = "urn:ngsi-ld:Tank:T-1"
FILE = """\
[[rule]]
id = "tank-low"
title = "Tank is low"
type = "Tank"

[[rule.when]]
if = { is = "low", attribute = "level", limit = 2.0 }

[[rule.then]]
do = "alarm"
severity = "major"
respond_within = 120
consequence = "Customers lose pressure"
action = "Start a pump"

[[rule.then]]
do = "work"
title = "Look at the tank"
assignee = "crew"
"""


@pytest.fixture
async def kota(tmp_path: Path) -> AsyncIterator[Kota]:
    async with opened(Settings(data=tmp_path / "data", auth="none", solutions=())) as rooms:
        yield rooms


async def settle(kota: Kota, value: float) -> None:
    """Let the tank tell its level; rules and alarms judge it."""
    await level(kota, value)
    await kota.operation.rules.settle()
    await kota.alarms.settle()


async def test_rules_when_loaded_then_they_fire_raise_and_open_work_and_say_why(
    kota: Kota, client: httpx.AsyncClient
) -> None:
    answer = await client.post("/api/v1/rules/load", json={"files": {"town.toml": FILE}})
    assert answer.json() == {"rules": 1, "changed": ["tank-low"]}
    await settle(kota, 1.5)
    (firing,) = (await client.get("/api/v1/rules/firings")).json()
    assert (firing["rule"], firing["subject"], firing["active"]) == ("tank-low", TANK, True)
    assert firing["evidence"][0]["value"] == 1.5
    assert firing["evidence"][0]["words"] == "level is low (2)"
    (alarm,) = (await client.get("/api/v1/alarms")).json()["alarms"]
    assert (alarm["title"], alarm["state"]) == ("Tank is low", "unacknowledged")
    (order,) = (await client.get("/api/v1/work")).json()["orders"]
    assert (order["alarm"], order["assignee"]) == (alarm["id"], "crew")
    assert firing["outcomes"][1]["id"] == order["id"]
    (rule,) = (await client.get("/api/v1/rules")).json()
    assert (rule["version"], rule["subjects"], rule["holding"], rule["fired"]) == (1, 1, 1, 1)
    detail = (await client.get("/api/v1/rules/tank-low")).json()
    assert detail["definition"]["when"][0]["if"]["limit"] == 2.0
    journal = (await client.get(f"/api/v1/rules/tank-low/journal?subject={TANK}")).json()
    assert [one["at"] for one in journal] == [firing["at"]]
    await settle(kota, 3.0)
    assert (await client.get("/api/v1/alarms")).json()["alarms"][0]["state"] == "returned"


async def test_trial_when_asked_then_it_says_when_it_would_have_fired_and_does_nothing(
    kota: Kota, client: httpx.AsyncClient
) -> None:
    now = WallClock().now()
    for minutes, value in ((30, 3.0), (20, 1.5), (10, 3.0)):
        attrs = {"level": reading(value, unit="MTR", at=now - minutes * 60_000_000)}
        await kota.ingest.observe([patch(TANK, "Tank", **attrs, location=point(106.8, -6.2))])
    found = (await client.post("/api/v1/rules/test", json={"files": {"x.toml": FILE}})).json()
    assert (found["total"], found["by_rule"], found["entities"]) == (1, {"tank-low": 1}, 1)
    (firing,) = found["firings"]
    assert firing["ended_at"] is not None
    assert (await client.get("/api/v1/rules")).json() == []
    assert (await client.get("/api/v1/work")).json()["total"] == 0


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"files": {"town.toml": FILE.replace('is = "low"', 'is = "lw"')}}, "town.toml line 7"),
        ({"files": {"../town.toml": FILE}}, "cannot be a file"),
        ({"files": {"town.toml": "[[rule"}}, "town.toml line 1"),
        ({"files": {"town.toml": 3}}, "files"),
    ],
)
async def test_load_when_wrong_then_refused_and_nothing_is_written(
    kota: Kota, client: httpx.AsyncClient, body: object, said: str
) -> None:
    answer = await client.post("/api/v1/rules/load", json=body)
    assert answer.status_code == 400
    assert said in answer.json()["detail"]
    assert not kota.operation.rules.folder.exists()


async def test_rule_when_there_is_none_then_404(client: httpx.AsyncClient) -> None:
    for path in ("/api/v1/rules/nothing", f"/api/v1/rules/nothing/journal?subject={TANK}"):
        assert (await client.get(path)).status_code == 404
    answer = await client.post(
        "/api/v1/rules/test", json={"start": "2026-01-01T00:00:00Z", "end": "2025-01-01T00:00:00Z"}
    )
    assert answer.status_code == 400
