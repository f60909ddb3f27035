"""The simulated pumps obey commands, and their controller on site goes before any."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import msgspec
import numpy as np
import pytest

from kota.model.instant import SECOND, render
from kota.operate.commands.definition_check import faults
from kota.plant_commands import Devices
from kota.solutions.water.actuators import ACTUATORS
from kota.solutions.water.demand import HOMES
from kota.solutions.water.inp import net3, read_network
from kota.solutions.water.model import KEY, Model, Setting
from kota.solutions.water.network import Network, Pipe, Pump, Tank
from kota.solutions.water.served import fills

BEGIN = 1_764_259_200
PUMP = "PU-335"


@pytest.fixture
def model() -> Iterator[Model]:
    network = read_network(net3())
    bases = np.zeros((len(network.junctions), 3))
    bases[:, HOMES] = [junction.demand for junction in network.junctions.values()]
    made = Model(Setting(net3(), network, bases, seed=5, begin=BEGIN))
    yield made
    made.close()


def open_links(model: Model, until: int) -> tuple[bool, bool]:
    """Whether the pump runs and its bypass is open, after time has passed."""
    truth = [truth for truth, _ in model.states(until)][-1]
    links = model.hydraulics.links
    return bool(truth.is_open[links.index("335")]), bool(truth.is_open[links.index("330")])


def test_pump_when_commanded_then_it_obeys_until_its_controls_are_given_back(model: Model) -> None:
    assert open_links(model, BEGIN + 600) == (True, False)
    done = model.obey(KEY, PUMP, {"control": "CLOSED"})
    assert (done.fault, done.told) == (None, {"control": "CLOSED"})
    assert open_links(model, BEGIN + 1200) == (False, True)
    reports = [r for r in model.advance(BEGIN + 1500) if r.device == PUMP]
    told = {name: value for report in reports for name, value in report.values.items()}
    assert (told["control"], told["status"]) == ("CLOSED", "CLOSED")
    model.obey(KEY, PUMP, {"control": "AUTO"})
    assert open_links(model, BEGIN + 2400) == (True, False)


def test_pump_when_its_suction_is_low_then_it_refuses_and_stops(
    model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert model.obey(KEY, PUMP, {"control": "OPEN"}).fault is None
    assert open_links(model, BEGIN + 600)[0]
    monkeypatch.setattr("kota.solutions.water.plc.LOW_SUCTION", 1e4)
    assert not open_links(model, BEGIN + 1200)[0]
    refused = model.obey(KEY, PUMP, {"control": "OPEN"})
    assert refused.fault is not None
    assert "suction pressure" in refused.fault
    assert refused.told == {"control": "CLOSED"}
    assert not open_links(model, BEGIN + 1800)[0]


@pytest.mark.parametrize(
    ("key", "device", "orders"),
    [
        ("water-tank", PUMP, {"control": "OPEN"}),
        (KEY, "PU-77", {"control": "OPEN"}),
        (KEY, PUMP, {"speed": 1.0}),
        (KEY, PUMP, {"control": "FAST"}),
        (KEY, PUMP, {"control": 1}),
    ],
)
def test_plant_when_told_what_it_does_not_know_then_it_says_so(
    model: Model, key: str, device: str, orders: dict[str, object]
) -> None:
    assert model.obey(key, device, orders).fault is not None
    assert model.plc.setting("335") == "AUTO"


def order(sequence: int, value: str, *, expires: int = 100) -> bytes:
    said = {"control": value, "id": f"c{sequence}", "sequence": sequence}
    return msgspec.json.encode({**said, "expires": render(expires * SECOND)})


def test_devices_when_told_twice_late_or_nonsense_then_each_number_counts_once(
    model: Model,
) -> None:
    devices = Devices(model)
    first = devices.carry_out(KEY, PUMP, order(2, "CLOSED"), 0)
    assert first == ({"control": "OK", "id": "c2", "sequence": 2}, {"control": "CLOSED"})
    assert devices.carry_out(KEY, PUMP, order(2, "OPEN"), 0) == (first[0], {})
    assert devices.carry_out(KEY, PUMP, order(1, "OPEN"), 0) is None
    late = devices.carry_out(KEY, PUMP, order(3, "OPEN"), 100 * SECOND)
    assert late is not None
    assert "expired" in str(late[0]["control"])
    assert model.plc.setting("335") == "CLOSED"
    for payload in (b"", b"[]", b"{}", b'{"sequence": "x", "expires": 1}'):
        assert devices.carry_out(KEY, PUMP, payload, 0) is None


def test_fills_is_the_tank_that_a_pump_follows_else_the_nearest_that_it_does_not_draw_from() -> (
    None
):
    found = fills(read_network(net3()))
    assert found == {"10": "3", "335": "1"}
    tank = Tank("T", 0.0, 1.0, 0.0, 2.0, 5.0, (0.0, 0.0))
    curve = ((1.0, 1.0),)
    pipe = Pipe("p", "b", "c", 10.0, 100.0, 100.0, 0.0)
    lonely = Network({}, {}, {"a": replace(tank, id="a")}, {"p": pipe}, {}, {})
    pumped = replace(lonely, pumps={"x": Pump("x", "a", "b", curve)})
    assert fills(pumped) == {}


def test_definitions_of_water_are_right() -> None:
    assert [fault for one in ACTUATORS for fault in faults(one)] == []
