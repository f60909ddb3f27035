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
    """

    def __init__(
        self,
        path: Path,
        network: Network,
        *,
        start: Start | None = None,
        step: int = 60,
        openings: tuple[Opening, ...] = (),
    ) -> None:
        self._tk = load_toolkit()
        self._project = self._tk.createproject()
        self._network = network
        self._step = step
        open_project(self._tk, self._project, path)
        self.nodes = self._names(self._tk.NODECOUNT, self._tk.getnodeid)
        self.links = self._names(self._tk.LINKCOUNT, self._tk.getlinkid)
        self._node = {name: k for k, name in enumerate(self.nodes, start=1)}
        self._link = {name: k for k, name in enumerate(self.links, start=1)}
        self._junctions = [self._node[name] for name in network.junctions]
        self._tanks = {name: self._node[name] for name in network.tanks}
        self._node_values = self._tk.doubleArray(len(self.nodes))
        self._link_values = self._tk.doubleArray(len(self.links))
        self._size()
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
        self._tk.closeH(self._project)
        self._tk.close(self._project)
        self._tk.deleteproject(self._project)

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
        return int(self._tk.nextH(self._project))

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
        tk.setqualtype(project, tk.NONE, "", "", "")

    def _begin(self, start: Start | None) -> None:
        tk, project = self._tk, self._project
        if start is not None:
            for name, level in start.levels.items():
                tk.setnodevalue(project, self._node[name], tk.TANKLEVEL, level)
            for name, is_open in start.open_links.items():
                tk.setlinkvalue(project, self._link[name], tk.INITSTATUS, float(is_open))
        tk.openH(project)
        tk.initH(project, 0)
