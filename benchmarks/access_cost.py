"""What it costs to ask who is there: NGSI-LD retrievals, with a token and without identity.

    python -m benchmarks.access_cost [--calls 20000]

Both servers run at once and are asked in turns, so that what else the machine does falls on both.
"""

from __future__ import annotations

import argparse
import http.client
import json
import statistics
import sys
import tempfile
import urllib.request
from pathlib import Path
from typing import Any

from benchmarks.http import JSON, entity
from benchmarks.processes import Process, kota
from benchmarks.report import emit, machine

ENTITIES = 1000
TURNS = 10
WAYS = ("none", "whole", "area")


def post(url: str, body: Any, headers: dict[str, str]) -> Any:
    """Send JSON; returns the decoded answer."""
    request = urllib.request.Request(url, json.dumps(body).encode(), JSON | headers)
    with urllib.request.urlopen(request, timeout=60) as answer:
        content = answer.read()
    return json.loads(content) if content else None


def turn(url: str, process: Process, headers: dict[str, str], calls: int) -> float:
    """Processor time of one retrieval [µs]."""
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=60)
    before = process.cpu()
    for number in range(calls):
        path = f"/ngsi-ld/v1/entities/urn:ngsi-ld:Device:{number % ENTITIES}"
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        content = answer.read()
        if answer.status != 200 or not content:
            raise RuntimeError(f"{path}: {answer.status}")
    connection.close()
    return (process.cpu() - before) / calls * 1e6


def main() -> None:
    """Measure and say the medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=20_000)
    calls = parser.parse_args().calls // TURNS
    print(machine(), file=sys.stderr)
    bodies = [entity(number) | {"scope": ["/town/north"]} for number in range(ENTITIES)]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with (
            kota(folder / "open", "--auth", "none") as (free, free_url),
            kota(folder / "asked", "--auth", "local") as (asking, asking_url),
        ):
            token = (folder / "asked" / "owner.token").read_text()
            owner = {"Authorization": f"Bearer {token}"}
            headers: dict[str, dict[str, str]] = {"none": {}}
            for way, areas in (("whole", []), ("area", ["/town/north"])):
                grant = {"role": "viewer", "areas": areas}
                wanted = {"name": way, "grants": [grant]}
                made = post(f"{asking_url}/api/v1/tokens", wanted, owner)
                headers[way] = {"Authorization": f"Bearer {made['text']}"}
            for url, sent in ((free_url, {}), (asking_url, owner)):
                post(f"{url}/ngsi-ld/v1/entityOperations/create", bodies, sent)
            spent: dict[str, list[float]] = {way: [] for way in WAYS}
            for number in range(TURNS + 1):
                for way in WAYS:
                    url, process = (free_url, free) if way == "none" else (asking_url, asking)
                    found = turn(url, process, headers[way], calls)
                    if number:
                        spent[way].append(found)
    middle = {way: statistics.median(times) for way, times in spent.items()}
    for way in WAYS:
        goal = None if way == "none" else "at most 1.15 of the floor"
        floor = None if way == "none" else middle["none"]
        emit(f"access.retrieve.{way}", middle[way], "µs of a processor", floor=floor, goal=goal)


if __name__ == "__main__":
    main()
