"""Places of known size, and the observers that see who is there."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Final

from kota.city import City
from kota.model.entity import Entity
from kota.solutions.people_flow.streets.service_levels import WALKWAY

log = logging.getLogger(__name__)

LIMIT: Final = float(WALKWAY[3])
"""People on a square metre beyond which a walkway is worse than level of service D."""
NEAR_M: Final = 60.0
_METRES_A_DEGREE: Final = 111_320.0
_STOP: Final = "bus_stop"
"""A stop's capacity counts its seats."""
_PASSAGES: Final = ("refRoadSegment", "peopleCountTowards")
"""What only an observer has that counts who passes, not who is there."""


@dataclass(frozen=True, slots=True)
class Watched:
    """A place that an observer sees.

    Args:
        observer: its entity.
        name: of the place.
        holds: people beyond which it is too crowded.
        area: that they stand on [m²]; 0 where it is not known.
        share: of the people there that the observer sees.
    """

    observer: str
    name: str
    holds: float
    area: float
    share: float


async def watched_places(city: City) -> list[Watched]:
    """The places that are watched, by observer.

    A place holds its capacity, or `LIMIT` on each square metre. An observer watches the place that
    it names by ``refPointOfInterest``, else the nearest within `NEAR_M`; one that counts passages,
    on a street or through a gate, watches none. One whose ``detectionShare`` is not above 0 and up
    to 1 is left out, with a warning.
    """
    import msgspec
    import shapely

    shapes = []
    places: list[tuple[str, float, float]] = []
    named: dict[str, int] = {}
    for kind in ("PointOfInterest", "Garden"):
        for one in await city.entities(kind):
            capacity = float(city.value(one, "capacity") or 0)
            area = float(city.value(one, "floorArea") or 0)
            if _STOP in (city.value(one, "category") or ()):
                capacity = 0.0
            holds = capacity or LIMIT * area
            where = city.value(one, "location")
            if holds > 0 and where is not None:
                shapes.append(shapely.from_geojson(msgspec.json.encode(where)))
                named[one.id] = len(places)
                places.append((str(city.value(one, "name") or one.id), holds, area))
    if not places:
        return []
    tree = shapely.STRtree(shapes)
    found = []
    for one in sorted(await city.entities("CrowdFlowObserved"), key=lambda one: one.id):
        where, which = city.value(one, "location"), city.value(one, "refPointOfInterest")
        if any(city.value(one, name) is not None for name in _PASSAGES):
            continue
        place = named.get(which) if which is not None else None
        if which is None and where is not None:
            point = shapely.from_geojson(msgspec.json.encode(where))
            nearest = int(tree.nearest(point))
            if shapes[nearest].distance(point) * _METRES_A_DEGREE <= NEAR_M:
                place = nearest
        share = None if place is None else _share(city, one)
        if place is not None and share is not None:
            found.append(Watched(one.id, *places[place], share))
    return found


def _share(city: City, observer: Entity) -> float | None:
    told = city.value(observer, "detectionShare")
    if told is None:
        return 1.0
    if isinstance(told, int | float) and 0 < told <= 1:
        return float(told)
    log.warning("%s: detectionShare is %r; expected above 0 and up to 1", observer.id, told)
    return None
