from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import websockets
from tests.api.conftest import patch, point, reading, served
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import InvalidStatus

from kota.api.app import Door
from kota.clock import WallClock
from kota.model.quality import Level, Quality
from kota.runtime import Kota


@pytest.fixture
async def address(app: Door, free_port: int) -> AsyncIterator[str]:
    async with served(app, free_port) as found:
        yield f"ws://{found}/api/v1/live"


async def _next(socket: ClientConnection, op: str) -> dict[str, Any]:
    """The next message of one sort; others are passed over."""
    async with asyncio.timeout(5):
        while True:
            message: dict[str, Any] = json.loads(await socket.recv())
            if message["op"] == op:
                return message


async def _watch(socket: ClientConnection, **watch: Any) -> None:
    await socket.send(json.dumps({"op": "watch", "interval_ms": 50, **watch}))
    await asyncio.sleep(0.1)


async def test_client_is_greeted_with_the_time(address: str) -> None:
    async with websockets.connect(address) as socket:
        hello = await _next(socket, "hello")
    assert hello["speed"] == 1.0
    assert hello["now"].endswith("Z")


async def test_names_come_before_values(address: str, kota: Kota) -> None:
    now = WallClock().now()
    async with websockets.connect(address) as socket:
        await _watch(socket, types=["Junction"])
        uncertain = Quality(Level.UNCERTAIN)
        await kota.ingest.observe(
            [
                patch(
                    "urn:x:1",
                    "Junction",
                    name=reading("North"),
                    pressure=reading(1.5, unit="MTR", at=now, quality=uncertain),
                    location=point(1.0, 2.0),
                )
            ]
        )
        names = await _next(socket, "names")
        delta = await _next(socket, "delta")
    ((handle, *entity),) = names["entities"]
    assert entity == ["urn:x:1", "Junction", "North"]
    index = {name: (index, unit) for index, name, unit in names["attributes"]}
    assert index["pressure"][1] == "MTR"
    rows = {row[1]: row for row in delta["rows"]}
    assert rows[index["pressure"][0]] == [handle, index["pressure"][0], 1.5, now // 1000, 1]
    assert rows[index["location"][0]][2] == [1.0, 2.0]
    assert abs(delta["at"] - now // 1000) < 5000


async def test_only_what_changed_is_sent(address: str, kota: Kota) -> None:
    async with websockets.connect(address) as socket:
        await _watch(socket, all=True)
        await kota.ingest.observe(
            [patch("urn:x:1", "Tank", level=reading(1.0), inflow=reading(5.0))]
        )
        await _next(socket, "delta")
        await kota.ingest.observe([patch("urn:x:1", "Tank", level=reading(2.0))])
        delta = await _next(socket, "delta")
    assert [row[2] for row in delta["rows"]] == [2.0]


async def test_values_between_two_frames_are_joined(address: str, kota: Kota) -> None:
    async with websockets.connect(address) as socket:
        await _watch(socket, all=True, interval_ms=400)
        await kota.ingest.observe([patch("urn:x:1", "Tank", level=reading(0.0))])
        await _next(socket, "delta")
        for value in range(1, 50):
            await kota.ingest.observe([patch("urn:x:1", "Tank", level=reading(float(value)))])
        delta = await _next(socket, "delta")
    assert [row[2] for row in delta["rows"]] == [49.0]


async def test_client_gets_only_what_it_watches(address: str, kota: Kota) -> None:
    async with websockets.connect(address) as socket:
        await _watch(socket, types=["Pump"], entities=["urn:x:tank"])
        await kota.ingest.observe(
            [
                patch("urn:x:valve", "Valve", flow=reading(1.0)),
                patch("urn:x:pump", "Pump", flow=reading(2.0)),
                patch("urn:x:tank", "Tank", level=reading(3.0)),
            ]
        )
        names = await _next(socket, "names")
    assert {one[1] for one in names["entities"]} == {"urn:x:pump", "urn:x:tank"}


async def test_later_watch_replaces_the_earlier(address: str, kota: Kota) -> None:
    async with websockets.connect(address) as socket:
        await _watch(socket, types=["Pump"])
        await _watch(socket, types=["Valve"])
        await kota.ingest.observe([patch("urn:x:pump", "Pump", flow=reading(1.0))])
        await kota.ingest.observe([patch("urn:x:valve", "Valve", flow=reading(1.0))])
        names = await _next(socket, "names")
    assert [one[1] for one in names["entities"]] == ["urn:x:valve"]


async def test_client_that_joins_later_learns_the_names(address: str, kota: Kota) -> None:
    async with websockets.connect(address) as first, websockets.connect(address) as second:
        await _watch(first, all=True)
        await kota.ingest.observe([patch("urn:x:1", "Tank", level=reading(1.0))])
        await _next(first, "delta")
        await _watch(second, all=True)
        names = await _next(second, "names")
        await kota.ingest.observe([patch("urn:x:1", "Tank", level=reading(2.0))])
        delta = await _next(second, "delta")
    assert names["entities"][0][1] == "urn:x:1"
    assert delta["rows"][0][0] == names["entities"][0][0]
    assert delta["rows"][0][1] == names["attributes"][0][0]


async def test_deleted_entity_is_gone_and_comes_back_under_a_new_handle(
    address: str, kota: Kota
) -> None:
    async with websockets.connect(address) as socket:
        await _watch(socket, all=True)
        await kota.ingest.observe([patch("urn:x:1", "Tank", level=reading(1.0))])
        handle = (await _next(socket, "names"))["entities"][0][0]
        await kota.broker.delete("urn:x:1")
        assert (await _next(socket, "gone"))["entities"] == [handle]
        await kota.ingest.observe([patch("urn:x:1", "Tank", level=reading(1.0))])
        assert (await _next(socket, "names"))["entities"][0][0] != handle


async def test_removed_attribute_becomes_null(address: str, kota: Kota) -> None:
    async with websockets.connect(address) as socket:
        await _watch(socket, all=True)
        await kota.ingest.observe(
            [patch("urn:x:1", "Tank", level=reading(1.0), inflow=reading(5.0))]
        )
        await _next(socket, "delta")
        await kota.broker.delete_attribute("urn:x:1", kota.names.expand("inflow"))
        delta = await _next(socket, "delta")
    assert [row[2] for row in delta["rows"]] == [None]


async def test_entity_that_falls_silent_is_told_stale_then_fresh(address: str, kota: Kota) -> None:
    long_ago = WallClock().now() - 10 * 3600 * 10**6
    async with websockets.connect(address) as socket:
        await _watch(socket, types=["Tank"])
        await kota.ingest.observe([patch("urn:x:1", "Tank", level=reading(1.0, at=long_ago))])
        stale = await _next(socket, "stale")
        assert [row[1] for row in stale["rows"]] == [True]
        now = WallClock().now()
        await kota.ingest.observe([patch("urn:x:1", "Tank", level=reading(1.0, at=now))])
        fresh = await _next(socket, "stale")
        assert fresh["rows"] == [[stale["rows"][0][0], False]]


async def test_change_of_speed_is_told(address: str, kota: Kota) -> None:
    async with websockets.connect(address) as socket:
        await _watch(socket, all=True)
        await asyncio.sleep(1.1)
        kota.clocks.tell("kota/clock/water", b'{"now": "2026-11-27T05:30:00Z", "speed": 60}')
        clock = await _next(socket, "clock")
    assert clock["speed"] == 60
    assert clock["now"].startswith("2026-11-27T05:3")


@pytest.mark.parametrize("text", ["", "x", "[]", '{"op":"x"}', '{"op":"watch","types":5}'])
async def test_what_is_no_watch_is_answered_and_changes_nothing(
    address: str, kota: Kota, text: str
) -> None:
    async with websockets.connect(address) as socket:
        await _watch(socket, all=True)
        await socket.send(text)
        assert (await _next(socket, "error"))["detail"].startswith("live: ")
        await kota.ingest.observe([patch("urn:x:1", "Tank", level=reading(1.0))])
        assert (await _next(socket, "delta"))["rows"]


async def test_page_of_another_host_may_not_watch(address: str) -> None:
    with pytest.raises(InvalidStatus):
        await websockets.connect(address, origin="http://evil.example")  # type: ignore[arg-type]


async def test_other_path_is_refused(address: str) -> None:
    with pytest.raises(InvalidStatus):
        await websockets.connect(address.replace("live", "dead"))


async def test_nothing_is_followed_while_nobody_watches(address: str, kota: Kota) -> None:
    async with websockets.connect(address) as socket:
        await _watch(socket, all=True)
        assert len(kota.stream._taps) == 1
    await asyncio.sleep(0.2)
    assert len(kota.stream._taps) == 0
