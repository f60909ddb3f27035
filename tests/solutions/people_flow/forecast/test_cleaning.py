"""Faults of counters are found, when they could be known and not before."""

from __future__ import annotations

import numpy as np
import pytest
from tests.solutions.people_flow.forecast.made_up_counts import START, made_up

from kota.solutions.people_flow.forecast.cleaning import (
    KINDS,
    NEVER,
    Clean,
    describe,
    doubts,
    find_faults,
    impute,
)
from kota.solutions.people_flow.forecast.counts import DAY, WEEK, Counts

NOON = 6 * WEEK + 8
"""A Monday at eight, seven weeks in."""


def with_values(rows: slice, values: object, sensor: int = 3) -> Counts:
    counts = made_up(8)
    changed = counts.values.copy()
    changed[rows, sensor] = values
    return Counts(counts.sensors, counts.start, changed)


def kinds(counts: Counts) -> set[str]:
    return {finding.kind for finding in describe(counts, find_faults(counts))}


def test_honest_counts_have_no_fault() -> None:
    assert kinds(made_up(12)) == set()


@pytest.mark.parametrize(
    ("kind", "hours", "make"),
    [
        ("stuck", 6, lambda v: np.full(6, 321.0)),
        ("dead", 10, lambda v: np.zeros(10)),
        ("repeats yesterday", 24, lambda v: v[NOON - DAY : NOON]),
        ("repeats last week", 24, lambda v: v[NOON - WEEK : NOON - WEEK + DAY]),
        ("impossible", 1, lambda v: np.array([50_000.0])),
    ],
)
def test_a_fault_is_found_and_withheld(kind: str, hours: int, make: object) -> None:
    rows = slice(NOON, NOON + hours)
    counts = with_values(rows, make(made_up(8).values[:, 3]))  # type: ignore[operator]
    faults = find_faults(counts)
    assert kinds(counts) == {kind}
    assert (faults.kind[rows, 3] == KINDS.index(kind)).mean() > 0.8
    shown = Clean(counts, faults).between(counts.start, counts.end, counts.end)
    assert np.isnan(shown[rows, 3]).mean() > 0.8
    assert np.isnan(shown).sum() == (faults.known < NEVER).sum()


def test_a_fault_is_withheld_only_once_it_could_be_known() -> None:
    counts = with_values(slice(NOON, NOON + 10), 0.0)
    clean = Clean(counts, find_faults(counts))
    first, begin = counts.start, counts.start + NOON
    early = clean.between(first, begin + 3, begin + 3)
    assert not np.isnan(early).any()
    late = clean.between(first, begin + 10, begin + 10)
    assert np.isnan(late[NOON:, 3]).all()


@pytest.mark.parametrize("cut", [NOON + 2, NOON + 5, NOON + 11, 7 * WEEK])
def test_what_comes_later_changes_nothing_that_was_known(cut: int) -> None:
    counts = with_values(slice(NOON, NOON + 10), 0.0)
    short = Counts(counts.sensors, counts.start, counts.values[:cut])
    at = START + cut
    whole = Clean(counts, find_faults(counts)).between(START, at, at)
    part = Clean(short, find_faults(short)).between(START, at, at)
    np.testing.assert_array_equal(whole, part)


def test_a_doubling_is_said_and_not_withheld() -> None:
    counts = made_up(14, sensors=9)
    changed = counts.values.copy()
    changed[-4 * DAY :, 2] *= 2
    doubled = Counts(counts.sensors, counts.start, changed)
    found = doubts(doubled, find_faults(doubled), doubled.end)
    assert [(one.kind, one.sensor) for one in found] == [("double count", "S2")]
    assert doubts(counts, find_faults(counts), counts.end) == []


def test_a_drift_is_said() -> None:
    counts = made_up(14, sensors=9)
    fading = np.exp(-np.linspace(0.0, 1.0, len(counts.values)))
    changed = counts.values.copy()
    changed[:, 4] *= fading
    drifting = Counts(counts.sensors, counts.start, changed)
    found = doubts(drifting, find_faults(drifting), drifting.end)
    assert [(one.kind, one.sensor) for one in found] == [("drift", "S4")]


def test_what_is_missing_is_filled_and_flagged() -> None:
    values, expected = np.array([[1.0, np.nan], [np.nan, 4.0]]), np.array([[9.0, np.nan], [7, 7]])
    filled, flags = impute(values, expected)
    np.testing.assert_array_equal(filled, [[1, np.nan], [7, 4]])
    np.testing.assert_array_equal(flags, [[False, False], [True, False]])
