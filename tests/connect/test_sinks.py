from __future__ import annotations

import json
from collections.abc import Callable

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
