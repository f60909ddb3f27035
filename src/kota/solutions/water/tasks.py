"""The tasks of the water solution: it reads telemetry and states what it makes of it."""

from __future__ import annotations

from typing import Final

import numpy as np

from kota.city import City, Reading, Statement
from kota.errors import NotReadyError
from kota.model.entity import Kind
from kota.model.instant import DAY, HOUR, MINUTE, SECOND, render
from kota.model.quality import Level, Quality, Source
from kota.solution import Periodic
from kota.solutions.water.balance import Balance, balance
from kota.solutions.water.forecast import STEP_S, Analogue, Floats
from kota.solutions.water.layout import Layout, read_layout
from kota.solutions.water.telemetry import Series, mean_between, on_grid, split, until
from kota.solutions.water.terms import CUBIC_METRE, CUBIC_METRE_PER_HOUR, METRE

WINDOW: Final = 15 * MINUTE
"""Customer meters tell the mean of a quarter of an hour."""
PATIENCE: Final = 3 * MINUTE
"""How long after its end a quarter of an hour is balanced: late readings come meanwhile."""
CATCH_UP: Final = 12 * HOUR
"""How far back missed balances are made up for, as after a plant has jumped."""
LEARN: Final = 28 * DAY
AHEAD_S: Final = 6 * 3600
"""The horizon of `levelForecast`; `levelOutlook` has twelve hours."""

_ENOUGH = 0.6


async def state_balance(city: City) -> None:
    """State the balances that have become complete, on the network and its tanks."""
    layout = await read_layout(city)
    newest = await _newest_level(city)
    if newest is None:
        return
    end = (newest - PATIENCE) // WINDOW * WINDOW
    first = max(await _stated(city, layout.network) + WINDOW, end - CATCH_UP)
    if first > end:
        return
    table = await city.history(
        [*(tank.id for tank in layout.tanks), *layout.sources, *layout.meters],
        ["level", "flow", "supply"],
        start=first - 2 * HOUR,
        end=end + 1,
    )
    series = split(table)
    for moment in range(first, end + 1, WINDOW):
        known = until(series, moment)
        found = balance_of(layout, known, moment)
        if found is not None:
            volumes = _volumes(layout, known, moment)
            await city.state([_network_statement(layout, found, moment), *volumes])


async def _stated(city: City, network: str) -> int:
    """Up to when the network is balanced already [µs]."""
    entity = await city.entity(network)
    inflow = None if entity is None else city.attribute(entity, "inflow")
    return 0 if inflow is None or inflow.observed_at is None else inflow.observed_at


def balance_of(layout: Layout, series: Series, end: int) -> Balance | None:
    """The balance of the quarter of an hour up to `end`, or None where a source or a tank says
    nothing."""
    start = end - WINDOW
    none = (np.empty(0, dtype=np.int64), np.empty(0))
    inflow = [
        sign * mean_between(*series.get((link, "flow"), none), start, end)
        for link, sign in layout.sources.items()
    ]
    grid = np.array([start, end])
    levels = [
        on_grid(*series.get((tank.id, "level"), none), grid, patience=10 * MINUTE)
        for tank in layout.tanks
    ]
    fresh, held = [], []
    for meter in layout.meters:
        known = on_grid(*series.get((meter, "supply"), none), np.array([end]), patience=2 * HOUR)
        times = series.get((meter, "supply"), none)[0]
        held.append(float(known[0]))
        fresh.append(float(known[0]) if len(times) and times[-1] == end else float("nan"))
    if np.isnan(inflow).any() or np.isnan(levels).any() or not inflow:
        return None
    return balance(
        inflow=np.array(inflow),
        supply=np.array(fresh),
        held=np.array(held),
        levels=np.array(levels).T,
        areas=np.array([tank.area for tank in layout.tanks]),
        hours=WINDOW / HOUR,
    )


