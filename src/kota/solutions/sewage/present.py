"""What the entities of the sewers say now, by the ids of the model."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from kota.city import City
from kota.errors import KotaError
from kota.model.entity import Attribute
from kota.model.instant import MINUTE, SECOND, parse
from kota.model.quality import Level
from kota.solutions.sewage.ahead import RainAhead
from kota.solutions.sewage.assets import entity_of
from kota.solutions.sewage.marching import Rain
from kota.solutions.sewage.network import LinkKind, NodeKind
from kota.solutions.sewage.site import Site
from kota.solutions.sewage.telemetry import split

FRESH: Final = 12 * MINUTE
"""A reading that is older says nothing of now."""
STEP_S: Final = 600
HALF_LIFE_S: Final = 1800
PERSISTENCE_DOUBT: Final = 0.7
"""Without a forecast rain goes on as it fell last, half as strong every half hour."""


def fresh(city: City, attribute: Attribute | None) -> float | None:
    """The number that a good reading of now says."""
    if attribute is None or attribute.observed_at is None:
        return None
    if attribute.quality is not None and attribute.quality.level is Level.BAD:
        return None
    age = city.now() - attribute.observed_at
    value = attribute.value
    if abs(age) > FRESH or isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value)


async def readings(
    city: City, kind: NodeKind | LinkKind, names: Iterable[str], attribute: str
) -> dict[str, float]:
    """Fresh numbers of an attribute, by id in the model."""
    found: dict[str, float] = {}
    for name in names:
        entity = await city.entity(entity_of(kind, name))
        value = None if entity is None else fresh(city, city.attribute(entity, attribute))
        if value is not None:
            found[name] = value
    return found


async def depths(city: City, site: Site, names: Iterable[str]) -> dict[str, float]:
    """Fresh depths at nodes [m]."""
    found: dict[str, float] = {}
    for name in names:
        found |= await readings(city, site.sewers.nodes[name].kind, [name], "depth")
    return found


async def flows(city: City, site: Site, names: Iterable[str]) -> dict[str, float]:
    """Fresh flows in links [m³/s]."""
    found: dict[str, float] = {}
    for name in names:
        found |= await readings(city, site.sewers.links[name].kind, [name], "flow")
    return found


async def openings(city: City, site: Site) -> dict[str, float]:
    """How far the gates that can be moved are open [0..1]."""
    found: dict[str, float] = {}
    for one in site.config.actuators:
        found |= await readings(city, site.sewers.links[one.id].kind, [one.id], "opening")
    return found


async def rain_now(city: City) -> float | None:
    """What the stations say of the last ten minutes, on average [mm/h]."""
    told = []
    for station in await city.entities("WeatherObserved"):
        attribute = city.attribute(station, "precipitation")
        depth = None if attribute is None else fresh(city, attribute)
        if depth is not None and depth >= 0:
            told.append(depth * 3600 / STEP_S)
    return sum(told) / len(told) if told else None


async def rain_since(city: City, begin: int, end: int) -> Rain:
    """Rain that fell between two instants [s since the epoch], as the stations told it.

    A station tells what fell in the ten minutes before; where it is silent it did not rain.
    """
    stations = [station.id for station in await city.entities("WeatherObserved")]
    if not stations:
        return Rain()
    table = await city.history(
        stations, ["precipitation"], start=begin * SECOND, end=(end + STEP_S) * SECOND
    )
    sums: dict[int, list[float]] = {}
    for times, fallen in split(table).values():
        for time, depth in zip(times.tolist(), fallen.tolist(), strict=True):
            if depth >= 0:
                sums.setdefault(time - STEP_S, []).append(depth)
    ordered = sorted(sums)
    rates = tuple(sum(sums[t]) / len(sums[t]) * 3600 / STEP_S for t in ordered)
    return Rain(tuple(ordered), rates, ordered[-1] + STEP_S if ordered else 0)


async def rain_ahead(city: City, horizon: int) -> RainAhead:
    """Rain that is expected: of the weather service, else as it falls now and dies down."""
    now = city.now() // SECOND
    for service in await city.entities("WeatherForecast"):
        attribute = city.attribute(service, "rainOutlook")
        if attribute is not None and _is_of_now(city, attribute):
            found = _outlook(attribute.value)
            if found is not None:
                return found
    falling = await rain_now(city) or 0.0
    times = tuple(range(now, now + horizon, STEP_S))
    rates = tuple(falling * 0.5 ** ((time - now) / HALF_LIFE_S) for time in times)
    spread = tuple(PERSISTENCE_DOUBT * rate for rate in rates)
    return RainAhead(Rain(times, rates, now + horizon), spread, "rain as it falls now, fading")


def _is_of_now(city: City, attribute: Attribute) -> bool:
    told = attribute.observed_at
    return told is not None and abs(city.now() - told) < 40 * MINUTE


def _outlook(value: object) -> RainAhead | None:
    """A forecast's staircase; None where it is none that can be read."""
    if not isinstance(value, dict):
        return None
    try:
        ends = [parse(str(time), where="rainOutlook.at") // SECOND for time in value["at"]]
        rates = [max(float(one), 0.0) for one in value["rain"]]
        spread = [max(float(one), 0.0) for one in value.get("uncertainty", [0.0] * len(rates))]
    except (KeyError, TypeError, ValueError, KotaError):
        return None
    if not ends or not len(ends) == len(rates) == len(spread):
        return None
    begins = tuple(end - STEP_S for end in ends)
    return RainAhead(Rain(begins, tuple(rates), ends[-1]), tuple(spread), "the rain forecast")
