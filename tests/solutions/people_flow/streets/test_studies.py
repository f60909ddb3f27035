"""Studies find what was done, cover it, and do not find what was not."""

from __future__ import annotations

import numpy as np
import pytest

from kota.errors import SolutionError
from kota.solutions.people_flow.streets.studies import difference_in_differences, synthetic_control

DAYS, PLACES = 84, 14


def town(effect: float, *, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Days with a common weather that lasts, a week's shape, and a change at two places."""
    rng = np.random.default_rng(seed)
    weather = np.zeros(DAYS)
    for day in range(1, DAYS):
        weather[day] = 0.6 * weather[day - 1] + 0.15 * rng.standard_normal()
    week = 0.3 * np.sin(2 * np.pi * np.arange(DAYS) / 7)
    level = rng.uniform(6, 8, PLACES)
    own = 0.08 * rng.standard_normal((DAYS, PLACES))
    log = level + (weather + week)[:, None] + own
    treated = np.arange(PLACES) < 2
    after = np.arange(DAYS) >= 56
    log[np.ix_(after, treated)] += np.log1p(effect)
    return rng.poisson(np.exp(log)).astype(float), treated, after


@pytest.mark.parametrize("study", [difference_in_differences, synthetic_control])
def test_a_fifth_more_is_found_with_its_interval(study: type) -> None:
    counts, treated, after = town(0.2, seed=1)
    found = study(counts, treated, after, rng=np.random.default_rng(0))
    assert found.share == pytest.approx(0.2, abs=0.06)
    assert found.low < 0.2 < found.high
    assert found.low > 0.05
    assert found.p_value < 0.1
    assert found.people > 0


def test_intervals_cover_the_truth_about_as_often_as_they_say() -> None:
    hits = 0
    for seed in range(40):
        counts, treated, after = town(0.1, seed=100 + seed)
        found = difference_in_differences(
            counts, treated, after, rng=np.random.default_rng(seed), draws=299
        )
        hits += found.low <= 0.1 <= found.high
    assert 30 <= hits <= 40


def test_where_nothing_changed_the_placebo_says_so() -> None:
    p = []
    for seed in range(20):
        counts, treated, after = town(0.0, seed=300 + seed)
        p.append(
            difference_in_differences(
                counts, treated, after, rng=np.random.default_rng(seed), draws=99
            ).p_value
        )
    assert np.mean(np.array(p) <= 0.1) <= 0.3


def test_gaps_are_bridged() -> None:
    counts, treated, after = town(0.3, seed=5)
    counts[3:6, 0] = np.nan
    counts[60, 5] = np.nan
    found = difference_in_differences(counts, treated, after, rng=np.random.default_rng(0))
    assert found.share == pytest.approx(0.3, abs=0.08)


def test_studies_without_a_comparison_or_without_days_are_refused() -> None:
    counts, _, after = town(0.1, seed=6)
    rng = np.random.default_rng(0)
    with pytest.raises(SolutionError, match="leave one that did not"):
        difference_in_differences(counts, np.ones(PLACES, dtype=bool), after, rng=rng)
    treated = np.arange(PLACES) < 2
    with pytest.raises(SolutionError, match="days after the change are too few"):
        difference_in_differences(counts, treated, np.arange(DAYS) >= 82, rng=rng)
