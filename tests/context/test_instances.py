from kota.context.instances import aged, find, place, place_all
from kota.model.entity import Attribute, Kind

DEFAULT = Attribute(Kind.PROPERTY, 1, created_at=10, modified_at=10)
GPS = Attribute(Kind.PROPERTY, 2, dataset_id="urn:d:gps", created_at=10, modified_at=10)


def test_find_tells_instances_apart_by_dataset_id():
    assert find((DEFAULT, GPS), None) is DEFAULT
    assert find((DEFAULT, GPS), "urn:d:gps") is GPS
    assert find((GPS,), None) is None


def test_place_replaces_the_same_dataset_where_it_stands_and_keeps_its_age():
    new = Attribute(Kind.PROPERTY, 5, created_at=20, modified_at=20)
    placed = place((DEFAULT, GPS), new)
    assert [one.value for one in placed] == [5, 2]
    assert (placed[0].created_at, placed[0].modified_at) == (10, 20)
    assert placed[1] is GPS


def test_place_appends_a_dataset_that_was_not_there():
    assert place((DEFAULT,), GPS) == (DEFAULT, GPS)


def test_place_all_sees_what_it_placed_before():
    twice = place_all((), (DEFAULT, Attribute(Kind.PROPERTY, 3, created_at=30, modified_at=30)))
    assert [(one.value, one.created_at) for one in twice] == [(3, 10)]


def test_aged_keeps_the_age_of_sub_attributes_that_both_have():
    old = Attribute(Kind.PROPERTY, 1, created_at=1, sub={"urn:a": (DEFAULT,)})
    sub = Attribute(Kind.PROPERTY, 7, created_at=50, modified_at=50)
    new = Attribute(Kind.PROPERTY, 1, created_at=50, sub={"urn:a": (sub,), "urn:b": (sub,)})
    result = aged(new, old)
    assert result.sub is not None
    assert result.sub["urn:a"][0].created_at == 10
    assert result.sub["urn:b"][0].created_at == 50
