"""The live task that runs the network a day ahead and states what comes, and its what-if."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np

from kota.city import City, Reading, Statement
from kota.errors import InputError
from kota.model.entity import Kind
from kota.model.instant import MINUTE, SECOND, render
from kota.model.quality import Level, Quality, Source
from kota.solution import Asked, Periodic, Route
from kota.solutions.water.instruments import device_of
from kota.solutions.water.layout import read_layout
from kota.solutions.water.outlook.change import Changes
from kota.solutions.water.outlook.compare import Compared, compare
from kota.solutions.water.outlook.course import Begin, look_ahead
from kota.solutions.water.outlook.standing import Standing, read_standing
from kota.solutions.water.outlook.warn import Warned, warned_of
from kota.solutions.water.quality.source import Origin, Seen, find_origin
from kota.solutions.water.schedule.tariff import Tariff
from kota.solutions.water.terms import METRE, urn

STEP_S: Final = 900
NAMED: Final = 10
"""Nodes that a warning names."""
LONGEST_H: Final = 72.0


class Ahead(msgspec.Struct, frozen=True):
    """A look ahead as a worker gives it back.

    Args:
        seconds: ahead `(steps,)`.
        levels: of each tank [m].
        least: pressure at customers at each step [m].
        warned: what is to be known.
    """

    seconds: list[int]
    levels: dict[str, list[float]]
    least: list[float]
    warned: tuple[Warned, ...]


def run_ahead(path: Path, begin: Begin) -> Ahead:
    """Look ahead; for a worker process."""
    from kota.solutions.water.inp import read_network

    course = look_ahead(path, begin, step_s=STEP_S)
    return Ahead(
        course.seconds.tolist(),
        {name: course.level[:, k].round(2).tolist() for k, name in enumerate(course.tanks)},
        course.pressure[:, course.served].min(axis=1).round(2).tolist(),
        warned_of(course, read_network(path)),
    )


async def state_ahead(city: City) -> None:
    """State levels and least pressure of the next 24 hours, and what to be warned of."""
    whole = (await read_layout(city)).network
    standing = await read_standing(city, whole)
    ahead = await city.compute(run_ahead, standing.path, standing.begin)
    await city.state(_statements(whole, standing, ahead))


def _statements(whole: str, standing: Standing, ahead: Ahead) -> list[Statement]:
    at = standing.at
    level = Level.UNCERTAIN if standing.guessed else Level.GOOD
    why = "; ".join(standing.guessed) or "the hydraulic model, run ahead from how it stands"
    quality = Quality(level, Source.FORECAST, why)
    instants = [render(at + second * SECOND) for second in ahead.seconds]

    def curve(name: str, values: Sequence[float]) -> Reading:
        told = {"at": instants, name: list(values)}
        return Reading(told, None, at, quality, kind=Kind.JSON_PROPERTY)

    statements = [
        Statement(
            urn("Tank", device_of("tank", name)), "Tank", {"levelAhead": curve("level", levels)}
        )
        for name, levels in ahead.levels.items()
    ]
    warned = [_told(each, at) for each in ahead.warned]
    soonest = [each.begins for each in ahead.warned if each.kind != "tankFull"]
    readings = {
        "leastPressureAhead": curve("pressure", ahead.least),
        "leastPressure24h": Reading(min(ahead.least), METRE, at, quality),
        "warningsAhead": Reading(warned, None, at, quality, kind=Kind.JSON_PROPERTY),
        "hoursToTrouble": Reading(
            round(min(soonest, default=24 * 3600) / 3600, 2), "HUR", at, quality
        ),
    }
    return [Statement(whole, "WaterNetwork", readings), *statements]


def _told(warned: Warned, at: int) -> dict[str, Any]:
    return {
        "kind": warned.kind,
        "begins": render(at + warned.begins * SECOND),
        "ends": render(at + warned.ends * SECOND),
        "worst": warned.worst,
        "limit": warned.limit,
        "count": warned.count,
        "assets": list(warned.assets[:NAMED]),
    }


class WhatIf(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is asked.

    Args:
        changes: of the network, by the ids of its model.
        hours: that are run.
        prices: of the energy of the second run by time of day, ``{"07:00": 0.12}``; empty: the
            same as the first's, 0.10 a kWh.
        age: whether the water's age is followed.
    """

    changes: Changes = Changes()
    hours: float = 24.0
    prices: dict[str, float] = {}
    age: bool = False


