"""The demonstration as a person starts it: one command, one day, chapters and speed."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Self

import pytest

from kota.demo.processes import free_port

COLD_S = 240.0
TANK = "urn:ngsi-ld:Tank:T-1"


class Demo:
    """A running ``kota demo``."""

    def __init__(self, data: Path) -> None:
        self.address = f"http://127.0.0.1:{free_port()}"
        self._data = data
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Whatever a test found, nothing is left running."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait(20)

    def start(self, patience_s: float) -> float:
        """Start it; returns how long it took to be ready [s]."""
        port = self.address.rsplit(":", 1)[1]
        command = [sys.executable, "-m", "kota", "demo", "--data", str(self._data), "--port", port]
        begun = time.monotonic()
        self._process = subprocess.Popen(command)
        wait_for(lambda: self.get("/api/v1/town") is not None, patience_s)
        return time.monotonic() - begun

    def stop(self) -> int:
        """End it as Ctrl+C does; returns its exit status."""
        assert self._process is not None
        self._process.send_signal(signal.SIGINT)
        return self._process.wait(20)

    def get(self, path: str) -> Any:
        """The answer, or None while there is none."""
        try:
            with urllib.request.urlopen(self.address + path, timeout=10) as answer:
                return json.load(answer)
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return None

    def steer(self, **order: object) -> Any:
        """Change speed or chapter."""
        request = urllib.request.Request(
            self.address + "/api/v1/demo",
            json.dumps(order).encode(),
            {"content-type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def post(self, path: str, **body: object) -> Any:
        """Ask for something to be done."""
        request = urllib.request.Request(
            self.address + path, json.dumps(body).encode(), {"content-type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def now(self) -> str:
        """The town's time, or nothing while it starts."""
        demo = self.get("/api/v1/demo")
        return "" if demo is None else str(demo["now"])

    def count(self, device: str, since: str) -> float | None:
        """What a counter has said last; None where that is older."""
        entity = self.get(f"/api/v1/entities/urn:ngsi-ld:CrowdFlowObserved:{device}")
        told = next(a for a in entity["attributes"] if a["name"] == "peopleCount")
        return float(told["value"]) if told["observedAt"] >= since else None

    def levels(self, until: str) -> list[tuple[int, float]]:
        """What the first tank has told from dawn on."""
        path = (
            f"/api/v1/history?entity={TANK}&attribute=level&start=2025-11-27T21:00:00Z&end={until}"
        )
        history = self.get(path)
        return list(zip(history["t"], history["mean"], strict=True))


def wait_for(holds: Callable[[], bool], patience_s: float) -> None:
    end = time.monotonic() + patience_s
    while not holds():
        assert time.monotonic() < end, f"waited {patience_s:g} s in vain"
        time.sleep(0.2)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


@pytest.fixture
def demo(data: Path) -> Iterator[Demo]:
    with Demo(data) as made:
        made.start(COLD_S)
        yield made


