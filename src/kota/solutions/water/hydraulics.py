"""EPANET stepped through time: the truth behind a simulated plant."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from kota.solutions.water.inp import load_toolkit, open_project
from kota.solutions.water.network import Network

Floats = NDArray[np.float64]

_FOREVER = 400 * 86_400
_SEALED = 1e-6
_MIDDLE = "~"
"""Ends the name of the node in the middle of a pipe, and of the pipe's second half."""
FULL_SERVICE = 10.0
"""Pressure [m] from which customers get all that they want; below it √(p / 10) of it, as J. M.
Wagner, U. Shamir and D. H. Marks have it (Water distribution reliability: simulation methods, 1988,
doi:10.1061/(ASCE)0733-9496(1988)114:3(276))."""


@dataclass(frozen=True, slots=True)
class Opening:
    """When a link is open in the daily round, whatever the levels.

    Args:
        link: its id.
        hours: local hours of the day between which it is open.
    """

    link: str
    hours: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Start:
    """The state to start from.

    Args:
        clock: local time of day [s].
        levels: of the tanks [m].
        open_links: whether pumps and pipes that are switched are open.
    """

    clock: int
    levels: Mapping[str, float]
    open_links: Mapping[str, bool]


@dataclass(frozen=True, slots=True)
class Truth:
    """What holds at one instant; arrays in the order of `Hydraulics.nodes` and `.links`.

    Args:
        seconds: since the start.
        head, pressure: at the nodes [m].
        demand: what leaves the network at the nodes [m³/h]; negative where it enters.
        level: in the tanks, by id [m].
        flow: through the links [m³/h].
        is_open: whether the links are open.
        power: of the links that are pumps [kW], else 0.
    """

    seconds: int
    head: Floats
    pressure: Floats
    demand: Floats
    level: dict[str, float]
    flow: Floats
    is_open: NDArray[np.bool_]
    power: Floats


