"""A town with a tank, a plant that moves its level, and a browser that looks at it."""

from __future__ import annotations

import base64
import json
import shutil
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from benchmarks.processes import Process, kota
from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
]
CONTEXT = (
    '<urn:kota:context:v1>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'
)
TANK = "urn:ngsi-ld:Tank:T1"
CENTRE = (103.45, 3.07)
INTERVAL_S = 1
"""How often the tank says that it speaks; after three times as long in silence it is stale."""

Colour = tuple[int, int, int]


def box(west: float, south: float, east: float, north: float) -> dict[str, Any]:
    """A rectangle as GeoJSON, in degrees from the town's centre."""
    lon, lat = CENTRE
    ring = [(west, south), (east, south), (east, north), (west, north), (west, south)]
    return {"type": "Polygon", "coordinates": [[[lon + x, lat + y] for x, y in ring]]}


BASEMAP = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "geometry": box(0.0005, -0.003, 0.003, 0.003),
            "properties": {"layer": "water", "class": "sea", "name": "Laut"},
        }
    ],
}


def now() -> str:
    """The time as observations carry it."""
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")


class Plant(threading.Thread):
    """Says the tank's level again and again until it is stopped."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self._url = url
        self._stopped = threading.Event()
        self.level = 4.25

    def run(self) -> None:
        while not self._stopped.is_set():
            self.say()
            self._stopped.wait(0.4)

    def stop(self) -> None:
        self._stopped.set()
        if self.is_alive():
            self.join()

    def say(self) -> None:
        """Publish the level once."""
        tank = {
            "id": TANK,
            "type": "Tank",
            "name": {"type": "Property", "value": "Tangki Bukit"},
            "location": {
                "type": "GeoProperty",
                "value": {"type": "Point", "coordinates": [CENTRE[0] - 0.001, CENTRE[1]]},
            },
            "kota:expectedInterval": {"type": "Property", "value": INTERVAL_S, "unitCode": "SEC"},
            "level": {
                "type": "Property",
                "value": self.level,
                "unitCode": "MTR",
                "observedAt": now(),
            },
        }
        request = urllib.request.Request(
            f"{self._url}/ngsi-ld/v1/entityOperations/upsert?options=update",
            json.dumps([tank]).encode(),
            {"Content-Type": "application/json", "Link": CONTEXT},
            method="POST",
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            assert answer.status < 300


class Town:
    """A served Kota and its plant."""

    def __init__(self, url: str, process: Process) -> None:
        self.url = url
        self.process = process
        self.plant = Plant(url)

    def restart_plant(self) -> None:
        """Let the plant speak again."""
        self.plant = Plant(self.url)
        self.plant.start()


@contextmanager
def town(folder: Path) -> Iterator[Town]:
    """Serve a town whose plant runs."""
    data = folder / "town"
    data.mkdir()
    (data / "basemap.geojson").write_text(json.dumps(BASEMAP))
    with kota(data, "--title", "Rambai") as (process, url):
        served = Town(url, process)
        served.plant.say()
        served.plant.start()
        try:
            yield served
        finally:
            served.plant.stop()


@pytest.fixture
def live_town(tmp_path: Path) -> Iterator[Town]:
    """A town whose plant runs."""
    with town(tmp_path) as served:
        yield served


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, drawing in software."""
    program = shutil.which("chromium")
    assert program, "chromium is not installed: apt-get install chromium"
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=CHROMIUM)
        yield started
        started.close()


Opened = Callable[..., Page]


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Opened]:
    """Opens pages, and sees to it that none asks another host or fails without notice."""
    contexts = []
    faults: list[str] = []

    def opened(url: str, path: str = "/", **options: Any) -> Page:
        options = {"viewport": {"width": 1280, "height": 800}, "locale": "en", **options}
        script = options.pop("script", None)
        context = browser.new_context(**options)
        contexts.append(context)
        if script:
            context.add_init_script(script)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("pageerror", lambda error: faults.append(f"{path}: {error}"))
        page.on("request", lambda request: _foreign(request.url, url, faults))
        page.goto(f"{url}{path}")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert not faults, faults


def _foreign(asked: str, own: str, faults: list[str]) -> None:
    if not asked.startswith((own, own.replace("http", "ws", 1), "blob:", "data:")):
        faults.append(f"asked another host: {asked}")


def until_drawn(page: Page, features: int = 1) -> None:
    """Wait until the map shows so many features and rests, or has drawn on while values come."""
    rests = "(window.__kota.map.idle || window.__kota.map.renders > 60)"
    drawn = f"window.__kota && {rests} && window.__kota.map.features"
    assert eventually(lambda: (page.evaluate(drawn) or 0) >= features), "the map is not drawn"


def count(browser: Browser, png: bytes, colour: Colour, tolerance: int = 6) -> int:
    """Pixels of a screenshot that have a colour, give or take `tolerance` in each channel."""

    page = browser.new_page()
    try:
        found: int = page.evaluate(
            """async ([text, colour, tolerance]) => {
              const bytes = Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
              const bitmap = await createImageBitmap(new Blob([bytes]));
              const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
              const pen = canvas.getContext("2d");
              pen.drawImage(bitmap, 0, 0);
              const { data } = pen.getImageData(0, 0, bitmap.width, bitmap.height);
              let found = 0;
              for (let at = 0; at < data.length; at += 4) {
                const near = (k) => Math.abs(data[at + k] - colour[k]) <= tolerance;
                if (near(0) && near(1) && near(2)) found += 1;
              }
              return found;
            }""",
            [base64.b64encode(png).decode(), list(colour), tolerance],
        )
        return found
    finally:
        page.close()


def map_pixels(page: Page) -> bytes:
    """What is drawn between the layer panel and the side panel."""
    return page.screenshot(clip={"x": 320, "y": 100, "width": 560, "height": 640})


def eventually(check: Callable[[], bool], seconds: float = 20) -> bool:
    """Whether something becomes true in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if check():
            return True
        time.sleep(0.3)
    return check()
