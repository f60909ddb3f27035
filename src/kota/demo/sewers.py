"""The district's sewers: the plant's setting, a day of history, entities, what Kota knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from kota.context.ingest import Patch
from kota.demo.district import District
from kota.demo.district.place import to_degrees
from kota.demo.entities import SCOPE
from kota.demo.series import Series
from kota.demo.sewer_model import MAIN, WELL, WORKS, Sewerage, sewerage
from kota.demo.story import OFFSET_S, dawn, midnight
from kota.demo.weather import WEATHER_S, weather
from kota.model.entity import Attribute, Kind
from kota.model.instant import SECOND
from kota.model.jsonld import Context
from kota.model.terms import CLOCK
from kota.solutions.sewage.assets import Assets, entity_of
from kota.solutions.sewage.incidents import Incident
from kota.solutions.sewage.instruments import Quantity, Sensor
from kota.solutions.sewage.model import Model, Setting
from kota.solutions.sewage.network import Point, Sewers
from kota.solutions.sewage.placing import geometries
from kota.solutions.sewage.reading import read_sewers
from kota.solutions.sewage.site import CONTROL, MODEL, toml
from kota.solutions.sewage.terms import (
    CUBIC_METRE_PER_SECOND,
    KILOWATT,
    METRE,
    SHARE,
    urn,
)

PLANT: Final = "sewage"
PLANT_ID: Final = urn("WasteWaterPlant", "main")
_RUN_UP_S: Final = 6 * 3600
_PAST_S: Final = 24 * 3600
_AHEAD_S: Final = 36 * 3600
_MANHOLES: Final = 24
_UNITS: Final[Mapping[Quantity, str]] = {
    "depth": METRE,
    "flow": CUBIC_METRE_PER_SECOND,
    "opening": SHARE,
    "overflow": CUBIC_METRE_PER_SECOND,
    "power": KILOWATT,
}
_HOUR: Final = 3600
_BLOCKED_M3_PER_S: Final = 0.002
_DRIFT_M_PER_H: Final = 0.06


@dataclass(frozen=True, slots=True)
class Past:
    """What the sensors have said, and how the water stands at dawn.

    Args:
        sensors: in the order of the columns.
        times: `(n_times,)` [s since the epoch].
        values: `(n_times, n_sensors)`.
        heard: `(n_times, n_sensors)`, whether a reading came.
        state: as `Engine.save` writes it.
    """

    sensors: tuple[Sensor, ...]
    times: NDArray[np.int64]
    values: NDArray[np.float64]
    heard: NDArray[np.bool_]
    state: bytes


class Sewerworks:
    """Sewers under the district.

    Args:
        district: the town.
        seed: of rain, noise and faults.
    """

    def __init__(self, district: District, *, seed: int) -> None:
        self.sewerage: Sewerage = sewerage(district)
        self.sewers: Sewers = _read(self.sewerage.text)
        self._seed = seed

    def setting(self, begin: int, state: bytes | None, *, last: int) -> Setting:
        """The plant from an instant on [s since the epoch], with the rain until another."""
        steps = np.arange(begin + WEATHER_S, last + WEATHER_S, WEATHER_S)
        rain = weather(steps, seed=self._seed)[:, 4]
        return Setting(
            self.sewerage.text,
            state,
            begin,
            OFFSET_S,
            tuple(rain.tolist()),
            self._seed,
            self.manholes(),
            (MAIN,),
            incidents(self.sewers, self._seed),
        )

    def manholes(self) -> tuple[str, ...]:
        """Where loggers hang: at the lower ends of the widest sewers."""
        widest = sorted(self.sewers.links_of("conduit"), key=lambda link: (-link.height, link.id))
        ends = dict.fromkeys(
            link.start for link in widest if self.sewers.nodes[link.start].kind == "junction"
        )
        return tuple(list(ends)[:_MANHOLES])

    def tonight(self, past: Past) -> Setting:
        """The plant of the day."""
        begin = dawn() // SECOND
        return self.setting(begin, past.state, last=begin + _AHEAD_S)

    def assets(self, names: Context, *, heard: frozenset[str]) -> list[Patch]:
        """The sewers and the treatment works as entities."""
        nodes, links = geometries(self.sewers, _degrees)
        patches = Assets(
            self.sewers,
            names,
            name="main",
            title="Sewers of Kuala Lestari",
            nodes=nodes,
            links=links,
            titles=self.sewerage.titles,
            heard=heard,
            scope=SCOPE,
            clock=PLANT,
        ).patches()
        return [*patches, self._plant(names, nodes[WORKS])]

    def _plant(self, names: Context, at: Mapping[str, Any]) -> Patch:
        capacity = self.sewerage.control["limits"][MAIN]
        return Patch(
            PLANT_ID,
            (names.expand("WasteWaterPlant"),),
            {
                names.expand("name"): (Attribute(Kind.PROPERTY, "Treatment works"),),
                names.expand("treatmentCapacity"): (
                    Attribute(Kind.PROPERTY, capacity, unit_code=CUBIC_METRE_PER_SECOND),
                ),
                names.expand("location"): (Attribute(Kind.GEO_PROPERTY, dict(at)),),
                CLOCK: (Attribute(Kind.PROPERTY, PLANT),),
            },
            SCOPE,
        )

    def write_site(self, folder: Path) -> None:
        """Write what Kota is told of the sewers: their model, and what may be controlled."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / MODEL).write_text(self.sewerage.text)
        (folder / CONTROL).write_text(toml(self.sewerage.control))


