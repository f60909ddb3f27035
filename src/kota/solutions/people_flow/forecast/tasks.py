"""The tasks of the people flow solution: it reads counters and states what it makes of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa

from kota.city import City, Reading, Statement
from kota.errors import NotReadyError
from kota.model.entity import Entity, Kind
from kota.model.instant import DAY, HOUR, MINUTE, render
from kota.model.quality import Level, Quality, Source
from kota.solution import Periodic
from kota.solutions.people_flow.forecast.anomaly import Mark, mark
from kota.solutions.people_flow.forecast.calendar import public_holidays, region_of
from kota.solutions.people_flow.forecast.cleaning import KINDS, Clean, find_faults
from kota.solutions.people_flow.forecast.counts import DAY as DAY_H
from kota.solutions.people_flow.forecast.counts import WEEK, Floats
from kota.solutions.people_flow.forecast.forecast import INTERVAL, Forecaster
from kota.solutions.people_flow.forecast.intervals import LEVELS
from kota.solutions.people_flow.forecast.past import Past
from kota.solutions.people_flow.forecast.telemetry import hourly, instants_of, local_hours, split
from kota.solutions.people_flow.forecast.terms import NETWORK, PEOPLE
from kota.solutions.people_flow.local_time import town_zone
from kota.solutions.people_flow.newest import newest_count

LEARN: Final = 26 * 7 * DAY
"""How far back counts are learnt from [µs]."""
HORIZON: Final = WEEK
"""Hours of the outlook."""
NO_FAULT: Final = "none"
_SILENT = 2
_PATIENCE_S = 600.0
_REASON = "experts mixed by their errors of late, learnt from counts until now"


@dataclass(frozen=True, slots=True)
class Found:
    """What a run has to say; arrays as in an `Outlook`.

    Args:
        sensors: ids of the counters.
        at: the first hour that is forecast.
        middle, quantiles: of the hours from `at` on.
        counted: people in the hour before `at` `(n_sensors,)`.
        marks: how unusual that was.
        silent: counters that have told nothing of late.
        faults: what is wrong with the last hour's count of each; ``none`` where nothing is.
    """

    sensors: tuple[str, ...]
    at: int
    middle: Floats
    quantiles: Floats
    counted: Floats
    marks: tuple[Mark | None, ...]
    silent: int
    faults: tuple[str, ...]


async def state_forecast(city: City) -> None:
    """State how many people each counter will see, and whether the last hour was unusual."""
    counters = await city.entities("CrowdFlowObserved")
    newest = newest_count(city, counters)
    if newest is None:
        raise NotReadyError("no counter has told a peopleCount yet")
    zone = town_zone(city, counters)
    at = int(local_hours(np.array([newest]), zone)[0])
    network = await city.entity(NETWORK)
    if network is not None and _stated(city, network, zone) >= at:
        return
    table = await city.history(
        [counter.id for counter in counters], ["peopleCount"], start=newest - LEARN, end=newest + 1
    )
    found = await city.compute(learn_and_forecast, table, at, zone.key, timeout_s=_PATIENCE_S)
    await city.state(_statements(found, zone))


def learn_and_forecast(table: pa.Table, at: int, zone: str) -> Found:
    """Learn from what counters told and forecast from an hour on; for a worker process.

    Args:
        table: as `City.history` gives it.
        at: the first hour to forecast; what was counted from it on is not used.
        zone: IANA name of the wall clock's zone.

    Raises:
        NotReadyError: two days have not been counted yet.
    """
    counts = hourly(split(table), ZoneInfo(zone))
    if len(counts.values) < 2 * DAY_H:
        raise NotReadyError(
            f"{len(counts.values)} hours of counts are too few; two days are needed"
        )
    region = region_of(ZoneInfo(zone))
    days = (counts.start // DAY_H - 1, (at + HORIZON) // DAY_H + 4)
    faults = find_faults(counts)
    past = Past(Clean(counts, faults), public_holidays(region, *days))
    forecaster = Forecaster(past, HORIZON, hour=at % DAY_H)
    before = forecaster.issue(at - DAY_H) if at - counts.start > 3 * DAY_H else None
    outlook = forecaster.issue(at)
    counted = counts.between(at - 1, at)[0]
    marks = tuple(
        None if before is None else mark(float(counted[k]), before.quantiles[:, DAY_H - 1, k])
        for k in range(len(counts.sensors))
    )
    silent = int(np.isnan(counts.between(at - _SILENT, at)).all(axis=0).sum())
    last = faults.kind[min(at, counts.end) - 1 - counts.start].tolist()
    wrong = tuple(NO_FAULT if kind < 0 else KINDS[kind] for kind in last)
    return Found(
        counts.sensors, at, outlook.middle, outlook.quantiles, counted, marks, silent, wrong
    )


def _stated(city: City, network: Entity, zone: ZoneInfo) -> int:
    """The hour up to which the network is forecast already."""
    total = city.attribute(network, "peopleTotal")
    if total is None or total.observed_at is None:
        return -1
    return int(local_hours(np.array([total.observed_at]), zone)[0])


def _statements(found: Found, zone: ZoneInfo) -> list[Statement]:
    hours = instants_of(range(found.at, found.at + len(found.middle)), zone)
    statements = [
        _counter(sensor, hours, found, k)
        for k, sensor in enumerate(found.sensors)
        if not np.isnan(found.middle[:, k]).any()
    ]
    unusual = sum(one is not None and one.word != "usual" for one in found.marks)
    forecast = Quality(Level.GOOD, Source.FORECAST, _REASON)
    estimated = Quality(Level.GOOD, Source.ESTIMATED, "sum over the counters")
    readings = {
        "peopleTotal": Reading(_whole(np.nansum(found.counted)), PEOPLE, hours[0], estimated),
        "peopleTotalForecast": Reading(
            _whole(np.nansum(found.middle[0])), PEOPLE, hours[0], forecast, sub={"horizon": 3600}
        ),
        "silentCounters": Reading(found.silent, PEOPLE, hours[0], estimated),
        "unusualCounters": Reading(unusual, PEOPLE, hours[0], estimated),
    }
    return [*statements, Statement(NETWORK, "PedestrianNetwork", readings)]


def _counter(sensor: str, hours: list[int], found: Found, k: int) -> Statement:
    quality = Quality(Level.GOOD, Source.FORECAST, _REASON)
    now, (low, high) = hours[0], INTERVAL
    middle, quantiles = found.middle[:, k], found.quantiles[:, :, k]
    sub: dict[str, float | str] = {
        "horizon": HOUR // 1_000_000,
        "lower": _whole(quantiles[low, 0]),
        "upper": _whole(quantiles[high, 0]),
    }
    outlook = {
        "at": [render(hour) for hour in hours],
        "people": [_whole(value) for value in middle],
        "quantiles": {
            f"{level:g}": [_whole(value) for value in row]
            for level, row in zip(LEVELS, quantiles, strict=True)
        },
    }
    readings = {
        "peopleCountForecast": Reading(_whole(middle[0]), PEOPLE, now, quality, sub=sub),
        "peopleCountOutlook": Reading(outlook, None, now, quality, kind=Kind.JSON_PROPERTY),
    }
    checked = Quality(Level.GOOD, Source.ESTIMATED, "its counts against each other and the network")
    readings["counterFault"] = Reading(found.faults[k], None, now, checked)
    one = found.marks[k]
    if one is not None:
        reason = Quality(Level.GOOD, Source.ESTIMATED, "the last hour against its forecast")
        around: dict[str, float | str] = {
            "expected": _whole(one.expected),
            "score": round(one.score, 2),
        }
        readings["peopleCountAnomaly"] = Reading(one.word, None, now, reason, sub=around)
    return Statement(sensor, "CrowdFlowObserved", readings)


def _whole(value: float) -> float:
    return round(float(value), 1)


FORECAST_TASKS: Final = (
    Periodic(
        name="forecast",
        title="Forecast how many people pass each counter",
        period=10 * MINUTE,
        run=state_forecast,
    ),
)
