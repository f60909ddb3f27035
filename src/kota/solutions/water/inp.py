"""EPANET's input files read into a `Network`, by EPANET's own toolkit."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from kota.errors import SolutionError
from kota.solutions.water.network import (
    Junction,
    Network,
    Pipe,
    Pump,
    Reservoir,
    Tank,
    Valve,
)

_VALVES = {3: "PRV", 4: "PSV", 5: "PBV", 6: "FCV", 7: "TCV", 8: "GPV"}
_PUMP = 2


def net3() -> Path:
    """EPANET's example network 3, from WNTR's wheel (which is not imported).

    Raises:
        SolutionError: WNTR is not installed.
    """
    found = find_spec("wntr")
    folders = found.submodule_search_locations if found is not None else None
    if not folders:
        raise SolutionError(
            "the network Net3 comes with WNTR, which is not installed",
            hint="pip install 'kota-city[water]'",
        )
    return Path(folders[0]) / "library" / "networks" / "Net3.inp"


@contextmanager
def opened(path: Path) -> Iterator[tuple[Any, Any]]:
    """EPANET's toolkit and a project with this file, in m³/h, m and mm.

    Raises:
        SolutionError: EPANET is not installed, or cannot read the file.
    """
    toolkit = load_toolkit()
    project = toolkit.createproject()
    try:
        open_project(toolkit, project, path)
        yield toolkit, project
        toolkit.close(project)
    finally:
        toolkit.deleteproject(project)


def load_toolkit() -> Any:
    """EPANET's toolkit.

    Raises:
        SolutionError: it is not installed.
    """
    try:
        from epanet import toolkit
    except ImportError as error:
        raise SolutionError(
            "EPANET is not installed", hint="pip install 'kota-city[water]'"
        ) from error
    return toolkit


def open_project(toolkit: Any, project: Any, path: Path) -> None:
    """Read a file into a project and let it speak m³/h, m and mm.

    Raises:
        SolutionError: EPANET cannot read the file; names it and what EPANET says.
    """
    if not path.is_file():
        raise SolutionError(f"{path}: there is no such file")
    try:
        toolkit.open(project, str(path), os.devnull, "")
        toolkit.setreport(project, "STATUS NO")
        toolkit.setflowunits(project, toolkit.CMH)
        toolkit.setoption(project, toolkit.PRESS_UNITS, toolkit.METERS)
    except Exception as error:
        raise SolutionError(f"{path}: EPANET cannot read it: {error}") from error
    if not toolkit.getcount(project, toolkit.TANKCOUNT):
        raise SolutionError(f"{path}: it holds no network, or one without reservoir and tank")


def read_network(path: Path) -> Network:
    """Read an EPANET input file, whatever its units.

    Args:
        path: the ``.inp`` file.

    Raises:
        SolutionError: the file is absent or not a network; names it and what EPANET says.

    >>> network = read_network(net3())
    >>> len(network.junctions), len(network.pipes), len(network.tanks), len(network.pumps)
    (92, 117, 3, 2)
    """
    with opened(path) as (toolkit, project):
        return _Reader(toolkit, project).read()


class _Reader:
    """Collects the parts of one open project."""

    def __init__(self, toolkit: Any, project: Any) -> None:
        self._tk = toolkit
        self._project = project
        self._network = Network({}, {}, {}, {}, {}, {})

    def read(self) -> Network:
        tk, project = self._tk, self._project
        junctions: dict[str, Junction] = {}
        reservoirs: dict[str, Reservoir] = {}
        tanks: dict[str, Tank] = {}
        for index in range(1, tk.getcount(project, tk.NODECOUNT) + 1):
            name = tk.getnodeid(project, index)
            kind = tk.getnodetype(project, index)
            if kind == tk.JUNCTION:
                junctions[name] = self._junction(name, index)
            elif kind == tk.RESERVOIR:
                reservoirs[name] = Reservoir(name, self._node(index, tk.ELEVATION), self._at(index))
            else:
                tanks[name] = self._tank(name, index)
        pipes: dict[str, Pipe] = {}
        pumps: dict[str, Pump] = {}
        valves: dict[str, Valve] = {}
        for index in range(1, tk.getcount(project, tk.LINKCOUNT) + 1):
            name = tk.getlinkid(project, index)
            kind = tk.getlinktype(project, index)
            if kind == _PUMP:
                pumps[name] = self._pump(name, index)
            elif kind in _VALVES:
                valves[name] = self._valve(name, index, _VALVES[kind])
            else:
                pipes[name] = self._pipe(name, index)
        return Network(junctions, reservoirs, tanks, pipes, pumps, valves)

    def _node(self, index: int, what: int) -> float:
        return float(self._tk.getnodevalue(self._project, index, what))

    def _link(self, index: int, what: int) -> float:
        return float(self._tk.getlinkvalue(self._project, index, what))

    def _at(self, index: int) -> tuple[float, float]:
        try:
            x, y = self._tk.getcoord(self._project, index)
        except Exception:  # noqa: BLE001 - the toolkit has no narrower error: no coordinates
            return 0.0, 0.0
        return float(x), float(y)

    def _ends(self, index: int) -> tuple[str, str]:
        start, end = self._tk.getlinknodes(self._project, index)
        tk, project = self._tk, self._project
        return tk.getnodeid(project, start), tk.getnodeid(project, end)

    def _junction(self, name: str, index: int) -> Junction:
        tk, project = self._tk, self._project
        demand = 0.0
        for k in range(1, tk.getnumdemands(project, index) + 1):
            pattern = tk.getdemandpattern(project, index, k)
            average = tk.getaveragepatternvalue(project, pattern) if pattern else 1.0
            demand += tk.getbasedemand(project, index, k) * average
        return Junction(name, self._node(index, tk.ELEVATION), float(demand), self._at(index))

    def _tank(self, name: str, index: int) -> Tank:
        tk = self._tk
        return Tank(
            name,
            elevation=self._node(index, tk.ELEVATION),
            level=self._node(index, tk.TANKLEVEL),
            min_level=self._node(index, tk.MINLEVEL),
            max_level=self._node(index, tk.MAXLEVEL),
            diameter=self._node(index, tk.TANKDIAM),
            at=self._at(index),
        )

    def _pipe(self, name: str, index: int) -> Pipe:
        tk = self._tk
        return Pipe(
            name,
            *self._ends(index),
            length=self._link(index, tk.LENGTH),
            diameter=self._link(index, tk.DIAMETER),
            roughness=self._link(index, tk.ROUGHNESS),
            minor_loss=self._link(index, tk.MINORLOSS),
            is_open=self._link(index, tk.INITSTATUS) > 0,
        )

    def _pump(self, name: str, index: int) -> Pump:
        tk, project = self._tk, self._project
        curve = tk.getheadcurveindex(project, index)
        points = [
            tk.getcurvevalue(project, curve, k)
            for k in range(1, tk.getcurvelen(project, curve) + 1)
        ]
        curve_points = tuple((float(q), float(h)) for q, h in points)
        is_open = self._link(index, tk.INITSTATUS) > 0
        return Pump(
            name,
            *self._ends(index),
            curve=curve_points,
            is_open=is_open,
            follows=self._follows(index),
        )

    def _follows(self, link: int) -> str | None:
        """The tank by whose level a link is switched."""
        tk, project = self._tk, self._project
        for number in range(1, tk.getcount(project, tk.CONTROLCOUNT) + 1):
            kind, controlled, _, node, _ = tk.getcontrol(project, number)
            by_level = controlled == link and kind in (tk.LOWLEVEL, tk.HILEVEL)
            if by_level and tk.getnodetype(project, node) == tk.TANK:
                return str(tk.getnodeid(project, node))
        return None

    def _valve(self, name: str, index: int, kind: str) -> Valve:
        tk = self._tk
        diameter = self._link(index, tk.DIAMETER)
        setting = self._link(index, tk.INITSETTING)
        return Valve(name, *self._ends(index), kind=kind, diameter=diameter, setting=setting)
