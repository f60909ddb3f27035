import pytest

from kota.api.ngsi_ld.projection import hops, parse_projection
from kota.errors import BadRequestDataError


def read(text):
    return parse_projection(text, lambda name: f"urn:{name}", where="pick")


def test_names_are_expanded_and_members_are_not():
    assert read("id,name|createdAt").names == {"id", "urn:name", "createdAt"}


def test_braces_reach_into_linked_entities():
    projection = read("id,locatedAt{name,isIn{id}},owner")
    inner = projection.below["urn:locatedAt"]
    assert projection.names == {"id", "urn:locatedAt", "urn:owner"}
    assert inner.names == {"urn:name", "urn:isIn"}
    assert inner.below["urn:isIn"].names == {"id"}
    assert (hops(projection), hops(inner)) == (2, 1)


@pytest.mark.parametrize(
    "text",
    [
        *["", ",", "a,", "a||b", "id;name", "a{", "a{}", "a{b", "a{{b}", "a{,b}", "a}", "{a}"],
        *["a{b}c", "a{" * 12 + "b" + "}" * 12],
    ],
)
def test_what_is_not_a_projection_is_refused(text):
    with pytest.raises(BadRequestDataError, match="pick"):
        read(text)
