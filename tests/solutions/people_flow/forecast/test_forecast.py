"""Forecasts use the past alone, beat the plain ones, and follow a break within days."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from tests.solutions.people_flow.forecast.made_up_counts import START, made_up, usual

from kota.solutions.people_flow.forecast.anomaly import mark
from kota.solutions.people_flow.forecast.bars import mean_of_four, seasonal_naive
from kota.solutions.people_flow.forecast.cleaning import Clean, find_faults
from kota.solutions.people_flow.forecast.counts import DAY, WEEK, Counts, Floats
from kota.solutions.people_flow.forecast.forecast import Forecaster, Outlook, walk
from kota.solutions.people_flow.forecast.past import Past


def issued(
    counts: Counts,
    issues: list[int],
    horizon: int = WEEK,
    holidays: Mapping[int, str] | None = None,
) -> list[Outlook]:
    return list(walk(Clean(counts, find_faults(counts)), issues, horizon, holidays or {}))


def wape(truth: Floats, said: Floats) -> float:
    return float(np.abs(truth - said).sum() / truth.sum())


def scores(counts: Counts, outlooks: list[Outlook]) -> dict[str, float]:
    truth = np.stack([counts.between(one.at, one.at + WEEK) for one in outlooks])
    naive = np.stack([seasonal_naive(counts, one.at, WEEK) for one in outlooks])
    mean = np.stack([mean_of_four(counts, one.at, WEEK) for one in outlooks])
    ours = np.stack([one.middle for one in outlooks])
    within = [
        (counts.between(o.at, o.at + WEEK) >= o.lower)
        & (counts.between(o.at, o.at + WEEK) <= o.upper)
        for o in outlooks
    ]
    return {
        "ours": wape(truth, ours),
        "better": min(wape(truth, naive), wape(truth, mean)),
        "coverage": float(np.mean(within)),
    }


def weeks(first: int, last: int) -> list[int]:
    return [START + week * WEEK for week in range(first, last)]


def test_in_quiet_times_it_beats_both_naive_forecasts_and_covers_four_of_five() -> None:
    found = scores(made_up(20), issued(made_up(20), weeks(12, 20)))
    assert found["ours"] < 0.97 * found["better"]
    assert 0.72 < found["coverage"] < 0.88


def test_quantiles_ascend_around_the_middle_and_none_is_below_nought() -> None:
    outlook = issued(made_up(8), weeks(8, 9))[0]
    assert (np.diff(outlook.quantiles, axis=0) >= 0).all()
    assert (outlook.quantiles >= 0).all()
    assert ((outlook.lower <= outlook.middle) & (outlook.middle <= outlook.upper)).all()


@pytest.mark.parametrize(("horizon", "hour"), [(WEEK, 0), (24, 0), (2 * WEEK + 5, 13)])
def test_what_comes_later_changes_no_forecast(horizon: int, hour: int) -> None:
    counts = made_up(9)
    at = START + 6 * WEEK + hour
    torn = counts.values.copy()
    torn[at - START :] = np.random.default_rng(3).uniform(0, 9e4, torn[at - START :].shape)
    cut = Counts(counts.sensors, START, counts.values[: at - START])
    issues = [at - WEEK, at]
    whole, other, short = (
        issued(each, issues, horizon) for each in (counts, Counts(counts.sensors, START, torn), cut)
    )
    for one, two, three in zip(whole, other, short, strict=True):
        assert one.middle.shape == (horizon, 5)
        np.testing.assert_array_equal(one.quantiles, two.quantiles)
        np.testing.assert_array_equal(one.quantiles, three.quantiles)


def test_a_sensor_that_comes_later_changes_no_forecast_before() -> None:
    counts = made_up(8)
    later = np.full((len(counts.values), 1), np.nan)
    later[-WEEK:] = 50.0
    wider = Counts((*counts.sensors, "late"), START, np.hstack([counts.values, later]))
    narrow, wide = (issued(each, weeks(6, 7))[0] for each in (counts, wider))
    np.testing.assert_allclose(wide.quantiles[:, :, :5], narrow.quantiles, rtol=1e-9)
    assert np.isnan(wide.middle[:, 5]).all()


def drop(counts: Counts, *, begin: int, left: float) -> Counts:
    values = counts.values.copy()
    values[begin:] = np.random.default_rng(5).poisson(usual(len(values))[begin:] * left)
    return Counts(counts.sensors, START, values)


def test_after_a_sudden_drop_it_follows_within_days_and_does_not_lose_to_last_week() -> None:
    changed = drop(made_up(20), begin=14 * WEEK - 3 * DAY, left=0.2)
    outlooks = issued(changed, weeks(14, 18))
    first = scores(changed, outlooks[:1])
    assert first["ours"] < 0.6 * first["better"]
    assert scores(changed, outlooks)["ours"] < scores(changed, outlooks)["better"]


def test_intervals_widen_at_a_break() -> None:
    quiet, broken = (
        issued(each, weeks(14, 15))[0]
        for each in (made_up(20), drop(made_up(20), begin=14 * WEEK - 2 * DAY, left=0.2))
    )

    def width(one: Outlook) -> float:
        return float(np.median((one.upper - one.lower) / (one.middle + 1)))

    assert width(broken) > 1.5 * width(quiet)


def test_a_sensor_that_is_three_days_old_is_forecast_from_its_level_and_the_others() -> None:
    counts = made_up(12)
    values = counts.values.copy()
    values[: 10 * WEEK - 3 * DAY, 2] = np.nan
    young = Counts(counts.sensors, START, values)
    outlook = issued(young, weeks(10, 11))[0]
    truth = counts.between(outlook.at, outlook.at + WEEK)[:, 2]
    assert wape(truth, outlook.middle[:, 2]) < 0.35


def test_after_a_silence_a_sensor_is_forecast_as_before() -> None:
    counts = made_up(14)
    values = counts.values.copy()
    values[10 * WEEK : 12 * WEEK, 1] = np.nan
    silent = Counts(counts.sensors, START, values)
    outlook = issued(silent, weeks(12, 13))[0]
    truth = counts.between(outlook.at, outlook.at + WEEK)[:, 1]
    assert wape(truth, outlook.middle[:, 1]) < 0.3


def test_a_public_holiday_is_learnt_from_those_before() -> None:
    counts = made_up(24)
    values = counts.values.copy()
    wednesdays = [START // DAY + week * 7 + 2 for week in (3, 6, 9, 12, 15, 18, 20)]
    for day in wednesdays:
        rows = slice(day * DAY - START, (day + 1) * DAY - START)
        values[rows] = np.random.default_rng(day).poisson(0.5 * usual(len(values))[rows])
    counts = Counts(counts.sensors, START, values)
    known = dict.fromkeys(wednesdays, "Holiday")
    with_calendar, without = (
        issued(counts, weeks(20, 21), holidays=days)[0] for days in (known, {})
    )
    rows = slice(2 * DAY, 3 * DAY)
    truth = counts.between(with_calendar.at, with_calendar.at + WEEK)[rows]
    assert wape(truth, with_calendar.middle[rows]) < 0.3
    assert wape(truth, without.middle[rows]) > 0.6


def test_an_hour_far_off_its_forecast_is_marked() -> None:
    counts = made_up(8)
    past = Past(Clean(counts, find_faults(counts)), {})
    forecaster = Forecaster(past, WEEK, hour=14)
    at = START + 7 * WEEK + 14
    expected = forecaster.issue(at - DAY).quantiles[:, DAY - 1, 4]
    due = float(usual(9 * WEEK)[at - 1 - START, 4])
    words = [one.word for value in (due, 5 * due, 0.0) if (one := mark(value, expected))]
    assert words == ["usual", "more", "fewer"]
    assert mark(float("nan"), expected) is None


def test_nothing_known_gives_no_forecast() -> None:
    empty = Counts(("a",), START, np.full((3 * WEEK, 1), np.nan))
    assert np.isnan(issued(empty, weeks(2, 3))[0].middle).all()
