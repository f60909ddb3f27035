"""The invented district is a town that could be."""

from __future__ import annotations

from collections import Counter

import msgspec
import numpy as np
import pytest
import shapely

from kota.demo.basemap import basemap
from kota.demo.district import District, make_district
from kota.demo.district.place import ORIGIN, to_degrees


@pytest.fixture(scope="module")
def district() -> District:
    return make_district(7)


def test_the_same_seed_makes_the_same_town(district: District) -> None:
    again = make_district(7)
    assert [b.footprint.wkb for b in again.buildings] == [
        b.footprint.wkb for b in district.buildings
    ]
    assert again.residents == district.residents


def test_another_seed_makes_another_town_of_about_the_same_size(district: District) -> None:
    other = make_district(8)
    assert other.buildings[0].footprint != district.buildings[0].footprint
    assert 1_600 <= len(other.buildings) <= 2_400


def test_totals_are_those_of_a_small_town(district: District) -> None:
    assert 1_800 <= len(district.buildings) <= 2_200
    assert 8_000 <= district.residents <= 14_000
    litres = 1000 * sum(b.water_per_day for b in district.buildings) / district.residents
    assert 180 <= litres <= 350
    uses = Counter(building.use for building in district.buildings)
    assert {"terrace", "house", "shophouse", "apartments", "warehouse", "school"} <= set(uses)
    assert uses["terrace"] + uses["house"] > 1_000


def test_no_building_stands_in_a_street(district: District) -> None:
    roads = [street.line.buffer(street.width / 2) for street in district.streets.streets]
    tree = shapely.STRtree(roads)
    footprints = [building.footprint for building in district.buildings]
    houses, streets = tree.query(footprints, predicate="intersects")
    assert [
        (h, s)
        for h, s in zip(houses, streets, strict=True)
        if footprints[h].intersection(roads[s]).area > 0.5
    ] == []


def test_no_building_stands_in_water(district: District) -> None:
    wet = shapely.union(district.terrain.river, district.terrain.sea)
    assert not any(building.footprint.intersects(wet) for building in district.buildings)


def test_no_building_stands_in_another(district: District) -> None:
    footprints = [building.footprint for building in district.buildings]
    left, right = shapely.STRtree(footprints).query(footprints, predicate="overlaps")
    assert left.tolist() == right.tolist() == []


def test_only_bridges_cross_the_river(district: District) -> None:
    river = district.terrain.river
    crossing = [s for s in district.streets.streets if s.line.intersects(river)]
    assert all(street.bridge for street in crossing)
    assert len({street.name for street in crossing}) >= 3


def test_every_building_is_reached_by_a_connected_street(district: District) -> None:
    streets = district.streets.streets
    part = list(range(len(district.streets.nodes)))
    for street in streets:
        gone, kept = part[street.end], part[street.start]
        part = [kept if p == gone else p for p in part]
    assert len({part[street.start] for street in streets}) == 1
    for building in district.buildings:
        assert building.footprint.distance(streets[building.street].line) < 60


def test_places_that_people_need_are_there(district: District) -> None:
    categories = Counter(place.category for place in district.places)
    for needed in ("marketplace", "mosque", "temple", "church", "school", "clinic", "childcare"):
        assert categories[needed] >= 1, needed
    assert categories["bus_stop"] >= 8
    town = shapely.box(0, 0, 1700, 1350)
    assert all(town.contains(place.at) for place in district.places)


def test_blocks_are_not_a_chequerboard(district: District) -> None:
    lines = [s.line for s in district.streets.streets if s.road == "residential"]
    ends = np.array([[line.coords[0], line.coords[-1]] for line in lines])
    run = ends[:, 1] - ends[:, 0]
    angles = np.degrees(np.arctan2(run[:, 1], run[:, 0])) % 90
    counts, _ = np.histogram(angles, bins=9, range=(0, 90))
    assert counts.max() < 0.4 * len(lines)


def test_the_base_map_has_every_layer_in_degrees(district: District) -> None:
    features = basemap(district)["features"]
    layers = Counter(feature["properties"]["layer"] for feature in features)
    assert set(layers) == {"land", "water", "park", "street", "building", "poi"}
    assert layers["building"] == len(district.buildings)
    for feature in features:
        shape = shapely.from_geojson(msgspec.json.encode(feature["geometry"]))
        west, south, east, north = shape.bounds
        assert 103.4 < west <= east < 103.5
        assert 3.0 < south <= north < 3.11


def test_metres_become_degrees_and_keep_their_length() -> None:
    (corner, east) = to_degrees(np.array([[0.0, 0.0], [1000.0, 0.0]]))
    assert corner.tolist() == list(ORIGIN)
    from pyproj import Geod

    _, _, length = Geod(ellps="WGS84").inv(*corner, *east)
    assert length == pytest.approx(1000, rel=0.002)
