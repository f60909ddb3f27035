import pytest

from kota.model.entity import Attribute, Entity, Kind
from kota.model.query import Order
from kota.model.query.ordering import collation_key, sort_key

HOURS = (Attribute(Kind.PROPERTY, 5, created_at=70),)
LEVEL = Attribute(Kind.PROPERTY, {"now": 3}, observed_at=90, sub={"urn:a:hours": HOURS})
PLACE = Attribute(Kind.GEO_PROPERTY, {"type": "Point", "coordinates": [0, 0]})
TANK = Entity(
    "urn:t:1",
    ("urn:T",),
    {"urn:a:level": (LEVEL,), "urn:a:name": (Attribute(Kind.PROPERTY, "á"),), "urn:a:at": (PLACE,)},
    created_at=10,
)


@pytest.mark.parametrize(
    ("order", "key"),
    [
        (Order("id"), (1, "urn:t:1")),
        (Order("createdAt"), (0, 10)),
        (Order("urn:a:name"), (1, "á")),
        (Order("urn:a:level"), None),
        (Order("urn:a:level", keys=("now",)), (0, 3)),
        (Order("urn:a:level", keys=("then", "now")), None),
        (Order("urn:a:level", sub=("observedAt",)), (0, 90)),
        (Order("urn:a:level", sub=("urn:a:hours",)), (0, 5)),
        (Order("urn:a:level", sub=("urn:a:hours", "createdAt")), (0, 70)),
        (Order("urn:a:level", sub=("urn:a:none", "createdAt")), None),
        (Order("urn:a:none"), None),
        (Order("urn:a:at", near={"type": "Point", "coordinates": [0, 0]}), (0, 0.0)),
        (Order("urn:a:name", near={"type": "Point", "coordinates": [0, 0]}), None),
        (Order("urn:a:level", keys=("now",), spoken=True), (0, 3)),
    ],
)
def test_a_path_leads_to_what_entities_are_compared_by(order, key):
    assert sort_key(order)(TANK) == key


def test_a_collation_puts_marks_and_case_after_the_letters():
    words = ["Zebra", "b", "Ähre", "a", "A", "äh"]
    assert sorted(words, key=collation_key) == ["a", "A", "äh", "Ähre", "b", "Zebra"]
    spoken = sort_key(Order("urn:a:name", spoken=True))(TANK)
    assert spoken == (1, collation_key("á"))
