"""Where the people of a place come from: its catchment, of a table of trips between places."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from kota.errors import InputError
from kota.solutions.people_flow.privacy.od_tables import Flow

CORE: Final = 0.8
"""Share of the people of a place that its core catchment brings, as retail planning has it."""


class Origin(msgspec.Struct, frozen=True):
    """One place that people come from.

    Args:
        place: its name.
        people: who come from there.
        share: of all who come.
        so_far: share of this origin and all larger ones.
        leaving: of the trips that begin there, the share that leads here.
    """

    place: str
    people: float
    share: float
    so_far: float
    leaving: float


class Catchment(msgspec.Struct, frozen=True):
    """Who comes to a place.

    Args:
        place: its name.
        people: who come, without those of the place itself.
        within: who stay within the place.
        core: places that together bring `CORE` of the people.
        origins: largest first.
    """

    place: str
    people: float
    within: float
    core: int
    origins: tuple[Origin, ...]


def catchment(flows: Sequence[Flow], place: str) -> Catchment:
    """The catchment of a place.

    Args:
        flows: trips between places; those that are not told are not known here either.
        place: a destination of them.

    Raises:
        InputError: no trip leads to the place.

    >>> found = catchment([Flow("a", "m", 30), Flow("b", "m", 10), Flow("a", "b", 30)], "m")
    >>> [(one.place, one.share, one.leaving) for one in found.origins]
    [('a', 0.75, 0.5), ('b', 0.25, 1.0)]
    """
    coming = [one for one in flows if one.destination == place and one.origin != place]
    people = sum(one.people for one in coming)
    if not people:
        some = ", ".join(sorted({one.destination for one in flows})[:8])
        raise InputError(f"nobody goes to {place!r}", hint=f"name a destination, such as {some}")
    begun: dict[str, float] = {}
    for one in flows:
        begun[one.origin] = begun.get(one.origin, 0.0) + one.people
    origins, total = [], 0.0
    for one in sorted(coming, key=lambda one: (-one.people, one.origin)):
        total += one.people
        origins.append(
            Origin(
                one.origin,
                one.people,
                round(one.people / people, 4),
                round(total / people, 4),
                round(one.people / begun[one.origin], 4),
            )
        )
    core = 1 + sum(one.so_far < CORE for one in origins)
    within = sum(one.people for one in flows if one.origin == one.destination == place)
    return Catchment(place, people, within, min(core, len(origins)), tuple(origins))
