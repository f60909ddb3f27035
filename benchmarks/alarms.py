"""From a condition in the field to the alarm on an operator's live stream, under load.

    python -m benchmarks.alarms [--seconds 30]

10,000 definitions of all kinds over 5,000 observations a second; generator, Mosquitto and Kota run
on the same cores. Beside the load, devices of their own cross a limit at random moments; each
alarm's way is timed from the publishing of the observation to the frame in which a WebSocket client
(as the dashboard is one) is told of the alarm. Then 500 devices cross it at once. The floor is the
same load without a definition.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import random
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from websockets.sync.client import connect

from benchmarks.mqtt_load import Load, profile
from benchmarks.processes import Process, kota, mosquitto
from benchmarks.report import emit, machine, percentile

DEVICES, ATTRIBUTES, RATE = 1000, 5, 1000.0
PROBES = 1000
PROBES_A_SECOND = 15.0
STORM = 500
STATES = "unacknowledged"

KINDS = (
    'is = "high", attribute = "a0", limit = 1000, deadband = 5',
    'is = "low", attribute = "a0", limit = -1000, deadband = 5',
    'is = "high-high", attribute = "a1", limit = 1200',
    'is = "low-low", attribute = "a1", limit = -1200',
    'is = "high", attribute = "a2", against = "a3", limit = 500',
    'is = "deviation", attribute = "a3", against = "a4", limit = 500',
    'is = "rising", attribute = "a4", limit = 1e12, window = 0.02',
    'is = "stale", attribute = "a2", limit = 1e6',
    'is = "query", q = "a0>900;a4<0"',
)


def definitions() -> str:
    """The file of definitions (TOML): nine for each device, one for each that probes."""
    lines: list[str] = []
    for device in range(DEVICES):
        for number, when in enumerate(KINDS):
            lines += _definition(f"load-{device}-{number}", f"d{device}", when)
    for probe in range(PROBES):
        lines += _definition(f"probe-{probe}", f"p{probe}", KINDS[0])
    return "\n".join(lines)


def _definition(name: str, device: str, when: str) -> list[str]:
    return [
        "[[alarm]]",
        f'id = "{name}"',
        f'entity = "urn:ngsi-ld:Device:{device}"',
        f"when = {{ {when} }}",
        'title = "Out of range"',
        'severity = "major"',
        "respond_within = 600",
        'consequence = "None: this is a benchmark."',
        'action = "Nothing."',
    ]


class Screen(threading.Thread):
    """A client of the live stream that notes when it is told of each alarm."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self.shown: dict[str, float] = {}
        self.ready = threading.Event()
        self.done = False
        self._url = url.replace("http://", "ws://") + "/api/v1/live"
        self._entities: dict[int, str] = {}
        self._attributes: dict[int, str] = {}

    def run(self) -> None:
        """Read frames until it is done."""
        with connect(self._url, max_size=None) as socket:
            socket.send(json.dumps({"op": "watch", "types": ["Alert"], "interval_ms": 200}))
            self.ready.set()
            while not self.done:
                with contextlib.suppress(TimeoutError):
                    self._take(json.loads(socket.recv(0.5)), time.perf_counter())

    def _take(self, message: dict[str, Any], at: float) -> None:
        if message["op"] == "names":
            self._entities |= {row[0]: row[1] for row in message["entities"]}
            self._attributes |= {row[0]: row[1] for row in message["attributes"]}
        elif message["op"] == "delta":
            for handle, attribute, value, *_ in message["rows"]:
                if self._attributes.get(attribute) == "alarmState" and value == STATES:
                    self.shown.setdefault(self._entities[handle], at)


def probe(port: int, waits: Iterable[float], first: int = 0) -> dict[str, float]:
    """Let devices cross the limit, each after a wait; returns when each alarm's cause was sent."""
    sender = Load(port, 1, 1, 0)
    sender.connect()
    sent: dict[str, float] = {}
    for number, wait in enumerate(waits, first):
        time.sleep(wait)
        payload = b'{"t":%d,"a0":5000.0}' % int(time.time() * 1000)
        sent[f"urn:ngsi-ld:Alert:probe-{number}:Device:p{number}"] = time.perf_counter()
        sender.publish(b"/bench/p%d/attrs" % number, payload, number % 65535 + 1)
    sender.settle()
    sender.close()
    return sent


