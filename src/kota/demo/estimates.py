"""What the water solution would have stated in the month before, for its charts."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from kota.demo.series import Row
from kota.demo.waterworks import Past, entity_of
from kota.model.instant import MINUTE, SECOND
from kota.model.quality import Level, Quality, Source
from kota.solutions.water.forecast import DAY, STEP_S, Analogue
from kota.solutions.water.instruments import device_of
from kota.solutions.water.layout import Layout, TankSite
from kota.solutions.water.network import Network
from kota.solutions.water.tasks import AHEAD_S, WINDOW, balance_of
from kota.solutions.water.terms import (
    CUBIC_METRE,
    CUBIC_METRE_PER_HOUR,
    METRE,
    urn,
)

Floats = NDArray[np.float64]

ESTIMATED = Quality(Level.GOOD, Source.ESTIMATED).code
FORECAST = Quality(Level.GOOD, Source.FORECAST).code
_FORECAST_DAYS = 7


def layout_of(network: Network, meters: tuple[str, ...]) -> Layout:
    """The layout that the solution will read from the network's entities."""
    sources: dict[str, int] = {}
    for pipe in network.pipes.values():
        if pipe.start in network.reservoirs or pipe.end in network.reservoirs:
            sign = 1 if pipe.start in network.reservoirs else -1
            sources[urn("Pipe", device_of("pipe", pipe.id))] = sign
    for pump in network.pumps.values():
        if pump.start in network.reservoirs:
            sources[urn("Pump", device_of("pump", pump.id))] = 1
    tanks = tuple(
        TankSite(urn("Tank", device_of("tank", t.id)), t.area, t.min_level, t.max_level)
        for t in network.tanks.values()
    )
    return Layout(urn("WaterNetwork", "main"), tanks, sources, meters)


def estimates(network: Network, past: Past, until: int) -> Iterator[Row]:
    """Balances, volumes and forecasts up to an instant [µs], as rows of entity id, short
    attribute, instant, value, unit and quality code."""
    series = _series(past)
    meters = tuple(sorted(name for name, quantity in series if quantity == "supply"))
    layout = layout_of(network, meters)
    first = int(past.times[0]) * SECOND + WINDOW
    for end in range(-(-first // WINDOW) * WINDOW, until - 3 * MINUTE, WINDOW):
        near = {
            key: _between(times, values, end - 2 * WINDOW, end)
            for key, (times, values) in series.items()
        }
        found = balance_of(layout, near, end)
        if found is None:
            continue
        for name, value in (
            ("inflow", found.inflow),
            ("consumption", found.consumption),
            ("storageChange", found.storage),
            ("unaccounted", found.unaccounted),
        ):
            yield layout.network, name, end, round(value, 2), CUBIC_METRE_PER_HOUR, ESTIMATED
    yield from _tanks(layout, past, until)


def _series(past: Past) -> dict[tuple[str, str], tuple[NDArray[np.int64], Floats]]:
    return {
        (entity_of(sensor), sensor.quantity): (
            past.times[past.heard[:, k]] * SECOND,
            past.values[past.heard[:, k], k],
        )
        for k, sensor in enumerate(past.sensors)
        if sensor.quantity in {"level", "flow", "supply"}
    }


def _between(
    times: NDArray[np.int64], values: Floats, start: int, end: int
) -> tuple[NDArray[np.int64], Floats]:
    low, high = np.searchsorted(times, [start, end], side="right")
    return times[low:high], values[low:high]


def _tanks(layout: Layout, past: Past, until: int) -> Iterator[Row]:
    columns = {
        entity_of(sensor): k for k, sensor in enumerate(past.sensors) if sensor.quantity == "level"
    }
    on_step = past.times % STEP_S == 0
    times = past.times[on_step]
    levels = past.values[on_step][:, [columns[tank.id] for tank in layout.tanks]]
    low, high = np.array([t.low for t in layout.tanks]), np.array([t.high for t in layout.tanks])
    for i, time in enumerate(times.tolist()):
        for k, tank in enumerate(layout.tanks):
            volume = round(float(levels[i, k]) * tank.area, 1)
            yield tank.id, "storedVolume", time * SECOND, volume, CUBIC_METRE, ESTIMATED
    split = len(times) - _FORECAST_DAYS * DAY
    model = Analogue(low, high).fit(levels[:split], start=int(times[0]))
    for i in range(split, len(times)):
        if times[i] * SECOND >= until:
            break
        ahead, _ = model.predict(levels[i - DAY : i + 1], start=int(times[i - DAY]))
        for k, tank in enumerate(layout.tanks):
            level = round(float(ahead[AHEAD_S // STEP_S - 1, k]), 2)
            yield tank.id, "levelForecast", int(times[i]) * SECOND, level, METRE, FORECAST
