"""Travel times from one place to all of a network of 100,000 nodes, against scipy alone.

python -m benchmarks.network [--nodes 100000]
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

import numpy as np
from scipy.sparse.csgraph import dijkstra

from benchmarks.report import emit
from kota.network import Network, Spots, at_nodes, make_network, on_edges, travel_times

ROUNDS = 15
GOAL = 1.2


def town(nodes: int, seed: int = 1) -> Network:
    """A grid of streets with drawn lengths and one street in ten missing."""
    rng = np.random.default_rng(seed)
    side = int(np.sqrt(nodes))
    number = np.arange(side * side).reshape(side, side)
    start = np.concatenate([number[:, :-1].ravel(), number[:-1].ravel()])
    end = np.concatenate([number[:, 1:].ravel(), number[1:].ravel()])
    kept = rng.random(len(start)) > 0.1
    length = rng.uniform(50, 150, int(kept.sum()))
    names = [str(k) for k in range(side * side)]
    return make_network(start[kept], end[kept], length=length, node_names=names)


def timed(work: Callable[[], object]) -> float:
    """CPU time of a call [ms]."""
    begin = time.process_time()
    work()
    return (time.process_time() - begin) * 1e3


def main() -> None:
    """Measure both in turn, so that a busy machine slows both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nodes", type=int, default=100_000)
    network = town(parser.parse_args().nodes)
    used = np.unique(np.concatenate([network.start, network.end]))
    everywhere = at_nodes(network, used)
    rng = np.random.default_rng(2)
    sources = rng.choice(used, ROUNDS)
    goal = f"at most {GOAL} times scipy"
    corners = [at_nodes(network, [source]) for source in sources]
    measure("all_nodes", network, corners, everywhere, goal=goal)
    measure("nodes_within_2_km", network, corners, everywhere, limit=2000.0)
    doors = on_edges(network, rng.integers(0, network.n_edges, 100_000), rng.random(100_000))
    measure("100k_doors", network, [doors[k : k + 1] for k in range(ROUNDS)], doors)


def measure(
    what: str,
    network: Network,
    sources: list[Spots],
    places: Spots,
    *,
    limit: float = np.inf,
    goal: str | None = None,
) -> None:
    """One-to-many from each source, against scipy from the start of its edge to all nodes."""
    ours, bare = [], []
    for here in sources:
        node = int(network.start[here.edge[0]])

        def by_scipy(node: int = node) -> object:
            return dijkstra(network.matrix, indices=node, limit=limit)

        def by_kota(here: Spots = here) -> object:
            return travel_times(network, here, places, limit=limit)

        bare.append(timed(by_scipy))
        ours.append(timed(by_kota))
    metric = f"network.one_to_{what}"
    emit(metric, statistics.median(ours), "CPU ms", floor=statistics.median(bare), goal=goal)


if __name__ == "__main__":
    main()
