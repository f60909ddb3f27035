"""Temporal requests over HTTP on a long history, against bare DuckDB on the same rows.

python -m benchmarks.temporal [--rows 10000000]
"""

from __future__ import annotations

import argparse
import asyncio
import http.client
import json
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit

import duckdb
import numpy as np
import pyarrow as pa

from benchmarks.processes import kota
from benchmarks.report import emit, machine, percentile
from kota.model import instant
from kota.model.entity import Attribute, Kind
from kota.model.terms import DEFAULT_VOCABULARY
from kota.store.history.duckdb import DuckHistory
from kota.store.state.protocol import Observation
from kota.store.state.stretch import stretch_of

ENTITIES = 200
NAMES = ("pressure", "flow", "level", "power", "temperature")
SERIES = ENTITIES * len(NAMES)
START = instant.parse("2026-01-01T00:00:00Z")
CHUNK = 1_000_000
REPEATS = 40
WARM = 3
"""Requests before those that count."""
TYPE = DEFAULT_VOCABULARY + "Junction"


def entity_id(number: int) -> str:
    """The id of an entity."""
    return f"urn:ngsi-ld:Junction:{number:05d}"


def chunks(rows: int) -> Iterator[pa.Table]:
    """A minute's values of all series, minute after minute, as a city sends them."""
    random = np.random.default_rng(1)
    ids = [entity_id(n) for n in range(ENTITIES) for _ in NAMES]
    attributes = [DEFAULT_VOCABULARY + name for name in NAMES] * ENTITIES
    for first in range(0, rows, CHUNK):
        number = np.arange(first, min(first + CHUNK, rows))
        series = pa.array((number % SERIES).astype(np.int32))
        yield pa.table(
            {
                "entity_id": pa.DictionaryArray.from_arrays(series, pa.array(ids)),
                "attribute": pa.DictionaryArray.from_arrays(series, pa.array(attributes)),
                "observed_at": START + number // SERIES * instant.MINUTE,
                "number": random.normal(50, 5, len(number)).round(2),
                "unit": pa.array(["BAR"] * len(number)),
            }
        )


async def build(folder: Path, rows: int) -> None:
    """Fill a history, and measure what draining costs."""
    history = DuckHistory(folder, memory_limit=2**30)
    await history.open()
    begin = time.perf_counter()
    types = {entity_id(number): [TYPE] for number in range(ENTITIES)}
    for table in chunks(rows):
        await history.load(table, types=types, now=START)
        types = {}
    await history.clustered()
    emit("temporal.load", rows / (time.perf_counter() - begin), "rows/s")
    await measure_drain(history, rows)
    await history.close()


