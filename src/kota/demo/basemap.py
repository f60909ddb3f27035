"""The district as a GeoJSON base map."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import shapely

from kota.demo.district import District
from kota.demo.district.place import NAME, geojson
from kota.demo.greens import named_greens


def basemap(district: District) -> dict[str, Any]:
    """A feature collection; ``properties.layer`` is land, water, park, street, building or poi.

    Further properties: ``class`` (what sort), ``name`` where it is worth a label, and for
    buildings ``use``, ``storeys`` and the ``id`` of their entity's last part. Features are in
    drawing order.
    """
    return {"type": "FeatureCollection", "name": NAME, "features": list(_features(district))}


def _features(district: District) -> Iterator[dict[str, Any]]:
    terrain = district.terrain
    yield _feature(terrain.land, "land", {"class": "land"})
    yield _feature(terrain.sea, "water", {"class": "sea", "name": "Laut China Selatan"})
    yield _feature(terrain.river, "water", {"class": "river", "name": "Sungai Lestari"})
    yield _feature(terrain.lake, "water", {"class": "lake", "name": "Tasik Lestari"})
    beach = terrain.coast_line.buffer(26.0).intersection(terrain.land)
    yield _feature(beach, "land", {"class": "beach"})
    for name, block in named_greens(district):
        properties: dict[str, Any] = {"class": block.zone}
        if block.zone == "park":
            properties["name"] = name
        yield _feature(block.shape, "park", properties)
    for number, street in enumerate(district.streets.streets):
        properties = {"class": street.road, "name": street.name, "id": number}
        if street.bridge:
            properties["bridge"] = True
        yield _feature(street.line, "street", properties)
    for building in district.buildings:
        properties = {
            "class": "building",
            "use": building.use,
            "storeys": building.storeys,
            "id": building.number,
        }
        yield _feature(building.footprint, "building", properties)
    for place in district.places:
        properties = {"class": place.category}
        if place.category != "bus_stop":
            properties["name"] = place.name
        yield _feature(place.at, "poi", properties)


def _feature(shape: shapely.Geometry, layer: str, properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "Feature",
        "geometry": geojson(shape),
        "properties": {"layer": layer, **properties},
    }
