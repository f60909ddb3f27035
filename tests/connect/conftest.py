from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from kota.clock import WallClock
from kota.connect.devices import Devices
from kota.connect.intake import Intake
from kota.connect.plant_clocks import PlantClocks
from kota.connect.profile import Profile, parse_profile
from kota.connect.router import Router
from kota.connect.toml_source import TomlSource
from kota.context.ingest import Ingest
from kota.model.jsonld import kota_context
from kota.store.history.drain import Drain
from kota.store.history.duckdb import DuckHistory
from kota.store.state.sqlite import SqliteState


@pytest.fixture
def profile() -> Callable[..., Profile]:
    """Makes a profile of the text of its file."""

    def make(text: str, name: str = "test") -> Profile:
        return parse_profile(TomlSource(Path(f"{name}.toml"), text), kota_context())

    return make


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteState]:
    """An empty state store, open."""
    state = SqliteState(tmp_path / "state", WallClock())
    await state.open()
    yield state
    await state.close()


@pytest.fixture
async def history(tmp_path: Path, store: SqliteState) -> AsyncIterator[DuckHistory]:
    """An empty history that follows the store."""
    made = DuckHistory(tmp_path / "history", memory_limit=256 << 20)
    await made.open()
    drain = Drain(store.journal, made)
    await drain.start()
    yield made
    await drain.close()
    await made.close()


class Field:
    """Everything between a connection and the store."""

    def __init__(self, store: SqliteState, profiles: list[Profile]) -> None:
        wall = WallClock()
        self.store = store
        self.devices = Devices(store, wall)
        self.router = Router(profiles, self.devices)
        self.clocks = PlantClocks(wall)
        self.intake = Intake(
            self.router, Ingest(store, wall), received=store.received, clocks=self.clocks
        )

    async def value(self, entity_id: str, attribute: str) -> object:
        """The value of an attribute, None where there is none."""
        entity = await self.store.get(entity_id)
        one = entity and entity.default(kota_context().expand(attribute))
        return one.value if one else None


@pytest.fixture
async def field(store: SqliteState) -> AsyncIterator[Callable[..., Field]]:
    """Makes the way in for profiles, with its intake running."""
    tasks: list[asyncio.Task[None]] = []

    def make(*profiles: Profile) -> Field:
        made = Field(store, list(profiles))
        tasks.append(asyncio.create_task(made.intake.run()))
        return made

    yield make
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


class Mosquitto:
    """A real Mosquitto that can be stopped, killed and started again."""

    def __init__(self, folder: Path, port: int, conf: str) -> None:
        self.port = port
        self.url = f"mqtt://127.0.0.1:{port}"
        self._conf = folder / "mosquitto.conf"
        user = "user root\n" if os.geteuid() == 0 else ""
        head = f"listener {port} 127.0.0.1\nallow_anonymous true\n{user}"
        if "allow_anonymous" in conf:
            head = head.replace("allow_anonymous true\n", "")
        self._conf.write_text(head + conf)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it listens."""
        program = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
        self._process = subprocess.Popen(
            [program, "-c", str(self._conf)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        for _ in range(200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.02)
        raise RuntimeError("Mosquitto does not start")

    def stop(self) -> None:
        """End it as an operator would."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)
            self._process = None


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[Callable[..., Mosquitto]]:
    """Starts a Mosquitto with lines of configuration."""
    started: list[Mosquitto] = []

    def start(conf: str = "max_queued_messages 0\nmax_inflight_messages 0\n") -> Mosquitto:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        folder = tmp_path / f"mosquitto{len(started)}"
        folder.mkdir()
        broker = Mosquitto(folder, port, conf.replace("{folder}", str(folder)))
        broker.start()
        started.append(broker)
        return broker

    yield start
    for broker in started:
        broker.stop()


async def eventually(condition: Callable[[], object], within: float = 10.0) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + within
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError("it did not become so in time")
        await asyncio.sleep(0.02)


@pytest.fixture(name="eventually")
def _eventually() -> Callable[..., object]:
    return eventually