def moments(seconds: float, rng: random.Random) -> Iterator[float]:
    """Waits between random moments in a stretch of time [s]; at most as many as may probe."""
    begin = time.perf_counter()
    for _ in range(PROBES - STORM):
        yield rng.expovariate(PROBES_A_SECOND)
        if time.perf_counter() - begin >= seconds:
            return


def under_load(port: int, seconds: float) -> subprocess.Popen[str]:
    """The load, in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.mqtt_load", "--port", str(port)]
    command += ["--devices", str(DEVICES), "--attributes", str(ATTRIBUTES)]
    command += ["--rate", str(RATE), "--seconds", str(seconds)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def cost(process: Process, port: int, seconds: float) -> float:
    """Processor time of Kota for an observation under the load [µs]."""
    before = process.cpu()
    with under_load(port, seconds) as load:
        answer = json.loads(load.communicate()[0])
    time.sleep(1)
    return (process.cpu() - before) / (answer["sent"] * ATTRIBUTES) * 1e6


@dataclass(frozen=True)
class Outcome:
    """What was measured.

    Args:
        cost: of an observation [µs].
        ways: of the alarms at random moments [s].
        storm: of those that came at once [s].
        missing: how many were never shown.
    """

    cost: float
    ways: list[float]
    storm: list[float]
    missing: int


def measure(folder: Path, arguments: list[str], seconds: float) -> Outcome:
    """Run Kota under the load, with these arguments."""
    with mosquitto(folder / "broker") as (_, port):
        device = folder / "bench.toml"
        device.write_text(profile(ATTRIBUTES))
        given = ["--mqtt", f"mqtt://127.0.0.1:{port}", "--profile", str(device), *arguments]
        with kota(folder / "data", *given) as (process, url):
            cost(process, port, 3)
            spent = cost(process, port, seconds / 2)
            if not arguments:
                return Outcome(spent, [], [], 0)
            screen = Screen(url)
            screen.start()
            screen.ready.wait(10)
            with under_load(port, seconds + 6) as load:
                time.sleep(1)
                sent = probe(port, moments(seconds, random.Random(1)))
                stormed = probe(port, [0.0] * STORM, PROBES - STORM)
                load.communicate()
            time.sleep(3)
            screen.done = True
            screen.join()
            ways, storm = _ways(screen, sent), _ways(screen, stormed)
            count = len(sent) + len(stormed)
            raised = _raised(url)
            if raised != count:
                print(json.dumps({"sent": count, "raised": raised}))
            return Outcome(spent, ways, storm, count - len(ways) - len(storm))


def _ways(screen: Screen, sent: dict[str, float]) -> list[float]:
    return [screen.shown[key] - at for key, at in sent.items() if key in screen.shown]


def _raised(url: str) -> int:
    with urllib.request.urlopen(f"{url}/api/v1/alarms?limit=1") as answer:
        return int(json.load(answer)["total"])


def main() -> None:
    """Measure with 10,000 definitions and with none."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=30)
    seconds = parser.parse_args().seconds
    print(json.dumps({"machine": machine()}))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        for part in ("with", "without"):
            (folder / part).mkdir()
        file = folder / "alarms.toml"
        file.write_text(definitions())
        without = measure(folder / "without", [], seconds)
        found = measure(folder / "with", ["--alarms", str(file)], seconds)
    emit("alarms.cost", found.cost, "µs of processor time an observation", floor=without.cost)
    emit("alarms.shown_p50", percentile(found.ways, 0.5), "s")
    emit("alarms.shown_p99", percentile(found.ways, 0.99), "s", goal="at most 1")
    emit("alarms.shown", len(found.ways), "alarms")
    emit(f"alarms.storm_of_{STORM}_p99", percentile(found.storm, 0.99), "s", goal="at most 1")
    emit("alarms.never_shown", found.missing, "alarms", goal="0")


if __name__ == "__main__":
    main()
