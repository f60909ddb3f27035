"""What the sensors of the waterworks have said in the month before dawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from kota.context.ingest import Patch
from kota.demo.series import Series
from kota.demo.story import dawn
from kota.demo.waterworks import Past, entity_of
from kota.model.entity import Attribute, Kind
from kota.model.instant import SECOND
from kota.model.jsonld import Context
from kota.solutions.water.instruments import Quantity
from kota.solutions.water.sections import OPEN, SectionValve
from kota.solutions.water.terms import CUBIC_METRE_PER_HOUR, KILOWATT, METRE, urn

_UNITS: Final[dict[Quantity, str]] = {
    "pressure": METRE,
    "supply": CUBIC_METRE_PER_HOUR,
    "flow": CUBIC_METRE_PER_HOUR,
    "level": METRE,
    "power": KILOWATT,
}


def measured(past: Past) -> list[Series]:
    """Every sensor that tells numbers."""
    series = []
    for k, sensor in enumerate(past.sensors):
        heard = past.heard[:, k]
        if sensor.quantity in _UNITS and heard.any():
            at, unit = past.times[heard] * SECOND, _UNITS[sensor.quantity]
            values = past.values[heard, k]
            series.append(Series(entity_of(sensor), sensor.quantity, unit, at, values))
    return series


def switched(past: Past, names: Context, types: dict[str, tuple[str, ...]]) -> list[Patch]:
    """Whether pumps ran when they were last heard of, for the state."""
    patches = []
    for k, sensor in enumerate(past.sensors):
        heard = np.flatnonzero(past.heard[:, k])
        if sensor.quantity == "status" and len(heard):
            value = "OPEN" if past.values[heard[-1], k] else "CLOSED"
            attribute = Attribute(Kind.PROPERTY, value, int(past.times[heard[-1]]) * SECOND)
            entity_id = entity_of(sensor)
            patches.append(
                Patch(entity_id, types[entity_id], {names.expand("status"): (attribute,)})
            )
    return patches


def opened(valves: Sequence[SectionValve], names: Context) -> list[Patch]:
    """Sectioning valves that are open, for the state."""
    is_open = Attribute(Kind.PROPERTY, OPEN, dawn())
    kind = names.expand("SectionValve")
    return [
        Patch(urn("SectionValve", one.id), (kind,), {names.expand("control"): (is_open,)})
        for one in valves
    ]
