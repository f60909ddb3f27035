"""Sharing a budget."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kota.solutions.sewage.sharing import share_release

storage = st.tuples(st.floats(0, 2), st.floats(10, 1e5), st.floats(0, 1e4))


@given(st.lists(storage, min_size=1, max_size=12), st.floats(0, 2e4), st.floats(0.1, 2))
def test_releases_fit_budget_and_bounds_and_the_fullest_comes_first(
    storages: list[tuple[float, float, float]], budget: float, hours: float
) -> None:
    ahead, volume, most = (np.array(each) for each in zip(*storages, strict=True))
    released = share_release(ahead, volume, most, budget=budget, hours=hours)
    assert (released >= 0).all()
    assert (released <= most).all()
    assert released.sum() <= max(budget, 0) * (1 + 1e-9) + 1e-6
    after = ahead - released * hours / volume
    spare, used = released < most - 1e-6, released > 1e-6
    if spare.any() and used.any():
        assert after[spare].max() <= after[used].min() + max(1e-3, 1e-3 * abs(after).max()) or (
            released.sum() <= budget
        )
