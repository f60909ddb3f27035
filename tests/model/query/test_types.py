import pytest
from hypothesis import given
from hypothesis import strategies as st

from kota.errors import BadRequestDataError, KotaError, TooComplexError
from kota.model.query import types


def _expand(name: str) -> str:
    return f"urn:t:{name}"


@pytest.mark.parametrize(
    ("text", "of", "expected"),
    [
        ("Pump", ("Pump",), True),
        ("Pump", ("Valve",), False),
        ("Pump,Valve", ("Valve",), True),
        ("Pump|Valve", ("Valve",), True),
        ("Pump;Asset", ("Pump",), False),
        ("Pump;Asset", ("Asset", "Pump"), True),
        ("(Pump,Valve);Asset", ("Valve", "Asset"), True),
        ("Pump,Valve;Asset", ("Pump",), True),
        ("((Pump))", ("Pump",), True),
        ("*", ("Anything",), True),
    ],
)
def test_expression_then_types_match(text: str, of: tuple[str, ...], expected: bool) -> None:
    assert types.parse(text, str).matches(of) is expected


def test_names_are_expanded() -> None:
    assert types.parse("Pump", _expand).any_of == {"urn:t:Pump"}


@pytest.mark.parametrize(
    ("text", "any_of"),
    [
        ("A,B", {"A", "B"}),
        ("A;B", {"A"}),
        ("(A,B);C", {"C"}),
        ("(A;B),C", {"A", "C"}),
        ("*", None),
        ("A,*", None),
        ("A;*", {"A"}),
    ],
)
def test_index_types_cover_every_match(text: str, any_of: set[str] | None) -> None:
    assert types.parse(text, str).any_of == any_of


@pytest.mark.parametrize("text", ["", ",", "A,", "A;;B", "(A", "A)", "A B", "()", 'A"', "A,(B"])
def test_malformed_is_refused_with_position(text: str) -> None:
    with pytest.raises(BadRequestDataError, match=r"type: .* at position"):
        types.parse(text, str)


def test_deep_nesting_is_refused() -> None:
    with pytest.raises(TooComplexError):
        types.parse("(" * 100 + "A" + ")" * 100, str)


def test_of_nothing_is_refused() -> None:
    with pytest.raises(BadRequestDataError):
        types.of([])


@given(st.text(alphabet="ABC,|;()* ", max_size=30))
def test_any_text_parses_stably_or_is_refused(text: str) -> None:
    try:
        first = types.parse(text, str)
    except KotaError:
        return
    again = types.parse(first.render(), str)
    assert again.render() == first.render()
    for of in (("A",), ("A", "B"), ("B", "C"), ("A", "B", "C")):
        assert again.matches(of) == first.matches(of)
        assert first.any_of is None or not first.matches(of) or first.any_of & set(of)
