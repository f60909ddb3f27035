"""The planner's page in a real browser: candidates drawn, a question run, scenarios compared."""

from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from benchmarks.processes import kota
from playwright.sync_api import Browser, Page, expect

from .conftest import BASEMAP, CENTRE, CONTEXT, Opened, box, count, eventually, until_drawn

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

PAGE = "/systems/amenities/plan"
NEAR = (0x08, 0x51, 0x9C)
FAR = (0xA3, 0x48, 0x0B)
LON, LAT = CENTRE
STEP = 0.001
"""Between two homes [degrees]: about 110 m."""


def entity(kind: str, name: str, location: dict[str, Any], **values: Any) -> dict[str, Any]:
    """An entity as it is sent."""
    attributes = {key: {"type": "Property", "value": value} for key, value in values.items()}
    place = {"type": "GeoProperty", "value": location}
    return {
        "id": f"urn:ngsi-ld:{kind}:{name.replace(' ', '-')}",
        "type": kind,
        "location": place,
        "name": {"type": "Property", "value": name},
        **attributes,
    }


def street() -> list[dict[str, Any]]:
    """A street of two kilometres with twenty homes, and the clinic at its west end."""
    ends = [[LON, LAT], [LON + 10 * STEP, LAT], [LON + 20 * STEP, LAT]]
    roads = [
        entity("RoadSegment", f"Jalan {k}", {"type": "LineString", "coordinates": ends[k : k + 2]})
        for k in range(2)
    ]
    homes = [
        entity(
            "Building",
            f"Rumah {k}",
            box(k * STEP, 0.0001, (k + 0.6) * STEP, 0.0006),
            residents=10,
            residentsByAge={"0-4": 2, "15-64": 8},
        )
        for k in range(20)
    ]
    clinic = {"type": "Point", "coordinates": [LON, LAT]}
    return [*roads, *homes, entity("PointOfInterest", "Klinik", clinic, category=["clinic"])]


@pytest.fixture
def town(tmp_path: Path) -> Iterator[str]:
    """Where a town of one street is served."""
    data = tmp_path / "town"
    data.mkdir()
    (data / "basemap.geojson").write_text(json.dumps(BASEMAP))
    with kota(data, "--title", "Rambai") as (_, url):
        request = urllib.request.Request(
            f"{url}/ngsi-ld/v1/entityOperations/upsert",
            json.dumps(street()).encode(),
            {"Content-Type": "application/json", "Link": CONTEXT},
            method="POST",
        )
        with urllib.request.urlopen(request, timeout=20) as answer:
            assert answer.status in (201, 204)
        yield url


def opened_at(open_page: Opened, town: str, path: str, **options: Any) -> Page:
    page = open_page(town, f"{PAGE}{path}", **options)
    page.get_by_role("heading", name="Plan new places").wait_for()
    return page


def draw(page: Page, part: float) -> None:
    """Click on the map, so far across it."""
    canvas = page.get_by_role("region", name="Map of people, places and candidates").first
    bounds = canvas.bounding_box()
    assert bounds
    page.mouse.click(bounds["x"] + bounds["width"] * part, bounds["y"] + bounds["height"] / 2)


def pixels(page: Page) -> bytes:
    return page.locator(".plan-map").first.screenshot()


def run(page: Page) -> None:
    page.get_by_role("button", name="Run").click()
    page.get_by_role("heading", name="Who gains and who loses").wait_for()


def test_a_candidate_that_is_drawn_is_chosen_and_colours_the_map(
    town: str, open_page: Opened, browser: Browser
) -> None:
    page = opened_at(open_page, town, f"?probe&at=14.50/{LAT}/{LON + 10 * STEP}")
    until_drawn(page, 21)
    page.get_by_text("Draw points").click()
    draw(page, 0.62)
    expect(page.get_by_text("Candidates added: 1")).to_be_visible()
    page.get_by_label("Name of Site 1").fill("East")
    page.get_by_label("Name of Site 1").blur()
    run(page)

    answer = page.get_by_role("region", name="Answer")
    expect(answer).to_contain_text("Build B East.")
    expect(answer).to_contain_text("Proven: no other choice is better.")
    expect(page.get_by_role("region", name="Places then").get_by_role("row")).to_have_count(3)
    gains = page.get_by_role("region", name="Who gains and who loses")
    gains.get_by_text("Age group").click()
    expect(gains.get_by_role("row", name="0–4 years")).to_contain_text("40")
    after = count(browser, pixels(page), NEAR)
    page.get_by_text("Walk today").click()
    assert eventually(lambda: count(browser, pixels(page), NEAR) < after)

    again = opened_at(open_page, town, page.url.removeprefix(f"{town}{PAGE}"))
    expect(again.get_by_role("region", name="Answer")).to_contain_text("Build B East.")


def test_by_keyboard_alone_a_candidate_is_drawn_and_the_question_is_run(
    town: str, open_page: Opened
) -> None:
    page = opened_at(open_page, town, f"?tool=point&at=14.50/{LAT}/{LON + 10 * STEP}")
    canvas = page.get_by_role("region", name="Map of people, places and candidates")
    canvas.first.wait_for()
    page.locator(".plan-map canvas").focus()
    assert eventually(lambda: page.keyboard.press("Enter") or _candidates(page) > 0)
    page.get_by_label("Number of new places").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="Answer")).to_contain_text("Build B Site")


def _candidates(page: Page) -> int:
    return page.get_by_label(re.compile("^Status of ")).count()


def test_scenarios_are_kept_compared_renamed_and_deleted(town: str, open_page: Opened) -> None:
    page = opened_at(open_page, town, "")
    kept = page.get_by_role("region", name="Scenarios")
    for places in ("1", "2"):
        page.get_by_label("Number of new places").fill(places)
        run(page)
        page.get_by_role("button", name="Keep as new").click()
        expect(kept.get_by_role("row", name=f"Clinics, {places} new")).to_contain_text("open")
    page.get_by_role("button", name="Compare with Clinics, 1 new").click()
    beside = page.get_by_role("region", name="Side by side")
    expect(beside.get_by_role("row", name="Mean walk")).to_contain_text("worse")
    expect(page.locator(".plan-map")).to_have_count(2)

    page.get_by_role("button", name="Rename Clinics, 1 new").click()
    page.get_by_label("Name", exact=True).fill("Only one")
    page.keyboard.press("Enter")
    expect(beside).to_contain_text("B · Only one")
    page.get_by_role("button", name="Delete Only one").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.locator(".plan-map")).to_have_count(1)
    expect(kept).not_to_contain_text("Only one")


def test_what_cannot_be_had_is_said_in_place(town: str, open_page: Opened) -> None:
    page = opened_at(open_page, town, "")
    page.get_by_label("Number of new places").fill("400")
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_role("alert")).to_contain_text(re.compile("p is 401, but only"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("view", ["", "&view=report"])
def test_no_accessibility_rule_is_broken(
    town: str, open_page: Opened, repository: Path, scheme: str, view: str
) -> None:
    page = open_page(town, f"{PAGE}?run=1{view}", color_scheme=scheme)
    page.get_by_text("Proven: no other choice is better.").wait_for()
    page.wait_for_timeout(1000)
    page.evaluate((repository / "web/node_modules/axe-core/axe.min.js").read_text())
    found = page.evaluate(
        "axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']})"
    )
    broken = [(one["id"], one["nodes"][0]["html"]) for one in found["violations"]]
    assert not broken
