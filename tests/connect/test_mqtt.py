from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
from tests.connect.conftest import Field, Mosquitto, eventually

from kota.connect.broker_url import parse_url
from kota.connect.intake import receipt_of
from kota.connect.mqtt import MqttConnector
from kota.connect.mqtt_session import MqttSession
from kota.connect.profile import Profile
from kota.errors import ConfigurationError, ConnectError
from kota.model.instant import parse

pytestmark = pytest.mark.broker

Make = Callable[..., Profile]
Start = Callable[..., Mosquitto]
Fields = Callable[..., Field]
Connect = Callable[..., MqttConnector]

OPEN = (
    'admit = "any"\ntopic = "/{apikey}/{device}/attrs"\n[entity]\ntype = "Pump"\n'
    '[[attribute]]\nname = "power"\nunit = "KWT"\n'
)
KEEP = (
    "max_queued_messages 0\nmax_inflight_messages 0\n"
    "persistence true\npersistence_location {folder}/\n"
)


class Running:
    """A connector that can be cut off as a crash would."""

    def __init__(self, connector: MqttConnector) -> None:
        self.connector = connector
        self.task = asyncio.create_task(connector.run())

    async def stop(self) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)

    async def connected(self) -> None:
        await eventually(lambda: self.connector.health.state == "connected")


@pytest.fixture
async def connect() -> AsyncIterator[Callable[[Field, str], Running]]:
    started: list[Running] = []

    def make(field: Field, url: str) -> Running:
        running = Running(MqttConnector(url, client_id="kota-test", intake=field.intake))
        started.append(running)
        return running

    yield make
    for running in started:
        await running.stop()


async def publisher(url: str) -> MqttSession:
    session = MqttSession("publisher", lambda *_: None, clean=True)
    await session.open(parse_url(url))
    return session


async def publish(url: str, count: int, *, start: int = 0) -> None:
    session = await publisher(url)
    await asyncio.gather(
        *(
            session.publish(f"/k/p{i}/attrs", b'{"power": %d}' % i)
            for i in range(start, start + count)
        )
    )
    await session.close()


async def stored(field: Field) -> int:
    return sum((await field.store.type_counts()).values())


async def test_a_message_becomes_an_attribute(
    mosquitto: Start, field: Fields, profile: Make, connect: Callable[..., Running]
) -> None:
    broker, made = mosquitto(), field(profile(OPEN))
    running = connect(made, broker.url)
    await running.connected()
    await publish(broker.url, 300)
    await eventually(lambda: made.intake.counts.received == 300)
    await made.intake.drain()
    assert await made.value("urn:ngsi-ld:Pump:p299", "power") == 299
    assert await stored(made) == 300


async def test_what_is_sent_while_away_comes_later(
    mosquitto: Start, field: Fields, profile: Make, connect: Callable[..., Running]
) -> None:
    broker, made = mosquitto(), field(profile(OPEN))
    running = connect(made, broker.url)
    await running.connected()
    await running.stop()
    await publish(broker.url, 3000)
    again = connect(made, broker.url)
    await again.connected()
    await eventually(lambda: made.intake.counts.received == 3000)
    await made.intake.drain()
    assert await stored(made) == 3000


async def test_what_was_not_committed_is_delivered_again(
    mosquitto: Start, field: Fields, profile: Make
) -> None:
    broker, made = mosquitto(), field(profile(OPEN))
    seen: list[int] = []
    deaf = MqttSession("kota-test", lambda *arrived: seen.append(arrived[2]))
    await deaf.open(parse_url(broker.url))
    await deaf.subscribe(["/+/+/attrs"])
    await publish(broker.url, 50)
    await eventually(lambda: len(seen) == 50)
    deaf.acknowledge(seen[:10])
    await asyncio.sleep(0.1)
    await deaf.close()
    running = Running(MqttConnector(broker.url, client_id="kota-test", intake=made.intake))
    await eventually(lambda: made.intake.counts.received == 40)
    await made.intake.drain()
    assert await stored(made) == 40
    await running.stop()


async def test_what_was_committed_but_not_acknowledged_is_recognised(
    mosquitto: Start, field: Fields, profile: Make, connect: Callable[..., Running]
) -> None:
    broker, made = mosquitto(), field(profile(OPEN))
    receipts: list[bytes] = []
    crashed = MqttSession("kota-test", lambda t, p, i, _: receipts.append(receipt_of(t, p, i)))
    await crashed.open(parse_url(broker.url))
    await crashed.subscribe(["/+/+/attrs"])
    await publish(broker.url, 20)
    await eventually(lambda: len(receipts) == 20)
    await made.store.apply([], receipts=receipts)
    await crashed.close()
    running = connect(made, broker.url)
    await eventually(lambda: made.intake.counts.duplicates == 20)
    await made.intake.drain()
    assert await stored(made) == 0
    await running.stop()
    again = connect(made, broker.url)
    await again.connected()
    await asyncio.sleep(0.1)
    assert made.intake.counts.received == 20


async def test_a_restarted_broker_is_found_again(
    mosquitto: Start, field: Fields, profile: Make, connect: Callable[..., Running]
) -> None:
    broker, made = mosquitto(KEEP), field(profile(OPEN))
    running = connect(made, broker.url)
    await running.connected()
    broker.stop()
    await eventually(lambda: running.connector.health.state == "waiting")
    assert running.connector.health.detail
    with pytest.raises(ConnectError, match="is not connected"):
        await running.connector.publish("x", b"")
    broker.start()
    await publish(broker.url, 100)
    await running.connected()
    await eventually(lambda: made.intake.counts.received >= 100)
    await made.intake.drain()
    assert await stored(made) == 100


