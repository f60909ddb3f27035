import time

import pytest

from kota.errors import BadRequestDataError, TooComplexError
from kota.model.query.pattern import compile_pattern, find


@pytest.mark.parametrize(
    "text", ["^urn:.*", "a|b", "(a|b)c", "[a-z]{2,4}", r"\(x\)+", "[(+]*", "(?i)x", "(ab)?c"]
)
def test_ordinary_pattern_compiles(text: str) -> None:
    compile_pattern(text, "q")


@pytest.mark.parametrize(
    "text", ["(a+)+", "(a|b)*", "((a*)b)+", "(a{1,9}){2,}", "x" * 600, "a*b*c*d*e*f*g*"]
)
def test_pattern_that_may_take_too_long_is_refused(text: str) -> None:
    with pytest.raises(TooComplexError):
        compile_pattern(text, "idPattern")


@pytest.mark.parametrize("text", ["(", "[a", "*", "a{99999999999999999999}", "(?P<n>"])
def test_no_pattern_is_refused_with_its_parameter(text: str) -> None:
    with pytest.raises(BadRequestDataError, match=r"idPattern: .* is not a regular expression"):
        compile_pattern(text, "idPattern")


def test_find_looks_anywhere() -> None:
    assert find(compile_pattern("b+", "q"), "abbc")


def test_find_looks_at_no_more_than_the_start_of_a_long_value() -> None:
    started = time.perf_counter()
    assert not find(compile_pattern("x.*y", "q"), "a" * 1_000_000 + "xy")
    assert time.perf_counter() - started < 0.5
