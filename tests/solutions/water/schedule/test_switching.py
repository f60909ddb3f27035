"""Switches stay in order, and what a pump does can be counted."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kota.solutions.water.schedule.moves import Moves
from kota.solutions.water.schedule.switching import Switching

DAY = 86_400
TIMES = st.lists(st.integers(-3600, DAY + 3600), max_size=12)


@given(first=st.booleans(), times=TIMES)
def test_tidied_switches_grow_within_the_day(first: bool, times: list[int]) -> None:
    one = Switching.tidy(first, times, DAY)
    assert list(one.times) == sorted(set(one.times))
    assert all(0 < time < DAY for time in one.times)
    assert Switching.tidy(one.first, one.times, DAY) == one


@given(first=st.booleans(), times=TIMES)
def test_hours_add_up_to_the_running_of_the_day(first: bool, times: list[int]) -> None:
    one = Switching.tidy(first, times, DAY)
    hours = [one.running(begin, begin + 3600) for begin in range(0, DAY, 3600)]
    assert sum(hours) == one.running(0, DAY)
    other = Switching(not one.first, one.times)
    assert one.running(0, DAY) + other.running(0, DAY) == DAY


def test_a_pump_that_stood_before_starts_at_the_beginning() -> None:
    one = Switching(True, (3600, 7200, 9000))
    assert one.starts(ran_before=True) == 1
    assert one.starts(ran_before=False) == 2


def test_a_run_or_a_pause_that_is_too_short_is_not_steady() -> None:
    assert Switching(False, (600, 1500, 2100)).steady(900, 600)
    assert not Switching(False, (600, 1400, 2100)).steady(900, 600)
    assert not Switching(False, (600, 1500, 2000)).steady(900, 600)


@pytest.mark.parametrize("seed", range(5))
def test_every_move_leads_to_a_tidy_schedule(seed: int) -> None:
    rng = Random(seed)
    moves = Moves(DAY, 300, (7 * 3600, 22 * 3600))
    schedule = (Switching(True, (3600, 7200, 50_000)), Switching(False), Switching(True, (9000,)))
    changed = 0
    for _ in range(2000):
        tried = moves.draw(schedule, rng)
        if tried is None:
            continue
        assert all(Switching.tidy(one.first, one.times, DAY) == one for one in tried)
        changed += tried != schedule
        schedule = tried
    assert changed > 500
