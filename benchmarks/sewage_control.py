"""What Kota's control of sewers is worth on pystorms' networks, in m³ on a grid of 60 seconds.

python -m benchmarks.sewage_control [--seeds 20] [--networks theta gamma zeta alpha] [--levels-only]
    [--results FILE]

The networks are read from the wheel of pystorms 1.0 (GPL-3; a benchmark's tool, no part of Kota and
in no lock): ``pip install pystorms``. Uncontrolled and equal filling run beside Kota; pystorms' own
measures are computed as its scenarios do. Every run is kept in the results file, so a campaign that
was cut off goes on; runs of another version of the solution are not used.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.util import find_spec
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

import kota.solutions.sewage as room
from benchmarks.report import machine
from kota.solutions.sewage import controller
from kota.solutions.sewage.config import ControlConfig, make_config
from kota.solutions.sewage.playing import Decider, Field, play
from kota.solutions.sewage.swmm import Engine

CFS = 0.3048**3
INTERVAL_S = {"theta": 60, "gamma": 300, "zeta": 300, "alpha": 60}
RAINS = (1.0, 1.3)
FAULTS = ("ideal", "noise", "stuck", "jammed", "frozen", "deaf")
SOURCES = (
    *("config", "control", "following", "observer", "playing", "readings", "rules", "sharing"),
    *("surge", "swmm"),
)
"""What a run depends on."""
EQUAL_SEEDS = 1
"""Equal filling is only an anchor, and runs with fewer seeds."""
HOUR_S = 3600.0


def main() -> None:
    """Print a table line for each case, and how many runs are worse than without control."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--networks", nargs="*", default=list(INTERVAL_S))
    parser.add_argument("--faults", nargs="*", default=list(FAULTS))
    parser.add_argument("--levels-only", action="store_true", help="measure no flows")
    parser.add_argument("--results", type=Path, help="keep every run in this file, and go on there")
    asked = parser.parse_args()
    print(machine(), file=sys.stderr)
    if find_spec("pystorms") is None:
        print("pystorms is not installed: nothing is measured; pip install pystorms")
        return
    kept = Kept(asked.results)
    print(HEAD)
    with TemporaryDirectory() as folder, _pool() as pool:
        for network in asked.networks:
            for rain in RAINS:
                model = pool.submit(_rained, network, rain, folder).result()
                config = _config(network, levels_only=asked.levels_only)
                case = _Case(network, rain, model, config)
                for line in _network(pool, kept, case, asked.faults, asked.seeds):
                    print(line, flush=True)


HEAD = (
    "| network × rain | fault, runs | uncontrolled | equal filling | Kota | worse than none |"
    " own measure: none, equal, Kota | slowest step |\n" + "| --- " * 8 + "|"
)


@dataclass(frozen=True, slots=True)
class _Case:
    network: str
    rain: float
    model: Path
    config: ControlConfig


@dataclass(frozen=True, slots=True)
class _Run:
    """Flooded, over limits, overflowed [m³]; the scenario's own measure; when it was worst [s]."""

    totals: tuple[float, float, float]
    own: float
    peak: float
    slowest_s: float
    noticed: list[str]


class Kept:
    """Runs of this version of the solution, in a file where one is given."""

    def __init__(self, path: Path | None) -> None:
        folder = Path(next(iter(room.__path__)))
        sources = [folder / f"{name}.py" for name in SOURCES]
        digest = hashlib.sha256(b"".join(each.read_bytes() for each in sources))
        self._version, self._path = digest.hexdigest()[:16], path
        self._runs: dict[str, _Run] = {}
        for line in path.read_text().splitlines() if path is not None and path.exists() else ():
            found = json.loads(line)
            if found.pop("version") == self._version:
                key = found.pop("key")
                self._runs[key] = _Run(**found)

    def get(self, key: str, run: Callable[[], _Run]) -> _Run:
        """A run that was kept, or one that is made and kept now."""
        if key not in self._runs:
            made = self._runs[key] = run()
            if self._path is not None:
                fields = {each: getattr(made, each) for each in made.__slots__}
                with self._path.open("a") as file:
                    file.write(json.dumps({"version": self._version, "key": key, **fields}) + "\n")
        return self._runs[key]


def _pool() -> ProcessPoolExecutor:
    return ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn"))


