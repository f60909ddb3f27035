"""A server over OPC UA: a real one of asyncua, read and written."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from kota.clock import WallClock
from kota.connect.opcua import OpcuaConnector
from kota.connect.opcua_map import NodeTable, raw_of, read_map
from kota.connect.polling import RefusedError
from kota.context.ingest import Ingest
from kota.errors import ConfigurationError, ConnectError
from kota.model.entity import Attribute
from kota.model.jsonld import kota_context
from kota.model.quality import Level
from kota.operate.commands.over_writing import WritingTransmitter
from kota.operate.commands.transmitter import Answer, Order
from kota.store.state.sqlite import SqliteState

asyncua = import_module("asyncua")
ua = asyncua.ua

PUMP = "urn:ngsi-ld:Pump:P1"
MAP = """\
[server]
url = "opc.tcp://127.0.0.1:{port}/kota/"
period = 0.05
timeout = 1

[[point]]
entity = "urn:ngsi-ld:Pump:P1"
type = "Pump"
name = "power"
node = "ns=2;s=power"
unit = "KWT"

[[point]]
entity = "urn:ngsi-ld:Pump:P1"
type = "Pump"
name = "status"
node = "ns=2;s=running"
values = { "true" = "OPEN", "false" = "CLOSED" }

[[point]]
entity = "urn:ngsi-ld:Pump:P1"
type = "Pump"
name = "flow"
node = "ns=2;s=nowhere"

[[command]]
entity = "urn:ngsi-ld:Pump:P1"
name = "status"
node = "ns=2;s=running"
values = { "true" = "OPEN", "false" = "CLOSED" }

[[command]]
entity = "urn:ngsi-ld:Pump:P1"
name = "power"
node = "ns=2;s=power"
"""


class Device:
    """A server with a pump, which can be stopped and started again."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._server: Any = None

    async def start(self) -> None:
        server = asyncua.Server()
        await server.init()
        server.set_endpoint(f"opc.tcp://127.0.0.1:{self.port}/kota/")
        server.set_security_policy([ua.SecurityPolicyType.NoSecurity])
        index = await server.register_namespace("urn:test")
        assert index == 2
        place = server.nodes.objects
        self.power = await place.add_variable(ua.NodeId("power", 2), "power", 11.5)
        self.running = await place.add_variable(ua.NodeId("running", 2), "running", False)
        await self.running.set_writable()
        await server.start()
        self._server = server

    async def stop(self) -> None:
        if self._server is not None:
            await self._server.stop()
            self._server = None


@pytest.fixture
async def device(free_port: int) -> AsyncIterator[Device]:
    made = Device(free_port)
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
def file(tmp_path: Path, free_port: int) -> Path:
    path = tmp_path / "pump.toml"
    path.write_text(MAP.replace("{port}", str(free_port)))
    return path


@pytest.fixture
async def connector(
    file: Path, store: SqliteState, device: Device
) -> AsyncIterator[OpcuaConnector]:
    wall = WallClock()
    made = OpcuaConnector(read_map(file), Ingest(store, wall), kota_context().expand, wall)
    yield made
    await made.close()


async def told(store: SqliteState, name: str) -> Attribute | None:
    entity = await store.get(PUMP)
    return None if entity is None else entity.default(kota_context().expand(name))


async def test_server_when_written_then_what_is_read_says_so(
    connector: OpcuaConnector, store: SqliteState
) -> None:
    await connector.read()
    power, status = await told(store, "power"), await told(store, "status")
    assert power is not None
    assert status is not None
    assert (power.value, power.unit_code, power.quality) == (11.5, "KWT", None)
    assert status.value == "CLOSED"
    assert await told(store, "flow") is None
    await connector.write(PUMP, "status", "OPEN")
    await connector.read()
    status = await told(store, "status")
    assert status is not None
    assert status.value == "OPEN"


