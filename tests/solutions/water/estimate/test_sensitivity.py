"""The adjoint tells what the model, run again, shows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.solutions.water.estimate.grid import BEGIN, LOGGERS, write_network

from kota.solutions.water.estimate.sensitivity import Linear
from kota.solutions.water.estimate.twin import Twin


@pytest.fixture
def twin(tmp_path: Path) -> Twin:
    return Twin(write_network(tmp_path / "grid.inp"), flows=("main",), levels=())


def test_answers_to_demand_and_resistance_are_those_of_small_changes(twin: Twin) -> None:
    demand = twin.usual(BEGIN + 8 * 3600)
    state = twin.solve(demand, {}, {})
    nodes = np.array([twin.node[name] for name in LOGGERS])
    answer = Linear(twin, state).answer(nodes, np.array([twin.link["main"]]))
    more = demand.copy()
    more[twin.node["n33"]] += 0.1
    moved = twin.solve(more, {}, {})
    seen = np.append((moved.head - state.head)[nodes], moved.flow[0] - state.flow[0]) / 0.1
    assert answer.demand[:-1, twin.node["n33"]] == pytest.approx(seen[:-1], rel=0.03, abs=1e-4)
    assert answer.demand[-1, twin.node["n33"]] == pytest.approx(1.0, abs=1e-3)
    pipe = list(twin.network.pipes).index("h00")
    factor = np.ones(len(twin.network.pipes))
    factor[pipe] = np.exp(0.02)
    twin.resist(factor)
    moved = twin.solve(demand, {}, {})
    seen = (moved.head - state.head)[nodes] / 0.02
    assert answer.resistance[:-1, pipe] == pytest.approx(seen, rel=0.05, abs=2e-3)
    twin.close()


def test_the_whole_field_agrees_with_the_adjoint(twin: Twin) -> None:
    state = twin.solve(twin.usual(BEGIN + 8 * 3600), {}, {})
    linear = Linear(twin, state)
    nodes = np.array([twin.node[name] for name in LOGGERS])
    heads = linear.heads(np.eye(len(twin.nodes)))
    answer = linear.answer(nodes, np.zeros(0, dtype=int))
    assert heads[nodes] == pytest.approx(answer.demand, abs=1e-9)
    assert linear.by_pipe(heads)[nodes] == pytest.approx(answer.resistance, abs=1e-9)
    twin.close()
