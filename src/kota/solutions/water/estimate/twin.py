"""The hydraulic model held to what flow meters and tank gauges say."""

from __future__ import annotations

import ctypes
import warnings
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from kota.solutions.water.estimate.scada import Scada
from kota.solutions.water.inp import load_toolkit, open_project, read_network
from kota.solutions.water.network import Network, Pipe

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MONDAY = 345_600
"""The first Monday after 1970-01-01 [s]; patterns of a week begin on Mondays."""
EXPONENT = 1.852
"""Of the flow in Hazen and Williams' loss."""


@dataclass(frozen=True, slots=True)
class Zone:
    """A part of the network of which meters say what it takes.

    Args:
        nodes: indices of its junctions.
        inflow: the meters at its border, and 1 or −1 as their flow is into it or out of it.
        tanks: in it.
        balanced: whether everything that comes in is metered.
    """

    nodes: Ints
    inflow: Mapping[str, float]
    tanks: tuple[str, ...]
    balanced: bool


@dataclass(frozen=True, slots=True)
class State:
    """Of the whole network: heads [m] by node, flows [m³/h] and whether open by link."""

    head: Floats
    flow: Floats
    is_open: NDArray[np.bool_]
    demand: Floats


class Twin:
    """An EPANET project whose demands, tank levels and metered pumps are set from outside.

    A metered pump is taken out: what it lifts is demand at its start and inflow at its end. A
    context manager.

    Args:
        path: the ``.inp`` file.
        flows: links whose flow is metered.
        levels: tanks whose level is measured.
    """

    def __init__(self, path: Path, *, flows: Sequence[str], levels: Sequence[str]) -> None:
        self._tk = tk = load_toolkit()
        self._project = project = tk.createproject()
        open_project(tk, project, path)
        self._buffers: dict[int, tuple[Any, Floats]] = {}
        self.network: Network = read_network(path)
        self.nodes = self._ids(tk.NODECOUNT, tk.getnodeid)
        self.links = self._ids(tk.LINKCOUNT, tk.getlinkid)
        self.node = {name: k for k, name in enumerate(self.nodes)}
        self.link = {name: k for k, name in enumerate(self.links)}
        positions = [(self.node[link.start], self.node[link.end]) for link in self.network.links]
        by_name = dict(zip((link.id for link in self.network.links), positions, strict=True))
        self.ends: Ints = np.array([by_name[name] for name in self.links])
        self.elevation = self._nodes(tk.ELEVATION)
        self.levels, self.flows = tuple(levels), tuple(flows)
        self.cut = tuple(name for name in flows if name in self.network.pumps)
        self._week, self._pattern_step = self._patterns()
        self.zones = self._zones()
        self._sized = np.array([_at_one(pipe) for pipe in self.network.pipes.values()])
        self.resistance = self._sized.copy()
        """Loss [m] of each pipe at 1 m³/h."""
        self._roughness = np.array([p.roughness for p in self.network.pipes.values()])
        self._pipe = [self.link[name] + 1 for name in self.network.pipes]
        self._prepare()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Release the project."""
        self._tk.closeH(self._project)
        self._tk.close(self._project)
        self._tk.deleteproject(self._project)

    def usual(self, second: int) -> Floats:
        """What the model says is taken at each node then [m³/h] `(n_nodes,)`."""
        step = (second - MONDAY) // self._pattern_step
        usual = np.zeros(len(self.nodes))
        for base, pattern in self._week:
            usual += base * pattern[step % len(pattern)]
        return usual

    def resist(self, factor: Floats) -> None:
        """Let each pipe resist as much times its model `(n_pipes,)`: C ∝ r^(−1/1.852)."""
        for link, rough in zip(
            self._pipe, self._roughness * factor ** (-1 / EXPONENT), strict=True
        ):
            self._tk.setlinkvalue(self._project, link, self._tk.ROUGHNESS, float(rough))

    def close_pipes(self, closed: Collection[str]) -> None:
        """Let nothing pass these pipes, and let all others be open."""
        for name, index in zip(self.network.pipes, self._pipe, strict=True):
            self._tk.setlinkvalue(
                self._project, index, self._tk.STATUS, 0.0 if name in closed else 1.0
            )

    def solve(
        self, demand: Floats, pumped: Mapping[str, float], levels: Mapping[str, float]
    ) -> State:
        """The steady state.

        Args:
            demand: at each node [m³/h] `(n_nodes,)`.
            pumped: through the metered pumps [m³/h].
            levels: of the measured tanks [m].
        """
        tk, project = self._tk, self._project
        taken = demand.copy()
        for name, flow in pumped.items():
            start, end = self.ends[self.link[name]]
            taken[start] += flow
            taken[end] -= flow
        for index in self._junctions:
            tk.setbasedemand(project, index + 1, 1, float(taken[index]))
        for name, level in levels.items():
            tk.setnodevalue(project, self.node[name] + 1, tk.TANKLEVEL, level)
        with warnings.catch_warnings():  # low pressures are what is looked for
            warnings.simplefilter("ignore")
            tk.runH(project)
        passed = self._links(tk.FLOW)
        for name, lifted in pumped.items():
            passed[self.link[name]] = lifted
        is_open = self._links(tk.STATUS) > 0
        return State(self._nodes(tk.HEAD), passed, is_open, taken)

    def _ids(self, count: int, name: Any) -> tuple[str, ...]:
        total = self._tk.getcount(self._project, count)
        return tuple(name(self._project, k) for k in range(1, total + 1))

    def _nodes(self, what: int) -> Floats:
        values, view = self._buffer(len(self.nodes))
        self._tk.getnodevalues(self._project, what, values)
        return view.copy()

    def _links(self, what: int) -> Floats:
        values, view = self._buffer(len(self.links))
        self._tk.getlinkvalues(self._project, what, values)
        return view.copy()

    def _buffer(self, size: int) -> tuple[Any, Floats]:
        """The toolkit's array and the same memory as NumPy sees it: item by item takes 1 ms."""
        if size not in self._buffers:
            values = self._tk.doubleArray(size)
            memory = (ctypes.c_double * size).from_address(int(values.cast()))
            self._buffers[size] = (values, np.ctypeslib.as_array(memory))
        return self._buffers[size]

    def _patterns(self) -> tuple[list[tuple[Floats, Floats]], int]:
        """Base demands by pattern `(n_nodes,)` and its multipliers, and seconds of a multiplier."""
        tk, project = self._tk, self._project
        bases: dict[int, Floats] = {}
        for index in range(1, len(self.nodes) + 1):
            if tk.getnodetype(project, index) != tk.JUNCTION:
                continue
            for n in range(1, tk.getnumdemands(project, index) + 1):
                pattern = tk.getdemandpattern(project, index, n)
                base = bases.setdefault(pattern, np.zeros(len(self.nodes)))
                base[index - 1] += tk.getbasedemand(project, index, n)
        multiplier = tk.getoption(project, tk.DEMANDMULT)
        week = []
        for pattern, base in bases.items():
            size = tk.getpatternlen(project, pattern) if pattern else 0
            values = [tk.getpatternvalue(project, pattern, k + 1) for k in range(size)] or [1.0]
            week.append((base * multiplier, np.array(values)))
        return week, int(tk.gettimeparam(project, tk.PATTERNSTEP))

    def _zones(self) -> tuple[Zone, ...]:
        """Parts that hang together without the metered links."""
        part = np.arange(len(self.nodes))

        def root(k: int) -> int:
            while part[k] != k:
                part[k] = part[part[k]]
                k = part[k]
            return k

        closed = {p.id for p in self.network.pipes.values() if not p.is_open}
        for name, (start, end) in zip(self.links, self.ends.tolist(), strict=True):
            if name not in self.flows and name not in closed:
                part[root(start)] = root(end)
        roots = np.array([root(k) for k in range(len(self.nodes))])
        zones = []
        for which in np.unique(roots):
            members = np.flatnonzero(roots == which)
            names = {self.nodes[k] for k in members}
            junctions = np.array([k for k in members if self.nodes[k] in self.network.junctions])
            inflow: dict[str, float] = {}
            for name in self.flows:
                start, end = (int(roots[k]) == which for k in self.ends[self.link[name]])
                if start != end:
                    inflow[name] = 1.0 if end else -1.0
            tanks = tuple(name for name in self.network.tanks if name in names)
            open_ended = any(name in names for name in self.network.reservoirs)
            known = bool(inflow) and not open_ended and set(tanks) <= set(self.levels)
            if len(junctions):
                zones.append(Zone(junctions, inflow, tanks, known))
        return tuple(zones)

    def _prepare(self) -> None:
        tk, project = self._tk, self._project
        self._junctions = [self.node[name] for name in self.network.junctions]
        one = tk.doubleArray(1)
        one[0] = 1.0
        for pattern in range(1, tk.getcount(project, tk.PATCOUNT) + 1):
            tk.setpattern(project, pattern, one, 1)
        for index in self._junctions:
            for n in range(tk.getnumdemands(project, index + 1), 1, -1):
                tk.deletedemand(project, index + 1, n)
        tk.setoption(project, tk.DEMANDMULT, 1.0)
        tk.setoption(project, tk.ACCURACY, 1e-5)
        for control in range(tk.getcount(project, tk.CONTROLCOUNT), 0, -1):
            if tk.getcontrol(project, control)[1] - 1 in {self.link[name] for name in self.cut}:
                tk.deletecontrol(project, control)
        for name in self.cut:
            tk.setlinkvalue(project, self.link[name] + 1, tk.INITSTATUS, 0.0)
        tk.setqualtype(project, tk.NONE, "", "", "")
        tk.setstatusreport(project, tk.NO_REPORT)
        tk.settimeparam(project, tk.DURATION, 0)
        tk.openH(project)
        tk.initH(project, 0)