async def state_forecast(city: City) -> None:
    """State how the levels of the tanks will go on, as learnt from the last four weeks."""
    layout = await read_layout(city)
    newest = await _newest_level(city)
    if newest is None:
        return
    step = STEP_S * SECOND
    last = newest // step * step
    table = await city.history(
        [tank.id for tank in layout.tanks], ["level"], start=last - LEARN, end=last + 1
    )
    series = split(table)
    first = min((times[0] for times, _ in series.values()), default=last)
    grid = np.arange(-(-int(first) // step) * step, last + 1, step)
    known = [tank for tank in layout.tanks if (tank.id, "level") in series]
    if not known:
        raise NotReadyError("no tank has told its level in the last four weeks")
    levels = np.stack(
        [on_grid(*series[tank.id, "level"], grid, patience=HOUR) for tank in known], axis=1
    )
    low, high = np.array([tank.low for tank in known]), np.array([tank.high for tank in known])
    ahead, spread = await city.compute(learn_and_predict, levels, int(grid[0]) // SECOND, low, high)
    statements = [
        _outlook(tank.id, last, ahead[:, k], spread[:, k]) for k, tank in enumerate(known)
    ]
    await city.state(statements)


def learn_and_predict(
    levels: Floats, start: int, low: Floats, high: Floats
) -> tuple[Floats, Floats]:
    """Fit an `Analogue` on levels and let it go on from their end; for a worker process."""
    return Analogue(low, high).fit(levels, start=start).predict(levels, start=start)


async def _newest_level(city: City) -> int | None:
    """When a tank last told its level [µs]: what is stated holds as of the data, not the wall."""
    told = [city.attribute(tank, "level") for tank in await city.entities("Tank")]
    times = [one.observed_at for one in told if one is not None and one.observed_at is not None]
    return max(times, default=None)


def _network_statement(layout: Layout, found: Balance, end: int) -> Statement:
    few = found.coverage < _ENOUGH
    reason = f"{found.coverage:.0%} of the meters have reported" if few else "balance"
    quality = Quality(Level.UNCERTAIN if few else Level.GOOD, Source.ESTIMATED, reason)

    def flow(value: float, deviation: float) -> Reading:
        sub: dict[str, float | str] = {"uncertainty": round(deviation, 2)}
        return Reading(round(value, 2), CUBIC_METRE_PER_HOUR, end, quality, sub=sub)

    coverage = Reading(round(found.coverage, 3), "C62", end, quality)
    return Statement(
        layout.network,
        "WaterNetwork",
        {
            "inflow": flow(found.inflow, found.inflow_sd),
            "consumption": flow(found.consumption, found.consumption_sd),
            "storageChange": flow(found.storage, found.storage_sd),
            "unaccounted": flow(found.unaccounted, found.unaccounted_sd),
            "coverage": coverage,
        },
    )


def _volumes(layout: Layout, series: Series, end: int) -> list[Statement]:
    quality = Quality(Level.GOOD, Source.ESTIMATED, "level times area")
    statements = []
    for tank in layout.tanks:
        times, values = series[tank.id, "level"]
        level = on_grid(times, values, np.array([end]), patience=10 * MINUTE)[0]
        volume = Reading(round(float(level) * tank.area, 1), CUBIC_METRE, end, quality)
        statements.append(Statement(tank.id, "Tank", {"storedVolume": volume}))
    return statements


def _outlook(tank: str, at: int, ahead: Floats, spread: Floats) -> Statement:
    quality = Quality(Level.GOOD, Source.FORECAST, "as in the most similar hours of four weeks")
    k = AHEAD_S // STEP_S - 1
    sub: dict[str, float | str] = {"horizon": AHEAD_S, "uncertainty": round(float(spread[k]), 3)}
    level = Reading(round(float(ahead[k]), 2), METRE, at, quality, sub=sub)
    outlook = {
        "at": [render(at + (i + 1) * STEP_S * SECOND) for i in range(len(ahead))],
        "level": [round(float(value), 2) for value in ahead],
        "uncertainty": [round(float(value), 3) for value in spread],
    }
    curve = Reading(outlook, None, at, quality, kind=Kind.JSON_PROPERTY)
    return Statement(tank, "Tank", {"levelForecast": level, "levelOutlook": curve})


TASKS: Final = (
    Periodic(
        name="balance",
        title="Balance inflow, consumption and storage",
        period=5 * MINUTE,
        run=state_balance,
    ),
    Periodic(
        name="forecast",
        title="Forecast the levels of the tanks",
        period=15 * MINUTE,
        run=state_forecast,
    ),
)
