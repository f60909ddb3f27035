"""A burst in readings of a town is said within two hours; too few readings are refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.solutions.water.estimate.grid import (
    BEGIN,
    STEP_S,
    nodes_of,
    play,
    write_network,
    write_readings,
)
from typer.testing import CliRunner

from kota.errors import InputError
from kota.solutions.water.bursts.search import watched
from kota.solutions.water.cli import make_commands
from kota.solutions.water.estimate.scada import Scada, read_scada

DAY = 86_400 // STEP_S
DAYS = 15
STARTS = 13 * DAY + 20
WHERE, FLOW = "n43", 12.0


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("burst")
    network = write_network(folder / "grid.inp")
    times, pressures, inflow = play(network, DAYS, leak=(WHERE, STARTS, FLOW))
    write_readings(folder / "scada", times, pressures, inflow, nodes=nodes_of(network))
    return network, folder / "scada"


def alarms_of(network: Path, scada: Scada) -> list[int]:
    return [alarm.since for _, alarm, _ in watched(network, scada) if alarm is not None]


def test_a_burst_is_said_once_and_within_two_hours(town: tuple[Path, Path]) -> None:
    network, folder = town
    scada = read_scada(folder)
    start = BEGIN + STARTS * STEP_S
    alarms = alarms_of(network, scada)
    assert len(alarms) == 1
    assert start <= alarms[0] <= start + 7200
    cut = scada.until(alarms[0])
    assert alarms_of(network, cut) == alarms


def test_the_command_writes_a_row_an_alarm(town: tuple[Path, Path], tmp_path: Path) -> None:
    network, folder = town
    out = tmp_path / "alarms.csv"
    asked = ["bursts", "--network", network, "--scada", folder, "--out", out]
    result = CliRunner().invoke(make_commands(), [str(each) for each in asked])
    assert result.exit_code == 0, result.output
    head, row = out.read_text().splitlines()
    assert head == "time,area,flow_m3_per_h,std,pipes"
    time, area, flow, _, pipes = row.split(",")
    assert (time[:10], area) == ("2018-01-14", "1")
    assert float(flow) > 4
    assert all(share.count(":") == 1 for share in pipes.split())


def test_too_short_a_folder_is_refused(town: tuple[Path, Path]) -> None:
    network, folder = town
    scada = read_scada(folder).rows(slice(0, 5 * DAY))
    with pytest.raises(InputError, match=r"cover 5\.0 days"):
        next(watched(network, scada))
