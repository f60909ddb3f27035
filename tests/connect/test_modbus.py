"""A device over Modbus TCP: a real server of pymodbus, read and written."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from kota.clock import WallClock
from kota.connect.modbus import ModbusConnector
from kota.connect.modbus_map import RegisterTable, read_map, value_of, words_of
from kota.connect.polling import RefusedError
from kota.context.ingest import Ingest
from kota.errors import ConfigurationError, ConnectError
from kota.model.entity import Attribute
from kota.model.jsonld import kota_context
from kota.model.quality import Level
from kota.operate.commands.over_writing import WritingTransmitter
from kota.operate.commands.transmitter import Answer, Order
from kota.store.state.sqlite import SqliteState

GATE = "urn:ngsi-ld:Gate:G1"
MAP = """\
[device]
host = "127.0.0.1"
port = {port}
period = 0.05
timeout = 0.5

[[point]]
entity = "urn:ngsi-ld:Gate:G1"
type = "Gate"
name = "level"
table = "holding"
address = 10
kind = "float32"
unit = "P1"
valid = [0, 100]

[[point]]
entity = "urn:ngsi-ld:Gate:G1"
type = "Gate"
name = "status"
table = "coil"
address = 3
kind = "bool"
values = { "0" = "CLOSED", "1" = "OPEN" }

[[point]]
entity = "urn:ngsi-ld:Gate:G1"
type = "Gate"
name = "power"
table = "holding"
address = 900
kind = "int16"

[[command]]
entity = "urn:ngsi-ld:Gate:G1"
name = "level"
table = "holding"
address = 10
kind = "float32"

[[command]]
entity = "urn:ngsi-ld:Gate:G1"
name = "status"
table = "coil"
address = 3
kind = "bool"
values = { "0" = "CLOSED", "1" = "OPEN" }

[[command]]
entity = "urn:ngsi-ld:Gate:G1"
name = "missing"
table = "holding"
address = 900
"""


class Device:
    """A server that can be stopped and started again."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._server: ModbusTcpServer | None = None

    async def start(self) -> None:
        coils = [SimData(0, count=16, values=False, datatype=DataType.BITS)]
        registers = [SimData(0, count=64, values=0, datatype=DataType.REGISTERS)]
        blocks = (coils, coils, registers, registers)
        device = SimDevice(1, simdata=blocks)
        self._server = ModbusTcpServer(device, address=("127.0.0.1", self.port))
        await self._server.serve_forever(background=True)

    async def stop(self) -> None:
        if self._server is not None:
            await self._server.shutdown()
            self._server = None


@pytest.fixture
async def device(free_port: int) -> AsyncIterator[Device]:
    made = Device(free_port)
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
def file(tmp_path: Path, free_port: int) -> Path:
    path = tmp_path / "gate.toml"
    path.write_text(MAP.replace("{port}", str(free_port)))
    return path


@pytest.fixture
async def connector(file: Path, store: SqliteState) -> AsyncIterator[ModbusConnector]:
    wall = WallClock()
    made = ModbusConnector(read_map(file), Ingest(store, wall), kota_context().expand, wall)
    yield made
    made._client.close()


async def told(store: SqliteState, name: str) -> Attribute | None:
    entity = await store.get(GATE)
    return None if entity is None else entity.default(kota_context().expand(name))


async def test_device_when_written_then_what_is_read_says_so(
    device: Device, connector: ModbusConnector, store: SqliteState
) -> None:
    await connector.write(GATE, "level", 42.5)
    await connector.write(GATE, "status", "OPEN")
    await connector.read()
    level, status = await told(store, "level"), await told(store, "status")
    assert level is not None
    assert status is not None
    assert (level.value, level.unit_code, level.quality) == (42.5, "P1", None)
    assert status.value == "OPEN"
    assert await told(store, "power") is None


async def test_device_when_a_value_is_impossible_or_gone_then_it_is_bad_with_its_reason(
    device: Device, connector: ModbusConnector, store: SqliteState
) -> None:
    await connector.write(GATE, "level", 142.5)
    await connector.read()
    level = await told(store, "level")
    assert level is not None
    assert level.quality is not None
    assert (level.value, level.quality.level) == (142.5, Level.BAD)
    assert level.quality.reason == "outside 0 to 100"
    connector._held[GATE, "power"] = 7.0
    await connector.read()
    power = await told(store, "power")
    assert power is not None
    assert power.quality is not None
    assert (power.value, power.quality.level) == (7.0, Level.BAD)
    assert power.quality.reason == "it has no such address"


