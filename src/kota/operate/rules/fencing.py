"""A fence at work: whether an entity lies within."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kota.model import geometry as geojson
from kota.model.entity import Entity, Kind
from kota.model.query.geo import GeoQuery, Relation
from kota.model.terms import LOCATION
from kota.operate.rules.definition import Fence


class Ground:
    """A part of the world; that of a zone moves with the zone.

    Args:
        fence: checked.
    """

    def __init__(self, fence: Fence) -> None:
        self.zone = fence.zone
        self._within = fence.within
        self._test: Callable[[Entity], bool] | None = None
        if fence.area:
            self._lay(polygon(fence))

    def learn(self, zone: Entity | None) -> None:
        """Take over where the zone lies; None: there is none, and nothing can be said."""
        self._test = None
        found = None if zone is None else place_of(zone)
        if found is not None:
            self._lay(found)

    def holds(self, entity: Entity) -> bool | None:
        """Whether an entity lies within; None: one of them lies nowhere."""
        if self._test is None or place_of(entity) is None:
            return None
        return self._test(entity)

    def _lay(self, shape: dict[str, Any]) -> None:
        if self._within:
            self._test = GeoQuery(Relation.NEAR, shape, max_distance=self._within).matches
        else:
            self._test = GeoQuery(Relation.INTERSECTS, shape).matches


def polygon(fence: Fence) -> dict[str, Any]:
    """The area of a fence as GeoJSON, its ring closed."""
    ring = [list(position) for position in fence.area]
    if ring and ring[0] != ring[-1]:
        ring.append(ring[0])
    return {"type": "Polygon", "coordinates": [ring]}


def place_of(entity: Entity) -> dict[str, Any] | None:
    """The geometry of an entity, if it has one."""
    found = entity.default(LOCATION)
    if found is None or found.kind is not Kind.GEO_PROPERTY or not isinstance(found.value, dict):
        return None
    return found.value


def point_of(entity: Entity) -> tuple[float, float] | None:
    """Longitude and latitude [°] of the middle of an entity, if it lies somewhere."""
    place = place_of(entity)
    return None if place is None else geojson.centroid(place)
