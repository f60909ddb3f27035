"""Simulated pedestrians obey what must hold for people on foot."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kota.errors import SolutionError
from kota.solutions.people_flow.pedestrians.crowd import Event, Procession, Setting
from kota.solutions.people_flow.pedestrians.day import simulate
from kota.solutions.people_flow.pedestrians.example import grid_town
from kota.solutions.people_flow.pedestrians.truth import BIN_S, PURPOSES, Truth
from kota.solutions.people_flow.pedestrians.walking import Closed, Routes, Walkways

THURSDAY, FRIDAY, SUNDAY = date(2025, 11, 27), date(2025, 11, 28), date(2025, 11, 30)
SEEDS = st.integers(0, 2**31)


@pytest.fixture(scope="module")
def town() -> Setting:
    return grid_town(seed=5)


@pytest.fixture(scope="module")
def truth(town: Setting) -> Truth:
    return simulate(town, THURSDAY)


def successive(truth: Truth) -> np.ndarray:
    """Rows of trips that the same person goes on from."""
    person = truth.trips.person
    return np.flatnonzero(person[1:] == person[:-1])


def test_the_same_seed_and_day_give_the_same_truth_and_others_another(town: Setting) -> None:
    again = grid_town(seed=5)
    one, other = simulate(town, THURSDAY), simulate(again, THURSDAY)
    assert (one.flow == other.flow).all()
    assert (one.at_place == other.at_place).all()
    assert (simulate(town, date(2025, 11, 26)).flow != one.flow).any()
    assert (simulate(replace(town, seed=6), THURSDAY).flow != one.flow).any()


@given(seed=SEEDS)
@settings(max_examples=8, deadline=None)
def test_nobody_jumps_nor_is_in_two_places(seed: int) -> None:
    truth = simulate(grid_town(seed=seed), FRIDAY)
    trips, before = truth.trips, successive(truth)
    assert (trips.origin[before + 1] == trips.destination[before]).all()
    assert (trips.origin_place[before + 1] == trips.place[before]).all()
    assert (trips.departs[before + 1] >= trips.arrives[before]).all()
    assert (trips.arrives >= trips.departs).all()
    assert trips.departs.min() >= 0
    assert trips.arrives.max() < 86_400


@given(seed=SEEDS)
@settings(max_examples=8, deadline=None)
def test_everybody_starts_at_home_or_the_bus_and_ends_there(seed: int) -> None:
    town = grid_town(seed=seed)
    trips = simulate(town, SUNDAY).trips
    _, first, count = np.unique(trips.person, return_index=True, return_counts=True)
    last = first + count - 1
    start = trips.origin_place[first]
    assert (trips.place[last] == start).all()
    assert (trips.destination[last] == trips.origin[first]).all()
    assert (town.places.pull["stop"][start[start >= 0]] > 0).all()
    assert np.isin(trips.origin[first[start < 0]], town.homes.node).all()


@given(seed=SEEDS)
@settings(max_examples=8, deadline=None)
def test_who_enters_a_corner_leaves_it_or_ends_there(seed: int) -> None:
    town = grid_town(seed=seed)
    truth = simulate(town, THURSDAY)
    day = truth.flow.sum(axis=0)
    count, ends = len(town.ways.nodes), town.ways.ends
    into = np.bincount(ends[:, 1], day[:, 0], count) + np.bincount(ends[:, 0], day[:, 1], count)
    out = np.bincount(ends[:, 0], day[:, 0], count) + np.bincount(ends[:, 1], day[:, 1], count)
    born = np.bincount(truth.trips.origin, minlength=count)
    gone = np.bincount(truth.trips.destination, minlength=count)
    assert (into + born == out + gone).all()


def test_who_is_on_a_street_has_entered_and_not_left(town: Setting, truth: Truth) -> None:
    legs, segments = truth.legs, len(town.ways.length)
    for at in np.arange(6.5, 22, 1.7) * 3600:
        entered = np.bincount(legs.segment[legs.enters <= at], minlength=segments)
        left = np.bincount(legs.segment[legs.leaves <= at], minlength=segments)
        there = (legs.enters <= at) & (at < legs.leaves)
        assert (entered - left == np.bincount(legs.segment[there], minlength=segments)).all()
    assert truth.on_segment.sum() * BIN_S == pytest.approx((legs.leaves - legs.enters).sum())
    some = (legs.enters < 36_000) & (legs.leaves > 35_700)
    spent = np.minimum(legs.leaves, 36_000) - np.maximum(legs.enters, 35_700)
    assert truth.on_segment[119].sum() * BIN_S == pytest.approx(spent[some].sum())


def test_every_leg_goes_on_from_the_one_before_and_takes_its_time(
    town: Setting, truth: Truth
) -> None:
    legs = truth.legs
    order = np.lexsort((legs.enters, legs.trip))
    trip, segment, way = legs.trip[order], legs.segment[order], legs.direction[order]
    start = town.ways.ends[segment, way]
    end = town.ways.ends[segment, 1 - way]
    same = np.flatnonzero(trip[1:] == trip[:-1])
    assert (start[same + 1] == end[same]).all()
    first = np.flatnonzero(np.r_[True, trip[1:] != trip[:-1]])
    assert (start[first] == truth.trips.origin[trip[first]]).all()
    speed = town.ways.length[legs.segment] / (legs.leaves - legs.enters)
    assert speed.min() > 0.5
    assert speed.max() < 2.1


def test_places_fill_and_empty_with_those_who_come_and_go(town: Setting, truth: Truth) -> None:
    indoors = np.flatnonzero(town.places.pull["stop"] == 0)
    trips = truth.trips
    for place in indoors.tolist():
        for end in (100, 150, 222):
            at = (end + 1) * BIN_S
            come = (trips.place == place) & (trips.arrives <= at)
            gone = (trips.origin_place == place) & (trips.departs <= at)
            assert truth.at_place[end, place] == come.sum() - gone.sum()


def test_tables_of_trips_add_up(truth: Truth) -> None:
    assert truth.od.sum() == len(truth.trips.person)
    for k in range(len(PURPOSES)):
        assert truth.od[k].sum() == (truth.trips.purpose == k).sum()


def test_the_week_has_its_rhythm(town: Setting) -> None:
    prayer, school = PURPOSES.index("prayer"), PURPOSES.index("school")
    od = {day: simulate(town, day).od.sum(axis=(1, 2)) for day in (THURSDAY, FRIDAY, SUNDAY)}
    assert od[FRIDAY][prayer] > 1.5 * od[THURSDAY][prayer]
    assert od[SUNDAY][school] == 0 < od[FRIDAY][school]
    assert od[SUNDAY][PURPOSES.index("leisure")] > 1.5 * od[THURSDAY][PURPOSES.index("leisure")]
    holiday = replace(town, holidays=frozenset({THURSDAY}))
    assert simulate(holiday, THURSDAY).od[school].sum() == 0


def test_rain_keeps_people_from_the_shore_but_not_from_work(town: Setting) -> None:
    dry = simulate(town, FRIDAY).od.sum(axis=(1, 2))
    wet = simulate(replace(town, rain={FRIDAY: np.full(288, 1.5)}), FRIDAY).od.sum(axis=(1, 2))
    leisure, work = PURPOSES.index("leisure"), PURPOSES.index("work")
    assert wet[leisure] < 0.4 * dry[leisure]
    assert wet[work] > 0.8 * dry[work]


@pytest.fixture(scope="module")
def feast(town: Setting) -> Event:
    return Event(
        name="feast",
        day=THURSDAY,
        place=town.places.index("market 1"),
        begins=17.5 * 3600,
        peak=19 * 3600,
        ends=22 * 3600,
        visitors=300,
        procession=Procession(gathers=town.places.index("mosque 1"), leaves=18.5 * 3600),
    )


def test_a_festival_fills_its_place_in_its_time(town: Setting, truth: Truth, feast: Event) -> None:
    busy = simulate(replace(town, events=(feast,)), THURSDAY)
    more = busy.at_place[:, feast.place] - truth.at_place[:, feast.place]
    assert more[210:216].min() > -10
    crowd = busy.at_place[:, feast.place]
    assert crowd[:208].max() < 60 < 200 < crowd[222:234].max()
    assert (np.diff(crowd[211:225:3]) > 0).all()
    assert crowd[270] < 20
    gathered = busy.at_place[:, town.places.index("mosque 1")]
    assert gathered[216:222].max() > 30 > gathered[230]


def test_a_closed_street_is_entered_no_more_and_others_carry_its_people(
    town: Setting, feast: Event
) -> None:
    open_ = simulate(replace(town, events=(feast,)), THURSDAY)
    busiest = int(open_.flow[222:].sum(axis=(0, 2)).argmax())
    shut = Closed((busiest,), 18.5 * 3600, 21 * 3600)
    closed = simulate(replace(town, events=(feast,), closures={THURSDAY: (shut,)}), THURSDAY)
    legs = closed.legs
    there = legs.enters[legs.segment == busiest]
    assert not ((shut.begins <= there) & (there < shut.ends)).any()
    assert (there < shut.begins).any()
    assert (there >= shut.ends).any()
    assert (closed.flow[:222] == open_.flow[:222]).all()
    others = np.delete(np.arange(len(town.ways.length)), busiest)
    gained = closed.flow[222:252, others].sum() - open_.flow[222:252, others].sum()
    assert gained > 0


def test_a_closure_that_cuts_places_off_is_refused() -> None:
    town = grid_town(seed=1)
    corner = np.flatnonzero((town.ways.ends == 0).any(axis=1))
    shut = replace(town, closures={FRIDAY: (Closed(tuple(corner.tolist()), 0.0),)})
    with pytest.raises(SolutionError, match="cuts 1 corners off"):
        simulate(shut, FRIDAY)


def test_a_network_in_pieces_or_with_wrong_arrays_is_refused() -> None:
    ways = grid_town(seed=1).ways
    apart = Walkways(
        np.vstack([ways.nodes, [[9e3, 9e3]]]),
        ways.ends,
        ways.length,
        ways.width,
        ways.detour,
        np.append(ways.zone, 0),
    )
    with pytest.raises(SolutionError, match="in pieces: no way leads from node 0 to node 72"):
        Routes(apart, seed=1)
    with pytest.raises(SolutionError, match="127 lengths has 126 pairs"):
        replace(ways, ends=ways.ends[:-1])
    with pytest.raises(SolutionError, match="segment 3 is 0 m long"):
        replace(ways, length=np.where(np.arange(127) == 3, 0.0, ways.length))


def test_ways_are_the_shortest_where_all_agree() -> None:
    ways = grid_town(seed=1).ways
    routes = Routes(ways, seed=1)
    steps = np.abs(ways.nodes[:, None] - ways.nodes[None]).sum(axis=2)
    assert np.allclose(routes.distance, steps)
