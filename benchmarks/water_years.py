"""BattLeDIM-style years of L-TOWN: a town that differs from its model, its leaks, its sensors.

Every pipe's roughness and diameter and every base demand is drawn within 10 % of the model's;
demand follows season, week and chance; 14 leaks begin in the first year and 19 in the second (four
of the first go on, so that 23 leak in it), abrupt and incipient, in the middle of any pipe, with a
flow that follows pressure: Q = 0.75 A sqrt(2 g p). Comparable with BattLeDIM 2020 in its rules, not
identical in its data.
"""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from importlib.util import find_spec
from math import pi, sqrt
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kota.solutions.water.inp import load_toolkit, read_network
from kota.solutions.water.network import Network

Floats = NDArray[np.float64]

STEP_S = 300
DAY = 86_400 // STEP_S
YEAR = 365 * DAY
BEGIN = datetime(2018, 1, 1)  # noqa: DTZ001 - the competition's files say no zone
LOGGERS = tuple(
    f"n{k}"
    for k in (
        *(1, 4, 31, 54, 105, 114, 163, 188, 215, 229, 288, 296, 332, 342, 410, 415, 429, 458, 469),
        *(495, 506, 516, 519, 549, 613, 636, 644, 679, 722, 726, 740, 752, 769),
    )
)
FLOWS = ("PUMP_1", "p227", "p235")
TANK = "T1"
METERS = 82
GROUPS = 60
"""Random demand is drawn for so many groups of customers."""


ABSENT = "L-TOWN is absent, nothing is measured: pip install epyt, or set KOTA_LTOWN to its .inp"


def ltown() -> Path | None:
    """L-TOWN's file: KOTA_LTOWN, else from epyt's wheel (EUPL 1.2), else None."""
    if given := os.environ.get("KOTA_LTOWN"):
        return Path(given)
    found = find_spec("epyt")
    folders = found.submodule_search_locations if found is not None else None
    path = Path(folders[0]) / "networks" / "L-TOWN.inp" if folders else None
    return path if path is not None and path.is_file() else None


@dataclass(frozen=True, slots=True)
class Leak:
    """A leak of the truth: steps since the first year's begin, diameter of the hole [m]."""

    pipe: str
    start: int
    peak: int
    end: int
    diameter: float

    def area(self, steps: int) -> Floats:
        """Of the hole at each step [m²]; an incipient leak's grows with the square of time."""
        k = np.arange(steps)
        grown = np.clip((k - self.start + 1) / (self.peak - self.start + 1), 0, 1) ** 2
        grown[(k < self.start) | (k > self.end)] = 0
        return np.asarray(pi * self.diameter**2 / 4 * grown)


def draw_leaks(rng: np.random.Generator, pipes: list[str], years: int = 2) -> list[Leak]:
    """14 leaks that begin in the first year, ten of them repaired in it, and 19 in the second."""
    picked = rng.choice(pipes, size=33, replace=False)
    leaks = []
    for k, pipe in enumerate(picked[: 14 if years == 1 else 33]):
        year = 0 if k < 14 else 1
        repaired = k < 10 if year == 0 else k % 2 == 0
        latest = 0.75 if repaired else 0.9
        start = int((year + rng.uniform(0.02, latest)) * YEAR)
        incipient = rng.random() < 0.5
        lasts = int(rng.uniform(12, 60) * DAY)
        diameter = rng.uniform(0.015, 0.0205) if repaired else rng.uniform(0.0085, 0.0145)
        grows = int((rng.uniform(0.3, 0.9) * lasts) if repaired else rng.uniform(10, 90) * DAY)
        end = start + max(lasts, 10 * DAY) if repaired else 2 * YEAR
        leaks.append(Leak(str(pipe), start, start + grows if incipient else start, end, diameter))
    return sorted(leaks, key=lambda leak: leak.start)


def _walk(rng: np.random.Generator, shape: tuple[int, ...], hours: float) -> Floats:
    """Unit AR(1) noise along the first axis."""
    from scipy.signal import lfilter

    keep = float(np.exp(-1 / (hours * 12)))
    drawn = rng.standard_normal(shape)
    drawn[0] /= sqrt(1 - keep**2)
    return np.asarray(lfilter([sqrt(1 - keep**2)], [1, -keep], drawn, axis=0))


def draw_demand(rng: np.random.Generator, week: Floats, steps: int) -> tuple[Floats, Floats]:
    """Multipliers of the two kinds of customers by group `(steps, 2, GROUPS)` as factors.

    Args:
        week: the model's multipliers `(2, 2016)`.

    Returns:
        what all have in common `(steps, 2)`, and each group's random part `(steps, GROUPS)`.
    """
    k = np.arange(steps)
    season = rng.uniform(0.05, 0.12) * np.sin(2 * pi * (k / YEAR - rng.uniform(0.2, 0.4)))
    common = week[:, k % week.shape[1]].T * (1 + season)[:, None]
    common = common * (1 + rng.uniform(0.01, 0.03) * _walk(rng, (steps, 1), 24))
    common = common * (1 + rng.uniform(0.01, 0.03) * _walk(rng, (steps, 2), 1))
    each = rng.uniform(0.05, 0.12) * _walk(rng, (steps, GROUPS), 2)
    return common, np.clip(1 + each, 0.2, None)


