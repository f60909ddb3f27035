"""A leak is found near its pipe soon after it begins, from what is past alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
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
from kota.solutions.water.cli import make_commands
from kota.solutions.water.estimate.twin import Twin
from kota.solutions.water.leaks.known import NEVER, read_known
from kota.solutions.water.leaks.places import NEAR, Places
from kota.solutions.water.leaks.search import search

DAY = 86_400 // STEP_S
TRAINING, WATCHED = 14, 8
STARTS = (TRAINING + 3) * DAY
WHERE, FLOW = "n43", 6.0


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("leak")
    network = write_network(folder / "grid.inp")
    nodes = nodes_of(network)
    days = TRAINING + WATCHED
    times, pressures, inflow = play(network, days, leak=(WHERE, STARTS, FLOW))
    for name, rows in (("1", slice(0, TRAINING * DAY)), ("2", slice(TRAINING * DAY, None))):
        place = folder / "scada" / name
        write_readings(place, times[rows], pressures[rows], inflow[rows], nodes=nodes)
    return network, folder / "scada"


def test_a_leak_is_found_within_300_m_and_two_days_and_nothing_else(
    town: tuple[Path, Path],
) -> None:
    network, scada = town
    found = search(network, scada).found
    with Twin(network, flows=(), levels=()) as twin:
        places = Places(twin)
        beside = [k for k, take in enumerate(places.take) if take[twin.node[WHERE]] > 0]
    assert len(found) == 1
    pipe = places.index[found[0].pipe]
    assert min(places.distance[pipe, beside]) <= NEAR
    start = BEGIN + STARTS * STEP_S
    assert start < found[0].at <= start + 2 * 86_400
    assert found[0].flow == pytest.approx(FLOW, rel=0.3)


def test_cutting_the_input_changes_nothing_that_was_told_before(town: tuple[Path, Path]) -> None:
    network, scada = town
    whole = search(network, scada).found
    for days in (2, 5):
        end = BEGIN + (TRAINING + days) * 86_400
        part = search(network, scada, until=end).found
        assert part == tuple(leak for leak in whole if leak.at <= end)


def test_the_command_writes_pipe_and_instant(town: tuple[Path, Path], tmp_path: Path) -> None:
    network, scada = town
    out = tmp_path / "leaks.csv"
    asked = ["leaks", "--network", network, "--scada", scada, "--out", out]
    result = CliRunner().invoke(make_commands(), [str(each) for each in asked])
    assert result.exit_code == 0, result.output
    pipe, stamp = out.read_text().strip().split(", ")
    assert pipe[0] in "hvm"
    assert np.datetime64(stamp) > np.datetime64(BEGIN + STARTS * STEP_S, "s")


def test_one_folder_alone_is_refused(town: tuple[Path, Path]) -> None:
    network, scada = town
    with pytest.raises(InputError, match="expected a folder a year"):
        search(network, scada / "1")


def test_an_instant_that_is_none_is_refused(town: tuple[Path, Path], tmp_path: Path) -> None:
    network, scada = town
    asked = ["leaks", "--network", network, "--scada", scada, "--out", tmp_path / "x"]
    result = CliRunner().invoke(make_commands(), [*map(str, asked), "--until", "soon"])
    assert isinstance(result.exception, InputError)
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize(
    ("content", "days"),
    [
        ("pipe, repaired\nh00, 2018-01-03 10:00\n", [2]),
        ("h00, 2018-01-01 10:00, 2018-01-05 10:00\n", [4]),
        ("Timestamp;h00;v11\n2018-01-01 00:00;1,5;0\n2018-01-02 00:00;0,0;2\n", [0, NEVER]),
        ("# linkID, startTime, endTime\nh00, 2018-01-01 10:00, \n", [NEVER]),
        ("pipe, start\nh00, 2018-01-01 10:00\n", [NEVER]),
        ("# nothing\n", []),
    ],
)
def test_known_leaks_are_read_in_several_manners(
    town: tuple[Path, Path], tmp_path: Path, content: str, days: list[int]
) -> None:
    (tmp_path / "leaks_known.csv").write_text(content)
    with Twin(town[0], flows=(), levels=()) as twin:
        known = read_known(tmp_path / "leaks_known.csv", Places(twin), np.array([BEGIN]))
    assert [each.repaired for each in known] == days


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("pipe, repaired\nx9, 2018-01-03 10:00\n", "line 2: 'x9' is no pipe of the network"),
        ("h00, yesterday\n", "line 1: no instant of repair"),
        ("Timestamp;x9\n2018-01-01 00:00;1\n", "line 1: 'x9' is no pipe"),
    ],
)
def test_known_leaks_that_cannot_be_understood_are_refused_with_their_line(
    town: tuple[Path, Path], tmp_path: Path, content: str, said: str
) -> None:
    (tmp_path / "leaks_known.csv").write_text(content)
    with Twin(town[0], flows=(), levels=()) as twin, pytest.raises(InputError, match=said):
        read_known(tmp_path / "leaks_known.csv", Places(twin), np.array([BEGIN]))
