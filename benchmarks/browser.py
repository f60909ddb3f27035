"""From a device's publish to the browser's screen, and how smoothly ten thousand things move.

python -m benchmarks.browser [--seconds 20]
"""

from __future__ import annotations

import argparse
import http.client
import json
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, Playwright, sync_playwright

from benchmarks.mqtt_load import Load, profile
from benchmarks.processes import kota, mosquitto
from benchmarks.report import emit, machine, percentile

SCENES = (1_000, 10_000)
FOLLOWED = "urn:ngsi-ld:Device:d7"
WARM_S = 4
ATTRIBUTES = 5
RATE = 1000
MARK_S = 0.25
CHROMIUM = [
    "--headless=new",
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
]


def place(port: int, entities: int) -> None:
    """Create the devices, spread over a district, so that the map has something to draw."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    for start in range(0, entities, 1000):
        batch = [
            {
                "id": f"urn:ngsi-ld:Device:d{n}",
                "type": "Device",
                "location": {
                    "type": "GeoProperty",
                    "value": {
                        "type": "Point",
                        "coordinates": [103.8 + n % 100 * 4e-4, 1.3 + n // 100 * 4e-4],
                    },
                },
            }
            for n in range(start, start + 1000)
        ]
        link = (
            '<urn:kota:context:v1>; rel="http://www.w3.org/ns/json-ld#context"; '
            'type="application/ld+json"'
        )
        connection.request(
            "POST",
            "/ngsi-ld/v1/entityOperations/upsert",
            json.dumps(batch),
            {"Content-Type": "application/json", "Link": link},
        )
        answer = connection.getresponse()
        said = answer.read()
        if answer.status >= 300:
            raise RuntimeError(said[:300])


class Marker(threading.Thread):
    """Publishes one device's reading now and then, stamped with the time of publishing."""

    def __init__(self, port: int) -> None:
        super().__init__(daemon=True)
        self.going = True
        self._load = Load(port, 1, 1, 0)
        self._number = 0

    def run(self) -> None:
        self._load.connect()
        while self.going:
            self._number += 1
            self._load.publish(
                b"/bench/d7/attrs",
                b'{"t":%d,"a0":%d}' % (int(time.time() * 1000), self._number),
                self._number % 65535 + 1,
            )
            time.sleep(MARK_S)
        self._load.close()


def wait_until_drawn(page: Page, entities: int, seconds: float = 60) -> None:
    """Return when the map shows every entity and rests."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        state = page.evaluate("window.__kota ? window.__kota.map : null")
        if state and state["idle"] and state["features"] >= entities:
            return
        time.sleep(0.05)
    raise RuntimeError(f"the map is not drawn after {seconds} s: {state}")


def measured(page: Page, seconds: float) -> dict[str, Any]:
    """Let the page run, then read what its probe noted."""
    page.evaluate("window.__kota.reset()")
    time.sleep(seconds)
    found: dict[str, Any] = page.evaluate(
        "({frames: window.__kota.frames, followed: window.__kota.followed})"
    )
    return found


def play(playwright: Playwright, folder: Path, entities: int, seconds: float) -> None:
    """One scene."""
    what = f"browser.{entities}_entities"
    device = folder / "bench.toml"
    device.write_text(profile(ATTRIBUTES))
    with mosquitto(folder / "broker") as (_, broker):
        arguments = ["--mqtt", f"mqtt://127.0.0.1:{broker}", "--profile", str(device)]
        with kota(folder / "data", *arguments) as (_, url):
            place(int(url.rsplit(":", 1)[1]), entities)
            chromium = shutil.which("chromium")
            browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM)
            page = browser.new_page(viewport={"width": 1280, "height": 800})
            begin = time.perf_counter()
            page.goto(f"{url}/?probe&sel={FOLLOWED}")
            wait_until_drawn(page, entities)
            emit(f"{what}.map_drawn", time.perf_counter() - begin, "s")
            page.evaluate(f"window.__kota.follow('{FOLLOWED}', 'a0')")
            report_every = entities / RATE
            command = [sys.executable, "-m", "benchmarks.mqtt_load", "--port", str(broker)]
            command += ["--devices", str(entities), "--attributes", str(ATTRIBUTES)]
            command += ["--rate", str(RATE), "--seconds", str(seconds + WARM_S + report_every + 2)]
            load = subprocess.Popen(command, stdout=subprocess.DEVNULL)
            marker = Marker(broker)
            marker.start()
            time.sleep(WARM_S + report_every)
            found = measured(page, seconds)
            marker.going = False
            load.wait()
            browser.close()
    painted = [one["painted"] - one["observedAt"] for one in found["followed"] if one["painted"]]
    emit(f"{what}.marks", len(painted), "readings followed to the screen")
    emit(f"{what}.publish_to_screen_p50", percentile(painted, 0.5), "ms")
    emit(f"{what}.publish_to_screen_p95", percentile(painted, 0.95), "ms", goal="500")
    emit(f"{what}.frame_p95", percentile(found["frames"], 0.95), "ms", goal="100")


def main() -> None:
    """Play the scenes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20)
    seconds = parser.parse_args().seconds
    print(json.dumps({"machine": machine()}))
    for entities in SCENES:
        with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
            Path(name).chmod(0o755)
            play(playwright, Path(name), entities, seconds)


if __name__ == "__main__":
    main()
