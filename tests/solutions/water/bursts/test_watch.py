"""A burst is said within minutes, once; its end is seen; faults and quiet weeks raise nothing."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from kota.solutions.water.bursts.shapes import around_loggers
from kota.solutions.water.bursts.watch import Alarm, BurstWatch

DAY = 288
STEP_S = 300
BEGIN = 1_514_764_800
LOGGERS = tuple(f"J-{k}" for k in range(9))
AT = np.array([(x, y) for x in range(3) for y in range(3)]) * 400.0
Change = Callable[[int, np.ndarray], None]


def town(days: int, *, seed: int, change: Change | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Unaccounted flow [m³/h] and nine pressures [m] of some days, and what is taken in all."""
    rng = np.random.default_rng(seed)
    steps = days * DAY
    turn = 2 * np.pi * np.arange(steps) / DAY
    slow = np.cumsum(rng.normal(0, 0.02, steps))
    taken = 200 - 90 * np.cos(turn) + slow + rng.normal(0, 4, steps)
    noise = np.zeros((steps, 10))
    for k in range(1, steps):
        noise[k] = 0.8 * noise[k - 1] + rng.normal(0, 0.6, 10)
    pressures = 60 - 2e-4 * taken[:, None] ** 2 + 0.02 * noise[:, 1:]
    values = np.column_stack([10 + 2 * noise[:, 0], pressures])
    if change is not None:
        for k in range(steps):
            change(k, values[k])
    return values, taken[:, None]


def watched(
    days: int, *, seed: int = 1, change: Change | None = None
) -> tuple[list[Alarm], BurstWatch]:
    watch = BurstWatch(
        around_loggers(LOGGERS, AT),
        driven=np.array([False] + [True] * 9),
        fallible=np.array([False] + [True] * 9),
        floor=np.array([1.0] + [0.01] * 9),
        step_s=STEP_S,
    )
    values, taken = town(days, seed=seed, change=change)
    found = [watch.update(BEGIN + STEP_S * k, values[k], taken[k]) for k in range(len(values))]
    return [alarm for alarm in found if alarm is not None], watch


def burst(start: int, end: int, flow: float) -> Change:
    """Near the logger in the middle."""
    drop = 0.05 * flow * np.exp(-np.linalg.norm(AT - AT[4], axis=1) / 400.0)

    def change(k: int, values: np.ndarray) -> None:
        if start <= k < end:
            values[0] += flow
            values[1:] -= drop

    return change


def test_a_burst_is_said_once_within_half_an_hour_where_it_is() -> None:
    start = 20 * DAY + 90
    alarms, watch = watched(21, change=burst(start, 99 * DAY, 20.0))
    assert len(alarms) == 1
    assert start <= (alarms[0].since - BEGIN) // STEP_S <= start + 6
    assert len(watch.running) == 1
    known = watch.running[0].alarm
    assert known.flow == pytest.approx(20.0, abs=max(5.0, 2 * known.deviation))
    assert known.places[0][0] == "J-4"


def test_a_burst_that_is_shut_off_no_longer_runs_and_the_next_is_said() -> None:
    first, second = 15 * DAY, 17 * DAY
    one, two = burst(first, first + 150, 20.0), burst(second, 99 * DAY, 20.0)

    def change(k: int, values: np.ndarray) -> None:
        one(k, values)
        two(k, values)

    alarms, watch = watched(18, change=change)
    assert [alarm.since >= BEGIN + STEP_S * second for alarm in alarms] == [False, True]
    assert len(watch.running) == 1


def test_quiet_weeks_raise_no_alarm() -> None:
    alarms, watch = watched(24, seed=2)
    assert alarms == []
    assert watch.running == []


def test_a_logger_that_shifts_is_a_suspect_and_no_burst() -> None:
    def change(k: int, values: np.ndarray) -> None:
        if k >= 15 * DAY:
            values[3] -= 2.0

    alarms, watch = watched(16, change=change)
    assert alarms == []
    assert list(watch.suspects) == [3]


def test_silent_signals_are_left_out_and_the_rest_still_tells() -> None:
    start = 20 * DAY
    running = burst(start, 99 * DAY, 20.0)

    def change(k: int, values: np.ndarray) -> None:
        running(k, values)
        if k > 19 * DAY:
            values[[1, 2]] = np.nan

    alarms, _ = watched(21, change=change)
    assert len(alarms) == 1
    assert (alarms[0].since - BEGIN) // STEP_S <= start + 6


def test_nothing_is_said_before_ten_days_are_learnt() -> None:
    alarms, _ = watched(9, change=burst(5 * DAY, 9 * DAY, 50.0))
    assert alarms == []


def test_what_is_told_at_an_instant_does_not_hang_on_what_follows() -> None:
    start = 15 * DAY
    rising, gone = burst(start, start + DAY, 20.0), burst(start + 5, start + DAY, -40.0)

    def other(k: int, values: np.ndarray) -> None:
        rising(k, values)
        gone(k, values)

    one, _ = watched(16, change=rising)
    two, _ = watched(16, change=other)
    assert one == two != []
