"""What the telemetry says of the sewers: filling, capacity, pumps, what has overflowed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

import numpy as np

from kota.city import City, Reading, Statement
from kota.model.instant import DAY, SECOND
from kota.model.quality import Level, Quality, Source
from kota.solutions.sewage import dry_weather, present
from kota.solutions.sewage.assets import entity_of
from kota.solutions.sewage.network import Node
from kota.solutions.sewage.pumps import AUTO, STAND, levels
from kota.solutions.sewage.sections import Sections
from kota.solutions.sewage.site import NETWORK, Site, running_site
from kota.solutions.sewage.telemetry import split
from kota.solutions.sewage.terms import (
    CUBIC_METRE,
    CUBIC_METRE_PER_SECOND,
    MILLIMETRE_PER_HOUR,
    SHARE,
    urn,
)

PLANT: Final = urn("WasteWaterPlant", "main")
LEARN: Final = 21 * DAY
HIGH_M: Final = 0.4
"""A well so far above where its pump starts, and the pump stands: it has failed."""
NONE: Final = "none"
_ESTIMATED: Final = Quality(Level.GOOD, Source.ESTIMATED, "from telemetry")


async def state_stores(city: City) -> None:
    """State how full each store is, what flows, and how its pumps do."""
    site = await running_site(city)
    stores = site.sewers.of_kind("storage")
    told = await present.readings(city, "storage", [one.id for one in stores], "depth")
    statements = [_store(one, told[one.id]) for one in stores if one.id in told]
    statements += await _conduits(city, site)
    statements += await _pumps(city, site, told)
    statements += await _overflowed(city, site)
    held = {one.id: one for one in stores if one.id in told and one.id in _controlled(site)}
    if held:
        volumes = {name: volume_at(one, told[name]) for name, one in held.items()}
        whole = sum(one.volume for one in held.values())
        readings = {
            "storedVolume": _number(sum(volumes.values()), CUBIC_METRE, 1),
            "filling": _number(sum(volumes.values()) / whole, SHARE, 3),
        }
        rain = await present.rain_now(city)
        if rain is not None:
            readings["rainfall"] = _number(rain, MILLIMETRE_PER_HOUR, 1)
        statements.append(Statement(NETWORK, "WasteWaterNetwork", readings))
    await city.state(statements)


def volume_at(store: Node, depth: float) -> float:
    """What a store holds at a depth, with upright walls [m³]."""
    return store.volume * min(max(depth / store.max_depth, 0.0), 1.0)


def _controlled(site: Site) -> set[str]:
    named = {one.id for one in site.config.storages}
    return named or {one.id for one in site.sewers.of_kind("storage")}


def _store(store: Node, depth: float) -> Statement:
    volume = volume_at(store, depth)
    return Statement(
        entity_of("storage", store.id),
        "WasteWaterTank",
        {
            "storedVolume": _number(volume, CUBIC_METRE, 1),
            "filling": _number(volume / max(store.volume, 1e-9), SHARE, 3),
        },
    )


async def _conduits(city: City, site: Site) -> list[Statement]:
    """How much of their capacity the metered sewers use."""
    conduits = [name for name in site.config.sensors.flows if _is_conduit(site, name)]
    told = await present.flows(city, site, conduits)
    statements = []
    for name, flow in told.items():
        capacity = site.sewers.links[name].capacity
        if capacity is not None:
            used = {"capacityUsed": _number(flow / capacity, SHARE, 3)}
            statements.append(Statement(entity_of("conduit", name), "WasteWaterConduit", used))
    return statements


def _is_conduit(site: Site, name: str) -> bool:
    return site.sewers.links[name].kind == "conduit"


async def _pumps(city: City, site: Site, depths: dict[str, float]) -> list[Statement]:
    """Pumps that stand although their well is high, and what the others draw for each m³."""
    switching = levels(Sections(site.model)["PUMPS"])
    statements = []
    for pump in site.sewers.links_of("pump"):
        entity = await city.entity(entity_of("pump", pump.id))
        if entity is None or pump.start not in depths:
            continue
        status, control = city.value(entity, "status"), city.value(entity, "control")
        high = depths[pump.start] > switching[pump.id].start + HIGH_M
        wanted = control == AUTO or control is None
        fault = NONE
        if status == STAND and high and wanted:
            fault = "stands though its well is high"
        readings = {"pumpFault": Reading(fault, quality=_ESTIMATED)}
        power = present.fresh(city, city.attribute(entity, "power"))
        flow = present.fresh(city, city.attribute(entity, "flow"))
        if power is not None and flow is not None and flow > 0.02:
            readings["specificEnergy"] = _number(power / (flow * 3600), "KWH", 4)
        statements.append(Statement(entity.id, "WasteWaterPump", readings))
    return statements


async def _overflowed(city: City, site: Site) -> list[Statement]:
    """What has gone over since midnight, at each outfall and in all."""
    outfalls = {entity_of("outfall", node.id): node.id for node in site.sewers.of_kind("outfall")}
    now = city.now()
    begin = _midnight(city, now)
    table = await city.history(list(outfalls), ["overflow"], start=begin, end=now + 1)
    statements, total = [], 0.0
    told = split(table)
    for entity, (times, rates) in told.items():
        volume = float(np.trapezoid(np.maximum(rates, 0.0), times))
        total += volume
        readings = {"overflowedVolume": _number(volume, CUBIC_METRE, 1)}
        statements.append(Statement(entity, "WasteWaterOutfall", readings))
    if told:
        whole = {"overflowedVolume": _number(total, CUBIC_METRE, 1)}
        statements.append(Statement(NETWORK, "WasteWaterNetwork", whole))
    return statements


async def state_flows(city: City) -> None:
    """State the dry-weather flow, what seeps in, and what rain has brought beyond."""
    site = await running_site(city)
    meter = next((name for name in site.config.sensors.flows if _is_conduit(site, name)), None)
    if meter is None:
        return
    entity = entity_of("conduit", meter)
    now, offset = city.now(), offset_of(city)
    table = await city.history([entity], ["flow"], start=now - LEARN, end=now + 1)
    none = np.empty(0, dtype=np.int64), np.empty(0)
    times, flows = split(table).get(entity, none)
    if not len(times):
        return
    rain = await present.rain_since(city, (now - LEARN) // SECOND, now // SECOND)
    wet = np.array(
        [t for t, rate in zip(rain.times, rain.intensities, strict=True) if rate > 0.3],
        dtype=np.int64,
    )
    found = dry_weather.pattern(times, flows, wet, offset=offset)
    readings = {"inflow": _number(float(flows[-1]), CUBIC_METRE_PER_SECOND, 4)}
    if np.isfinite(found).all():
        usual = dry_weather.at(found, int(times[-1]), offset=offset)
        readings |= {
            "dryWeatherFlow": _number(usual, CUBIC_METRE_PER_SECOND, 4),
            "infiltration": _number(dry_weather.infiltration(found), CUBIC_METRE_PER_SECOND, 4),
            "flowExcess": _number(float(flows[-1]) - usual, CUBIC_METRE_PER_SECOND, 4),
        }
    await city.state([Statement(NETWORK, "WasteWaterNetwork", readings)])


def offset_of(city: City) -> int:
    """Of the town's clocks from UTC [s], now."""
    if city.zone is None:
        return 0
    there = datetime.fromtimestamp(city.now() / SECOND, UTC).astimezone(city.zone).utcoffset()
    return 0 if there is None else round(there.total_seconds())


def _midnight(city: City, now: int) -> int:
    offset = offset_of(city) * SECOND
    return (now + offset) // DAY * DAY - offset


def _number(value: float, unit: str, digits: int) -> Reading:
    return Reading(round(value, digits), unit, quality=_ESTIMATED)
