"""kill -9 between writing and sending: nothing unaudited reaches the device, nothing is lost."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.api.kota.test_commands import ACTUATORS, PROFILE
from tests.connect.conftest import Mosquitto, eventually, mosquitto
from tests.operate.commands.conftest import audit

from kota.access.audit_verify import verify
from kota.config import Settings
from kota.connect.broker_url import parse_url
from kota.connect.mqtt_session import MqttSession
from kota.errors import NotFoundError
from kota.operate.commands.life import State
from kota.runtime import opened

__all__ = ["mosquitto"]
pytestmark = pytest.mark.broker

INTERLOCKS = ACTUATORS.index("[[actuator.interlocks]]")


@pytest.mark.parametrize(
    ("moment", "before", "after"),
    [("before writing", 0, 0), ("before sending", 0, 1), ("after sending", 1, 1)],
)
async def test_command_when_killed_then_it_is_resumed_or_never_was(
    tmp_path: Path,
    mosquitto: Callable[..., Mosquitto],
    moment: str,
    before: int,
    after: int,
) -> None:
    broker = mosquitto()
    profile, actuators = tmp_path / "pump.toml", tmp_path / "actuators.toml"
    profile.write_text(PROFILE)
    actuators.write_text(ACTUATORS[:INTERLOCKS].replace("{two_person}", "false"))
    got: list[dict[str, Any]] = []
    device = MqttSession("pump", lambda _, body, *__: got.append(json.loads(body)), clean=True)
    await device.open(parse_url(broker.url))
    await device.subscribe(["/pump/P1/cmd"])
    await device.publish("/pump/P1/attrs", b'{"status": "CLOSED"}', retain=True)
    data = tmp_path / "data"
    script = Path(__file__).with_name("crashing.py")
    given = [str(data), broker.url, str(profile), str(actuators), moment]
    process = await asyncio.create_subprocess_exec(sys.executable, str(script), *given)
    assert await asyncio.wait_for(process.wait(), 60) == -signal.SIGKILL
    await asyncio.sleep(0.2)
    assert len(got) == before
    assert verify(data).fault is None
    settings = Settings(
        auth="none",
        data=data,
        solutions=(),
        mqtt=broker.url,
        profiles=(profile,),
        actuators=(actuators,),
    )
    async with opened(settings) as kota:
        lines = [line.what for line in await audit(kota.state)]
        if moment == "before writing":
            assert not any(what.startswith("command") for what in lines)
            with pytest.raises(NotFoundError):
                await kota.commands.command("c1")
            await asyncio.sleep(0.5)
            assert got == []
            await device.close()
            return
        assert "command.sent" in lines
        await eventually(lambda: len(got) == before + after)
        assert {(one["id"], one["sequence"], one["status"]) for one in got} == {
            ("urn:ngsi-ld:Command:c1", 1, "OPEN")
        }
        await device.publish("/pump/P1/attrs", b'{"status": "OPEN"}')
        await eventually(lambda: kota.commands.seat("urn:ngsi-ld:Pump:P1").record.current is None)
        assert (await kota.commands.command("c1")).state is State.CONFIRMED
    await device.close()
    assert verify(data).fault is None
