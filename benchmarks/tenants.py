"""What tenants cost: the memory and the start of each, its processor time at rest, a request.

    python -m benchmarks.tenants --tenants 50

A Kota is started without tenants, and again with so many, all open. The difference, by tenant, is
what one costs. Requests with and without the header alternate on one connection.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from pathlib import Path
from typing import Final

import httpx

from benchmarks.processes import Process, kota
from benchmarks.report import emit

HEADER: Final = "NGSILD-Tenant"
NGSI: Final = "/ngsi-ld/v1"
REST_S: Final = 10.0


def _cost(process: Process) -> tuple[float, float]:
    """Memory [MB], and processor time while nobody asks [% of a core]."""
    before = process.cpu()
    time.sleep(REST_S)
    return process.memory(), 100 * (process.cpu() - before) / REST_S


def _make(url: str, count: int) -> list[float]:
    """Make tenants, each with an entity; returns how long each took to open [ms]."""
    took = []
    with httpx.Client(base_url=url, timeout=60) as http:
        for number in range(count):
            began = time.perf_counter()
            reply = http.post(
                f"{NGSI}/entities",
                json={"id": "urn:x:L", "type": "Lamp", "on": {"type": "Property", "value": 1}},
                headers={HEADER: f"t{number}"},
            )
            reply.raise_for_status()
            took.append(1000 * (time.perf_counter() - began))
    return took


async def _pairs(url: str, rounds: int) -> tuple[list[float], list[float]]:
    """Times of a retrieval in the default tenant and in another, in turn [ms]."""
    path = f"{NGSI}/entities/urn:x:L"
    default: list[float] = []
    tenant: list[float] = []
    async with httpx.AsyncClient(base_url=url) as http:
        body = {"id": "urn:x:L", "type": "Lamp", "on": {"type": "Property", "value": 1}}
        (await http.post(f"{NGSI}/entities", json=body)).raise_for_status()
        for _ in range(rounds):
            for times, headers in ((default, {}), (tenant, {HEADER: "t0"})):
                began = time.perf_counter()
                reply = await http.get(path, headers=headers)
                times.append(1000 * (time.perf_counter() - began))
                reply.raise_for_status()
    return default, tenant


def main() -> int:
    """Measure and say."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tenants", type=int, default=50)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "town"
        with kota(data, "--auth", "none") as (process, url):
            alone, idle = _cost(process)
            opening = _make(url, given.tenants)
            default, tenant = asyncio.run(_pairs(url, 500))
            full, busy = _cost(process)
    emit("tenants.memory_without", alone, "MB")
    emit("tenants.memory_each", (full - alone) / given.tenants, "MB")
    emit("tenants.rest_each", (busy - idle) / given.tenants, "% of a core")
    emit("tenants.open", statistics.median(opening), "ms")
    emit("tenants.retrieve_default", statistics.median(default), "ms")
    emit("tenants.retrieve_tenant", statistics.median(tenant), "ms")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
