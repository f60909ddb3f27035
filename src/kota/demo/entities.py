"""The district as entities: Building, PointOfInterest, Garden, RoadSegment."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import shapely

from kota.context.ingest import Patch
from kota.demo.district import District
from kota.demo.district.buildings import AGES
from kota.demo.district.place import HEIGHT, NAME, WIDTH, geojson
from kota.demo.greens import named_greens
from kota.demo.spots import SPOTS
from kota.model.entity import Attribute, Kind
from kota.model.jsonld import Context
from kota.model.terms import CLOCK
from kota.solutions.people_flow.pedestrians.plant import PLANT

SCOPE: Final = ("/kuala-lestari",)
_BUILDING_CATEGORY: Final = {
    "apartments": "apartments",
    "house": "house",
    "terrace": "terrace",
    "shophouse": "commercial",
    "retail": "retail",
    "office": "office",
    "hotel": "hotel",
    "warehouse": "warehouse",
    "industrial": "industrial",
    "civic": "civic",
    "school": "school",
    "religious": "religious",
    "clinic": "hospital",
    "market": "commercial",
}
"""Smart Data Models' categories of buildings, by use."""


def entities(district: District, context: Context, supplied: dict[int, str]) -> list[Patch]:
    """All entities of the district itself.

    Args:
        district: the town.
        context: expands names.
        supplied: id of the Junction that feeds each building, by the building's number.
    """
    writer = _Writer(context)
    return [
        *_buildings(district, writer, supplied),
        *_places(district, writer),
        *_gardens(district, writer),
        *_roads(district, writer),
    ]


class _Writer:
    def __init__(self, context: Context) -> None:
        self._expand = context.expand

    def patch(
        self, kind: str, number: int, shape: shapely.Geometry, content: dict[str, Attribute]
    ) -> Patch:
        attrs: dict[str, tuple[Attribute, ...]] = {
            self._expand(name): (attribute,) for name, attribute in content.items()
        }
        location = Attribute(Kind.GEO_PROPERTY, geojson(shape))
        attrs[self._expand("location")] = (location,)
        name = f"urn:ngsi-ld:{kind}:kl-{number:04d}"
        return Patch(name, (self._expand(kind),), attrs, SCOPE)


def _buildings(district: District, writer: _Writer, supplied: dict[int, str]) -> Iterator[Patch]:
    named = {place.lot: place.name for place in district.places if place.lot is not None}
    for building in district.buildings:
        street = district.streets.streets[building.street].name
        address = f"{building.house_number} {street}"
        content = {
            "name": _value(named.get(building.number, address)),
            "address": _value(
                {
                    "streetAddress": street,
                    "streetNr": str(building.house_number),
                    "addressLocality": NAME,
                    "addressCountry": "MY",
                }
            ),
            "category": _value([_BUILDING_CATEGORY[building.use]]),
            "buildingUse": _value(building.use),
            "floorsAboveGround": _value(building.storeys),
            "floorArea": _value(round(building.floor_area, 1), "MTK"),
            "residents": _value(building.residents),
            "residentsByAge": _value(dict(zip(AGES, building.ages, strict=True))),
        }
        if building.number in supplied:
            content["suppliedBy"] = Attribute(Kind.RELATIONSHIP, supplied[building.number])
        yield writer.patch("Building", building.number, building.footprint, content)


def public_places(district: District) -> list[tuple[str, str, shapely.Point, int, float]]:
    """Name, category, position, capacity and area [m², 0: not known] of each PointOfInterest."""
    return [
        *((one.name, one.category, one.at, one.capacity, 0.0) for one in district.places),
        *((one.name, one.category, shapely.Point(one.at), one.capacity, one.area) for one in SPOTS),
    ]


def _places(district: District, writer: _Writer) -> Iterator[Patch]:
    for number, (name, category, at, capacity, area) in enumerate(public_places(district)):
        content = {"name": _value(name), "category": _value([category])}
        if capacity:
            content["capacity"] = _value(capacity)
        if area:
            content["floorArea"] = _value(area, "MTK")
        yield writer.patch("PointOfInterest", number, at, content)


def _gardens(district: District, writer: _Writer) -> Iterator[Patch]:
    for number, (name, block) in enumerate(named_greens(district)):
        content = {
            "name": _value(name),
            "category": _value(["public"]),
            "floorArea": _value(round(float(block.shape.area), 1), "MTK"),
        }
        yield writer.patch("Garden", number, block.shape, content)


def _roads(district: District, writer: _Writer) -> Iterator[Patch]:
    town = shapely.box(-60, -60, WIDTH + 60, HEIGHT + 60)
    for number, street in enumerate(district.streets.streets):
        if not street.line.within(town):
            continue
        content = {
            "name": _value(street.name),
            "roadName": _value(street.name),
            "roadClass": _value(street.road),
            "length": _value(round(float(street.line.length) / 1000, 4), "KMT"),
            "width": _value(street.width, "MTR"),
        }
        patch = writer.patch("RoadSegment", number, street.line, content)
        patch.attrs[CLOCK] = (_value(PLANT),)
        yield patch


def _value(value: Any, unit: str | None = None) -> Attribute:
    return Attribute(Kind.PROPERTY, value, unit_code=unit)
