"""A town of 100,000 entities and ten million observations moves into PostgreSQL, row by row.

python -m benchmarks.migrate [--entities 100000] [--rows 10000000]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks import temporal
from benchmarks.http import BATCH, entity
from benchmarks.postgres_server import postgres
from benchmarks.report import emit, machine
from benchmarks.stores import OPTIONS
from kota.clock import WallClock
from kota.model.entity import Attribute, Entity, Kind
from kota.model.terms import DEFAULT_VOCABULARY, LOCATION
from kota.store.history.drain import Drain
from kota.store.history.duckdb import DuckHistory
from kota.store.state import Write
from kota.store.state.sqlite import SqliteState

GOAL_S = 600


def as_stored(number: int) -> Entity:
    """A device of the benchmark of HTTP, as the store keeps it."""
    body = entity(number)
    attrs = {
        DEFAULT_VOCABULARY + name: (Attribute(Kind.PROPERTY, body[name]["value"], 1, "CEL"),)
        for name in body
        if name.startswith("a")
    }
    attrs[LOCATION] = (Attribute(Kind.GEO_PROPERTY, body["location"]["value"]),)
    return Entity(body["id"], (DEFAULT_VOCABULARY + "Device",), attrs, (), 1, 1)


async def build(folder: Path, entities: int, rows: int) -> None:
    """A town as it would be after some weeks."""
    state, history = SqliteState(folder, WallClock()), DuckHistory(folder, memory_limit=2**30)
    await state.open()
    await history.open()
    drain = Drain(state.journal, history)
    await drain.start()
    for start in range(0, entities, BATCH):
        made = [as_stored(number) for number in range(start, start + BATCH)]
        await state.apply([Write(one.id, lambda _, one=one: one) for one in made])  # type: ignore[misc]
    types = {temporal.entity_id(number): [temporal.TYPE] for number in range(temporal.ENTITIES)}
    for table in temporal.chunks(rows):
        await history.load(table, types=types, now=temporal.START)
        types = {}
    await history.clustered()
    await drain.close()
    await history.close()
    await state.close()


def main() -> None:
    """Build, move, and say how long it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entities", type=int, default=100_000)
    parser.add_argument("--rows", type=int, default=10_000_000)
    given = parser.parse_args()
    print(json.dumps({"machine": machine()}), flush=True)
    with postgres(options=OPTIONS) as server, tempfile.TemporaryDirectory() as name:
        town = Path(name) / "town"
        asyncio.run(build(town, given.entities, given.rows))
        command = [sys.executable, "-m", "kota", "migrate", "--json"]
        command += ["--from", f"sqlite:{town}", "--to", server.address()]
        before, begin = server.cpu(), time.perf_counter()
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        passed = time.perf_counter() - begin
        found = json.loads(done.stdout)
        if found["observations"] != given.rows + 5 * given.entities:
            raise SystemExit(f"not all observations arrived: {found}")
        emit("migrate.all", passed, "s", goal=f"≤ {GOAL_S}")
        emit("migrate.copied", found["copied_s"], "s")
        emit("migrate.compared", found["compared_s"], "s")
        emit("migrate.cpu_of_server", server.cpu() - before, "s")
        emit("migrate.observations", found["observations"], "rows")


if __name__ == "__main__":
    main()
