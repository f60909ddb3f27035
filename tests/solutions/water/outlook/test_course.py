"""A look ahead begins as the network stands, changes as asked for, and warns in time."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from kota.errors import InputError
from kota.solutions.water.cli import make_commands
from kota.solutions.water.inp import net3, read_network
from kota.solutions.water.outlook.change import Changes
from kota.solutions.water.outlook.compare import compare
from kota.solutions.water.outlook.course import Begin, Chlorine, look_ahead
from kota.solutions.water.outlook.warn import Limits, warned_of
from kota.solutions.water.schedule.tariff import Tariff

HILL = """
[JUNCTIONS]
A 0 0
B 0 10
C 0 20
[RESERVOIRS]
R 50
[TANKS]
T 20 3 0 6 10 0
[PIPES]
main R A 100 300 120 0 Open
ab A B 100 200 120 0 Open
bc B C 100 200 120 0 Open
up A T 100 200 120 0 Closed
[PATTERNS]
1 1
2 0.5 1.5
[REACTIONS]
Global Bulk -0.5
[OPTIONS]
Units CMH
Headloss H-W
Pattern 1
[TIMES]
Duration 24:00
Hydraulic Timestep 0:05
Pattern Timestep 12:00
[END]
"""


@pytest.fixture
def hill(tmp_path: Path) -> Path:
    path = tmp_path / "hill.inp"
    path.write_text(HILL)
    return path


def test_levels_begin_as_told_and_water_is_neither_made_nor_lost() -> None:
    path = net3()
    network = read_network(path)
    course = look_ahead(path, Begin(levels={"1": 4.0, "2": 7.0}), hours=12)
    k, other = course.tanks.index("1"), course.tanks.index("2")
    assert course.level[0, [k, other]] == pytest.approx([4.0, 7.0], abs=0.01)
    tanks = [course.nodes.index(name) for name in course.tanks]
    reservoirs = [course.nodes.index(name) for name in network.reservoirs]
    drawn = course.demand[:-1].sum(axis=1)
    junctions = drawn - course.demand[:-1, tanks + reservoirs].sum(axis=1)
    given = -course.demand[:-1, reservoirs].sum()
    areas = np.array([network.tanks[name].area for name in course.tanks])
    stored = ((course.level[-1] - course.level[0]) * areas).sum()
    assert (given - junctions.sum()) * 300 / 3600 == pytest.approx(stored, rel=0.05, abs=20)


def test_a_closed_main_leaves_those_behind_it_without_water(hill: Path) -> None:
    found = compare(hill, Changes(closed=("bc",)), hours=2)
    assert found.without_water == ("C",)
    assert found.after.deficit_m3 == pytest.approx(40.0, rel=0.01)
    assert found.before.deficit_m3 == 0
    assert [each.kind for each in found.warnings] == ["lowPressure", "noSupply"]


def test_demand_follows_factor_addition_and_profile(hill: Path) -> None:
    at = slice(0, 1)
    plain = look_ahead(hill, hours=1)
    more = look_ahead(hill, changes=Changes(demand_factor=2.0, demand={"B": 5.0}), hours=1)
    b, c = plain.nodes.index("B"), plain.nodes.index("C")
    assert plain.demand[at, [b, c]].ravel() == pytest.approx([10, 20], rel=1e-3)
    assert more.demand[at, [b, c]].ravel() == pytest.approx([25, 40], rel=1e-3)
    hourly = look_ahead(hill, Begin(clock=7200, profile=np.array([0.5, 1.5])), hours=2)
    assert hourly.demand[[0, 11, 13], c] == pytest.approx([10, 10, 30], rel=1e-3)


def test_a_tank_that_runs_empty_is_warned_of_before_and_customers_after(hill: Path) -> None:
    changes = Changes(closed=("main",), opened=("up",))
    course = look_ahead(hill, Begin(levels={"T": 2.0}), changes, hours=8)
    warned = warned_of(course, read_network(hill), Limits(pressure=5.0))
    kinds = [each.kind for each in warned]
    assert kinds.index("tankLow") < kinds.index("tankEmpty") <= kinds.index("noSupply")
    low = next(each for each in warned if each.kind == "tankLow")
    area = np.pi * 25
    assert low.begins == pytest.approx((2.0 - 0.9) * area / 30 * 3600, abs=600)


def test_water_ages_in_a_dead_end_and_chlorine_decays(hill: Path) -> None:
    shut = Changes(demand={"C": -20.0})
    aged = look_ahead(hill, changes=shut, hours=24, quality="age")
    assert aged.quality is not None
    assert aged.quality[-1, aged.nodes.index("C")] > 20
    assert aged.quality[-1, aged.nodes.index("A")] < 1
    fed = look_ahead(hill, hours=24, quality="chlorine", chlorine=Chlorine(dose=0.8, bulk=-2.0))
    assert fed.quality is not None
    near, far = (fed.quality[-1, fed.nodes.index(name)] for name in "AC")
    assert 0.8 > near > far > 0.5
    assert warned_of(fed, read_network(hill), Limits(chlorine=0.79), quality="chlorine")


def test_a_tariff_prices_energy_by_the_hour() -> None:
    night = Tariff((0, 6 * 3600), (0.05, 0.20))
    found = compare(net3(), Changes(), hours=6, after_tariff=night)
    assert found.before.energy_kwh == found.after.energy_kwh > 0
    assert found.after.cost == pytest.approx(found.before.cost / 2, rel=0.01)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (Changes(closed=("nowhere",)), "no link 'nowhere'"),
        (Changes(closed=("bc",), opened=("bc",)), "both closed and open"),
        (Changes(demand={"Q": 1.0}), "no junction 'Q'"),
        (Changes(settings={"bc": 1.0}), "no valve or pump 'bc'"),
        (Changes(demand_factor=-1.0), "expected 0 to 10"),
    ],
)
def test_what_the_network_has_not_is_refused(hill: Path, changes: Changes, said: str) -> None:
    with pytest.raises(InputError, match=said):
        look_ahead(hill, changes=changes)


def test_the_commands_write_warnings_and_figures(hill: Path, tmp_path: Path) -> None:
    out, nodes = tmp_path / "o.json", tmp_path / "o.parquet"
    asked = ["outlook", "--network", str(hill), "--out", str(out), "--nodes", str(nodes), "--age"]
    result = CliRunner().invoke(make_commands(), [*asked, "--level", "T=0.3"])
    assert result.exit_code == 0, result.output
    assert "tankLow T" in result.output
    assert msgspec.json.decode(out.read_bytes())["level"]["T"][0] == pytest.approx(0.3, abs=0.01)
    assert pq.read_table(nodes).num_rows == 289 * 5
    asked = ["what-if", "--network", str(hill), "--close", "bc", "--hours", "1", "--json"]
    result = CliRunner().invoke(make_commands(), asked)
    assert msgspec.json.decode(result.output)["without_water"] == ["C"]
    result = CliRunner().invoke(make_commands(), ["what-if", "--network", str(hill), "--take", "5"])
    assert isinstance(result.exception, InputError)
