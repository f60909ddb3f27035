"""The worst case of what nobody sees."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kota.solutions.sewage.observer import Observer
from kota.solutions.sewage.surge import Surge

STEP_H = 1 / 60
SEEN, BLIND = np.array([True]), np.array([False])


def watched(rain: float | None = 5.0) -> tuple[Observer, Surge]:
    observer = Observer(np.array([0.5]))
    observer.state[0] = [0.3, 0.5, 1.0]
    observer.covariance[0] = np.diag([1e-5, 1e-3, 1e-3])
    surge = Surge(np.array([0.5]))
    for _ in range(60):
        blind(observer, surge, 1, SEEN, rain)
    return observer, surge


def blind(
    observer: Observer, surge: Surge, steps: int, seen: np.ndarray = BLIND, rain: float | None = 5.0
) -> None:
    for _ in range(steps):
        surge.update(
            observer,
            upper=np.array([0.3]),
            hours=STEP_H,
            settings=np.array([0.0]),
            seen=seen,
            rain=rain,
        )


def test_a_storage_that_is_not_seen_may_be_full_after_its_room_over_its_inflow_at_the_latest() -> (
    None
):
    observer, surge = watched()
    blind(observer, surge, 84)
    assert surge.fullest[0] == 1.0


def test_inflow_is_thought_to_grow_no_more_once_the_rain_abates() -> None:
    observer, surge = watched()
    blind(observer, surge, 30, rain=1.0)
    abated = surge.inflow[0]
    observer, surge = watched()
    blind(observer, surge, 30)
    assert abated == 0.5 < surge.inflow[0]


def test_a_cloudburst_that_is_heard_raises_what_may_flow_in() -> None:
    observer, surge = watched()
    blind(observer, surge, 30, rain=50.0)
    assert surge.inflow[0] > 2.0


@given(st.integers(1, 200), st.one_of(st.none(), st.floats(0, 200)))
def test_the_worst_case_is_never_better_than_what_is_expected(
    steps: int, rain: float | None
) -> None:
    observer, surge = watched(rain)
    before = surge.fullest[0]
    blind(observer, surge, steps, rain=rain)
    assert surge.inflow[0] >= observer.inflow[0]
    assert before <= surge.fullest[0] <= 1.0
