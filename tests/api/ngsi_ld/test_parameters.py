import pytest

from kota.api.ngsi_ld.parameters import TABLE, Parameters, parse_query
from kota.errors import BadRequestDataError, InvalidRequestError, TooManyResultsError
from kota.model import instant

ALL = frozenset(TABLE)


def test_every_parameter_has_a_member():
    assert {member for member, _ in TABLE.values()} == set(Parameters.__struct_fields__)


@pytest.mark.parametrize(
    ("query", "member", "value"),
    [
        ("id=urn:a:1,urn:a:2", "id", ("urn:a:1", "urn:a:2")),
        ("attrs=a,b", "attrs", ("a", "b")),
        ("options=sysAttrs,keyValues", "options", frozenset({"sysAttrs", "keyValues"})),
        ("limit=1000", "limit", 1000),
        ("count=true", "count", True),
        ("local=false", "local", False),
        ("datasetId=@none,urn:d:1", "dataset_id", ("@none", "urn:d:1")),
        ("pick=a,b{c,d}", "pick", "a,b{c,d}"),
        ("orderBy=name;desc,level", "order_by", ("name;desc", "level")),
        ("observedAt=1970-01-01T00:00:01Z", "observed_at", instant.SECOND),
        ("q=name%3D%3D%22a%26b%22", "q", 'name=="a&b"'),
    ],
)
def test_parameters_are_read(query, member, value):
    assert getattr(parse_query(query, ALL), member) == value


@pytest.mark.parametrize(
    "query",
    [
        "id=nonsense",
        "id=",
        "attrs=a,,b",
        "limit=-1",
        "limit=x",
        "limit=%D9%A3",
        "offset=-1",
        "count=yes",
        "join=both",
        "joinLevel=0",
        "idPattern=(",
        "observedAt=today",
        "datasetId=nonsense",
        "orderBy=a,b{",
    ],
)
def test_wrong_values_are_refused_by_name(query):
    with pytest.raises(BadRequestDataError, match=query.partition("=")[0]):
        parse_query(query, ALL)


def test_what_an_operation_does_not_have_is_refused():
    with pytest.raises(InvalidRequestError, match="wrong: no parameter"):
        parse_query("wrong=1", ALL)
    with pytest.raises(InvalidRequestError, match="given twice"):
        parse_query("limit=1&limit=2", ALL)
    for name in ("options", "format"):
        with pytest.raises(InvalidRequestError, match=name):
            parse_query(f"{name}=fancy", ALL)


def test_pages_are_bounded():
    with pytest.raises(TooManyResultsError):
        parse_query("limit=1001", ALL)


@pytest.mark.parametrize(
    ("query", "form"),
    [
        ("", "normalized"),
        ("options=keyValues", "simplified"),
        ("options=concise,sysAttrs", "concise"),
        ("format=simplified", "simplified"),
        ("format=concise&options=keyValues", "concise"),
    ],
)
def test_the_format_wins_over_the_options(query, form):
    assert parse_query(query, ALL).chosen_format == form