async def measure_drain(history: DuckHistory, rows: int) -> None:
    """Processor time of moving journalled observations into history."""
    at = START + (rows // SERIES + 1) * instant.MINUTE
    stretches = [
        stretch_of(
            batch * 10_000 + 1,
            [
                Observation(
                    entity_id(number // len(NAMES) % ENTITIES),
                    DEFAULT_VOCABULARY + NAMES[number % len(NAMES)],
                    Attribute(Kind.PROPERTY, number * 0.5, at + batch * instant.SECOND, "BAR"),
                )
                for number in range(10_000)
            ],
        )
        for batch in range(10)
    ]
    first, *rest = stretches
    await history.drain([first])
    cpu = time.process_time()
    for stretch in rest:
        await history.drain([stretch])
    spent = (time.process_time() - cpu) / sum(stretch.count for stretch in rest)
    emit("temporal.drain", spent * 1e6, "µs CPU/row", goal="≤ 3")


def bare(folder: Path, rows: int) -> tuple[float, float]:
    """Median time of the two queries on a plain DuckDB table [ms]."""
    with duckdb.connect(folder / "bare.duckdb", config={"threads": 2}) as connection:
        connection.execute(
            "CREATE TABLE observation (series INTEGER, observed_at BIGINT, number DOUBLE)"
        )
        for first in range(0, rows, CHUNK):
            connection.execute(
                "INSERT INTO observation SELECT i % ?, ? + i // ? * ?, random() * 50 "
                "FROM range(?, ?) t(i)",
                (SERIES, START, SERIES, instant.MINUTE, first, min(first + CHUNK, rows)),
            )
        connection.execute("CHECKPOINT")

        def run(statement: str) -> float:
            return timed(
                lambda number: connection.execute(statement, (number * 7 % SERIES,)).fetchall()
            )

        return (
            run(
                "SELECT observed_at // 3600000000 AS hour, avg(number), min(number), max(number) "
                "FROM observation WHERE series = ? GROUP BY hour ORDER BY hour"
            ),
            run("SELECT * FROM observation WHERE series = ? ORDER BY observed_at DESC LIMIT 10"),
        )


def timed(request: Callable[[int], object]) -> float:
    """Median time of `REPEATS` different requests [ms]."""
    return percentile(times(request), 0.5)


def times(request: Callable[[int], object]) -> list[float]:
    """Time of each of `REPEATS` different requests [ms]."""
    taken = []
    for number in range(REPEATS + WARM):
        begin = time.perf_counter()
        request(number)
        taken.append((time.perf_counter() - begin) * 1000)
    return taken[WARM:]


class Client:
    """One connection that stays open."""

    def __init__(self, url: str) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(url).netloc)

    def send(self, method: str, path: str, body: dict[str, object] | None = None) -> object:
        """The decoded answer.

        Raises:
            RuntimeError: it was refused.
        """
        headers = {"Content-Type": "application/json"}
        payload = None if body is None else json.dumps(body)
        self._connection.request(method, "/ngsi-ld/v1" + path, payload, headers)
        answer = self._connection.getresponse()
        content = answer.read()
        if answer.status >= 300:
            raise RuntimeError(f"{method} {path}: {answer.status} {content.decode()}")
        return json.loads(content) if content else None


def evolution(number: int, **parameters: object) -> str:
    """The path of one series' evolution."""
    query = "&".join(f"{name}={quote(str(value))}" for name, value in parameters.items())
    name = NAMES[number % len(NAMES)]
    return f"/temporal/entities/{entity_id(number * 7 % ENTITIES)}?attrs={name}&{query}"


def serve(folder: Path, floors: tuple[float, float]) -> None:
    """Measure over HTTP."""
    settings = folder.parent / "kota.toml"
    settings.write_text("solutions = []\n")
    with kota(folder, "--config", str(settings)) as (process, url):
        client = Client(url)
        whole = {"timerel": "after", "timeAt": "2026-01-01T00:00:00Z"}
        hours = {"aggrMethods": "avg,min,max", "aggrPeriodDuration": "PT1H"}
        requests = {
            "hours": (evolution, {**whole, **hours, "format": "aggregatedValues"}, "≤ 60"),
            "last_ten": (evolution, {"lastN": 10, "format": "temporalValues"}, "≤ 15"),
        }
        for (name, (path, parameters, goal)), floor in zip(requests.items(), floors, strict=True):
            taken = times(lambda n, p=path, q=parameters: client.send("GET", p(n, **q)))
            emit(f"temporal.{name}.p50", percentile(taken, 0.5), "ms", floor=floor, goal=goal)
            emit(f"temporal.{name}.p95", percentile(taken, 0.95), "ms")

        def write_and_read(number: int) -> None:
            one = f"urn:ngsi-ld:Tank:{number}"
            level = {"type": "Property", "value": 1.5, "observedAt": "2026-01-01T00:00:00Z"}
            client.send("POST", "/entities", {"id": one, "type": "Tank", "level": level})
            client.send("GET", f"/temporal/entities/{one}")

        emit("temporal.read_own_write.p50", timed(write_and_read), "ms")
        emit("temporal.memory", process.memory(), "MB")


def main() -> None:
    """Build, then measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000)
    rows = parser.parse_args().rows
    print(json.dumps({"machine": machine(), "rows": rows}), flush=True)
    with tempfile.TemporaryDirectory() as folder:
        floors = bare(Path(folder), rows)
        data = Path(folder) / "data"
        asyncio.run(build(data, rows))
        size = (data / "history.duckdb").stat().st_size
        emit("temporal.size", size / rows, "bytes/row")
        serve(data, floors)


if __name__ == "__main__":
    main()
