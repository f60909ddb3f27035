"""Weights stay a mean, and go to who is right."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from kota.solutions.people_flow.forecast.intervals import LEVELS, Spread
from kota.solutions.people_flow.forecast.mix import Mixture


def test_the_weight_goes_to_the_expert_that_is_right_and_comes_back_after_a_change() -> None:
    mixture = Mixture(1, np.full(3, 1 / 3), 2)
    said = np.stack([np.full((24, 2), value) for value in (100.0, 150.0, 300.0)])
    for right in (0, 2):
        for _ in range(15):
            mixture.learn([said], said[right])
        assert np.abs(mixture.mixed(said, 0) - said[right]).max() < 10.0


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**31), st.floats(0.0, 1e5))
def test_a_mixture_lies_between_its_experts_whatever_has_come(seed: int, size: float) -> None:
    rng = np.random.default_rng(seed)
    mixture = Mixture(2, np.array([0.1, 0.2, 0.3, 0.4]), 3)
    for _ in range(6):
        said = rng.uniform(0, 1, (4, 24, 3)) * size
        truth = np.where(rng.random((24, 3)) < 0.2, np.nan, rng.uniform(0, 1, (24, 3)) * size)
        mixture.learn([said, None], truth)
        np.testing.assert_allclose(mixture.weights.sum(axis=1), 1.0)
        mixed = mixture.mixed(said, 0)
        assert (mixed >= said.min(axis=0) - 1e-6).all()
        assert (mixed <= said.max(axis=0) + 1e-6).all()


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**31), st.floats(0.05, 1.0))
def test_quantiles_cover_what_they_say(seed: int, scale: float) -> None:
    rng = np.random.default_rng(seed)
    spread = Spread(1, 30)
    for _ in range(56):
        spread.learn(rng.normal(0, scale, (1, 24, 30)), special=False)
    found = spread.quantiles(0)
    fresh = rng.normal(0, scale, (24, 30))
    low, high = found[LEVELS.index(0.1)], found[LEVELS.index(0.9)]
    assert 0.74 < ((fresh >= low) & (fresh <= high)).mean() < 0.9
    assert (np.diff(found, axis=0) >= 0).all()


def test_special_days_do_not_widen_ordinary_ones_and_are_wider_themselves() -> None:
    rng = np.random.default_rng(1)
    spread = Spread(1, 5)
    for day in range(28):
        special = day % 7 == 6
        spread.learn(rng.normal(0, 0.9 if special else 0.2, (1, 24, 5)), special=special)
    assert 2.0 < spread.widening <= 3.0
    assert np.abs(spread.quantiles(0)).max() < 1.0