class Question(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What sensors saw, and how far ahead is asked for.

    Args:
        seen: seconds count from the beginning of the run.
        back: hours from the beginning of the run until now.
        ahead: hours from now until its end.
    """

    seen: tuple[Seen, ...]
    back: float = 12.0
    ahead: float = 12.0


class WhatIfs:
    """Answers what a change would do from how the network stands now."""

    def __init__(self, city: City) -> None:
        self._city = city

    async def answer(self, asked: Asked) -> Compared:
        """Run the hours with and without the change.

        Raises:
            InputError: the network has not what is changed, or a price is none.
            NotReadyError: there is no model, or not enough is told.
        """
        body: WhatIf = asked.body
        if not 0 < body.hours <= LONGEST_H:
            raise InputError(f"{body.hours:g} hours; expected more than 0, at most {LONGEST_H:g}")
        tariff = tariff_of(body.prices) if body.prices else None
        whole = (await read_layout(self._city)).network
        standing = await read_standing(self._city, whole)
        body.changes.check(standing.network)
        return await self._city.compute(
            _compared, standing.path, body.changes, standing.begin, body.hours, tariff, body.age
        )

    async def origin(self, asked: Asked) -> Origin:
        """Say where contamination may have entered, and whom it reaches.

        The run begins with the tanks as they stand now: levels of hours ago are not kept for it.

        Raises:
            InputError: nothing was seen, or at a node or time that the run has not.
            NotReadyError: there is no model, or not enough is told.
        """
        body: Question = asked.body
        if not (0 < body.back <= LONGEST_H and 0 <= body.ahead <= LONGEST_H):
            raise InputError(f"{body.back:g} h back and {body.ahead:g} h ahead; at most 72 each")
        whole = (await read_layout(self._city)).network
        standing = await read_standing(self._city, whole)
        past = replace(standing.begin, clock=standing.begin.clock - round(body.back * 3600))
        past = replace(past, clock=past.clock % (7 * 86_400), profile=None, is_open={})
        hours = body.back + body.ahead
        return await self._city.compute(
            _origin, standing.path, body.seen, past, hours, timeout_s=300.0
        )


def _origin(path: Path, seen: tuple[Seen, ...], begin: Begin, hours: float) -> Origin:
    return find_origin(path, seen, hours=hours, begin=begin)


def _compared(
    path: Path, changes: Changes, begin: Begin, hours: float, tariff: Tariff | None, age: bool
) -> Compared:
    return compare(
        path,
        changes,
        begin=begin,
        hours=hours,
        after_tariff=tariff,
        quality="age" if age else "none",
    )


def tariff_of(prices: dict[str, float]) -> Tariff:
    """Prices by time of day, ``HH:MM``; the last holds until the first.

    Raises:
        InputError: a time or price is none; names it.
    """
    found: dict[int, float] = {}
    for text, price in sorted(prices.items()):
        hour, _, minute = text.partition(":")
        if not (hour.isdigit() and minute.isdigit() and int(hour) < 24 and int(minute) < 60):
            raise InputError(f"{text!r} is no time of day; expected 07:00")
        if not np.isfinite(price) or price < 0:
            raise InputError(f"a price of {price} from {text}; expected 0 or more")
        found[int(hour) * 3600 + int(minute) * 60] = price
    if 0 not in found:
        found[0] = found[max(found)]
    return Tariff(tuple(sorted(found)), tuple(found[second] for second in sorted(found)))


def ahead_tasks() -> tuple[Periodic, ...]:
    """What runs the network ahead."""
    return (
        Periodic(
            name="outlook",
            title="Run the network a day ahead",
            period=15 * MINUTE,
            run=state_ahead,
        ),
    )


def ahead_routes(city: City) -> tuple[Route, ...]:
    """The endpoints, below ``/api/v1/solutions/water/``."""
    return (
        Route(
            path="what-if",
            method="POST",
            title="Run the coming hours with and without a change",
            handler=WhatIfs(city).answer,
            body=WhatIf,
            response=Compared,
        ),
        Route(
            path="origin",
            method="POST",
            title="Say where contamination may have entered and whom it reaches",
            handler=WhatIfs(city).origin,
            body=Question,
            response=Origin,
        ),
    )
