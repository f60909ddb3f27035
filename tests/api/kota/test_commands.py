"""Commands over HTTP, to a pump behind a real broker."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.api.conftest import HOST, patch, reading
from tests.connect.conftest import Mosquitto, mosquitto

from kota.api.app import application
from kota.api.kota.acting import ACTOR
from kota.clock import WallClock
from kota.config import Settings
from kota.connect.broker_url import parse_url
from kota.connect.mqtt_session import MqttSession
from kota.operate.actor import Actor
from kota.runtime import Kota, opened

__all__ = ["mosquitto"]
pytestmark = pytest.mark.broker

PUMP, TANK = "urn:ngsi-ld:Pump:P1", "urn:ngsi-ld:Tank:T1"
ACTUATORS = """\
[[actuator]]
id = "pump"
title = "Switch the pump"
type = "Pump"
command = "status"
feedback = "status"
values = ["OPEN", "CLOSED"]
safe = "CLOSED"
consequence = "The tank fills"
confirm_within = 30
undo_within = 60
two_person = {two_person}

[[actuator.interlocks]]
type = "requires"
words = "The tank is full"
attribute = "level"
entity = "urn:ngsi-ld:Tank:T1"
compare = "<"
limit = 9.0
fresh = 600
only = ["OPEN"]
"""
PROFILE = """\
admit = "any"
topic = "/pump/{device}/attrs"
[commands]
topic = "/pump/{device}/cmd"
answers = "/pump/{device}/cmdexe"
[entity]
type = "Pump"
[[attribute]]
name = "status"
type = "text"
"""


class Pump:
    """A device that obeys, unless told to be silent."""

    def __init__(self) -> None:
        self.got: list[dict[str, Any]] = []
        self.session = MqttSession("pump", self._take, clean=True)

    async def open(self, url: str) -> None:
        await self.session.open(parse_url(url))
        await self.session.subscribe(["/pump/P1/cmd"])

    def _take(self, _topic: str, body: bytes, *_: Any) -> None:
        self.got.append(json.loads(body))

    async def obey(self) -> None:
        """Answer to the last command and tell the new setting."""
        said = self.got[-1]
        answer = {"status": "OK", "id": said["id"], "sequence": said["sequence"]}
        await self.session.publish("/pump/P1/cmdexe", json.dumps(answer).encode())
        told = json.dumps({"status": said["status"]}).encode()
        await self.session.publish("/pump/P1/attrs", told)


class Town:
    """A Kota with a pump, and operators."""

    def __init__(self, kota: Kota, pump: Pump) -> None:
        self.kota = kota
        self.pump = pump
        self.who = Actor("Ana", "operator")
        door = application(kota)

        async def app(scope: Any, receive: Any, send: Any) -> None:
            await door({**scope, ACTOR: self.who}, receive, send)

        self.client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app), base_url=f"http://{HOST}"
        )

    async def want(self, value: Any, **more: Any) -> httpx.Response:
        body = {"entity": PUMP, "value": value, **more}
        return await self.client.post("/api/v1/commands", json=body)

    async def level(self, value: float) -> None:
        now = WallClock().now()
        attrs = {"level": reading(value, unit="MTR", at=now)}
        await self.kota.ingest.observe([patch(TANK, "Tank", **attrs)])

    async def plate(self) -> dict[str, Any]:
        return dict((await self.client.get(f"/api/v1/actuators/{PUMP}")).json())

    async def until(self, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        for _ in range(200):
            plate = await self.plate()
            if holds(plate):
                return plate
            await asyncio.sleep(0.05)
        raise AssertionError(f"it did not become so: {plate}")


@pytest.fixture
def two_person() -> bool:
    return False


@pytest.fixture
async def town(
    tmp_path: Path, mosquitto: Callable[..., Mosquitto], two_person: bool
) -> AsyncIterator[Town]:
    broker = mosquitto()
    (tmp_path / "pump.toml").write_text(PROFILE)
    file = tmp_path / "actuators.toml"
    file.write_text(ACTUATORS.replace("{two_person}", str(two_person).lower()))
    settings = Settings(
        auth="none",
        data=tmp_path / "data",
        solutions=(),
        mqtt=broker.url,
        profiles=(tmp_path / "pump.toml",),
        actuators=(file,),
    )
    pump = Pump()
    await pump.open(broker.url)
    async with opened(settings) as kota:
        made = Town(kota, pump)
        now = WallClock().now()
        attrs = {"status": reading("CLOSED", at=now - 5_000_000), "name": reading("Lake pump")}
        await kota.ingest.observe([patch(PUMP, "Pump", **attrs)])
        await made.level(5.0)
        for _ in range(200):
            if kota.mqtt is not None and kota.mqtt.health.state == "connected":
                break
            await asyncio.sleep(0.02)
        await kota.commands.settle()
        yield made
        await made.client.aclose()
    await pump.session.close()


async def test_pump_when_started_then_the_faceplate_follows_to_the_end(town: Town) -> None:
    plate = await town.plate()
    assert (plate["name"], plate["mode"], plate["setting"]) == ("Lake pump", "manual", "CLOSED")
    assert (plate["link"], plate["stale"], plate["values"]) == (None, None, ["OPEN", "CLOSED"])
    assert plate["consequence"] == "The tank fills"
    assert plate["interlocks"] == [
        {"words": "The tank is full", "rule": False, "only": ["OPEN"], "refuses": []}
    ]
    sent = await town.want("OPEN", comment="more pressure", cause="urn:ngsi-ld:Alert:low")
    assert (sent.status_code, sent.json()["state"]) == (201, "sent")
    await town.until(lambda _: bool(town.pump.got))
    assert town.pump.got[0]["status"] == "OPEN"
    await town.pump.obey()
    plate = await town.until(lambda plate: plate["current"] is None)
    (command,) = plate["history"]
    steps = [step["state"] for step in command["life"]]
    assert (steps[0], steps[-1]) == ("requested", "confirmed")
    assert (command["by"]["name"], command["undo_refused"]) == ("Ana", None)
    assert command["cause"] == "urn:ngsi-ld:Alert:low"
    assert plate["setting"] == "OPEN"
    undone = (await town.client.post(f"/api/v1/commands/{command['id']}/undo")).json()
    assert (undone["value"], undone["cause"]) == ("CLOSED", command["id"])
    lines = (await town.client.get(f"/api/v1/actuators/{PUMP}/audit")).json()
    assert lines[-1]["what"] == "command.requested"
    assert {line["who"] for line in lines} == {"Ana"}


async def test_interlock_when_it_stands_against_a_setting_then_plate_and_answer_say_why(
    town: Town,
) -> None:
    await town.level(9.5)
    plate = await town.plate()
    ((refusal,),) = [one["refuses"] for one in plate["interlocks"]]
    assert refusal["value"] == "OPEN"
    assert "9.5, needed is < 9.0" in refusal["words"]
    found = (await town.want("OPEN")).json()
    assert found["state"] == "refused"
    assert found["words"].startswith("The tank is full")
    assert town.pump.got == []


@pytest.mark.parametrize("two_person", [True])
async def test_two_persons_when_marked_then_the_api_asks_for_the_second(town: Town) -> None:
    waiting = (await town.want("OPEN")).json()
    assert waiting["state"] == "waiting"
    path = f"/api/v1/commands/{waiting['id']}"
    refused = await town.client.post(f"{path}/approve")
    assert refused.status_code == 409
    assert "second person" in refused.json()["detail"]
    listed = (await town.client.get("/api/v1/commands?state=waiting")).json()
    assert [one["id"] for one in listed] == [waiting["id"]]
    town.who = Actor("Budi", "operator")
    approved = (await town.client.post(f"{path}/approve")).json()
    assert (approved["state"], approved["approvals"][0]["name"]) == ("sent", "Budi")
    cancelled = (await town.client.post(f"{path}/cancel")).json()
    assert cancelled["state"] == "cancelled"
    assert "may have been carried out" in cancelled["words"]


async def test_mode_when_set_then_it_holds_and_is_audited(town: Town) -> None:
    path = f"/api/v1/actuators/{PUMP}/mode"
    assert (await town.client.put(path, json={"mode": "shadow"})).json()["mode"] == "shadow"
    assert (await town.want("OPEN")).json()["state"] == "logged"
    assert (await town.client.put(path, json={"mode": "fast"})).status_code == 400
    (line,) = (await town.client.get("/api/v1/audit?what=actuator.mode")).json()
    assert line["why"] == "manual to shadow: by Ana"
    entity = (await town.client.get(f"/ngsi-ld/v1/entities/{PUMP}")).json()
    assert "shadow" in json.dumps(entity)


async def test_command_when_asked_again_with_its_id_then_it_is_the_same(town: Town) -> None:
    first = (await town.want("OPEN", id="a-1")).json()
    again = (await town.want("OPEN", id="a-1")).json()
    assert first["id"] == again["id"] == "urn:ngsi-ld:Command:a-1"
    assert (await town.want("CLOSED", id="a-1")).status_code == 409
    await town.until(lambda _: bool(town.pump.got))
    assert len(town.pump.got) == 1


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"value": "HALF"}, 400),
        ({"value": 1}, 400),
        ({"value": "OPEN", "entity": TANK}, 404),
        ({"value": "OPEN", "id": "a b"}, 400),
        ({"value": "OPEN", "expires_in": -1}, 400),
        ({"value": "OPEN", "comment": "x" * 3000}, 400),
        ({"value": "OPEN", "comment": "\x00"}, 400),
        ({"value": "OPEN", "more": 1}, 400),
        ({"value": None}, 400),
    ],
)
async def test_command_when_it_is_bad_then_it_is_refused_and_nothing_happens(
    town: Town, body: dict[str, Any], status: int
) -> None:
    found = await town.client.post("/api/v1/commands", json={"entity": PUMP, **body})
    assert found.status_code == status, found.text
    assert (await town.client.get("/api/v1/commands")).json() == []
    assert (await town.client.get("/api/v1/audit?what=command")).json() == []


async def test_unknown_commands_and_actuators_are_not_found(town: Town) -> None:
    for path in ("commands/urn:x", "actuators/urn:x", "actuators/urn:x/audit"):
        assert (await town.client.get(f"/api/v1/{path}")).status_code == 404
    for act in ("approve", "cancel", "undo"):
        assert (await town.client.post(f"/api/v1/commands/urn:x/{act}")).status_code == 404
    listed = (await town.client.get("/api/v1/actuators")).json()
    assert [one["entity"] for one in listed] == [PUMP]
