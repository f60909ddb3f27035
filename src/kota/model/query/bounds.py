"""The plain numeric comparisons of a query, which an index can answer."""

from __future__ import annotations

import math
from typing import Any, TypeGuard

import msgspec

from kota.model.query.reader import ENTITY_MEMBERS
from kota.model.query.syntax import And, Compare, Operator, Span, Tree


class Bound(msgspec.Struct, frozen=True):
    """An attribute has an instance with a number between `low` and `high`.

    Args:
        attribute: expanded name.
        low, high: the bounds, infinite where open.
        strict: whether the bounds themselves are excluded.
    """

    attribute: str
    low: float
    high: float
    strict: bool = False

    def holds(self, value: Any) -> bool:
        """Whether this value is such a number."""
        if not is_number(value):
            return False
        if self.strict:
            return self.low < value < self.high
        return self.low <= value <= self.high


def is_number(value: Any) -> TypeGuard[int | float]:
    """Whether a JSON value is a number (true and false are not)."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def bound_of(compare: Compare) -> Bound | None:
    """A comparison as a bound, where it is one of an attribute's own value with a number."""
    path = compare.path
    if len(path.names) > 1 or path.keys or path.names[0] in ENTITY_MEMBERS:
        return None
    if len(compare.values) > 1:
        return None
    name, value = path.names[0], compare.values[0]
    if isinstance(value, Span):
        low, high = value.low, value.high
        if compare.operator is Operator.EQUAL and is_number(low) and is_number(high):
            return Bound(name, low, high)
        return None
    if not is_number(value):
        return None
    match compare.operator:
        case Operator.EQUAL:
            return Bound(name, value, value)
        case Operator.GREATER | Operator.GREATER_OR_EQUAL as operator:
            return Bound(name, value, math.inf, operator is Operator.GREATER)
        case Operator.LESS | Operator.LESS_OR_EQUAL as operator:
            return Bound(name, -math.inf, value, operator is Operator.LESS)
    return None


def conjunction(tree: Tree) -> tuple[Bound, ...]:
    """Bounds that every match of the query meets; empty where there is none."""
    if isinstance(tree, Compare):
        bound = bound_of(tree)
        return (bound,) if bound is not None else ()
    if isinstance(tree, And):
        return tuple(bound for part in tree.parts for bound in conjunction(part))
    return ()
