"""Counters and gates see the truth with errors, faults among them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from kota.solutions.people_flow.pedestrians.crowd import Setting
from kota.solutions.people_flow.pedestrians.day import simulate
from kota.solutions.people_flow.pedestrians.example import grid_town
from kota.solutions.people_flow.pedestrians.sensing import (
    COUNTER_FLAWS,
    Counter,
    Counting,
    Flaws,
    Gate,
    counters,
    gates,
)
from kota.solutions.people_flow.pedestrians.truth import Truth

DAY = date(2025, 11, 27)
PERFECT = Flaws((0, 0), 0, (0, 0), 0, 0, 0, 0, 0, 0, 0, 0)


@pytest.fixture(scope="module")
def town() -> Setting:
    return grid_town(seed=5)


@pytest.fixture(scope="module")
def play(town: Setting) -> Callable[[date], Truth]:
    return lambda day: simulate(town, day)


def flow(truth: Truth) -> np.ndarray:
    return truth.flow


def test_a_perfect_device_says_the_truth(play: Callable[[date], Truth]) -> None:
    said = Counting(flow, 127, PERFECT, seed=1).read(DAY, play)
    assert (said.counts == play(DAY).flow).all()
    assert said.heard.all()


def test_a_counter_looks_the_way_it_was_hung(play: Callable[[date], Truth]) -> None:
    segment = int(play(DAY).flow.sum(axis=(0, 2)).argmax())
    pair = (Counter("A", "a", segment, 0), Counter("B", "b", segment, 1))
    said = counters(pair, seed=1, flaws=PERFECT).read(DAY, play).counts
    truth = play(DAY).flow[:, segment]
    assert (said[:, 0] == truth).all()
    assert (said[:, 1] == truth[:, ::-1]).all()


def test_the_same_seed_and_day_say_the_same(play: Callable[[date], Truth]) -> None:
    one, other = (Counting(flow, 127, COUNTER_FLAWS, seed=s).read(DAY, play) for s in (1, 1))
    third = Counting(flow, 127, COUNTER_FLAWS, seed=2).read(DAY, play)
    assert (one.counts == other.counts).all()
    assert (one.heard == other.heard).all()
    assert (one.counts != third.counts).any()


def test_counters_miss_more_than_they_invent(play: Callable[[date], Truth]) -> None:
    flaws = replace(COUNTER_FLAWS, stuck=0.0, repeating=0.0, drifting=0.0, ghosts=0.0)
    days = [DAY - timedelta(days=k) for k in range(4)]
    counting = Counting(flow, 127, flaws, seed=3)
    said = sum(counting.read(day, play).counts.sum() for day in days)
    truth = sum(play(day).flow.sum() for day in days)
    assert 0.88 < said / truth < 0.99


def test_a_drifting_counter_sees_less_until_it_is_cleaned(play: Callable[[date], Truth]) -> None:
    flaws = replace(PERFECT, drifting=1.0, drift=0.01)
    counting = Counting(flow, 127, flaws, seed=3)
    days = [DAY - timedelta(days=k) for k in range(45)]
    share = np.array(
        [counting.read(d, play).counts.sum((0, 2)) / play(d).flow.sum((0, 2)) for d in days]
    )
    assert share.min(axis=0).max() < 0.85
    assert share.max(axis=0).min() > 0.85


def test_a_counter_repeats_yesterday_where_it_fails_so(play: Callable[[date], Truth]) -> None:
    flaws = replace(PERFECT, repeating=1.0)
    said = Counting(flow, 127, flaws, seed=1).read(DAY, play)
    assert (said.counts == play(DAY - timedelta(days=1)).flow).all()


def test_a_stuck_counter_says_one_number_for_hours(play: Callable[[date], Truth]) -> None:
    flaws = replace(PERFECT, stuck=1.0)
    said = Counting(flow, 127, flaws, seed=1).read(DAY, play).counts.sum(axis=2)
    truth = play(DAY).flow.sum(axis=2)
    wrong = said != truth
    assert wrong.any()
    for k in np.flatnonzero(wrong.any(axis=0)).tolist():
        first, last = np.flatnonzero(wrong[:, k])[[0, -1]]
        assert len(set(said[first : last + 1, k].tolist())) == 1
        assert last - first < 62


def test_a_silent_counter_is_not_heard_for_hours(play: Callable[[date], Truth]) -> None:
    heard = Counting(flow, 127, replace(PERFECT, silent=1.0), seed=1).read(DAY, play).heard
    hours = (~heard).sum(axis=0) / 12
    assert hours.max() <= 6.1
    assert np.median(hours) > 1


def test_gates_count_who_comes_and_who_goes_by_bus(
    town: Setting, play: Callable[[date], Truth]
) -> None:
    place = town.places.index("stop 1")
    said = gates((Gate("G", "g", place),), seed=1).read(DAY, play).counts.sum(axis=0)
    trips = play(DAY).trips
    come, go = (trips.origin_place == place).sum(), (trips.place == place).sum()
    assert said[0] == pytest.approx([go, come], rel=0.03)
    assert come > 50
