"""Overview, charts, boards and the past as a person uses them; an address brings it all back."""

from __future__ import annotations

import re
import time
import urllib.request
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect
from tests.web.conftest import TANK, Opened, Town, eventually

SERIES = f"{TANK}~level"


def stamp(minutes: float) -> str:
    """A time, so many minutes from now, as an address holds it."""
    return (datetime.now(UTC) + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ")


PERMALINKS = (
    "/overview",
    "/alarms?view=causes",
    f"/entities/{TANK}?range=6h&twin=table",
    f"/charts?s={SERIES}&range=7d&against=week&twin=table",
    "/boards?board=abc&edit=1",
    "/?replay=2026-03-01T00:00:00Z/2026-03-01T06:00:00Z&t=2026-03-01T02:00:00Z&rate=3600",
    "/?view=table&layers=Tank",
    "/systems",
    "/ingest",
    "/work",
)


@pytest.mark.parametrize("path", PERMALINKS)
def test_an_address_reopens_as_it_was(live_town: Town, open_page: Opened, path: str) -> None:
    page = open_page(live_town.url, path)
    page.get_by_role("heading").first.wait_for()
    page.wait_for_timeout(1200)
    settled = re.sub(r"[?&]at=[^&]*", "", page.url)
    wanted = sorted(path.replace("?", "&").split("&"))
    assert sorted(settled.removeprefix(live_town.url).replace("?", "&").split("&")) == wanted
    before = page.locator("main").inner_text()
    page.goto(settled)
    page.get_by_role("heading").first.wait_for()
    words = before.split()[:8]
    assert eventually(lambda: page.locator("main").inner_text().split()[:8] == words)


def test_the_overview_shows_systems_incidents_and_silence(
    live_town: Town, open_page: Opened
) -> None:
    page = open_page(live_town.url, "/overview")
    for heading in ("Open incidents", "Silent sensors", "Drinking water"):
        expect(page.get_by_role("heading", name=heading)).to_be_visible()
    live_town.plant.stop()
    expect(page.get_by_role("link", name="Tank T1")).to_be_visible(timeout=40_000)


def test_a_series_is_found_added_compared_and_downloaded_as_the_api_has_it(
    live_town: Town, open_page: Opened
) -> None:
    page = open_page(live_town.url, "/charts")
    page.get_by_label("Add a series: find what it is of").fill("Bukit")
    page.get_by_role("button", name="Tangki Bukit").click()
    page.get_by_role("button", name="Level", exact=True).click()
    expect(page.locator(".chart canvas")).to_be_visible()
    assert SERIES in page.url
    page.get_by_label("Compare with").select_option("day")
    assert "against=day" in page.url
    href = page.get_by_role("link", name=re.compile("Download as CSV")).get_attribute("href")
    assert href is not None
    with page.expect_download() as downloading:
        page.get_by_role("link", name=re.compile("Download as CSV")).click()
    with urllib.request.urlopen(f"{live_town.url}{href}", timeout=10) as answer:
        fresh = answer.read().decode().splitlines()
    saved = downloading.value.path().read_text().splitlines()
    assert saved[0] == fresh[0]
    assert set(saved) & set(fresh) - {saved[0]}
    with page.expect_download() as drawn:
        page.get_by_role("button", name="PNG").click()
    assert drawn.value.path().read_bytes().startswith(b"\x89PNG")


def test_a_board_is_put_together_by_keyboard_kept_and_hung_on_the_wall(
    live_town: Town, open_page: Opened
) -> None:
    page = open_page(live_town.url, "/boards")
    page.get_by_role("button", name="New board").click()
    page.get_by_label("Name").fill("Night shift")
    for part in ("Inflow · figure", "Water balance · chart"):
        page.get_by_label("Add a panel").select_option(label=part)
    first = page.get_by_role("group", name=re.compile("^Panel 1, 3 wide"))
    first.focus()
    page.keyboard.press("Shift+ArrowRight")
    expect(page.get_by_role("group", name=re.compile("^Panel 1, 4 wide"))).to_be_focused()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Night shift")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Water balance · last 24 h")).to_be_visible()
    page.get_by_role("button", name="On the wall").click()
    expect(page.get_by_role("navigation")).to_be_hidden()
    page.keyboard.press("Escape")
    expect(page.get_by_role("navigation")).to_be_visible()


def test_the_past_is_replayed_and_left_for_the_present(live_town: Town, open_page: Opened) -> None:
    time.sleep(2)
    window = f"replay={stamp(-1400)}/{stamp(40)}&t={stamp(-1300)}&rate=60"
    page = open_page(live_town.url, f"/?probe&{window}&at=16.50/3.07000/103.45000")
    bar = page.get_by_role("region", name="Replay")
    expect(bar.get_by_role("slider", name="Moment")).to_be_visible()
    bar.get_by_role("button", name="Play").click()
    expect(bar.get_by_role("button", name="Pause")).to_be_visible()
    bar.get_by_role("button", name="Back to live").click()
    expect(bar).to_be_hidden()
    assert "replay" not in page.url
    expect(page.get_by_role("button", name="Replay the past")).to_be_visible()
