"""The sewers live: a plant behind MQTT, the tasks, and commands that move its gates."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.solutions.sewage.basin import CONFIG

from kota.config import SOLUTIONS, Settings
from kota.demo.processes import Processes
from kota.model.instant import SECOND
from kota.operate.actor import Actor
from kota.operate.commands.command import Mode
from kota.runtime import Kota, opened
from kota.solutions.sewage.assets import Assets, entity_of
from kota.solutions.sewage.model import Setting
from kota.solutions.sewage.plant import SewagePlant
from kota.solutions.sewage.reading import read_sewers
from kota.solutions.sewage.site import CONTROL, MODEL, NETWORK, toml

MODEL_FILE = Path(__file__).parent / "two_basins.inp"
BEGIN = 1_764_230_400
PERSON = Actor("siti", "person")
RAIN = (0.0, 2.0, 6.0, 8.0, 8.0, 6.0, 4.0, 2.0, *[0.0] * 40)


@dataclass(slots=True)
class Live:
    """A running Kota."""

    kota: Kota

    async def value(self, entity_id: str, name: str) -> Any:
        """What an entity says now."""
        entity = await self.kota.state.get(entity_id)
        found = None if entity is None else entity.default(self.kota.names.expand(name))
        return None if found is None else found.value

    async def wait_for(self, holds: Callable[[Any], bool], entity_id: str, name: str) -> Any:
        """Wait until a value is as it should be; returns it."""
        until = time.monotonic() + 60
        while not holds(found := await self.value(entity_id, name)):
            assert time.monotonic() < until, f"{name} of {entity_id} stayed {found!r}"
            await asyncio.sleep(0.1)
        return found


@pytest.fixture
async def live(tmp_path: Path) -> AsyncIterator[Live]:
    folder = tmp_path / SOLUTIONS / "sewage"
    folder.mkdir(parents=True)
    (folder / MODEL).write_text(MODEL_FILE.read_text())
    (folder / CONTROL).write_text(toml(CONFIG | {"interval_s": 300}))
    setting = Setting(MODEL_FILE.read_text(), None, BEGIN, 0, RAIN, 3, ("x",), ("pipe",))
    plant = SewagePlant(setting, BEGIN * SECOND, speed=300.0)
    async with Processes([plant]) as processes:
        settings = Settings(
            data=tmp_path, port=1, mqtt=processes.url, auth="none", solutions=("sewage",)
        )
        async with opened(settings) as kota:
            sewers = read_sewers(MODEL_FILE)
            assets = Assets(
                sewers, kota.names, name="main", title="Two", nodes={}, links={}, clock="sewage"
            )
            await kota.ingest.observe(assets.patches())
            processes.play()
            yield Live(kota)


@pytest.mark.timeout(180)
async def test_gates_left_to_automation_are_moved_by_command_and_tell_it(live: Live) -> None:
    gates = [entity_of("orifice", name) for name in ("gate-a", "gate-b")]
    for gate in gates:
        await live.wait_for(lambda value: value == 1.0, gate, "opening")
        await live.kota.commands.set_mode(gate, Mode.AUTOMATIC, PERSON)
    await live.wait_for(lambda value: value is not None and value < 0.95, gates[0], "opening")
    reason = await live.wait_for(lambda value: value is not None, NETWORK, "controlReason")
    assert "equal filling" in reason
    await live.wait_for(lambda value: value is not None, NETWORK, "overflowProbability")
    await live.wait_for(lambda value: value is not None and value > 0, NETWORK, "storedVolume")
    outlook = await live.wait_for(
        lambda value: value is not None, entity_of("storage", "a"), "depthOutlook"
    )
    assert len(outlook["at"]) == len(outlook["depth"]) == 18
    states = {one.name: one for one in live.kota.supervisor.health()}["sewage"]
    assert [task.last_error for task in states.tasks if task.failures] == []


@pytest.mark.timeout(120)
async def test_what_a_person_keeps_in_hand_is_not_moved(live: Live) -> None:
    gate = entity_of("orifice", "gate-a")
    await live.wait_for(lambda value: value is not None, gate, "opening")
    await live.wait_for(lambda value: value is not None, NETWORK, "controlReason")
    await asyncio.sleep(4)
    assert await live.value(gate, "opening") == 1.0
