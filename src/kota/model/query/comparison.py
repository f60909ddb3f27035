"""How one value of an entity compares with the values of a query (clause 4.9)."""

from __future__ import annotations

import operator as op
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from kota.errors import BadRequestDataError
from kota.model import instant
from kota.model.query import pattern
from kota.model.query.bounds import is_number
from kota.model.query.syntax import Day, Literal, Moment, Operator, Span, TimeOfDay

Test = Callable[[Any], bool]

_ORDER: dict[Operator, Callable[[Any, Any], bool]] = {
    Operator.GREATER: op.gt,
    Operator.GREATER_OR_EQUAL: op.ge,
    Operator.LESS: op.lt,
    Operator.LESS_OR_EQUAL: op.le,
    Operator.EQUAL: op.eq,
}


def of_value(operator: Operator, values: tuple[Literal | Span, ...]) -> Test:
    """Build the test for a value; a list passes where one of its items does.

    Values of different sorts are unequal and have no order.
    """
    match operator:
        case Operator.UNEQUAL:
            equal = of_value(Operator.EQUAL, values)
            return lambda target: not equal(target)
        case Operator.PATTERN:
            return _each(_matching(values))
        case Operator.NOT_PATTERN:
            return _not_matching(_each(_matching(values)))
        case _:
            tests = [_scalar(operator, value) for value in values]
            if len(tests) == 1:
                return _each(tests[0])
            return _each(lambda target: any(test(target) for test in tests))


def of_instant(operator: Operator, values: tuple[Literal | Span, ...]) -> Test:
    """Build the test for an instant such as ``observedAt``; texts that are no times never match."""
    if operator is Operator.UNEQUAL:
        equal = of_instant(Operator.EQUAL, values)
        return lambda target: not equal(target)
    if operator in (Operator.PATTERN, Operator.NOT_PATTERN):
        return _never
    tests: list[Test] = []
    for value in values:
        low, high = (value.low, value.high) if isinstance(value, Span) else (value, value)
        first, last = _instant_of(low), _instant_of(high)
        if first is None or last is None:
            continue
        tests.append(
            _between(first, last) if isinstance(value, Span) else _ordered(operator, first)
        )
    return lambda target: any(test(target) for test in tests)


def _never(_: Any) -> bool:
    return False


def _each(test: Test) -> Test:
    def any_item(target: Any) -> bool:
        if target.__class__ is list:
            return any(test(item) for item in target)
        return test(target)

    return any_item


def _matching(values: tuple[Literal | Span, ...]) -> Test:
    expression = pattern.compile_pattern(str(values[0]), "q")
    return lambda target: isinstance(target, str) and pattern.find(expression, target)


def _not_matching(matches: Test) -> Test:
    return lambda target: isinstance(target, str | list) and not matches(target)


def _scalar(operator: Operator, value: Literal | Span) -> Test:
    """The test of one plain (not list) target against one value."""
    if isinstance(value, Span):
        above = _scalar(Operator.GREATER_OR_EQUAL, value.low)
        below = _scalar(Operator.LESS_OR_EQUAL, value.high)
        return lambda target: above(target) and below(target)
    compare = _ORDER[operator]
    if isinstance(value, bool):
        return lambda target: target is value
    if isinstance(value, Moment | Day):
        return _timed(compare, value.at)
    if isinstance(value, TimeOfDay):
        return _text(compare, value.text, None)
    if isinstance(value, str):
        return _text(compare, value, read_instant(value))
    return lambda target: is_number(target) and compare(target, value)


def _timed(compare: Callable[[Any, Any], bool], at: int) -> Test:
    def test(target: Any) -> bool:
        text = _plain(target)
        found = read_instant(text) if isinstance(text, str) else None
        return found is not None and compare(found, at)

    return test


def _text(compare: Callable[[Any, Any], bool], text: str, at: int | None) -> Test:
    """Texts by their characters; values that say they are a date or time by their time."""

    def test(target: Any) -> bool:
        if target.__class__ is str:
            return compare(target, text)
        if not isinstance(target, dict):
            return False
        plain = _plain(target)
        found = read_instant(plain) if at is not None and isinstance(plain, str) else None
        if found is not None:
            return compare(found, at)
        return isinstance(plain, str) and compare(plain, text)

    return test


def _plain(target: Any) -> Any:
    """The value of a JSON-LD typed value, anything else as it is."""
    return target.get("@value") if isinstance(target, dict) else target


def _between(first: int, last: int) -> Test:
    return lambda target: first <= target <= last


def _ordered(operator: Operator, at: int) -> Test:
    compare = _ORDER[operator]
    return lambda target: compare(target, at)


def _instant_of(value: Literal) -> int | None:
    if isinstance(value, Moment | Day):
        return value.at
    return read_instant(value) if isinstance(value, str) else None


@lru_cache(maxsize=65_536)
def read_instant(text: str) -> int | None:
    """The instant that a date, or a date and time, means; None where the text is neither.

    >>> read_instant("1970-01-02")
    86400000000
    """
    if not text[:4].isdigit() or text[4:5] != "-":
        return None
    try:
        return instant.parse(f"{text}T00:00:00Z" if len(text) == 10 else text)
    except BadRequestDataError:
        return None
