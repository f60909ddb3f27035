"""The embedded store and PostgreSQL, one after the other in one run, over HTTP.

    python -m benchmarks.stores [--entities 100000] [--rows 10000000]

Rates are per second of wall time, in which Kota, PostgreSQL and the clients share the machine, and
per second of processor time of Kota and PostgreSQL. For PostgreSQL the floor of each figure is that
of the embedded store, so `ratio` is what the change costs.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks import temporal
from benchmarks.http import BATCH, CONNECTIONS, Call, entity, lag, latencies, query_path, timed
from benchmarks.postgres_server import PostgresServer, postgres
from benchmarks.processes import Process, kota
from benchmarks.report import emit, machine, percentile
from kota.clock import WallClock
from kota.store.opening import stores_of

CALLS = 10_000
OPTIONS = ("shared_buffers=512MB", "work_mem=16MB", "maintenance_work_mem=256MB")
"""As docs/running.md recommends for a machine of this size."""


class Side:
    """One of the two stores, and what was measured of it."""

    def __init__(self, name: str, server: PostgresServer | None = None) -> None:
        self.name = name
        self.server = server
        self.found: dict[str, float] = {}

    def arguments(self, database: str) -> list[str]:
        """What `kota serve` is given besides its folder."""
        if self.server is None:
            return []
        self.server.sql(f"CREATE DATABASE {database}")
        return ["--store", self.server.address(database)]

    def cpu(self, process: Process) -> float:
        """Processor time of Kota and PostgreSQL so far [s]."""
        return process.cpu() + (0.0 if self.server is None else self.server.cpu())

    def times(
        self, metric: str, found: Sequence[float], cpu: float, embedded: Side | None, goal: str
    ) -> None:
        """Print how long requests took [ms], and the processor time of each."""
        self.say(f"{metric}_p50", percentile(found, 0.5), "ms", embedded, goal)
        self.say(f"{metric}_p95", percentile(found, 0.95), "ms", embedded, None)
        self.say(f"{metric}_cpu", cpu * 1000, "ms of processor time", embedded, None)

    def rates(
        self, metric: str, found: tuple[float, float], embedded: Side | None, goal: str
    ) -> None:
        """Print how often something is done in a second of wall and of processor time."""
        wall, cpu = found
        self.say(metric, wall, "per second", embedded, goal)
        self.say(f"{metric}_cpu", cpu, "per processor second", embedded, None)

    def say(
        self, metric: str, value: float, unit: str, embedded: Side | None, goal: str | None
    ) -> None:
        """Print a figure beside that of the embedded store."""
        self.found[metric] = value
        floor = None if embedded is None else embedded.found[metric]
        goal = goal if embedded is not None else None
        emit(f"stores.{self.name}.{metric}", value, unit, floor=floor, goal=goal)


def measure(
    side: Side, port: int, process: Process, calls: Sequence[Call], work: float = 1
) -> tuple[float, float]:
    """Calls, times the work in each, per second of wall time and of processor time.

    The processor time is that of Kota and PostgreSQL together, so that it does not depend on what
    else the machine does.
    """
    before, begin = side.cpu(process), time.perf_counter()
    timed(port, process, calls, 2 if work > 1 else CONNECTIONS)
    passed, spent = time.perf_counter() - begin, side.cpu(process) - before
    return len(calls) * work / passed, len(calls) * work / spent


def measure_state(side: Side, embedded: Side | None, folder: Path, entities: int) -> None:
    """Creations, retrievals, batches and queries."""
    data = folder / f"{side.name}-state"
    with kota(data, *side.arguments("state")) as (process, url):
        port = int(url.rsplit(":", 1)[1])
        bodies = [json.dumps(entity(number)) for number in range(CALLS)]
        creations: list[Call] = [("POST", "/ngsi-ld/v1/entities", body) for body in bodies]
        side.rates("create", measure(side, port, process, creations), embedded, "700")
        reads: list[Call] = [
            ("GET", f"/ngsi-ld/v1/entities/urn:ngsi-ld:Device:{n}", None) for n in range(CALLS)
        ]
        side.rates("retrieve", measure(side, port, process, reads), embedded, "2500")
        upserts: list[Call] = []
        for start in range(0, entities, BATCH):
            batch = json.dumps([entity(n) for n in range(start, start + BATCH)])
            upserts.append(("POST", "/ngsi-ld/v1/entityOperations/upsert", batch))
        upserted = measure(side, port, process, upserts, BATCH)
        side.rates("batch_upsert", upserted, embedded, "5000")
        while lag(url):
            time.sleep(0.2)
        settle(side, "state")
        scattered: list[Call] = [
            ("GET", f"/ngsi-ld/v1/entities/urn:ngsi-ld:Device:{n * 7919 % entities}", None)
            for n in range(CALLS)
        ]
        found = measure(side, port, process, scattered)
        side.rates("retrieve_scattered", found, embedded, "2500")
        before = side.cpu(process)
        taken = [seconds * 1000 for seconds in latencies(port, query_path, 200)]
        spent = (side.cpu(process) - before) / len(taken)
        side.times("query", taken, spent, embedded, "≤ 5")
        side.say("memory", process.memory(), "MB", embedded, None)
        if side.server is not None:
            emit(f"stores.{side.name}.memory_of_server", side.server.memory(), "MB")


def measure_history(side: Side, embedded: Side | None, folder: Path, rows: int) -> None:
    """Buckets and newest values over many rows."""
    data = folder / f"{side.name}-history"
    arguments = side.arguments("history")
    begin = time.perf_counter()
    asyncio.run(load(data, arguments[1] if arguments else None, rows))
    loaded = rows / (time.perf_counter() - begin)
    side.say("load", loaded, "rows per second", embedded, None)
    settle(side, "history")
    settings = folder / "kota.toml"
    settings.write_text("solutions = []\n")
    with kota(data, "--config", str(settings), *arguments) as (process, url):
        client = temporal.Client(url)
        whole = {"timerel": "after", "timeAt": "2026-01-01T00:00:00Z"}
        hours = {"aggrMethods": "avg,min,max", "aggrPeriodDuration": "PT1H"}
        requests = {
            "hours": ({**whole, **hours, "format": "aggregatedValues"}, "≤ 60"),
            "last_ten": ({"lastN": 10, "format": "temporalValues"}, "≤ 15"),
        }
        for name, (parameters, goal) in requests.items():
            before = side.cpu(process)
            taken = temporal.times(
                lambda n, q=parameters: client.send("GET", temporal.evolution(n, **q))
            )
            spent = (side.cpu(process) - before) / (len(taken) + temporal.WARM)
            side.times(name, taken, spent, embedded, goal)
    if side.server is None:
        size = (data / "history.duckdb").stat().st_size
    else:
        size = int(side.server.sql("SELECT pg_database_size('history')", "history"))
    side.say("size", size / rows, "bytes per row", embedded, None)


async def load(data: Path, store: str | None, rows: int) -> None:
    """Fill a history with a minute's values of all series, minute after minute."""
    data.mkdir(parents=True)
    state, history = stores_of(data, store, WallClock(), history_memory=1024)
    await state.open()
    await history.open()
    types = {temporal.entity_id(number): [temporal.TYPE] for number in range(temporal.ENTITIES)}
    for table in temporal.chunks(rows):
        await history.load(table, types=types, now=temporal.START)
        types = {}
    await history.close()
    await state.close()


def settle(side: Side, database: str) -> None:
    """Let what comes in the background anyway come now, so that it does not fall into a figure."""
    if side.server is not None:
        side.server.sql("VACUUM (ANALYZE)", database)
        side.server.sql("CHECKPOINT", database)
    else:
        time.sleep(3)


def main() -> None:
    """Measure both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entities", type=int, default=100_000)
    parser.add_argument("--rows", type=int, default=10_000_000)
    given = parser.parse_args()
    print(json.dumps({"machine": machine(), "rows": given.rows}), flush=True)
    with postgres(options=OPTIONS) as server, tempfile.TemporaryDirectory() as name:
        embedded, production = Side("embedded"), Side("postgres", server)
        for side, floor in ((embedded, None), (production, embedded)):
            if given.entities:
                measure_state(side, floor, Path(name), given.entities)
            if given.rows:
                measure_history(side, floor, Path(name), given.rows)


if __name__ == "__main__":
    main()
