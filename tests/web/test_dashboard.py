"""The dashboard in a real browser, before a real server, judged by its pixels."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from .conftest import (
    TANK,
    Opened,
    Town,
    count,
    eventually,
    map_pixels,
    town,
    until_drawn,
)

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

WATER = (0xC6, 0xD0, 0xD8)
NORMAL = (0x50, 0x61, 0x70)
DARK_LAND = (0x1A, 0x1F, 0x24)
SERIES = (0x00, 0x72, 0xB2)
CHOSEN_TANK = f"/?probe&at=16.50/3.07000/103.45000&sel={TANK}"


def normal_disc(browser: Browser, page: Page) -> int:
    return count(browser, map_pixels(page), NORMAL)


def test_map_draws_the_base_map_and_the_entities(
    live_town: Town, open_page: Opened, browser: Browser
) -> None:
    page = open_page(live_town.url, "/?probe&at=16.50/3.07000/103.45000")
    until_drawn(page)
    assert count(browser, map_pixels(page), WATER) > 20_000
    assert eventually(lambda: normal_disc(browser, page) > 60)


def test_values_go_stale_when_the_plant_stops_and_fresh_when_it_goes_on(
    live_town: Town, open_page: Opened, browser: Browser
) -> None:
    page = open_page(live_town.url, CHOSEN_TANK)
    until_drawn(page)
    side = page.get_by_role("complementary", name="Chosen entity")
    expect(side).to_contain_text("4.25")
    expect(side.get_by_text("Stale")).to_have_count(0)
    assert eventually(lambda: normal_disc(browser, page) > 60)

    live_town.plant.stop()
    expect(side.get_by_text("Stale")).to_be_visible()
    assert eventually(lambda: normal_disc(browser, page) < 20)

    live_town.restart_plant()
    expect(side.get_by_text("Stale")).to_have_count(0)
    assert eventually(lambda: normal_disc(browser, page) > 60)


def test_a_new_value_appears_without_a_reload(live_town: Town, open_page: Opened) -> None:
    page = open_page(live_town.url, f"/entities/{TANK}")
    level = page.locator(".attributes").get_by_role("row", name="Level")
    expect(level).to_contain_text("4.25")
    live_town.plant.level = 6.75
    expect(level).to_contain_text("6.75")


def test_history_is_drawn_and_has_a_table_and_a_download(
    live_town: Town, open_page: Opened, browser: Browser
) -> None:
    page = open_page(live_town.url, f"/entities/{TANK}?range=1h")
    chart = page.locator(".chart")
    chart.wait_for()
    assert eventually(lambda: count(browser, chart.screenshot(), SERIES, 24) > 10)
    assert "Level from" in (chart.get_attribute("aria-label") or "")

    page.get_by_text("Table", exact=True).click()
    expect(page.get_by_role("region", name="Table").get_by_role("row").nth(1)).to_contain_text(
        "4.25"
    )
    with page.expect_download() as download:
        page.get_by_role("link", name="Download as CSV").click()
    assert "4.25" in Path(download.value.path()).read_text()


def test_lost_connection_is_said_and_mended(tmp_path: Path, open_page: Opened) -> None:
    with town(tmp_path) as served:
        page = open_page(served.url, CHOSEN_TANK)
        until_drawn(page)
        expect(page.get_by_role("status").get_by_text("Live")).to_be_visible()
        served.plant.stop()
        served.process.stop()
        expect(page.get_by_text("No connection to the server since")).to_be_visible()
        expect(page.get_by_role("button", name="Try now")).to_be_visible()


def test_search_goes_by_keyboard_to_an_entity(live_town: Town, open_page: Opened) -> None:
    page = open_page(live_town.url, "/systems")
    page.get_by_role("heading", name="Systems").wait_for()
    page.keyboard.press("/")
    expect(page.get_by_role("combobox")).to_be_focused()
    page.keyboard.type("bukit")
    expect(page.get_by_role("option")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{live_town.url}/entities/{TANK}")
    expect(page.get_by_role("heading", level=1)).to_have_text("Tangki Bukit")


def test_permalink_brings_back_the_view(live_town: Town, open_page: Opened) -> None:
    page = open_page(live_town.url, CHOSEN_TANK)
    until_drawn(page)
    page.get_by_label("Show Tank").uncheck()
    expect(page).to_have_url(
        f"{live_town.url}/?probe=&at=16.50/3.07000/103.45000&sel={TANK}&layers=none"
    )
    again = open_page(live_town.url, page.url.removeprefix(live_town.url))
    expect(again.get_by_role("complementary", name="Chosen entity")).to_contain_text("Tangki Bukit")
    expect(again.get_by_label("Show Tank")).not_to_be_checked()


def test_dark_theme_and_indonesian_follow_the_browser(
    live_town: Town, open_page: Opened, browser: Browser
) -> None:
    page = open_page(live_town.url, "/?probe", locale="id-ID", color_scheme="dark")
    until_drawn(page)
    expect(page.get_by_role("link", name="Data masuk")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "id")
    assert count(browser, map_pixels(page), DARK_LAND) > 20_000


def test_without_webgl_there_is_a_table(live_town: Town, open_page: Opened) -> None:
    script = "HTMLCanvasElement.prototype.getContext = () => null"
    page = open_page(live_town.url, "/", script=script)
    expect(page.get_by_text("This browser cannot draw the map")).to_be_visible()
    expect(page.get_by_role("link", name="Tangki Bukit")).to_be_visible()


@pytest.mark.parametrize(
    "path",
    [
        CHOSEN_TANK,
        "/?view=table",
        f"/entities/{TANK}",
        "/systems",
        "/ingest",
        "/alarms",
        "/overview",
        f"/charts?s={TANK}~level",
        f"/charts?s={TANK}~level&twin=table&against=day",
        "/boards?board=b1&edit=1",
        "/?replay=2026-03-01T00:00:00Z/2026-03-01T06:00:00Z",
        "/nowhere",
    ],
)
@pytest.mark.parametrize("scheme", ["light", "dark", "contrast"])
def test_no_accessibility_rule_is_broken(
    live_town: Town, open_page: Opened, repository: Path, path: str, scheme: str
) -> None:
    chosen = {"script": f"localStorage.setItem('kota.theme', '{scheme}')"}
    page = open_page(live_town.url, path, **chosen)
    page.get_by_role("heading").first.wait_for()
    page.wait_for_timeout(1500)
    page.evaluate((repository / "web/node_modules/axe-core/axe.min.js").read_text())
    found = page.evaluate(
        "axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']})"
    )
    broken = [(one["id"], one["nodes"][0]["html"]) for one in found["violations"]]
    assert not broken
