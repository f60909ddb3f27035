"""Notices over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from tests.operate.notices.test_web_push import KEYS

from kota.config import Settings
from kota.runtime import Kota, opened

PLAN = """\
[[contact]]
name = "duty"
email = "duty@town.example"
"""


@pytest.fixture
async def kota(tmp_path: Path) -> AsyncIterator[Kota]:
    file = tmp_path / "notices.toml"
    file.write_text(PLAN)
    settings = Settings(data=tmp_path / "data", auth="none", solutions=(), notices=(file,))
    async with opened(settings) as rooms:
        yield rooms


async def test_notice_when_sent_by_hand_then_each_delivery_is_visible_with_its_reason(
    kota: Kota, client: httpx.AsyncClient, tmp_path: Path
) -> None:
    made = await client.post("/api/v1/notices", json={"to": "duty", "title": "Storm"})
    assert made.status_code == 201
    await kota.operation.notices.settle(wait=True)
    await kota.operation.notices.settle(wait=True)
    found = (await client.get("/api/v1/notices?state=failed")).json()
    (notice,) = found["notices"]
    (delivery,) = notice["deliveries"]
    assert (delivery["state"], delivery["address"]) == ("failed", "duty@town.example")
    assert "no mail server is set up" in delivery["reason"]
    assert found["deliveries"]["failed"] == 1
    retried = await client.post(f"/api/v1/notices/{notice['id']}/retry")
    assert retried.json()["deliveries"][0]["state"] == "waiting"
    done = await client.post(f"/api/v1/notices/{notice['id']}/acknowledge")
    assert (done.json()["state"], done.json()["acknowledged_by"]) == ("acknowledged", "operator")
    assert (await client.post(f"/api/v1/notices/{notice['id']}/acknowledge")).status_code == 409
    assert (await client.post("/api/v1/notices/none/acknowledge")).status_code == 404
    unknown = await client.post("/api/v1/notices", json={"to": "nobody", "title": "x"})
    assert unknown.status_code == 404
    (tmp_path / "notices.toml").write_text(PLAN.replace("duty@", "duty"))
    refused = await client.post("/api/v1/notices/reload")
    assert refused.status_code == 400
    assert "notices.toml line 3" in refused.json()["detail"]
    plan = (await client.get("/api/v1/notices/contacts")).json()
    assert plan == {"contacts": {"duty": ["email"]}, "chains": [], "routes": 0}


async def test_push_when_a_browser_asks_then_it_is_kept_and_checked(
    client: httpx.AsyncClient,
) -> None:
    state = (await client.get("/api/v1/push")).json()
    assert (len(state["key"]), state["browsers"]) == (87, 0)
    keys = {"p256dh": KEYS.p256dh, "auth": KEYS.auth}
    good = {"endpoint": "http://127.0.0.1:1/push", "keys": keys}
    assert (await client.post("/api/v1/push", json=good)).status_code == 204
    assert (await client.get("/api/v1/push")).json()["browsers"] == 1
    for wrong in (
        {**good, "endpoint": "https://push.elsewhere.example/1"},
        {**good, "endpoint": "file:///etc/passwd"},
        {**good, "keys": {**keys, "auth": "x"}},
    ):
        assert (await client.post("/api/v1/push", json=wrong)).status_code == 400
    gone = await client.request("DELETE", "/api/v1/push", json={"endpoint": good["endpoint"]})
    assert gone.status_code == 204
    assert (await client.get("/api/v1/push")).json()["browsers"] == 0
