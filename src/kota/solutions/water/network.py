"""A water distribution network as EPANET knows it, in SI units."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import pi

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Junction:
    """A node where water is taken.

    Args:
        id: unique among the nodes.
        elevation: above datum [m].
        demand: average [m³/h].
        at: position in the network's own coordinates.
    """

    id: str
    elevation: float
    demand: float
    at: Point


@dataclass(frozen=True, slots=True)
class Reservoir:
    """A source whose head [m] does not depend on what is taken."""

    id: str
    head: float
    at: Point


@dataclass(frozen=True, slots=True)
class Tank:
    """A cylindrical tank.

    Args:
        id: unique among the nodes.
        elevation: of its floor above datum [m].
        level, min_level, max_level: above the floor [m]: at the start, and its limits.
        diameter: [m].
        at: position.
    """

    id: str
    elevation: float
    level: float
    min_level: float
    max_level: float
    diameter: float
    at: Point

    @property
    def area(self) -> float:
        """Of the water's surface [m²]."""
        return pi * self.diameter**2 / 4

    def volume(self, level: float) -> float:
        """Water in it at a level [m³]."""
        return self.area * level


@dataclass(frozen=True, slots=True)
class Pipe:
    """A pipe.

    Args:
        id: unique among the links.
        start, end: ids of its nodes; flow from start to end is positive.
        length: [m].
        diameter: [mm].
        roughness: Hazen–Williams coefficient.
        minor_loss: coefficient of its bends and fittings.
        is_open: whether water may pass at the start.
    """

    id: str
    start: str
    end: str
    length: float
    diameter: float
    roughness: float
    minor_loss: float
    is_open: bool = True


@dataclass(frozen=True, slots=True)
class Pump:
    """A pump.

    Args:
        id: unique among the links.
        start, end: ids of its suction and discharge nodes.
        curve: points of flow [m³/h] and head [m].
        is_open: whether it runs at the start.
        follows: the tank by whose level its own controls switch it.
    """

    id: str
    start: str
    end: str
    curve: tuple[tuple[float, float], ...]
    is_open: bool = True
    follows: str | None = None


@dataclass(frozen=True, slots=True)
class Valve:
    """A control valve.

    Args:
        id: unique among the links.
        start, end: ids of its upstream and downstream nodes.
        kind: PRV, PSV, PBV, FCV, TCV or GPV.
        diameter: [mm].
        setting: [m], [m³/h] or a loss coefficient, by kind.
    """

    id: str
    start: str
    end: str
    kind: str
    diameter: float
    setting: float


Link = Pipe | Pump | Valve


@dataclass(frozen=True, slots=True)
class Network:
    """All parts of a network by id."""

    junctions: Mapping[str, Junction]
    reservoirs: Mapping[str, Reservoir]
    tanks: Mapping[str, Tank]
    pipes: Mapping[str, Pipe]
    pumps: Mapping[str, Pump]
    valves: Mapping[str, Valve]

    @property
    def positions(self) -> dict[str, Point]:
        """Where each node is."""
        nodes: list[Junction | Reservoir | Tank] = [*self.junctions.values()]
        nodes += [*self.reservoirs.values(), *self.tanks.values()]
        return {node.id: node.at for node in nodes}

    @property
    def links(self) -> tuple[Link, ...]:
        """Pipes, pumps and valves."""
        return (*self.pipes.values(), *self.pumps.values(), *self.valves.values())

    @property
    def demand(self) -> float:
        """Sum of the average demands [m³/h]."""
        return sum(junction.demand for junction in self.junctions.values())

    @property
    def storage(self) -> float:
        """Water that the tanks can give between their limits [m³]."""
        return sum(tank.area * (tank.max_level - tank.min_level) for tank in self.tanks.values())
