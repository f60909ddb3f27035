"""Set-points fall as far as the highest customer allows on a day of more demand, and no further."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from kota.errors import InputError
from kota.solutions.water.cli import make_commands
from kota.solutions.water.inp import net3
from kota.solutions.water.outlook.change import Changes
from kota.solutions.water.outlook.course import look_ahead
from kota.solutions.water.pressure.search import FINE_M, lowest

VALLEY = """
[JUNCTIONS]
A 0 0
B 0 10
HILL 12 20
[RESERVOIRS]
R 80
[PIPES]
main R A 100 300 120 0 Open
bc B HILL 500 150 120 0 Open
[VALVES]
prv A B 200 PRV 60 0
[OPTIONS]
Units CMH
Headloss H-W
[TIMES]
Duration 24:00
[END]
"""


@pytest.fixture
def valley(tmp_path: Path) -> Path:
    path = tmp_path / "valley.inp"
    path.write_text(VALLEY)
    return path


def test_the_set_point_falls_until_the_hill_has_just_enough(valley: Path) -> None:
    found = lowest(valley, least=20.0, stress=1.2)
    (setpoint,) = found.setpoints
    assert found.least_after == pytest.approx(20.0, abs=FINE_M)
    assert found.least_after >= 20.0 - 0.02
    assert setpoint.after < 40 < setpoint.before == 60
    lower = Changes(settings={"prv": setpoint.after - 1.0}, demand_factor=1.2)
    course = look_ahead(valley, changes=lower)
    assert course.pressure[:, course.served].min() < 20.0
    assert found.leakage < found.mean_after / found.mean_before + 0.05


def test_customers_with_too_little_already_lose_nothing(valley: Path) -> None:
    found = lowest(valley, least=55.0)
    assert found.setpoints[0].after == pytest.approx(60.0, abs=FINE_M)


def test_a_network_without_valves_and_odd_numbers_are_refused(valley: Path) -> None:
    with pytest.raises(InputError, match="no pressure-reducing valve"):
        lowest(net3())
    with pytest.raises(InputError, match="stress 9"):
        lowest(valley, stress=9)


def test_the_command_writes_what_it_found(valley: Path, tmp_path: Path) -> None:
    out = tmp_path / "p.json"
    asked = ["pressure", "--network", str(valley), "--out", str(out)]
    result = CliRunner().invoke(make_commands(), asked)
    assert result.exit_code == 0, result.output
    assert msgspec.json.decode(out.read_bytes())["setpoints"][0]["valve"] == "prv"
