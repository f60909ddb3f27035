"""What people of a Malaysian town do on foot, and when: a table of outings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

GROUPS: Final = ("child", "adult", "elder", "commuter", "visitor", "guest")
"""Sorts of walkers: residents of 5 to 14, of 15 to 64 and from 65 on (younger ones are carried),
those who come by bus to work here, those who come for anything else, and those who come for an
event alone."""

AGES: Final = ("0-4", "5-14", "15-64", "65+")
"""Age groups of residents."""

Four = tuple[float, float, float, float]
Five = tuple[float, float, float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outing:
    """One reason to leave the house.

    Args:
        purpose: see `kota.solutions.people_flow.pedestrians.truth.PURPOSES`.
        place: kind of place it leads to, a key of `Places.pull`; ``friend`` is another home.
        share: who goes on a plain weekday, by group [1]; guests do not.
        week: factor on Monday to Thursday, Friday, Saturday, Sunday.
        peaks: hour, spread [h] and weight of each wave.
        arrival: whether the waves are of arrivals; else of departures.
        stay: median [h] and spread of its logarithm.
        own: whether each person always goes to the same place.
        anywhere: whether people leave from where they are; else only from home.
        reach: distance [m] at which a third would still walk.
        rain: how much rain keeps people away [1/mm in five minutes].
        faith: only those of this faith, a key of `Places.pull`.
        on_the_way: share of people who stop at a shop on their way home.
    """

    purpose: str
    place: str
    share: Five
    week: Four = (1.0, 1.0, 1.0, 1.0)
    peaks: tuple[tuple[float, float, float], ...]
    arrival: bool = False
    stay: tuple[float, float]
    own: bool = False
    anywhere: bool = False
    reach: float = 1_100.0
    rain: float = 0.5
    faith: str | None = None
    on_the_way: float = 0.0


def _prayer(hour: float, week: Four = (1.0, 1.0, 1.0, 1.0), share: float = 0.06) -> Outing:
    return Outing(
        purpose="prayer",
        place="faith",
        share=(0.2 * share, share, 2.6 * share, share, 0.0),
        week=week,
        peaks=((hour, 0.10, 1.0),),
        arrival=True,
        stay=(0.35, 0.2),
        own=True,
        anywhere=True,
        reach=700.0,
        faith="mosque",
    )


OUTINGS: Final[tuple[Outing, ...]] = (
    Outing(
        purpose="school",
        place="school",
        share=(0.95, 0.94, 0.0, 0.0, 0.0),
        week=(1.0, 0.0, 0.04, 0.0),
        peaks=((7.30, 0.13, 1.0),),
        arrival=True,
        stay=(6.2, 0.05),
        own=True,
        reach=1_300.0,
        rain=0.05,
    ),
    Outing(
        purpose="school",
        place="school",
        share=(0.95, 0.94, 0.0, 0.0, 0.0),
        week=(0.0, 1.0, 0.0, 0.0),
        peaks=((7.30, 0.13, 1.0),),
        arrival=True,
        stay=(4.8, 0.03),
        own=True,
        reach=1_300.0,
        rain=0.05,
    ),
    Outing(
        purpose="work",
        place="work",
        share=(0.0, 0.94, 0.0, 0.95, 0.0),
        week=(1.0, 1.0, 0.6, 0.25),
        peaks=((8.2, 0.45, 0.6), (9.4, 0.5, 0.3), (13.6, 0.8, 0.1)),
        stay=(8.6, 0.11),
        own=True,
        rain=0.03,
        on_the_way=0.22,
    ),
    Outing(
        purpose="transit",
        place="stop",
        share=(0.0, 0.92, 0.0, 0.0, 0.0),
        week=(1.0, 1.0, 0.35, 0.15),
        peaks=((6.9, 0.45, 0.85), (8.4, 0.6, 0.15)),
        stay=(10.4, 0.10),
        own=True,
        rain=0.03,
        on_the_way=0.10,
    ),
    Outing(
        purpose="prayer",
        place="faith",
        share=(0.22, 0.50, 0.62, 0.50, 0.0),
        week=(0.0, 1.0, 0.0, 0.0),
        peaks=((12.95, 0.16, 1.0),),
        arrival=True,
        stay=(0.85, 0.10),
        own=True,
        anywhere=True,
        reach=1_500.0,
        rain=0.2,
        faith="mosque",
    ),
    Outing(
        purpose="festival",
        place="event",
        share=(0.0, 0.0, 0.0, 0.0, 0.0),
        peaks=((18.6, 0.5, 1.0),),
        stay=(1.5, 0.35),
        reach=3_000.0,
    ),
    Outing(
        purpose="prayer",
        place="faith",
        share=(0.20, 0.22, 0.40, 0.0, 0.0),
        week=(0.0, 0.0, 0.1, 1.0),
        peaks=((9.0, 0.12, 0.7), (17.5, 0.2, 0.3)),
        arrival=True,
        stay=(1.4, 0.15),
        own=True,
        reach=1_500.0,
        faith="church",
    ),
    Outing(
        purpose="prayer",
        place="faith",
        share=(0.03, 0.07, 0.18, 0.0, 0.0),
        week=(1.0, 1.4, 1.2, 1.2),
        peaks=((7.4, 0.6, 0.4), (18.9, 0.6, 0.6)),
        stay=(0.5, 0.3),
        own=True,
        faith="temple",
    ),
    _prayer(5.95, share=0.045),
    _prayer(13.15, week=(1.0, 0.0, 1.0, 1.0)),
    _prayer(16.4),
    _prayer(19.05, share=0.11),
    _prayer(20.3, share=0.10),
    Outing(
        purpose="shop",
        place="shop",
        share=(0.0, 0.30, 0.10, 0.55, 0.0),
        week=(1.0, 0.6, 0.8, 0.6),
        peaks=((12.8, 0.35, 1.0),),
        stay=(0.55, 0.25),
        anywhere=True,
        reach=450.0,
        rain=0.4,
    ),
    Outing(
        purpose="market",
        place="market",
        share=(0.03, 0.20, 0.36, 0.03, 0.46),
        week=(1.0, 1.1, 1.6, 1.9),
        peaks=((7.6, 0.8, 0.6), (9.7, 1.0, 0.4)),
        stay=(0.65, 0.35),
    ),
    Outing(
        purpose="civic",
        place="civic",
        share=(0.02, 0.05, 0.12, 0.0, 0.10),
        week=(1.0, 0.8, 0.25, 0.1),
        peaks=((9.6, 0.9, 0.7), (14.8, 0.9, 0.3)),
        stay=(0.9, 0.4),
    ),
    Outing(
        purpose="shop",
        place="shop",
        share=(0.18, 0.52, 0.36, 0.12, 0.62),
        week=(1.0, 1.0, 1.35, 1.2),
        peaks=((10.4, 1.0, 0.28), (14.2, 2.0, 0.20), (17.6, 1.0, 0.52)),
        stay=(0.45, 0.45),
        reach=800.0,
        rain=0.6,
    ),
    Outing(
        purpose="leisure",
        place="leisure",
        share=(0.24, 0.14, 0.16, 0.02, 0.60),
        week=(1.0, 1.1, 1.9, 2.2),
        peaks=((17.5, 0.7, 0.75), (7.2, 0.7, 0.25)),
        stay=(0.95, 0.35),
        reach=1_400.0,
        rain=1.6,
    ),
    Outing(
        purpose="visit",
        place="friend",
        share=(0.26, 0.16, 0.20, 0.0, 0.0),
        week=(1.0, 1.0, 1.3, 1.5),
        peaks=((15.6, 1.1, 0.55), (20.2, 0.7, 0.45)),
        stay=(1.2, 0.45),
        reach=700.0,
    ),
    Outing(
        purpose="shop",
        place="shop",
        share=(0.08, 0.26, 0.10, 0.04, 0.10),
        week=(1.0, 1.2, 1.3, 1.0),
        peaks=((19.8, 0.7, 1.0),),
        stay=(0.8, 0.35),
        reach=800.0,
        rain=0.8,
    ),
)
"""In the order in which they are fitted into a day; whatever does not fit is left out."""

VISITORS: Final[Four] = (1.0, 1.05, 1.5, 1.6)
"""Factor on the number of visitors on Monday to Thursday, Friday, Saturday and Sunday."""


def kind_of_day(weekday: int, *, holiday: bool) -> int:
    """Column of `Outing.week`; a holiday is like a Sunday.

    >>> [kind_of_day(weekday, holiday=False) for weekday in (0, 3, 4, 5, 6)]
    [0, 0, 1, 2, 3]
    """
    return 3 if holiday else max(weekday - 3, 0)
