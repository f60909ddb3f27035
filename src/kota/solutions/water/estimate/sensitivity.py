"""How sensors answer to demand and to resistance, about one solved state.

The balance of flows at the nodes, linearised about the state, is K x = δd − A (q ρ / n): x holds
the changes of head and of the flow through regulating valves, d the demands, ρ the relative change
of each pipe's resistance, n = 1.852. One solve with Kᵀ for a sensor gives its answer to every
demand and every pipe (the adjoint; the linear system is that of E. Todini and S. Pilati, A gradient
method for the analysis of pipe networks, 1988).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kota.errors import SolutionError
from kota.solutions.water.estimate.twin import EXPONENT, State, Twin
from kota.solutions.water.network import Pump, Valve

Floats = NDArray[np.float64]

_STILL = 0.05
"""Flows [m³/h] below which a loss counts as linear."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What `(n_sensors, …)` quantities change by.

    Args:
        demand: for 1 m³/h more taken at a node `(n_sensors, n_nodes)`.
        resistance: for a pipe's resistance e times as large `(n_sensors, n_pipes)`.
    """

    demand: Floats
    resistance: Floats


class Linear:
    """The linearised network about one state.

    Args:
        twin: the model.
        state: as `Twin.solve` gives it.

    Raises:
        SolutionError: a part of the network has no source in this state.
    """

    def __init__(self, twin: Twin, state: State) -> None:
        from scipy.sparse import csc_matrix
        from scipy.sparse.linalg import splu

        self._twin, self._state = twin, state
        self._fixed = np.array([name not in twin.network.junctions for name in twin.nodes])
        self._valves: list[tuple[int, int, int]] = []
        self._pipe = np.array([twin.link[name] for name in twin.network.pipes])
        self._conductance = self._passing()
        rows, columns, values = self._entries()
        size = len(twin.nodes) + len(self._valves)
        matrix = csc_matrix((values, (rows, columns)), shape=(size, size))
        try:
            self._solver: Any = splu(matrix)
        except RuntimeError as error:
            raise SolutionError("a part of the network has no source: its state is open") from error

    def answer(self, nodes: NDArray[np.int64], links: NDArray[np.int64]) -> Answer:
        """How heads at nodes and flows through links answer."""
        size = len(self._twin.nodes) + len(self._valves)
        right = np.zeros((size, len(nodes) + len(links)))
        right[nodes, np.arange(len(nodes))] = 1.0
        direct = np.zeros((len(links), len(self._pipe)))
        for k, link in enumerate(links.tolist(), start=len(nodes)):
            self._flow_row(link, right[:, k], direct[k - len(nodes)])
        adjoint = self._solver.solve(right, trans="T")[: len(self._twin.nodes)].T
        adjoint[:, self._fixed] = 0.0
        start, end = self._twin.ends[self._pipe].T
        moved = self._state.flow[self._pipe] / EXPONENT
        resistance = -(adjoint[:, start] - adjoint[:, end]) * moved
        resistance[len(nodes) :] += direct
        return Answer(adjoint, resistance)

    def heads(self, right: Floats) -> Floats:
        """Changes of all heads for changes of demand `(n_nodes, k)`."""
        padded = np.zeros((len(self._twin.nodes) + len(self._valves), right.shape[1]))
        padded[: len(self._twin.nodes)] = np.where(self._fixed[:, None], 0.0, right)
        return np.asarray(self._solver.solve(padded)[: len(self._twin.nodes)])

    def flows(self, right: Floats, resistance: Floats) -> Floats:
        """Changes of all flows [m³/h] `(n_links, k)`.

        Args:
            right: changes of demand, those that act as `resistance` does among them
                `(n_nodes, k)`.
            resistance: relative changes of the pipes' resistance `(n_pipes, k)`.
        """
        padded = np.zeros((len(self._twin.nodes) + len(self._valves), right.shape[1]))
        padded[: len(self._twin.nodes)] = np.where(self._fixed[:, None], 0.0, right)
        found = self._solver.solve(padded)
        start, end = self._twin.ends.T
        changed = self._conductance[:, None] * (found[start] - found[end])
        for row, (link, _, _) in enumerate(self._valves, start=len(self._twin.nodes)):
            changed[link] = found[row]
        changed[self._pipe] -= resistance * (self._state.flow[self._pipe] / EXPONENT)[:, None]
        return np.asarray(changed)

    def as_demand(self, resistance: Floats) -> Floats:
        """Demands that act as changes of the pipes' resistance do `(n_nodes, k)`."""
        start, end = self._twin.ends[self._pipe].T
        moved = resistance * (self._state.flow[self._pipe] / EXPONENT)[:, None]
        demand = np.zeros((len(self._twin.nodes), resistance.shape[1]))
        np.subtract.at(demand, start, moved)
        np.add.at(demand, end, moved)
        return demand

    def by_pipe(self, heads: Floats) -> Floats:
        """Changes of heads for each pipe's resistance e times as large `(n_nodes, n_pipes)`.

        Args:
            heads: for 1 m³/h more taken at each node, from `heads` `(n_nodes, n_nodes)`.
        """
        start, end = self._twin.ends[self._pipe].T
        moved = self._state.flow[self._pipe] / EXPONENT
        return np.asarray((heads[:, end] - heads[:, start]) * moved)

    def _passing(self) -> Floats:
        """Flow [m³/h] through each link for a metre more between its ends; notes the PRVs."""
        twin, state = self._twin, self._state
        passing = np.zeros(len(twin.links))
        flow = np.maximum(np.abs(state.flow[self._pipe]), _STILL)
        open_ = state.is_open[self._pipe]
        loss = twin.resistance * flow ** (EXPONENT - 1)
        passing[self._pipe] = np.where(open_, 1 / (EXPONENT * loss), 0.0)
        links: list[Pump | Valve] = [*twin.network.pumps.values(), *twin.network.valves.values()]
        for link in links:
            k = twin.link[link.id]
            start, end = twin.ends[k].tolist()
            if self._regulates(link, start, end):
                self._valves.append((k, start, end))
            else:
                passing[k] = self._passes(link, k, start, end)
        return passing

    def _entries(self) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats]:
        count = len(self._twin.nodes)
        start, end = self._twin.ends.T
        rows = [start, start, end, end, np.arange(count)]
        columns = [start, end, end, start, np.arange(count)]
        c = self._conductance
        values = [-c, c, -c, c, np.where(self._fixed, 1.0, -1e-9)]
        for k, (r, v) in enumerate(zip(rows[:4], values[:4], strict=True)):
            values[k] = np.where(self._fixed[r], 0.0, v)
        for row, (_, at, to) in enumerate(self._valves, start=count):
            rows.append(np.array([at, to, row]))
            columns.append(np.array([row, row, to]))
            values.append(np.array([-float(not self._fixed[at]), float(not self._fixed[to]), 1.0]))
        return np.concatenate(rows), np.concatenate(columns), np.concatenate(values)

    def _regulates(self, link: Pump | Valve, start: int, end: int) -> bool:
        if not isinstance(link, Valve) or link.kind != "PRV":
            return False
        head = self._state.head
        held = self._twin.elevation[end] + link.setting
        flows = self._state.flow[self._twin.link[link.id]] > 0
        return bool(flows and head[start] > head[end] + 1e-3 and abs(head[end] - held) < 0.05)

    def _passes(self, link: Pump | Valve, k: int, start: int, end: int) -> float:
        """Flow [m³/h] for a metre more of head between its ends."""
        flow, head = self._state.flow[k], self._state.head
        if not self._state.is_open[k] or link.id in self._twin.cut:
            return 0.0
        if isinstance(link, Pump):
            rest = max(head for _, head in link.curve)
            lost = max(rest - (head[end] - head[start]), 0.1)
            return float(max(abs(flow), _STILL) / (2 * lost))
        return float(max(abs(flow), _STILL) / (2 * max(abs(head[start] - head[end]), 1e-4)))

    def _flow_row(self, link: int, right: Floats, direct: Floats) -> None:
        for row, (k, _, _) in enumerate(self._valves, start=len(self._twin.nodes)):
            if k == link:
                right[row] = 1.0
                return
        start, end = self._twin.ends[link]
        right[start] += self._conductance[link]
        right[end] -= self._conductance[link]
        direct[self._pipe == link] = -self._state.flow[link] / EXPONENT