def _network(
    pool: ProcessPoolExecutor, kept: Kept, case: _Case, faults: list[str], seeds: int
) -> Iterator[str]:
    def run(who: str, fault: str, seed: int, peak: float) -> _Run:
        levels = "" if case.config.sensors.flows else " levels"
        key = f"{case.network}{levels} {case.rain} {who} {fault} {seed}"
        return kept.get(key, pool.submit(_run, case, who, fault, seed, peak).result)

    bare = run("none", "ideal", 0, 0.0)
    for fault in faults:
        runs: dict[str, list[_Run]] = {"none": [], "equal": [], "kota": []}
        for seed in range(1 if fault == "ideal" else seeds):
            runs["kota"].append(run("kota", fault, seed, bare.peak))
            stands = fault == "stuck"
            runs["none"].append(run("none", fault, seed, bare.peak) if stands else bare)
            if seed < EQUAL_SEEDS:
                runs["equal"].append(run("equal", fault, seed, bare.peak))
        yield _line(case, fault, runs)


def _line(case: _Case, fault: str, runs: Mapping[str, list[_Run]]) -> str:
    means = {
        who: " / ".join(f"{value:,.0f}" for value in np.mean([r.totals for r in each], axis=0))
        for who, each in runs.items()
    }
    worse = sum(
        any(held > free + 0.5 for held, free in zip(kota.totals, none.totals, strict=True))
        for kota, none in zip(runs["kota"], runs["none"], strict=True)
    )
    own = ", ".join(f"{np.mean([r.own for r in each]):,.0f}" for each in runs.values())
    slowest = max(each.slowest_s for each in runs["kota"]) * 1000
    return (
        f"| {case.network} × {case.rain:g} | {fault}, {len(runs['kota'])} | {means['none']}"
        f" | {means['equal']} | {means['kota']} | {worse} | {own} | {slowest:.0f} ms |"
    )


def _run(case: _Case, who: str, fault: str, seed: int, peak: float) -> _Run:
    makers: dict[str, Callable[[], Decider | None]] = {
        "none": lambda: None,
        "equal": lambda: EqualFilling(case.config),
        "kota": lambda: controller(case.config),
    }
    names = [each.id for each in case.config.actuators]
    trouble = Trouble(fault, seed, peak, names, Own(case.network))
    played = play(case.model, case.config, makers[who](), trouble)
    troubles = np.array(played.flooded) + np.array(played.over) + np.array(played.overflowed)
    return _Run(
        totals=played.totals,
        own=trouble.own.value,
        peak=60.0 * (int(np.argmax(troubles)) + 1),
        slowest_s=played.slowest_s,
        noticed=sorted({subject for subject, what in played.notices if "stuck" in what}),
    )


class Own:
    """The measure of a scenario of pystorms 1.0, added up over routing steps as there."""

    def __init__(self, network: str) -> None:
        self.value = 0.0
        self._add: Callable[[Engine, float], float] = getattr(self, f"_{network}")
        self._flows: dict[str, list[float]] = {}

    def add(self, engine: Engine, seconds: float) -> None:
        """Take in a routing step of so many seconds."""
        self.value += self._add(engine, seconds)

    def _theta(self, engine: Engine, seconds: float) -> float:
        del seconds
        over = 10.0 * max(engine.flow("8") - 0.5, 0.0)
        return over + 1e6 * sum(engine.flooding(basin) > 0 for basin in ("P1", "P2"))

    def _gamma(self, engine: Engine, seconds: float) -> float:
        del seconds
        basins = [str(i) for i in range(1, 12)]
        over = sum(max(engine.flow(f"O{basin}") / CFS - 4.0, 0.0) for basin in basins)
        return over + 1e6 * sum(engine.flooding(basin) > 0 for basin in basins)

    def _zeta(self, engine: Engine, seconds: float) -> float:
        weights = dict.fromkeys(("T1", "T2", "T3", "T4", "T5", "CSO8", "CSO10"), 1.0)
        weights |= dict.fromkeys(("T6", "CSO7", "CSO9"), 2.0)
        spilt = sum(weight * engine.flooding(node) for node, weight in weights.items())
        rough = 0.0
        for gate in ("V1", "V2", "V3", "V4", "V5", "V6"):
            past = self._flows.setdefault(gate, [])
            past.append(engine.flow(gate))
            del past[:-2]
            rough += 0.01 * abs(past[0] - past[-1])
        return seconds * (spilt + rough - 0.1 * engine.flow("C14"))

    def _alpha(self, engine: Engine, seconds: float) -> float:
        spilt = sum(max(engine.flow(f"W{i}"), 0.0) for i in range(1, 6)) / CFS
        return seconds * spilt + 1e6 * sum(map(engine.flooding, engine.nodes)) / CFS


