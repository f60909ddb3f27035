"""Crowding is foreseen, in time, not in vain, and by the past alone."""

from __future__ import annotations

import numpy as np
import pytest

from kota.errors import SolutionError
from kota.solutions.people_flow.streets.crowding import WEEK, SurgeDetector, Usual

LIMIT = np.array([600.0, 400.0])


def ordinary(weeks: int, *, seed: int) -> np.ndarray:
    """Two places with a daily rise to half of what they hold, and chance."""
    rng = np.random.default_rng(seed)
    hour = np.arange(weeks * WEEK) % 288 / 12
    mean = np.stack([300 * np.exp(-(((hour - 13) / 1.5) ** 2)), 150 + 50 * np.sin(hour)], axis=1)
    return rng.poisson(mean).astype(float)


def gathered(present: np.ndarray, start: int, *, rise: int, size: float) -> np.ndarray:
    """With a crowd at the first place that grows to `size` in `rise` steps, stays and goes."""
    shape = np.concatenate([(np.arange(rise) / rise) ** 2, np.ones(12), np.linspace(1, 0, 6)])
    more = present.copy()
    more[start : start + len(shape), 0] += size * shape
    return more


def alarms(present: np.ndarray, detector: SurgeDetector, first: int) -> np.ndarray:
    began = [detector.update(row, first + k).began for k, row in enumerate(present)]
    return np.array(began)


@pytest.mark.parametrize(("rise", "start"), [(18, 200), (12, 500), (24, 1100)])
def test_a_gathering_is_foreseen_twenty_minutes_before_it_is_too_crowded(
    rise: int, start: int
) -> None:
    past, now = ordinary(3, seed=1), ordinary(1, seed=2)
    now = gathered(now, start, rise=rise, size=1200)
    began = alarms(now, SurgeDetector(LIMIT, Usual(past, first=0)), 0)
    crossed = int(np.flatnonzero(now[:, 0] > LIMIT[0])[0])
    first = int(np.flatnonzero(began[:, 0])[0])
    assert start <= first <= crossed - 4
    assert began[:, 0].sum() == 1
    assert not began[:, 1].any()


def test_ordinary_weeks_raise_nothing() -> None:
    detector = SurgeDetector(LIMIT, Usual(ordinary(3, seed=3), first=0))
    assert not alarms(ordinary(2, seed=4), detector, 0).any()


def test_a_crowd_that_leaves_raises_nothing_new() -> None:
    now = gathered(ordinary(1, seed=6), 300, rise=18, size=1500)
    detector = SurgeDetector(LIMIT, Usual(ordinary(3, seed=5), first=0))
    assert alarms(now, detector, 0)[:, 0].sum() == 1


def test_what_comes_later_changes_nothing() -> None:
    usual = Usual(ordinary(3, seed=7), first=0)
    now = gathered(ordinary(1, seed=8), 300, rise=18, size=1500)
    altered = now.copy()
    altered[310:] = 0.0
    one, other = (SurgeDetector(LIMIT, usual) for _ in range(2))
    for step in range(310):
        left, right = one.update(now[step], step), other.update(altered[step], step)
        assert left.ahead == pytest.approx(right.ahead)
        assert (left.raised == right.raised).all()


def test_no_more_are_expected_than_can_stand_there() -> None:
    detector = SurgeDetector(LIMIT, Usual(ordinary(3, seed=9), first=0))
    now = gathered(ordinary(1, seed=10), 300, rise=6, size=9000)
    ahead = np.array([detector.update(row, step).ahead for step, row in enumerate(now[:330])])
    assert (ahead <= 7.5 * LIMIT).all()
    assert (ahead[:, 0] == 7.5 * LIMIT[0]).any()


def test_missing_readings_neither_raise_nor_end_an_alarm() -> None:
    detector = SurgeDetector(LIMIT, Usual(ordinary(3, seed=9), first=0))
    now = gathered(ordinary(1, seed=10), 300, rise=18, size=1500)
    for step in range(318):
        outlook = detector.update(now[step], step)
    assert outlook.raised[0]
    for step in range(318, 324):
        outlook = detector.update(np.full(2, np.nan), step)
        assert outlook.raised.tolist() == [True, False]


def test_a_place_that_holds_nobody_is_refused() -> None:
    with pytest.raises(SolutionError, match="cannot hold nobody"):
        SurgeDetector(np.array([0.0]), Usual(np.zeros((WEEK, 1)), first=0))
