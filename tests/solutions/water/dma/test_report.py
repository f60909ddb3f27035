"""The area that leaks is first on the work list, with its leakage; the command writes it all."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from tests.solutions.water.estimate.grid import (
    STEP_S,
    nodes_of,
    play,
    write_network,
    write_readings,
)
from typer.testing import CliRunner

from kota.errors import InputError
from kota.solutions.water.cli import make_commands
from kota.solutions.water.dma.report import balances
from kota.solutions.water.estimate.scada import Scada, Table, read_scada

DAYS = 8
LEAK = 20.0


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("dma")
    network = write_network(folder / "grid.inp")
    found = play(network, DAYS, leak=("n43", 0, LEAK))
    return network, write_readings(folder / "scada", *found, nodes=nodes_of(network))


def connections(path: Path) -> Path:
    rows = [f"n{x}{y},20" for x in range(6) for y in range(6)]
    path.write_text("\n".join(["junction,connections", *rows]) + "\n")
    return path


def test_leakage_is_found_within_its_spread(town: tuple[Path, Path]) -> None:
    network, folder = town
    told = {f"n{x}{y}": 20.0 for x in range(6) for y in range(6)}
    scada = read_scada(folder)
    (found,) = balances(network, scada, connections=told)
    usual = float(scada.flows.values.mean()) - LEAK  # the town takes as much by night
    truth = 24 * (LEAK + usual - 720 * 1.7 / 1000)
    assert abs(found.losses.leakage - truth) < 3 * found.spread
    assert found.spread < 0.05 * truth
    assert found.lost == pytest.approx(DAYS * found.losses.leakage, rel=0.1)
    assert found.cost == pytest.approx(0.8 * found.lost)
    assert found.unsold is None


def test_what_is_not_sold_is_known_where_all_customers_are_metered(
    town: tuple[Path, Path],
) -> None:
    network, folder = town
    scada = read_scada(folder)
    names = tuple(f"n{x}{y}" for x in range(6) for y in range(6))
    sold = (scada.flows.values - LEAK) / 36 * np.ones(36)
    metered = Scada(scada.times, scada.pressures, scada.flows, scada.levels, Table(names, sold), ())
    (found,) = balances(network, metered)
    inflow = float(scada.flows.values.mean())
    assert found.unsold == pytest.approx(LEAK / inflow, rel=0.01)


def test_the_command_writes_work_list_and_days(town: tuple[Path, Path], tmp_path: Path) -> None:
    network, folder = town
    table = connections(tmp_path / "connections.csv")
    asked = ["balance", "--network", network, "--scada", folder, "--out", tmp_path / "out"]
    asked += ["--connections", table]
    result = CliRunner().invoke(make_commands(), [str(each) for each in asked])
    assert result.exit_code == 0, result.output
    with (tmp_path / "out" / "areas.csv").open() as file:
        (area,) = csv.DictReader(file)
    assert (area["rank"], area["connections"], area["nrw_share"]) == ("1", "720", "")
    assert float(area["ili"]) > 1
    with (tmp_path / "out" / "days.csv").open() as file:
        assert len(list(csv.DictReader(file))) == DAYS
    asked = ["balance", "--network", network, "--propose", "2", "--out", tmp_path / "cut"]
    result = CliRunner().invoke(make_commands(), [str(each) for each in asked])
    assert result.exit_code == 0, result.output
    assert "meter" in (tmp_path / "cut" / "proposal.csv").read_text()


def test_bad_input_is_refused_with_its_place(town: tuple[Path, Path], tmp_path: Path) -> None:
    network, folder = town
    scada = read_scada(folder)
    with pytest.raises(InputError, match=r"cover 6\.0 h"):
        balances(network, scada.rows(slice(0, 6 * 3600 // STEP_S)))
    with pytest.raises(InputError, match="no junction 'x'"):
        balances(network, scada, connections={"x": 1.0})
    bad = tmp_path / "bad.csv"
    bad.write_text("junction,connections\nn00,many\n")
    asked = ["balance", "--network", network, "--scada", folder, "--out", tmp_path / "o"]
    asked += ["--connections", bad]
    result = CliRunner().invoke(make_commands(), [str(each) for each in asked])
    assert isinstance(result.exception, InputError)
    assert "line 2" in str(result.exception)
    assert not (tmp_path / "o").exists()
