"""Frozen sensors and frozen communication."""

from __future__ import annotations

from kota.solutions.sewage.readings import Gauge, Telegram


def test_a_fine_sensor_that_stands_still_is_doubted_at_once_and_soon_frozen() -> None:
    gauge = Gauge(2.0)
    for value in (0.5, 0.51, 0.52):
        assert gauge.take(value)
    assert [gauge.take(0.52) for _ in range(3)] == [False, False, False]
    assert gauge.fault == "frozen"


def test_a_coarse_sensor_may_stand_still_as_long_as_it_is_used_to() -> None:
    gauge = Gauge(2.0)
    for level in range(8):
        for _ in range(5):
            gauge.take(0.5 + level / 100)
    assert gauge.fault is None
    assert gauge.fresh


def test_an_empty_storage_that_stays_empty_teaches_no_patience() -> None:
    gauge = Gauge(2.0)
    for value in [0.0] * 50 + [0.5, 0.6, 0.7, 0.7, 0.7, 0.7]:
        gauge.take(value)
    assert gauge.fault == "frozen"


def test_all_coarse_sensors_still_at_once_are_lost_communication_sooner_than_one() -> None:
    telegram = Telegram({"a": Gauge(2.0), "b": Gauge(2.0)}, {})
    for step in range(40):
        depths = {"a": 0.5 + step // 4 / 100, "b": 0.5 + (step + 2) // 4 / 100}
        telegram.take(depths, {})
    assert all(gauge.fault is None for gauge in telegram)
    for _ in range(3):
        telegram.take(depths, {})
    assert all(not gauge.fresh for gauge in telegram)
    for _ in range(2):
        telegram.take(depths, {})
    assert {gauge.fault for gauge in telegram} == {"frozen"}


def test_a_full_storage_in_a_frozen_telegram_is_not_believed_to_be_full() -> None:
    telegram = Telegram({name: Gauge(2.0) for name in "abc"}, {})
    for step in range(10):
        telegram.take({"a": 0.5 + step / 50, "b": 0.3 + step / 40, "c": 2.0}, {})
    assert telegram.depths["c"].fresh
    for _ in range(4):
        telegram.take({"a": 0.68, "b": 0.525, "c": 2.0}, {})
    assert telegram.depths["c"].fault == "frozen"