class Hydraulics:
    """One running simulation; a context manager.

    The network's own controls by tank level stay; its controls by time give way to `openings`.

    Args:
        path: the ``.inp`` file that the network was read from.
        network: as read, or rescaled.
        start: the state to start from; None: as the network says, at midnight.
        step: length of a step [s].
        openings: the daily round of some links.
        leaking: pipes that may leak, in their middle.
        tracing: whether a substance that the water carries is followed.
    """

    def __init__(
        self,
        path: Path,
        network: Network,
        *,
        start: Start | None = None,
        step: int = 60,
        openings: tuple[Opening, ...] = (),
        leaking: tuple[str, ...] = (),
        tracing: bool = False,
    ) -> None:
        self._tk = load_toolkit()
        self._project = self._tk.createproject()
        self._network = network
        self._step = step
        self._tracing = tracing
        open_project(self._tk, self._project, path)
        self._index()
        self._size()
        self._shut: dict[str, set[str]] = {}
        for pipe in leaking:
            self._split(pipe)
        if leaking:
            self._index()
        self._schedule(openings, start)
        self._begin(start)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Release the simulation."""
        if self._tracing:
            self._tk.closeQ(self._project)
        self._tk.closeH(self._project)
        self._tk.close(self._project)
        self._tk.deleteproject(self._project)

    def save(self, path: Path, demands: Floats) -> None:
        """Write the network as it is here, its controls included, as an EPANET file.

        Args:
            path: the file.
            demands: average of the junctions, in the network's order [m³/h].
        """
        tk, project = self._tk, self._project
        for index, demand in zip(self._junctions, demands.tolist(), strict=True):
            tk.setnodevalue(project, index, tk.BASEDEMAND, demand)
        tk.saveinpfile(project, str(path))

    def solve(self, demands: Floats) -> Truth:
        """What holds now, with these demands.

        Args:
            demands: of the junctions, in the network's order [m³/h].
        """
        tk, project = self._tk, self._project
        for index, demand in zip(self._junctions, demands.tolist(), strict=True):
            tk.setnodevalue(project, index, tk.BASEDEMAND, demand)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what EPANET warns of, the pressures show
            seconds = int(tk.runH(project))
            if self._tracing:
                tk.runQ(project)
        pressure = self._nodes_of(tk.PRESSURE)
        head = self._nodes_of(tk.HEAD)
        level = {
            name: float(head[index - 1]) - self._network.tanks[name].elevation
            for name, index in self._tanks.items()
        }
        return Truth(
            seconds,
            head,
            pressure,
            self._nodes_of(tk.DEMAND),
            level,
            self._links_of(tk.FLOW),
            self._links_of(tk.STATUS) > 0,
            self._links_of(tk.ENERGY),
        )

    def move(self) -> int:
        """Let time pass to the next instant at which something changes; returns by how much [s].

        That is the end of the step, or earlier where a tank fills or a control acts.
        """
        passed = int(self._tk.nextH(self._project))
        if self._tracing:
            self._tk.nextQ(self._project)
        return passed

    def inject(self, node: str, concentration: float) -> None:
        """Let all water that leaves a node carry so much more of the substance [mg/L]."""
        tk, project, index = self._tk, self._project, self._node[node]
        tk.setnodevalue(project, index, tk.SOURCETYPE, tk.FLOWPACED)
        tk.setnodevalue(project, index, tk.SOURCEQUAL, concentration)

    def concentration(self) -> Floats:
        """Of the substance at the nodes [mg/L] `(n_nodes,)`."""
        return self._nodes_of(self._tk.QUALITY)

    def hold(self, link: str, is_open: bool | None) -> None:
        """Keep a link open or closed whatever the levels, and its bypass the other way.

        Args:
            link: its id.
            is_open: None: its own controls act again.
        """
        tk, project = self._tk, self._project
        held = {link: is_open}
        held |= dict.fromkeys(self._bypasses(link), None if is_open is None else not is_open)
        for name, state in held.items():
            index = self._link[name]
            for number, (_, controlled, *_) in self._controls():
                if controlled == index:
                    tk.setcontrolenabled(project, number, int(state is None))
            if state is not None:
                tk.setlinkvalue(project, index, tk.STATUS, float(state))

    def runs(self, pump: str) -> bool:
        """Whether a pump runs, as far as the last step knows."""
        value = self._tk.getlinkvalue(self._project, self._link[pump], self._tk.STATUS)
        return bool(value > 0)

    def leak(self, pipe: str, coefficient: float) -> None:
        """Let water out in the middle of a pipe that may leak: coefficient · √pressure [m³/h]."""
        index = self._node[pipe + _MIDDLE]
        # EPANET goes on letting out what it last found where an emitter becomes nothing.
        self._tk.setnodevalue(self._project, index, self._tk.EMITTER, max(coefficient, _SEALED))

    def leaks(self, truth: Truth) -> dict[str, float]:
        """What each pipe that may leak lets out [m³/h]."""
        return {
            name.removesuffix(_MIDDLE): float(truth.demand[index - 1])
            for name, index in self._node.items()
            if name.endswith(_MIDDLE)
        }

    def shut(self, pipe: str, node: str, is_shut: bool) -> None:
        """Shut a pipe at one of its ends, or open it there."""
        ends = self._shut.setdefault(pipe, set())
        ends.add(node) if is_shut else ends.discard(node)
        start, end = self._network.pipes[pipe].start, self._network.pipes[pipe].end
        halves = {pipe: {start, end}}
        if pipe + _MIDDLE in self._link:
            halves = {pipe: {start}, pipe + _MIDDLE: {end}}
        for name, near in halves.items():
            state = float(not ends & near and self._network.pipes[pipe].is_open)
            self._tk.setlinkvalue(self._project, self._link[name], self._tk.STATUS, state)

    def shut_pipes(self) -> tuple[str, ...]:
        """Pipes that a valve shuts."""
        return tuple(pipe for pipe, ends in self._shut.items() if ends)

    def _controls(self) -> list[tuple[int, list[Any]]]:
        tk, project = self._tk, self._project
        numbers = range(1, tk.getcount(project, tk.CONTROLCOUNT) + 1)
        return [(number, tk.getcontrol(project, number)) for number in numbers]

    def _bypasses(self, link: str) -> set[str]:
        """Links that the same levels switch the other way."""
        index = self._link[link]
        controls = [control for _, control in self._controls()]
        own = {
            (kind, node, level, setting > 0)
            for kind, i, setting, node, level in controls
            if i == index and kind in (self._tk.LOWLEVEL, self._tk.HILEVEL)
        }
        return {
            self.links[i - 1]
            for kind, i, setting, node, level in controls
            if i != index and (kind, node, level, setting <= 0) in own
        }

    def _names(self, count: int, name: Any) -> tuple[str, ...]:
        total = self._tk.getcount(self._project, count)
        return tuple(name(self._project, k) for k in range(1, total + 1))

    def _nodes_of(self, what: int) -> Floats:
        self._tk.getnodevalues(self._project, what, self._node_values)
        return np.array([self._node_values[k] for k in range(len(self.nodes))])

    def _links_of(self, what: int) -> Floats:
        self._tk.getlinkvalues(self._project, what, self._link_values)
        return np.array([self._link_values[k] for k in range(len(self.links))])

    def _index(self) -> None:
        tk = self._tk
        self.nodes = self._names(tk.NODECOUNT, tk.getnodeid)
        self.links = self._names(tk.LINKCOUNT, tk.getlinkid)
        self._node = {name: k for k, name in enumerate(self.nodes, start=1)}
        self._link = {name: k for k, name in enumerate(self.links, start=1)}
        self._junctions = [self._node[name] for name in self._network.junctions]
        self._tanks = {name: self._node[name] for name in self._network.tanks}
        self._node_values = tk.doubleArray(len(self.nodes))
        self._link_values = tk.doubleArray(len(self.links))

    def _split(self, name: str) -> None:
        """Put a node into the middle of a pipe."""
        tk, project, pipe = self._tk, self._project, self._network.pipes[name]
        middle = tk.addnode(project, name + _MIDDLE, tk.JUNCTION)
        start, end = (tk.getnodeindex(project, one) for one in (pipe.start, pipe.end))
        heights = [tk.getnodevalue(project, one, tk.ELEVATION) for one in (start, end)]
        ground = [
            height
            for height, one in zip(heights, (pipe.start, pipe.end), strict=True)
            if one in self._network.junctions
        ]
        tk.setnodevalue(project, middle, tk.ELEVATION, sum(ground) / max(len(ground), 1))
        first = tk.getlinkindex(project, name)
        tk.setlinknodes(project, first, start, middle)
        second = tk.addlink(project, name + _MIDDLE, tk.PIPE, name + _MIDDLE, pipe.end)
        for what in (tk.DIAMETER, tk.ROUGHNESS, tk.INITSTATUS):
            tk.setlinkvalue(project, second, what, tk.getlinkvalue(project, first, what))
        for index in (first, second):
            tk.setlinkvalue(project, index, tk.LENGTH, pipe.length / 2)
            tk.setlinkvalue(project, index, tk.MINORLOSS, pipe.minor_loss / 2)

    def _size(self) -> None:
        """Give the project the network's sizes, and demands that follow `solve` alone."""
        tk, project, network = self._tk, self._project, self._network
        one = self._array((1.0,))
        for pattern in range(1, tk.getcount(project, tk.PATCOUNT) + 1):
            tk.setpattern(project, pattern, one, 1)
        for tank in network.tanks.values():
            tk.setnodevalue(project, self._node[tank.id], tk.TANKDIAM, tank.diameter)
        for pipe in network.pipes.values():
            index = self._link[pipe.id]
            tk.setlinkvalue(project, index, tk.LENGTH, pipe.length)
            tk.setlinkvalue(project, index, tk.DIAMETER, pipe.diameter)
        for pump in network.pumps.values():
            curve = tk.getheadcurveindex(project, self._link[pump.id])
            flows, heads = (self._array(column) for column in zip(*pump.curve, strict=True))
            tk.setcurve(project, curve, flows, heads, len(pump.curve))
            tk.setheadcurveindex(project, self._link[pump.id], curve)

    def _array(self, values: Sequence[float]) -> Any:
        array = self._tk.doubleArray(len(values))
        for k, value in enumerate(values):
            array[k] = value
        return array

    def _schedule(self, openings: tuple[Opening, ...], start: Start | None) -> None:
        tk, project = self._tk, self._project
        for control in range(tk.getcount(project, tk.CONTROLCOUNT), 0, -1):
            if tk.getcontrol(project, control)[0] in (tk.TIMER, tk.TIMEOFDAY):
                tk.deletecontrol(project, control)
        for opening in openings:
            for hour, setting in zip(opening.hours, (1.0, 0.0), strict=True):
                index = self._link[opening.link]
                tk.addcontrol(project, tk.TIMEOFDAY, index, setting, 0, hour * 3600)
        tk.settimeparam(project, tk.DURATION, _FOREVER)
        for what in (tk.HYDSTEP, tk.REPORTSTEP, tk.PATTERNSTEP):
            tk.settimeparam(project, what, self._step)
        tk.settimeparam(project, tk.STARTTIME, 0 if start is None else start.clock)
        if self._tracing:
            tk.setqualtype(project, tk.CHEM, "substance", "mg/L", "")
            tk.settimeparam(project, tk.QUALSTEP, self._step)
        else:
            tk.setqualtype(project, tk.NONE, "", "", "")
        tk.setdemandmodel(project, tk.PDA, 0.0, FULL_SERVICE, 0.5)

    def _begin(self, start: Start | None) -> None:
        tk, project = self._tk, self._project
        if start is not None:
            for name, level in start.levels.items():
                tk.setnodevalue(project, self._node[name], tk.TANKLEVEL, level)
            for name, is_open in start.open_links.items():
                tk.setlinkvalue(project, self._link[name], tk.INITSTATUS, float(is_open))
        tk.openH(project)
        tk.initH(project, 0)
        if self._tracing:
            for index in range(1, len(self.nodes) + 1):
                tk.setnodevalue(project, index, tk.INITQUAL, 0.0)
            tk.openQ(project)
            tk.initQ(project, 0)
