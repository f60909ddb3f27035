"""The district's people: the setting that the pedestrians of the demonstration are played in."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from kota.demo.district import District
from kota.demo.district.place import HEIGHT, WIDTH
from kota.demo.greens import named_greens
from kota.demo.spots import SPOTS, WATERFRONT
from kota.demo.story import HISTORY, MIDNIGHT, OFFSET_S
from kota.demo.weather import WEATHER_S, weather
from kota.solutions.people_flow.pedestrians.crowd import Event, Homes, Places, Procession, Setting
from kota.solutions.people_flow.pedestrians.truth import BIN_S
from kota.solutions.people_flow.pedestrians.walking import Closed, Walkways

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MAIN_STOP: Final = "Jalan Besar 3"
FESTIVAL: Final = "Pesta Muara"
FESTIVAL_DAY: Final = MIDNIGHT.date()
FLOODED: Final = ((963.0, 540.0),)
"""Where the river comes over the quay [m]: between the bridge and the waterfront."""
FLOODED_FROM: Final = 18.5 * 3600
"""[s of the day]."""

_WALKED = {"primary": 5.0, "secondary": 4.0, "tertiary": 3.0, "residential": 2.4}
_DETOUR = {"primary": 0.97, "secondary": 0.93, "tertiary": 0.96, "residential": 1.0}
_ROOM = 1.1
"""Hall and yard for each of a place's capacity [m²]."""

_QUAY = "Persiaran Sungai"
_ZONE_M = 340.0
_AFTER = 3

_FLOOR_PER_JOB = {
    "office": 28.0,
    "retail": 45.0,
    "shophouse": 90.0,
    "hotel": 80.0,
    "market": 40.0,
    "clinic": 30.0,
    "civic": 60.0,
    "school": 70.0,
    "religious": 250.0,
    "industrial": 90.0,
    "warehouse": 200.0,
}
_MAIN_STOP_PULL = 6.0
_CIVIC = {"townhall": 2.0, "clinic": 3.0, "library": 1.5, "community_centre": 0.7}
_CIVIC |= {"police": 0.4, "childcare": 0.3}
_SHOPS = {"shophouse": 1.0, "retail": 1.6}


_PARK_PULL = 1.6


def people_setting(district: District, *, seed: int) -> Setting:
    """The district with its people, its festival and its flood.

    Args:
        district: the town.
        seed: of everything that its people do.
    """
    ways = walkways(district)
    places = _places(district)
    return Setting(
        ways,
        _homes(district),
        places,
        seed,
        commuters=900,
        visitors=2_200,
        events=(*_night_markets(places), _festival(places)),
        closures={FESTIVAL_DAY: (Closed(flooded(district), FLOODED_FROM),)},
        rain=_rain(seed),
    )


