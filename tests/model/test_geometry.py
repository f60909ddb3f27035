import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kota.errors import BadRequestDataError
from kota.model import geometry
from kota.model.geometry import Box

RING = [[0, 0], [4, 0], [4, 2], [0, 2], [0, 0]]


@pytest.mark.parametrize(
    ("kind", "coordinates"),
    [
        ("Point", [106.8, -6.2]),
        ("Point", [106.8, -6.2, 12.5]),
        ("MultiPoint", [[0, 0], [1, 1]]),
        ("LineString", [[0, 0], [1, 1]]),
        ("MultiLineString", [[[0, 0], [1, 1]]]),
        ("Polygon", [RING]),
        ("MultiPolygon", [[RING]]),
    ],
)
def test_valid_geometry_passes_unchanged(kind: str, coordinates: object) -> None:
    value = {"type": kind, "coordinates": coordinates}
    assert geometry.validate(value) is value
    assert geometry.fault(value) is None


@pytest.mark.parametrize(
    ("value", "place"),
    [
        (None, "geometry"),
        ([0, 0], "geometry"),
        ({}, "geometry.type"),
        ({"type": ["Point"], "coordinates": [0, 0]}, "geometry.type"),
        ({"type": "GeometryCollection", "geometries": []}, "geometry.type"),
        ({"type": "Point"}, "geometry.coordinates"),
        ({"type": "Point", "coordinates": [1]}, "geometry.coordinates"),
        ({"type": "Point", "coordinates": [1, True]}, "geometry.coordinates"),
        ({"type": "Point", "coordinates": ["1", 2]}, "geometry.coordinates"),
        ({"type": "Point", "coordinates": [math.nan, 2]}, "geometry.coordinates"),
        ({"type": "Point", "coordinates": [1, 2, math.inf]}, "geometry.coordinates"),
        ({"type": "Point", "coordinates": [181, 2]}, "geometry.coordinates"),
        ({"type": "MultiPoint", "coordinates": []}, "geometry.coordinates"),
        ({"type": "LineString", "coordinates": [[0, 0]]}, "geometry.coordinates"),
        ({"type": "LineString", "coordinates": [[0, 0], [0, 99]]}, "geometry.coordinates[1]"),
        ({"type": "Polygon", "coordinates": [RING, RING[:-1]]}, "geometry.coordinates[1]"),
        ({"type": "MultiPolygon", "coordinates": [[RING[:3]]]}, "geometry.coordinates[0][0]"),
    ],
)
def test_fault_is_refused_with_its_place(value: object, place: str) -> None:
    with pytest.raises(BadRequestDataError) as refusal:
        geometry.validate(value)
    assert refusal.value.message.startswith(f"{place}: ")


def test_polygon_that_crosses_itself_has_a_fault() -> None:
    crossed = {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]}
    assert "Self-intersection" in str(geometry.fault(crossed))


def test_bounds_and_centroid_of_a_polygon() -> None:
    value = {"type": "Polygon", "coordinates": [RING]}
    assert geometry.bounds(value) == Box(0, 0, 4, 2)
    assert geometry.centroid(value) == (2.0, 1.0)


def test_shape_drops_altitude() -> None:
    assert geometry.shape({"type": "Point", "coordinates": [1, 2, 3]}).has_z is False


def test_distance_is_the_geodesic_of_geographiclib() -> None:
    """JFK to LHR as in the documentation of GeographicLib (Karney 2013)."""
    assert geometry.distance((-73.8, 40.6), (-0.5, 51.6)) == pytest.approx(5_551_759.4, abs=0.1)


def test_distances_agree_with_distance() -> None:
    found = geometry.distances(np.array([1.0, 2.0]), np.array([3.0, 4.0]), (1.0, 3.0))
    assert found[0] == 0
    assert found[1] == pytest.approx(geometry.distance((2.0, 4.0), (1.0, 3.0)))


def test_expanded_box_near_the_date_line_spans_all_longitudes() -> None:
    assert Box(179.9, 0, 179.9, 0).expand(50_000).west == -180.0
    assert Box(0, 89.99, 0, 89.99).expand(5_000).east == 180.0


@given(st.tuples(*[st.floats(-10, 10)] * 8))
def test_boxes_intersect_as_intervals_do(n: tuple[float, ...]) -> None:
    a = Box(min(n[0], n[1]), min(n[2], n[3]), max(n[0], n[1]), max(n[2], n[3]))
    b = Box(min(n[4], n[5]), min(n[6], n[7]), max(n[4], n[5]), max(n[6], n[7]))
    assert a.intersects(b) == b.intersects(a)
    assert a.intersects(a)
