"""The dashboard in each of its languages: in its own letters, without a box in place of one."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from tests.web.conftest import Opened, Town

SAMPLES = {
    "en-GB": ("Alarms", "AgÅß"),
    "id-ID": ("Alarm", "Aé"),
    "ms-MY": ("Penggera", "Aé"),
    "fil-PH": ("Mga alarma", "Ññ"),
    "th-TH": ("สัญญาณเตือน", "กขญฐฎๆ฿ไ๑"),
    "vi-VN": ("Cảnh báo", "ĐđƠơƯưẠạẶặỆệỬử"),
}
"""What the link to the alarms says, and letters that must be drawn."""

BOXES = """async (letters) => {
  const weights = [400, 600];
  const NOBODY = String.fromCodePoint(0xe0fff);
  const load = (weight) => document.fonts.load(`${weight} 40px "Noto Sans"`, letters);
  await Promise.all(weights.map(load));
  const drawn = (letter, weight) => {
    const canvas = new OffscreenCanvas(80, 80);
    const pen = canvas.getContext("2d");
    pen.font = `${weight} 40px "Noto Sans"`;
    pen.fillText(letter, 20, 50);
    return pen.getImageData(0, 0, 80, 80).data.join();
  };
  const faces = [...document.fonts].filter((face) => face.family.includes("Noto Sans"));
  const loaded = faces.filter((face) => face.status === "loaded").length;
  const boxes = [...letters].filter((letter) =>
    weights.some((weight) => drawn(letter, weight) === drawn(NOBODY, weight)));
  return { loaded, boxes };
}"""


@pytest.mark.parametrize("tag", SAMPLES)
def test_a_page_speaks_the_language_of_its_browser(
    live_town: Town, open_page: Opened, tag: str
) -> None:
    said, letters = SAMPLES[tag]
    page = open_page(live_town.url, "/alarms", locale=tag)
    expect(page.get_by_role("link", name=said, exact=True)).to_be_visible()
    assert page.locator("html").get_attribute("lang") == tag.split("-")[0]
    found = page.evaluate(BOXES, letters)
    assert found["boxes"] == []
    assert found["loaded"] >= 2


def test_a_chosen_language_stays_and_is_said_at_once(live_town: Town, open_page: Opened) -> None:
    page = open_page(live_town.url, "/alarms")
    page.get_by_role("button", name="Theme and language").click()
    page.get_by_label("ไทย").click()
    expect(page.get_by_role("link", name="สัญญาณเตือน", exact=True)).to_be_visible()
    page.reload()
    expect(page.get_by_role("link", name="สัญญาณเตือน", exact=True)).to_be_visible()
    assert page.evaluate("localStorage['kota.language']") == "th"
