import pytest

from kota.model.entity import Attribute, Entity, Kind
from kota.model.query import EntityQuery, geo, q, scope, types
from kota.model.query.pattern import compile_pattern
from kota.model.terms import LOCATION

PUMP = Entity(
    "urn:x:pump:1",
    ("Pump",),
    {
        "flow": (Attribute(Kind.PROPERTY, 5.0),),
        LOCATION: (Attribute(Kind.GEO_PROPERTY, {"type": "Point", "coordinates": [1, 1]}),),
    },
    ("/town",),
)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (EntityQuery(), True),
        (EntityQuery(ids=("urn:x:pump:1",)), True),
        (EntityQuery(ids=("urn:x:pump:2",)), False),
        (EntityQuery(id_pattern=compile_pattern("pump", "idPattern")), True),
        (EntityQuery(id_pattern=compile_pattern("^pump", "idPattern")), False),
        (EntityQuery(types=types.parse("Valve", str)), False),
        (EntityQuery(attrs=("flow", "head")), True),
        (EntityQuery(attrs=("head",)), False),
        (EntityQuery(q=q.parse("flow>4", str)), True),
        (EntityQuery(q=q.parse("flow>5", str)), False),
        (EntityQuery(scope_q=scope.parse("/country")), False),
        (
            EntityQuery(
                geo=geo.parse(georel="near;maxDistance==1", geometry="Point", coordinates=[1, 2])
            ),
            False,
        ),
        (
            EntityQuery(
                types=types.parse("Pump", str),
                q=q.parse("flow", str),
                scope_q=scope.parse("/town"),
                geo=geo.parse(georel="within", geometry="Point", coordinates=[1, 1]),
            ),
            True,
        ),
    ],
)
def test_all_conditions_must_hold(query: EntityQuery, expected: bool) -> None:
    assert query.matches(PUMP) is expected
