"""What goes wrong in the plant does so physically, when it is said to, and can be shut off."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from math import sqrt

import numpy as np
import pytest

from kota.errors import SolutionError
from kota.solutions.water.demand import HOMES
from kota.solutions.water.incidents import AT_PRESSURE, Incident
from kota.solutions.water.inp import net3, read_network
from kota.solutions.water.model import KEY, PROBE_KEY, VALVE_KEY, Model, Setting
from kota.solutions.water.sections import SectionValve, cut_off, place_valves

BEGIN = 1_764_259_200
HOUR = 3600
NETWORK = read_network(net3())
ENCLOSING = ("SV-238-207", "SV-243-211")
"""Around pipe 241."""
VALVES = tuple(
    {
        valve.id: valve
        for valve in (
            *place_valves(NETWORK),
            SectionValve("SV-238-207", "238", "207"),
            SectionValve("SV-243-211", "243", "211"),
        )
    }.values()
)


@contextmanager
def playing(*incidents: Incident, probes: tuple[str, ...] = ()) -> Iterator[Model]:
    bases = np.zeros((len(NETWORK.junctions), 3))
    bases[:, HOMES] = [junction.demand for junction in NETWORK.junctions.values()]
    setting = Setting(
        net3(),
        NETWORK,
        bases,
        seed=5,
        begin=BEGIN,
        valves=VALVES,
        incidents=incidents,
        probes=probes,
    )
    model = Model(setting)
    try:
        yield model
    finally:
        model.close()


def outflow(model: Model, until: int, pipe: str) -> tuple[float, float]:
    """What the pipe lets out, and what c √p is at the mean of its ends' pressures."""
    truth = [truth for truth, _ in model.states(until)][-1]
    names = model.hydraulics.nodes
    ends = NETWORK.pipes[pipe].start, NETWORK.pipes[pipe].end
    pressure = np.mean([truth.pressure[names.index(end)] for end in ends])
    return model.hydraulics.leaks(truth)[pipe], sqrt(max(pressure, 0.0) / AT_PRESSURE)


def test_burst_when_it_lasts_then_it_lets_out_what_pressure_drives_and_nothing_else() -> None:
    burst = Incident("burst", "241", BEGIN + HOUR, BEGIN + 3 * HOUR, 50.0)
    with playing(burst) as model:
        assert outflow(model, BEGIN + HOUR, "241")[0] < 0.01
        out, root = outflow(model, BEGIN + 2 * HOUR, "241")
        assert out == pytest.approx(50.0 * root, rel=0.05)
        assert outflow(model, BEGIN + 4 * HOUR, "241")[0] < 0.01


def test_leak_when_it_begins_then_it_grows() -> None:
    with playing(Incident("leak", "241", BEGIN, size=12.0)) as model:
        hourly = [outflow(model, BEGIN + k * HOUR, "241")[0] for k in range(1, 7)]
    assert np.all(np.diff(hourly) > 0.5)


def test_water_that_leaves_is_water_that_comes_in_when_a_main_has_burst() -> None:
    with playing(Incident("burst", "241", BEGIN, size=80.0)) as model:
        for truth, _ in model.states(BEGIN + 2 * HOUR):
            assert abs(truth.demand.sum()) < 0.02 * np.abs(truth.demand).sum()


def test_burst_when_the_valves_around_it_are_shut_then_it_ends_and_they_are_dry() -> None:
    with playing(Incident("burst", "241", BEGIN, size=80.0)) as model:
        assert outflow(model, BEGIN + HOUR, "241")[0] > 50
        for valve in ENCLOSING:
            assert model.obey(VALVE_KEY, valve, {"control": "CLOSED"}).fault is None
        assert model.dry == {"206", "208", "209"}
        truth, metered = list(model.states(BEGIN + 2 * HOUR))[-1]
        assert model.hydraulics.leaks(truth)["241"] < 0.01
        junctions = list(NETWORK.junctions)
        dry = [junctions.index(name) for name in model.dry]
        assert metered[dry].max() == 0.0
        assert np.isfinite(truth.pressure).all()
        for valve in ENCLOSING:
            model.obey(VALVE_KEY, valve, {"control": "OPEN"})
        assert not model.dry
        assert outflow(model, BEGIN + 3 * HOUR, "241")[0] > 50


def test_valve_when_it_is_stuck_then_it_says_so_and_stays() -> None:
    with playing(Incident("stuck-valve", "SV-243-211", BEGIN)) as model:
        done = model.obey(VALVE_KEY, "SV-243-211", {"control": "CLOSED"})
        assert done.fault == "the valve does not move"
        assert done.told == {"control": "OPEN"}
        assert model.hydraulics.shut_pipes() == ()


