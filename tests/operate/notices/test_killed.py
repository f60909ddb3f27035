"""A notice that was taken is sent, whenever the process is killed."""

from __future__ import annotations

import asyncio
import json
import urllib.request
from pathlib import Path

import pytest
from aiohttp import web
from benchmarks.processes import free_port, start_kota

pytestmark = pytest.mark.timeout(120)


async def test_notices_when_kota_is_killed_then_all_that_were_taken_arrive(tmp_path: Path) -> None:
    got: list[str] = []
    open_now = asyncio.Event()

    async def take(request: web.Request) -> web.Response:
        if not open_now.is_set():
            return web.Response(status=503)
        got.append((await request.json())["title"])
        return web.Response()

    app = web.Application()
    app.router.add_post("/hook", take)
    runner = web.AppRunner(app)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    data = tmp_path / "data"
    (data / "notices").mkdir(parents=True)
    plan = f'[[contact]]\nname = "hook"\nwebhook = "http://127.0.0.1:{port}/hook"\n'
    (data / "notices" / "plan.toml").write_text(plan)
    taken: list[str] = []

    def tell(url: str, title: str) -> None:
        body = json.dumps({"to": "hook", "title": title}).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(f"{url}/api/v1/notices", body, headers)
        with urllib.request.urlopen(request) as answer:
            assert answer.status == 201
        taken.append(title)

    for life in range(2):
        process, url = await asyncio.to_thread(start_kota, data)
        for number in range(3):
            await asyncio.to_thread(tell, url, f"{life}.{number}")
        process.kill()
    open_now.set()
    process, _ = await asyncio.to_thread(start_kota, data)
    try:
        for _ in range(300):
            if set(got) == set(taken):
                break
            await asyncio.sleep(0.1)
        assert sorted(set(got)) == sorted(taken)
    finally:
        process.stop()
        await runner.cleanup()
