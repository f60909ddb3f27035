"""Places outdoors that people go to, besides parks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

BEACH: Final = "Beach, Jalan Pantai"
BRIDGE: Final = "Bridge steps, Persiaran Sungai"
WATERFRONT: Final = "Waterfront, Persiaran Sungai"

_ROOM = 2.0


@dataclass(frozen=True, slots=True)
class Spot:
    """A place outdoors.

    Args:
        name: for people.
        category: what sort of place, in the words of OpenStreetMap.
        at: where [m].
        area: that people stand on [m²].
        pull: how strongly it draws people in their leisure.
    """

    name: str
    category: str
    at: tuple[float, float]
    area: float
    pull: float

    @property
    def capacity(self) -> int:
        """People at a time who are at ease there."""
        return round(self.area / _ROOM)


SPOTS: Final = (
    Spot("Beach north", "beach", (1500, 1040), 5_000.0, 2.0),
    Spot(BEACH, "beach", (1500, 830), 4_500.0, 4.0),
    Spot("Beach south", "beach", (1470, 560), 5_000.0, 2.5),
    Spot(WATERFRONT, "promenade", (1050, 528), 1_700.0, 2.5),
    Spot(BRIDGE, "promenade", (905, 548), 400.0, 1.0),
)
