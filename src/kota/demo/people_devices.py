"""Counters, gates, receivers and barriers of the district."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from shapely import affinity

from kota.context.ingest import Patch
from kota.demo.devices import device_patch
from kota.demo.district import District
from kota.demo.district.zones import MARKET
from kota.demo.entities import public_places
from kota.demo.greens import named_greens
from kota.demo.people import MAIN_STOP, flooded
from kota.demo.spots import BEACH, BRIDGE, SPOTS, WATERFRONT
from kota.model.entity import Attribute, Kind
from kota.model.jsonld import Context
from kota.solutions.people_flow.pedestrians.crowd import Setting
from kota.solutions.people_flow.pedestrians.phones import HEARD, Receiver
from kota.solutions.people_flow.pedestrians.plant import PLANT, Equipment
from kota.solutions.people_flow.pedestrians.sensing import Barrier, Counter, Gate
from kota.solutions.people_flow.pedestrians.truth import BIN_S

COUNTED: Final = 0.05
"""Share of the streets that have a counter."""

_WEIGHT: Final = {"primary": 1.5, "secondary": 1.5, "tertiary": 1.2, "residential": 1.0}
_AROUND_M: Final = 130.0
_LIKE_PEOPLE: Final = 12
"""A shop or an office counts as much as so many residents, when counters are spread."""


_BESIDE_M: Final = 34.0
"""A receiver hangs this far from the middle of its place, so that maps show both."""


@dataclass(frozen=True, slots=True)
class Site:
    """Where a counter stands.

    Args:
        device: its name.
        title: for people.
        at: where [m], or near there.
    """

    device: str
    title: str
    at: tuple[float, float]


SITES: Final = (
    Site("PC-01", "Jalan Pasar", (1010, 690)),
    Site("PC-02", "Pasar Besar", (1010, 640)),
    Site("PC-03", "Jalan Besar", (900, 735)),
    Site("PC-04", "Main bridge", (886, 500)),
    Site("PC-05", "West bridge", (545, 690)),
    Site("PC-06", "Masjid An-Nur", (780, 640)),
    Site("PC-07", "SK Kuala Lestari", (760, 960)),
    Site("PC-08", "SMK Lestari", (330, 1080)),
    Site("PC-09", "Jalan Pantai", (1490, 840)),
    Site("PC-10", "Persiaran Sungai", (1100, 520)),
)
"""Where people asked for a counter; the others are spread over the town."""

_HEARD: Final = (
    "Pasar Besar Kuala Lestari",
    "Pasar Ikan",
    "Masjid An-Nur",
    MAIN_STOP,
    WATERFRONT,
    BRIDGE,
    BEACH,
    "Beach north",
    "Beach south",
    "Dewan Bandaran",
    "Perpustakaan",
    "Taman Tasik Lestari",
)


def equipment(district: District, setting: Setting) -> Equipment:
    """The devices that see the people of the district."""
    places, ends = setting.places, setting.ways.ends
    receivers = []
    for k, name in enumerate(_HEARD, start=1):
        place = places.index(name)
        streets = np.flatnonzero((ends == places.node[place]).any(axis=1))
        receivers.append(Receiver(f"RX-{k:02d}", name, tuple(streets.tolist()), (place,)))
    return Equipment(
        tuple(counter for counter, _ in _counters(district)),
        (Gate("TG-1", f"Bus gates, {MAIN_STOP}", places.index(MAIN_STOP)),),
        tuple(receivers),
        tuple(Barrier(f"kl-{street:04d}", street) for street in flooded(district)),
    )


def device_entities(
    district: District, setting: Setting, devices: Equipment, names: Context
) -> list[Patch]:
    """The devices as entities; a counter refers to its RoadSegment."""
    patches = []
    standing = _counters(district)
    for counter, at in standing:
        patch = _observer(names, counter.device, f"Pedestrians, {counter.title}", at)
        street = f"urn:ngsi-ld:RoadSegment:kl-{counter.segment:04d}"
        reference = names.expand("refRoadSegment")
        patch.attrs[reference] = (Attribute(Kind.RELATIONSHIP, street),)
        patches.append(patch)
    where = {place.name: place.at for place in district.places}
    where |= {name: block.shape.centroid for name, block in named_greens(district)}
    where |= {spot.name: shapely.Point(spot.at) for spot in SPOTS}
    numbers = {name: number for number, (name, *_) in enumerate(public_places(district))}
    seen = [at for _, at in standing]
    for gate in devices.gates:
        at = where[setting.places.names[gate.place]]
        seen.append(at)
        patches.append(_observer(names, gate.device, gate.title, at))
    for receiver in devices.receivers:
        at = _beside(where[receiver.title], seen)
        patch = _observer(names, receiver.device, f"Phones, {receiver.title}", at)
        patch.attrs[names.expand("detectionShare")] = (Attribute(Kind.PROPERTY, round(HEARD, 3)),)
        if receiver.title in numbers:
            place = f"urn:ngsi-ld:PointOfInterest:kl-{numbers[receiver.title]:04d}"
            patch.attrs[names.expand("refPointOfInterest")] = (Attribute(Kind.RELATIONSHIP, place),)
        patches.append(patch)
    return patches


def _beside(at: shapely.Point, seen: Sequence[shapely.Point]) -> shapely.Point:
    """A spot by a place, as far from what is there already as can be."""
    angles = np.arange(8) * np.pi / 4
    spots = [affinity.translate(at, _BESIDE_M * np.cos(a), _BESIDE_M * np.sin(a)) for a in angles]
    gaps = np.sort([shapely.distance(spot, seen) for spot in spots], axis=1).round()
    return spots[max(range(len(spots)), key=lambda k: tuple(gaps[k, :3].tolist()))]


def _observer(names: Context, device: str, title: str, at: shapely.Point) -> Patch:
    kind = "CrowdFlowObserved"
    return device_patch(names, kind, device, title, at, interval=BIN_S, clock=PLANT)


def _counters(district: District) -> list[tuple[Counter, shapely.Point]]:
    """Each counter, and where it stands."""
    streets = district.streets.streets
    lines = np.array([street.line for street in streets], dtype=object)
    middles = shapely.line_interpolate_point(lines, 0.5, normalized=True)
    found: list[tuple[Counter, shapely.Point]] = []
    for site in SITES:
        distance = shapely.distance(lines, shapely.Point(site.at))
        distance[[counter.segment for counter, _ in found]] = np.inf
        segment = int(distance.argmin())
        at = shapely.get_point(shapely.shortest_line(lines[segment], shapely.Point(site.at)), 0)
        found.append((_counter(district, site.device, site.title, segment), at))
    weight = np.array([_WEIGHT[street.road] for street in streets]) * _busy(district, middles)
    gap = np.min([shapely.distance(middles, at) for _, at in found], axis=0)
    while len(found) < round(COUNTED * len(streets)):
        segment = int((gap * weight).argmax())
        device, at = f"PC-{len(found) + 1:02d}", middles[segment]
        found.append((_counter(district, device, streets[segment].name, segment), at))
        gap = np.minimum(gap, shapely.distance(middles, at))
    return found


def _busy(district: District, middles: np.ndarray) -> np.ndarray:
    """How much goes on around each street; the square root, so that no quarter is left out."""
    tree = shapely.STRtree([building.footprint.centroid for building in district.buildings])
    street, building = tree.query(middles, predicate="dwithin", distance=_AROUND_M)
    people = np.array([one.residents or _LIKE_PEOPLE for one in district.buildings])
    return np.sqrt(np.bincount(street, people[building], len(middles)))


def _counter(district: District, device: str, title: str, segment: int) -> Counter:
    """A counter that calls the way to the market towards."""
    street, nodes = district.streets.streets[segment], district.streets.nodes
    start, end = np.hypot(*(nodes[[street.start, street.end]] - np.array(MARKET)).T)
    return Counter(device, title, segment, 0 if end < start else 1)
