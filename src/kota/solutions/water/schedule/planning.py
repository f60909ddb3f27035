"""From a file to a plan: measure as shipped, search, write, replay, compare."""

from __future__ import annotations

import os
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from kota.errors import InputError
from kota.solutions.water.inp import load_toolkit, opened, read_network
from kota.solutions.water.schedule.controls import Interlock, control_lines, interlocks
from kota.solutions.water.schedule.document import Document
from kota.solutions.water.schedule.limits import Keeps, Limits
from kota.solutions.water.schedule.moves import Moves
from kota.solutions.water.schedule.replay import Replay, refuse, replay
from kota.solutions.water.schedule.request import Request, prepared
from kota.solutions.water.schedule.search import Effort, Found, Search, cheap_hours, price_edges
from kota.solutions.water.schedule.simulation import Day, Simulation
from kota.solutions.water.schedule.site import Site, survey
from kota.solutions.water.schedule.switching import Schedule
from kota.solutions.water.served import fills

Progress = Callable[[float, float | None], None]

_GRID_S = 300
_UNTIL = {Keeps.EACH: 0.25, Keeps.NETWORK: 1.0}
"""Share of the effort at which the search in each way of comparing ends."""
_ENOUGH = 0.1
"""A saving at which no looser comparison is looked at."""
_WORTH = 0.01
"""What a looser comparison must save more, as a share of the day as shipped."""
_CENT = 0.0051


@dataclass(frozen=True, slots=True)
class Shipped:
    """The network as it is.

    Args:
        document: the file with horizon, demands and prices as asked.
        site: what can be scheduled.
        day: under the file's own controls.
        played: the same by EPANET's report.
        names: ids of the links by index.
        fills: the tank that each pump fills.
        notes: what was assumed.
    """

    document: Document
    site: Site
    day: Day
    played: Replay
    names: dict[int, str]
    fills: dict[str, str]
    notes: tuple[str, ...]

    @property
    def usual(self) -> Schedule:
        """What the scheduled pumps do under the file's own controls."""
        place = {index: k for k, (index, _) in enumerate(self.site.all_pumps)}
        return tuple(self.day.switched[place[pump.index]] for pump in self.site.pumps)

    @property
    def water(self) -> tuple[float, float]:
        """What the tanks end lower [m³], and at least what it costs to pump it."""
        short = sum(max(-gained, 0.0) for gained in self.played.gained.values())
        lowest = float((self.day.energy * self.site.prices.min(axis=1)).sum())
        return short, short * lowest / self.played.used if self.played.used > 0 else 0.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was found.

    Args:
        shipped: the network as it is.
        found: the best schedule; None: the shipped controls stay.
        keeps: in what it is no worse.
        safety: its interlocks.
        document: the file to write.
        played: that file by EPANET.
        cut_short: the time limit came first.
    """

    shipped: Shipped
    found: Found | None
    keeps: Keeps
    safety: tuple[Interlock, ...]
    document: Document
    played: Replay
    cut_short: bool


def measure(request: Request, folder: Path) -> tuple[Shipped, Request]:
    """Read a file and play it as shipped.

    Args:
        request: what is asked.
        folder: for files on the way.

    Returns:
        The network, and the request with the tariff that is used.

    Raises:
        InputError: the file cannot be played, or has nothing to schedule.
    """
    refuse(request.network)
    document = Document.read(request.network)
    with opened(request.network) as (tk, project):
        document, request, notes = prepared(document, request, tk, project)
    path = folder / "shipped.inp"
    document.write(path)
    with _open(path) as (tk, project):
        site = survey(tk, project, keep=request.keep)
        names = {k: tk.getlinkid(project, k) for k in range(1, _count(tk, project) + 1)}
        _require(site, request)
        notes += _assumed(tk, project, site)
        with Simulation(tk, project, site) as simulation:
            day = simulation.shipped()
        tanks = _filled(tk, project, path, site)
    return Shipped(
        document=document,
        site=site,
        day=day,
        played=replay(path),
        names=names,
        fills=tanks,
        notes=tuple(notes),
    ), request


def find(shipped: Shipped, request: Request, folder: Path, progress: Progress) -> Outcome:
    """Look for a better day, and have EPANET play it.

    Args:
        shipped: the network as it is.
        request: what is asked.
        folder: for files on the way.
        progress: told the share of the effort that is spent, and the least cost so far.
    """
    began = time.monotonic()
    released = _released(shipped)
    path = folder / "released.inp"
    released.write(path)
    found, keeps, cut = _climb(shipped, request, path, began, progress)
    target = folder / "controlled.inp"
    if found is not None and found.day.total < shipped.day.total + shipped.water[1]:
        safety = tuple(interlocks(shipped.site, found.day, shipped.fills))
        for locks in (safety, ()):
            lines = control_lines(shipped.site, found.schedule, list(locks), shipped.names)
            document = released.appended("CONTROLS", lines)
            document.write(target)
            day, played = _played(target, shipped), replay(target)
            if _holds(shipped, Found(found.schedule, day), keeps, played):
                sure = Found(found.schedule, day)
                return Outcome(shipped, sure, keeps, locks, document, played, cut)
    return Outcome(shipped, None, Keeps.EACH, (), shipped.document, shipped.played, cut)


def elsewhere(document: Document, factor: float, folder: Path) -> Replay:
    """A file played on a day of another demand.

    Args:
        document: the file.
        factor: of all demands.
        folder: for files on the way.
    """
    path = folder / "elsewhere.inp"
    document.write(path)
    with opened(path) as (tk, project):
        usual = float(tk.getoption(project, tk.DEMANDMULT))
    document.setting("OPTIONS", "Demand Multiplier", f"{usual * factor:.6g}").write(path)
    return replay(path)


def _climb(
    shipped: Shipped, request: Request, path: Path, began: float, progress: Progress
) -> tuple[Found | None, Keeps, bool]:
    """The strictest comparison first; a looser one where it saves clearly more."""
    site, rng = shipped.site, Random(request.seed)
    moves = Moves(site.horizon, _GRID_S, price_edges(site))
    total = _steps(site, len(shipped.names), request.effort)
    found: Found | None = None
    keeps, cut = Keeps.EACH, False
    most = max(one.starts(one.first) for one in shipped.usual) + 1
    with _open(path) as (tk, project), Simulation(tk, project, site, starts=most) as simulation:
        for each, share in _UNTIL.items():
            effort = Effort(int(total * share), began + request.time_limit * (0.4 + 0.6 * share))
            limits = Limits.of(site, shipped.day, each)
            search = Search(simulation, limits, moves, effort, rng, cheap_hours(site), progress)
            known = [found.schedule] if found else []
            better = search.run(shipped.usual, known)
            cut = cut or effort.ran_out
            least = found.day.total - _WORTH * shipped.day.total if found else float("inf")
            if better is not None and better.day.total < least:
                found, keeps = better, each
            if found and found.day.total <= (1 - _ENOUGH) * shipped.day.total:
                break
    return found, keeps, cut


def _steps(site: Site, links: int, effort: float) -> int:
    """Hydraulic steps of an ordinary core in so many seconds."""
    return int(effort * 1e6 / (14 + 0.12 * links + 1.2 * len(site.all_pumps)))


def _played(path: Path, shipped: Shipped) -> Day:
    """The day of a written file under its own controls."""
    with _open(path) as (tk, project), Simulation(tk, project, shipped.site) as simulation:
        return simulation.shipped()


def _holds(shipped: Shipped, found: Found, keeps: Keeps, played: Replay) -> bool:
    """Whether the written file keeps the limits, and EPANET's report says what it costs."""
    excess = Limits.of(shipped.site, shipped.day, keeps, margin=0.0).excess(
        found.day, found.schedule
    )
    hours = shipped.site.horizon / 3600
    cost = float(found.day.cost.sum()) * 24 / hours + found.day.charge
    return (
        not excess
        and abs(cost - played.cost) <= _CENT + 1e-6 * cost
        and set(played.warnings) <= set(shipped.played.warnings)
    )


