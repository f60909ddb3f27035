import pytest

from kota.api.ngsi_ld.negotiation import PLAIN, WITH_GEO, choose, content_type
from kota.api.ngsi_ld.problem import RefusedError


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        ("", "application/json"),
        ("*/*", "application/json"),
        ("application/*", "application/json"),
        ("application/ld+json", "application/ld+json"),
        ("application/ld+json, application/json", "application/json"),
        ("application/json;q=0.1, application/ld+json;q=0.9", "application/ld+json"),
        ("application/json;q=0, */*", "application/ld+json"),
        ("*/*;q=0.9, application/ld+json;q=0.8", "application/json"),
        ("application/geo+json", "application/geo+json"),
        ("application/ld+json;q=nonsense", "application/ld+json"),
        ("text/html, application/xml, */*;q=0.1", "application/json"),
    ],
)
def test_the_accept_header_chooses_by_weight_then_by_the_order_of_the_standard(accept, chosen):
    assert choose(accept, WITH_GEO) == chosen


@pytest.mark.parametrize("accept", ["application/xml", "application/geo+json", "*/*;q=0"])
def test_what_is_not_offered_is_refused(accept):
    with pytest.raises(RefusedError) as refused:
        choose(accept, PLAIN)
    assert refused.value.status == 406


def test_the_content_type_is_read_without_its_parameters():
    assert content_type("application/LD+JSON; charset=utf-8", PLAIN) == "application/ld+json"
    with pytest.raises(RefusedError) as refused:
        content_type("text/plain", PLAIN)
    assert refused.value.status == 415