@pytest.mark.timeout(420)
def test_the_day_plays_jumps_and_begins_again(demo: Demo) -> None:
    town = demo.get("/api/v1/town")
    assert (town["name"], town["demo"], town["clock"]["plant"]) == ("Kuala Lestari", True, True)
    counts = {row["type"]: row["count"] for row in demo.get("/api/v1/types")}
    assert counts["Building"] > 1_800
    assert (counts["Junction"], counts["Pipe"], counts["Tank"]) == (92, 117, 3)
    assert demo.get("/api/v1/health")["store"]["history_rows"] > 500_000
    assert demo.get("/api/v1/basemap")["type"] == "FeatureCollection"

    def news() -> bool:
        return bool(demo.get("/api/v1/health")["ingest"]["observations"] > 300)

    wait_for(news, 60)
    assert demo.get("/api/v1/devices?state=pending") == []
    before = demo.levels("2025-11-27T21:30:00Z")

    demo.steer(speed=0)
    wait_for(lambda: bool(demo.get("/api/v1/demo")["paused"]), 10)
    time.sleep(2)
    stood = demo.now()
    time.sleep(1)
    assert demo.now() == stood

    demo.steer(chapter="morning", speed=60)
    wait_for(lambda: demo.now() >= "2025-11-27T23:00", 30)
    wait_for(lambda: demo.levels("2025-11-27T23:00:00Z")[-1][0] >= 1_764_284_040_000, 60)

    def current() -> list[str]:
        return [c["id"] for c in demo.get("/api/v1/demo")["chapters"] if c["current"]]

    # It is that of the plant which is furthest behind.
    wait_for(lambda: current() == ["morning"], 60)

    def stated() -> bool:
        network = demo.get("/api/v1/entities/urn:ngsi-ld:WaterNetwork:main")
        inflow = next(a for a in network["attributes"] if a["name"] == "inflow")
        return bool(inflow["observedAt"] >= "2025-11-27T22:45")

    wait_for(stated, 60)
    assert demo.count("PC-10", "2025-11-27T22:40") is not None

    def runs() -> bool:
        states = {s["name"]: s["health"]["state"] for s in demo.get("/api/v1/solutions")}
        return bool(states["water"] == "running")

    wait_for(runs, 90)

    demo.steer(chapter="festival")
    wait_for(lambda: (demo.count("PC-02", "2025-11-28T10:25") or 0) > 40, 60)
    street = demo.get("/api/v1/entities/urn:ngsi-ld:RoadSegment:kl-0084")
    status = next(a["value"] for a in street["attributes"] if a["name"] == "status")
    assert status == "closed"
    assert demo.get("/api/v1/devices?state=pending") == []
    assert demo.get("/api/v1/health")["ingest"]["rejected"] == 0

    demo.steer(chapter="dawn")
    wait_for(lambda: "2025-11-27T21:30" <= demo.now() < "2025-11-27T22:30", 60)
    assert demo.levels("2025-11-27T21:30:00Z") == before
    assert demo.stop() == 0


@pytest.mark.timeout(300)
def test_the_burst_is_one_incident_that_two_people_shut_off(demo: Demo) -> None:
    demo.steer(chapter="burst", speed=30)

    def burst() -> dict[str, Any] | None:
        alarms = demo.get("/api/v1/alarms")["alarms"]
        return next((one for one in alarms if one["definition"] == "water.burst"), None)

    wait_for(lambda: burst() is not None, 150)
    found = burst()
    assert found is not None

    def leak() -> dict[str, Any]:
        entity = demo.get(f"/api/v1/entities/{found['entity']}")
        return {one["name"]: one.get("value") for one in entity["attributes"]}

    assert "2025-11-27T23:10" <= leak()["beganAt"] <= "2025-11-27T23:20"
    assert "urn:ngsi-ld:Pipe:P-241" in leak()["candidates"]["pipes"]

    def proposed() -> list[dict[str, Any]]:
        commands = demo.get("/api/v1/commands")
        return [c for c in commands if c["cause"] == found["entity"]]

    wait_for(lambda: len(proposed()) >= 2, 60)
    assert {c["state"] for c in proposed()} == {"waiting"}
    assert all("residents" in c["reason"] for c in proposed())
    orders = demo.get("/api/v1/work")["orders"]
    assert [one["subject"] for one in orders] == [found["entity"]]

    def confirmed() -> list[dict[str, Any]]:
        return [c for c in proposed() if c["state"] == "confirmed"]

    def shut_off() -> bool:
        for command in proposed():
            if command["state"] == "waiting" and not command["approvals"]:
                demo.post(f"/api/v1/commands/{command['id']}/approve")
        return bool(leak()["status"] == "isolated")

    wait_for(shut_off, 150)
    approvals = [[a["name"] for a in c["approvals"]] for c in confirmed()]
    assert len(approvals) >= 2
    assert all(len(set(names)) == 2 for names in approvals)

    supply = [a for a in demo.get("/api/v1/alarms")["alarms"] if a["active"]]
    groups = {a["group"] for a in supply if a["definition"].startswith("water.")}
    assert groups <= {found["group"]}
    assert demo.stop() == 0


@pytest.mark.timeout(120)
def test_a_second_start_is_warm(data: Path) -> None:
    with Demo(data) as demo:
        assert demo.start(60) < 20
        assert demo.stop() == 0
