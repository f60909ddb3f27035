"""One evolution of what several brokers know."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kota.context.evolution import Question, Told
from kota.context.sources.evolving import joined, read_told
from kota.errors import BadRequestDataError
from kota.model.instant import SECOND, render
from kota.model.jsonld import core_context
from kota.store.history import Span

CORE = core_context()
LEVEL = CORE.expand("level")
QUESTION = Question(span=Span())


def evolution(points: list[tuple[int, int]], **more: Any) -> Told:
    """Values by the second at which they were observed."""
    instances = [
        {"type": "Property", "value": value, "observedAt": render(at * SECOND)}
        for at, value in points
    ]
    document = {"id": "urn:t:1", "type": "Tank", "level": instances, **more}
    return read_told(document, CORE, now=0)


def values(told: Told) -> list[tuple[int, int]]:
    return [
        ((one.instance.observed_at or 0) // SECOND, one.instance.value)
        for one in told.instances[LEVEL]
    ]


POINTS = st.dictionaries(st.integers(0, 30), st.integers(0, 9), min_size=1).map(
    lambda found: sorted(found.items())
)


@given(POINTS, POINTS)
def test_every_value_of_either_stands_there_once_in_the_order_of_time(
    ours: list[tuple[int, int]], theirs: list[tuple[int, int]]
) -> None:
    whole = values(joined(evolution(ours), evolution(theirs), QUESTION))
    assert sorted(whole) == sorted({*ours, *theirs})
    assert [at for at, _ in whole] == sorted(at for at, _ in whole)


@given(POINTS, POINTS, st.integers(1, 5))
def test_of_both_the_last_are_told_where_only_they_are_wanted(
    ours: list[tuple[int, int]], theirs: list[tuple[int, int]], last: int
) -> None:
    question = Question(span=Span(), last_n=last)
    whole = values(joined(evolution(ours), evolution(theirs), question))
    every = values(joined(evolution(ours), evolution(theirs), QUESTION))
    assert whole == every[-last:]


def test_only_the_attributes_that_a_source_is_registered_for_are_read() -> None:
    document = {
        "id": "urn:t:1",
        "type": "Tank",
        "level": [{"type": "Property", "value": 1}],
        "secret": [{"type": "Property", "value": 2}],
    }
    told = read_told(document, CORE, now=0, only=frozenset({LEVEL}))
    assert list(told.instances) == [LEVEL]


@pytest.mark.parametrize("document", [None, [], "x", {"id": "urn:t:1"}, {"type": "T", "id": "x"}])
def test_what_is_no_evolution_is_refused(document: Any) -> None:
    with pytest.raises(BadRequestDataError):
        read_told(document, CORE, now=0)
