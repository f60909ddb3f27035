"""A file played by EPANET as it stands, priced by EPANET's own energy report."""

from __future__ import annotations

import os
import re
import tempfile
import warnings
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from kota.errors import InputError, SolutionError
from kota.solutions.water.inp import load_toolkit
from kota.solutions.water.schedule.site import takes

_PUMP = 2


@dataclass(frozen=True, slots=True)
class Replay:
    """What EPANET says of a file.

    Args:
        cost: a day's, from the energy report, demand charge included.
        starts: of each pump by id, as seen: from standing to running.
        pumped: through each pump by id [m³].
        energy: of each pump by id [kWh].
        ends: levels of the tanks at the end by id [m].
        gained: what the tanks hold more at the end than at the beginning, by id [m³].
        lows: least levels by id [m].
        used: by the customers [m³].
        least: the least pressure of a customer [m], where and when [s].
        pressures: the least pressure of each customer by id [m].
        warnings: what EPANET warned of, each once.
    """

    cost: float
    starts: dict[str, int]
    pumped: dict[str, float]
    energy: dict[str, float]
    ends: dict[str, float]
    gained: dict[str, float]
    lows: dict[str, float]
    used: float
    least: tuple[float, str, int]
    pressures: dict[str, float]
    warnings: tuple[str, ...]


def replay(path: Path) -> Replay:
    """Play a file, and read what EPANET reports.

    Args:
        path: the ``.inp`` file.

    Raises:
        InputError: EPANET refuses the file; says why and in which line.
    """
    with tempfile.TemporaryDirectory() as folder:
        cost = _reported(path, Path(folder) / "energy.rpt")
    return _Player(path).play(cost)


def refuse(path: Path) -> None:
    """Let EPANET read a file, and say what is wrong with it, where anything is.

    Raises:
        InputError: names file, line and what EPANET says.
    """
    tk = load_toolkit()
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "read.rpt"
        project = tk.createproject()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                tk.open(project, str(path), str(report), "")
        except Exception as error:
            tk.close(project)  # which writes the report out
            tk.deleteproject(project)
            raise InputError(f"{path}{_complaint(path, report)}: {error}") from error
        tk.close(project)
        tk.deleteproject(project)


def _complaint(path: Path, report: Path) -> str:
    """The first line that EPANET's report quotes, with its number, and what it says of it."""
    try:
        said = report.read_text("latin-1").splitlines()
        lines = [line.strip() for line in path.read_text("latin-1").splitlines()]
    except OSError:
        return ""
    for k, line in enumerate(said):
        if "Error" not in line:
            continue
        quoted = next((each.strip() for each in said[k + 1 :] if each.strip()), "")
        number = next(
            (n for n, each in enumerate(lines, 1) if quoted and each.startswith(quoted)), None
        )
        words = re.sub(r"\s+", " ", line.strip().rstrip(":"))
        if number is not None:
            return f" line {number} ({quoted}): {words}"
        if "200" not in words:
            return f": {words}"
    return ""


def _reported(path: Path, report: Path) -> float:
    tk = load_toolkit()
    project = tk.createproject()
    try:
        tk.open(project, str(path), str(report), "")
        for line in ("STATUS NO", "SUMMARY NO", "NODES NONE", "LINKS NONE", "ENERGY YES"):
            tk.setreport(project, line)
        tk.setqualtype(project, tk.NONE, "", "", "")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tk.solveH(project)
            tk.saveH(project)
            tk.report(project)
        tk.close(project)
    finally:
        tk.deleteproject(project)
    match = re.search(r"Total Cost:\s*([-+.\dEe]+)", report.read_text("latin-1"))
    if match is None:
        raise SolutionError(f"{path}: EPANET reports no cost of energy")
    return float(match[1])


class _Player:
    """Plays a file once and keeps what matters."""

    def __init__(self, path: Path) -> None:
        self._tk = load_toolkit()
        self._path = path

    def play(self, cost: float) -> Replay:
        tk = self._tk
        project = tk.createproject()
        try:
            tk.open(project, str(self._path), os.devnull, "")
            tk.setreport(project, "STATUS NO")
            tk.setflowunits(project, tk.CMH)
            tk.setqualtype(project, tk.NONE, "", "", "")
            with warnings.catch_warnings(record=True) as heard:
                warnings.simplefilter("always")
                made = self._step_through(project, cost)
            tk.close(project)
        finally:
            tk.deleteproject(project)
        said = tuple(sorted({str(one.message) for one in heard}))
        return replace(made, warnings=said)

    def _step_through(self, project: Any, cost: float) -> Replay:
        tk = self._tk
        nodes = range(1, tk.getcount(project, tk.NODECOUNT) + 1)
        links = range(1, tk.getcount(project, tk.LINKCOUNT) + 1)
        name = {k: tk.getnodeid(project, k) for k in nodes}
        pumps = {k: tk.getlinkid(project, k) for k in links if tk.getlinktype(project, k) == _PUMP}
        tanks = [k for k in nodes if tk.getnodetype(project, k) == tk.TANK]
        floor = {k: tk.getnodevalue(project, k, tk.ELEVATION) for k in nodes}
        takers = [k for k in nodes if takes(tk, project, k)]
        starts, was = dict.fromkeys(pumps.values(), 0), dict.fromkeys(pumps, True)
        pumped, energy = dict.fromkeys(pumps.values(), 0.0), dict.fromkeys(pumps.values(), 0.0)
        lows = dict.fromkeys(tanks, float("inf"))
        least = {k: (float("inf"), 0) for k in takers}
        used, first = 0.0, True
        tk.openH(project)
        tk.initH(project, tk.INITFLOW)
        before = {k: tk.getnodevalue(project, k, tk.INITVOLUME) for k in tanks}
        while True:
            now = tk.runH(project)
            heads = {k: tk.getnodevalue(project, k, tk.HEAD) for k in (*takers, *tanks)}
            for k in takers:
                least[k] = min(least[k], (heads[k] - floor[k], now))
            for k in tanks:
                lows[k] = min(lows[k], heads[k] - floor[k])
            power = {k: tk.getlinkvalue(project, k, tk.ENERGY) for k in pumps}
            flow = {k: abs(tk.getlinkvalue(project, k, tk.FLOW)) for k in pumps}
            draws = sum(tk.getnodevalue(project, k, tk.DEMAND) for k in takers)
            hours = tk.nextH(project) / 3600
            for k, pump in pumps.items():
                runs = power[k] > 0
                starts[pump] += runs and not was[k] and not first
                was[k] = runs
                energy[pump] += power[k] * hours
                pumped[pump] += flow[k] * hours if runs else 0.0
            used, first = used + draws * hours, False
            if hours <= 0:
                break
        after = {k: tk.getnodevalue(project, k, tk.TANKVOLUME) for k in tanks}
        tk.closeH(project)
        worst = min(((value, name[k], at) for k, (value, at) in least.items()), default=None)
        return Replay(
            cost=cost,
            starts=starts,
            pumped=pumped,
            energy=energy,
            ends={name[k]: heads[k] - floor[k] for k in tanks},
            gained={name[k]: after[k] - before[k] for k in tanks},
            lows={name[k]: value for k, value in lows.items()},
            used=used,
            least=worst or (float("inf"), "", 0),
            pressures={name[k]: value for k, (value, _) in least.items()},
            warnings=(),
        )
