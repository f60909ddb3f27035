"""Surprising hours make an attack likely, quiet ones end it, and later ones change nothing."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kota.solutions.water.attacks.episode import Episodes

hours = st.lists(st.floats(0, 40), min_size=1, max_size=60)


@given(hours, st.integers(1, 60))
def test_later_hours_change_nothing(told: list[float], cut: int) -> None:
    whole = Episodes().probability(np.array(told))
    np.testing.assert_array_equal(Episodes().probability(np.array(told[:cut])), whole[:cut])


@given(hours, st.integers(0, 59), st.floats(0, 20))
def test_a_more_surprising_hour_is_never_less_likely_an_attack(
    told: list[float], where: int, more: float
) -> None:
    before = np.array(told)
    after = before.copy()
    after[where % len(after)] += more
    low, high = Episodes().probability(before), Episodes().probability(after)
    assert (high >= low - 1e-12).all()
    assert (high <= 1.0).all()
    assert (low >= 0.0).all()


def test_normal_hours_are_not_flagged_and_an_attack_is_held_over_a_quiet_hour() -> None:
    quiet = np.random.default_rng(1).exponential(size=500)
    assert Episodes().flags(quiet).mean() < 0.02
    told = np.concatenate([quiet[:50], np.full(10, 20.0), [0.5], np.full(5, 20.0), quiet[:50]])
    flags = Episodes().flags(told)
    assert flags[50:66].all()
    assert not flags[-30:].any()
