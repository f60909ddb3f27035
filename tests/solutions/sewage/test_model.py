"""The simulated sewers: what they tell, what goes wrong, and what they obey."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from kota.solutions.sewage.incidents import Incident
from kota.solutions.sewage.model import Model, Setting
from kota.solutions.sewage.pumps import without_levels

TEXT = (Path(__file__).parent / "two_basins.inp").read_text()
BEGIN = 1_764_230_400
HOUR = 3600
PUMPED = (
    TEXT.replace(
        "[ORIFICES]",
        "[PUMPS]\nlift x high lifting ON 0.5 0.2 ; by level\n\n[ORIFICES]",
    )
    .replace("[OUTFALLS]\n", "[OUTFALLS]\nhigh 12 FREE NO\n")
    .replace("[TIMESERIES]", "[CURVES]\nlifting PUMP3 0 0.4\nlifting 9 0.1\n\n[TIMESERIES]")
)


def setting(**changes: object) -> Setting:
    rain = (*[6.0] * 6, *[0.0] * 20)
    made = Setting(TEXT, None, BEGIN, 0, rain, 5, ("x",), ("pipe",))
    return replace(made, **changes)  # type: ignore[arg-type]


def opened(made: Setting) -> Iterator[Model]:
    model = Model(made)
    try:
        yield model
    finally:
        model.close()


@pytest.fixture
def model() -> Iterator[Model]:
    yield from opened(setting())


def told(model: Model, device: str, name: str, until: int) -> list[tuple[int, float]]:
    return [
        (report.at, report.values[name])
        for report in model.advance(until)
        if report.device == device and name in report.values
    ]


def test_the_same_seed_tells_the_same_and_rewinding_begins_again(model: Model) -> None:
    first = [(r.at, r.topic, r.payload) for r in model.advance(BEGIN + HOUR)]
    assert len(first) > 100
    model.rewind()
    assert [(r.at, r.topic, r.payload) for r in model.advance(BEGIN + HOUR)] == first


def test_a_sensor_tells_the_truth_but_for_its_noise(model: Model) -> None:
    errors = []
    for at in model.instants(BEGIN + 2 * HOUR):
        readings = model.read(at)
        for k, sensor in enumerate(model.sensors):
            if (sensor.element, sensor.quantity) == ("a", "depth") and readings.heard[k]:
                errors.append(readings.values[k] - model.engine.depth("a"))
    assert len(errors) > 50
    assert abs(sum(errors) / len(errors)) < 0.003
    assert max(map(abs, errors)) < 0.05


def test_a_gate_obeys_a_command_and_moves_no_faster_than_it_can(model: Model) -> None:
    model.skip(BEGIN + HOUR)
    before = model.engine.flow("gate-a")
    assert model.obey("sewer-gate", "GT-gate-a", {"opening": 0.1}).fault is None
    model.skip(BEGIN + HOUR + 120)
    assert model.engine.setting("gate-a") == pytest.approx(0.1)
    assert model.engine.flow("gate-a") < 0.3 * before


@pytest.mark.parametrize(
    ("key", "device", "orders"),
    [
        ("sewer-gate", "GT-gate-a", {"opening": 1.2}),
        ("sewer-gate", "GT-gate-a", {"opening": "wide"}),
        ("sewer-gate", "GT-gate-a", {"opening": True}),
        ("sewer-gate", "GT-nowhere", {"opening": 0.5}),
        ("sewer-gate", "GT-gate-a", {"control": "OPEN"}),
        ("sewer-tank", "ST-a", {"depth": 0.5}),
    ],
)
def test_what_is_no_setting_is_refused_and_changes_nothing(
    model: Model, key: str, device: str, orders: dict[str, object]
) -> None:
    assert model.obey(key, device, orders).fault is not None
    model.skip(BEGIN + 600)
    assert model.engine.setting("gate-a") == 1.0


def test_a_drifting_sensor_drifts_and_a_silent_one_says_nothing() -> None:
    made = setting(
        rain=(),
        incidents=(
            Incident("drift", "a", BEGIN, BEGIN + 9 * HOUR, 0.5),
            Incident("silent", "b", BEGIN + HOUR, BEGIN + 2 * HOUR),
        ),
    )
    for model in opened(made):
        reports = list(model.advance(BEGIN + 2 * HOUR))
        last = [r for r in reports if r.device == "ST-a"][-1]
        assert last.values["depth"] == pytest.approx(1.0, abs=0.06)
        silent = [r.at for r in reports if r.device == "ST-b"]
        assert any(at < BEGIN + HOUR for at in silent)
        assert not [at for at in silent if BEGIN + HOUR <= at < BEGIN + 2 * HOUR]


def test_a_blocked_sewer_carries_no_more_than_it_can_and_then_again() -> None:
    blocked = Incident("blocked", "pipe", BEGIN + 1800, BEGIN + 3600, 0.05)
    for model in opened(setting(incidents=(blocked,))):
        model.skip(BEGIN + 3500)
        assert model.engine.flow("pipe") == pytest.approx(0.05, abs=0.002)
        model.skip(BEGIN + 4000)
        assert model.engine.flow("pipe") > 0.3


def test_a_pump_runs_by_level_stands_when_told_and_when_it_has_failed() -> None:
    failed = Incident("pump-failed", "lift", BEGIN + 2 * HOUR, BEGIN + 3 * HOUR)
    small = re.sub(r"(pipe +CIRCULAR +)1\.2", r"\g<1>0.2", PUMPED)
    for model in opened(setting(text=small, incidents=(failed,))):
        model.skip(BEGIN + HOUR)
        assert model.engine.flow("lift") > 0.05
        assert model.power("lift") > 0
        assert model.obey("sewer-pump", "SP-lift", {"control": "CLOSED"}).fault is None
        model.skip(BEGIN + HOUR + 600)
        assert model.engine.flow("lift") == 0
        assert model.obey("sewer-pump", "SP-lift", {"control": "AUTO"}).fault is None
        model.skip(BEGIN + HOUR + 1200)
        assert model.engine.flow("lift") > 0.05
        model.skip(BEGIN + 2 * HOUR + 600)
        assert model.engine.flow("lift") == 0
        assert model.obey("sewer-pump", "SP-lift", {"control": "fast"}).fault is not None


def test_only_pumps_lose_their_levels() -> None:
    stripped = without_levels(PUMPED)
    assert "lift x high lifting ON 0 0" in stripped
    assert stripped.replace("lift x high lifting ON 0 0", "") == PUMPED.replace(
        "lift x high lifting ON 0.5 0.2 ; by level", ""
    )
