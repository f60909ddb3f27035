"""The page of work in a real browser: an alarm, a work order, a photo, done; on a telephone too."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from benchmarks.processes import kota
from playwright.sync_api import Page, expect

from .conftest import BASEMAP, Opened, Town
from .test_alarms import DEFINITIONS

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

RULES = """\
[[rule]]
id = "tank-low"
title = "Tank is low"
type = "Tank"
[[rule.when]]
if = { is = "low", attribute = "level", limit = 2.0 }
[[rule.then]]
do = "notify"
to = "duty"
"""
PLAN = '[[contact]]\nname = "duty"\nemail = "duty@town.example"\n'
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c63f8cfc0f01f0005000201a5f645400000000049454e44ae426082"
)


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """A town whose tank is low, with an alarm, a rule and somebody to tell."""
    data = tmp_path / "town"
    for name in ("rules", "notices"):
        (data / name).mkdir(parents=True)
    (data / "basemap.geojson").write_text(json.dumps(BASEMAP))
    (data / "rules" / "town.toml").write_text(RULES)
    (data / "notices" / "plan.toml").write_text(PLAN)
    file = tmp_path / "alarms.toml"
    file.write_text(DEFINITIONS)
    with kota(data, "--title", "Rambai", "--alarms", str(file)) as (process, url):
        served = Town(url, process)
        served.plant.level = 1.25
        served.plant.say()
        served.plant.start()
        try:
            yield served
        finally:
            served.plant.stop()


def shot(page: Page, name: str) -> None:
    """Keep a picture where somebody wants to look."""
    folder = os.environ.get("KOTA_SHOTS")
    if folder:
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def no_sideways(page: Page) -> None:
    """Nothing is wider than the screen."""
    wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert wide <= 0


def test_work_when_an_alarm_needs_a_crew_then_from_alarm_to_done(
    town: Town, open_page: Opened, tmp_path: Path
) -> None:
    page = open_page(town.url, "/alarms")
    page.get_by_role("option").click()
    page.get_by_role("link", name="New work order").click()
    page.get_by_label("What is to be done").fill("Look at the valve <b>now</b>")
    page.get_by_label("Who gets it (may stay empty)").fill("Budi")
    page.get_by_label("Checklist, a step a line (may stay empty)").fill("close\nopen")
    page.get_by_role("button", name="Open it").click()
    side = page.get_by_role("region", name="Work order", exact=True)
    expect(side).to_contain_text("Look at the valve <b>now</b>")
    expect(side).to_contain_text("Assigned")
    side.get_by_role("button", name="Begin").click()
    side.get_by_label("close").click()
    expect(side.get_by_label("close")).to_be_checked()
    file = tmp_path / "valve.png"
    file.write_bytes(PNG)
    side.get_by_label("Add a photo").set_input_files(file)
    expect(side.get_by_role("img", name="Photo by operator")).to_be_visible()
    side.get_by_role("textbox", name="Comment").fill("it drips")
    side.get_by_role("button", name="Comment").click()
    expect(side).to_contain_text("it drips")
    shot(page, "work-light")
    side.get_by_role("button", name="Done").click()
    page.get_by_label("1 steps are not ticked").fill("the other is for tomorrow")
    page.get_by_role("dialog").get_by_role("button", name="Done").click()
    expect(page.get_by_text("There is nothing to do")).to_be_visible()
    page.get_by_text("Over", exact=True).click()
    expect(page.get_by_role("button", name="1 Look at the valve")).to_contain_text("Done")
    page.get_by_role("button", name="1 Look at the valve").click()
    page.get_by_role("link", name="Alarm", exact=True).click()
    alarm = page.locator(".alarm-side")
    expect(alarm).to_contain_text("work order 1 is done")
    expect(alarm.get_by_role("link", name="1 Look at the valve")).to_be_visible()


def test_work_when_on_a_telephone_then_the_list_gives_way_to_the_order(
    town: Town, open_page: Opened
) -> None:
    page = open_page(town.url, "/work?for=none")
    page.set_viewport_size({"width": 390, "height": 780})
    page.get_by_label("What is to be done").fill("Sweep the inlet in front of the market hall")
    page.get_by_role("button", name="Open it").click()
    expect(page.get_by_role("button", name="Begin")).to_be_visible()
    expect(page.get_by_role("region", name="To do")).to_be_hidden()
    no_sideways(page)
    shot(page, "work-phone-one")
    page.get_by_role("button", name="Back to the list").click()
    expect(page.get_by_role("button", name="1 Sweep the inlet")).to_be_visible()
    no_sideways(page)
    shot(page, "work-phone-list")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_notices_and_rules_when_a_rule_fired_then_why_and_who_was_told_are_seen(
    town: Town, open_page: Opened, scheme: str
) -> None:
    page = open_page(town.url, "/work?view=rules")
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    fired = page.get_by_role("region", name="What rules did")
    expect(fired.get_by_role("row", name="Tank is low")).to_contain_text("level is low (2): 1.25")
    expect(fired).to_contain_text("notice: done")
    shot(page, f"rules-{scheme}")
    page.get_by_text("Notices", exact=True).first.click()
    told = page.get_by_role("region", name="Notices")
    expect(told.get_by_role("row", name="duty")).to_contain_text("no mail server is set up")
    expect(told).to_contain_text("1 failed")
    told.get_by_role("button", name="Try again").click()
    expect(told).to_contain_text("1 failed")
    shot(page, f"notices-{scheme}")
