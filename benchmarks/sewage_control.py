"""What Kota's control of sewers is worth on pystorms' networks, in m³ on a grid of 60 seconds.

python -m benchmarks.sewage_control [--seeds 20] [--networks theta gamma zeta alpha] [--levels-only]

The networks are read from the wheel of pystorms 1.0 (GPL-3; a benchmark's tool, no part of Kota and
in no lock): ``pip install pystorms``. Uncontrolled and equal filling run beside Kota.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping
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

from benchmarks.report import machine
from kota.solutions.sewage import controller
from kota.solutions.sewage.config import ControlConfig, make_config
from kota.solutions.sewage.playing import Decider, Field, Played, play

CFS = 0.3048**3
INTERVAL_S = {"theta": 60, "gamma": 300, "zeta": 300, "alpha": 60}
RAINS = (1.0, 1.3)
FAULTS = ("ideal", "noise", "stuck", "jammed", "frozen")
HOUR_S = 3600.0


def main() -> None:
    """Print a JSON line for each case, and how many are worse than without control."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--networks", nargs="*", default=list(INTERVAL_S))
    parser.add_argument("--faults", nargs="*", default=list(FAULTS))
    parser.add_argument("--levels-only", action="store_true", help="measure no flows")
    asked = parser.parse_args()
    print(machine(), file=sys.stderr)
    if find_spec("pystorms") is None:
        print("pystorms is not installed: nothing is measured; pip install pystorms")
        return
    with TemporaryDirectory() as folder, _pool() as pool:
        for network in asked.networks:
            for rain in RAINS:
                model = pool.submit(_rained, network, rain, folder).result()
                config = _config(network, levels_only=asked.levels_only)
                _network(pool, _Case(network, rain, model, config), asked.faults, asked.seeds)


@dataclass(frozen=True, slots=True)
class _Case:
    network: str
    rain: float
    model: Path
    config: ControlConfig


def _pool() -> ProcessPoolExecutor:
    return ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn"))


def _network(pool: ProcessPoolExecutor, case: _Case, faults: list[str], seeds: int) -> None:
    bare = pool.submit(_run, case, "none", "ideal", 0, 0.0).result()
    troubles = np.array(bare.flooded) + np.array(bare.over) + np.array(bare.overflowed)
    peak = 60.0 * (int(np.argmax(troubles)) + 1)
    for fault in faults:
        worse, slowest = 0, 0.0
        totals: dict[str, list[tuple[float, float, float]]] = {"none": [], "equal": [], "kota": []}
        for seed in range(1 if fault == "ideal" else seeds):
            runs = {
                who: pool.submit(_run, case, who, fault, seed, peak).result()
                for who in ("kota", "equal")
            }
            none = fault in ("stuck",)
            runs["none"] = (
                pool.submit(_run, case, "none", fault, seed, peak).result() if none else bare
            )
            for who, run in runs.items():
                totals[who].append(run.totals)
            slowest = max(slowest, runs["kota"].slowest_s)
            worse += any(
                held > free + 0.5
                for held, free in zip(runs["kota"].totals, runs["none"].totals, strict=True)
            )
        line: dict[str, Any] = {"metric": f"sewage.{case.network}", "rain": case.rain}
        line |= {"fault": fault, "unit": "m3 flooded, over limits, overflowed"}
        line |= {who: np.mean(each, axis=0).round().tolist() for who, each in totals.items()}
        line |= {"runs": len(totals["kota"]), "worse_than_none": worse}
        print(json.dumps(line | {"slowest_step_ms": round(slowest * 1000, 1)}), flush=True)


def _run(case: _Case, who: str, fault: str, seed: int, peak: float) -> Played:
    makers: dict[str, Callable[[], Decider | None]] = {
        "none": lambda: None,
        "equal": lambda: EqualFilling(case.config),
        "kota": lambda: controller(case.config),
    }
    names = [each.id for each in case.config.actuators]
    return play(case.model, case.config, makers[who](), Trouble(fault, seed, peak, names))


class Trouble(Field):
    """Sensors and gates that err, drawn from a seed.

    ``noise``: readings times 1 + N(0, 0.1). ``stuck``: one gate stands somewhere throughout.
    ``jammed``: one gate stays where it is from the peak on. ``frozen``: nothing read changes for
    two hours about the peak, give or take half an hour.
    """

    def __init__(self, fault: str, seed: int, peak: float, actuators: list[str]) -> None:
        self._rng = np.random.default_rng(seed)
        self._fault, self._peak = fault, peak
        self._gate = actuators[self._rng.integers(len(actuators))]
        self._stands = float(self._rng.uniform())
        self._begin = peak - HOUR_S + HOUR_S * float(self._rng.uniform(-0.5, 0.5))
        self._kept: tuple[dict[str, float], dict[str, float]] | None = None
        self._jammed: float | None = None

    def sense(
        self, second: float, depths: dict[str, float], flows: dict[str, float]
    ) -> tuple[dict[str, float], dict[str, float]]:
        """As the class says."""
        if self._fault == "noise":
            return self._noisy(depths), self._noisy(flows)
        if self._fault == "frozen" and self._begin <= second < self._begin + 2 * HOUR_S:
            self._kept = self._kept or (depths, flows)
            return self._kept
        return depths, flows

    def act(self, second: float, settings: dict[str, float]) -> dict[str, float]:
        """As the class says."""
        if self._fault == "stuck":
            return settings | {self._gate: self._stands}
        if self._fault == "jammed" and second >= self._peak:
            if self._jammed is None:
                self._jammed = settings.get(self._gate, 1.0)
            return settings | {self._gate: self._jammed}
        return settings

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
