import pytest

from kota.api.ngsi_ld.link import CONTEXT_RELATION, context_address, context_link
from kota.errors import BadRequestDataError

CONTEXT = "http://a.example/c.jsonld"


@pytest.mark.parametrize(
    "header",
    [
        f'<{CONTEXT}>; rel="{CONTEXT_RELATION}"; type="application/ld+json"',
        f'<{CONTEXT}>;type="application/ld+json";rel="{CONTEXT_RELATION}"',
        f"<{CONTEXT}>; rel={CONTEXT_RELATION}",
        f'<http://b.example/>; rel="next", <{CONTEXT}>; rel="{CONTEXT_RELATION}"',
    ],
)
def test_the_context_is_found_among_links(header):
    assert context_address(header) == CONTEXT


@pytest.mark.parametrize("header", ["", "nonsense", '<http://b.example/>; rel="next"', "<>"])
def test_other_links_name_no_context(header):
    assert context_address(header) is None


def test_two_contexts_are_refused():
    one = f'<{CONTEXT}>; rel="{CONTEXT_RELATION}"'
    with pytest.raises(BadRequestDataError, match="more than one"):
        context_address(f"{one}, {one}")


def test_what_is_written_is_read_back():
    assert context_address(context_link(CONTEXT).decode()) == CONTEXT
