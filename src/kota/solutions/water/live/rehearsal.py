"""A plant and the watch over it without a city between: for benchmarks and tests."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from kota.model.instant import SECOND
from kota.solutions.water.instruments import Sensor
from kota.solutions.water.live.supplied import Supplied
from kota.solutions.water.model import Model, Setting
from kota.solutions.water.telemetry import Instants

Floats = NDArray[np.float64]
Key = tuple[str, str]


def town_of(
    setting: Setting,
    sensors: tuple[Sensor, ...],
    *,
    people: Mapping[str, tuple[int, int]] | None = None,
    shut: frozenset[str] = frozenset(),
) -> Supplied:
    """The network of a plant as its entities would tell it."""

    def told(kind: str, quantity: str) -> tuple[str, ...]:
        return tuple(s.element for s in sensors if (s.kind, s.quantity) == (kind, quantity))

    network = setting.network
    return Supplied(
        "main",
        network,
        setting.valves,
        shut,
        loggers=told("junction", "pressure"),
        meters=told("junction", "supply"),
        gauges=told("pipe", "flow"),
        tanks=told("tank", "level"),
        pumps=told("pump", "flow"),
        nodes={name: f"node {name}" for name in network.positions},
        links={link.id: f"link {link.id}" for link in network.links},
        sections={valve.id: valve.id for valve in setting.valves},
        people=people or {},
        titles={},
        places={},
    )


class Recorder:
    """Keeps what the sensors of a plant have said."""

    def __init__(self) -> None:
        self._said: dict[Key, tuple[list[int], list[float]]] = {}

    def play(self, model: Model, until: int) -> None:
        """Let time pass up to an instant [s since the epoch] and keep what comes through."""
        keys = [_key(sensor) for sensor in model.sensors]
        for at, truth in model.truths(until):
            values, heard = model.read(truth, at)
            for k in np.flatnonzero(heard).tolist():
                times, numbers = self._said.setdefault(keys[k], ([], []))
                times.append(at * SECOND)
                numbers.append(float(values[k]))

    def series(self, start: int = 0) -> dict[Key, tuple[Instants, Floats]]:
        """What was said from an instant on [µs]."""
        found = {}
        for key, (times, numbers) in self._said.items():
            at = np.array(times, dtype=np.int64)
            first = int(np.searchsorted(at, start))
            found[key] = at[first:], np.array(numbers[first:])
        return found


def _key(sensor: Sensor) -> Key:
    place = "node" if sensor.kind in ("junction", "tank") else "link"
    return f"{place} {sensor.element}", sensor.quantity