def _at_one(pipe: Pipe) -> float:
    """Loss [m] at 1 m³/h: 10.667 L / (C^1.852 D^4.871) with D in m and flow in m³/s."""
    sized = pipe.roughness**EXPONENT * (pipe.diameter / 1000) ** 4.871
    return float(10.667 * pipe.length / sized / 3600**EXPONENT)


def zone_demand(twin: Twin, scada: Scada, *, hours: float = 3.0) -> Floats:
    """What each zone takes at each step [m³/h] `(steps, n_zones)`; NaN where it is not metered.

    A tank's level is read to a centimetre, which is tens of m³/h from one step to the next; its
    change is taken over some hours, all before the step.

    Args:
        twin: the model.
        scada: the readings.
        hours: over which a tank's change is taken.
    """
    steps = len(scada.times)
    back = max(1, round(hours * 3600 / scada.step))
    taken = np.full((steps, len(twin.zones)), np.nan)
    for z, zone in enumerate(twin.zones):
        if not zone.balanced:
            continue
        total = np.zeros(steps)
        for name, sign in zone.inflow.items():
            total += sign * scada.flows.values[:, scada.flows.names.index(name)]
        if zone.tanks:
            total = _running(total, back)
        for name in zone.tanks:
            level = scada.levels.values[:, scada.levels.names.index(name)]
            rise = np.full(steps, np.nan)
            rise[back:] = (level[back:] - level[:-back]) / (back * scada.step / 3600)
            total -= rise * twin.network.tanks[name].area
        taken[:, z] = total
    return taken


def _running(values: Floats, steps: int) -> Floats:
    """Mean of the last steps; NaN where one of them is missing."""
    summed = np.cumsum(np.insert(np.nan_to_num(values), 0, 0.0))
    gaps = np.cumsum(np.insert(np.isnan(values), 0, 0))
    mean = np.full(len(values), np.nan)
    mean[steps - 1 :] = (summed[steps:] - summed[:-steps]) / steps
    mean[steps - 1 :][(gaps[steps:] - gaps[:-steps]) > 0] = np.nan
    return mean
