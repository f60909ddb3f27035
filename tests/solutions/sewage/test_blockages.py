"""Blockages in dry weather."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from kota.errors import InputError
from kota.solutions.sewage.blockages import BlockageDetector

BEGIN = datetime(2026, 11, 1, tzinfo=UTC)
SENSORS = [f"J{i}" for i in range(12)]
STEP = timedelta(minutes=15)


def levels(days: float, seed: int, first: int = 0) -> tuple[list[datetime], np.ndarray]:
    rng = np.random.default_rng(seed)
    times = [BEGIN + timedelta(days=first) + STEP * i for i in range(int(days * 96))]
    hours = np.array([each.hour + each.minute / 60 for each in times])
    day = 1 + 0.5 * np.sin((hours - 9) / 24 * 2 * np.pi)
    shared = np.repeat(np.exp(0.1 * rng.standard_normal(len(times) // 96 + 1)), 96)[: len(times)]
    base = 0.04 + 0.01 * np.arange(len(SENSORS))
    values = (day * shared)[:, None] * base * np.exp(0.05 * rng.standard_normal((len(times), 12)))
    return times, values


def watch(
    detector: BlockageDetector, times: list[datetime], values: np.ndarray, rain: float = 0.0
) -> list[tuple[datetime, set[str]]]:
    found = []
    for time, row in zip(times, values, strict=True):
        named = detector.update(time, dict(zip(SENSORS, row, strict=True)), rain)
        found.append((time, {each.id for each in named}))
    return found


def learned(below: dict[str, str] | None = None) -> BlockageDetector:
    detector = BlockageDetector(SENSORS, below)
    detector.learn(*levels(14, seed=1))
    return detector


def test_a_level_that_stays_too_high_is_named_within_a_day_and_nothing_else() -> None:
    detector = learned()
    times, values = levels(2, seed=2, first=14)
    values[:, 5] += 0.05
    found = watch(detector, times, values)
    named = [time for time, ids in found if ids]
    assert named[0] - times[0] < timedelta(days=1)
    assert set.union(*(ids for _, ids in found)) == {"J5"}


def test_a_month_without_blockage_is_quiet() -> None:
    detector = learned()
    assert not any(ids for _, ids in watch(detector, *levels(30, seed=3, first=14)))


def test_a_day_on_which_everybody_uses_more_water_is_no_blockage() -> None:
    detector = learned()
    times, values = levels(2, seed=4, first=14)
    assert not any(ids for _, ids in watch(detector, times, values * 1.5))


def test_rain_is_no_blockage() -> None:
    detector = learned()
    times, values = levels(1, seed=5, first=14)
    values[:, 3] *= 4
    assert not any(ids for _, ids in watch(detector, times, values, rain=5.0))


def test_of_nodes_that_are_lifted_together_the_lowest_is_named() -> None:
    detector = learned({"J6": "J5", "J5": "J4"})
    times, values = levels(2, seed=6, first=14)
    values[:, [5, 6]] += 0.05
    assert watch(detector, times, values)[-1][1] == {"J5"}


def test_a_sensor_that_says_nothing_is_not_named() -> None:
    detector = learned()
    times, values = levels(1, seed=7, first=14)
    values[:, 2] = np.nan
    assert not any(ids for _, ids in watch(detector, times, values))


def test_too_little_dry_weather_and_nothing_learned_are_refused() -> None:
    with pytest.raises(InputError, match="expected 5 or more"):
        BlockageDetector(SENSORS).learn(*levels(3, seed=1))
    with pytest.raises(InputError, match="no dry-weather pattern"):
        BlockageDetector(SENSORS).update(BEGIN, {})
