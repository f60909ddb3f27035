"""Buildings with a use, a floor area, people, and a street in front of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import shapely

from kota.demo.district.lots import Lot
from kota.demo.district.streets import Streets
from kota.demo.district.zones import Zone

Use = Literal[
    "apartments",
    "house",
    "terrace",
    "shophouse",
    "retail",
    "office",
    "hotel",
    "warehouse",
    "industrial",
    "civic",
    "school",
    "religious",
    "clinic",
    "market",
]

_USES: dict[Zone, tuple[tuple[Use, float], ...]] = {
    "market": (("shophouse", 0.72), ("retail", 0.14), ("office", 0.10), ("hotel", 0.04)),
    "shops": (("shophouse", 0.55), ("terrace", 0.25), ("office", 0.12), ("hotel", 0.08)),
    "terrace": (("terrace", 0.97), ("shophouse", 0.03)),
    "houses": (("house", 0.96), ("office", 0.04)),
    "flats": (("apartments", 1.0),),
    "kampung": (("house", 0.97), ("retail", 0.03)),
    "harbour": (("warehouse", 0.6), ("industrial", 0.4)),
}
_FLOOR_PER_RESIDENT: dict[Use, float] = {
    "apartments": 27.0,
    "house": 38.0,
    "terrace": 33.0,
    "shophouse": 75.0,
}
"""Floor area per resident [m²] by use; where nobody lives, the use is absent."""

AGES = ("0-4", "5-14", "15-64", "65+")
"""Age groups of residents."""

_AGE_SHARES = (0.075, 0.155, 0.695, 0.075)
"""Malaysia's population in 2023 (Department of Statistics, Current population estimates)."""

LITRES_PER_RESIDENT = 190.0
"""Water a resident uses in a day [L]: households of Malaysian towns use about 200."""

LITRES_PER_FLOOR_AREA: dict[Use, float] = {
    "shophouse": 2.0,
    "retail": 3.0,
    "office": 2.5,
    "hotel": 8.0,
    "warehouse": 0.5,
    "industrial": 6.0,
    "civic": 3.0,
    "school": 4.0,
    "religious": 3.0,
    "clinic": 8.0,
    "market": 10.0,
}
"""Water that trade and services use in a day [L/m² of floor]."""


@dataclass(frozen=True, slots=True)
class Building:
    """A building.

    Args:
        number: unique in the town.
        footprint: its outline [m].
        use: what it is for.
        storeys: above ground.
        residents: who live there.
        street: index of the stretch of street that its door is on.
        house_number: on that street.
        ages: residents by age group, see `AGES`.
    """

    number: int
    footprint: shapely.Polygon
    use: Use
    storeys: int
    residents: int
    street: int
    house_number: int
    ages: tuple[int, ...] = (0, 0, 0, 0)

    @property
    def floor_area(self) -> float:
        """Of all storeys [m²]."""
        return float(self.footprint.area) * self.storeys

    @property
    def water_per_day(self) -> float:
        """What it uses on an average day [m³]."""
        trade = LITRES_PER_FLOOR_AREA.get(self.use, 0.0) * self.floor_area
        return (LITRES_PER_RESIDENT * self.residents + trade) / 1000.0


def make_buildings(
    lots: list[Lot], uses: dict[int, Use], streets: Streets, rng: np.random.Generator
) -> tuple[Building, ...]:
    """Give each building a use, residents and an address.

    Args:
        lots: what stands where.
        uses: of the lots whose use is settled already, by index.
        streets: for the addresses.
        rng: draws the rest.
    """
    tree = shapely.STRtree([street.line for street in streets.streets])
    doors = tree.nearest([lot.footprint.centroid for lot in lots])
    taken: dict[str, int] = {}
    buildings: list[Building] = []
    for number, (lot, door) in enumerate(zip(lots, doors.tolist(), strict=True)):
        use = uses.get(number) or _draw(lot.zone, rng)
        name = streets.streets[door].name
        taken[name] = taken.get(name, 0) + 1
        residents = _residents(lot, use, rng)
        buildings.append(
            Building(number, lot.footprint, use, lot.storeys, residents, door, taken[name])
        )
    ages = rng.multinomial([building.residents for building in buildings], _AGE_SHARES).tolist()
    return tuple(
        replace(building, ages=tuple(some)) for building, some in zip(buildings, ages, strict=True)
    )


def _draw(zone: Zone, rng: np.random.Generator) -> Use:
    names = [use for use, _ in _USES[zone]]
    shares = np.array([share for _, share in _USES[zone]])
    return names[int(rng.choice(len(names), p=shares / shares.sum()))]


def _residents(lot: Lot, use: Use, rng: np.random.Generator) -> int:
    each = _FLOOR_PER_RESIDENT.get(use)
    if each is None:
        return 0
    return int(rng.poisson(0.8 * float(lot.footprint.area) * lot.storeys / each))
