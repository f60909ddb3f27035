"""The district's water: the plant's setting, its month of history, its entities."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray

from kota.context.ingest import Patch
from kota.demo.district import District
from kota.demo.district.place import geojson
from kota.demo.entities import SCOPE
from kota.demo.fitting import Fitted, fit
from kota.demo.market import market_main, streets_of
from kota.demo.story import BURST, HISTORY, MENDED, OFFSET_S, dawn, midnight
from kota.model.instant import SECOND
from kota.model.jsonld import Context
from kota.solutions.water.assets import Assets
from kota.solutions.water.hydraulics import Hydraulics
from kota.solutions.water.incidents import Incident
from kota.solutions.water.inp import net3, read_network
from kota.solutions.water.instruments import Sensor, device_of
from kota.solutions.water.model import Model, Setting
from kota.solutions.water.sections import place_valves
from kota.solutions.water.terms import urn

Floats = NDArray[np.float64]
Progress = Callable[[float], None]

BURST_M3_PER_H = 150.0
"""What the main in the market street would let out at 40 m of pressure."""
_PROBED = 6
"""One in so many junctions with customers has a probe for turbidity."""
_COARSE_S = 300
_TYPE = {"junction": "Junction", "pipe": "Pipe", "tank": "Tank", "pump": "Pump"}


@dataclass(frozen=True, slots=True)
class Past:
    """What the sensors have said.

    Args:
        sensors: in the order of the columns.
        times: `(n_times,)` [s since the epoch].
        values: `(n_times, n_sensors)`.
        heard: `(n_times, n_sensors)`, whether a reading came.
    """

    sensors: tuple[Sensor, ...]
    times: NDArray[np.int64]
    values: Floats
    heard: NDArray[np.bool_]


class Waterworks:
    """Water under the district.

    Args:
        district: the town.
        seed: of demands, noise and faults.
    """

    def __init__(self, district: District, *, seed: int) -> None:
        path = net3()
        self.fitted: Fitted = fit(read_network(path), district)
        begin = (midnight() - round(HISTORY.total_seconds()) * SECOND) // SECOND
        network, bases = self.fitted.network, self.fitted.bases
        self.valves = place_valves(network)
        self.probes = tuple(j.id for j in network.junctions.values() if j.demand > 0)[::_PROBED]
        self._streets = streets_of(self.fitted, district)
        main = market_main(self.fitted, district, self.valves)
        self.incidents = (
            Incident("burst", main, BURST.instant // SECOND, MENDED // SECOND, BURST_M3_PER_H),
        )
        self._setting = Setting(path, network, bases, seed, begin, OFFSET_S, valves=self.valves)

    def past(self, progress: Progress) -> tuple[Past, Setting]:
        """Play the month and the night before dawn.

        Args:
            progress: is told the share that is done.

        Returns:
            What the sensors said, and the plant as it stands at midnight.
        """
        model = Model(self._setting, step=_COARSE_S)
        month = _play(model, midnight() // SECOND, progress)
        now = model.hydraulics.solve(np.zeros(len(self.fitted.network.junctions)))
        switched = {
            name: bool(is_open)
            for name, is_open in zip(model.hydraulics.links, now.is_open, strict=True)
            if name in self.fitted.network.pumps or name == "330"
        }
        model.close()
        tonight = replace(
            self._setting,
            begin=midnight() // SECOND,
            levels=now.level,
            open_links=switched,
            incidents=self.incidents,
            probes=self.probes,
        )
        night_model = Model(tonight)
        night = _play(night_model, dawn() // SECOND, lambda _: None)
        night_model.close()
        joined = Past(
            month.sensors,
            np.concatenate([month.times, night.times]),
            np.concatenate([month.values, night.values]),
            np.concatenate([month.heard, night.heard]),
        )
        return joined, tonight

    def write_model(self, path: Path) -> None:
        """Write the network with its controls as the utility's own EPANET file."""
        setting, network = self._setting, self.fitted.network
        demands = np.array([junction.demand for junction in network.junctions.values()])
        with Hydraulics(setting.path, network, openings=setting.openings) as hydraulics:
            hydraulics.save(path, demands)

    def supplied(self) -> dict[int, str]:
        """Id of the Junction that feeds each building, by number."""
        names = list(self.fitted.network.junctions)
        return {
            number: urn("Junction", device_of("junction", names[k]))
            for number, k in enumerate(self.fitted.supplied)
        }

    def assets(self, context: Context) -> list[Patch]:
        """The network as entities."""
        network = self.fitted.network
        positions = network.positions
        links = {name: geojson(line) for name, line in self.fitted.routes.items()}
        for pump in network.pumps.values():
            links[pump.id] = geojson(shapely.Point(positions[pump.end]))
        assets = Assets(
            network,
            context,
            name="main",
            title="Water supply of Kuala Lestari",
            nodes={name: geojson(shapely.Point(at)) for name, at in positions.items()},
            links=links,
            scope=SCOPE,
            clock="water",
            valves=self.valves,
            streets=self._streets,
            probes=self.probes,
        )
        return assets.patches()


def entity_of(sensor: Sensor) -> str:
    """Id of the entity that a sensor observes."""
    return urn(_TYPE[sensor.kind], sensor.device)


def _play(model: Model, until: int, progress: Progress) -> Past:
    begin = model.setting.begin
    times: list[int] = []
    values: list[Floats] = []
    heard: list[NDArray[np.bool_]] = []
    for at, truth in model.truths(until):
        said, came = model.read(truth, at)
        times.append(at)
        values.append(said)
        heard.append(came)
        if len(times) % 500 == 0:
            progress((at - begin) / (until - begin))
    return Past(model.sensors, np.array(times), np.array(values), np.array(heard))