def _released(shipped: Shipped) -> Document:
    pumps = frozenset(pump.id for pump in shipped.site.pumps)
    moved = {shipped.names[one.link] for pump in shipped.site.pumps for one in pump.companions}
    return shipped.document.released(pumps, pumps | moved)


def _require(site: Site, request: Request) -> None:
    known = {name for _, name in site.all_pumps}
    if unknown := sorted(request.keep - known):
        raise InputError(
            f"{request.network}: there is no pump {unknown[0]!r}",
            hint=f"its pumps are {', '.join(sorted(known)) or 'none'}",
        )
    if not site.pumps:
        raise InputError(
            f"{request.network}: there is no pump to schedule",
            hint="a schedule needs a pump that is switched on and off at one speed",
        )
    if not site.tanks:
        raise InputError(
            f"{request.network}: it has no tank, so that pumps cannot run at another time"
        )
    for tank, low, start, high in zip(site.tank_ids, site.low, site.start, site.high, strict=True):
        if not low <= start <= high:
            raise InputError(
                f"{request.network}: tank {tank} begins at {start:.3f} m, outside its limits of "
                f"{low:.3f} to {high:.3f} m"
            )


def _assumed(tk: Any, project: Any, site: Site) -> list[str]:
    notes = []
    usual = tk.getoption(project, tk.GLOBALEFFIC)
    without = [
        name for k, name in site.all_pumps if not tk.getlinkvalue(project, k, tk.PUMP_ECURVE)
    ]
    if without:
        notes.append(
            f"No efficiency curve for pump {', '.join(without)}: EPANET's {usual:g} % is assumed."
        )
    if site.kept:
        notes.append(f"Left to their own controls: pump {', '.join(site.kept)}.")
    return notes


def _filled(tk: Any, project: Any, path: Path, site: Site) -> dict[str, str]:
    """Which tank each pump fills; nothing where a pump has no curve to read."""
    if any(tk.getpumptype(project, k) == tk.CONST_HP for k, _ in site.all_pumps):
        return {}
    return fills(read_network(path))


def _count(tk: Any, project: Any) -> int:
    return int(tk.getcount(project, tk.LINKCOUNT))


@contextmanager
def _open(path: Path) -> Iterator[tuple[Any, Any]]:
    """A project in the units of its file; what EPANET warns of, pressures and levels show."""
    tk = load_toolkit()
    project = tk.createproject()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tk.open(project, str(path), os.devnull, "")
            tk.setreport(project, "STATUS NO")
            yield tk, project
            tk.close(project)
    finally:
        tk.deleteproject(project)


def work(
    request: Request, progress: Progress = lambda _, __: None
) -> tuple[Outcome, Request, dict[float, tuple[Replay, Replay]]]:
    """Plan a day.

    Args:
        request: what is asked.
        progress: told the share of the effort that is spent, and the least cost so far.

    Returns:
        What was found, the request with the tariff that is used, and by factor of demand what
        EPANET says of the plan and of the shipped controls.

    Raises:
        InputError: the file cannot be played, or has nothing to schedule.
        SolutionError: EPANET is not installed.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shipped, request = measure(request, folder)
        outcome = find(shipped, request, folder, progress)
        others = {
            factor: (
                elsewhere(outcome.document, factor, folder),
                elsewhere(shipped.document, factor, folder),
            )
            for factor in (0.9, 1.1)
        }
    return outcome, request, others
