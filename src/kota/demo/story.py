"""*Monsoon Friday*: the day that the demonstration plays, and its chapters."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from kota.demo.district.place import TIME_ZONE
from kota.model.instant import HOUR, from_datetime

TITLE: Final = "Monsoon Friday"
ZONE: Final = ZoneInfo(TIME_ZONE)
OFFSET_S: Final = 8 * 3600
MIDNIGHT: Final = datetime(2025, 11, 28, tzinfo=ZONE)
"""The Friday's first instant; in the past, so that no value of the day lies in the future."""

HISTORY: Final = timedelta(days=30)
"""What lies behind the day."""


@dataclass(frozen=True, slots=True)
class Chapter:
    """A part of the day.

    Args:
        id: for programs.
        title, description: for people.
        begins: local time.
    """

    id: str
    title: str
    begins: time
    description: str

    @property
    def time(self) -> str:
        """When it begins, ``HH:MM``."""
        return f"{self.begins:%H:%M}"

    @property
    def instant(self) -> int:
        """When it begins [µs since the epoch]."""
        since = timedelta(hours=self.begins.hour, minutes=self.begins.minute)
        return from_datetime(MIDNIGHT + since)


CHAPTERS: Final = (
    Chapter(
        "dawn",
        "Calm dawn",
        time(5, 30),
        "The town sleeps. Tanks fill from the night's low demand; every sensor is quiet.",
    ),
    Chapter(
        "morning",
        "Morning peak",
        time(7, 0),
        "Kitchens, showers and shops wake together: demand doubles and the tanks give.",
    ),
    Chapter(
        "burst",
        "Burst in the market street",
        time(7, 10),
        "The main in Jalan Pasar bursts: one incident, the valves to shut with who loses water, "
        "two people who agree, and a crew on its way.",
    ),
    Chapter(
        "warning",
        "The forecast warns",
        time(15, 0),
        "It is still dry. The rain forecast and the model of the sewers agree: within two hours "
        "sewers will overflow. Gates close a little and stores are kept empty.",
    ),
    Chapter(
        "storm",
        "The storm comes",
        time(16, 0),
        "A month's rain in an hour. Gates hold water back where there is room, a pump fails, a "
        "level sensor lies, and the streets stay passable.",
    ),
    Chapter(
        "festival",
        "Festival and flood",
        time(18, 30),
        "Thousands are on their way to the waterfront when the river comes over the quay: "
        "Persiaran Sungai closes, and the crowd takes other streets.",
    ),
)

BURST: Final = next(chapter for chapter in CHAPTERS if chapter.id == "burst")
MENDED: Final = BURST.instant + 3 * HOUR
"""By then a crew has mended the main, whatever the operator did."""


def midnight() -> int:
    """The Friday's first instant [µs since the epoch]."""
    return from_datetime(MIDNIGHT)


def dawn() -> int:
    """When the demonstration begins [µs since the epoch]."""
    return CHAPTERS[0].instant


def chapter_at(instant: int) -> Chapter:
    """The chapter that plays at an instant; the first before it begins."""
    begun = [chapter for chapter in CHAPTERS if chapter.instant <= instant]
    return begun[-1] if begun else CHAPTERS[0]
