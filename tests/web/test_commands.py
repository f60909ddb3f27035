"""Commands in a real browser: a pump is switched, watched to the end, and switched back."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from benchmarks.processes import kota
from playwright.sync_api import expect
from tests.api.kota.test_commands import ACTUATORS, PROFILE
from tests.connect.conftest import Mosquitto, mosquitto

from .conftest import BASEMAP, Opened

__all__ = ["mosquitto"]
pytestmark = [pytest.mark.browser, pytest.mark.broker, pytest.mark.timeout(180)]

PUMP = "urn:ngsi-ld:Pump:P1"
INTERLOCKS = ACTUATORS.index("[[actuator.interlocks]]")


@pytest.fixture
def pumped_town(tmp_path: Path, mosquitto: Callable[..., Mosquitto]) -> Iterator[str]:
    """A town with a pump behind a broker; its address."""
    broker = mosquitto()
    data = tmp_path / "town"
    data.mkdir()
    (data / "basemap.geojson").write_text(json.dumps(BASEMAP))
    profile, actuators = tmp_path / "pump.toml", tmp_path / "actuators.toml"
    profile.write_text(PROFILE)
    text = ACTUATORS[:INTERLOCKS].replace("{two_person}", "false")
    actuators.write_text(text.replace("The tank fills", "The tank <b>fills</b>"))
    given = ("--mqtt", broker.url, "--profile", str(profile), "--actuators", str(actuators))
    with kota(data, "--title", "Rambai", *given) as (_, url):
        script = Path(__file__).with_name("obeying_pump.py")
        pump = subprocess.Popen([sys.executable, str(script), broker.url])
        try:
            yield url
        finally:
            pump.terminate()
            pump.wait(10)


def test_pump_when_switched_then_the_faceplate_follows_and_it_can_be_undone(
    pumped_town: str, open_page: Opened, repository: Path
) -> None:
    page = open_page(pumped_town, "/entities")
    expect(page.get_by_role("main")).to_contain_text("Pump", timeout=20_000)
    page = open_page(pumped_town, f"/entities/{PUMP}")
    control = page.get_by_role("region", name="Control")
    present = control.locator(".command-present")
    expect(present).to_contain_text("CLOSED")
    control.get_by_role("button", name="OPEN").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("The tank <b>fills</b>")
    expect(dialog.get_by_label("Why (may stay empty)")).to_be_focused()
    page.keyboard.type("more pressure")
    page.keyboard.press("Enter")
    expect(present).to_contain_text("OPEN", timeout=20_000)
    row = control.get_by_role("row").nth(1)
    expect(row).to_contain_text("Confirmed")
    expect(row).to_contain_text("more pressure")
    page.evaluate((repository / "web/node_modules/axe-core/axe.min.js").read_text())
    found = page.evaluate(
        "axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']})"
    )
    assert [violation["id"] for violation in found["violations"]] == []
    control.get_by_role("button", name="Undo").click()
    expect(present).to_contain_text("CLOSED")
    with urllib.request.urlopen(f"{pumped_town}/api/v1/audit?what=command.sent") as answer:
        lines = json.load(answer)
    assert [line["detail"]["value"] for line in lines] == ["CLOSED", "OPEN"]
    assert lines[0]["cause"] == lines[1]["detail"]["command"]


def test_mode_when_set_to_shadow_then_nothing_is_sent(pumped_town: str, open_page: Opened) -> None:
    page = open_page(pumped_town, f"/entities/{PUMP}")
    control = page.get_by_role("region", name="Control")
    control.get_by_text("Shadow").click()
    expect(control).to_contain_text("Nothing is sent")
    control.get_by_role("button", name="OPEN").click()
    page.keyboard.press("Enter")
    row = control.get_by_role("row").nth(1)
    expect(row).to_contain_text("Logged")
    expect(control.locator(".command-present")).to_contain_text("CLOSED")
