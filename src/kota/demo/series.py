"""What was said of one attribute of one entity, time after time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from kota.context.ingest import Patch
from kota.model.entity import Attribute, Kind
from kota.model.jsonld import Context
from kota.model.quality import from_code

Floats = NDArray[np.float64]
Instants = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """Numbers with their times.

    Args:
        entity_id: of what.
        attribute: short name.
        unit: UN/CEFACT code.
        at: when, oldest first [µs since the epoch].
        values: as many.
        quality: code of all of them.
    """

    entity_id: str
    attribute: str
    unit: str
    at: Instants
    values: Floats
    quality: int = 0

    def past(self, names: Context) -> pa.Table:
        """Rows for history: all but the newest, which comes with the state."""
        count = max(len(self.at) - 1, 0)
        return pa.table(
            {
                "entity_id": pa.repeat(self.entity_id, count),
                "attribute": pa.repeat(names.expand(self.attribute), count),
                "observed_at": pa.array(self.at[:count], pa.int64()),
                "number": pa.array(self.values[:count], pa.float64()),
                "unit": pa.repeat(self.unit, count),
                "quality": pa.repeat(pa.scalar(self.quality, pa.uint8()), count),
            }
        )

    def newest(self, names: Context, types: tuple[str, ...]) -> Patch:
        """The newest of them, for the state; the series is not empty."""
        attribute = Attribute(
            Kind.PROPERTY,
            float(self.values[-1]),
            int(self.at[-1]),
            self.unit,
            quality=from_code(self.quality) if self.quality else None,
        )
        return Patch(self.entity_id, types, {names.expand(self.attribute): (attribute,)})


Row = tuple[str, str, int, float, str, int]
"""Entity id, short attribute, instant [µs], value, unit and quality code."""


def series_of(rows: Iterable[Row]) -> list[Series]:
    """Rows, oldest first within each attribute of an entity, as series."""
    grouped: dict[tuple[str, str, str, int], list[tuple[int, float]]] = {}
    for entity_id, name, at, value, unit, quality in rows:
        grouped.setdefault((entity_id, name, unit, quality), []).append((at, value))
    return [
        Series(
            entity_id,
            name,
            unit,
            np.array([at for at, _ in some], dtype=np.int64),
            np.array([value for _, value in some]),
            quality,
        )
        for (entity_id, name, unit, quality), some in grouped.items()
    ]
