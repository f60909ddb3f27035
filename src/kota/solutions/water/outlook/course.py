"""The course of a network over the coming hours, by EPANET.

Demand follows pressure (P. Wagner, U. Shamir, D. H. Marks, Water distribution reliability:
simulation methods, 1988, doi:10.1061/(ASCE)0733-9496(1988)114:3(276)): what customers cannot draw
is told as a deficit instead of as pressures below zero.
"""

from __future__ import annotations

import ctypes
import math
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from kota.errors import InputError, SolutionError
from kota.solutions.water.inp import opened, read_network
from kota.solutions.water.network import Network
from kota.solutions.water.outlook.change import Changes

Floats = NDArray[np.float64]
Quality = Literal["none", "age", "chlorine"]

REQUIRED_M = 10.0
"""Pressure from which on customers draw what they want [m]."""
PROFILE_S = 3600
EVEN, PROFILE, TRACER = "kota-even", "kota-profile", "kota-tracer"
"""Names of patterns that are added to the model."""
LEAST_FACTOR = 1e-6


@dataclass(frozen=True, slots=True)
class Begin:
    """How the network stands.

    Args:
        clock: time since the beginning of the model's patterns [s], usually since midnight.
        levels: of tanks [m]; one that is absent stands as in the file.
        is_open: of pumps, pipes and valves; one that is absent is as in the file.
        demand_factor: on all demands, as what is measured now has it to the model's.
        profile: what is taken in each coming hour, as a multiple of the model's average demands
            `(hours,)`, instead of the file's patterns; None: these hold.
        quality: at the nodes: age [h] or chlorine [mg/L] `(n_nodes,)`; None: as in the file.
    """

    clock: int = 0
    levels: Mapping[str, float] = field(default_factory=dict)
    is_open: Mapping[str, bool] = field(default_factory=dict)
    demand_factor: float = 1.0
    profile: Floats | None = None
    quality: Floats | None = None


@dataclass(frozen=True, slots=True)
class Chlorine:
    """How chlorine goes.

    Args:
        dose: held in what sources give [mg/L]; None: as in the file.
        bulk, wall: coefficients of first order, negative for decay [1/day], [m/day]; None: as in
            the file.
    """

    dose: float | None = None
    bulk: float | None = None
    wall: float | None = None


@dataclass(frozen=True, slots=True)
class Course:
    """What happens, at even steps of time; the first is the beginning.

    Args:
        seconds: since the beginning `(steps,)`.
        nodes, links, tanks, pumps: names.
        served: whether customers draw at a node `(n_nodes,)`.
        pressure: [m] `(steps, n_nodes)`.
        deficit: what customers want and do not get [m³/h] `(steps, n_nodes)`.
        demand: what is drawn [m³/h] `(steps, n_nodes)`.
        flow: [m³/h] `(steps, n_links)`.
        level: of tanks above their floors [m] `(steps, n_tanks)`.
        power: of pumps [kW], the mean until the next step `(steps, n_pumps)`.
        quality: age [h] or chlorine [mg/L] `(steps, n_nodes)`, or None.
    """

    seconds: NDArray[np.int64]
    nodes: tuple[str, ...]
    links: tuple[str, ...]
    tanks: tuple[str, ...]
    pumps: tuple[str, ...]
    served: NDArray[np.bool_]
    pressure: Floats
    deficit: Floats
    demand: Floats
    flow: Floats
    level: Floats
    power: Floats
    quality: Floats | None


def look_ahead(
    path: Path,
    begin: Begin | None = None,
    changes: Changes | None = None,
    *,
    hours: float = 24.0,
    step_s: int = 300,
    quality: Quality = "none",
    chlorine: Chlorine | None = None,
) -> Course:
    """Let a network go on from how it stands.

    Args:
        path: the ``.inp`` file; its controls and rules act.
        begin: how it stands; None: as the file says.
        changes: that hold from the beginning on.
        hours, step_s: how far, and between two steps.
        quality: what is followed besides.
        chlorine: how it goes, where that is followed.

    Raises:
        InputError: the beginning or a change names what the network has not.
        SolutionError: EPANET cannot read the file or not solve it; says at which time.
    """
    if hours <= 0 or step_s <= 0:
        raise InputError(f"{hours:g} hours in steps of {step_s} s; both must be above zero")
    begin, changes = begin or Begin(), changes or Changes()
    network = read_network(path)
    changes.check(network)
    _check(begin, network)
    with opened(path) as (tk, project):
        run = Run(tk, project, network)
        run.prepare(begin, changes, hours, step_s)
        hydraulics = run.hydraulics(step_s, kept=quality != "none")
        found = None
        if quality != "none":
            found = run.quality(quality, begin, chlorine or Chlorine(), step_s)
    return run.course(step_s, hydraulics, found)


