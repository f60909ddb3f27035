"""Oddities of telemetry are told with file, line and signal."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kota.solutions.water.attacks.checks import (
    impossible,
    oddities,
    other_units,
    step_of,
    usual_daily,
)
from kota.solutions.water.attacks.scada import Scada


def scada(values: np.ndarray, times: list[int] | None = None) -> Scada:
    hours = np.array(times) if times is not None else np.arange(len(values))
    signals = ("L_T1", "F_PU1", "S_PU1", "P_J1")
    written = tuple(f"hour {hour}" for hour in hours.tolist())
    lines = np.arange(len(values)) + 2
    return Scada(Path("x.csv"), written, hours * 3600, lines, signals, values, None)


def steady(hours: int) -> np.ndarray:
    return np.tile([2.5, 90.0, 1.0, 30.0], (hours, 1))


def test_a_missing_hour_is_told_where_the_next_one_stands() -> None:
    told = scada(steady(5), [0, 1, 2, 5, 6])
    assert step_of(told) == 3600
    assert oddities(told, 3600) == [
        "x.csv line 5: hour 5 follows hour 2; expected a step of 3600 s"
    ]


@pytest.mark.parametrize(
    ("signal", "reading", "wrong"),
    [(0, -0.1, True), (1, -1, True), (2, 2, True), (3, -11, True), (3, -5, False), (2, 0.9, False)],
)
def test_readings_that_cannot_be_are_known(signal: int, reading: float, wrong: bool) -> None:
    values = steady(3)
    values[1, signal] = reading
    found = impossible(scada(values))
    assert found[1, signal] == wrong
    assert found.sum() == wrong


def test_many_missing_readings_are_three_lines_and_a_count() -> None:
    values = steady(20)
    values[5:15, 0] = np.nan
    told = oddities(scada(values), 3600)
    assert told[0] == "x.csv line 7, L_T1: no reading"
    assert told[2] == "x.csv line 9, L_T1: no reading (and 7 more rows)"
    assert len(told) == 3


@pytest.mark.parametrize(("signal", "factor", "unit"), [(0, 100, "cm"), (1, 3.6, "m³/h")])
def test_another_unit_is_told_from_the_day_it_begins(signal: int, factor: float, unit: str) -> None:
    values = steady(240)
    usual = usual_daily([scada(values)])
    values[96:, signal] *= factor
    told = other_units(scada(values), usual)
    assert len(told) == 1
    assert "x.csv line 98, " in told[0]
    assert f"{unit}?" in told[0]


def test_a_pump_that_never_ran_is_no_other_unit() -> None:
    values = steady(240)
    values[:, 1] = 0.0
    assert other_units(scada(values), usual_daily([scada(values)])) == []
