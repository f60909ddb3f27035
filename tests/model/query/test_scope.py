import pytest
from hypothesis import given
from hypothesis import strategies as st

from kota.errors import BadRequestDataError, KotaError
from kota.model.query import scope


@pytest.mark.parametrize(
    ("text", "scopes", "expected"),
    [
        ("/town", ("/town",), True),
        ("town", ("/town",), True),
        ("/town", ("/town/north",), False),
        ("/town/#", ("/town/north/a",), True),
        ("/town/#", ("/town",), True),
        ("/town/#", ("/country",), False),
        ("/#", ("/anything",), True),
        ("/#", (), False),
        ("/town/+/a", ("/town/north/a",), True),
        ("/town/+", ("/town",), False),
        ("/+/#", ("/town/north/a",), True),
        ("/a,/b", ("/b",), True),
        ("/a|/b", ("/b",), True),
        ("/a;/b", ("/b",), False),
        ("/a;/b", ("/b", "/a"), True),
        ("(/a,/b);/c", ("/b", "/c"), True),
        ("/a,/b;/c", ("/a",), True),
    ],
)
def test_query_then_scopes_match(text: str, scopes: tuple[str, ...], expected: bool) -> None:
    assert scope.parse(text).matches(scopes) is expected


@pytest.mark.parametrize("text", ["", "/", "/a//b", "/a b", "/#/a", "/a,", "(/a", "/a)", "/a+"])
def test_malformed_is_refused_with_position(text: str) -> None:
    with pytest.raises(BadRequestDataError, match=r"scopeQ: .* at position"):
        scope.parse(text)


@given(st.text(alphabet="ab/+#,|;() ", max_size=30))
def test_any_text_parses_stably_or_is_refused(text: str) -> None:
    try:
        first = scope.parse(text)
    except KotaError:
        return
    again = scope.parse(first.render())
    assert again.render() == first.render()
    for scopes in (("/a",), ("/a/b",), ("/b", "/a/a"), ("/a/b/a",)):
        assert again.matches(scopes) == first.matches(scopes)
