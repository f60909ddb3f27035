"""NGSI-LD over HTTP, keep-alive: what one processor second of the server does.

    python -m benchmarks.http [--entities 100000]

The floor is the same server answering the same bytes without Kota.
"""

from __future__ import annotations

import argparse
import http.client
import json
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from benchmarks.processes import Process, free_port, kota, wait_for_http
from benchmarks.report import emit, machine, percentile

CONNECTIONS = 24
BATCH = 1000
JSON = {"Content-Type": "application/json"}
Call = tuple[str, str, str | None]


def entity(number: int) -> dict[str, Any]:
    """A device with a place and four measurements: five attributes."""
    place = [103.6 + number % 400 * 0.001, 1.2 + number // 400 % 400 * 0.001]
    measured = {
        f"a{k}": {
            "type": "Property",
            "value": (number * 37 + k) % 1000 / 10,
            "unitCode": "CEL",
            "observedAt": "2026-01-01T00:00:00Z",
        }
        for k in range(4)
    }
    location = {"type": "GeoProperty", "value": {"type": "Point", "coordinates": place}}
    return {
        "id": f"urn:ngsi-ld:Device:{number}",
        "type": "Device",
        "location": location,
        **measured,
    }


def timed(port: int, process: Process, calls: Sequence[Call], connections: int) -> float:
    """Processor seconds of the server for these calls."""
    faults: list[str] = []

    def run(own: Sequence[Call]) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        for method, path, body in own:
            connection.request(method, path, body, JSON if body else {})
            answer = connection.getresponse()
            content = answer.read()
            if answer.status >= 300:
                faults.append(f"{method} {path[:60]}: {answer.status} {content[:200]!r}")
                return

    before = process.cpu()
    threads = [
        threading.Thread(target=run, args=(calls[n::connections],)) for n in range(connections)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise RuntimeError(faults[0])
    return process.cpu() - before


def written(
    url: str, port: int, process: Process, calls: Sequence[Call], connections: int
) -> float:
    """Processor seconds of the server for these writes, until history holds what they say."""
    before = process.cpu()
    timed(port, process, calls, connections)
    while lag(url):
        time.sleep(0.1)
    return process.cpu() - before


def lag(url: str) -> int:
    """Observations that are committed and not yet in history."""
    with urllib.request.urlopen(f"{url}/api/v1/health") as answer:
        return int(json.load(answer)["store"]["journal_lag"])


def floor(folder: Path, body: bytes, calls: int) -> float:
    """Answers a processor second of uvicorn and Starlette that send these bytes."""
    (folder / "body").write_bytes(body)
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.http_floor", str(port), str(folder / "body")]
    process = Process(command, folder / "floor.log")
    try:
        wait_for_http(f"http://127.0.0.1:{port}/", process)
        spent = timed(port, process, [("GET", "/", None)] * calls, CONNECTIONS)
    finally:
        process.stop()
    return calls / spent


def query_path(number: int) -> str:
    """A query by type, range and box, another box each time."""
    west, south = 103.6 + number % 36 * 0.01, 1.2 + number % 22 * 0.01
    east, north = west + 0.02, south + 0.02
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    parameters = {
        "type": "Device",
        "q": "a0>=20;a0<=60",
        "georel": "within",
        "geometry": "Polygon",
        "coordinates": json.dumps([ring]),
        "limit": 100,
    }
    return f"/ngsi-ld/v1/entities?{urlencode(parameters, quote_via=quote)}"


def latencies(port: int, path: Callable[[int], str], count: int) -> list[float]:
    """Seconds from request to answer, one after the other."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    found = []
    for number in range(count):
        begin = time.perf_counter()
        connection.request("GET", path(number))
        answer = connection.getresponse()
        content = answer.read()
        found.append(time.perf_counter() - begin)
        if answer.status != 200:
            raise RuntimeError(content[:300])
    return found


def main() -> None:
    """Measure creations, retrievals, batches and queries."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entities", type=int, default=100_000)
    wanted = parser.parse_args().entities
    print(json.dumps({"machine": machine()}))
    calls = 10_000
    with tempfile.TemporaryDirectory() as name, kota(Path(name) / "data") as (process, url):
        port = int(url.rsplit(":", 1)[1])
        bodies = [json.dumps(entity(number)) for number in range(calls)]
        creations: list[Call] = [("POST", "/ngsi-ld/v1/entities", body) for body in bodies]
        spent = written(url, port, process, creations, CONNECTIONS)
        emit("http.create", calls / spent, "per processor second", goal="1500")
        reads: list[Call] = [
            ("GET", f"/ngsi-ld/v1/entities/urn:ngsi-ld:Device:{n}", None) for n in range(calls)
        ]
        spent = timed(port, process, reads, CONNECTIONS)
        bare = floor(Path(name), bodies[0].encode(), calls)
        emit("http.retrieve", calls / spent, "per processor second", floor=bare, goal="4000")
        upserts: list[Call] = []
        for start in range(0, wanted, BATCH):
            batch = json.dumps([entity(n) for n in range(start, start + BATCH)])
            upserts.append(("POST", "/ngsi-ld/v1/entityOperations/upsert", batch))
        spent = written(url, port, process, upserts, 2)
        emit("http.batch_upsert", wanted / spent, "entities per processor second", goal="5000")
        emit("http.memory", process.memory(), f"MB at {wanted} entities", goal="600 at 100000")
        time.sleep(3)
        seconds = latencies(port, query_path, 200)
        emit("http.query_p50", percentile(seconds, 0.5) * 1000, "ms", goal="5")
        emit("http.query_p95", percentile(seconds, 0.95) * 1000, "ms")


if __name__ == "__main__":
    main()
