"""The lowest set-points of pressure-reducing valves that leave every customer enough.

Pressure falls everywhere behind a valve as its set-point does, so each valve's lowest set-point,
given the others', is found by halving; going round until none falls any more ends at settings of
which no single one can be lowered. What is enough is judged on a day of more demand than usual.
"""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from kota.errors import InputError
from kota.solutions.water.inp import read_network
from kota.solutions.water.outlook.change import Changes
from kota.solutions.water.outlook.course import Course, look_ahead

Floats = NDArray[np.float64]

FINE_M = 0.5
"""Set-points are found to this [m]."""
ROUNDS = 3
TOLERANCE_M = 0.01
STEP_S = 3600


class Setpoint(msgspec.Struct, frozen=True):
    """A valve's pressure behind it, as it was and as it could be [m]."""

    valve: str
    before: float
    after: float


class Managed(msgspec.Struct, frozen=True):
    """What was found.

    Args:
        setpoints: of all PRVs.
        least: pressure that customers must have [m].
        stress: demand on which that was judged, as a multiple of the usual.
        mean_before, mean_after: over customers and a usual day [m].
        least_before, least_after: on the day of more demand [m].
        leakage: of the usual one, by (P/P₀)^exponent summed over customers' nodes [1].
        runs: simulated days.
    """

    setpoints: tuple[Setpoint, ...]
    least: float
    stress: float
    mean_before: float
    mean_after: float
    least_before: float
    least_after: float
    leakage: float
    runs: int


def lowest(
    path: Path, *, least: float = 20.0, stress: float = 1.2, exponent: float = 1.0
) -> Managed:
    """Search the lowest set-points.

    Customers who have less than `least` as the file is must not have less than that.

    Args:
        path: the ``.inp`` file.
        least: pressure that customers must have [m].
        stress: demand on which that is judged, as a multiple of the usual.
        exponent: of leakage on pressure, N1 (J. May, Pressure dependent leakage, 1994).

    Raises:
        InputError: the network has no PRV, or a number is out of range.
        SolutionError: EPANET cannot read or solve the file.
    """
    network = read_network(path)
    before = {v.id: v.setting for v in network.valves.values() if v.kind == "PRV"}
    if not before:
        raise InputError(f"{path}: the network has no pressure-reducing valve (PRV)")
    if least <= 0 or not 0.5 <= stress <= 3.0:
        raise InputError(f"least {least:g} m, stress {stress:g}; expected above 0, and 0.5 to 3")
    judge = _Judge(path, stress, least, before)
    settings = dict(before)
    for _ in range(ROUNDS):
        last = dict(settings)
        for valve in settings:
            settings[valve] = _lowered(judge, settings, valve)
        if all(last[valve] - settings[valve] < FINE_M for valve in settings):
            break
    usual = [
        look_ahead(path, changes=Changes(settings=s), step_s=STEP_S) for s in (before, settings)
    ]
    stressed = [judge.course(s) for s in (before, settings)]
    means = [_customers(course).mean(axis=0) for course in usual]
    share = np.maximum(means[1], 0.0) ** exponent / np.maximum(means[0], 0.1) ** exponent
    return Managed(
        tuple(Setpoint(v, round(before[v], 2), round(settings[v], 2)) for v in before),
        least,
        stress,
        round(float(means[0].mean()), 2),
        round(float(means[1].mean()), 2),
        round(float(_customers(stressed[0]).min()), 2),
        round(float(_customers(stressed[1]).min()), 2),
        round(float(share.mean()), 4),
        judge.runs + 2,
    )


def _lowered(judge: _Judge, settings: dict[str, float], valve: str) -> float:
    """The lowest set-point of one valve that is good, by halving."""
    good, bad = settings[valve], 0.0
    while good - bad > FINE_M:
        middle = (good + bad) / 2
        if judge.good({**settings, valve: middle}):
            good = middle
        else:
            bad = middle
    return good


class _Judge:
    """Says whether set-points leave customers enough on the day of more demand."""

    def __init__(self, path: Path, stress: float, least: float, before: dict[str, float]) -> None:
        self._path, self._stress = path, stress
        self.runs = 0
        lowest_now = _customers(self.course(before)).min(axis=0)
        self._limit = np.minimum(lowest_now, least) - TOLERANCE_M

    def course(self, settings: dict[str, float]) -> Course:
        self.runs += 1
        changes = Changes(settings=settings, demand_factor=self._stress)
        return look_ahead(self._path, changes=changes, step_s=STEP_S)

    def good(self, settings: dict[str, float]) -> bool:
        return bool((_customers(self.course(settings)).min(axis=0) >= self._limit).all())


def _customers(course: Course) -> Floats:
    return np.asarray(course.pressure[:, course.served])
