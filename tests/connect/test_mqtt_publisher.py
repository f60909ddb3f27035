"""Notifications reach the MQTT brokers that subscribers name."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from kota.config import Settings
from kota.connect.broker_url import parse_url
from kota.connect.mqtt_publisher import MqttPublisher
from kota.connect.mqtt_session import MqttSession
from kota.context.notification_mqtt import read_delivery
from kota.errors import ConnectError
from kota.model.entity import Attribute, Entity, Kind
from kota.model.jsonld import core_context
from kota.runtime import opened

Got = asyncio.Queue[tuple[str, bytes]]


@asynccontextmanager
async def listening(url: str, topic: str) -> AsyncIterator[Got]:
    """What arrives at a topic."""
    got: Got = asyncio.Queue()
    session = MqttSession(
        "listener", lambda topic, payload, *_: got.put_nowait((topic, payload)), clean=True
    )
    await session.open(parse_url(url))
    await session.subscribe([topic])
    yield got
    await session.close()


@pytest.fixture
async def publisher() -> AsyncIterator[MqttPublisher]:
    found = MqttPublisher()
    yield found
    await found.close()


@pytest.mark.parametrize("qos", ["0", "1", "2"])
@pytest.mark.parametrize("version", ["mqtt3.1.1", "mqtt5.0"])
async def test_a_message_arrives_at_every_quality_and_version(
    mosquitto: Callable[..., Any], publisher: MqttPublisher, qos: str, version: str
) -> None:
    broker = mosquitto()
    hints = [("MQTT-QoS", qos), ("MQTT-Version", version)]
    delivery = read_delivery(f"{broker.url}/town/told", hints)
    async with listening(broker.url, "town/told") as got:
        await asyncio.wait_for(publisher.publish(delivery, b"{}"), 10)
        assert await asyncio.wait_for(got.get(), 10) == ("town/told", b"{}")


async def test_a_broker_that_was_away_is_found_again(
    mosquitto: Callable[..., Any], publisher: MqttPublisher
) -> None:
    broker = mosquitto()
    delivery = read_delivery(f"{broker.url}/t", [("MQTT-QoS", "1")])
    await publisher.publish(delivery, b"1")
    broker.stop()
    with pytest.raises(ConnectError):
        await asyncio.wait_for(publisher.publish(delivery, b"2"), 15)
    broker.start()
    async with listening(broker.url, "t") as got:
        await asyncio.wait_for(publisher.publish(delivery, b"3"), 15)
        assert await asyncio.wait_for(got.get(), 10) == ("t", b"3")


async def test_a_change_is_told_over_mqtt_with_its_headers_beside_it(
    mosquitto: Callable[..., Any], tmp_path: Path
) -> None:
    broker, core = mosquitto(), core_context()
    document = {
        "type": "Subscription",
        "entities": [{"type": "Tank"}],
        "notification": {
            "endpoint": {
                "uri": f"{broker.url}/tanks",
                "receiverInfo": [{"key": "X-Town", "value": "north"}],
                "notifierInfo": [{"key": "MQTT-QoS", "value": "1"}],
            }
        },
    }
    settings = Settings(data=tmp_path / "data", auth="none", solutions=())
    async with opened(settings) as kota, listening(broker.url, "tanks") as got:
        made = await kota.subscriptions.create(document, core)
        level = (Attribute(Kind.PROPERTY, 2.5),)
        await kota.broker.create(
            Entity("urn:t:1", (core.expand("Tank"),), {core.expand("level"): level})
        )
        _, payload = await asyncio.wait_for(got.get(), 15)
    told = json.loads(payload)
    assert told["metadata"]["X-Town"] == "north"
    assert told["metadata"]["Content-Type"] == "application/json"
    assert told["body"]["subscriptionId"] == made.id
    assert told["body"]["data"][0]["level"]["value"] == 2.5


async def test_a_broker_that_nobody_allowed_is_not_called(tmp_path: Path) -> None:
    document = {
        "id": "urn:s:1",
        "type": "Subscription",
        "entities": [{"type": "Tank"}],
        "notification": {"endpoint": {"uri": "mqtt://10.9.8.7/tanks"}},
    }
    core = core_context()
    settings = Settings(data=tmp_path / "data", auth="none", solutions=())
    async with opened(settings) as kota:
        await kota.subscriptions.create(document, core)
        level = (Attribute(Kind.PROPERTY, 2.5),)
        await kota.broker.create(
            Entity("urn:t:1", (core.expand("Tank"),), {core.expand("level"): level})
        )
        for _ in range(100):
            if kota.subscriptions.tallies.of("urn:s:1").times_failed:
                break
            await asyncio.sleep(0.05)
        assert kota.subscriptions.tallies.of("urn:s:1").times_failed
