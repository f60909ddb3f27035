"""The task that watches places and raises an alert when crowding is to come."""

from __future__ import annotations

from typing import Final

import numpy as np

from kota.city import City, Reading, Statement
from kota.errors import NotReadyError
from kota.model.instant import MINUTE, SECOND, render
from kota.model.quality import Level, Quality, Source
from kota.solution import Periodic
from kota.solutions.people_flow.streets.assignment import Floats
from kota.solutions.people_flow.streets.crowding import (
    AHEAD,
    STEP_S,
    WEEK,
    Outlook,
    SurgeDetector,
    Usual,
)
from kota.solutions.people_flow.streets.service_levels import WALKWAY
from kota.solutions.people_flow.streets.terms import PEOPLE

STEP: Final = STEP_S * SECOND
LIMIT: Final = float(WALKWAY[3])
"""People on a square metre beyond which a walkway is worse than level of service D."""
NEAR_M: Final = 60.0
_FORECAST: Final = Quality(
    Level.GOOD, Source.FORECAST, "last minutes carried on over what is usual"
)
_WEEKS: Final = 4
_MONDAY: Final = 4 * 288
"""Steps from the beginning of 1970, a Thursday, to a Monday."""


class CrowdWatch:
    """Watches the observers of places of known size; keeps what is usual between runs."""

    def __init__(self) -> None:
        self._observers: tuple[str, ...] = ()
        self._names: tuple[str, ...] = ()
        self._limit: Floats = np.zeros(0)
        self._detector: SurgeDetector | None = None
        self._step = 0

    async def run(self, city: City) -> None:
        """Take in what has been counted since the last run, and state what is to come."""
        now = city.now() // STEP
        if self._detector is None or now - self._step > WEEK // 7 or now < self._step:
            await self._learn(city, now)
        detector = self._detector
        if detector is None:
            return
        present = await self._present(city, self._step, now)
        statements: list[Statement] = []
        for k, row in enumerate(present):
            step = self._step + 1 + k
            outlook = detector.update(row, step - _MONDAY)
            if step == now:
                statements = self._forecasts(outlook, step * STEP)
            statements += self._alerts(outlook, step * STEP)
        self._step = now
        await city.state(statements)

    async def _learn(self, city: City, now: int) -> None:
        limits = await place_limits(city)
        if not limits:
            raise NotReadyError(
                "no place of known size is observed",
                hint="let a CrowdFlowObserved stand at a PointOfInterest with a capacity",
            )
        self._observers = tuple(sorted(limits))
        self._names = tuple(limits[one][1] for one in self._observers)
        self._limit = np.array([limits[one][0] for one in self._observers])
        first = now - 2 - _WEEKS * WEEK
        past = await self._present(city, first, now - 2)
        usual = Usual(past, first=(first + 1 - _MONDAY) % WEEK)
        self._detector, self._step = SurgeDetector(self._limit, usual), now - 2

    async def _present(self, city: City, after: int, until: int) -> Floats:
        """People at each place at the steps after one and up to another; gaps NaN."""
        found = np.full((max(until - after, 0), len(self._observers)), np.nan)
        if not len(found):
            return found
        table = await city.history(
            list(self._observers),
            ["peopleCount"],
            start=after * STEP + 1,
            end=until * STEP + 1,
        )
        column = {one: k for k, one in enumerate(self._observers)}
        ids = table.column("entity_id").to_pylist()
        times = np.array(table.column("observed_at").cast("int64").to_pylist(), dtype=np.int64)
        rows = -(-times // STEP) - after - 1
        for entity, row, value in zip(ids, rows, table.column("number").to_pylist(), strict=True):
            if value is not None:
                found[row, column[entity]] = value
        return found

    def _forecasts(self, outlook: Outlook, at: int) -> list[Statement]:
        found = []
        for k, observer in enumerate(self._observers):
            sub: dict[str, float | str] = {
                "leadTime": AHEAD * STEP_S,
                "uncertainty": round(float(outlook.spread[k]), 1),
            }
            value = round(float(outlook.ahead[k]), 1)
            reading = Reading(value, PEOPLE, at, _FORECAST, sub=sub)
            found.append(Statement(observer, "CrowdFlowObserved", {"crowdForecast": reading}))
        return found

    def _alerts(self, outlook: Outlook, at: int) -> list[Statement]:
        return [
            _alert(
                self._observers[k],
                self._names[k],
                at,
                float(outlook.present[k]),
                float(outlook.ahead[k]),
                float(self._limit[k]),
            )
            for k in np.flatnonzero(outlook.began).tolist()
        ]


def _alert(
    observer: str, name: str, at: int, present: float, ahead: float, limit: float
) -> Statement:
    """In the manner of Smart Data Models' Alert."""
    title = f"Crowding ahead: {name}"
    text = (
        f"{ahead:.0f} people expected in {AHEAD * STEP_S // 60} minutes, now {present:.0f}; "
        f"level of service D ends at {limit:.0f}"
    )
    values = {
        "title": title,
        "category": "security",
        "subCategory": "crowding",
        "severity": "high" if ahead > 1.5 * limit else "medium",
        "dateIssued": render(at),
        "validTo": render(at + 90 * MINUTE),
        "alertSource": observer,
        "description": text,
        "alertData": f"present={present:.0f};expected={ahead:.0f};limit={limit:.0f}",
    }
    readings = {key: Reading(value, None, at, _FORECAST) for key, value in values.items()}
    readings["leadTime"] = Reading(AHEAD * STEP_S, "SEC", at, _FORECAST)
    place = observer.rsplit(":", 1)[-1]
    return Statement(f"urn:ngsi-ld:Alert:crowding-{place}-{at // SECOND}", "Alert", readings)


async def place_limits(city: City) -> dict[str, tuple[float, str]]:
    """People at which each observed place is too crowded, and its name, by observer.

    A place holds its capacity, a garden `LIMIT` on each square metre; an observer on a street
    watches no place.
    """
    import msgspec
    import shapely

    places = []
    for kind in ("PointOfInterest", "Garden"):
        for one in await city.entities(kind):
            capacity = float(city.value(one, "capacity") or 0)
            area = float(city.value(one, "floorArea") or 0)
            holds = capacity or LIMIT * area
            where = city.value(one, "location")
            if holds > 0 and where is not None:
                shape = shapely.from_geojson(msgspec.json.encode(where))
                places.append((shape, holds, str(city.value(one, "name") or one.id)))
    found: dict[str, tuple[float, str]] = {}
    if not places:
        return found
    tree = shapely.STRtree([shape for shape, _, _ in places])
    for one in await city.entities("CrowdFlowObserved"):
        where = city.value(one, "location")
        if where is None or city.value(one, "refRoadSegment") is not None:
            continue
        point = shapely.from_geojson(msgspec.json.encode(where))
        shape, holds, name = places[int(tree.nearest(point))]
        if shape.distance(point) * 111_320.0 <= NEAR_M:
            found[one.id] = (holds, name)
    return found


def crowding_task() -> Periodic:
    """The task, with a memory of its own."""
    return Periodic(
        name="crowding",
        title="Foresee crowding at places",
        period=5 * MINUTE,
        run=CrowdWatch().run,
    )
