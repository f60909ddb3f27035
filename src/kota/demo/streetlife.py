"""People in the streets and the weather over them: a small plant of formulas, not of physics."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count

import numpy as np
import shapely
from numpy.typing import NDArray

from kota.context.ingest import Patch
from kota.demo.district import District
from kota.demo.district.place import geojson
from kota.demo.entities import SCOPE
from kota.demo.story import OFFSET_S
from kota.model.entity import Attribute, Kind
from kota.model.jsonld import Context
from kota.model.terms import CLOCK, EXPECTED_INTERVAL
from kota.plant import Player, Report

Floats = NDArray[np.float64]

PLANT = "town"
COUNT_S = 300
WEATHER_S = 600
STATION = "WS-1"

_DAY = (
    "market 3 2 1 1 4 18 60 88 92 84 76 70 74 66 58 60 66 72 64 52 38 24 12 6",
    "transit 2 1 1 1 3 14 58 96 66 38 32 34 44 42 36 40 58 94 82 48 30 20 10 4",
    "school 0 0 0 0 1 6 92 70 14 12 16 14 62 84 40 22 14 10 8 4 2 1 0 0",
    "worship 6 2 1 2 30 44 16 10 8 8 10 16 40 58 20 24 26 22 62 58 20 8 4 3",
    "shore 3 2 1 1 3 10 22 24 20 18 18 18 20 20 22 30 48 74 80 66 48 30 14 6",
)
_PROFILES = {
    name: np.array([float(v) for v in values]) for name, *values in (line.split() for line in _DAY)
}
_FRIDAY, _PRAYER_HOUR = 4, 13.2


@dataclass(frozen=True, slots=True)
class Counter:
    """A pedestrian counter.

    Args:
        device: its name.
        title: where it is, for people.
        kind: the daily curve of its street.
        scale: people in the busiest five minutes, about.
        at: where [m].
    """

    device: str
    title: str
    kind: str
    scale: float
    at: tuple[float, float]


COUNTERS: tuple[Counter, ...] = (
    Counter("PC-01", "Jalan Pasar", "market", 46.0, (1010, 690)),
    Counter("PC-02", "Pasar Besar", "market", 62.0, (1010, 640)),
    Counter("PC-03", "Jalan Besar", "transit", 34.0, (900, 735)),
    Counter("PC-04", "Main bridge", "transit", 28.0, (886, 500)),
    Counter("PC-05", "West bridge", "transit", 18.0, (545, 690)),
    Counter("PC-06", "Masjid An-Nur", "worship", 30.0, (780, 640)),
    Counter("PC-07", "SK Kuala Lestari", "school", 38.0, (760, 960)),
    Counter("PC-08", "SMK Lestari", "school", 44.0, (330, 1080)),
    Counter("PC-09", "Jalan Pantai", "shore", 26.0, (1490, 840)),
    Counter("PC-10", "Persiaran Sungai", "shore", 20.0, (1100, 520)),
)


def counts(times: Sequence[int] | NDArray[np.int64], *, seed: int) -> Floats:
    """People counted in the five minutes before each time.

    Args:
        times: `(n_times,)` [s since the epoch], whole multiples of `COUNT_S`.
        seed: of what is drawn.

    Returns:
        Whole numbers `(n_times, n_counters)`.
    """
    local = np.asarray(times, dtype=np.int64) + OFFSET_S
    hour, weekday = (local % 86_400) / 3600, (local // 86_400 + 3) % 7
    drawn = [
        np.random.default_rng([seed, 11, int(at)]).standard_normal(len(COUNTERS)) for at in local
    ]
    chance = np.array(drawn).reshape(len(local), len(COUNTERS))
    counted = np.empty((len(local), len(COUNTERS)))
    for k, counter in enumerate(COUNTERS):
        profile = _PROFILES[counter.kind]
        mean = np.interp(hour - 0.5, np.arange(-1, 25), np.r_[profile[-1], profile, profile[0]])
        mean = mean * _week(counter.kind, weekday, hour) * counter.scale / 100.0
        counted[:, k] = np.maximum(mean + np.sqrt(mean) * chance[:, k], 0.0).round()
    return counted


def _week(kind: str, weekday: NDArray[np.int64], hour: Floats) -> Floats:
    weekend = weekday >= 5
    if kind == "school":
        return np.where(weekend, 0.08, 1.0)
    if kind == "worship":
        prayer = np.exp(-(((hour - _PRAYER_HOUR) / 0.6) ** 2)) * (weekday == _FRIDAY)
        return np.asarray(1.0 + 6.0 * prayer)
    if kind == "transit":
        return np.where(weekend, 0.6, 1.0)
    return np.where(weekend, 1.35, 1.0)


WEATHER: tuple[tuple[str, str], ...] = (
    ("temperature", "CEL"),
    ("relativeHumidity", "C62"),
    ("windSpeed", "MTS"),
    ("atmosphericPressure", "A97"),
    ("precipitation", "MMT"),
)


def weather(times: Sequence[int] | NDArray[np.int64], *, seed: int) -> Floats:
    """Weather at a station near the equator before the storm, in the order of `WEATHER`.

    Args:
        times: `(n_times,)` [s since the epoch], whole multiples of `WEATHER_S`.
        seed: of what is drawn.

    Returns:
        `(n_times, 5)`: °C, share of 1, m/s, hPa, mm in the ten minutes before.
    """
    local = np.asarray(times, dtype=np.int64) + OFFSET_S
    hour, day = (local % 86_400) / 3600, local // 86_400
    draws = {d: np.random.default_rng([seed, 13, int(d)]) for d in np.unique(day)}
    daily = {
        d: (rng.normal(0, 0.7), rng.random(), rng.uniform(14.5, 18)) for d, rng in draws.items()
    }
    warm, luck, shower = (np.array([daily[d][i] for d in day]) for i in range(3))
    sun = np.exp(-(((hour - 14.0) / 4.6) ** 2))
    wet = np.where(luck < 0.45, np.exp(-(((hour - shower) / 0.5) ** 2)), 0.0)
    temperature = 24.2 + warm + 7.2 * sun - 3.5 * wet
    humidity = np.clip(0.95 - 0.033 * (temperature - 24.0) + 0.08 * wet, 0.4, 1.0)
    wind = 1.4 + 2.2 * sun + 3.0 * wet + 0.4 * np.sin(local / 1_700.0)
    pressure = 1009.5 + 1.6 * np.cos(4 * np.pi * (hour - 10.0) / 24)
    rain = np.where(wet > 0.15, 3.2 * wet, 0.0)
    columns = (
        temperature.round(1),
        humidity.round(2),
        wind.round(1),
        pressure.round(1),
        rain.round(1),
    )
    return np.stack(columns, axis=1)


@dataclass(frozen=True, slots=True)
class TownPlant:
    """Counters and weather station.

    Args:
        seed: of what is drawn.
        now: when it first speaks [µs].
        speed: plant seconds in a second.
    """

    seed: int
    now: int
    speed: float = 1.0

    @property
    def name(self) -> str:
        """Its clock is ``kota/clock/town``."""
        return PLANT

    def run(self, host: str, port: int) -> None:
        """Play it to an MQTT broker until told to end (SIGTERM)."""
        begin = self.now // 1_000_000
        player = Player(PLANT, TownModel(begin, self.seed), now=self.now, speed=self.speed)
        asyncio.run(player.play(host, port))


class TownModel:
    """What the town's devices say as time passes.

    Args:
        begin: when it starts [s since the epoch].
        seed: of what is drawn.
    """

    def __init__(self, begin: int, seed: int) -> None:
        self._begin = begin
        self._now = begin
        self._seed = seed
        self._numbers = count()

    def advance(self, until: int, *, every: int = 1) -> Iterator[Report]:
        """Let time pass, and tell what is due; see `kota.plant.PlantModel`."""
        begin, self._now = self._now, max(until, self._now)
        for at in range(-(-begin // COUNT_S) * COUNT_S, until, COUNT_S):
            if at % max(every // COUNT_S * COUNT_S, COUNT_S) == 0:
                yield from self._counted(at)
            if at % WEATHER_S == 0:
                yield self._weather(at)

    def skip(self, until: int) -> None:
        """Let time pass and tell nothing."""
        self._now = until

    def rewind(self) -> None:
        """Go back to the beginning."""
        self._now = self._begin

    def close(self) -> None:
        """It holds nothing."""

    def _counted(self, at: int) -> Iterator[Report]:
        for counter, value in zip(COUNTERS, counts([at], seed=self._seed)[0], strict=True):
            content: dict[str, float | str] = {"peopleCount": int(value)}
            yield Report(at, next(self._numbers), at, "town-counter", counter.device, content)

    def _weather(self, at: int) -> Report:
        values = weather([at], seed=self._seed)[0].tolist()
        content = {name: value for (name, _), value in zip(WEATHER, values, strict=True)}
        return Report(at, next(self._numbers), at, "town-weather", STATION, content)


def streetlife(district: District, names: Context) -> list[Patch]:
    """Counters and station as entities, each counter at the street that is nearest."""
    lines = shapely.union_all([street.line for street in district.streets.streets])
    patches = []
    for counter in COUNTERS:
        at = shapely.get_point(shapely.shortest_line(lines, shapely.Point(counter.at)), 0)
        name = f"Pedestrians, {counter.title}"
        patches.append(_patch(names, "CrowdFlowObserved", counter.device, name, at, COUNT_S))
    station = shapely.Point(1180.0, 950.0)
    title = "Weather station Padang Bandaran"
    patches.append(_patch(names, "WeatherObserved", STATION, title, station, WEATHER_S))
    return patches


def _patch(
    names: Context, kind: str, device: str, title: str, at: shapely.Point, interval: int
) -> Patch:
    return Patch(
        f"urn:ngsi-ld:{kind}:{device}",
        (names.expand(kind),),
        {
            names.expand("name"): (Attribute(Kind.PROPERTY, title),),
            names.expand("location"): (Attribute(Kind.GEO_PROPERTY, geojson(at)),),
            EXPECTED_INTERVAL: (Attribute(Kind.PROPERTY, float(interval), unit_code="SEC"),),
            CLOCK: (Attribute(Kind.PROPERTY, PLANT),),
        },
        SCOPE,
    )
