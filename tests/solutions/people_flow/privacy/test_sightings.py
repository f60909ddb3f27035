"""Devices are counted, few of them are not told apart, and all are forgotten."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from kota.model.instant import HOUR, MINUTE, SECOND
from kota.solutions.people_flow.privacy.sightings import (
    LATE_IN_A_ROW,
    Counted,
    Crowd,
    Presence,
    Rules,
    Transition,
)
from kota.solutions.people_flow.privacy.sightings_tasks import statements

T0 = 1_764_324_000 * SECOND // HOUR * HOUR


def later(crowd: Crowd, at: int = T0 + 4 * HOUR) -> Counted:
    """What is complete once a stranger has been heard much later."""
    crowd.add("far", "stranger", at)
    return crowd.take()


def test_a_device_counts_once_in_an_interval_however_often_it_is_heard() -> None:
    crowd = Crowd()
    for second in range(0, 300, 10):
        crowd.add("w1", "a", T0 + second * SECOND)
    crowd.add("w1", "b", T0 + 299 * SECOND, randomised=True)
    (presence, *_) = later(crowd).presence
    assert (presence.receiver, presence.at, presence.devices) == ("w1", T0 + 5 * MINUTE, 2)
    assert presence.randomised == 0.5


def test_an_interval_is_told_once_and_only_when_late_sightings_had_their_time() -> None:
    crowd = Crowd()
    crowd.add("w1", "a", T0)
    crowd.add("w1", "b", T0 + 6 * MINUTE)
    assert crowd.take().presence == ()
    crowd.add("w1", "b", T0 + 7 * MINUTE)
    assert [one.at for one in crowd.take().presence] == [T0 + 5 * MINUTE]
    crowd.add("w1", "late", T0 + MINUTE)
    assert (crowd.take().presence, crowd.late) == ((), 1)


def walk(crowd: Crowd, device: str, minutes: int = 8, at: int = T0) -> None:
    crowd.add("w1", device, at)
    crowd.add("w2", device, at + minutes * MINUTE)


def test_a_transition_of_fewer_than_the_minimum_cell_is_not_told() -> None:
    for people, told in ((9, 0), (10, 1)):
        crowd = Crowd()
        for k in range(people):
            walk(crowd, f"d{k}")
        assert len(later(crowd).transitions) == told


def test_one_person_who_goes_back_and_forth_does_not_fill_a_cell() -> None:
    crowd = Crowd()
    for k in range(20):
        crowd.add("w1" if k % 2 else "w2", "restless", T0 + k * 2 * MINUTE)
    found = later(crowd)
    assert (found.transitions, found.dwell) == ((), ())


def test_transitions_name_the_hour_in_which_people_arrived() -> None:
    crowd = Crowd()
    for k in range(12):
        walk(crowd, f"d{k}", at=T0 + 55 * MINUTE)
    assert later(crowd).transitions == (Transition("w1", "w2", T0 + 2 * HOUR, 12),)


def test_receivers_that_hear_a_device_at_once_make_no_transition() -> None:
    crowd = Crowd()
    for k in range(15):
        for second in range(0, 120, 5):
            crowd.add("w1" if second % 10 else "w2", f"d{k}", T0 + second * SECOND)
    assert later(crowd).transitions == ()


def test_dwell_is_told_by_class_with_small_classes_left_out() -> None:
    crowd = Crowd()
    for k in range(30):
        crowd.add("w1", f"d{k}", T0)
        if k >= 5:
            crowd.add("w1", f"d{k}", T0 + 7 * MINUTE)
    (dwell,) = later(crowd).dwell
    assert dwell.devices == (None, None, 25, None, None)


def test_a_stay_ends_with_its_address_only_where_the_address_lasts() -> None:
    crowd = Crowd()
    for k in range(12):
        for minute in (0, 8, 16, 20):
            crowd.add("w1", f"d{k}", T0 + minute * MINUTE)
        crowd.add("w1", f"drawn-{k}", T0, randomised=True)
    (dwell,) = later(crowd).dwell
    assert dwell.devices == (None, None, None, 12, None)
    assert dwell.mean == 20.0
    presence = Presence("w1", dwell.at + 5 * MINUTE, 30, 0.5)
    (said,) = statements(Counted(presence=(presence,)), Rules(), {"w1": dwell})
    assert said.readings["dwellTime"].value == 20.0
    old = Presence("w1", dwell.at + 5 * HOUR, 30, 0.5)
    (said,) = statements(Counted(presence=(old,)), Rules(), {"w1": dwell})
    assert "dwellTime" not in said.readings


def test_nobody_is_remembered_beyond_a_chain() -> None:
    crowd = Crowd()
    for k in range(100):
        walk(crowd, f"device-{k}")
    crowd.take()
    assert crowd.followed == 100
    later(crowd)
    assert crowd.followed == 1
    assert "device-" not in str(vars(crowd))


def test_one_late_sighting_is_left_out_but_time_that_goes_back_begins_anew() -> None:
    crowd = Crowd()
    crowd.add("w1", "a", T0 + 10 * HOUR)
    crowd.take()
    for k in range(LATE_IN_A_ROW):
        crowd.add("w1", f"d{k}", T0)
    crowd.add("w1", "next", T0 + 20 * MINUTE)
    assert [one.at for one in crowd.take().presence] == [T0 + 5 * MINUTE]


@given(
    st.lists(st.tuples(st.sampled_from("ABC"), st.integers(0, 30), st.integers(0, 7200))),
    st.integers(1, 12),
    st.randoms(use_true_random=False),
)
def test_no_cell_that_is_told_holds_fewer_than_the_minimum(
    rows: list[tuple[str, int, int]], min_cell: int, rng: random.Random
) -> None:
    crowd = Crowd(Rules(min_cell=min_cell))
    heard: dict[str, set[int]] = {name: set() for name in "ABC"}
    for receiver, device, second in sorted(rows, key=lambda row: row[2] + rng.random()):
        crowd.add(receiver, f"d{device}", T0 + second * SECOND)
        heard[receiver].add(device)
    found = later(crowd)
    for move in found.transitions:
        assert min_cell <= move.devices <= len(heard[move.origin] & heard[move.destination])
    for stay in found.dwell:
        assert all(n is None or min_cell <= n <= len(heard[stay.receiver]) for n in stay.devices)


def test_statements_say_that_devices_are_not_people() -> None:
    crowd = Crowd()
    for k in range(12):
        walk(crowd, f"d{k}")
    said = statements(later(crowd), crowd.rules)
    count = said[0].readings["peopleCount"]
    assert count.quality is not None
    assert "not people" in str(count.quality.reason)
    flow = next(one for one in said if one.type == "OriginDestinationFlow")
    assert flow.readings["origin"].value == "w1"
    assert not any(f"d{k}'" in str(said) for k in range(12))
