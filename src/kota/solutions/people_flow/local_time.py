"""The town's wall clock: its zone, its hours of the week, its public holidays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from kota.city import City
from kota.model.entity import Entity
from kota.model.instant import HOUR
from kota.solutions.people_flow.forecast.calendar import public_holidays, region_of, zone_near
from kota.solutions.people_flow.forecast.counts import DAY
from kota.solutions.people_flow.forecast.telemetry import local_hours
from kota.solutions.people_flow.streets.assignment import Ints
from kota.solutions.people_flow.streets.model import slot_of

_MONDAY = 4
"""Days from the beginning of 1970, a Thursday, to a Monday."""
_SATURDAY = 5


def town_zone(city: City, counters: Sequence[Entity]) -> ZoneInfo:
    """The zone that the town was configured with.

    Without one it is that of the place where the first counter with a position stands; else UTC.
    """
    if city.zone is not None:
        return city.zone
    for counter in counters:
        place: Any = city.value(counter, "location")
        if isinstance(place, dict) and place.get("type") == "Point":
            longitude, latitude = place["coordinates"][:2]
            return zone_near(float(longitude), float(latitude))
    return ZoneInfo("UTC")


def slots_at(start: int, hours: int, zone: ZoneInfo) -> Ints:
    """The slot (`street_model.slot_of`) of each of some hours; a public holiday is a day of rest.

    Args:
        start: of the first hour [µs].
        hours: how many.
        zone: of the wall clock; its country's public holidays count.
    """
    local = local_hours(start + np.arange(hours, dtype=np.int64) * HOUR, zone)
    days = local // DAY
    free = public_holidays(region_of(zone), int(days.min()), int(days.max()))
    rest = ((days - _MONDAY) % 7 >= _SATURDAY) | np.isin(days, list(free))
    return slot_of(local % DAY, rest)
