"""Commands find their device through its profile, and its answers find their way back."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from tests.connect.conftest import Field, Mosquitto, eventually
from tests.connect.test_mqtt import Running

from kota.connect.broker_url import parse_url
from kota.connect.mqtt import MqttConnector
from kota.connect.mqtt_commands import MqttCommands
from kota.connect.mqtt_session import MqttSession
from kota.connect.profile import Profile
from kota.errors import ConfigurationError, ConnectError

Make = Callable[..., Profile]
Fields = Callable[..., Field]

PUMP = """\
admit = "any"
topic = "/water-pump/{device}/attrs"
[commands]
topic = "/water-pump/{device}/cmd"
answers = "/water-pump/{device}/cmdexe"
[entity]
type = "Pump"
[[attribute]]
name = "status"
type = "text"
"""
KEYED = """\
topic = "/{apikey}/{device}/attrs"
[commands]
topic = "/{apikey}/{device}/cmd"
answers = "/{apikey}/{device}/cmdexe"
[entity]
type = "Valve"
[[attribute]]
name = "status"
type = "text"
"""
P1, V1 = "urn:ngsi-ld:Pump:P1", "urn:ngsi-ld:Valve:V1"


class Town:
    """A connector with its commands, and what devices said."""

    def __init__(self, field: Field, url: str) -> None:
        self.field = field
        self.connector = MqttConnector(url, client_id="kota-test", intake=field.intake)
        self.commands = MqttCommands(field.router, self.connector)
        self.heard: list[tuple[Any, ...]] = []
        self.commands.on_answer(lambda *said: self.heard.append(said))

    async def send(self, entity: str, **content: Any) -> None:
        await self.commands.send(entity, content, expires_at=10**15, lifetime=60.0)


@pytest.fixture
async def town(field: Fields, profile: Make) -> Town:
    """Without a broker."""
    return Town(field(profile(PUMP, "pump"), profile(KEYED, "keyed")), "mqtt://127.0.0.1:1")


async def test_way_when_a_profile_names_the_entity_then_it_is_known(town: Town) -> None:
    assert town.commands.knows(P1)
    assert not town.commands.knows("urn:ngsi-ld:Tank:T1")
    assert not town.commands.knows("urn:ngsi-ld:Pump:a/b")
    assert "not connected" in (town.commands.fault(P1) or "")


async def test_way_when_a_device_must_be_approved_then_only_then(town: Town) -> None:
    assert not town.commands.knows(V1)
    town.field.devices.hold("V1", topic="/k/V1/attrs", profile="keyed", payload=b"{}")
    assert not town.commands.knows(V1)
    await town.field.devices.approve("V1")
    assert town.commands.knows(V1)
    assert town.commands.fault(V1) == "device V1 has not spoken since the start"
    town.field.router.route("/k7/V1/attrs")
    assert "not connected" in (town.commands.fault(V1) or "")
    await town.field.devices.reject("V1")
    assert not town.commands.knows(V1)


async def test_way_when_a_device_was_given_to_an_entity_by_hand_then_it_goes_there(
    town: Town,
) -> None:
    town.field.devices.hold("X9", topic="/k/X9/attrs", profile="keyed", payload=b"{}")
    await town.field.devices.approve("X9", entity=P1, profile="keyed")
    town.field.router.route("/k7/X9/attrs")
    found = town.commands._find(P1)
    assert found is not None
    assert town.commands._topic(*found) == "/k7/X9/cmd"


async def test_send_when_nothing_is_connected_then_it_is_refused(town: Town) -> None:
    with pytest.raises(ConnectError):
        await town.send(P1, status="OPEN")
    with pytest.raises(ConnectError, match="no device profile"):
        await town.send("urn:ngsi-ld:Tank:T1", level=1)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('topic = "/x/{other}/cmd"', r"line 4: topic: \{other\} is not in the device's own topic"),
        ('topic = "/x/+/cmd"', "has a . or #"),
        ('topic = "/x/cmd"', "where {device} stands"),
        ('topics = "/x"', "did you mean 'topic'"),
    ],
)
def test_profile_when_its_commands_are_wrong_then_the_line_is_named(
    profile: Make, line: str, words: str
) -> None:
    text = PUMP.replace('topic = "/water-pump/{device}/cmd"', line)
    with pytest.raises(ConfigurationError, match=words):
        profile(text)


@pytest.fixture
async def device(mosquitto: Callable[..., Mosquitto]) -> AsyncIterator[tuple[MqttSession, Any]]:
    """A device at a real broker, and the commands that it got."""
    broker = mosquitto()
    got: list[tuple[str, bytes]] = []
    session = MqttSession("device", lambda topic, body, *_: got.append((topic, body)), clean=True)
    await session.open(parse_url(broker.url))
    await session.subscribe(["/water-pump/+/cmd"])
    yield session, (got, broker)
    await session.close()


@pytest.mark.broker
async def test_command_when_sent_then_the_device_has_it_and_is_heard(
    field: Fields, profile: Make, device: tuple[MqttSession, Any]
) -> None:
    session, (got, broker) = device
    town = Town(field(profile(PUMP, "pump")), broker.url)
    running = Running(town.connector)
    await running.connected()
    assert town.commands.fault(P1) is None
    await town.send(P1, status="OPEN", id="urn:c1", sequence=7)
    await eventually(lambda: got)
    topic, body = got[0]
    assert topic == "/water-pump/P1/cmd"
    said = json.loads(body)
    assert said.pop("expires").startswith("2001-09-09T01:46:40")
    assert said == {"status": "OPEN", "id": "urn:c1", "sequence": 7}
    answers = [
        {"status": "OK", "id": "urn:c1", "sequence": 7},
        {"status": "suction is low", "sequence": 8},
        {"status": {"error": "broken"}},
        ["no", "answer"],
        {"status": "OK", "more": 1},
    ]
    for answer in answers:
        await session.publish("/water-pump/P1/cmdexe", json.dumps(answer).encode())
    await session.publish("/water-pump/P1/cmdexe", b"\xff")
    await session.publish("/water-pump/P1/attrs", b'{"status": "OPEN"}')
    await eventually(lambda: len(town.heard) == 3)
    assert town.heard == [
        (P1, 7, "urn:c1", None),
        (P1, 8, None, "suction is low"),
        (P1, None, None, "broken"),
    ]
    for _ in range(100):
        if await town.field.value(P1, "status") == "OPEN":
            break
        await asyncio.sleep(0.05)
    assert await town.field.value(P1, "status") == "OPEN"
    assert await town.field.store.count_letters("ingest") == 0
    await running.stop()


@pytest.mark.broker
async def test_command_when_the_device_is_away_and_it_expires_then_the_broker_drops_it(
    field: Fields, profile: Make, mosquitto: Callable[..., Mosquitto]
) -> None:
    broker = mosquitto()
    got: list[tuple[str, bytes]] = []

    def take(topic: str, body: bytes, *_: Any) -> None:
        got.append((topic, body))

    away = MqttSession("device", take)
    await away.open(parse_url(broker.url))
    await away.subscribe(["/water-pump/+/cmd"])
    await away.close()
    town = Town(field(profile(PUMP, "pump")), broker.url)
    running = Running(town.connector)
    await running.connected()
    await town.commands.send(P1, {"n": 1}, expires_at=10**15, lifetime=1.0)
    await town.commands.send(P1, {"n": 2}, expires_at=10**15, lifetime=60.0)
    await asyncio.sleep(2.2)
    back = MqttSession("device", take)
    await back.open(parse_url(broker.url))
    await eventually(lambda: got)
    assert [json.loads(body)["n"] for _, body in got] == [2]
    await back.close()
    await running.stop()