async def test_poison_stops_nothing(
    mosquitto: Start, field: Fields, profile: Make, connect: Callable[..., Running]
) -> None:
    broker, made = mosquitto(), field(profile(OPEN))
    running = connect(made, broker.url)
    await running.connected()
    session = await publisher(broker.url)
    poison = [b"", b"{", b"\xff" * 100, b"[" * 9000, b"null", b'{"power": {}}', b'{"power": 1e999}']
    for payload in poison:
        await session.publish("/k/p0/attrs", payload)
    await session.publish("/k/p1/attrs", b'{"power": 5}')
    await session.publish("/k/p2/attrs", b'{"power": 6}', qos=0)
    await eventually(lambda: made.intake.counts.received == len(poison) + 2)
    await made.intake.drain()
    await session.close()
    assert await made.value("urn:ngsi-ld:Pump:p1", "power") == 5
    assert await made.value("urn:ngsi-ld:Pump:p2", "power") == 6
    assert len(await made.store.list_letters("ingest")) == len(poison)


async def test_a_full_intake_is_not_read_into(
    mosquitto: Start, field: Fields, profile: Make, connect: Callable[..., Running]
) -> None:
    broker, made = mosquitto(), field(profile(OPEN))
    made.intake._most_messages = 50
    running = connect(made, broker.url)
    await running.connected()
    await publish(broker.url, 5000)
    await eventually(lambda: made.intake.counts.received == 5000)
    await made.intake.drain()
    assert await stored(made) == 5000


async def test_a_plant_tells_its_time(
    mosquitto: Start, field: Fields, profile: Make, connect: Callable[..., Running]
) -> None:
    broker, made = mosquitto(), field(profile('clock = "water"\n' + OPEN))
    running = connect(made, broker.url)
    told: list[int] = []
    running.connector.on_clock(lambda: told.append(1))
    await running.connected()
    session = await publisher(broker.url)
    await session.publish("kota/clock/water", b"nonsense")
    await session.publish("kota/clock/water", b'{"now": "2030-01-01T00:00:00Z", "speed": 0}')
    await eventually(lambda: told)
    await session.publish("/k/p/attrs", b'{"power": 1}')
    await eventually(lambda: made.intake.counts.received == 1)
    await made.intake.drain()
    await session.close()
    entity = await made.store.get("urn:ngsi-ld:Pump:p")
    assert entity is not None
    power = next(one for name, (one,) in entity.attrs.items() if name.endswith("power"))
    assert power.observed_at == parse("2030-01-01T00:00:00Z")


async def test_commands_go_out(
    mosquitto: Start, field: Fields, profile: Make, connect: Callable[..., Running]
) -> None:
    broker, made = mosquitto(), field(profile(OPEN))
    running = connect(made, broker.url)
    await running.connected()
    seen: list[tuple[str, bytes]] = []
    device = MqttSession("device", lambda t, p, *_: seen.append((t, p)), clean=True)
    await device.open(parse_url(broker.url))
    await device.subscribe(["/k/p/cmd"])
    await running.connector.publish("/k/p/cmd", b'{"on": true}')
    await eventually(lambda: seen == [("/k/p/cmd", b'{"on": true}')])
    await device.close()


async def test_mqtt_311_is_spoken_too(mosquitto: Start) -> None:
    broker = mosquitto()
    seen: list[tuple[str, int]] = []
    old = MqttSession("old", lambda t, p, i, d: seen.append((t, i)), clean=True)
    await old.open(parse_url(broker.url), version="3.1.1")
    await old.subscribe(["a/#"])
    await old.publish("a/b", b"x")
    await eventually(lambda: len(seen) == 1)
    old.acknowledge([seen[0][1]])
    await old.publish("a/b", b"y")
    await eventually(lambda: len(seen) == 2)
    await old.close()


async def test_a_broker_that_is_not_there_is_named(free_port: int) -> None:
    session = MqttSession("x", lambda *_: None)
    with pytest.raises(ConnectError, match=rf"mqtt://127\.0\.0\.1:{free_port} cannot be reached"):
        await session.open(parse_url(f"mqtt://127.0.0.1:{free_port}"))


async def test_a_refused_login_is_named(mosquitto: Start) -> None:
    broker = mosquitto("allow_anonymous false\n")
    session = MqttSession("x", lambda *_: None)
    with pytest.raises(ConnectError, match=r"refuses the connection: .*[Nn]ot auth"):
        await session.open(parse_url(broker.url))
    await session.close()


@pytest.mark.parametrize("text", ["", "http://x", "mqtt://", "mqtt://h:x", "mqtt://h:99999"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match="write mqtt://HOST:PORT"):
        parse_url(text)


def test_an_address_is_read() -> None:
    url = parse_url("mqtts://me:a%40b@example.org")
    assert (url.host, url.port, url.tls, url.user, url.password) == (
        "example.org", 8883, True, "me", "a@b",
    )  # fmt: skip
    assert url.shown == "mqtts://example.org:8883"


@pytest.mark.parametrize("answer", [b"\x20\x02\x00\x01", b""])
async def test_a_broker_that_refuses_mqtt_5_is_tried_in_311(free_port: int, answer: bytes) -> None:
    levels: list[int] = []

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        greeting = await reader.read(100)
        levels.append(greeting[greeting.find(b"MQTT") + 4])
        writer.write(answer)
        writer.close()

    session = MqttSession("x", lambda *_: None)
    async with await asyncio.start_server(refuse, "127.0.0.1", free_port):
        with pytest.raises(ConnectError, match=r"does not (speak|answer)"):
            await session.open(parse_url(f"mqtt://127.0.0.1:{free_port}"))
        await session.close()
    assert levels == [5, 4]
