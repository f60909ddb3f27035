"""Travel between places on a network."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse.csgraph import dijkstra

from kota.errors import InputError
from kota.network import Network, Spots, at_nodes, make_network, on_edges, reachable, travel_times
from kota.network import times as times_module

TINY = 1e-6
"""What a step of no length costs: scipy takes less for no step at all."""


def drawn(seed: int, *, oneways: bool = False) -> Network:
    rng = np.random.default_rng(seed)
    start, end = rng.integers(0, 12, (2, 26))
    kept = start != end
    start, end = start[kept], end[kept]
    forward = rng.uniform(1, 10, len(start))
    backward = np.where(rng.random(len(start)) < 0.3, np.inf, forward * 1.5) if oneways else forward
    names = [str(k) for k in range(12)]
    return make_network(
        start, end, length=forward, forward=forward, backward=backward, node_names=names
    )


def cut_at(network: Network, here: Spots, there: Spots) -> np.ndarray:
    """The same costs by cutting every edge at every place on it, and searching from all nodes."""
    count = network.n_nodes
    first, second = len(here), len(there)
    tail, head, cost = [], [], []
    edges = np.concatenate([here.edge, there.edge])
    shares = np.concatenate([here.share, there.share])
    for edge in range(network.n_edges):
        on = sorted((shares[k], count + k) for k in np.flatnonzero(edges == edge))
        stops = [(0.0, network.start[edge]), *on, (1.0, network.end[edge])]
        for (a, i), (b, j) in pairwise(stops):
            tail += [i, j]
            head += [j, i]
            pair = network.forward[edge], network.backward[edge]
            cost += [max((b - a) * whole, TINY) if b > a else TINY for whole in pair]
    size = count + first + second
    matrix = np.full((size, size), np.inf)
    np.minimum.at(matrix, (np.array(tail), np.array(head)), np.array(cost))
    known = dijkstra(matrix, indices=np.arange(count, count + first))
    return known[:, count + first :]


shares_of = st.lists(
    st.tuples(st.integers(0, 10_000), st.sampled_from((0.0, 1.0)) | st.floats(0, 1)),
    min_size=1,
    max_size=6,
)


@given(st.integers(0, 40), st.booleans(), shares_of, shares_of)
def test_times_are_those_of_a_network_cut_at_every_place(
    seed: int,
    oneways: bool,
    starts: list[tuple[int, float]],
    ends: list[tuple[int, float]],
) -> None:
    network = drawn(seed, oneways=oneways)
    here, there = (
        on_edges(network, [e % network.n_edges for e, _ in places], [s for _, s in places])
        for places in (starts, ends)
    )
    found = travel_times(network, here, there)
    np.testing.assert_allclose(found, cut_at(network, here, there), atol=1e-4)


def test_pairs_beyond_the_limit_are_out_of_reach() -> None:
    road = make_network([0, 1, 2], [1, 2, 3], length=[10.0, 10.0, 10.0])
    ends = at_nodes(road, [0, 1, 2, 3])
    found = travel_times(road, ends[:1], ends, limit=20.0)
    assert found.tolist() == [[0.0, 10.0, 20.0, math.inf]]


def test_walks_to_and_from_the_network_count() -> None:
    road = make_network([0], [1], length=[10.0])
    found = travel_times(
        road, on_edges(road, [0], [0.0], [3.0]), on_edges(road, [0], [1.0], [4.0]), pace=2.0
    )
    assert found[0, 0] == pytest.approx(10 + 2 * 7)


def test_a_place_behind_on_a_one_way_street_is_reached_around() -> None:
    ring = make_network(
        [0, 1, 2], [1, 2, 0], length=[4.0, 4.0, 4.0], forward=[4.0] * 3, backward=[np.inf] * 3
    )
    found = travel_times(ring, on_edges(ring, [0], [0.75]), on_edges(ring, [0], [0.25]))
    assert found[0, 0] == pytest.approx(10.0)


def test_pieces_of_a_network_are_out_of_each_others_reach() -> None:
    two = make_network([0, 2], [1, 3], length=[1.0, 1.0])
    assert math.isinf(travel_times(two, at_nodes(two, [0]), at_nodes(two, [3]))[0, 0])


@pytest.mark.parametrize(("n_here", "n_there"), [(9, 4), (4, 9)])
def test_reachable_pairs_are_the_finite_times_however_the_search_is_split(
    monkeypatch: pytest.MonkeyPatch, n_here: int, n_there: int
) -> None:
    network = drawn(3, oneways=True)
    rng = np.random.default_rng(1)
    here, there = (
        on_edges(network, rng.integers(0, network.n_edges, n), rng.random(n))
        for n in (n_here, n_there)
    )
    whole = travel_times(network, here, there, limit=9.0)
    monkeypatch.setattr(times_module, "_CELLS", 40)
    found = reachable(network, here, there, limit=9.0)
    again = np.full_like(whole, np.inf)
    again[found.origin, found.destination] = found.cost
    np.testing.assert_array_equal(again, whole)
    assert len(found.cost) == np.isfinite(whole).sum() > 0
    assert sorted(zip(found.origin, found.destination, strict=True)) == list(
        zip(found.origin, found.destination, strict=True)
    )


def test_a_negative_cost_is_refused_with_its_edge() -> None:
    with pytest.raises(InputError, match="edge Jalan Pasar costs -1"):
        make_network([0], [1], length=[-1.0], edge_names=["Jalan Pasar"])


def test_a_node_without_an_edge_is_refused() -> None:
    road = make_network([0], [1], length=[1.0], node_names=["a", "b", "c"])
    with pytest.raises(InputError, match="no edge ends at node c"):
        at_nodes(road, [2])
