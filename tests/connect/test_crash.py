from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.connect.conftest import Mosquitto

from kota.clock import WallClock
from kota.connect.broker_url import parse_url
from kota.connect.mqtt_session import MqttSession
from kota.store.state.sqlite import SqliteState

pytestmark = pytest.mark.broker

CRASHES = 4
BETWEEN = 700


async def test_what_the_broker_took_survives_every_crash(
    mosquitto: Callable[..., Mosquitto], tmp_path: Path
) -> None:
    broker, folder = mosquitto(), tmp_path / "state"
    subscriber = MqttSession("crashing", lambda *_: None)
    await subscriber.open(parse_url(broker.url))
    await subscriber.subscribe(["/+/+/attrs"])
    await subscriber.close()
    sender = MqttSession("sender", lambda *_: None, clean=True)
    await sender.open(parse_url(broker.url))
    sent = 0
    script = Path(__file__).with_name("crashing.py")
    for _ in range(CRASHES):
        child = subprocess.Popen([sys.executable, str(script), broker.url, str(folder)])
        for _ in range(BETWEEN):
            await sender.publish(f"/k/p{sent}/attrs", b'{"power": 1}')
            sent += 1
        child.kill()
        child.wait()
    await sender.close()

    child = subprocess.Popen([sys.executable, str(script), broker.url, str(folder)])
    try:
        await _until_quiet(broker.url)
    finally:
        child.kill()
        child.wait()
    store = SqliteState(folder, WallClock())
    await store.open()
    counts = await store.type_counts()
    await store.close()
    assert sum(counts.values()) == sent


async def _until_quiet(url: str) -> None:
    """Wait until the broker holds nothing for the subscriber; then another may take it over."""
    await asyncio.sleep(3)
    left: list[str] = []
    rest = MqttSession("crashing", lambda topic, *_: left.append(topic))
    await rest.open(parse_url(url))
    await asyncio.sleep(0.5)
    await rest.close()
    assert left == []
