"""The tasks that state the flow on every street, trips between zones, and crowding to come."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from kota.city import City, Reading, Statement
from kota.errors import NotReadyError
from kota.model.instant import DAY, HOUR, MINUTE, SECOND
from kota.model.quality import Level, Quality, Source
from kota.solution import Periodic
from kota.solutions.people_flow.local_time import slots_at, town_zone
from kota.solutions.people_flow.newest import newest_count
from kota.solutions.people_flow.streets.assignment import Floats, Ints, shortest_ways
from kota.solutions.people_flow.streets.entities import Streets, read_streets, street_distance
from kota.solutions.people_flow.streets.model import Estimate, StreetModel, learn
from kota.solutions.people_flow.streets.origin_destination import (
    fit_to_counts,
    shares_at_counters,
    told_pairs,
)
from kota.solutions.people_flow.streets.patterns import make_patterns, zone_trips
from kota.solutions.people_flow.streets.service_levels import level_of_service, walkway_density
from kota.solutions.people_flow.streets.terms import PEOPLE

LEARN: Final = 28 * DAY
ZONE_ID: Final = "urn:ngsi-ld:Zone:{}"
_ESTIMATED: Final = Quality(Level.GOOD, Source.ESTIMATED, "fitted to the counts of the hour")
_FORESEEN: Final = Quality(Level.GOOD, Source.FORECAST, "fitted to the forecasts of the counters")
_LEAST_SHARE: Final = 0.5
_WIDTH_80: Final = 2.563
"""Of the interval of 80 % of a normal distribution, in standard deviations."""


@dataclass(frozen=True, slots=True)
class Learnt:
    """What an hour's counts are read with.

    Args:
        model: of the streets.
        trips: between zones per unit of each purpose `(n_purposes, n_zones, n_zones)`.
        shares: of them that pass each counter `(n_counters, n_zones, n_zones)`.
    """

    model: StreetModel
    trips: Floats
    shares: Floats


def learn_streets(streets: Streets, counts: Floats, slots: Ints) -> Learnt:
    """Learn a city from the hourly counts of some weeks; for a worker process."""
    network, town = streets.network, streets.town
    patterns = make_patterns(network, town)
    distance = street_distance(network, streets.counted)
    model = learn(patterns, distance, streets.counted, counts, slots)
    trips = zone_trips(network, town, streets.zones, model.draws, model.reaches)
    ways = shortest_ways(network, np.arange(network.n_nodes))
    weight = town.amounts("home") + town.amounts("work") + 1e-6
    shares = shares_at_counters(network, ways, streets.zones, weight, streets.counted)
    return Learnt(model, trips, shares)


_KEPT: Final[dict[bytes, Learnt]] = {}
"""What this process learnt last, by what it learnt from: a day that begins again is not learnt
again."""


def _fingerprint(streets: Streets, counts: Floats, slots: Ints) -> bytes:
    """The same for the same town and the same counts."""
    digest = blake2b(digest_size=16)
    network, town = streets.network, streets.town
    for array in (network.start, network.end, network.length, streets.counted, counts, slots):
        digest.update(np.ascontiguousarray(array).tobytes())
    for kind, amounts in sorted(town.spread.items()):
        digest.update(kind.encode() + amounts.tobytes())
    digest.update(repr((streets.ids, streets.counters, sorted(town.places.items()))).encode())
    return digest.digest()


def hourly(table: object, counters: tuple[str, ...], start: int, hours: int) -> Floats:
    """People an hour at each counter, `(hours, n_counters)`; NaN where half an hour is missing.

    Args:
        table: observations of ``peopleCount``, as `City.history` gives them.
        counters: entities.
        start: of the first hour [µs].
        hours: how many.
    """
    ids = np.array(table.column("entity_id").to_pylist())  # type: ignore[attr-defined]
    times = np.array(table.column("observed_at").cast("int64").to_pylist())  # type: ignore[attr-defined]
    values = np.array(table.column("number").to_pylist(), dtype=np.float64)  # type: ignore[attr-defined]
    found = np.full((hours, len(counters)), np.nan)
    for k, counter in enumerate(counters):
        mine = ids == counter
        if not mine.any():
            continue
        step = float(np.median(np.diff(np.sort(times[mine])))) if mine.sum() > 1 else float(HOUR)
        hour = (times[mine] - 1 - start) // HOUR
        inside = (hour >= 0) & (hour < hours)
        total = np.bincount(hour[inside], values[mine][inside], minlength=hours)
        heard = np.bincount(hour[inside], minlength=hours) * step / HOUR
        ok = heard >= _LEAST_SHARE
        found[ok, k] = total[ok] / np.minimum(heard[ok], 1.0)
    return found


class StreetWatch:
    """Keeps what was learnt between the runs of its tasks."""

    def __init__(self) -> None:
        self._streets: Streets | None = None
        self._learnt: Learnt | None = None
        self._zone = ZoneInfo("UTC")
        self._foreseen = 0

    async def learn(self, city: City) -> None:
        """Learn from the last four weeks, in a worker process."""
        streets = await read_streets(city)
        counters = await city.entities("CrowdFlowObserved")
        newest = newest_count(city, counters)
        if newest is None:
            raise NotReadyError("no counter has told a peopleCount yet")
        end = newest // HOUR * HOUR
        hours = LEARN // HOUR
        start = end - hours * HOUR
        table = await city.history(
            list(streets.counters), ["peopleCount"], start=start, end=end + 1
        )
        counts = hourly(table, streets.counters, start, hours)
        self._zone = town_zone(city, counters)
        slots = slots_at(start, hours, self._zone)
        key = _fingerprint(streets, counts, slots)
        if key not in _KEPT:
            found = await city.compute(learn_streets, streets, counts, slots, timeout_s=600.0)
            _KEPT.clear()
            _KEPT[key] = found
        self._learnt, self._streets = _KEPT[key], streets

    async def state(self, city: City) -> None:
        """State what the last sixty minutes' counts say of every street.

        Raises:
            NotReadyError: nothing is learnt yet, or no counter has spoken.
        """
        if self._learnt is None or self._streets is None:
            raise NotReadyError("the streets are not learnt yet")
        streets, learnt = self._streets, self._learnt
        end = city.now() // (5 * MINUTE) * (5 * MINUTE)
        table = await city.history(
            list(streets.counters), ["peopleCount"], start=end - HOUR, end=end + 1
        )
        counts = hourly(table, streets.counters, end - HOUR, 1)[0]
        if not np.isfinite(counts).any():
            raise NotReadyError("no counter has spoken in the last hour")
        slot = int(slots_at(end - HOUR // 2, 1, self._zone)[0])
        estimate = learnt.model.update(counts, slot)
        row = int(np.flatnonzero(learnt.model.slots == slot)[0])
        prior = np.einsum("p,pij->ij", learnt.model.rates[row], learnt.trips)
        fitted = fit_to_counts(prior, learnt.shares, counts)
        await city.state(
            [*street_statements(streets, estimate, end), *trip_statements(fitted.trips, end)]
        )
        await self._foresee(city, streets, learnt.model, end)

    async def _foresee(self, city: City, streets: Streets, model: StreetModel, now: int) -> None:
        """State what the counters' forecasts of an hour say of every street, once for each hour."""
        hour, counts, unsure = await forecasts(city, streets.counters, now)
        if hour == self._foreseen or not np.isfinite(counts).any():
            return
        slot = int(slots_at(hour, 1, self._zone)[0])
        if slot in model.slots:
            estimate = model.update(counts, slot, unsure=unsure)
            await city.state(forecast_statements(streets, estimate, hour))
            self._foreseen = hour


