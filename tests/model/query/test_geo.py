import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kota.errors import BadRequestDataError, KotaError
from kota.model.entity import Attribute, Entity, Kind
from kota.model.query import geo
from kota.model.terms import LOCATION

SQUARE = [[[0, 0], [2, 0], [2, 2], [0, 2], [0, 0]]]
TRIANGLE = [[[0, 0], [2, 0], [2, 2], [0, 0]]]
HOLED = [SQUARE[0], [[0.5, 0.5], [1.5, 0.5], [1.5, 1.5], [0.5, 1.5], [0.5, 0.5]]]


def _at(kind: str, coordinates: object, name: str = LOCATION) -> Entity:
    value = {"type": kind, "coordinates": coordinates}
    return Entity("urn:x:1", ("T",), {name: (Attribute(Kind.GEO_PROPERTY, value),)})


def _query(georel: str, kind: str, coordinates: object) -> geo.GeoQuery:
    return geo.parse(georel=georel, geometry=kind, coordinates=json.dumps(coordinates))


@pytest.mark.parametrize(
    ("georel", "asked", "found", "expected"),
    [
        ("within", ("Polygon", SQUARE), ("Point", [1, 1]), True),
        ("within", ("Polygon", SQUARE), ("Point", [2, 1]), False),
        ("within", ("Polygon", SQUARE), ("Point", [3, 1]), False),
        ("within", ("Polygon", TRIANGLE), ("Point", [1.5, 1]), True),
        ("within", ("Polygon", TRIANGLE), ("Point", [0.5, 1]), False),
        ("within", ("Polygon", HOLED), ("Point", [1, 1]), False),
        ("within", ("Polygon", SQUARE), ("LineString", [[0.5, 0.5], [1, 1]]), True),
        ("intersects", ("Polygon", SQUARE), ("Point", [2, 1]), True),
        ("intersects", ("Polygon", SQUARE), ("LineString", [[-1, -1], [1, 1]]), True),
        ("intersects", ("Polygon", SQUARE), ("LineString", [[-1, -1], [-1, 1]]), False),
        ("contains", ("Point", [1, 1]), ("Polygon", SQUARE), True),
        ("contains", ("Point", [3, 1]), ("Polygon", SQUARE), False),
        ("equals", ("Point", [1, 1]), ("Point", [1.0, 1.0, 12.0]), True),
        ("equals", ("Polygon", SQUARE), ("Polygon", [SQUARE[0][::-1]]), True),
        ("equals", ("Point", [1, 1]), ("Point", [1, 2]), False),
        ("disjoint", ("Polygon", SQUARE), ("Point", [5, 5]), True),
        ("disjoint", ("Polygon", SQUARE), ("Point", [1, 1]), False),
        (
            "overlaps",
            ("Polygon", SQUARE),
            ("Polygon", [[[1, 1], [3, 1], [3, 3], [1, 3], [1, 1]]]),
            True,
        ),
        ("overlaps", ("Polygon", SQUARE), ("Polygon", SQUARE), False),
        ("near;maxDistance==112000", ("Point", [0, 0]), ("Point", [1, 0]), True),
        ("near;maxDistance==111000", ("Point", [0, 0]), ("Point", [1, 0]), False),
        ("near;minDistance==111000", ("Point", [0, 0]), ("Point", [1, 0]), True),
        ("near;minDistance==112000", ("Point", [0, 0]), ("Point", [1, 0]), False),
        ("near;maxDistance==0.5", ("Polygon", SQUARE), ("Point", [1, 1]), True),
        ("near;maxDistance==111400", ("Polygon", SQUARE), ("Point", [3, 1]), True),
        ("near;maxDistance==111200", ("Polygon", SQUARE), ("Point", [3, 1]), False),
        (
            "near;maxDistance==56000",
            ("LineString", [[100, 60], [110, 60]]),
            ("Point", [111, 60]),
            True,
        ),
        (
            "near;maxDistance==55500",
            ("LineString", [[100, 60], [110, 60]]),
            ("Point", [111, 60]),
            False,
        ),
    ],
)
def test_relation_holds(
    georel: str, asked: tuple[str, object], found: tuple[str, object], expected: bool
) -> None:
    query, entity = _query(georel, *asked), _at(*found)
    assert query.matches(entity) is expected
    if expected and query.bounds is not None:
        from kota.model.geometry import bounds

        assert query.bounds.intersects(bounds(entity.attrs[LOCATION][0].value))


