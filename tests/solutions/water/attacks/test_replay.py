"""Repetitions of a signal's own past tell as much as their values are rare."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kota.solutions.water.attacks.replay import rarity, repeats


def walk(rows: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.cumsum(rng.integers(-20, 21, size=(rows, 2)), axis=0) / 100.0


def test_a_replay_tells_more_than_any_normal_row() -> None:
    normal, later = walk(2000, 1), walk(600, 2)
    tables = rarity(normal)
    usual = repeats(normal, tables).max()
    later[400:430, 0] = later[300:330, 0]
    told = repeats(later, tables)
    assert told[405:430, 0].min() > usual
    assert told[:400].max() <= usual * 1.5


def test_a_signal_that_stands_still_tells_nothing() -> None:
    tables = rarity(walk(2000, 1))
    assert repeats(np.full((300, 2), 3.0), tables).max() == 0.0


def test_a_signal_that_rarely_moves_tells_nothing() -> None:
    normal = walk(2000, 1)
    normal[:, 1] = 0.0
    normal[500:510, 1] = 1.0
    later = np.zeros((300, 2))
    later[::50, 1] = 1.0
    assert repeats(later, rarity(normal))[:, 1].max() == 0.0


@given(st.integers(0, 1000), st.integers(2, 200))
def test_later_rows_change_nothing(seed: int, cut: int) -> None:
    tables, later = rarity(walk(300, 0)), walk(200, seed)
    whole = repeats(later, tables, lags=60)
    np.testing.assert_array_equal(repeats(later[:cut], tables, lags=60), whole[:cut])
