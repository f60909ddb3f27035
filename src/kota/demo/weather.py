"""The weather over the town, and the station that tells it: formulas, not physics."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count

import numpy as np
import shapely
from numpy.typing import NDArray

from kota.context.ingest import Patch
from kota.demo.devices import device_patch
from kota.demo.series import Series
from kota.demo.storm import AHEAD_STEPS, forecast, storm
from kota.demo.story import HISTORY, OFFSET_S, dawn, midnight
from kota.model.instant import SECOND
from kota.model.jsonld import Context
from kota.plant import Player, Report

Floats = NDArray[np.float64]

PLANT = "town"
WEATHER_S = 600
STATION = "WS-1"
SERVICE = "WF-1"
"""What the weather service sends comes under this name."""
_AT = shapely.Point(1180.0, 950.0)

WEATHER: tuple[tuple[str, str], ...] = (
    ("temperature", "CEL"),
    ("relativeHumidity", "C62"),
    ("windSpeed", "MTS"),
    ("atmosphericPressure", "A97"),
    ("precipitation", "MMT"),
)


def weather(times: Sequence[int] | NDArray[np.int64], *, seed: int) -> Floats:
    """Weather at a station near the equator, in the order of `WEATHER`.

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
    wet = np.where(day == midnight() // SECOND // 86_400 + 1, 0.0, wet)
    poured = storm(seed).fallen(np.asarray(times))
    cool = np.maximum(wet, np.minimum(poured / 5.0, 1.0))
    temperature = 24.2 + warm + 7.2 * sun - 3.5 * cool
    humidity = np.clip(0.95 - 0.033 * (temperature - 24.0) + 0.08 * cool, 0.4, 1.0)
    wind = 1.4 + 2.2 * sun + 3.0 * cool + 0.4 * np.sin(local / 1_700.0)
    pressure = 1009.5 + 1.6 * np.cos(4 * np.pi * (hour - 10.0) / 24)
    rain = np.where(wet > 0.15, 3.2 * wet, 0.0) + poured
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
    """The weather station, and what the weather service sends.

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
    """What the station says as time passes.

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
        step = max(every // WEATHER_S, 1) * WEATHER_S
        for at in range(-(-begin // step) * step, until, step):
            yield self._weather(at)
            yield self._forecast(at)

    def skip(self, until: int) -> None:
        """Let time pass and tell nothing."""
        self._now = until

    def rewind(self) -> None:
        """Go back to the beginning."""
        self._now = self._begin

    def close(self) -> None:
        """It holds nothing."""

    def _weather(self, at: int) -> Report:
        values = weather([at], seed=self._seed)[0].tolist()
        content = {name: value for (name, _), value in zip(WEATHER, values, strict=True)}
        return Report(at, next(self._numbers), at, "town-weather", STATION, content)

    def _forecast(self, at: int) -> Report:
        ahead = at + WEATHER_S * np.arange(1, AHEAD_STEPS + 1)
        rain = weather(ahead, seed=self._seed)[:, 4] - storm(self._seed).fallen(ahead)
        outlook = forecast(at, seed=self._seed, rest=np.maximum(rain, 0.0).round(1))
        total = sum(float(value) for value in outlook["rain"]) * WEATHER_S / 3600
        content = {"precipitationForecast": round(total, 1), "rainOutlook": outlook}
        return Report(at, next(self._numbers), at, "town-forecast", SERVICE, content)


def station(names: Context) -> Patch:
    """The station as an entity."""
    title = "Weather station Padang Bandaran"
    return device_patch(
        names, "WeatherObserved", STATION, title, _AT, interval=WEATHER_S, clock=PLANT
    )


def rain_forecast(names: Context) -> Patch:
    """The weather service's forecast as an entity."""
    title = "Rain forecast for Kuala Lestari"
    return device_patch(
        names, "WeatherForecast", SERVICE, title, _AT, interval=WEATHER_S, clock=PLANT
    )


def weather_past(*, seed: int) -> list[Series]:
    """What the station has said in the month before dawn."""
    begin = midnight() // SECOND - round(HISTORY.total_seconds())
    times = np.arange(begin, dawn() // SECOND, WEATHER_S)
    measured = weather(times, seed=seed)
    entity_id = f"urn:ngsi-ld:WeatherObserved:{STATION}"
    return [
        Series(entity_id, name, unit, times * SECOND, measured[:, k])
        for k, (name, unit) in enumerate(WEATHER)
    ]
