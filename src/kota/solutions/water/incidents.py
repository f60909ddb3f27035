"""What goes wrong in a simulated plant, declared beforehand: the same day always goes alike."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf, sqrt
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from kota.errors import SolutionError
from kota.solutions.water.hydraulics import Hydraulics
from kota.solutions.water.instruments import Sensor, device_of
from kota.solutions.water.network import Network
from kota.solutions.water.plc import Plc
from kota.solutions.water.served import fills

Floats = NDArray[np.float64]
IncidentKind = Literal[
    "burst", "leak", "stuck-valve", "stuck-pump", "drift", "attack", "contamination"
]

AT_PRESSURE: Final = 40.0
"""The pressure at which a burst lets out what it is said to [m]."""
GROWTH_S: Final = 12 * 3600
"""A leak grows to its size in so long."""
LEAKS: Final = frozenset({"burst", "leak"})


@dataclass(frozen=True, slots=True)
class Incident:
    """One thing that goes wrong.

    | kind | asset | size |
    | --- | --- | --- |
    | burst | a pipe: it lets out c √p from one moment to the next | m³/h at 40 m of pressure |
    | leak | a pipe: as a burst that grows over twelve hours | m³/h at 40 m |
    | stuck-valve | a sectioning valve: it does not move | - |
    | stuck-pump | a pump: it goes on running, or standing, as it was | - |
    | drift | a sensor, ``J-101/pressure``: it errs more and more | units an hour |
    | contamination | a junction: what leaves it carries a substance that clouds water | NTU |
    | attack | a pump: another holds it, and it and its tank tell what was before | 1: runs |

    Args:
        kind: see above.
        asset: id in the network.
        begin: when it begins [s since the epoch].
        end: when it is over; a burst as its pipe is mended.
        size: see above.
    """

    kind: IncidentKind
    asset: str
    begin: int
    end: float = inf
    size: float = 0.0

    def lasts(self, at: int) -> bool:
        """Whether it goes on at an instant [s since the epoch]."""
        return self.begin <= at < self.end

    def coefficient(self, at: int) -> float:
        """Of a burst or leak then: flow [m³/h] for the square root of a metre of pressure."""
        if not self.lasts(at):
            return 0.0
        grown = 1.0 if self.kind == "burst" else min((at - self.begin) / GROWTH_S, 1.0)
        return self.size / sqrt(AT_PRESSURE) * grown


def check_incidents(
    incidents: tuple[Incident, ...],
    network: Network,
    valves: frozenset[str],
    sensors: tuple[Sensor, ...],
) -> None:
    """Refuse incidents that cannot happen in a network.

    Raises:
        SolutionError: an asset is absent, a size or a time cannot be; names the incident.
    """
    told = frozenset(_name(sensor) for sensor in sensors)
    pumps, pipes = frozenset(network.pumps), frozenset(network.pipes)
    known: dict[str, tuple[frozenset[str], str]] = {
        "burst": (pipes, "a pipe"),
        "leak": (pipes, "a pipe"),
        "stuck-valve": (valves, "a sectioning valve"),
        "stuck-pump": (pumps, "a pump"),
        "drift": (told, "a sensor such as J-101/pressure"),
        "attack": (pumps, "a pump"),
        "contamination": (frozenset(network.junctions), "a junction"),
    }
    split = [one.asset for one in incidents if one.kind in LEAKS]
    for number, one in enumerate(incidents, start=1):
        where = f"incident {number} ({one.kind} at {one.asset!r})"
        if one.kind not in known:
            raise SolutionError(f"{where}: expected one of {', '.join(known)}")
        assets, what = known[one.kind]
        if one.asset not in assets:
            raise SolutionError(f"{where}: the plant has no such part; expected {what}")
        if one.end <= one.begin:
            raise SolutionError(f"{where}: it ends at {one.end:g}, before it begins")
        if one.kind == "contamination" and one.size <= 0:
            raise SolutionError(f"{where}: expected NTU above 0")
        if one.kind in LEAKS and (one.size <= 0 or split.count(one.asset) > 1):
            raise SolutionError(f"{where}: expected m³/h above 0, once for each pipe")


def _name(sensor: Sensor) -> str:
    return f"{sensor.device}/{sensor.quantity}"


@dataclass(slots=True)
class Trouble:
    """The incidents of one plant as time passes.

    Args:
        incidents: all of them.
        network: where.
        sensors: in the order of the arrays.
    """

    incidents: tuple[Incident, ...]
    network: Network
    sensors: tuple[Sensor, ...]
    _held: dict[Incident, bool] = field(default_factory=dict)
    _before: dict[Incident, Floats] = field(default_factory=dict)

    def act(self, hydraulics: Hydraulics, plc: Plc, at: int) -> None:
        """Let what goes wrong do so, before the hydraulics of an instant are solved."""
        for one in self.incidents:
            if one.kind in LEAKS:
                hydraulics.leak(one.asset, one.coefficient(at))
            elif one.kind == "contamination":
                hydraulics.inject(one.asset, one.size if one.lasts(at) else 0.0)
            elif one.kind in ("stuck-pump", "attack"):
                self._hold(hydraulics, plc, one, at)

    def stuck(self, asset: str, at: int) -> str | None:
        """Why an asset does not obey, in the words of its controller; None where it does."""
        for one in self.incidents:
            if one.asset == asset and one.lasts(at):
                if one.kind == "stuck-valve":
                    return "the valve does not move"
                if one.kind == "stuck-pump":
                    return "the pump's contactor does not answer"
        return None

    def seized(self, asset: str, at: int) -> bool:
        """Whether somebody else has the pump, who lets Kota believe that it obeys."""
        return any(
            one.kind == "attack" and one.asset == asset and one.lasts(at) for one in self.incidents
        )

    def told(self, values: Floats, at: int) -> Floats:
        """What the sensors find instead of the truth `(n_sensors,)`."""
        found = values.copy()
        for one in self.incidents:
            if one.kind == "drift" and one.lasts(at):
                found[self._concerned(one)] += one.size * (at - one.begin) / 3600
            elif one.kind == "attack":
                which = self._concerned(one)
                if one.lasts(at):
                    found[which] = self._before.setdefault(one, values[which])
                else:
                    self._before[one] = values[which]
        return found

    def _hold(self, hydraulics: Hydraulics, plc: Plc, one: Incident, at: int) -> None:
        if one.lasts(at) and one not in self._held:
            runs = hydraulics.runs(one.asset)
            self._held[one] = runs if one.kind == "stuck-pump" else one.size > 0
            hydraulics.hold(one.asset, self._held[one])
        elif not one.lasts(at) and self._held.pop(one, None) is not None:
            plc.resume(hydraulics, one.asset)

    def _concerned(self, one: Incident) -> NDArray[np.int64]:
        names = [one.asset]
        if one.kind == "attack":
            pump = device_of("pump", one.asset)
            names = [f"{pump}/{quantity}" for quantity in ("flow", "power", "status")]
            tank = fills(self.network).get(one.asset)
            names += [] if tank is None else [f"{device_of('tank', tank)}/level"]
        return np.array([k for k, s in enumerate(self.sensors) if _name(s) in names], dtype=int)