async def test_device_when_it_goes_and_comes_back_then_the_connection_follows(
    device: Device, connector: ModbusConnector, store: SqliteState, monkeypatch: Any
) -> None:
    monkeypatch.setattr("kota.connect.polling.RETRY_S", 0.05)
    running = asyncio.create_task(connector.run())

    async def until(state: str) -> None:
        for _ in range(200):
            if connector.health.state == state:
                return
            await asyncio.sleep(0.05)
        raise AssertionError(connector.health)

    await until("connected")
    await device.stop()
    await until("waiting")
    assert "modbus://127.0.0.1" in connector.health.detail
    with pytest.raises(ConnectError):
        await connector.write(GATE, "level", 1.0)
    await device.start()
    await until("connected")
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert connector.health.state == "stopped"


async def test_commands_when_sent_then_the_answer_is_the_devices(
    device: Device, connector: ModbusConnector
) -> None:
    ways = WritingTransmitter([connector])
    heard: list[Answer] = []
    ways.on_answer(heard.append)
    assert ways.knows(GATE)
    assert not ways.knows("urn:ngsi-ld:Gate:G2")
    assert "not connected" in (ways.fault(GATE) or "")
    assert ways.fault("urn:ngsi-ld:Gate:G2") is not None

    async def send(name: str, value: Any) -> str | None:
        order = Order(
            id="c", entity=GATE, command=name, value=value, sequence=1, expires_at=0, lifetime=9.0
        )
        await ways.send(order)
        return heard[-1].fault

    assert await send("level", 50.0) is None
    assert await send("status", "CLOSED") is None
    assert await send("missing", 1.0) == "it has no such address"
    assert await send("status", "HALF") == "'HALF' is none of its values"
    assert await send("other", 1.0) == "its Modbus map has no command 'other'"
    with pytest.raises(RefusedError):
        await connector.write(GATE, "level", "full")


@given(st.floats(-1000, 1000), st.sampled_from(["big", "little"]))
def test_numbers_are_written_and_read_back(value: float, order: str) -> None:
    table = RegisterTable(
        entity=GATE, name="x", table="holding", address=0, kind="float64", scale=0.5, offset=3.0
    )
    assert value_of(table, words_of(table, value, order=order), order=order) == pytest.approx(value)


@given(st.integers(-(2**31), 2**31 - 1), st.sampled_from(["big", "little"]))
def test_integers_are_written_and_read_back(value: int, order: str) -> None:
    table = RegisterTable(entity=GATE, name="x", table="holding", address=0, kind="int32")
    assert value_of(table, words_of(table, value, order=order), order=order) == value
    small = RegisterTable(entity=GATE, name="x", table="holding", address=0, kind="int16")
    if not -(2**15) <= value < 2**15:
        with pytest.raises(ValueError, match="does not fit"):
            words_of(small, value, order=order)


@pytest.mark.parametrize(
    ("was", "becomes", "words"),
    [
        ("port = ", "port = 7", "line 3: port: needs 1 to 65535"),
        ("period = 0.05", "period = 0", "line 4: period: is not a time"),
        ('table = "holding"', 'table = "hold"', "line 11: table: 'hold' is unknown"),
        ('table = "holding"', 'table = "coil"', "kind: float32 does not stand in coil"),
        ("address = 10", "address = 65535", "line 12: address: 65535 is not 0 to 65535"),
        ('entity = "urn:ngsi-ld:Gate:G1"', 'entity = "G1"', "line 8: entity: 'G1' is not the id"),
        ('"0" = "CLOSED"', '"off" = "CLOSED"', "values: 'off' is not a number"),
    ],
)
def test_map_when_it_is_wrong_then_the_line_is_named(
    file: Path, was: str, becomes: str, words: str
) -> None:
    file.write_text(file.read_text().replace(was, becomes, 1))
    with pytest.raises(ConfigurationError, match=words):
        read_map(file)


def test_command_when_its_table_cannot_be_written_then_the_line_is_named(file: Path) -> None:
    text = file.read_text()
    at = text.index("[[command]]")
    file.write_text(text[:at] + text[at:].replace('table = "holding"', 'table = "input"', 1))
    with pytest.raises(ConfigurationError, match="table: input cannot be written"):
        read_map(file)
