"""Notifications: what a change costs where nobody asked for it, how many leave, how soon.

    python -m benchmarks.notify [--changes 2000]

The floor of the rate is the same messages posted one after the other by a bare aiohttp client to
the same receiver.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from benchmarks.processes import free_port, kota
from benchmarks.report import emit, machine, percentile
from kota.context.subscription_matching import Matcher
from kota.context.subscription_reading import read_subscription
from kota.model.entity import Attribute, Entity, Kind
from kota.model.jsonld import core_context
from kota.store.state import Change

UNRELATED = 100
PROMPT = 200
CORE = core_context()


def subscription(number: int, kind: str, uri: str) -> dict[str, Any]:
    """Tells everything of one type."""
    return {
        "id": f"urn:ngsi-ld:Subscription:{number}",
        "type": "Subscription",
        "entities": [{"type": kind}],
        "notification": {"endpoint": {"uri": uri}},
    }


def entity(number: int, level: float) -> dict[str, Any]:
    """A tank with five attributes."""
    attrs = {f"a{k}": {"type": "Property", "value": k} for k in range(4)}
    level_now = {"type": "Property", "value": level, "unitCode": "MTR"}
    return {"id": f"urn:ngsi-ld:Tank:{number}", "type": "Tank", "level": level_now, **attrs}


def matching() -> tuple[float, float]:
    """Seconds a change costs with many unrelated subscriptions, and with none."""
    attrs = {CORE.expand(f"a{k}"): (Attribute(Kind.PROPERTY, k),) for k in range(5)}
    before = Entity("urn:t:1", (CORE.expand("Tank"),), attrs)
    touched = {CORE.expand("a0"): (Attribute(Kind.PROPERTY, 9),)}
    after = Entity(before.id, before.types, attrs | touched)
    crowded, empty = Matcher(), Matcher()
    for number in range(UNRELATED):
        document = subscription(number, f"Other{number}", "http://localhost/")
        name = document["id"]
        crowded.put(read_subscription(document, CORE, subscription_id=name, now=0))
    change = [Change(1, 0, before, after)]
    return _cost(crowded, change), _cost(empty, change)


def _cost(matcher: Matcher, change: list[Change]) -> float:
    best = float("inf")
    for _ in range(20):
        start = time.perf_counter()
        for _ in range(1000):
            matcher.deliver(change)
        best = min(best, (time.perf_counter() - start) / 1000)
    return best


class Receiver:
    """Counts notifications and remembers when each value came."""

    def __init__(self) -> None:
        self.count = 0
        self.came = asyncio.Event()

    async def take(self, request: web.Request) -> web.Response:
        """Take one."""
        await request.read()
        self.count += 1
        self.came.set()
        return web.Response(status=204)


async def measure(changes: int, url: str, port: int) -> None:
    """Rate and promptness through a served Kota."""
    receiver = Receiver()
    application = web.Application(client_max_size=1 << 26)
    application.router.add_post("/{path:.*}", receiver.take)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    uri = f"http://127.0.0.1:{port}/notify"
    async with aiohttp.ClientSession(base_url=url) as client:
        for number in range(UNRELATED):
            await _post(client, "subscriptions", subscription(number, f"Other{number}", uri))
        await _post(client, "subscriptions", subscription(UNRELATED, "Tank", uri))
        waits = [await _prompt(client, receiver, number) for number in range(PROMPT)]
        emit("notify.p50", percentile(waits, 0.5) * 1e3, "ms")
        emit("notify.p95", percentile(waits, 0.95) * 1e3, "ms")
        floor = await _floor(uri, receiver, changes)
        start, receiver.count = time.perf_counter(), 0
        posting = [
            _post(client, "entities", entity(PROMPT + number, number)) for number in range(changes)
        ]
        await asyncio.gather(*posting)
        while receiver.count < changes:
            await asyncio.sleep(0.005)
        rate = changes / (time.perf_counter() - start)
        emit("notify.rate", rate, "notifications/s, changes made in the same time", floor=floor)
    await runner.cleanup()


async def _prompt(client: aiohttp.ClientSession, receiver: Receiver, number: int) -> float:
    receiver.came.clear()
    start = time.perf_counter()
    await _post(client, "entities", entity(number, number))
    await asyncio.wait_for(receiver.came.wait(), 10)
    return time.perf_counter() - start


async def _floor(uri: str, receiver: Receiver, changes: int) -> float:
    body = json.dumps({"type": "Notification", "data": [entity(1, 1)]}).encode()
    start = time.perf_counter()
    async with aiohttp.ClientSession() as client:
        for _ in range(changes):
            async with client.post(uri, data=body) as answer:
                await answer.read()
    return changes / (time.perf_counter() - start)


async def _post(client: aiohttp.ClientSession, path: str, document: dict[str, Any]) -> None:
    async with client.post(path, json=document) as answer:
        if answer.status != 201:
            raise RuntimeError(f"{path}: {answer.status} {await answer.text()}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--changes", type=int, default=2000)
    arguments = parser.parse_args()
    print(machine(), file=sys.stderr)
    crowded, empty = matching()
    emit("notify.match", crowded * 1e6, "us a change, 100 unrelated subscriptions", goal="<= 3")
    emit("notify.match.none", empty * 1e6, "us a change, no subscription")
    with tempfile.TemporaryDirectory() as folder, kota(Path(folder) / "data") as (_, url):
        asyncio.run(measure(arguments.changes, f"{url}/ngsi-ld/v1/", free_port()))


if __name__ == "__main__":
    main()
