"""Forecasts of levels use the past alone and beat the plain ones."""

from __future__ import annotations

import numpy as np
import pytest

from kota.errors import SolutionError
from kota.solutions.water.forecast import (
    DAY,
    HORIZON,
    STEP_S,
    Analogue,
    Floats,
    persistence,
    seasonal,
)

LOW, HIGH = np.array([0.0]), np.array([10.0])


def waves(days: int, *, seed: int = 1) -> Floats:
    """A tank that a pump fills to 7 m and demand empties to 4 m, with the day's demand."""
    rng = np.random.default_rng(seed)
    level, filling, levels = 5.0, True, []
    for step in range(days * DAY):
        demand = 0.09 * (1 + 0.6 * np.sin(2 * np.pi * step / DAY)) + rng.normal(0, 0.004)
        level += 0.2 * filling - demand
        filling = level < 7.0 if filling else level < 4.0
        levels.append(level)
    return np.array(levels)[:, None]


def test_it_halves_the_error_of_the_seasonal_bar() -> None:
    levels = waves(28)
    split = 21 * DAY
    model = Analogue(LOW, HIGH).fit(levels[:split], start=0)
    errors: dict[str, list[float]] = {"analogue": [], "seasonal": [], "persistence": []}
    for now in range(split + DAY, len(levels) - HORIZON, 7):
        known, truth = levels[: now + 1], levels[now + 1 : now + 1 + HORIZON]
        errors["analogue"].append(np.abs(model.predict(known, start=0)[0] - truth).mean())
        errors["seasonal"].append(np.abs(seasonal(known) - truth).mean())
        errors["persistence"].append(np.abs(persistence(known) - truth).mean())
    mean = {name: float(np.mean(each)) for name, each in errors.items()}
    assert mean["analogue"] < 0.6 * mean["seasonal"]
    assert mean["analogue"] < 0.6 * mean["persistence"]


def test_the_future_does_not_leak_into_a_forecast() -> None:
    levels = waves(10)
    altered = levels.copy()
    altered[8 * DAY :] += 3.0
    now = 8 * DAY
    same = [
        Analogue(LOW, HIGH).fit(each[:now], start=0).predict(each[:now], start=0)[0]
        for each in (levels, altered)
    ]
    assert same[0] == pytest.approx(same[1])


def test_levels_stay_within_the_tank() -> None:
    levels = waves(8)
    ahead, spread = (
        Analogue(np.array([4.5]), np.array([6.5])).fit(levels, start=0).predict(levels, start=0)
    )
    assert ahead.shape == spread.shape == (HORIZON, 1)
    assert ahead.min() >= 4.5
    assert ahead.max() <= 6.5


def test_gaps_are_bridged() -> None:
    levels = waves(8)
    levels[100:110] = np.nan
    levels[0] = np.nan
    ahead, _ = Analogue(LOW, HIGH).fit(levels, start=STEP_S).predict(levels, start=STEP_S)
    assert not np.isnan(ahead).any()


def test_too_little_is_said() -> None:
    with pytest.raises(SolutionError, match="too few to forecast"):
        Analogue(LOW, HIGH).fit(waves(2), start=0)
    with pytest.raises(SolutionError, match="less than a day"):
        seasonal(waves(1))
    with pytest.raises(SolutionError, match="not one measured level"):
        persistence(np.full((5, 1), np.nan))
    with pytest.raises(SolutionError, match="before anything was learnt"):
        Analogue(LOW, HIGH).predict(waves(2), start=0)
