"""The task that watches places and states what crowding is to come; `alarms` tells operators."""

from __future__ import annotations

from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from kota.city import City, Reading, Statement
from kota.errors import NotReadyError
from kota.model.instant import MINUTE, SECOND, to_datetime
from kota.model.quality import Level, Quality, Source
from kota.solution import Periodic
from kota.solutions.people_flow.local_time import town_zone
from kota.solutions.people_flow.newest import newest_count
from kota.solutions.people_flow.streets.assignment import Floats
from kota.solutions.people_flow.streets.crowding import (
    AHEAD,
    STEP_S,
    WEEK,
    WINDOW,
    Outlook,
    SurgeDetector,
    Usual,
)
from kota.solutions.people_flow.streets.service_levels import level_of_service
from kota.solutions.people_flow.streets.terms import PEOPLE
from kota.solutions.people_flow.streets.watched_places import Watched, watched_places

STEP: Final = STEP_S * SECOND
PERCENT: Final = "P1"
_WEEKS: Final = 4
_DAY: Final = WEEK // 7
_PATIENCE: Final = 4 * MINUTE
"""How long after the end of a step an observer which spoke before is waited for."""
_MONDAY: Final = 4 * 288
"""Steps from the beginning of 1970, a Thursday, to a Monday."""


class CrowdWatch:
    """Watches the observers of places of known size; keeps what is usual between runs."""

    def __init__(self) -> None:
        self._places: tuple[Watched, ...] = ()
        self._zone = ZoneInfo("UTC")
        self._detector: SurgeDetector | None = None
        self._step = self._learnt = 0

    async def run(self, city: City) -> None:
        """Take in what has been counted since the last run, and state what is to come."""
        detector, now = self._detector, await self._newest(city)
        if detector is None or self._is_outdated(detector, now):
            detector = self._detector = await self._learn(city)
            now = await self._newest(city)
        present = await self._present(city, self._step, now)
        told: list[Statement] = []
        for row in present:
            waited = city.now() - (self._step + 1) * STEP >= _PATIENCE
            if not waited and (np.isnan(row) & detector.heard).any():
                break
            self._step += 1
            outlook = detector.update(row, self._step - _MONDAY)
            told += self._statements(outlook, row, self._step * STEP)
        await city.state(told)

    def _is_outdated(self, detector: SurgeDetector, now: int) -> bool:
        """Whether time has jumped, or it is time to learn anew what is usual."""
        since = now - self._step
        return since < 0 or since > _DAY or (detector.calm and now - self._learnt > _DAY)

    async def _newest(self, city: City) -> int:
        """The last step that an observer told of: what is stated holds as of the data."""
        found = [await city.entity(one.observer) for one in self._places]
        newest = newest_count(city, [one for one in found if one is not None])
        return -(-(city.now() if newest is None else newest) // STEP)

    async def _learn(self, city: City) -> SurgeDetector:
        places = await watched_places(city)
        if not places:
            raise NotReadyError(
                "no place of known size is observed",
                hint="let a CrowdFlowObserved stand at a PointOfInterest with a capacity",
            )
        self._places = tuple(places)
        now = await self._newest(city)
        self._zone = town_zone(city, await city.entities("CrowdFlowObserved"))
        last = now - 1 - WINDOW
        first = last - _WEEKS * WEEK
        past = await self._present(city, first, last)
        self._step, self._learnt = last, now
        usual = Usual(past, first=(first + 1 - _MONDAY) % WEEK)
        return SurgeDetector(np.array([one.holds for one in places]), usual)

    async def _present(self, city: City, after: int, until: int) -> Floats:
        """People at each place at the steps after one and up to another; gaps NaN."""
        found = np.full((max(until - after, 0), len(self._places)), np.nan)
        if not len(found):
            return found
        column = {one.observer: k for k, one in enumerate(self._places)}
        table = await city.history(
            list(column), ["peopleCount"], start=after * STEP + 1, end=until * STEP + 1
        )
        ids = table.column("entity_id").to_pylist()
        times = np.array(table.column("observed_at").cast("int64").to_pylist(), dtype=np.int64)
        rows = -(-times // STEP) - after - 1
        for entity, row, value in zip(ids, rows, table.column("number").to_pylist(), strict=True):
            if value is not None:
                found[row, column[entity]] = value
        shares: Floats = np.array([one.share for one in self._places])
        return found / shares

    def _statements(self, outlook: Outlook, present: Floats, at: int) -> list[Statement]:
        """Of the places that were seen in a step."""
        return [
            Statement(place.observer, "CrowdFlowObserved", self._readings(place, outlook, k, at))
            for k, place in enumerate(self._places)
            if np.isfinite(present[k])
        ]

    def _readings(self, place: Watched, outlook: Outlook, k: int, at: int) -> dict[str, Reading]:
        now, then = float(outlook.present[k]), float(outlook.ahead[k])
        passing = float(outlook.passing[k])
        told = self._words(place, now, then, passing, at)
        seen = Quality(Level.GOOD, Source.ESTIMATED, told)
        foreseen = Quality(Level.GOOD, Source.FORECAST, told)
        ahead: dict[str, float | str] = {"leadTime": AHEAD * STEP_S, "limit": round(place.holds)}
        if np.isfinite(passing):
            ahead["passesIn"] = passing * STEP_S
        doubt: dict[str, float | str] = {
            "leadTime": AHEAD * STEP_S,
            "uncertainty": round(float(outlook.spread[k]), 1),
        }
        readings = {
            "crowdForecast": Reading(round(then, 1), PEOPLE, at, foreseen, sub=doubt),
            "crowdLoad": Reading(_percent(now, place), PERCENT, at, seen),
            "crowdLoadForecast": Reading(_percent(then, place), PERCENT, at, foreseen, sub=ahead),
            "crowdingExpected": Reading(bool(outlook.raised[k]), None, at, foreseen),
            "congested": Reading(now > place.holds, None, at, seen),
        }
        if place.area > 0:
            density = now / place.area
            level = str(level_of_service(np.array([density]))[0])
            readings["crowdDensity"] = Reading(round(density, 3), PEOPLE, at, seen)
            readings["levelOfService"] = Reading(level, None, at, seen)
        return readings

    def _words(self, place: Watched, now: float, then: float, passing: float, at: int) -> str:
        """What is to come, for the operator."""
        until = at + AHEAD * STEP
        text = (
            f"{place.name} holds {place.holds:.0f} people: {now:.0f} at {self._clock(at)}, "
            f"{then:.0f} expected at {self._clock(until)}"
        )
        if passing > 0:
            minutes = passing * STEP_S / 60
            text += f"; full in about {minutes:.0f} min, at {self._clock(at + int(passing) * STEP)}"
        return text

    def _clock(self, at: int) -> str:
        """An instant [µs] as clocks of the town show it."""
        return f"{to_datetime(at).astimezone(self._zone):%H:%M}"


def _percent(people: float, place: Watched) -> float:
    return round(100.0 * people / place.holds, 1)


def crowding_task() -> Periodic:
    """The task, with a memory of its own."""
    return Periodic(
        name="crowding",
        title="Foresee crowding at places",
        period=1 * MINUTE,
        run=CrowdWatch().run,
    )