def true_file(nominal: Path, leaks: list[Leak], rng: np.random.Generator, out: Path) -> Path:
    """Write the true network: perturbed, and with a junction in the middle of each leaking pipe."""
    tk = load_toolkit()
    project = tk.createproject()
    tk.open(project, str(nominal), os.devnull, "")
    for link in range(1, tk.getcount(project, tk.LINKCOUNT) + 1):
        if tk.getlinktype(project, link) != tk.PIPE:
            continue
        for what in (tk.ROUGHNESS, tk.DIAMETER):
            value = tk.getlinkvalue(project, link, what)
            tk.setlinkvalue(project, link, what, value * rng.uniform(0.9, 1.1))
    for node in range(1, tk.getcount(project, tk.NODECOUNT) + 1):
        if tk.getnodetype(project, node) == tk.JUNCTION:
            factor = rng.uniform(0.9, 1.1)
            for n in range(1, tk.getnumdemands(project, node) + 1):
                base = tk.getbasedemand(project, node, n)
                tk.setbasedemand(project, node, n, base * factor)
    for leak in leaks:
        _split(tk, project, leak.pipe)
    tk.saveinpfile(project, str(out))
    tk.close(project)
    tk.deleteproject(project)
    return out


def _split(tk: Any, project: Any, pipe: str) -> None:
    link = tk.getlinkindex(project, pipe)
    start, end = tk.getlinknodes(project, link)
    values = {w: tk.getlinkvalue(project, link, w) for w in (tk.LENGTH, tk.DIAMETER, tk.ROUGHNESS)}
    node = tk.addnode(project, f"leak-{pipe}", tk.JUNCTION)
    height = sum(tk.getnodevalue(project, each, tk.ELEVATION) for each in (start, end)) / 2
    tk.setnodevalue(project, node, tk.ELEVATION, height)
    far = tk.getnodeid(project, end)
    tk.setlinknodes(project, link, start, node)
    other = tk.addlink(project, f"leak-{pipe}", tk.PIPE, f"leak-{pipe}", far)
    values[tk.LENGTH] /= 2
    for which in (link, other):
        for what, value in values.items():
            tk.setlinkvalue(project, which, what, value)


class Town:
    """The truth, solved step by step."""

    def __init__(self, path: Path, names: list[str], common: Floats, each: Floats) -> None:
        self._tk = tk = load_toolkit()
        self._project = project = tk.createproject()
        tk.open(project, str(path), os.devnull, "")
        self._common, self._each = common, each
        self._patterns: list[list[int]] = [[], []]
        for kind in range(2):
            for group in range(each.shape[1]):
                tk.addpattern(project, f"k{kind}-{group}")
                self._patterns[kind].append(tk.getpatternindex(project, f"k{kind}-{group}"))
        for k, name in enumerate(names):
            node = tk.getnodeindex(project, name)
            for n in range(1, tk.getnumdemands(project, node) + 1):
                if n <= 2:
                    which = self._patterns[n - 1][k % each.shape[1]]
                    tk.setdemandpattern(project, node, n, which)
        tk.settimeparam(project, tk.DURATION, len(common) * STEP_S)
        tk.setstatusreport(project, tk.NO_REPORT)
        array = tk.doubleArray(1)
        array[0] = 1.0
        for kind in self._patterns:
            for which in kind:
                tk.setpattern(project, which, array, 1)
        tk.openH(project)
        tk.initH(project, 0)

    def node(self, name: str) -> int:
        """Its index."""
        return int(self._tk.getnodeindex(self._project, name))

    def link(self, name: str) -> int:
        """Its index."""
        return int(self._tk.getlinkindex(self._project, name))

    def steps(self, emitters: list[tuple[int, Floats]]) -> Iterator[tuple[int, Any, Any]]:
        """Solve each step; gives its number and functions that read nodes and links.

        Args:
            emitters: node and area of the hole by step [m²].
        """
        tk, project = self._tk, self._project
        coefficient = 0.75 * sqrt(2 * 9.81) * 3600
        held = [0.0] * len(emitters)
        for step in range(len(self._common)):
            for kind, patterns in enumerate(self._patterns):
                base = self._common[step, kind]
                for which, factor in zip(patterns, self._each[step], strict=True):
                    tk.setpatternvalue(project, which, 1, base * factor)
            for n, (node, area) in enumerate(emitters):
                if area[step] != held[n]:
                    held[n] = area[step]
                    tk.setnodevalue(project, node, tk.EMITTER, coefficient * held[n])
            tk.runH(project)
            yield step, self._node_value, self._link_value
            left = STEP_S
            while left > 0:
                passed = tk.nextH(project)
                left -= passed
                if left > 0 and passed > 0:
                    tk.runH(project)
                if passed == 0:
                    break

    def _node_value(self, node: int, what: int) -> float:
        return float(self._tk.getnodevalue(self._project, node, what))

    def _link_value(self, link: int, what: int) -> float:
        return float(self._tk.getlinkvalue(self._project, link, what))

    def close(self) -> None:
        """Release it."""
        self._tk.closeH(self._project)
        self._tk.close(self._project)
        self._tk.deleteproject(self._project)


