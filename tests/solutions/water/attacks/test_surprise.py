"""Surprise is −ln of the share of normal rows that are as far out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kota.solutions.water.attacks.surprise import MOST, Surprise

NORMAL = np.random.default_rng(5).exponential(size=5000)


@pytest.mark.parametrize("share", [0.5, 0.1, 0.02])
def test_a_quantile_is_as_surprising_as_its_share(share: float) -> None:
    value = np.quantile(NORMAL, [1 - share])
    assert Surprise.learn(NORMAL, least=0.1).of(value)[0] == pytest.approx(-np.log(share), abs=0.02)


def test_beyond_all_normal_rows_it_follows_the_tail() -> None:
    told = Surprise.learn(NORMAL, least=0.1).of(np.array([14.0]))[0]
    assert told == pytest.approx(14.0, rel=0.15)


@given(st.floats(0, 1e6), st.floats(0, 1e6))
def test_more_is_never_less_surprising(a: float, b: float) -> None:
    low, high = Surprise.learn(NORMAL, least=0.1).of(np.array(sorted((a, b))))
    assert 0.0 <= low <= high <= MOST


def test_values_that_hardly_vary_fall_by_the_least() -> None:
    told = Surprise.learn(np.zeros(1000), least=2.0).of(np.array([0.0, 2.0]))
    assert told == pytest.approx([0.0, np.log(1000) + 1.0])
