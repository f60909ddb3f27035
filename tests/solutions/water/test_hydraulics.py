"""The simulated network keeps the laws of water."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kota.solutions.water.hydraulics import Hydraulics, Opening, Start
from kota.solutions.water.inp import net3, read_network
from kota.solutions.water.network import Network
from kota.solutions.water.rescale import rescale

NET3 = read_network(net3())


@settings(max_examples=15, deadline=None)
@given(
    scale=st.floats(0.3, 1.6),
    flow=st.floats(0.1, 2.0),
    seed=st.integers(0, 10_000),
)
def test_what_flows_in_is_used_or_stored(scale: float, flow: float, seed: int) -> None:
    network = smaller(flow)
    rng = np.random.default_rng(seed)
    base = np.array([junction.demand for junction in network.junctions.values()])
    with Hydraulics(net3(), network, step=300) as hydraulics:
        sources = [hydraulics.nodes.index(name) for name in network.reservoirs]
        demand = base * scale
        before, drawn = hydraulics.solve(demand), demand.sum()
        for _ in range(12):
            hours = hydraulics.move() / 3600
            demand = base * scale * rng.uniform(0.5, 1.5, len(base))
            now = hydraulics.solve(demand)
            stored = sum(
                tank.area * (now.level[name] - before.level[name])
                for name, tank in network.tanks.items()
            )
            put_in, taken = -before.demand[sources].sum() * hours, drawn * hours
            assert stored == pytest.approx(put_in - taken, abs=1e-3 * (put_in + taken) + 0.01)
            before, drawn = now, demand.sum()


def smaller(flow: float) -> Network:
    positions = dict.fromkeys(NET3.positions, (0.0, 0.0))
    return rescale(NET3, flow=flow, lengths={}, demands={}, positions=positions)


def test_a_rescaled_network_keeps_its_heads() -> None:
    heads = []
    for flow in (1.0, 0.16):
        network = smaller(flow)
        demand = np.array([junction.demand for junction in network.junctions.values()])
        with Hydraulics(net3(), network, step=300) as hydraulics:
            for _ in range(5):
                truth = hydraulics.solve(demand)
                hydraulics.move()
            heads.append(truth.head)
    assert heads[1] == pytest.approx(heads[0], abs=0.05)


def test_a_daily_round_opens_and_closes_a_pump() -> None:
    demand = np.array([junction.demand for junction in NET3.junctions.values()])
    seen = {}
    with Hydraulics(net3(), NET3, step=3600, openings=(Opening("10", (1.0, 15.0)),)) as hydraulics:
        pump = hydraulics.links.index("10")
        seconds = 0
        while seconds < 2 * 86_400:
            truth = hydraulics.solve(demand)
            seen[truth.seconds // 3600] = bool(truth.is_open[pump])
            seconds = truth.seconds + hydraulics.move()
    assert [hour for hour, is_open in seen.items() if is_open] == [*range(1, 15), *range(25, 39)]


def test_a_start_takes_levels_and_time_of_day() -> None:
    start = Start(14 * 3600, {"1": 5.0, "2": 6.0, "3": 7.0}, {"10": True})
    demand = np.array([junction.demand for junction in NET3.junctions.values()])
    openings = (Opening("10", (1.0, 15.0)),)
    with Hydraulics(net3(), NET3, start=start, step=3600, openings=openings) as hydraulics:
        pump = hydraulics.links.index("10")
        first = hydraulics.solve(demand)
        hydraulics.move()
        second = hydraulics.solve(demand)
    assert first.level == pytest.approx({"1": 5.0, "2": 6.0, "3": 7.0}, abs=0.01)
    assert (bool(first.is_open[pump]), bool(second.is_open[pump])) == (True, False)
