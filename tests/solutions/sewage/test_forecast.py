"""Warnings of flooding and overflow."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from kota.errors import InputError
from kota.solutions.sewage.ensemble import STEP_S, draw
from kota.solutions.sewage.forecast import SYSTEM, Forecaster, sum_up, weigh
from kota.solutions.sewage.rainfall import Rain
from kota.solutions.sewage.spilling import Spills

MODEL = Path(__file__).parent / "two_basins.inp"
NOW = datetime(2026, 11, 27, 15, tzinfo=UTC)
STEPS = NOW.timestamp() + STEP_S * np.arange(-24, 36)


@pytest.fixture(scope="module")
def forecaster() -> Iterator[Forecaster]:
    with Forecaster(MODEL, ["river"], members=4) as made:
        yield made


def rain(ahead: float, before: float = 0.0) -> Rain:
    values = np.where(NOW.timestamp() <= STEPS, ahead, before)[:, None]
    return Rain(STEPS, values, ("gauge",))


def past(before: float = 0.0) -> Rain:
    whole = rain(0.0, before)
    return Rain(whole.times[:24], whole.values[:24], whole.names)


def test_a_cloudburst_that_is_forecast_is_warned_of_with_place_time_and_volume(
    forecaster: Forecaster,
) -> None:
    found = forecaster.warn(past(), rain(200.0), now=NOW, depths={})
    assert found[0].id == SYSTEM
    assert {"a", "river"} <= {each.id for each in found}
    basin = next(each for each in found if each.id == "a")
    assert basin.kind == "flooding"
    assert basin.probability >= 0.5
    assert basin.low <= basin.volume <= basin.high
    assert basin.begins == NOW + timedelta(minutes=basin.lead_min)
    assert 0 < basin.lead_min < 120


def test_no_rain_no_warning(forecaster: Forecaster) -> None:
    assert forecaster.warn(past(), rain(0.0), now=NOW, depths={"a": 0.0}) == ()


def test_without_a_forecast_the_rain_that_falls_goes_on(forecaster: Forecaster) -> None:
    found = forecaster.outlook(past(150.0), None, now=NOW, depths={})
    assert any(each.id == "a" and each.probability > 0.5 for each in found)


def test_live_updates_remember_what_fell(forecaster: Forecaster) -> None:
    for minute in range(0, 60, 10):
        now = NOW + timedelta(minutes=minute)
        found = forecaster.update(now, {"a": 0.5, "elsewhere": 9.0}, {}, 150.0)
    assert found[0].id == SYSTEM


def test_an_overflow_that_the_model_lacks_is_refused() -> None:
    with pytest.raises(InputError, match="has no overflow 'lake'"):
        Forecaster(MODEL, ["lake"])


def test_members_spread_about_the_forecast_and_the_first_is_the_plain_one() -> None:
    now = NOW.timestamp()
    members = draw(
        past(4.0),
        rain(20.0),
        begin=now - 7200,
        now=now,
        end=now + 7200,
        count=40,
        rng=np.random.default_rng(1),
    )
    assert all(member.shape == (48, 1) and (member >= 0).all() for member in members)
    assert members[0][:24].mean() == 4.0
    assert members[0][24:].mean() == 20.0
    totals = [member[24:40].mean() for member in members]
    assert 15 < np.median(totals) < 25
    assert np.std(totals) > 2


def test_runs_whose_levels_are_far_from_those_measured_count_less() -> None:
    runs = [Spills(np.zeros((1, 1)), {"a": depth}) for depth in (0.5, 1.5)]
    weights = weigh(runs, {"a": 0.5})
    assert weights.sum() == pytest.approx(1.0)
    assert weights[0] > 0.9


def test_probability_lead_and_volume_are_those_of_the_runs() -> None:
    volumes = np.zeros((4, 1, 12))
    volumes[:3, 0, 6:] = np.array([2.0, 4.0, 6.0])[:, None]
    found = sum_up(["j"], [], volumes, np.full(4, 0.25), NOW, 0.5)
    assert [each.id for each in found] == [SYSTEM, "j"]
    assert found[1].probability == 0.75
    assert found[1].lead_min == 30.0
    assert found[1].volume == 24.0
