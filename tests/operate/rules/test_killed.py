"""What a rule does is done once, however often the process is killed meanwhile."""

from __future__ import annotations

import asyncio
import json
import urllib.error
import urllib.request
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import pytest
from aiohttp import web
from benchmarks.processes import free_port, start_kota

from kota.access.audit_verify import verify

pytestmark = pytest.mark.timeout(240)
LIVES = 4
LAMPS = 25
RULE = """\
[[rule]]
id = "hot"
title = "Lamp is hot"
type = "Lamp"
[[rule.when]]
if = { is = "high", attribute = "power", limit = 100 }
[[rule.then]]
do = "work"
title = "Look"
[[rule.then]]
do = "notify"
to = "hook"
"""


def ask(url: str, path: str, body: Any = None) -> Any:
    """One request; returns the decoded answer."""
    content = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json"}
    with urllib.request.urlopen(urllib.request.Request(url + path, content, headers)) as answer:
        return json.loads(answer.read())


def heat(url: str, lamps: list[str]) -> list[str]:
    """Let lamps become hot, one after another; returns those that were acknowledged."""
    taken = []
    for lamp in lamps:
        hot = {"id": lamp, "type": "Lamp", "power": {"type": "Property", "value": 150}}
        try:
            ask(url, "/api/v1/observations", {"entities": [hot]})
        except (urllib.error.URLError, OSError):
            break
        taken.append(lamp)
    return taken


async def settled(url: str, lamps: set[str], got: Counter[str]) -> tuple[Any, Any]:
    """Firings and work orders, once every lamp has both and was told of."""
    firings, orders = [], []
    for _ in range(300):
        firings = await asyncio.to_thread(ask, url, "/api/v1/rules/firings?limit=1000")
        orders = (await asyncio.to_thread(ask, url, "/api/v1/work?limit=1000"))["orders"]
        done = {one["subject"] for one in firings} & {one["subject"] for one in orders}
        if lamps <= done and len(got) >= len(lamps):
            break
        await asyncio.sleep(0.1)
    return firings, orders


async def test_rules_when_kota_is_killed_again_and_again_then_each_is_done_once(
    tmp_path: Path,
) -> None:
    got: Counter[str] = Counter()

    async def take(request: web.Request) -> web.Response:
        got[(await request.json())["id"]] += 1
        return web.Response()

    app = web.Application()
    app.router.add_post("/hook", take)
    runner = web.AppRunner(app)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    data = tmp_path / "data"
    contact = f'[[contact]]\nname = "hook"\nwebhook = "http://127.0.0.1:{port}/hook"\n'
    for name, text in (("rules", RULE), ("notices", contact)):
        (data / name).mkdir(parents=True)
        (data / name / "town.toml").write_text(text)
    rng = Random(5)
    taken: list[str] = []
    for life in range(LIVES):
        process, url = await asyncio.to_thread(start_kota, data)
        await asyncio.to_thread(ask, url, "/api/v1/rules")
        lamps = [f"urn:x:{life}.{number}" for number in range(LAMPS)]
        heating = asyncio.create_task(asyncio.to_thread(heat, url, lamps))
        await asyncio.sleep(rng.uniform(0.05, 0.6))
        process.kill()
        taken += await heating
    process, url = await asyncio.to_thread(start_kota, data)
    try:
        firings, orders = await settled(url, set(taken), got)
        fired = Counter(one["subject"] for one in firings)
        ordered = Counter(one["subject"] for one in orders)
        assert taken
        assert set(taken) <= set(fired)
        assert all(one["count"] == 1 for one in firings)
        assert all(ordered[lamp] == 1 for lamp in fired)
        assert len(got) == len(fired)
    finally:
        process.stop()
        await runner.cleanup()
    assert verify(data).fault is None
