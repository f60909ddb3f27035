"""A Kota that is killed (SIGKILL) at a chosen moment of a command: run as a script.

python crashing.py DATA MQTT PROFILE ACTUATORS MOMENT
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Any

from kota.config import Settings
from kota.connect.mqtt_commands import MqttCommands
from kota.operate.actor import Actor
from kota.operate.commands import room
from kota.runtime import opened

PUMP = "urn:ngsi-ld:Pump:P1"


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def kill_at(moment: str) -> None:
    """Let the process die at a moment."""
    keep, send = room.keep, MqttCommands.send

    async def keeping(*given: Any) -> None:
        if given[3].send is not None and moment == "before writing":
            die()
        await keep(*given)

    async def sending(*given: Any, **more: Any) -> None:
        if moment == "before sending":
            die()
        await send(*given, **more)
        if moment == "after sending":
            die()

    room.keep = keeping  # type: ignore[assignment]
    MqttCommands.send = sending  # type: ignore[method-assign]


async def main(data: str, mqtt: str, profile: str, actuators: str, moment: str) -> None:
    settings = Settings(
        auth="none",
        data=Path(data),
        solutions=(),
        mqtt=mqtt,
        profiles=(Path(profile),),
        actuators=(Path(actuators),),
    )
    async with opened(settings) as kota:
        while not (PUMP in kota.commands.seats and kota.commands.seats[PUMP].record.moves):
            await asyncio.sleep(0.02)
        kill_at(moment)
        await kota.commands.request(PUMP, "OPEN", Actor("Ana", "operator"), command_id="c1")
        await asyncio.sleep(20)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
