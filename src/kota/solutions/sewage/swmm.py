"""EPA's SWMM engine, in metres, m³/s and mm/h, with its complaints in words.

The engine keeps one model in global variables, so one process runs one model at a time: what is
played is played in a process of its own (`comparison`).
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from kota.errors import InputError, SolutionError

FOOT, INCH = 0.3048, 25.4
FLOW_IN_M3_PER_S = {
    0: FOOT**3,
    1: 6.30901964e-5,
    2: 4.38126364e-2,
    3: 1.0,
    4: 1e-3,
    5: 1e3 / 86_400,
}
"""By SWMM's code: CFS, GPM, MGD, CMS, LPS, MLD."""
SECTIONS = ("OPTIONS", "OUTFALLS", "CONDUITS")
_ERROR = re.compile(r"ERROR (\d+): (.*)")
_LINE = re.compile(r"at line (\d+) of (?:input file|\[(\w+)\] section)", re.IGNORECASE)


class Engine:
    """An opened model: what flows where, and gates that can be set.

    Attributes:
        nodes, links, gages: indices in the engine by id.
        begin: when the simulation begins.
    """

    def __init__(self, solver: Any, codes: Any) -> None:
        self._solver, self._codes = solver, codes
        kinds = codes.ObjectType
        self.nodes = self._index(kinds.NODE)
        self.links = self._index(kinds.LINK)
        self.gages = self._index(kinds.GAGE)
        american = _code(solver.simulation_get_unit(codes.UnitProperty.SYSTEM_UNIT)) == 0
        unit = _code(solver.simulation_get_unit(codes.UnitProperty.FLOW_UNIT))
        self._length, self._rain = (FOOT, INCH) if american else (1.0, 1.0)
        self._flow = FLOW_IN_M3_PER_S[unit]
        moment = solver.simulation_get_datetime(codes.TimeProperty.START_DATE)
        year, month, day, hour, minute, second = moment
        self.begin = datetime(year, month, day, hour, minute, second, tzinfo=UTC)

    def steps(self) -> Generator[float, None, None]:
        """Run the model; yields the seconds since its beginning after each routing step."""
        self._solver.swmm_start(0)
        try:
            while (days := self._solver.swmm_step()) > 0:
                yield days * 86_400
        finally:
            self._solver.swmm_end()

    def play_from(self, begin: datetime, end: datetime, state: Path | None = None) -> None:
        """Let the run begin and end at other instants than the file says, before its first step.

        Args:
            begin, end: in the time of the model, which is local where its patterns are.
            state: a file that `save` has written, from the same model; None: empty and dry.
        """
        if state is not None:
            self._solver.swmm_hotstart(self._codes.HotstartFile.USE, str(state))
        for moment, when in (
            (self._codes.TimeProperty.END_DATE, end),  # first: no beginning after it is taken
            (self._codes.TimeProperty.START_DATE, begin),
            (self._codes.TimeProperty.REPORT_DATE, begin),
        ):
            parts = (when.year, when.month, when.day, when.hour, when.minute, when.second)
            self._solver.simulation_set_datetime(moment, *parts)
        self.begin = begin

    def save(self, state: Path) -> None:
        """Write the state of the water, between two steps."""
        self._solver.swmm_hotstart(self._codes.HotstartFile.SAVE, str(state))

    def rain_on(self, gage: str, rain: float) -> None:
        """Let so much rain fall on a gage from now on, whatever the model says [mm/h]."""
        self._solver.raingage_set_precipitation(self.gages[gage], rain / self._rain)

    def ends(self, link: str) -> tuple[str, str]:
        """The nodes that a link leads from and to."""
        names = list(self.nodes)
        first, second = self._solver.link_get_connections(self.links[link])
        return names[first], names[second]

    def below(self) -> dict[str, str]:
        """Where each node drains to by the first link that leads on from it."""
        found: dict[str, str] = {}
        for link in self.links:
            first, second = self.ends(link)
            found.setdefault(first, second)
        return found

    def is_outfall(self, node: str) -> bool:
        """Whether water leaves the system there."""
        return _code(self._solver.node_get_type(self.nodes[node])) == 1

    def depth(self, node: str) -> float:
        """Of the water at a node [m]."""
        return self._at(node, self._codes.NodeResult.DEPTH) * self._length

    def flooding(self, node: str) -> float:
        """Out of a node onto the ground [m³/s]."""
        return self._at(node, self._codes.NodeResult.FLOOD) * self._flow

    def inflow(self, node: str) -> float:
        """Into a node from all sides [m³/s]."""
        return self._at(node, self._codes.NodeResult.TOTAL_INFLOW) * self._flow

    def flow(self, link: str) -> float:
        """In a link [m³/s]."""
        index = self.links[link]
        return float(self._solver.link_get_result(index, self._codes.LinkResult.FLOW)) * self._flow

    def flow_depth(self, link: str) -> float:
        """Of the water in a conduit, or the opening of a gate or weir [m]."""
        index = self.links[link]
        depth = float(self._solver.link_get_result(index, self._codes.LinkResult.DEPTH))
        return depth * self._length

    def setting(self, link: str) -> float:
        """Of a gate, weir or pump as it stands [0..1]."""
        what = self._codes.LinkResult.SETTING
        return float(self._solver.link_get_result(self.links[link], what))

    def head(self, node: str) -> float:
        """Level of the water at a node [m]."""
        return self._at(node, self._codes.NodeResult.HEAD) * self._length

    def limit(self, link: str, flow: float) -> None:
        """Let a conduit carry no more than so much [m³/s]; 0 lifts the limit."""
        what = self._codes.LinkProperty.FLOW_LIMIT
        self._solver.link_set_parameter(self.links[link], what, flow / self._flow)

    def pour(self, node: str, flow: float) -> None:
        """Let so much flow into a node besides all else, or out of it, until told otherwise."""
        self._solver.node_set_total_inflow(self.nodes[node], flow / self._flow)

    def let_rain(self, intensity: float) -> None:
        """Let it rain on all gages until told otherwise, whatever the file says [mm/h]."""
        for gage in self.gages.values():
            self._solver.raingage_set_precipitation(gage, intensity / self._rain)

    def rain(self) -> float | None:
        """Mean of the rain gages [mm/h]; None where there are none."""
        if not self.gages:
            return None
        total = self._codes.RainResult.TOTAL
        indices = self.gages.values()
        fallen = [float(self._solver.raingage_get_precipitation(i, total)) for i in indices]
        return sum(fallen) / len(fallen) * self._rain

    def set(self, link: str, setting: float) -> None:
        """Set a gate, weir or pump from the next routing step on [0..1]."""
        self._solver.link_set_target_setting(self.links[link], setting)

    def _at(self, node: str, what: Any) -> float:
        return float(self._solver.node_get_result(self.nodes[node], what))

    def _index(self, kind: Any) -> dict[str, int]:
        count = self._solver.project_get_count(kind)
        return {self._solver.project_get_id(kind, i): i for i in range(count)}


