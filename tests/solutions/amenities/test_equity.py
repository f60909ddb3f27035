"""How evenly access is spread, and what is near."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kota.solutions.amenities.equity import by_group, gini, quantile, spread, tail_mean
from kota.solutions.amenities.opportunities import cumulative, nearest
from kota.solutions.amenities.pairs import Pairs

amounts = st.lists(st.tuples(st.floats(0, 1e3), st.integers(1, 50)), min_size=1, max_size=12)


@given(amounts)
def test_gini_is_half_the_mean_difference_of_two_people(places: list[tuple[float, int]]) -> None:
    amount = np.array([a for a, _ in places])
    people = np.array([float(p) for _, p in places])
    each = np.repeat(amount, people.astype(int))
    if each.mean() > 1e-6:
        by_pairs = np.abs(each[:, None] - each).mean() / (2 * each.mean())
        assert gini(amount, people) == pytest.approx(by_pairs, abs=1e-9)
    else:
        assert gini(amount, people) >= 0


@given(amounts)
def test_quantiles_and_tails_are_those_of_single_people(places: list[tuple[float, int]]) -> None:
    amount = np.array([a for a, _ in places])
    people = np.array([float(p) for _, p in places]) * 10
    each = np.sort(np.repeat(amount, people.astype(int)))
    assert tail_mean(amount, people, 0.1) == pytest.approx(each[: len(each) // 10].mean())
    assert quantile(amount, people, 0.9) == each[int(np.ceil(0.9 * len(each))) - 1]


def test_walks_that_cannot_be_made_are_counted_apart() -> None:
    found = spread(np.array([100.0, 300.0, np.inf]), np.array([5.0, 4.0, 1.0]), less_is_better=True)
    assert found.without == pytest.approx(0.1)
    assert found.people == 10
    assert found.mean == pytest.approx(1700 / 9)
    assert found.p90 == 300
    assert found.worst_decile == 300


def test_groups_are_told_apart() -> None:
    found = by_group(np.array([1.0, 2.0, 3.0]), np.ones(3), ["a", "b", "b"])
    assert {name: one.mean for name, one in found.items()} == {"a": 1.0, "b": 2.5}


def test_nearest_supplies_come_in_order_and_missing_ones_are_infinite() -> None:
    pairs = Pairs.of([0, 0, 0, 2], [0, 1, 2, 1], [9.0, 3.0, 5.0, 1.0], shape=(3, 3))
    costs, which = nearest(pairs, 2)
    assert costs.tolist() == [[3.0, 5.0], [np.inf, np.inf], [1.0, np.inf]]
    assert which.tolist() == [[1, 2], [-1, -1], [1, -1]]


def test_cumulative_opportunities_count_what_is_within_reach() -> None:
    pairs = Pairs.of([0, 0, 1], [0, 1, 1], [5.0, 15.0, 10.0], shape=(2, 2))
    assert cumulative(pairs, np.array([2.0, 3.0]), limit=10.0).tolist() == [2.0, 3.0]
