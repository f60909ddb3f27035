"""What the counters and the weather station have said in the month before."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from kota.demo.estimates import Row
from kota.demo.story import HISTORY, dawn, midnight
from kota.demo.streetlife import (
    COUNT_S,
    COUNTERS,
    STATION,
    WEATHER,
    WEATHER_S,
    counts,
    weather,
)
from kota.model.instant import SECOND

_MEASURED = 0


def streetlife_rows(*, seed: int) -> Iterator[Row]:
    """Counts and weather up to dawn, as rows of entity id, short attribute, instant, value, unit
    and quality code."""
    begin = midnight() // SECOND - round(HISTORY.total_seconds())
    times = np.arange(begin, dawn() // SECOND, COUNT_S)
    counted = counts(times, seed=seed)
    for k, counter in enumerate(COUNTERS):
        entity_id = f"urn:ngsi-ld:CrowdFlowObserved:{counter.device}"
        for at, value in zip(times.tolist(), counted[:, k].tolist(), strict=True):
            yield entity_id, "peopleCount", at * SECOND, value, "C62", _MEASURED
    times = np.arange(begin, dawn() // SECOND, WEATHER_S)
    measured = weather(times, seed=seed)
    for k, (name, unit) in enumerate(WEATHER):
        for at, value in zip(times.tolist(), measured[:, k].tolist(), strict=True):
            yield (
                f"urn:ngsi-ld:WeatherObserved:{STATION}",
                name,
                at * SECOND,
                value,
                unit,
                _MEASURED,
            )
