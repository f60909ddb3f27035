"""When counters last counted: what is stated holds as of the data, not as of a clock."""

from __future__ import annotations

from collections.abc import Sequence

from kota.city import City
from kota.model.entity import Entity


def newest_count(city: City, counters: Sequence[Entity]) -> int | None:
    """When any of some counters last counted [µs]; None where none has."""
    told = [city.attribute(counter, "peopleCount") for counter in counters]
    times = [one.observed_at for one in told if one is not None and one.observed_at is not None]
    return max(times, default=None)