def walkways(district: District) -> Walkways:
    """The streets as people walk them; segments are numbered as the district's streets."""
    streets = district.streets
    nodes = streets.nodes
    column = np.clip(nodes[:, 0], 0, WIDTH - 1) // _ZONE_M
    row = np.clip(nodes[:, 1], 0, HEIGHT - 1) // _ZONE_M
    zones = row.astype(np.int64) * int(-(-WIDTH // _ZONE_M)) + column.astype(np.int64)
    detour = [_DETOUR[s.road] * (0.92 if s.name == _QUAY else 1.0) for s in streets.streets]
    return Walkways(
        nodes,
        np.array([(street.start, street.end) for street in streets.streets]),
        np.array([street.line.length for street in streets.streets]),
        np.array([_WALKED[street.road] for street in streets.streets]),
        np.array(detour),
        np.unique(zones, return_inverse=True)[1],
    )


def flooded(district: District) -> tuple[int, ...]:
    """Numbers of the streets that the flood closes."""
    return tuple(nearest_street(district, at) for at in FLOODED)


def nearest_street(district: District, at: tuple[float, float]) -> int:
    """Number of the street that is nearest to a point [m]."""
    tree = shapely.STRtree([street.line for street in district.streets.streets])
    return int(tree.nearest(shapely.Point(at)))


def _doors(district: District, points: list[shapely.Point], streets: Ints) -> tuple[Ints, Floats]:
    """The nearer end of the street before each point, and how far it is [m]."""
    lines = np.array([street.line for street in district.streets.streets], dtype=object)[streets]
    ends = np.array([(s.start, s.end) for s in district.streets.streets])[streets]
    along = shapely.line_locate_point(lines, points)
    rest = shapely.length(lines) - along
    nearer = (rest < along).astype(np.int64)
    off = shapely.distance(lines, points)
    return ends[np.arange(len(ends)), nearer], np.minimum(along, rest) + off


def _homes(district: District) -> Homes:
    lived_in = [building for building in district.buildings if building.residents]
    node, access = _doors(
        district,
        [building.footprint.centroid for building in lived_in],
        np.array([building.street for building in lived_in]),
    )
    return Homes(node, access, np.array([building.ages for building in lived_in]))


class _Table:
    """Places row by row."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.at: list[shapely.Point] = []
        self.area: list[float] = []
        self.pulls: list[dict[str, float]] = []

    def add(self, name: str, at: shapely.Point, area: float, **pulls: float) -> None:
        self.names.append(name)
        self.at.append(at)
        self.area.append(area)
        self.pulls.append(pulls)


def _places(district: District) -> Places:
    table = _Table()
    named = {place.lot: place for place in district.places if place.lot is not None}
    for building in district.buildings:
        jobs = building.floor_area / _FLOOR_PER_JOB.get(building.use, np.inf)
        if not jobs:
            continue
        place = named.get(building.number)
        pulls = {"work": jobs}
        if building.use in _SHOPS:
            pulls["shop"] = float(building.footprint.area) * _SHOPS[building.use]
        area = 0.0
        if place is not None:
            pulls |= _public(place.category, float(place.capacity))
            gathers = place.category in {"marketplace", "mosque", "temple", "church"}
            area = _ROOM * place.capacity if gathers else 0.0
        street = district.streets.streets[building.street].name
        name = place.name if place else f"{building.use} {building.house_number} {street}"
        table.add(name, building.footprint.centroid, area, **pulls)
    for place in district.places:
        if place.category == "bus_stop":
            pull = _MAIN_STOP_PULL if place.name == MAIN_STOP else 1.0
            table.add(place.name, place.at, 60.0, stop=pull)
    for name, block in named_greens(district):
        if block.zone == "park":
            area = 0.5 * float(block.shape.area)
            table.add(name, block.shape.centroid, area, leisure=_PARK_PULL)
    for spot in SPOTS:
        table.add(spot.name, shapely.Point(spot.at), spot.area, leisure=spot.pull)
    tree = shapely.STRtree([street.line for street in district.streets.streets])
    node, access = _doors(district, table.at, tree.nearest(table.at))
    kinds = sorted({kind for pulls in table.pulls for kind in pulls})
    drawn = {kind: np.array([row.get(kind, 0.0) for row in table.pulls]) for kind in kinds}
    return Places(tuple(table.names), node, access, np.array(table.area), drawn)


def _public(category: str, capacity: float) -> dict[str, float]:
    if category in {"mosque", "temple", "church", "school"}:
        return {category: capacity}
    if category == "marketplace":
        return {"market": capacity, "shop": 0.5 * capacity}
    return {"civic": _CIVIC[category]} if category in _CIVIC else {}


def _festival(places: Places) -> Event:
    """Friday evening at the waterfront; a procession comes from the mosque."""
    march = Procession(
        gathers=places.index("Masjid An-Nur"), leaves=18.4 * 3600, share=0.22, spread=540.0
    )
    return Event(
        name=FESTIVAL,
        day=FESTIVAL_DAY,
        place=places.index(WATERFRONT),
        begins=17.5 * 3600,
        peak=19.25 * 3600,
        ends=22.5 * 3600,
        residents=0.30,
        visitors=1_500,
        procession=march,
    )


def _night_markets(places: Places) -> list[Event]:
    """Every Saturday evening at the market."""
    first = MIDNIGHT.date() - HISTORY
    days = [first + timedelta(days=k) for k in range(HISTORY.days + _AFTER)]
    return [
        Event(
            name="Pasar Malam",
            day=day,
            place=places.index("Pasar Besar Kuala Lestari"),
            begins=17.0 * 3600,
            peak=19.5 * 3600,
            ends=22.0 * 3600,
            residents=0.10,
            visitors=180,
        )
        for day in days
        if day.weekday() == 5
    ]


def _rain(seed: int) -> dict[date, Floats]:
    """Rain in each five minutes of the days that are played [mm]."""
    first = MIDNIGHT.date() - HISTORY
    days = [first + timedelta(days=k) for k in range(HISTORY.days + _AFTER)]
    epoch = date(1970, 1, 1)
    steps = np.arange(WEATHER_S, 86_400 + 1, WEATHER_S)
    rain = {}
    for day in days:
        begin = (day - epoch).days * 86_400 - OFFSET_S
        fallen = weather(begin + steps, seed=seed)[:, 4]
        rain[day] = np.repeat(fallen * BIN_S / WEATHER_S, WEATHER_S // BIN_S)
    return rain
