from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.connect.conftest import Mosquitto, eventually

from kota.connect.broker_url import parse_url
from kota.connect.mqtt_session import MqttSession
from kota.connect.sinks import MqttSink
from kota.connect.table import Step
from kota.context.ingest import Patch
from kota.errors import ConnectError
from kota.model.entity import Attribute, Kind
from kota.model.instant import parse
from kota.model.jsonld import kota_context

AT = parse("2026-01-01T00:00:00Z")


def patch(name: str, value: float = 1.0) -> Patch:
    attrs = {kota_context().expand("power"): (Attribute(Kind.PROPERTY, value, AT),)}
    return Patch(f"urn:ngsi-ld:Pump:{name}", ("T",), attrs)


@pytest.mark.broker
async def test_a_replay_publishes_as_devices_do(mosquitto: Callable[..., Mosquitto]) -> None:
    broker = mosquitto()
    seen: dict[str, dict[str, object]] = {}
    listener = MqttSession("l", lambda t, p, *_: seen.update({t: json.loads(p)}), clean=True)
    await listener.open(parse_url(broker.url))
    await listener.subscribe(["#"])
    sender = MqttSession("s", lambda *_: None, clean=True)
    await sender.open(parse_url(broker.url))

    sink = MqttSink(sender, "/park/{device}/attrs", kota_context(), clock="park")
    await sink.publish(Step(1, AT, [patch("a", 7)], [{"device": "a"}]), 60)
    await eventually(lambda: len(seen) == 2)
    assert seen == {
        "/park/a/attrs": {"TimeInstant": "2026-01-01T00:00:00Z", "power": 7},
        "kota/clock/park": {"now": "2026-01-01T00:00:00Z", "speed": 60},
    }
    with pytest.raises(ConnectError, match="is no topic; the names are x"):
        await sink.publish(Step(1, AT, [patch("a")], [{"x": "a"}]), 60)
    await sender.close()
    await listener.close()


@pytest.mark.broker
async def test_a_recording_is_replayed_over_mqtt_by_the_command(
    mosquitto: Callable[..., Mosquitto], tmp_path: Path, repository: Path
) -> None:
    (tmp_path / "sensors.csv").write_text("sensor_id,name,latitude,longitude\n39,A,-37.8,144.9\n")
    counts = tmp_path / "counts.csv"
    counts.write_text("local_time,39\n2018-01-01 00:00:00,5\n2018-01-01 01:00:00,12\n")
    broker = mosquitto()
    seen: list[tuple[str, dict[str, object]]] = []
    listener = MqttSession("l", lambda t, p, *_: seen.append((t, json.loads(p))), clean=True)
    await listener.open(parse_url(broker.url))
    await listener.subscribe(["/melbourne/#"])
    command = [sys.executable, "-m", "kota", "replay", str(counts), "--speed", "0"]
    options = ["--map", str(repository / "examples" / "melbourne.toml"), "--mqtt", broker.url]
    child = await asyncio.create_subprocess_exec(*command, *options)
    assert await child.wait() == 0
    await eventually(lambda: len(seen) == 2)
    await listener.close()
    assert [topic for topic, _ in seen] == ["/melbourne/39/attrs"] * 2
    assert [payload["peopleCount"] for _, payload in seen] == [5, 12]
    assert seen[0][1]["name"] == "A"
