"""Observations from MQTT to committed state and history, against the bare cost of the same.

python -m benchmarks.ingest [--seconds 15]
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

from benchmarks.mqtt_load import profile
from benchmarks.processes import Process, kota, mosquitto
from benchmarks.report import emit, machine

DEVICES = 1000
RATE = 4000
FLOOD = 1_000_000
"""A rate [messages/s] that nothing reaches: as fast as the broker takes them."""


def load(port: int, attributes: int, rate: float, seconds: float) -> dict[str, Any]:
    """Publish from another process; returns what was acknowledged."""
    command = [sys.executable, "-m", "benchmarks.mqtt_load", "--port", str(port)]
    command += ["--devices", str(DEVICES), "--attributes", str(attributes)]
    command += ["--rate", str(rate), "--seconds", str(seconds)]
    answer: dict[str, Any] = json.loads(subprocess.check_output(command))
    return answer


def health(url: str) -> Any:
    """What Kota says of itself."""
    with urllib.request.urlopen(f"{url}/api/v1/health") as answer:
        return json.load(answer)


def committed(url: str) -> int:
    """How many observations are durable, in the journal or in history."""
    return int(health(url)["ingest"]["observations"])


def wait_for_history(url: str, count: int, seconds: float) -> None:
    """Return when so many observations are committed and all of them are in history."""
    begin = time.perf_counter()
    while time.perf_counter() - begin < seconds:
        now = health(url)
        if now["ingest"]["observations"] >= count and now["store"]["journal_lag"] == 0:
            return
        time.sleep(0.05)
    raise RuntimeError(f"{committed(url)} of {count} observations after {seconds} s")


def check_rows(url: str, rows: int) -> None:
    """Raise unless history holds so many; the count that Kota gives is up to five seconds old."""
    for _ in range(12):
        if health(url)["store"]["history_rows"] == rows:
            return
        time.sleep(0.5)
    raise RuntimeError(f"history holds {health(url)['store']['history_rows']} of {rows} rows")


def through_kota(folder: Path, attributes: int, rate: float, seconds: float) -> tuple[float, float]:
    """Messages a second until committed, and the processor time of Kota for each [µs]."""
    with mosquitto(folder / "broker") as (_, port):
        device = folder / "bench.toml"
        device.write_text(profile(attributes))
        arguments = ["--mqtt", f"mqtt://127.0.0.1:{port}", "--profile", str(device)]
        with kota(folder / "data", *arguments) as (process, url):
            load(port, attributes, 200, 1)
            time.sleep(1)
            before, cpu = committed(url), process.cpu()
            begin = time.perf_counter()
            sent = load(port, attributes, rate, seconds)
            due = before + sent["acknowledged"] * attributes
            wait_for_history(url, due, 120)
            elapsed = time.perf_counter() - begin
            cost = (process.cpu() - cpu) / sent["sent"] * 1e6
            check_rows(url, due)
            return sent["acknowledged"] / elapsed, cost


def through_the_floor(folder: Path, attributes: int, seconds: float) -> float:
    """Messages a second when they are received, decoded, upserted and appended without Kota."""
    with mosquitto(folder / "broker") as (_, port):
        command = [sys.executable, "-m", "benchmarks.ingest_floor", str(port), str(folder)]
        floor = Process(command, folder / "floor.log")
        time.sleep(2)
        begin = time.perf_counter()
        sent = load(port, attributes, FLOOD, seconds)
        done = folder / "done"
        while not (done.exists() and int(done.read_text() or 0) >= sent["acknowledged"]):
            if not floor.running():
                raise RuntimeError(floor.log.read_text()[-2000:])
            time.sleep(0.05)
        elapsed = time.perf_counter() - begin
        floor.stop()
        return float(sent["acknowledged"] / elapsed)


def main() -> None:
    """Measure the steady rate, the flood, and the floor."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=15)
    seconds = parser.parse_args().seconds
    print(json.dumps({"machine": machine()}))
    for attributes in (5, 1):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            folder.chmod(0o755)
            for part in ("steady", "flood", "floor"):
                (folder / part).mkdir()
            what = f"ingest.{attributes}_attributes"
            if attributes == 5:
                rate, cost = through_kota(folder / "steady", attributes, RATE, seconds)
                emit(f"{what}.steady", rate, "messages/s", goal="keeps up with 4000")
                emit(f"{what}.cost", cost, "µs of processor time a message")
            floor = through_the_floor(folder / "floor", attributes, seconds / 2)
            rate, _ = through_kota(folder / "flood", attributes, FLOOD, seconds / 2)
            emit(f"{what}.flood", rate, "messages/s", floor=floor, goal="half of the floor")
            emit(f"{what}.flood_observations", rate * attributes, "observations/s")


if __name__ == "__main__":
    main()