@pytest.mark.parametrize(
    ("code", "level"),
    [("BadSensorFailure", Level.BAD), ("UncertainLastUsableValue", Level.UNCERTAIN)],
)
async def test_server_when_it_doubts_a_value_then_the_doubt_and_the_time_are_carried_over(
    connector: OpcuaConnector, device: Device, store: SqliteState, code: str, level: Level
) -> None:
    moment = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    good = ua.DataValue(ua.Variant(12.5, ua.VariantType.Double), SourceTimestamp=moment)
    await device.power.write_value(good)
    await connector.read()
    power = await told(store, "power")
    assert power is not None
    assert power.observed_at == round(moment.timestamp() * 1_000_000)
    doubted = ua.DataValue(
        ua.Variant(13.5, ua.VariantType.Double),
        StatusCode=ua.StatusCode(getattr(ua.StatusCodes, code)),
    )
    await device.power.write_value(doubted)
    await connector.read()
    power = await told(store, "power")
    assert power is not None
    assert power.quality is not None
    assert (power.quality.level, power.quality.reason) == (level, code)


async def test_server_when_it_goes_and_comes_back_then_the_connection_follows(
    connector: OpcuaConnector, device: Device, monkeypatch: Any
) -> None:
    monkeypatch.setattr("kota.connect.polling.RETRY_S", 0.05)
    running = asyncio.create_task(connector.run())

    async def until(state: str) -> None:
        for _ in range(400):
            if connector.health.state == state:
                return
            await asyncio.sleep(0.05)
        raise AssertionError(connector.health)

    await until("connected")
    await device.stop()
    await until("waiting")
    with pytest.raises(ConnectError):
        await connector.write(PUMP, "status", "OPEN")
    await device.start()
    await until("connected")
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert connector.health.state == "stopped"


async def test_commands_when_sent_then_the_answer_is_the_servers(
    connector: OpcuaConnector,
) -> None:
    ways = WritingTransmitter([connector])
    heard: list[Answer] = []
    ways.on_answer(heard.append)

    async def send(name: str, value: Any) -> str | None:
        order = Order(
            id="c", entity=PUMP, command=name, value=value, sequence=1, expires_at=0, lifetime=9.0
        )
        await ways.send(order)
        return heard[-1].fault

    assert await send("status", "OPEN") is None
    assert await send("power", 3.0) in ("BadUserAccessDenied", "BadNotWritable")
    assert await send("power", "much") == "'much' is not a number"
    assert await send("status", "HALF") == "'HALF' is none of its values"
    assert await send("other", 1.0) == "its OPC UA map has no command 'other'"
    with pytest.raises(RefusedError):
        await connector.write(PUMP, "power", "x")


def test_settings_are_written_as_what_stands_there() -> None:
    plain = NodeTable(entity=PUMP, name="x", node="i=1")
    named = NodeTable(entity=PUMP, name="x", node="i=1", values={"2": "HIGH"})
    assert raw_of(plain, 3.0, 1) == 3
    assert raw_of(plain, 3.0, 1.0) == 3.0
    assert raw_of(plain, True, False) is True
    assert raw_of(plain, "on", "off") == "on"
    assert raw_of(named, "HIGH", 1) == 2
    for value, present in ((3.5, 1), ("on", False), (1.0, "off"), (2.0, None)):
        with pytest.raises(ValueError, match=r"fit|number"):
            raw_of(plain, value, present)


@pytest.mark.parametrize(
    ("was", "becomes", "words"),
    [
        ("opc.tcp://", "http://", "line 2: url: is not opc.tcp"),
        ("period = 0.05", "period = 0", "line 3: period: is not a time"),
        ("ns=2;s=power", "power", "line 10: node: 'power' is not the id"),
        ('entity = "urn:ngsi-ld:Pump:P1"', 'entity = "P1"', "line 7: entity: 'P1' is not the id"),
        ('node = "ns=2;s=power"', 'nodes = "x"', "line 10: nodes: unknown key"),
    ],
)
def test_map_when_it_is_wrong_then_the_line_is_named(
    file: Path, was: str, becomes: str, words: str
) -> None:
    file.write_text(file.read_text().replace(was, becomes, 1))
    with pytest.raises(ConfigurationError, match=words):
        read_map(file)
