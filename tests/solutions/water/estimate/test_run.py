"""Unmetered pressures are estimated better than the model gives them, and honestly."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from tests.solutions.water.estimate.grid import (
    INFLOW,
    LOGGERS,
    nodes_of,
    play,
    true_flows,
    write_network,
    write_readings,
)
from typer.testing import CliRunner

from kota.solutions.water.cli import make_commands
from kota.solutions.water.estimate.run import Course
from kota.solutions.water.estimate.scada import Scada, read_scada
from kota.solutions.water.estimate.twin import Twin

DAYS = 4


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, np.ndarray]:
    folder = tmp_path_factory.mktemp("town")
    network = write_network(folder / "grid.inp")
    times, pressures, inflow = play(network, DAYS)
    write_readings(folder / "readings", times, pressures, inflow, nodes=nodes_of(network))
    return network, folder / "readings", pressures


def errors(network: Path, scada: Scada, truth: np.ndarray) -> tuple[float, float]:
    nodes = nodes_of(network)
    asked = [k for k, name in enumerate(nodes) if name not in LOGGERS and name != "R"]
    found = [estimate for _, _, estimate in Course(network, scada).run()]
    wrong = np.abs(np.array([each.pressure for each in found]) - truth)[:, asked]
    inside = wrong <= 1.645 * np.array([each.spread for each in found])[:, asked]
    return float(wrong.mean()), float(inside.mean())


def test_it_errs_less_than_a_quarter_of_what_the_model_alone_does(
    town: tuple[Path, Path, np.ndarray],
) -> None:
    network, readings, truth = town
    scada = read_scada(readings)
    nodes = nodes_of(network)
    asked = [k for k, name in enumerate(nodes) if name not in LOGGERS and name != "R"]
    with Twin(network, flows=(INFLOW,), levels=()) as twin:
        plain = [twin.solve(twin.usual(int(t)), {}, {}).head - twin.elevation for t in scada.times]
    model = np.abs(np.array(plain) - truth)[:, asked].mean()
    error, covered = errors(network, scada, truth)
    assert error < 0.25 * model
    assert 0.8 < covered <= 1.0


def test_flows_are_nearer_the_truth_than_the_models_and_hold_the_balance(
    town: tuple[Path, Path, np.ndarray],
) -> None:
    network, readings, truth = town
    scada = read_scada(readings)
    course = Course(network, scada, flows=True)
    found = [estimate for _, _, estimate in course.run()]
    times, _, _ = play(network, DAYS)
    with Twin(network, flows=(INFLOW,), levels=()) as twin:
        plain = np.array([twin.solve(twin.usual(int(t)), {}, {}).flow for t in times])
        real = np.array(list(true_flows(network, DAYS)))
        main = twin.link[INFLOW]
        start, end = twin.ends.T
        known = [k for k, name in enumerate(twin.links) if name != INFLOW]
        demand = np.array([twin.node[name] for name in twin.network.junctions])
    flow = np.array([each.flow for each in found])
    spread = np.array([each.flow_spread for each in found])
    late = slice(len(found) // 4, None)
    wrong = np.abs(flow - real)[late][:, known]
    assert course.links[main] == INFLOW
    assert wrong.mean() < 0.8 * np.abs(plain - real)[late][:, known].mean()
    assert 0.8 < (wrong <= 1.645 * spread[late][:, known]).mean() <= 1.0
    net = np.zeros((len(flow), len(truth[0])))
    for k in range(flow.shape[1]):
        net[:, end[k]] += flow[:, k]
        net[:, start[k]] -= flow[:, k]
    assert net[late][:, demand].sum(axis=1) == pytest.approx(flow[late, main], rel=1e-6)


def test_three_faulty_loggers_hardly_matter(town: tuple[Path, Path, np.ndarray]) -> None:
    network, readings, truth = town
    scada = read_scada(readings)
    sound, _ = errors(network, scada, truth)
    scada.pressures.values[:, 3] += 3.0
    scada.pressures.values[20:, 6] = scada.pressures.values[20, 6]
    scada.pressures.values[:, 9] += np.linspace(0, 5, len(scada.times))
    error, covered = errors(network, scada, truth)
    assert error < 2 * sound
    assert covered > 0.8


def test_what_comes_later_changes_nothing(town: tuple[Path, Path, np.ndarray]) -> None:
    network, readings, _ = town
    scada = read_scada(readings)
    cut = 60
    whole = [estimate for _, _, estimate in Course(network, scada).run()][:cut]
    part = [estimate for _, _, estimate in Course(network, scada.rows(slice(0, cut))).run()]
    for one, other in zip(whole, part, strict=True):
        assert one.pressure == pytest.approx(other.pressure, abs=1e-9)


def test_silence_widens_the_uncertainty_and_never_ends_the_estimates(
    town: tuple[Path, Path, np.ndarray],
) -> None:
    network, readings, _ = town
    scada = read_scada(readings)
    sound = [estimate for _, _, estimate in Course(network, scada.rows(slice(0, 20))).run()]
    scada.pressures.values[10:20] = np.nan
    scada.flows.values[10:20] = np.nan
    found = [estimate for _, _, estimate in Course(network, scada.rows(slice(0, 20))).run()]
    assert all(np.isfinite(each.pressure).all() for each in found)
    for step in (10, 15, 19):
        assert np.median(found[step].spread) > 1.5 * np.median(sound[step].spread)


def test_the_command_writes_a_row_a_node_and_step(
    town: tuple[Path, Path, np.ndarray], tmp_path: Path
) -> None:
    network, readings, _ = town
    out = tmp_path / "pressures.parquet"
    flows = tmp_path / "flows.parquet"
    asked = ["estimate", "--network", network, "--readings", readings, "--out", out]
    asked += ["--flows", flows]
    result = CliRunner().invoke(make_commands(), [str(each) for each in asked])
    assert result.exit_code == 0, result.output
    table = pq.read_table(out)
    assert table.num_rows == DAYS * 48 * 37
    assert table.column_names == ["time", "node", "pressure", "std", "low", "high"]
    table = pq.read_table(flows)
    assert table.num_rows == DAYS * 48 * 61
    assert table.column_names == ["time", "link", "flow", "std", "low", "high"]
    assert not list(tmp_path.glob("*.part"))
