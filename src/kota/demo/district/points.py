"""Places that people go to: market, worship, school, clinic, childcare, bus stops."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from kota.demo.district.buildings import Use
from kota.demo.district.lots import Lot
from kota.demo.district.place import HEIGHT, WIDTH
from kota.demo.district.streets import Streets


@dataclass(frozen=True, slots=True)
class Wanted:
    """A public building that the town is to have.

    Args:
        name: as on its sign.
        category: what sort of place, in the words of OpenStreetMap.
        use: of its building.
        near: roughly where [m].
        capacity: people at a time; 0 where it is not counted.
    """

    name: str
    category: str
    use: Use
    near: tuple[float, float]
    capacity: int = 0


@dataclass(frozen=True, slots=True)
class Place:
    """A point of interest.

    Args:
        name: as on its sign.
        category: what sort of place.
        at: where [m].
        capacity: people at a time; 0 where it is not counted.
        lot: index of the building it is in, or None.
    """

    name: str
    category: str
    at: shapely.Point
    capacity: int = 0
    lot: int | None = None


WANTED: tuple[Wanted, ...] = (
    Wanted("Pasar Besar Kuala Lestari", "marketplace", "market", (1010, 640), 900),
    Wanted("Pasar Ikan", "marketplace", "market", (1260, 400), 250),
    Wanted("Dewan Bandaran", "townhall", "civic", (930, 790), 400),
    Wanted("Masjid An-Nur", "mosque", "religious", (780, 640), 1200),
    Wanted("Surau Seberang", "mosque", "religious", (600, 380), 150),
    Wanted("Surau Lingkaran", "mosque", "religious", (160, 960), 150),
    Wanted("Tokong Laut", "temple", "religious", (1250, 560), 200),
    Wanted("Kuil Sri Muara", "temple", "religious", (1080, 840), 150),
    Wanted("St. Andrew's Church", "church", "religious", (1180, 870), 220),
    Wanted("SK Kuala Lestari", "school", "school", (760, 960), 620),
    Wanted("SK Seberang", "school", "school", (480, 200), 540),
    Wanted("SMK Lestari", "school", "school", (330, 1080), 980),
    Wanted("SJK Pantai", "school", "school", (1330, 1000), 430),
    Wanted("Klinik Kesihatan", "clinic", "clinic", (720, 720), 90),
    Wanted("Klinik Seberang", "clinic", "clinic", (930, 330), 40),
    Wanted("Klinik Taman Barat", "clinic", "clinic", (250, 560), 40),
    Wanted("Taska Melati", "childcare", "civic", (160, 700), 45),
    Wanted("Taska Pelangi", "childcare", "civic", (820, 1130), 60),
    Wanted("Taska Ombak", "childcare", "civic", (1400, 850), 40),
    Wanted("Taska Seberang", "childcare", "civic", (700, 150), 50),
    Wanted("Balai Bomba", "fire_station", "civic", (600, 640), 0),
    Wanted("Balai Polis", "police", "civic", (960, 860), 0),
    Wanted("Perpustakaan", "library", "civic", (840, 830), 120),
    Wanted("Balai Raya Kampung Sungai", "community_centre", "civic", (1050, 380), 180),
)
_STOP_EVERY = 330.0
_STOP_ROOM = 30


def settle(lots: list[Lot]) -> tuple[dict[int, Use], list[Place]]:
    """Put each wanted place into the best building near where it should be: larger and closer.

    Returns:
        Uses of the lots that were taken, by index, and the places.
    """
    middles = shapely.get_coordinates([lot.footprint.centroid for lot in lots])
    areas = np.array([lot.footprint.area for lot in lots])
    uses: dict[int, Use] = {}
    places: list[Place] = []
    for wanted in WANTED:
        distance = np.hypot(*(middles - np.array(wanted.near)).T)
        score = np.sqrt(areas) - distance / 12.0
        score[list(uses)] = -np.inf
        lot = int(score.argmax())
        uses[lot] = wanted.use
        at = lots[lot].footprint.representative_point()
        places.append(Place(wanted.name, wanted.category, at, wanted.capacity, lot))
    return uses, places


def bus_stops(streets: Streets) -> list[Place]:
    """Stops along the main and secondary roads, at the kerb, a few minutes' walk apart."""
    town = shapely.box(0, 0, WIDTH, HEIGHT)
    stops: list[Place] = []
    kept: list[shapely.Point] = []
    for street in streets.streets:
        if street.road not in {"primary", "secondary"} or street.bridge:
            continue
        if not street.line.intersects(town):
            continue
        kerb = street.line.offset_curve(street.width / 2 + 1.5)
        if kerb.is_empty:
            continue
        at = shapely.line_interpolate_point(kerb, 0.5, normalized=True)
        if town.contains(at) and all(at.distance(other) > _STOP_EVERY for other in kept):
            kept.append(at)
            stops.append(Place(f"{street.name} {len(stops) + 1}", "bus_stop", at, _STOP_ROOM))
    return stops
