"""The plant tells what sensors would, and the same again for the same seed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np
import pytest

from kota.plant import Report
from kota.solutions.water.demand import HOMES
from kota.solutions.water.inp import net3, read_network
from kota.solutions.water.instruments import MAKES, Instruments, Sensor, equip
from kota.solutions.water.model import Model, Setting

BEGIN = 1_764_259_200
HOUR = 3600


@pytest.fixture(scope="module")
def setting() -> Setting:
    network = read_network(net3())
    bases = np.zeros((len(network.junctions), 3))
    bases[:, HOMES] = [junction.demand for junction in network.junctions.values()]
    return Setting(net3(), network, bases, seed=5, begin=BEGIN)


@pytest.fixture
def model(setting: Setting) -> Iterator[Model]:
    made = Model(setting)
    yield made
    made.close()


def told(reports: list[Report]) -> list[tuple[int, str, dict[str, float | str]]]:
    return [(report.at, report.device, report.values) for report in reports]


def test_the_same_seed_tells_the_same(model: Model) -> None:
    first = told(list(model.advance(BEGIN + 2 * HOUR)))
    model.rewind()
    assert told(list(model.advance(BEGIN + 2 * HOUR))) == first


def test_how_time_is_cut_does_not_matter(model: Model) -> None:
    whole = told(list(model.advance(BEGIN + HOUR)))
    model.rewind()
    parts: list[Report] = []
    for minute in range(7, 61, 7):
        parts += model.advance(BEGIN + minute * 60)
    parts += model.advance(BEGIN + HOUR)
    assert told(parts) == whole


def test_only_what_has_a_sensor_is_told(model: Model) -> None:
    reports = list(model.advance(BEGIN + HOUR))
    quantities = Counter((report.key, name) for report in reports for name in report.values)
    assert set(quantities) == {
        ("water-junction", "pressure"),
        ("water-junction", "supply"),
        ("water-pipe", "flow"),
        ("water-tank", "level"),
        ("water-pump", "flow"),
        ("water-pump", "power"),
        ("water-pump", "status"),
        ("water-pump", "control"),
    }
    gauged = {report.device for report in reports if report.key == "water-pipe"}
    assert len(gauged) < 0.3 * len(model.setting.network.pipes)
    loggers = {r.device for r in reports if "pressure" in r.values}
    assert len(loggers) < 0.6 * len(model.setting.network.junctions)


def test_readings_come_in_time_rounded_and_near_the_truth(model: Model) -> None:
    truth = dict(model.truths(BEGIN + HOUR))
    model.rewind()
    place = {(s.device, s.quantity): k for k, s in enumerate(model.sensors)}
    gaps = []
    for report in model.advance(BEGIN + HOUR):
        assert report.at <= report.arrives <= report.at + 600
        for name, value in report.values.items():
            if name == "pressure":
                assert value == round(float(value), 2)
                gaps.append(float(value) - truth[report.at][place[report.device, name]])
    assert 0.05 < np.std(gaps) < 0.2
    assert abs(np.mean(gaps)) < 0.03


def test_a_fast_plant_tells_less_often(model: Model) -> None:
    every_minute = len(list(model.advance(BEGIN + 2 * HOUR)))
    model.rewind()
    every_ten = len(list(model.advance(BEGIN + 2 * HOUR, every=600)))
    assert every_ten < 0.35 * every_minute


def test_sensors_fail_as_often_as_they_say() -> None:
    sensors = [Sensor("tank", str(k), "level") for k in range(300)]
    instruments = Instruments(sensors, seed=1)
    steps = range(BEGIN, BEGIN + 86_400, 300)
    readings = [instruments.read(np.full(300, 5.0), at) for at in steps]
    values = np.array([r.values for r in readings])
    lost = 1 - np.mean([r.heard.mean() for r in readings])
    late = np.mean([(r.delay > 0).mean() for r in readings])
    longest = 0
    for k in range(300):
        runs = np.split(values[:, k], np.flatnonzero(np.diff(values[:, k])) + 1)
        longest = max(longest, *(len(run) for run in runs))
    assert 0.001 < lost < 0.01
    assert 0.003 < late < 0.012
    assert longest >= 5


def test_customers_have_meters_and_sources_have_gauges(setting: Setting) -> None:
    sensors = equip(setting.network)
    assert len(set(sensors)) == len(sensors)
    metered = {s.element for s in sensors if s.quantity == "supply"}
    assert metered == {j.id for j in setting.network.junctions.values() if j.demand > 0}
    assert {"60", "20", "40", "50"} <= {s.element for s in sensors if s.kind == "pipe"}
    assert all(sensor.make is MAKES[sensor.quantity] for sensor in sensors)
