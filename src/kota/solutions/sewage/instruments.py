"""The sensors of a simulated system of sewers, with the faults that real ones have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from kota.solutions.sewage.assets import device_of
from kota.solutions.sewage.network import LinkKind, NodeKind, Sewers

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Quantity = Literal["depth", "flow", "opening", "overflow", "power", "status"]

_BLOCK_S: Final = 6 * 3600
_LOST, _LATE, _SILENT, _STUCK = 1 / 500, 1 / 150, 1 / 200, 1 / 400


@dataclass(frozen=True, slots=True)
class Make:
    """What a sort of sensor is like.

    Args:
        period: seconds between two readings.
        noise: standard deviation, in the quantity's unit.
        relative: standard deviation, as a share of the reading.
        resolution: readings are whole multiples of this.
    """

    period: int
    noise: float
    relative: float
    resolution: float


MAKES: Final[dict[Quantity, Make]] = {
    "depth": Make(120, 0.004, 0.002, 0.001),
    "flow": Make(120, 0.0005, 0.02, 0.0001),
    "opening": Make(120, 0.0, 0.0, 0.01),
    "overflow": Make(120, 0.0, 0.04, 0.001),
    "power": Make(120, 0.0, 0.01, 0.1),
    "status": Make(120, 0.0, 0.0, 1.0),
}
MANHOLE_S: Final = 300
"""Loggers in manholes run on batteries."""
KEYS: Final[dict[NodeKind | LinkKind, str]] = {
    "junction": "sewer-manhole",
    "storage": "sewer-tank",
    "outfall": "sewer-outfall",
    "conduit": "sewer-conduit",
    "orifice": "sewer-gate",
    "pump": "sewer-pump",
}
"""Key of the topics of each kind of element."""


@dataclass(frozen=True, slots=True)
class Sensor:
    """One measured quantity of one element.

    Args:
        kind, element: what it sits on, by id in the model.
        quantity: depth [m], flow and overflow [m³/s], opening [0..1], power [kW], or whether it
            runs.
    """

    kind: NodeKind | LinkKind
    element: str
    quantity: Quantity

    @property
    def device(self) -> str:
        """The device that reports it."""
        return device_of(self.kind, self.element)

    @property
    def key(self) -> str:
        """Of its topics."""
        return KEYS[self.kind]

    @property
    def period(self) -> int:
        """Seconds between two readings."""
        return MANHOLE_S if self.kind == "junction" else MAKES[self.quantity].period


def equip(sewers: Sewers, manholes: Sequence[str], flows: Sequence[str]) -> tuple[Sensor, ...]:
    """The sensors that a utility would have: levels of all stores, gates, pumps and overflows.

    Args:
        sewers: the system.
        manholes: where loggers hang.
        flows: conduits with a flow meter.
    """
    sensors = [Sensor("storage", node.id, "depth") for node in sewers.of_kind("storage")]
    sensors += [Sensor("junction", name, "depth") for name in manholes]
    sensors += [Sensor("conduit", name, "flow") for name in flows]
    for gate in sewers.links_of("orifice"):
        sensors += [Sensor("orifice", gate.id, "opening"), Sensor("orifice", gate.id, "flow")]
    for pump in sewers.links_of("pump"):
        for quantity in ("flow", "power", "status"):
            sensors.append(Sensor("pump", pump.id, quantity))
    spilling = {link.end for link in sewers.links_of("weir")}
    sensors += [
        Sensor("outfall", node.id, "overflow")
        for node in sewers.of_kind("outfall")
        if node.id in spilling
    ]
    return tuple(sensors)


@dataclass(frozen=True, slots=True)
class Readings:
    """What the sensors say at one instant; arrays in the order of the sensors.

    Args:
        values: rounded.
        heard: whether the reading is due and arrives at all.
        delay: how long it is under way [s].
    """

    values: Floats
    heard: Flags
    delay: NDArray[np.int64]


class Instruments:
    """Turns truth into readings; the same seed, time and truth give the same readings.

    One reading in 500 is lost and one in 150 comes up to ten minutes late. In six hours one sensor
    in 200 is silent for ten minutes to an hour, and one in 400 repeats itself as long.

    Args:
        sensors: in the order of the arrays.
        seed: of all faults and noise.
    """

    def __init__(self, sensors: Sequence[Sensor], *, seed: int) -> None:
        self.sensors = tuple(sensors)
        self.periods = np.array([sensor.period for sensor in sensors])
        makes = [MAKES[sensor.quantity] for sensor in sensors]
        self._noise = np.array([make.noise for make in makes])
        self._relative = np.array([make.relative for make in makes])
        self._resolution = np.array([make.resolution for make in makes])
        self._seed = seed
        self._held = np.full(len(makes), np.nan)
        self._block = -1
        self._silent = self._stuck = np.zeros((2, len(makes)), dtype=np.int64)

    def read(self, truth: Floats, at: int) -> Readings:
        """What the sensors say.

        Args:
            truth: `(n_sensors,)` in each sensor's unit.
            at: time [s since the epoch].
        """
        if at // _BLOCK_S != self._block:
            self._block = at // _BLOCK_S
            self._draw()
        rng = np.random.default_rng([self._seed, 1, at])
        error = rng.standard_normal(len(truth)) * (self._noise + self._relative * np.abs(truth))
        fresh = np.round((truth + error) / self._resolution) * self._resolution
        stuck = (self._stuck[0] <= at) & (at < self._stuck[1])
        self._held = np.where(stuck & ~np.isnan(self._held), self._held, fresh)
        silent = (self._silent[0] <= at) & (at < self._silent[1])
        luck = rng.random(len(truth))
        late = np.where(luck > 1 - _LATE, rng.integers(60, 600, len(truth)), 0)
        due = at % self.periods == 0
        return Readings(self._held.round(4), due & ~silent & (luck > _LOST), late)

    def _draw(self) -> None:
        rng = np.random.default_rng([self._seed, 2, self._block])
        start = self._block * _BLOCK_S
        self._silent = self._windows(rng, start, _SILENT)
        self._stuck = self._windows(rng, start, _STUCK)

    def _windows(self, rng: np.random.Generator, start: int, share: float) -> NDArray[np.int64]:
        count = len(self.sensors)
        begins = start + rng.integers(0, _BLOCK_S - 3600, count)
        ends = np.where(rng.random(count) < share, begins + rng.integers(600, 3600, count), 0)
        return np.stack([begins, ends])