class Trouble(Field):
    """Sensors and gates that err, drawn from a seed.

    ``noise``: readings times 1 + N(0, 0.1). ``stuck``: one gate stands somewhere throughout.
    ``jammed``: one gate stays where it is from the peak on. ``frozen``: nothing read changes for
    two hours about the peak, give or take half an hour. ``deaf``: nor does the rain that is read.
    """

    def __init__(self, fault: str, seed: int, peak: float, actuators: list[str], own: Own) -> None:
        self.own = own
        self._rng = np.random.default_rng(seed)
        self._fault, self._peak = fault, peak
        self._gate = actuators[self._rng.integers(len(actuators))]
        self._stands = float(self._rng.uniform())
        self._begin = peak - HOUR_S + HOUR_S * float(self._rng.uniform(-0.5, 0.5))
        self._kept: tuple[dict[str, float], dict[str, float]] | None = None
        self._jammed: float | None = None
        self._heard: float | None = None

    def sense(
        self, second: float, depths: dict[str, float], flows: dict[str, float]
    ) -> tuple[dict[str, float], dict[str, float]]:
        """As the class says."""
        if self._fault == "noise":
            return self._noisy(depths), self._noisy(flows)
        if self._fault in ("frozen", "deaf") and self._is_frozen(second):
            self._kept = self._kept or (depths, flows)
            return self._kept
        return depths, flows

    def hear(self, second: float, rain: float | None) -> float | None:
        """As the class says."""
        if self._fault == "deaf" and self._is_frozen(second):
            return self._heard
        self._heard = rain
        return rain

    def watch(self, engine: Engine, seconds: float) -> None:
        """Add up the scenario's own measure."""
        self.own.add(engine, seconds)

    def act(self, second: float, settings: dict[str, float]) -> dict[str, float]:
        """As the class says."""
        if self._fault == "stuck":
            return settings | {self._gate: self._stands}
        if self._fault == "jammed" and second >= self._peak:
            if self._jammed is None:
                self._jammed = settings.get(self._gate, 1.0)
            return settings | {self._gate: self._jammed}
        return settings

    def _is_frozen(self, second: float) -> bool:
        return self._begin <= second < self._begin + 2 * HOUR_S

    def _noisy(self, values: dict[str, float]) -> dict[str, float]:
        return {k: v * (1 + 0.1 * float(self._rng.standard_normal())) for k, v in values.items()}


class EqualFilling:
    """Equal filling in pystorms' manner: gates share one opening by how far they exceed the mean.

    Those that are more than a fifth below the mean close, those within a fifth of it count as it.
    """

    def __init__(self, config: ControlConfig) -> None:
        self._full = {each.id: each.max_depth for each in config.storages}
        self._gates = [each for each in config.actuators if each.from_node in self._full]

    def step(
        self,
        time: datetime,
        depths: Mapping[str, float],
        flows: Mapping[str, float],
        rain: float | None = None,
    ) -> dict[str, float]:
        """Settings by the fillings alone."""
        if not self._gates:
            return {}
        filling = np.array([depths[g.from_node] / self._full[g.from_node] for g in self._gates])
        mean = filling.mean()
        above = filling - mean
        share = np.where(above < -0.2, 0.0, np.where(above <= 0.2, mean, above))
        if share.sum() > 0:
            share = share / share.sum()
        return {gate.id: float(u) for gate, u in zip(self._gates, share, strict=True)}


def _config(network: str, *, levels_only: bool) -> ControlConfig:
    fields = {**_FIELDS[network](), "name": network, "interval_s": INTERVAL_S[network]}
    gates = [each["id"] for each in fields["actuators"]]
    others = [each for each in fields.get("limits", {}) if each not in gates]
    flows = [] if levels_only else [*gates, *others]
    depths = fields.pop("depths", None) or [each["id"] for each in fields["storages"]]
    return make_config(fields | {"sensors": {"depths": depths, "flows": flows}})


def _theta() -> dict[str, Any]:
    return {
        "actuators": [_gate("1", "P1", "P1J"), _gate("2", "P2", "P2J")],
        "storages": [_storage("P1", 2.0, 2000.0), _storage("P2", 2.0, 2000.0)],
        "limits": {"8": 0.5},
        "objectives": [{"kind": "flooding"}, {"kind": "limit", "ids": ["8"]}],
    }


