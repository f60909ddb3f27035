"""The sensors of a simulated network, with the faults that real ones have."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from kota.solutions.water.network import Network

Floats = NDArray[np.float64]

Quantity = Literal["pressure", "supply", "flow", "level", "power", "status"]
Kind = Literal["junction", "pipe", "tank", "pump"]

PREFIX: dict[Kind, str] = {"junction": "J", "pipe": "P", "tank": "T", "pump": "PU"}
METERED_S = 900
"""Customer meters tell the mean of so many seconds."""

_BLOCK_S = 6 * 3600
_TRUNKS = 16


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


MAKES: dict[Quantity, Make] = {
    "pressure": Make(300, 0.10, 0.0, 0.01),
    "supply": Make(METERED_S, 0.0, 0.005, 0.01),
    "flow": Make(60, 0.02, 0.008, 0.01),
    "level": Make(60, 0.004, 0.0, 0.01),
    "power": Make(60, 0.0, 0.01, 0.1),
    "status": Make(60, 0.0, 0.0, 1.0),
}


@dataclass(frozen=True, slots=True)
class Sensor:
    """One measured quantity of one element.

    Args:
        kind, element: what it sits on, by id in the network.
        quantity: what it measures: pressure [m], supply to customers and flow [m³/h],
            level [m], power [kW], or whether it is open.
    """

    kind: Kind
    element: str
    quantity: Quantity

    @property
    def device(self) -> str:
        """The device that reports it."""
        return device_of(self.kind, self.element)

    @property
    def make(self) -> Make:
        """What it is like."""
        return MAKES[self.quantity]


def device_of(kind: Kind, element: str) -> str:
    """The name of the device at an element: ``J-101`` at junction 101."""
    return f"{PREFIX[kind]}-{element}"


def equip(network: Network) -> tuple[Sensor, ...]:
    """The sensors that a utility would have: meters at all customers, pressure loggers at every
    other of them, flow meters at sources, tanks and the widest pipes, levels and pumps."""
    customers = [junction.id for junction in network.junctions.values() if junction.demand > 0]
    ends = {*network.tanks, *network.reservoirs}
    gauged = [p.id for p in network.pipes.values() if ends & {p.start, p.end}]
    trunks = sorted(
        (p for p in network.pipes.values() if p.id not in gauged and p.is_open),
        key=lambda p: (-p.diameter, p.id),
    )
    gauged += [pipe.id for pipe in trunks[:_TRUNKS]]
    sensors = [Sensor("junction", name, "pressure") for name in customers[::2]]
    sensors += [Sensor("junction", name, "supply") for name in customers]
    sensors += [Sensor("pipe", name, "flow") for name in gauged]
    sensors += [Sensor("tank", name, "level") for name in network.tanks]
    for name in network.pumps:
        sensors += [Sensor("pump", name, "flow"), Sensor("pump", name, "power")]
        sensors.append(Sensor("pump", name, "status"))
    return tuple(sensors)


@dataclass(frozen=True, slots=True)
class Readings:
    """What the sensors say at one instant; arrays in the order of the sensors.

    Args:
        values: rounded.
        heard: whether the reading arrives at all.
        delay: how long it is under way [s].
    """

    values: Floats
    heard: NDArray[np.bool_]
    delay: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Faults:
    """What fails in one block of time: from and to which second each sensor is silent or stuck."""

    silent: NDArray[np.int64]
    stuck: NDArray[np.int64]


class Instruments:
    """Turns truth into readings; the same seed, time and truth give the same readings.

    One reading in 500 is lost and one in 150 comes up to ten minutes late. In six hours one
    device in 150 is silent for ten minutes to an hour, and one in 250 repeats itself as long.

    Args:
        sensors: in the order of the arrays.
        seed: of all faults and noise.
    """

    def __init__(self, sensors: Iterable[Sensor], *, seed: int) -> None:
        self.sensors = tuple(sensors)
        self.periods = np.array([sensor.make.period for sensor in self.sensors])
        self._seed = seed
        self._noise = np.array([sensor.make.noise for sensor in self.sensors])
        self._relative = np.array([sensor.make.relative for sensor in self.sensors])
        self._resolution = np.array([sensor.make.resolution for sensor in self.sensors])
        self._held = np.full(len(self.sensors), np.nan)
        self._block = -1
        self._faults = self._draw(0)

    def read(self, truth: Floats, at: int) -> Readings:
        """What the sensors say.

        Args:
            truth: `(n_sensors,)` in each sensor's unit.
            at: time [s since the epoch].
        """
        if at // _BLOCK_S != self._block:
            self._block = at // _BLOCK_S
            self._faults = self._draw(self._block)
        rng = np.random.default_rng([self._seed, 1, at])
        error = rng.standard_normal(len(truth)) * (self._noise + self._relative * np.abs(truth))
        fresh = np.round((truth + error) / self._resolution) * self._resolution
        stuck = (self._faults.stuck[0] <= at) & (at < self._faults.stuck[1])
        self._held = np.where(stuck & ~np.isnan(self._held), self._held, fresh)
        silent = (self._faults.silent[0] <= at) & (at < self._faults.silent[1])
        luck = rng.random(len(truth))
        late = np.where(luck > 1 - 1 / 150, rng.integers(60, 600, len(truth)), 0)
        return Readings(self._held.round(4), ~silent & (luck > 1 / 500), late)

    def _draw(self, block: int) -> _Faults:
        rng = np.random.default_rng([self._seed, 2, block])
        start = block * _BLOCK_S
        return _Faults(self._window(rng, start, 1 / 150), self._window(rng, start, 1 / 250))

    def _window(self, rng: np.random.Generator, start: int, share: float) -> NDArray[np.int64]:
        count = len(self.sensors)
        begins = start + rng.integers(0, _BLOCK_S - 3600, count)
        ends = np.where(rng.random(count) < share, begins + rng.integers(600, 3600, count), 0)
        return np.stack([begins, ends])