def test_entity_without_geometry_does_not_match() -> None:
    entity = Entity("urn:x:1", ("T",), {LOCATION: (Attribute(Kind.PROPERTY, "here"),)})
    assert not _query("disjoint", "Point", [0, 0]).matches(entity)


def test_named_geoproperty_is_compared() -> None:
    query = geo.parse(
        georel="equals", geometry="Point", coordinates=[1, 2], geoproperty="urn:e:space"
    )
    assert query.matches(_at("Point", [1, 2], "urn:e:space"))
    assert not query.matches(_at("Point", [1, 2]))


@pytest.mark.parametrize("georel", ["disjoint", "near;minDistance==5"])
def test_query_that_may_match_anywhere_has_no_bounds(georel: str) -> None:
    assert _query(georel, "Point", [0, 0]).bounds is None


@pytest.mark.parametrize("georel", ["near;maxDistance==20", "within", "near;minDistance==1.5"])
def test_georel_is_written_again(georel: str) -> None:
    again = _query(georel, "Point", [0, 0]).georel
    assert _query(again, "Point", [0, 0]).georel == again


@pytest.mark.parametrize(
    ("georel", "kind", "coordinates", "place"),
    [
        ("beside", "Point", "[0,0]", "georel"),
        ("near", "Point", "[0,0]", "georel"),
        ("near;maxDistance==-5", "Point", "[0,0]", "georel"),
        ("near;maxDistance==nan", "Point", "[0,0]", "georel"),
        ("near;maxDistance=5", "Point", "[0,0]", "georel"),
        ("within", "Circle", "[0,0]", "geometry.type"),
        ("within", "Point", "[0,0", "coordinates"),
        ("within", "Point", "[NaN,0]", "coordinates"),
        ("within", "Point", "\ud800", "coordinates"),
        ("within", "Point", "[" * 5000, "coordinates"),
        ("within", "Point", "[200,0]", "geometry.coordinates"),
        ("within", "Point", "[0,-91]", "geometry.coordinates"),
        ("within", "Point", "[[0,0]]", "geometry.coordinates"),
        ("within", "Polygon", "[[[0,0],[1,0],[1,1]]]", r"geometry.coordinates\[0\]"),
        ("within", "Polygon", "[[[0,0],[1,0],[1,1],[0,1]]]", r"geometry.coordinates\[0\]"),
        ("within", "Polygon", "[[[0,0],[1,1],[1,0],[0,1],[0,0]]]", "coordinates"),
    ],
)
def test_bad_geo_query_is_refused_with_place(
    georel: str, kind: str, coordinates: str, place: str
) -> None:
    with pytest.raises(BadRequestDataError, match=f"^{place}:"):
        geo.parse(georel=georel, geometry=kind, coordinates=coordinates)


@given(
    st.text(max_size=20) | st.sampled_from(["within", "near;maxDistance==5", "overlaps"]),
    st.text(max_size=10) | st.sampled_from(["Point", "Polygon", "MultiPoint"]),
    st.text(max_size=40)
    | st.recursive(st.floats() | st.none() | st.integers(), st.lists, max_leaves=12).map(
        json.dumps
    ),
)
def test_anything_is_read_or_refused(georel: str, kind: str, coordinates: str) -> None:
    try:
        query = geo.parse(georel=georel, geometry=kind, coordinates=coordinates)
    except KotaError:
        return
    query.matches(_at("Point", [0, 0]))
    query.matches(_at("Polygon", SQUARE))


@given(st.floats(-179, 179), st.floats(-85, 85), st.integers(1, 200_000), st.floats(0, 360))
def test_near_box_holds_every_point_that_is_near(
    lon: float, lat: float, metres: int, azimuth: float
) -> None:
    from pyproj import Geod

    x, y, _ = Geod(ellps="WGS84").fwd(lon, lat, azimuth, metres * 0.999)
    query = geo.parse(
        georel=f"near;maxDistance=={metres}", geometry="Point", coordinates=[lon, lat]
    )
    box = query.bounds
    assert box is not None
    assert box.west <= x <= box.east
    assert box.south <= y <= box.north