def _gamma() -> dict[str, Any]:
    ends = (
        ("1", "O"), ("2", "J26"), ("3", "J25"), ("4", "J24"), ("5", "J23"), ("6", "J15"),
        ("7", "J22"), ("8", "J14"), ("9", "J13"), ("10", "J19"), ("11", "J18"),
    )  # fmt: skip
    gates = [_gate(f"O{basin}", basin, to) for basin, to in ends]
    return {
        "actuators": gates,
        "storages": [_storage(basin, *_gamma_basin(basin)) for basin, _ in ends],
        "limits": {each["id"]: 4.0 * CFS for each in gates},
        "objectives": [{"kind": "flooding"}, {"kind": "limit", "ids": [g["id"] for g in gates]}],
    }


def _zeta() -> dict[str, Any]:
    tanks = {"T1": 700, "T2": 1000, "T3": 2600, "T4": 500, "T5": 500, "T6": 600}
    gates = (("V2", "T2", "J17"), ("V3", "T3", "J14"), ("V4", "T4", "J6"), ("V6", "T6", "J9"))
    overflows = [*tanks, "CSO7", "CSO8", "CSO9", "CSO10"]
    return {
        "actuators": [_gate(*each) for each in gates],
        "storages": [_storage(tank, 5.0, volume) for tank, volume in tanks.items()],
        "objectives": [
            {"kind": "flooding"},
            {"kind": "cso", "ids": overflows},
            {"kind": "throughput", "ids": ["C14"]},
        ],
    }


def _alpha() -> dict[str, Any]:
    ends = (("R1", "JI1"), ("R2", "JI2"), ("R3", "JI3a"), ("R4", "JI4"), ("R5", "JI5"))
    return {
        "actuators": [_gate(f"Or{i}", *each) for i, each in enumerate(ends, 1)],
        "storages": [],
        "depths": [first for first, _ in ends],
        "objectives": [
            {"kind": "flooding"},
            {"kind": "cso", "ids": [f"W{i}" for i in range(1, 6)]},
        ],
    }


_FIELDS: dict[str, Callable[[], dict[str, Any]]] = {
    "theta": _theta,
    "gamma": _gamma,
    "zeta": _zeta,
    "alpha": _alpha,
}


def _gate(name: str, first: str, to: str) -> dict[str, Any]:
    return {"id": name, "kind": "orifice", "from": first, "to": to, "min": 0.0, "max": 1.0}


def _storage(name: str, depth: float, volume: float) -> dict[str, Any]:
    return {"id": name, "max_depth": depth, "volume": volume}


def _folder() -> Path:
    found = find_spec("pystorms")
    assert found is not None
    assert found.submodule_search_locations
    return Path(next(iter(found.submodule_search_locations))) / "networks"


@cache
def _sections(network: str) -> dict[str, list[list[str]]]:
    found: dict[str, list[list[str]]] = {}
    section = ""
    for line in (_folder() / f"{network}.inp").read_text().splitlines():
        if line.startswith("["):
            section = line.strip("[] \t").upper()
        elif line.strip() and not line.startswith(";"):
            found.setdefault(section, []).append(line.split())
    return found


def _gamma_basin(name: str) -> tuple[float, float]:
    """Depth [m] and volume [m³] of a basin, its curve being areas [ft²] by depth [ft]."""
    sections = _sections("gamma")
    depth = next(float(row[2]) for row in sections["STORAGE"] if row[0] == name)
    curve = [(float(row[-2]), float(row[-1])) for row in sections["CURVES"] if row[0] == name]
    at = np.linspace(0.0, depth, 2001)
    areas = np.interp(at, *map(list, zip(*curve, strict=True)))
    return depth * 0.3048, float(np.trapezoid(areas, at)) * CFS


def _rained(network: str, factor: float, folder: str) -> Path:
    """The network's file with its rain times a factor."""
    section, lines = "", []
    for line in (_folder() / f"{network}.inp").read_text().splitlines():
        if line.startswith("["):
            section = line.strip()
        elif section == "[TIMESERIES]" and line.strip() and not line.startswith(";"):
            *rest, value = line.split()
            line = " ".join([*rest, repr(float(value) * factor)])
        lines.append(line)
    target = Path(folder) / f"{network}-{factor}.inp"
    target.write_text("\n".join(lines))
    return target


if __name__ == "__main__":
    main()
