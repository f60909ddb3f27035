"""What has one cause is one incident, and what has not is not."""

from __future__ import annotations

from math import cos, radians

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kota.model.entity import Attribute, Entity, Kind
from kota.model.instant import MINUTE
from kota.model.terms import LOCATION
from kota.operate.alarms.incidents import DEGREE, Incidents, Signs, distance, middle, signs_of

WITHIN = 30 * MINUTE


def test_join_when_too_late_then_another_incident() -> None:
    incidents = Incidents()
    first = incidents.join("a", Signs(("a", "z")), at=0, within=WITHIN)
    again = incidents.join("b", Signs(("b", "z")), at=WITHIN, within=WITHIN)
    late = incidents.join("c", Signs(("c", "z")), at=2 * WITHIN + 1, within=WITHIN)
    assert first.group == again.group != late.group


def test_join_when_an_alarm_of_the_entity_lasts_then_one_incident_however_late() -> None:
    incidents = Incidents()
    first = incidents.join("a", Signs(("e",)), at=0, within=WITHIN)
    lasting = incidents.join("b", Signs(("e",)), at=9 * WITHIN, within=WITHIN)
    incidents.end("a", Signs(("e",)), at=9 * WITHIN)
    incidents.end("b", Signs(("e",)), at=12 * WITHIN)
    again = incidents.join("a", Signs(("e",)), at=13 * WITHIN, within=WITHIN)
    incidents.end("a", Signs(("e",)), at=14 * WITHIN)
    late = incidents.join("a", Signs(("e",)), at=15 * WITHIN + 1, within=WITHIN)
    assert first.group == lasting.group == again.group != late.group


def test_join_when_it_comes_back_while_others_of_its_incident_last_then_it_is_part_of_it() -> None:
    incidents = Incidents()
    first = incidents.join("a", Signs(("a", "z")), at=0, within=WITHIN)
    incidents.join("b", Signs(("b", "z")), at=1, within=WITHIN)
    incidents.end("a", Signs(("a", "z")), at=2)
    back = incidents.join("a", Signs(("a", "z")), at=9 * WITHIN, within=WITHIN)
    incidents.end("a", Signs(("a", "z")), at=9 * WITHIN)
    incidents.end("b", Signs(("b", "z")), at=9 * WITHIN)
    late = incidents.join("a", Signs(("a", "z")), at=11 * WITHIN, within=WITHIN)
    assert first.group == back.group != late.group


def test_join_when_near_but_not_very_lately_then_another_incident() -> None:
    incidents = Incidents()
    here = (0.0, 0.0)
    first = incidents.join("a", Signs(("a",), here, 9.0), at=0, within=WITHIN)
    near = incidents.join("b", Signs(("b",), here, 9.0), at=WITHIN // 3, within=WITHIN)
    late = incidents.join("c", Signs(("c",), here, 9.0), at=WITHIN, within=WITHIN)
    assert first.group == near.group != late.group


@given(
    st.floats(-70, 70), st.floats(-179, 179), st.floats(0, 360), st.floats(1, 2000),
    st.floats(0.05, 2.5),
)  # fmt: skip
def test_join_when_near_then_one_incident_anywhere_on_earth(
    latitude: float, longitude: float, bearing: float, near: float, share: float
) -> None:
    if abs(share - 1) < 0.01:
        return
    north = share * near * cos(radians(bearing)) / DEGREE
    east = share * near * cos(radians(bearing - 90)) / DEGREE / cos(radians(latitude))
    here, there = (longitude, latitude), (longitude + east, latitude + north)
    assert distance(here, there) == pytest.approx(share * near, rel=5e-3)
    incidents = Incidents()
    one = incidents.join("a", Signs(("a",), here, near), at=0, within=WITHIN)
    other = incidents.join("b", Signs(("b",), there, near), at=1, within=WITHIN)
    assert (one.group == other.group) is (share < 1)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=30))
def test_incidents_when_all_at_once_then_they_are_the_connected_parts(
    edges: list[tuple[int, int]],
) -> None:
    incidents = Incidents()
    group: dict[str, str] = {}
    for number, (start, end) in enumerate(edges):
        name = f"edge {number}"
        joined = incidents.join(name, Signs((f"n{start}", f"n{end}")), at=number, within=WITHIN)
        group |= dict.fromkeys([name, *joined.moved], joined.group)
    for a, one in enumerate(edges):
        for b, other in enumerate(edges):
            together = group[f"edge {a}"] == group[f"edge {b}"]
            assert together is (other in _reached(one, edges))


def _reached(start: tuple[int, int], edges: list[tuple[int, int]]) -> set[tuple[int, int]]:
    nodes, found = set(start), {start}
    for _ in edges:
        for edge in edges:
            if nodes & set(edge):
                nodes |= set(edge)
                found.add(edge)
    return found


def test_join_when_the_kind_of_cause_differs_then_two_incidents() -> None:
    incidents = Incidents()
    one = incidents.join("a", Signs(("z",), (0.0, 0.0), 9.0, "water"), at=0, within=WITHIN)
    other = incidents.join("b", Signs(("z",), (0.0, 0.0), 9.0, "radio"), at=0, within=WITHIN)
    assert one.group != other.group


def test_restore_when_a_program_began_anew_then_the_incident_goes_on() -> None:
    incidents = Incidents()
    incidents.restore("g1", "a", Signs(("a", "z")), at=5, lasts=False)
    assert incidents.join("b", Signs(("z",)), at=6, within=WITHIN).group == "g1"


def test_signs_when_an_entity_has_links_and_a_place_then_both_are_named() -> None:
    entity = Entity(
        "urn:x:P",
        ("Pipe",),
        {
            "from": (Attribute(Kind.RELATIONSHIP, "urn:x:J"),),
            "zone": (Attribute(Kind.PROPERTY, "north"),),
            LOCATION: (
                Attribute(
                    Kind.GEO_PROPERTY, {"type": "LineString", "coordinates": [[0, 1], [2, 3]]}
                ),
            ),
        },
    )
    signs = signs_of(entity, ["from", "zone", "nothing"], 50.0)
    assert signs == Signs(("urn:x:P", "urn:x:J", "zone north"), (1.0, 2.0), 50.0)
    assert signs_of(entity, [], 0.0) == Signs(("urn:x:P",))


@pytest.mark.parametrize("odd", [None, 3, {"type": "Point"}, {"coordinates": [[], "x"]}])
def test_middle_when_there_is_no_place_then_none(odd: object) -> None:
    assert middle(odd) is None