def test_pump_when_it_is_stuck_then_it_runs_on_until_it_is_mended() -> None:
    stuck = Incident("stuck-pump", "335", BEGIN + HOUR, BEGIN + 2 * HOUR)
    with playing(stuck) as model:
        for _ in model.states(BEGIN + HOUR + 60):
            pass
        assert model.hydraulics.runs("335")
        assert model.obey(KEY, "PU-335", {"control": "CLOSED"}).fault is not None
        for _ in model.states(BEGIN + 2 * HOUR + 60):
            pass
        assert model.obey(KEY, "PU-335", {"control": "CLOSED"}).fault is None
        for _ in model.states(BEGIN + 2 * HOUR + 120):
            pass
        assert not model.hydraulics.runs("335")


def test_sensor_when_it_drifts_then_it_alone_errs_more_and_more() -> None:
    with playing(Incident("drift", "J-101/pressure", BEGIN, size=2.0)) as model:
        k = [(s.device, s.quantity) for s in model.sensors].index(("J-101", "pressure"))
        errors = []
        for at, truth in model.truths(BEGIN + 3 * HOUR + 60):
            if at % HOUR == 0:
                told, _ = model.read(truth, at)
                errors.append(told[k] - truth[k])
                others = np.delete(np.abs(told - truth), k)
                assert others.max() < 0.1 * np.abs(truth).max()
    assert np.allclose(errors, [0, 2, 4, 6], atol=0.6)


def test_attack_when_a_pump_is_seized_then_telemetry_tells_what_was_before() -> None:
    attack = Incident("attack", "335", BEGIN + HOUR, size=0.0)
    with playing(attack) as model:
        flow, level = (
            [(s.device, s.quantity) for s in model.sensors].index(key)
            for key in (("PU-335", "flow"), ("T-1", "level"))
        )
        for at, truth in model.truths(BEGIN + 3 * HOUR):
            told, _ = model.read(truth, at)
        assert truth[flow] == pytest.approx(0.0, abs=0.1)
        assert told[flow] > 100
        assert abs(told[level] - truth[level]) > 0.3
        done = model.obey(KEY, "PU-335", {"control": "OPEN"})
        assert (done.fault, done.told) == (None, {"control": "OPEN"})
        assert not model.hydraulics.runs("335")


def test_valves_when_time_passes_then_each_tells_its_setting_a_few_times_an_hour() -> None:
    with playing() as model:
        model.obey(VALVE_KEY, "SV-243-211", {"control": "CLOSED"})
        said = [r for r in model.advance(BEGIN + HOUR) if r.key == VALVE_KEY]
    assert {r.device for r in said} == {valve.id for valve in VALVES}
    assert {str(r.values["control"]) for r in said if r.device == "SV-243-211"} == {"CLOSED"}
    assert len(said) == 4 * len(VALVES)


def test_contamination_when_it_lasts_then_probes_downstream_see_it_later_and_none_upstream() -> (
    None
):
    cloud = Incident("contamination", "191", BEGIN + HOUR, BEGIN + 2 * HOUR, 10.0)
    with playing(cloud, probes=("191", "187", "247", "15")) as model:
        said: dict[str, list[float]] = {}
        times: dict[str, list[int]] = {}
        for report in model.advance(BEGIN + 8 * HOUR):
            if report.key == PROBE_KEY:
                said.setdefault(report.device, []).append(float(report.values["turbidity"]))
                times.setdefault(report.device, []).append(report.at)
    cloudy = {
        device: [at for at, value in zip(times[device], values, strict=True) if value > 1.0]
        for device, values in said.items()
    }
    assert cloudy["TQ-15"] == []
    assert BEGIN + HOUR <= cloudy["TQ-191"][0] <= BEGIN + HOUR + 600
    assert cloudy["TQ-191"][-1] <= BEGIN + 2 * HOUR + 600
    assert cloudy["TQ-247"][0] > cloudy["TQ-191"][0]
    assert max(said["TQ-191"]) == pytest.approx(10.3, abs=0.2)


@pytest.mark.parametrize(
    ("incident", "words"),
    [
        (Incident("burst", "999", BEGIN, size=5.0), "expected a pipe"),
        (Incident("burst", "241", BEGIN, size=0.0), "above 0"),
        (Incident("leak", "241", BEGIN, BEGIN, 5.0), "before it begins"),
        (Incident("drift", "J-101", BEGIN, size=1.0), "J-101/pressure"),
        (Incident("stuck-valve", "SV-1", BEGIN), "sectioning valve"),
        (Incident("contamination", "241x", BEGIN, size=1.0), "expected a junction"),
        (Incident("contamination", "191", BEGIN), "NTU above 0"),
        (Incident("flood", "241", BEGIN), "expected one of"),  # type: ignore[arg-type]
    ],
)
def test_incident_when_it_cannot_happen_then_it_is_refused(incident: Incident, words: str) -> None:
    with pytest.raises(SolutionError, match=words), playing(incident):
        pass


def test_nothing_is_cut_off_until_a_pipe_is_shut() -> None:
    assert cut_off(NETWORK, ()) == frozenset()
    assert cut_off(NETWORK, ("60", "20", "40", "50", "101")) >= {"61", "601"}