async def forecasts(city: City, counters: tuple[str, ...], now: int) -> tuple[int, Floats, Floats]:
    """The newest hour that the counters' forecasts are of, and what they say of it.

    Returns:
        The hour's begin [µs]; people at each counter, NaN where nothing is forecast of it; and how
        unsure that is, as the standard deviation of its logarithm.
    """
    counts, unsure = np.full(len(counters), np.nan), np.zeros(len(counters))
    hours = np.zeros(len(counters), dtype=np.int64)
    for k, counter in enumerate(counters):
        entity = await city.entity(counter)
        told = None if entity is None else city.attribute(entity, "peopleCountForecast")
        if told is None or told.sub is None or (told.observed_at or 0) < now - 2 * HOUR:
            continue
        hours[k], counts[k] = told.observed_at or 0, told.value
        low, high = (told.sub[city.term(name)][0].value for name in ("lower", "upper"))
        unsure[k] = np.log((high + 1.0) / (low + 1.0)) / _WIDTH_80
    newest = int(hours.max(initial=0))
    return newest, np.where(hours == newest, counts, np.nan), unsure


def street_statements(streets: Streets, estimate: Estimate, at: int) -> list[Statement]:
    """Flow, density and level of service of every street."""
    density = walkway_density(estimate.mean, streets.width)
    levels = level_of_service(density)
    low, high = estimate.interval()
    told: dict[str, Statement] = {}
    for k, street in enumerate(streets.ids):
        sub: dict[str, float | str] = {
            "low": round(float(low[k]), 1),
            "high": round(float(high[k]), 1),
        }
        flow = Reading(round(float(estimate.mean[k]), 1), PEOPLE, at, _ESTIMATED, sub=sub)
        told.setdefault(
            street,
            Statement(
                street,
                "RoadSegment",
                {
                    "peopleFlow": flow,
                    "levelOfService": Reading(str(levels[k]), None, at, _ESTIMATED),
                    "crowdDensity": Reading(round(float(density[k]), 4), PEOPLE, at, _ESTIMATED),
                },
            ),
        )
    return list(told.values())


def forecast_statements(streets: Streets, estimate: Estimate, hour: int) -> list[Statement]:
    """Flow of every street in an hour that begins [µs]."""
    low, high = estimate.interval()
    told: dict[str, Statement] = {}
    for k, street in enumerate(streets.ids):
        around: dict[str, float | str] = {
            "low": round(float(low[k]), 1),
            "high": round(float(high[k]), 1),
            "horizon": HOUR // SECOND,
        }
        flow = Reading(round(float(estimate.mean[k]), 1), PEOPLE, hour, _FORESEEN, sub=around)
        told.setdefault(street, Statement(street, "RoadSegment", {"peopleFlowForecast": flow}))
    return list(told.values())


def trip_statements(trips: Floats, at: int) -> list[Statement]:
    """Trips between zones, those of at least the minimum cell."""
    return [
        Statement(
            f"urn:ngsi-ld:OriginDestinationFlow:zone-{i}-{j}",
            "OriginDestinationFlow",
            {
                "origin": Reading(ZONE_ID.format(i), None, at, _ESTIMATED),
                "destination": Reading(ZONE_ID.format(j), None, at, _ESTIMATED),
                "peopleCount": Reading(round(count), PEOPLE, at, _ESTIMATED),
            },
        )
        for i, j, count in told_pairs(trips)
    ]


def street_tasks() -> tuple[Periodic, ...]:
    """The tasks, with a memory of their own."""
    watch = StreetWatch()
    return (
        Periodic(
            name="learn_streets",
            title="Learn how people use the streets",
            period=DAY,
            run=watch.learn,
        ),
        Periodic(
            name="streets",
            title="Estimate the flow on every street",
            period=5 * MINUTE,
            run=watch.state,
        ),
    )
