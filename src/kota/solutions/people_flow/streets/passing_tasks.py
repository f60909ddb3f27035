"""The task that states which way people go by a counter, and how fast, in the last minutes."""

from __future__ import annotations

from typing import Final

import numpy as np

from kota.city import City, Reading, Statement
from kota.errors import NotReadyError
from kota.model.entity import Entity
from kota.model.instant import HOUR, MINUTE
from kota.model.quality import Level, Quality, Source
from kota.solution import Periodic
from kota.solutions.people_flow.newest import newest_count
from kota.solutions.people_flow.streets.assignment import Floats
from kota.solutions.people_flow.streets.entities import BREADTH, WALKED
from kota.solutions.people_flow.streets.service_levels import (
    direction,
    walking_speed,
    walkway_density,
)
from kota.solutions.people_flow.streets.watched_places import LIMIT

WINDOW: Final = 15 * MINUTE
KILOMETRES_AN_HOUR: Final = "KMH"
_WAYS: Final = ("peopleCountTowards", "peopleCountAway")
_COUNTED: Final = Quality(Level.GOOD, Source.ESTIMATED, "counts each way of the last 15 minutes")
_SPEED: Final = Quality(
    Level.GOOD,
    Source.ESTIMATED,
    "not measured: what people walk at the density that carries the flow (Weidmann 1993)",
)


async def state_passing(city: City) -> None:
    """State direction, speed and congestion at every counter that tells both ways.

    Raises:
        NotReadyError: no counter tells them.
    """
    counters = [
        one
        for one in await city.entities("CrowdFlowObserved")
        if city.value(one, "refRoadSegment") is not None
        and all(city.value(one, way) is not None for way in _WAYS)
    ]
    end = newest_count(city, counters)
    if end is None:
        raise NotReadyError(
            "no counter tells both ways", hint="peopleCountTowards and peopleCountAway"
        )
    ids = [one.id for one in counters]
    table = await city.history(ids, _WAYS, start=end - WINDOW + 1, end=end + 1)
    passed = np.zeros((len(ids), len(_WAYS)))
    heard = np.zeros(len(ids), dtype=bool)
    columns = (table.column(name).to_pylist() for name in ("entity_id", "attribute", "number"))
    for entity, way, number in zip(*columns, strict=True):
        if number is not None:
            row = ids.index(entity)
            passed[row, _WAYS.index(way)] += number
            heard[row] = True
    width = np.array([await _width(city, one) for one in counters])
    flow: Floats = passed.sum(axis=1) * HOUR / WINDOW
    await city.state(_statements(ids, heard, passed, walkway_density(flow, width), end))


def _statements(
    ids: list[str], heard: np.ndarray, passed: Floats, density: Floats, at: int
) -> list[Statement]:
    share, speed = direction(passed[:, 0], passed[:, 1]), 3.6 * walking_speed(density)
    found = []
    for k in np.flatnonzero(heard).tolist():
        readings = {"congested": Reading(bool(density[k] > LIMIT), None, at, _COUNTED)}
        if np.isfinite(share[k]):
            way = "inbound" if share[k] >= 0 else "outbound"
            one_sided: dict[str, float | str] = {"share": round(float(share[k]), 2)}
            readings["direction"] = Reading(way, None, at, _COUNTED, sub=one_sided)
            readings["averageCrowdSpeed"] = Reading(
                round(float(speed[k]), 2), KILOMETRES_AN_HOUR, at, _SPEED
            )
        found.append(Statement(ids[k], "CrowdFlowObserved", readings))
    return found


async def _width(city: City, counter: Entity) -> float:
    """What people walk on, of the street that a counter is on [m]."""
    street = await city.entity(str(city.value(counter, "refRoadSegment")))
    told = None if street is None else city.value(street, "width")
    return WALKED * float(told or BREADTH)


PASSING_TASK: Final = Periodic(
    name="passing",
    title="State which way and how fast people go",
    period=5 * MINUTE,
    run=state_passing,
)
