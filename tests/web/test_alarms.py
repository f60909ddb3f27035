"""Alarms in a real browser: raised by a plant, acknowledged by keys, seen by the badge."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from benchmarks.processes import kota
from playwright.sync_api import expect

from .conftest import BASEMAP, Opened, Town

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

DEFINITIONS = """\
[[alarm]]
id = "tank-low"
title = "Level is low"
type = "Tank"
when = { is = "low", attribute = "level", limit = 2.0 }
severity = "severe"
respond_within = 600
consequence = "Customers lose pressure"
action = "Start a pump <b>now</b>"
"""


@pytest.fixture
def alarmed_town(tmp_path: Path) -> Iterator[Town]:
    """A town whose tank must not fall below two metres."""
    data = tmp_path / "town"
    data.mkdir()
    (data / "basemap.geojson").write_text(json.dumps(BASEMAP))
    file = tmp_path / "alarms.toml"
    file.write_text(DEFINITIONS)
    with kota(data, "--title", "Rambai", "--alarms", str(file)) as (process, url):
        served = Town(url, process)
        served.plant.say()
        served.plant.start()
        try:
            yield served
        finally:
            served.plant.stop()


def test_alarm_when_raised_then_it_appears_and_four_keys_acknowledge_it(
    alarmed_town: Town, open_page: Opened
) -> None:
    page = open_page(alarmed_town.url, "/alarms")
    expect(page.get_by_text("No alarm is open")).to_be_visible()
    alarmed_town.plant.level = 1.25
    option = page.get_by_role("option")
    expect(option).to_contain_text("Level is low")
    expect(option).to_contain_text("Tangki Bukit")
    expect(page.get_by_role("link", name="Alarms")).to_contain_text("1")

    page.get_by_role("listbox").focus()
    page.keyboard.press("a")
    expect(page.get_by_label("Comment (may stay empty)")).to_be_focused()
    page.keyboard.press("Enter")
    expect(option).to_contain_text("Acknowledged")
    expect(page.get_by_text("Nothing to acknowledge")).to_be_visible()
    side = page.locator(".alarm-side")
    expect(side).to_contain_text("Start a pump <b>now</b>")
    expect(side.get_by_role("row", name="Acknowledged")).to_contain_text("operator")

    alarmed_town.plant.level = 4.0
    expect(page.get_by_text("No alarm is open")).to_be_visible()
    with urllib.request.urlopen(
        f"{alarmed_town.url}/api/v1/alarms/urn:ngsi-ld:Alert:tank-low:Tank:T1"
    ) as answer:
        history = json.load(answer)["history"]
    assert [one["event"] for one in history] == ["raise", "acknowledge", "clear"]


def test_alarm_when_shelved_by_keys_then_it_is_set_aside(
    alarmed_town: Town, open_page: Opened
) -> None:
    alarmed_town.plant.level = 1.25
    page = open_page(alarmed_town.url, "/alarms?view=causes")
    page.get_by_text("1 alarm: Level is low").click()
    page.get_by_role("listbox").focus()
    page.keyboard.press("s")
    page.keyboard.type("pump is repaired")
    page.keyboard.press("Enter")
    expect(page.get_by_text("No alarm is open")).to_be_visible()
    page.get_by_text("Set aside").click()
    expect(page.get_by_role("option")).to_contain_text("Shelved")