@dataclass(frozen=True, slots=True)
class Measured:
    """What the sensors say of all steps, rounded as the competition's files are."""

    pressures: Floats
    flows: Floats
    levels: Floats
    demands: Floats
    meters: tuple[str, ...]
    leaks: Floats
    """Each leak's flow [m³/h], the truth `(steps, n_leaks)`."""


def meters_of(network: Network) -> tuple[str, ...]:
    """82 customers in the area that the tank feeds."""
    beside: dict[str, list[str]] = {}
    for pipe in network.pipes.values():
        beside.setdefault(pipe.start, []).append(pipe.end)
        beside.setdefault(pipe.end, []).append(pipe.start)
    seen, todo = {TANK}, [TANK]
    while todo:
        for other in beside.get(todo.pop(), []):
            if other not in seen:
                seen.add(other)
                todo.append(other)
    fed = [n for n, junction in network.junctions.items() if n in seen and junction.demand > 0]
    return tuple(fed[:METERS])


def measure(nominal: Path, *, seed: int, folder: Path, years: int = 2) -> tuple[Measured, Any]:
    """Play a town; about 150 s for two years.

    Args:
        nominal: L-TOWN's file.
        seed: of everything that is drawn.
        folder: where the true network's file is written.
        years: 1 or 2.

    Returns:
        what is measured, and the leaks.
    """
    rng = np.random.default_rng(seed)
    network = read_network(nominal)
    leaks = draw_leaks(rng, list(network.pipes), years)
    path = true_file(nominal, leaks, rng, folder / "true.inp")
    steps = years * YEAR
    common, each = draw_demand(rng, week_of(nominal), steps)
    return played(path, network, leaks, common, each), leaks


def played(
    path: Path, network: Network, leaks: list[Leak], common: Floats, each: Floats
) -> Measured:
    """What the sensors of a town say of its leaks.

    Args:
        path: the true network, from `true_file`.
        network: the model.
        leaks: in it.
        common, each: from `draw_demand`.
    """
    steps = len(common)
    town = Town(path, list(network.junctions), common, each)
    warnings.filterwarnings("ignore", message="WARNING")  # negative pressure behind an empty tank
    tk = load_toolkit()
    meters = meters_of(network)
    nodes = [town.node(name) for name in LOGGERS]
    links = [town.link(name) for name in FLOWS]
    tank = town.node(TANK)
    emitting = [(town.node(f"leak-{leak.pipe}"), leak.area(steps)) for leak in leaks]
    read = np.zeros((steps, len(nodes) + len(links) + 1))
    lost = np.zeros((steps, len(leaks)))
    for step, node_value, link_value in town.steps(emitting):
        row = [node_value(k, tk.PRESSURE) for k in nodes]
        row += [link_value(k, tk.FLOW) for k in links]
        row.append(node_value(tank, tk.PRESSURE))
        read[step] = row
        for n, (node, area) in enumerate(emitting):
            if area[step]:
                lost[step, n] = node_value(node, tk.DEMAND)
    town.close()
    names = list(network.junctions)
    supplied = _metered(path, meters, names, common, each)
    n = len(LOGGERS)
    return Measured(
        read[:, :n].round(2),
        read[:, n : n + 3].round(2),
        read[:, n + 3 :].round(2),
        supplied.round(2),
        meters,
        lost,
    )


def pressures(nominal: Path, *, seed: int, folder: Path, days: int) -> tuple[Measured, Floats]:
    """Play a town without leaks for some days.

    Returns:
        what is measured, and the pressure at every node of the model `(steps, n_nodes)`.
    """
    measured, truth, _ = states(nominal, seed=seed, folder=folder, days=days)
    return measured, truth


