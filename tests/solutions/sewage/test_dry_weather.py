"""The dry-weather pattern, and what seeps in."""

from __future__ import annotations

import numpy as np
import pytest

from kota.solutions.sewage.dry_weather import at, infiltration, pattern

DAY = 86_400
TIMES = np.arange(0, 7 * DAY, 600)
HOURS = (TIMES % DAY) / 3600
SEWAGE = 0.1 * np.where((HOURS >= 2) & (HOURS < 5), 0.25, 1.0 + 0.1071)
"""Mean about 0.1: a quarter of it in the three hours of night."""
NO_RAIN = np.array([], dtype=np.int64)


def test_rain_does_not_get_into_the_pattern() -> None:
    wet = np.arange(3 * DAY + 50_000, 3 * DAY + 60_000, 600)
    flows = SEWAGE + np.where((wet[0] < TIMES) & (wet[-1] + 5 * 3600 > TIMES), 5.0, 0.0)
    found = pattern(TIMES, flows, wet, offset=0)
    assert found == pytest.approx(pattern(TIMES, SEWAGE, NO_RAIN, offset=0))


def test_what_seeps_in_is_told_from_what_people_use() -> None:
    dry = pattern(TIMES, SEWAGE, NO_RAIN, offset=0)
    assert infiltration(dry) == pytest.approx(0.0, abs=0.002)
    seeped = pattern(TIMES, SEWAGE + 0.04, NO_RAIN, offset=0)
    assert infiltration(seeped) == pytest.approx(0.04, abs=0.002)


def test_a_flow_meter_that_was_silent_at_some_hours_leaves_no_gap() -> None:
    some = (HOURS < 8) | (HOURS > 12)
    found = pattern(TIMES[some], SEWAGE[some], NO_RAIN, offset=0)
    assert np.isfinite(found).all()
    assert at(found, 10 * 3600, offset=0) == pytest.approx(0.11071, abs=1e-4)


def test_without_a_dry_hour_nothing_is_known() -> None:
    always = TIMES.copy()
    assert np.isnan(pattern(TIMES, SEWAGE, always, offset=0)).all()
