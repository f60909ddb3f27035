"""Made-up counts with a week's rhythm, for tests."""

from __future__ import annotations

from datetime import datetime

import numpy as np

from kota.solutions.people_flow.forecast.counts import DAY, Counts, Floats, hour_of

START = hour_of(datetime.fromisoformat("2024-01-01"))
"""A Monday."""


def usual(hours: int, sensors: int = 5) -> Floats:
    """People due in each hour: busy by day, quieter at weekends, each street at its own scale."""
    hour = np.arange(hours)
    day = np.exp(-(((hour % DAY - 13.0) / 4.0) ** 2)) + 0.03
    weekend = np.where((hour // DAY) % 7 >= 5, 0.6, 1.0)
    scale = np.geomspace(60.0, 2000.0, sensors)
    return (day * weekend)[:, None] * scale


def made_up(weeks: int, sensors: int = 5, *, seed: int = 1) -> Counts:
    """Counts that scatter around `usual`, each day with a mood of its own."""
    rng = np.random.default_rng(seed)
    mean = usual(weeks * 7 * DAY, sensors)
    mood = np.repeat(rng.normal(0.0, 0.12, (weeks * 7, sensors)), DAY, axis=0)
    drawn = rng.poisson(mean * np.exp(mood)).astype(np.float64)
    return Counts(tuple(f"S{k}" for k in range(sensors)), START, drawn)