def states(nominal: Path, *, seed: int, folder: Path, days: int) -> tuple[Measured, Floats, Floats]:
    """As `pressures`, and the flow of every link in the model's order `(steps, n_links)`."""
    rng = np.random.default_rng(seed)
    network = read_network(nominal)
    path = true_file(nominal, [], rng, folder / "true.inp")
    common, each = draw_demand(rng, week_of(nominal), days * DAY)
    town = Town(path, list(network.junctions), common, each)
    warnings.filterwarnings("ignore", message="WARNING")
    tk = load_toolkit()
    names = [*network.junctions, *network.reservoirs, *network.tanks]
    nodes = [town.node(name) for name in names]
    links = [town.link(name) for name in FLOWS]
    truth = np.zeros((days * DAY, len(names)))
    passed = np.zeros((days * DAY, len(network.links)))
    for step, node_value, link_value in town.steps([]):
        truth[step] = [node_value(k, tk.PRESSURE) for k in nodes]
        passed[step] = [link_value(k + 1, tk.FLOW) for k in range(passed.shape[1])]
    town.close()
    flows = passed[:, np.array(links) - 1]
    meters = meters_of(network)
    supplied = _metered(path, meters, list(network.junctions), common, each)
    seen = truth[:, [names.index(name) for name in LOGGERS]]
    level = truth[:, [names.index(TANK)]]
    measured = Measured(
        seen.round(2),
        flows.round(2),
        level.round(2),
        supplied.round(2),
        meters,
        np.zeros((days * DAY, 0)),
    )
    return measured, truth[:, np.argsort(nodes)], passed


def week_of(nominal: Path) -> Floats:
    """The model's own multipliers of homes and businesses `(2, 2016)`."""
    tk = load_toolkit()
    project = tk.createproject()
    tk.open(project, str(nominal), os.devnull, "")
    week = []
    for name in ("P-Residential", "P-Commercial"):
        index = tk.getpatternindex(project, name)
        size = tk.getpatternlen(project, index)
        week.append([tk.getpatternvalue(project, index, k + 1) for k in range(size)])
    tk.close(project)
    tk.deleteproject(project)
    return np.array(week)


def _metered(
    path: Path, meters: tuple[str, ...], names: list[str], common: Floats, each: Floats
) -> Floats:
    """What each customer takes [L/h]."""
    tk = load_toolkit()
    project = tk.createproject()
    tk.open(project, str(path), os.devnull, "")
    taken = np.zeros((len(common), len(meters)))
    for m, meter in enumerate(meters):
        node = tk.getnodeindex(project, meter)
        group = names.index(meter) % each.shape[1]
        for n in range(1, tk.getnumdemands(project, node) + 1):
            base = tk.getbasedemand(project, node, n) * 1000
            taken[:, m] += base * (common[:, n - 1] * each[:, group] if n <= 2 else 1.0)
    tk.close(project)
    tk.deleteproject(project)
    return taken


def write(measured: Measured, leaks: list[Leak], folder: Path) -> None:
    """Write a folder a year in the competition's layout, `leaks_known.csv` in the first."""
    tables = {
        "SCADA_Pressures": (LOGGERS, measured.pressures),
        "SCADA_Flows": (FLOWS, measured.flows),
        "SCADA_Levels": ((TANK,), measured.levels),
        "SCADA_Demands": (measured.meters, measured.demands),
    }
    for year in range(len(measured.levels) // YEAR):
        place = folder / str(2018 + year)
        place.mkdir(parents=True, exist_ok=True)
        rows = slice(year * YEAR, (year + 1) * YEAR)
        stamps = [at(k).strftime("%Y-%m-%d %H:%M:%S") for k in range(rows.start, rows.stop)]
        for name, (columns, values) in tables.items():
            with (place / f"{name}.csv").open("w") as file:
                file.write(";".join(("Timestamp", *columns)) + "\n")
                for stamp, row in zip(stamps, values[rows].tolist(), strict=True):
                    text = ";".join(f"{value:.2f}" for value in row)
                    file.write(f"{stamp};{text.replace('.', ',')}\n")
    known = [leak for leak in leaks if leak.end < YEAR]
    lines = [f"{leak.pipe}, {at(leak.end).strftime('%Y-%m-%d %H:%M')}\n" for leak in known]
    (folder / "2018" / "leaks_known.csv").write_text("pipe, repaired\n" + "".join(lines))


def at(step: int) -> datetime:
    """The instant of a step."""
    return BEGIN + timedelta(seconds=STEP_S * step)


def made(seed: int, cache: Path) -> Path:
    """The folder with the two years of a seed, made if it is not there."""
    folder = cache / f"seed-{seed}"
    if not (folder / "truth.npz").is_file():
        nominal = ltown()
        if nominal is None:
            raise SystemExit(ABSENT)
        folder.mkdir(parents=True, exist_ok=True)
        measured, leaks = measure(nominal, seed=seed, folder=folder)
        write(measured, leaks, folder)
        (folder / "truth.json").write_text(json.dumps([asdict(leak) for leak in leaks]))
        np.savez_compressed(folder / "truth.npz", leaks=measured.leaks.astype(np.float32))
    return folder
