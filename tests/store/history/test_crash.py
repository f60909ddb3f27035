"""A process that is killed loses nothing that it acknowledged, and doubles nothing."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kota.store.history import drain as draining
from kota.store.history.drain import Drain
from kota.store.history.duckdb import DuckHistory
from kota.store.history.protocol import ALWAYS, SeriesFilter
from kota.store.state.sqlite import SqliteState

ROUNDS = 6
CHILD = """
import asyncio, sys
from pathlib import Path
from kota.clock import WallClock
from kota.model.entity import Attribute, Entity, Kind
from kota.store.history import drain, runs
from kota.store.history.duckdb import DuckHistory
from kota.store.state.protocol import Write
from kota.store.state.sqlite import SqliteState

drain.INTERVAL = 0.005
runs.RECENT_ROWS = 60
runs.FANOUT = 2

async def main(folder, first):
    state, history = SqliteState(folder, WallClock()), DuckHistory(folder)
    await state.open()
    await history.open()
    await drain.Drain(state.journal, history).start()
    for number in range(first, first + 100_000):
        body = Entity("urn:a:1", ("T",), {"urn:p:x": (Attribute(Kind.PROPERTY, number, number),)})
        await state.apply([Write("urn:a:1", lambda before: body)])
        print(number, flush=True)

asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
"""


def run_and_kill(folder: Path, first: int, seconds: float) -> int:
    """The last number that the child acknowledged before it was killed."""
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(folder), str(first)], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    last = child.stdout.readline()
    time.sleep(seconds)
    child.kill()
    last = ([last, *child.stdout.read().split()])[-1]
    child.wait()
    child.stdout.close()
    return int(last)


@pytest.mark.timeout(100)
async def test_killed_at_any_moment_every_acknowledged_observation_is_there_once(tmp_path, clock):
    random.seed(7)
    acknowledged: list[int] = []
    first = 1
    for _ in range(ROUNDS):
        last = run_and_kill(tmp_path, first, random.uniform(0.02, 0.4))
        acknowledged += range(first, last + 1)
        first = last + 1000

    state, history = SqliteState(tmp_path, clock), DuckHistory(tmp_path)
    await state.open()
    await history.open()
    drain = Drain(state.journal, history)
    await drain.start()
    found = await history.instances(
        SeriesFilter(entity_ids=("urn:a:1",), attributes=("urn:p:x",)), ALWAYS
    )
    await drain.close()
    await history.close()
    await state.close()

    values = [one.instance.value for one in found]
    assert len(values) == len(set(values))
    assert set(acknowledged) <= set(values)
    assert draining.INTERVAL > 0.1
