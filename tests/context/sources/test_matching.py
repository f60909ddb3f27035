"""Which registrations a request concerns (clause 5.12)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kota.context.sources.matching import Asked, SourceQuery, ids_of, matching
from kota.context.sources.registration import EntityInfo, Information, Interval, Registration
from kota.model.query import geo, q, temporal, types
from kota.model.query.pattern import compile_pattern

TANK = Information(entities=(EntityInfo(("Tank",)),), properties=("level",))
ONE = Information(entities=(EntityInfo(("Tank",), id="urn:t:1"),))
NORTH = Information(entities=(EntityInfo(("Tank",), id_pattern="^urn:n:"),))
LEVELS = Information(properties=("level",))


def registered(*parts: Information, **more: Any) -> Registration:
    return Registration(id="urn:r:1", endpoint="http://x", information=parts, **more)


def pattern(text: str) -> Any:
    return compile_pattern(text, "idPattern")


@pytest.mark.parametrize(
    ("part", "asked", "concerned"),
    [
        (TANK, Asked(), True),
        (TANK, Asked(types=types.of(["Tank"])), True),
        (TANK, Asked(types=types.of(["Pump"])), False),
        (TANK, Asked(types=types.parse("Pump,Tank", str)), True),
        (TANK, Asked(attributes=frozenset({"level", "name"})), True),
        (TANK, Asked(attributes=frozenset({"name"})), False),
        (TANK, Asked(ids=("urn:t:9",)), True),
        (ONE, Asked(ids=("urn:t:9",)), False),
        (ONE, Asked(ids=("urn:t:9", "urn:t:1")), True),
        (ONE, Asked(id_pattern=pattern("urn:t")), True),
        (ONE, Asked(id_pattern=pattern("urn:x")), False),
        (NORTH, Asked(ids=("urn:n:1",)), True),
        (NORTH, Asked(ids=("urn:s:1",)), False),
        (NORTH, Asked(id_pattern=pattern("urn:s")), True),
        (LEVELS, Asked(types=types.of(["Pump"])), True),
        (ONE, Asked(attributes=frozenset({"name"})), True),
    ],
)
def test_a_part_is_concerned_by_types_ids_patterns_and_attributes(
    part: Information, asked: Asked, concerned: bool
) -> None:
    assert bool(list(matching(registered(part), asked))) is concerned


def test_only_the_entities_that_are_asked_for_are_left_of_a_part() -> None:
    both = Information(entities=(EntityInfo(("Tank",)), EntityInfo(("Pump",))))
    (left,) = matching(registered(both), Asked(types=types.of(["Pump"])))
    assert left.entities == (EntityInfo(("Pump",)),)


def test_a_source_is_asked_for_no_more_ids_than_it_has() -> None:
    asked = Asked(ids=("urn:t:1", "urn:n:1", "urn:s:1"))
    assert ids_of(ONE, Asked()) == ("urn:t:1",)
    assert ids_of(NORTH, asked) == ("urn:n:1",)
    assert ids_of(NORTH, Asked()) is None
    assert ids_of(LEVELS, asked) == asked.ids


def test_datasets_must_have_one_in_common_where_both_name_some() -> None:
    some = registered(TANK, dataset_ids=("urn:d:1",))
    assert list(matching(some, Asked(datasets=("urn:d:1", "urn:d:2"))))
    assert not list(matching(some, Asked(datasets=("urn:d:2",))))
    assert list(matching(some, Asked()))
    assert list(matching(registered(TANK), Asked(datasets=("urn:d:2",))))


def test_registrations_are_found_by_what_is_said_of_them_and_by_place() -> None:
    here = {"type": "Point", "coordinates": [106.8, -6.2]}
    known = registered(TANK, properties={"kind": "sensor"}, location=here)
    near = geo.parse(georel="near;maxDistance==100", geometry="Point", coordinates=[106.8, -6.2])
    assert SourceQuery(q=q.parse('kind=="sensor"', str)).matches(known)
    assert not SourceQuery(csf=q.parse('kind=="archive"', str)).matches(known)
    assert SourceQuery(geo=near).matches(known)
    assert not SourceQuery(geo=near).matches(registered(TANK))


@given(st.integers(0, 9), st.integers(0, 9), st.integers(0, 9), st.booleans())
def test_an_interval_is_found_exactly_where_it_shares_an_instant_with_the_span(
    start: int, length: int, at: int, open_end: bool
) -> None:
    end = None if open_end else start + length
    known = registered(TANK, observation_interval=Interval(start, end))
    instants = set(range(start, 40 if end is None else end + 1))
    after = temporal.TemporalQuery(temporal.Relation.AFTER, at)
    before = temporal.TemporalQuery(temporal.Relation.BEFORE, at)
    assert SourceQuery(temporal=after).matches(known) == any(one >= at for one in instants)
    assert SourceQuery(temporal=before).matches(known) == any(one < at for one in instants)
    assert not SourceQuery(temporal=after).matches(registered(TANK))