_busy: list[Path] = []


@contextmanager
def _alone(model: Path) -> Iterator[None]:
    """The engine keeps its model in global variables: a second one would crash the process."""
    if _busy:
        raise SolutionError(
            f"{model}: {_busy[0]} is open in this process already",
            hint="close it first, or open this one in a process of its own",
        )
    _busy.append(model)
    try:
        yield
    finally:
        _busy.clear()


@contextmanager
def opened(model: Path) -> Iterator[Engine]:
    """A SWMM input file in the engine.

    Raises:
        SolutionError: SWMM is not installed, or this process has a model open already.
        InputError: the file cannot be read or has errors: names it, the line and what SWMM says.
    """
    try:
        from swmm.toolkit import shared_enum as codes
        from swmm.toolkit import solver
    except ImportError as error:
        raise SolutionError(
            "SWMM is not installed", hint="pip install 'kota-city[sewage]'"
        ) from error
    check_sections(model)
    with _alone(model), TemporaryDirectory(prefix="kota-swmm-") as folder:
        report = Path(folder) / "report.txt"
        try:
            solver.swmm_open(str(model), str(report), str(Path(folder) / "results.out"))
            yield Engine(solver, codes)
        except Exception as error:
            solver.swmm_close()  # which completes the report
            # what SWMM itself raises is a bare Exception, and says in the report what it is about
            if type(error) is not Exception:
                raise
            raise InputError(_complaint(model, report, error)) from error
        solver.swmm_close()


def positions_of(model: Path) -> dict[str, tuple[float, float]]:
    """Where a model's rain gages lie, by its section [SYMBOLS]; those that it does not place lack.

    Raises:
        InputError: the file cannot be read.
    """
    try:
        lines = model.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError as error:
        raise InputError(f"{model}: cannot be read: {error.strerror}") from error
    section, places = "", {}
    for line in lines:
        if line.startswith("["):
            section = line.strip().upper()
        parts = line.split()
        if section == "[SYMBOLS]" and len(parts) == 3 and not line.startswith(";"):
            places[parts[0]] = (float(parts[1]), float(parts[2]))
    return places


def check_sections(model: Path) -> None:
    """See that a file is a SWMM input file at all.

    Raises:
        InputError: it cannot be read, or a section is missing; names both.
    """
    try:
        text = model.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise InputError(f"{model}: cannot be read: {error.strerror}") from error
    there = {name.upper() for name in re.findall(r"^\s*\[(\w+)", text, re.MULTILINE)}
    missing = [name for name in SECTIONS if not any(name.startswith(one[:8]) for one in there)]
    if not there:
        raise InputError(f"{model}: has no sections; expected a SWMM input file with [OPTIONS]")
    if missing:
        raise InputError(f"{model}: has no section [{missing[0]}]; SWMM needs it")


def _complaint(model: Path, report: Path, error: Exception) -> str:
    """The first error of SWMM's report, with the line of the model that it is about."""
    said = report.read_text(encoding="utf-8", errors="replace") if report.exists() else ""
    lines = said.splitlines()
    for i, line in enumerate(lines):
        found = _ERROR.search(line)
        if found is None:
            continue
        about = next((each.strip() for each in lines[i + 1 : i + 3] if each.strip()), "")
        place = _LINE.search(line)
        where = f"{model} line {place[1]}" if place else str(model)
        quoted = f": `{about}`" if place and about else ""
        return f"{where}: SWMM error {found[1]}: {found[2].rstrip(' :')}{quoted}"
    return f"{model}: SWMM refuses it: {str(error).strip()}"


def _code(value: Any) -> int:
    return int(getattr(value, "value", value))