def _check(begin: Begin, network: Network) -> None:
    links = {link.id for link in network.links}
    for name, level in begin.levels.items():
        if name not in network.tanks:
            raise InputError(f"the network has no tank {name!r}, whose level is told")
        if not np.isfinite(level):
            raise InputError(f"the level of tank {name} is {level}; expected metres")
    for name in begin.is_open:
        if name not in links:
            raise InputError(f"the network has no link {name!r}, whose state is told")


class Run:
    """One look ahead on an open project: prepared, then solved, then followed for quality."""

    def __init__(self, tk: Any, project: Any, network: Network) -> None:
        self._tk, self._project, self._network = tk, project, network
        names = range(1, tk.getcount(project, tk.NODECOUNT) + 1)
        self.nodes = tuple(tk.getnodeid(project, k) for k in names)
        names = range(1, tk.getcount(project, tk.LINKCOUNT) + 1)
        self.links = tuple(tk.getlinkid(project, k) for k in names)
        self._node = {name: k for k, name in enumerate(self.nodes)}
        self._link = {name: k for k, name in enumerate(self.links)}
        self._tanks = [self._node[name] for name in network.tanks]
        self._pumps = [self._link[name] for name in network.pumps]
        self._added: set[str] = set()
        self._arrays: dict[int, tuple[Any, Floats]] = {}

    def prepare(self, begin: Begin, changes: Changes, hours: float, step_s: int) -> None:
        """Lay the beginning and the changes into the project."""
        tk, project = self._tk, self._project
        tk.settimeparam(project, tk.DURATION, round(hours * 3600))
        for what in (tk.HYDSTEP, tk.REPORTSTEP):
            tk.settimeparam(project, what, step_s)
        tk.settimeparam(project, tk.PATTERNSTART, begin.clock)
        tk.settimeparam(project, tk.STARTTIME, begin.clock % 86_400)
        tk.setstatusreport(project, tk.NO_REPORT)
        tk.setqualtype(project, tk.NONE, "", "", "")
        tk.setdemandmodel(project, tk.PDA, 0.0, REQUIRED_M, 0.5)
        self._demand(begin, changes)
        for name, level in begin.levels.items():
            tank = self._network.tanks[name]
            held = min(max(level, tank.min_level), tank.max_level)
            tk.setnodevalue(project, self._node[name] + 1, tk.TANKLEVEL, held)
        for name, is_open in begin.is_open.items():
            self._status(name, is_open)
        for name, setting in changes.settings.items():
            self._fix(name)
            tk.setlinkvalue(project, self._link[name] + 1, tk.INITSETTING, setting)
        for names, is_open in ((changes.closed, False), (changes.opened, True)):
            for name in names:
                self._fix(name)
                self._status(name, is_open)

    def _status(self, name: str, is_open: bool) -> None:
        index = self._link[name] + 1
        valve = self._network.valves.get(name)
        if valve is None or not is_open:
            self._tk.setlinkvalue(self._project, index, self._tk.INITSTATUS, float(is_open))

    def _fix(self, name: str) -> None:
        """No control or rule acts on a link any more."""
        tk, project, index = self._tk, self._project, self._link[name] + 1
        for number in range(tk.getcount(project, tk.CONTROLCOUNT), 0, -1):
            if tk.getcontrol(project, number)[1] == index:
                tk.deletecontrol(project, number)
        for number in range(tk.getcount(project, tk.RULECOUNT), 0, -1):
            counts = tk.getrule(project, number)
            acts = [tk.getthenaction(project, number, k + 1)[0] for k in range(counts[1])]
            acts += [tk.getelseaction(project, number, k + 1)[0] for k in range(counts[2])]
            if index in acts:
                tk.deleterule(project, number)

    def _demand(self, begin: Begin, changes: Changes) -> None:
        tk, project = self._tk, self._project
        factor = max(begin.demand_factor * changes.demand_factor, LEAST_FACTOR)
        if begin.profile is None:
            factor *= tk.getoption(project, tk.DEMANDMULT)
        else:
            self._by_profile(begin.profile, begin.clock)
        tk.setoption(project, tk.DEMANDMULT, factor)
        if changes.demand:
            self._pattern(EVEN, [1.0])
        for name, more in changes.demand.items():
            tk.adddemand(project, self._node[name] + 1, more / factor, EVEN, "")

    def _by_profile(self, profile: Floats, clock: int) -> None:
        """Let all customers take their average times the profile, which begins with the run."""
        tk, project = self._tk, self._project
        step = self._refine()
        until = clock + len(profile) * PROFILE_S
        hour = (np.arange(0, until, step) - clock) // PROFILE_S
        self._pattern(PROFILE, profile[np.clip(hour, 0, len(profile) - 1)].tolist())
        pattern = tk.getpatternindex(project, PROFILE)
        for name, junction in self._network.junctions.items():
            index = self._node[name] + 1
            for n in range(tk.getnumdemands(project, index), 1, -1):
                tk.deletedemand(project, index, n)
            tk.setbasedemand(project, index, 1, junction.demand)
            tk.setdemandpattern(project, index, 1, pattern)

    def _refine(self) -> int:
        """Let patterns have periods that an hour is made of; returns their length [s]."""
        tk, project = self._tk, self._project
        coarse = int(tk.gettimeparam(project, tk.PATTERNSTEP))
        fine = math.gcd(coarse, PROFILE_S)
        if fine < coarse:
            for pattern in range(1, tk.getcount(project, tk.PATCOUNT) + 1):
                size = tk.getpatternlen(project, pattern)
                values = [tk.getpatternvalue(project, pattern, k + 1) for k in range(size)]
                self._fill(pattern, [value for value in values for _ in range(coarse // fine)])
            tk.settimeparam(project, tk.PATTERNSTEP, fine)
        return fine

    def _pattern(self, name: str, values: list[float]) -> None:
        self._tk.addpattern(self._project, name)
        self._added.add(name)
        self._fill(self._tk.getpatternindex(self._project, name), values)

    def _fill(self, pattern: int, values: list[float]) -> None:
        array = self._tk.doubleArray(len(values))
        for k, value in enumerate(values):
            array[k] = float(value)
        self._tk.setpattern(self._project, pattern, array, len(values))

    def hydraulics(self, step_s: int, *, kept: bool) -> list[tuple[Floats, ...]]:
        """Solve all steps."""
        tk, project = self._tk, self._project
        rows: list[tuple[Floats, ...]] = []
        used = np.zeros(len(self._pumps))
        tk.openH(project)
        tk.initH(project, int(kept))
        while True:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # what EPANET warns of, the deficits show
                try:
                    now = int(tk.runH(project))
                except Exception as error:
                    when = f"{len(rows) * step_s / 3600:.1f} h ahead"
                    raise SolutionError(
                        f"EPANET cannot solve the network {when}: {error}"
                    ) from error
            power = self._of_links(tk.ENERGY)[self._pumps]
            if now >= len(rows) * step_s:
                used = np.zeros(len(self._pumps))
                rows.append(
                    (
                        self._of_nodes(tk.PRESSURE),
                        self._of_nodes(tk.DEMANDDEFICIT),
                        self._of_nodes(tk.DEMAND),
                        self._of_links(tk.FLOW),
                        used,
                    )
                )
            passed = int(tk.nextH(project))
            used += power * passed / step_s
            if passed <= 0:
                break
        tk.closeH(project)
        return rows

    def quality(
        self, quality: Quality, begin: Begin, chlorine: Chlorine, step_s: int
    ) -> list[Floats]:
        """Follow the water's quality through what was solved."""
        tk, project = self._tk, self._project
        if quality == "age":
            tk.setqualtype(project, tk.AGE, "", "", "")
        else:
            tk.setqualtype(project, tk.CHEM, "Chlorine", "mg/L", "")
            self._reactions(chlorine)
        tk.settimeparam(project, tk.QUALSTEP, min(step_s, 300))
        if begin.quality is not None:
            for k, value in enumerate(begin.quality.tolist(), start=1):
                tk.setnodevalue(project, k, tk.INITQUAL, value)
        if quality == "chlorine" and chlorine.dose is not None:
            for name in self._network.reservoirs:
                tk.setnodevalue(project, self._node[name] + 1, tk.INITQUAL, chlorine.dose)
        return self._followed(step_s)

    def _followed(self, step_s: int) -> list[Floats]:
        """Quality at the nodes, step by step."""
        tk, project = self._tk, self._project
        rows: list[Floats] = []
        tk.openQ(project)
        tk.initQ(project, 0)
        while True:
            now = int(tk.runQ(project))
            if now >= len(rows) * step_s:
                rows.append(self._of_nodes(tk.QUALITY))
            if int(tk.nextQ(project)) <= 0:
                break
        tk.closeQ(project)
        return rows

    def conserve(self) -> None:
        """Follow a tracer that neither decays nor is there at first."""
        tk, project = self._tk, self._project
        tk.setqualtype(project, tk.CHEM, "Tracer", "mg/L", "")
        self._reactions(Chlorine(bulk=0.0, wall=0.0))
        for index in range(1, len(self.nodes) + 1):
            tk.setnodevalue(project, index, tk.INITQUAL, 0.0)

    def inject(self, node: str, start: int, step_s: int, steps: int, strength: float) -> Floats:
        """Let a tracer leave a node from a second on; what is at the nodes `(steps, n_nodes)`.

        Raises:
            InputError: the network has no such node.
        """
        tk, project = self._tk, self._project
        if node not in self._node:
            raise InputError(f"the network has no node {node!r}, at which a tracer could enter")
        period = int(tk.gettimeparam(project, tk.PATTERNSTEP))
        offset = int(tk.gettimeparam(project, tk.PATTERNSTART))
        until = int(tk.gettimeparam(project, tk.DURATION)) + offset
        on = [float(at + period > start + offset) for at in range(0, until + period, period)]
        if TRACER not in self._added:
            self._pattern(TRACER, on)
        number = tk.getpatternindex(project, TRACER)
        self._fill(number, on)
        tk.settimeparam(project, tk.QUALSTEP, min(step_s, 300))
        index = self._node[node] + 1
        tk.setnodevalue(project, index, tk.SOURCEQUAL, strength)
        tk.setnodevalue(project, index, tk.SOURCETYPE, tk.SETPOINT)
        tk.setnodevalue(project, index, tk.SOURCEPAT, number)
        rows = self._followed(step_s)
        tk.setnodevalue(project, index, tk.SOURCEQUAL, 0.0)
        return np.array((rows + rows[-1:] * steps)[:steps])

    def _reactions(self, chlorine: Chlorine) -> None:
        tk, project = self._tk, self._project
        for name in self._network.pipes:
            index = self._link[name] + 1
            for what, value in ((tk.KBULK, chlorine.bulk), (tk.KWALL, chlorine.wall)):
                if value is not None:
                    tk.setlinkvalue(project, index, what, value)
        if chlorine.bulk is not None:
            for index in self._tanks:
                tk.setnodevalue(project, index + 1, tk.TANK_KBULK, chlorine.bulk)

    def course(
        self, step_s: int, rows: list[tuple[Floats, ...]], found: list[Floats] | None
    ) -> Course:
        """Put together what was found."""
        pressure, deficit, demand, flow, power = (
            np.array(each) for each in zip(*rows, strict=True)
        )
        served = np.array(
            [
                name in self._network.junctions and self._network.junctions[name].demand > 0
                for name in self.nodes
            ]
        )
        quality = None
        if found:
            quality = np.array((found + found[-1:] * len(rows))[: len(rows)])
        return Course(
            step_s * np.arange(len(rows)),
            self.nodes,
            self.links,
            tuple(self._network.tanks),
            tuple(self._network.pumps),
            served,
            pressure,
            np.where(served, np.maximum(deficit, 0.0), 0.0),
            demand,
            flow,
            pressure[:, self._tanks],
            power,
            quality,
        )

    def _of_nodes(self, what: int) -> Floats:
        values, view = self._array(len(self.nodes))
        self._tk.getnodevalues(self._project, what, values)
        return view.copy()

    def _of_links(self, what: int) -> Floats:
        values, view = self._array(len(self.links))
        self._tk.getlinkvalues(self._project, what, values)
        return view.copy()

    def _array(self, size: int) -> tuple[Any, Floats]:
        """The toolkit's array, and the same memory as NumPy sees it."""
        if size not in self._arrays:
            values = self._tk.doubleArray(size)
            memory = (ctypes.c_double * size).from_address(int(values.cast()))
            self._arrays[size] = (values, np.ctypeslib.as_array(memory))
        return self._arrays[size]
