"""EPANET's input files are read in SI units."""

from __future__ import annotations

from pathlib import Path

import pytest
from epanet import toolkit

from kota.errors import SolutionError
from kota.solutions.water.inp import net3, open_project, read_network

FOOT = 0.3048
GALLON_PER_MINUTE = 0.2271247


def test_net3_has_its_parts_in_metres_and_cubic_metres_an_hour() -> None:
    network = read_network(net3())
    assert len(network.junctions) == 92
    assert (len(network.tanks), len(network.reservoirs)) == (3, 2)
    assert (len(network.pipes), len(network.pumps), len(network.valves)) == (117, 2, 0)
    assert network.junctions["101"].elevation == pytest.approx(42 * FOOT)
    assert network.junctions["101"].demand == pytest.approx(189.95 * GALLON_PER_MINUTE, rel=1e-4)
    assert network.tanks["3"].diameter == pytest.approx(164 * FOOT)
    assert network.pipes["329"].length == pytest.approx(45_500 * FOOT)
    assert network.pipes["329"].diameter == pytest.approx(30 * 25.4)
    assert not network.pipes["330"].is_open
    assert network.pumps["335"].curve[0] == pytest.approx((0, 200 * FOOT))


def test_pressures_are_metres_of_water_above_the_junction() -> None:
    project = toolkit.createproject()
    open_project(toolkit, project, net3())
    toolkit.openH(project)
    toolkit.initH(project, toolkit.NOSAVE)
    toolkit.runH(project)
    node = toolkit.getnodeindex(project, "101")
    head, elevation, pressure = (
        toolkit.getnodevalue(project, node, what)
        for what in (toolkit.HEAD, toolkit.ELEVATION, toolkit.PRESSURE)
    )
    toolkit.deleteproject(project)
    assert pressure == pytest.approx(head - elevation, rel=1e-6)


def test_an_absent_file_is_named() -> None:
    with pytest.raises(SolutionError, match=r"nowhere\.inp: there is no such file"):
        read_network(Path("nowhere.inp"))


def test_a_file_that_epanet_refuses_is_named_with_its_reason(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.inp"
    wrong.write_text("[JUNCTIONS]\n a b c d e\n[END]\n")
    with pytest.raises(SolutionError, match=r"wrong\.inp"):
        read_network(wrong)


def test_a_file_without_a_network_is_refused(tmp_path: Path) -> None:
    empty = tmp_path / "empty.inp"
    empty.write_text("nothing here\n")
    with pytest.raises(SolutionError, match=r"empty\.inp"):
        read_network(empty)
