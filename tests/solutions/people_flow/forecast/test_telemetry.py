"""Short counts become hours of local time."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np

from kota.model.instant import HOUR, MINUTE, from_datetime, to_datetime
from kota.solutions.people_flow.forecast.counts import hour_of, moment_of
from kota.solutions.people_flow.forecast.telemetry import hourly, instants_of, local_hours

KUALA_LUMPUR = ZoneInfo("Asia/Kuala_Lumpur")
BERLIN = ZoneInfo("Europe/Berlin")


def instant(text: str) -> int:
    return from_datetime(datetime.fromisoformat(text))


def test_twelve_counts_of_five_minutes_are_an_hour() -> None:
    begin = instant("2024-03-01T08:00:00+08:00")
    at = begin + 5 * MINUTE * np.arange(1, 31)
    counts = hourly({"a": (at, np.full(30, 10.0))}, KUALA_LUMPUR)
    assert moment_of(counts.start) == datetime.fromisoformat("2024-03-01T08:00")
    np.testing.assert_allclose(counts.values[:, 0], [120, 120])


def test_an_hour_with_lost_counts_is_brought_to_the_full_hour_or_is_missing() -> None:
    begin = instant("2024-03-01T08:00:00+08:00")
    steps = np.array([*range(1, 9), *range(13, 17), *range(25, 40)])
    counts = hourly({"a": (begin + 5 * MINUTE * steps, np.full(len(steps), 10.0))}, KUALA_LUMPUR)
    np.testing.assert_allclose(counts.values[:, 0], [120, np.nan, 120])


def test_the_hour_that_autumn_repeats_is_the_mean_of_both() -> None:
    begin = instant("2024-10-27T00:00:00+02:00")
    at = begin + 5 * MINUTE * np.arange(1, 12 * 6 + 1)
    people = np.where(np.arange(len(at)) // 12 == 3, 30.0, 10.0)
    counts = hourly({"a": (at, people)}, BERLIN)
    np.testing.assert_allclose(counts.values[:, 0], [120, 120, 240, 120, 120])


def test_zones_of_half_an_hour_have_whole_local_hours() -> None:
    zone = ZoneInfo("Asia/Kolkata")
    at = np.array([instant("2024-03-01T09:15:00+05:30"), instant("2024-03-01T09:45:00+05:30")])
    nine = hour_of(datetime.fromisoformat("2024-03-01T09:00"))
    assert local_hours(at, zone).tolist() == [nine, nine]
    begin = to_datetime(instants_of([nine], zone)[0])
    assert begin.isoformat() == "2024-03-01T03:30:00+00:00"


def test_counters_that_have_told_too_little_are_missing() -> None:
    one = (np.array([instant("2024-03-01T00:00:00Z")]), np.array([3.0]))
    counts = hourly({"a": one}, BERLIN)
    assert counts.values.shape == (0, 1)
    assert counts.between(0, 2).shape == (2, 1)
    assert HOUR == 12 * 5 * MINUTE