def play_past(works: Sewerworks) -> Past:
    """Play the day before dawn; for a process of its own."""
    end = dawn() // SECOND
    model = Model(works.setting(end - _PAST_S - _RUN_UP_S, None, last=end))
    model.skip(end - _PAST_S)
    times, values, heard = [], [], []
    for at in model.instants(end):
        readings = model.read(at)
        if readings.heard.any():
            times.append(at)
            values.append(readings.values)
            heard.append(readings.heard)
    with TemporaryDirectory(prefix="kota-sewers-") as folder:
        file = Path(folder) / "state.hsf"
        model.engine.save(file)
        state = file.read_bytes()
    model.close()
    return Past(model.sensors, np.array(times), np.array(values), np.array(heard), state)


def incidents(sewers: Sewers, seed: int) -> tuple[Incident, ...]:
    """What goes wrong on the day, besides the storm: declared here, drawn from the seed.

    A sewer is nearly blocked from the morning on; a pump fails in the early afternoon and again
    when the storm has begun; the level sensor of a tank drifts from noon; another tank is not
    heard for half an hour about the peak.
    """
    rng = np.random.default_rng([seed, 18])
    day = midnight() // SECOND
    small = [link.id for link in sewers.links_of("conduit") if 0.4 <= link.height <= 0.5]
    tanks = [node.id for node in sewers.of_kind("storage") if node.id != WELL]
    drifting, silent = rng.choice(tanks, 2, replace=False).tolist()
    pumps = [link.id for link in sewers.links_of("pump")]
    failed = str(rng.choice(pumps))

    def hour(of_day: float, spread: float = 0.15) -> int:
        return day + round((of_day + float(rng.uniform(-spread, spread))) * _HOUR)

    blocked = hour(9.0, 0.5)
    drifts = hour(12.0, 0.5)
    noon, peak = hour(13.3), hour(17.2)
    lost = hour(16.6)
    return (
        Incident("blocked", str(rng.choice(small)), blocked, day + 40 * _HOUR, _BLOCKED_M3_PER_S),
        Incident("pump-failed", failed, noon, noon + 50 * 60),
        Incident("pump-failed", failed, peak, peak + 35 * 60),
        Incident("drift", drifting, drifts, drifts + 9 * _HOUR, _DRIFT_M_PER_H),
        Incident("silent", silent, lost, lost + 35 * 60),
    )


def measured(past: Past) -> list[Series]:
    """Every sensor that tells numbers."""
    series = []
    for k, sensor in enumerate(past.sensors):
        heard = past.heard[:, k]
        if sensor.quantity in _UNITS and heard.any():
            entity = entity_of(sensor.kind, sensor.element)
            at, values = past.times[heard] * SECOND, past.values[heard, k]
            series.append(Series(entity, sensor.quantity, _UNITS[sensor.quantity], at, values))
    return series


def switched(past: Past, names: Context, types: Mapping[str, tuple[str, ...]]) -> list[Patch]:
    """How pumps were last heard of, for the state."""
    patches = []
    for k, sensor in enumerate(past.sensors):
        heard = np.flatnonzero(past.heard[:, k])
        if sensor.quantity == "status" and len(heard):
            at = int(past.times[heard[-1]]) * SECOND
            runs = "OPEN" if past.values[heard[-1], k] else "CLOSED"
            entity = entity_of(sensor.kind, sensor.element)
            told = {"status": runs, "control": "AUTO"}
            attrs: dict[str, tuple[Attribute, ...]] = {
                names.expand(name): (Attribute(Kind.PROPERTY, value, at),)
                for name, value in told.items()
            }
            patches.append(Patch(entity, types[entity], attrs))
    return patches


def heard_of(sensors: Sequence[Sensor]) -> frozenset[str]:
    """Ids of the elements that have telemetry."""
    return frozenset(sensor.element for sensor in sensors)


def _degrees(point: Point) -> tuple[float, float]:
    lon, lat = to_degrees(np.array([point]))[0].tolist()
    return lon, lat


def _read(text: str) -> Sewers:
    with TemporaryDirectory(prefix="kota-sewers-") as folder:
        file = Path(folder) / MODEL
        file.write_text(text)
        return read_sewers(file)
