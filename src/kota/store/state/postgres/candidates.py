"""Which rows a query needs to look at: SQL for a superset of what matches."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import msgspec

from kota.model.query import EntityQuery
from kota.model.query.bounds import Bound
from kota.model.terms import LOCATION


class Candidates(msgspec.Struct, frozen=True):
    """Rows to look at, of a table called e.

    Args:
        condition: SQL that holds for them.
        values: its values, $1 and on.
        exact: whether every one of them matches.
        placed: whether the index of places finds them.
        none: whether there are none, without asking.
    """

    condition: str
    values: list[Any]
    exact: bool
    placed: bool
    none: bool = False


class _Building:
    def __init__(self) -> None:
        self.conditions: list[str] = []
        self.values: list[Any] = []

    def add(self, condition: str, *values: Any) -> None:
        """Add a condition; each ? in it is one of the values."""
        for value in values:
            self.values.append(value)
            condition = condition.replace("?", f"${len(self.values)}", 1)
        self.conditions.append(condition)


def candidates_of(query: EntityQuery, kinds: Mapping[tuple[str, ...], int]) -> Candidates:
    """The rows that a query must look at.

    Args:
        query: what is asked.
        kinds: the number of each list of types there is.
    """
    building = _Building()
    none = False
    if query.ids:
        building.add("e.id = ANY(?)", list(query.ids))
    if query.types is not None:
        numbers = [number for types, number in kinds.items() if query.types.matches(types)]
        none = not numbers
        if len(numbers) == 1:
            building.add("e.kind = ?", numbers[0])
        else:
            building.add("e.kind = ANY(?)", numbers)
    if query.attrs:
        building.add("jsonb_exists_any(e.facts, ?)", list(query.attrs))
    if query.q is not None:
        for bound in query.q.numeric_bounds():
            _within(building, bound)
    box = query.geo.bounds if query.geo is not None else None
    placed = box is not None and query.geo is not None and query.geo.geoproperty == LOCATION
    if placed and box is not None:
        corners = (box.west, box.south, box.east, box.north)
        envelope = "ST_MakeEnvelope(?::float8, ?::float8, ?::float8, ?::float8, 4326)"
        building.add(f"e.location && {envelope}", *map(float, corners))
    exact = (
        query.q is None
        and query.geo is None
        and query.scope_q is None
        and query.id_pattern is None
        and query.lens is None
    )
    condition = " AND ".join(building.conditions) or "true"
    return Candidates(condition, building.values, exact, placed, none)


def _within(building: _Building, bound: Bound) -> None:
    """The attribute's fact is a number within the bound, or does not tell."""
    building.add(
        "(number_of(e.facts, ?) BETWEEN ? AND ? OR e.facts->? = 'null')",
        bound.attribute,
        _float(bound.low),
        _float(bound.high),
        bound.attribute,
    )


def _float(bound: float) -> float:
    try:
        return float(bound)
    except OverflowError:
        return math.copysign(math.inf, bound)
