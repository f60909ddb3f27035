"""The chapters of the day."""

from __future__ import annotations

from kota.demo.story import CHAPTERS, MIDNIGHT, chapter_at, dawn
from kota.model.instant import HOUR, SECOND, render


def test_the_day_is_a_friday_in_the_town_s_time() -> None:
    assert MIDNIGHT.strftime("%A") == "Friday"
    assert render(dawn()) == "2025-11-27T21:30:00Z"


def test_a_chapter_plays_until_the_next_begins() -> None:
    dawn_chapter, morning, *_, festival = CHAPTERS
    assert chapter_at(0) is dawn_chapter
    assert chapter_at(morning.instant - SECOND) is dawn_chapter
    assert chapter_at(morning.instant) is morning
    assert chapter_at(festival.instant - SECOND) is CHAPTERS[-2]
    assert chapter_at(festival.instant) is festival
    assert chapter_at(festival.instant + 20 * HOUR) is festival
