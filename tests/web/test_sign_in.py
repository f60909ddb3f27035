"""Signing in at the dashboard of a town that asks who is there, as a person does it."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from benchmarks.processes import kota
from playwright.sync_api import Page, expect

from .conftest import CONTEXT, Opened

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]
OWN = "seventeen green umbrellas"


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """A town at its first start, with one lamp."""
    data = tmp_path / "town"
    data.mkdir()
    with kota(data, "--title", "Rambai", "--auth", "local") as (_, url):
        lamp = {
            "id": "urn:ngsi-ld:Lamp:L1",
            "type": "Lamp",
            "name": {"type": "Property", "value": "Gerbang"},
        }
        token = (data / "owner.token").read_text()
        request = urllib.request.Request(
            f"{url}/ngsi-ld/v1/entities",
            json.dumps(lamp).encode(),
            {
                "Content-Type": "application/json",
                "Link": CONTEXT,
                "Authorization": f"Bearer {token}",
            },
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            assert answer.status == 201
        yield url, data


def sign_in(page: Page, name: str, password: str) -> None:
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()


def choose_password(page: Page, old: str, new: str) -> None:
    expect(page.get_by_role("heading", name="Change the password")).to_be_visible()
    page.get_by_label("Present password").fill(old)
    page.get_by_label("New password, at least 12 characters").fill(new)
    page.get_by_label("New password again").fill(new)
    page.get_by_role("button", name="Change", exact=True).click()
    expect(page.locator(".account-open")).to_be_visible()


def account(page: Page, entry: str) -> None:
    page.locator(".account-open").click()
    page.locator("#account").get_by_text(entry, exact=True).click()


def test_the_first_administrator_gives_somebody_a_role_who_then_sees_the_town(
    guarded: tuple[str, Path], open_page: Opened, tmp_path: Path
) -> None:
    url, data = guarded
    first = data / "first-password"
    assert first.stat().st_mode & 0o777 == 0o600
    page = open_page(url)
    sign_in(page, "admin", "not the password")
    expect(page.get_by_role("alert")).to_have_text("Name, password or code is wrong.")
    one_time = first.read_text().strip()
    sign_in(page, "admin", one_time)
    choose_password(page, one_time, OWN)
    assert not first.exists()
    page.goto(f"{url}/entities")
    expect(page.get_by_text("You may not see").first).to_be_visible()

    account(page, "Users")
    page.screenshot(path=tmp_path / "users.png")
    page.get_by_role("button", name="Add an account").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("ratna")
    dialog.get_by_label("Add a role").select_option("viewer")
    dialog.get_by_role("button", name="Save").click()
    password = page.locator(".key").inner_text()
    page.keyboard.press("Escape")
    expect(page.get_by_role("cell", name="ratna")).to_be_visible()
    expect(page.get_by_role("cell", name="viewer")).to_be_visible()

    account(page, "Sign out")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    sign_in(page, "ratna", password)
    choose_password(page, password, OWN)
    page.goto(f"{url}/entities")
    expect(page.get_by_text("Gerbang").first).to_be_visible()
    page.goto(f"{url}/users")
    expect(page.get_by_text("You may not see").first).to_be_visible()
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(f"{url}/entities")
    expect(page.get_by_text("Gerbang").first).to_be_visible()
    page.screenshot(path=tmp_path / "phone.png")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


@pytest.mark.parametrize(
    ("scheme", "size", "locale"),
    [
        ("light", (1280, 800), "en"),
        ("dark", (1280, 800), "id"),
        ("light", (360, 740), "id"),
        ("dark", (360, 740), "en"),
    ],
)
def test_the_sign_in_page_fits_and_breaks_no_rule(
    guarded: tuple[str, Path],
    open_page: Opened,
    tmp_path: Path,
    repository: Path,
    scheme: Any,
    size: tuple[int, int],
    locale: str,
) -> None:
    url, _ = guarded
    viewport = {"width": size[0], "height": size[1]}
    page = open_page(url, viewport=viewport, color_scheme=scheme, locale=locale)
    heading = "Masuk" if locale == "id" else "Sign in"
    expect(page.get_by_role("heading", name=heading)).to_be_visible()
    page.screenshot(path=tmp_path / "sign-in.png")
    page.evaluate((repository / "web/node_modules/axe-core/axe.min.js").read_text())
    found = page.evaluate(
        "axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']})"
    )
    assert [(one["id"], one["nodes"][0]["html"]) for one in found["violations"]] == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
