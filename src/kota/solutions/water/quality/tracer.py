"""What a tracer does that enters a network at a node from some time on, many times over."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kota.errors import InputError
from kota.solutions.water.inp import opened, read_network
from kota.solutions.water.network import Network
from kota.solutions.water.outlook.change import Changes
from kota.solutions.water.outlook.course import Begin, Run

Floats = NDArray[np.float64]

STRENGTH = 100.0
"""Concentration that is held at the node of injection [%]."""
STILL = 1e-3
"""Flows [m³/h] below which water stands."""


@dataclass(frozen=True, slots=True)
class Tracer:
    """A network whose hydraulics are solved.

    Args:
        network: it.
        nodes, links: names, in the order of columns.
        seconds: of the steps `(steps,)`.
        flows: [m³/h] `(steps, n_links)`.
        inject: gives, for a node and the second from which on its water is at 100 %, what is at
            all nodes [%] `(steps, n_nodes)`.
    """

    network: Network
    nodes: tuple[str, ...]
    links: tuple[str, ...]
    seconds: NDArray[np.int64]
    flows: Floats
    inject: Callable[[str, int], Floats]


@contextmanager
def traced(
    path: Path, *, hours: float, step_s: int = 900, begin: Begin | None = None
) -> Iterator[Tracer]:
    """Solve a network's hydraulics once, to inject into it again and again.

    Args:
        path: the ``.inp`` file.
        hours, step_s: how long, and between two steps.
        begin: how the network stands at first.

    Raises:
        InputError: the beginning names what the network has not, or no time is to pass.
        SolutionError: EPANET cannot read or solve the file.
    """
    if hours <= 0:
        raise InputError(f"{hours:g} hours; expected more than none")
    network = read_network(path)
    with opened(path) as (tk, project):
        run = Run(tk, project, network)
        run.prepare(begin or Begin(), Changes(), hours, step_s)
        rows = run.hydraulics(step_s, kept=True)
        run.conserve()

        def inject(node: str, start: int) -> Floats:
            return run.inject(node, start, step_s, len(rows), STRENGTH)

        flows = np.array([row[3] for row in rows])
        yield Tracer(network, run.nodes, run.links, step_s * np.arange(len(rows)), flows, inject)


def upstream(tracer: Tracer, sensors: Sequence[str], until: int) -> list[str]:
    """Nodes from which water can have come to some nodes, by the directions of flow, nearest first.

    Args:
        tracer: the network.
        sensors: the nodes.
        until: second up to which it flowed.
    """
    flows = tracer.flows[tracer.seconds <= until]
    ends = {link.id: (link.start, link.end) for link in tracer.network.links}
    sources: dict[str, list[str]] = {}
    for k, name in enumerate(tracer.links):
        start, end = ends[name]
        if (flows[:, k] > STILL).any():
            sources.setdefault(end, []).append(start)
        if (flows[:, k] < -STILL).any():
            sources.setdefault(start, []).append(end)
    found = dict.fromkeys(sensors)
    waiting = deque(sensors)
    while waiting:
        for other in sources.get(waiting.popleft(), ()):
            if other not in found:
                found[other] = None
                waiting.append(other)
    return list(found)
