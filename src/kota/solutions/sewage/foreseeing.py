"""The look-ahead as a task: the twin is brought up to date, and the model runs ahead of it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec

from kota.city import City, Reading, Statement
from kota.errors import NotReadyError
from kota.model.entity import Kind
from kota.model.instant import SECOND, render
from kota.model.quality import Level, Quality, Source
from kota.solutions.sewage import present
from kota.solutions.sewage.ahead import Forecaster, Looking, Outlook, Risk, look_ahead
from kota.solutions.sewage.assets import entity_of
from kota.solutions.sewage.network import Sewers
from kota.solutions.sewage.site import NETWORK, Site, running_site
from kota.solutions.sewage.terms import CUBIC_METRE, CUBIC_METRE_PER_SECOND, MINUTE, PERCENT, SHARE
from kota.solutions.sewage.twin import Following, Snapshot, follow
from kota.solutions.sewage.watching import NONE, offset_of

HORIZON_S: Final = 3 * 3600
RUN_UP_S: Final = 6 * 3600
"""A twin that is new, or was left behind, begins dry so long ago."""
STALE_S: Final = 2 * 3600
STATE: Final = "twin.hsf"
SNAPSHOT: Final = "twin.json"
DRY_MM: Final = 0.2
PATIENCE_S: Final = 55.0
FORECASTER: Final[Forecaster] = look_ahead
"""What forecasts; whatever takes its place answers with an `Outlook`."""


async def state_outlook(city: City) -> None:
    """Bring the twin up to date, look ahead, and state what may come."""
    site = await running_site(city)
    twin = await _followed(city, site)
    now = twin.at
    automatic = await _is_automatic(city, site)
    looking = Looking(
        site.model,
        _path(city, STATE),
        now,
        HORIZON_S,
        offset_of(city),
        await present.rain_ahead(city, HORIZON_S),
        await present.openings(city, site),
        {},
        site.config if automatic else None,
    )
    outlook = await city.compute(FORECASTER, looking, timeout_s=PATIENCE_S)
    await city.state(
        [
            *_whole(outlook, automatic=automatic),
            *_places(outlook),
            *await _floods(city, site, outlook),
            *_twin(site, twin),
            *await _strange(city, site, twin),
        ]
    )


def read_snapshot(city: City) -> Snapshot | None:
    """How the twin stood when it was last brought up to date."""
    path = _path(city, SNAPSHOT)
    try:
        return msgspec.json.decode(path.read_bytes(), type=Snapshot)
    except (OSError, msgspec.MsgspecError):
        return None


async def _followed(city: City, site: Site) -> Snapshot:
    end = city.now() // SECOND // 60 * 60
    state, before = _path(city, STATE), read_snapshot(city)
    begin = end - RUN_UP_S
    if before is not None and state.exists() and 0 <= end - before.at <= STALE_S:
        begin = before.at
    else:
        state.unlink(missing_ok=True)
    if before is not None and begin == end:
        return before
    stores = [node.id for node in site.sewers.of_kind("storage")]
    rain = await present.rain_since(city, end - RUN_UP_S, end)
    fallen = sum(rain.intensities) / 6.0
    told = await present.readings(city, "storage", stores, "depth")
    for well in _wells(site):
        told.pop(well, None)
    following = Following(
        site.model,
        state,
        begin,
        end,
        offset_of(city),
        rain,
        await present.openings(city, site),
        told,
        fallen < DRY_MM,
    )
    snapshot: Snapshot = await city.compute(follow, following, timeout_s=PATIENCE_S)
    _path(city, SNAPSHOT).write_bytes(msgspec.json.encode(snapshot))
    return snapshot


def _wells(site: Site) -> set[str]:
    """Stores that pumps empty: their level goes up and down in minutes, and tells nothing."""
    return {pump.start for pump in site.sewers.links_of("pump")}


async def _is_automatic(city: City, site: Site) -> bool:
    """Whether any gate is left to automatic control."""
    for one in site.config.actuators:
        entity = await city.entity(entity_of(site.sewers.links[one.id].kind, one.id))
        if entity is not None and city.value(entity, "controlMode") == "automatic":
            return True
    return False


def _whole(outlook: Outlook, *, automatic: bool) -> list[Statement]:
    gates = "with gates in automatic" if automatic else "with gates as they are"
    quality = Quality(Level.GOOD, Source.FORECAST, f"{outlook.rain.source}, {gates}"[:120])
    at = outlook.now * SECOND
    curve = {
        "at": [render(time * SECOND) for time in outlook.times],
        "overflow": list(outlook.rates),
        "uncertainty": list(outlook.rate_doubt),
    }
    rain = {
        "at": [render((time + 600) * SECOND) for time in outlook.rain.expected.times],
        "rain": list(outlook.rain.expected.intensities),
        "uncertainty": list(outlook.rain.spread),
    }
    readings = {
        **_risk("overflow", outlook.overflow, at, quality),
        **_risk("flood", outlook.flood, at, quality),
        "overflowOutlook": Reading(curve, None, at, quality, kind=Kind.JSON_PROPERTY),
        "rainOutlook": Reading(rain, None, at, quality, kind=Kind.JSON_PROPERTY),
    }
    return [Statement(NETWORK, "WasteWaterNetwork", readings)]


def _risk(name: str, risk: Risk, at: int, quality: Quality) -> dict[str, Reading]:
    lead = (risk.lead if risk.lead is not None else HORIZON_S) / 60.0
    return {
        f"{name}Expected": Reading(round(risk.expected, 1), CUBIC_METRE, at, quality),
        f"{name}Probability": Reading(round(100 * risk.probability, 1), PERCENT, at, quality),
        f"{name}LeadTime": Reading(round(lead), MINUTE, at, quality),
    }


def _places(outlook: Outlook) -> list[Statement]:
    quality = Quality(Level.GOOD, Source.FORECAST, outlook.rain.source)
    at = outlook.now * SECOND
    statements = []
    for name, risk in outlook.outfalls.items():
        readings = {
            "overflowExpected": Reading(round(risk.expected, 1), CUBIC_METRE, at, quality),
            "overflowProbability": Reading(round(100 * risk.probability, 1), PERCENT, at, quality),
        }
        statements.append(Statement(entity_of("outfall", name), "WasteWaterOutfall", readings))
    times = [render(time * SECOND) for time in outlook.times]
    for name, depths in outlook.depths.items():
        doubt = list(outlook.depth_doubt[name])
        curve = {"at": times, "depth": list(depths), "uncertainty": doubt}
        readings = {"depthOutlook": Reading(curve, None, at, quality, kind=Kind.JSON_PROPERTY)}
        statements.append(Statement(entity_of("storage", name), "WasteWaterTank", readings))
    return statements


async def _floods(city: City, site: Site, outlook: Outlook) -> list[Statement]:
    """Where water may come out of the ground; places that were named and are safe now say so."""
    quality = Quality(Level.GOOD, Source.FORECAST, outlook.rain.source)
    at = outlook.now * SECOND
    expected = {
        entity_of(site.sewers.nodes[name].kind, name): risk.expected
        for name, risk in outlook.nodes.items()
        if site.sewers.nodes[name].kind in ("junction", "divider") and risk.expected >= 1.0
    }
    statements = []
    for entity in await city.entities("WasteWaterJunction"):
        before = city.value(entity, "floodExpected")
        value = round(expected.get(entity.id, 0.0), 1)
        if value > 0 or before:
            readings = {"floodExpected": Reading(value, CUBIC_METRE, at, quality)}
            statements.append(Statement(entity.id, "WasteWaterJunction", readings))
    return statements


def _twin(site: Site, twin: Snapshot) -> list[Statement]:
    """How full the sewers are by the twin: all of them each time, so that none looks forgotten."""
    quality = Quality(Level.GOOD, Source.ESTIMATED, "model that follows the rain and the levels")
    metered = set(site.config.sensors.flows)
    statements = [
        Statement(
            entity_of("conduit", name),
            "WasteWaterConduit",
            {"capacityUsed": Reading(share, SHARE, twin.at * SECOND, quality)},
        )
        for name, share in twin.shares.items()
        if name not in metered
    ]
    inflow = _plant_inflow(site.sewers, twin)
    if inflow is not None:
        flow = Reading(round(inflow, 4), CUBIC_METRE_PER_SECOND, twin.at * SECOND, quality)
        statements.append(
            Statement("urn:ngsi-ld:WasteWaterPlant:main", "WasteWaterPlant", {"plantInflow": flow})
        )
    return statements


def _plant_inflow(sewers: Sewers, twin: Snapshot) -> float | None:
    """What arrives at the outfalls that no weir leads to [m³/s]."""
    behind = {link.end for link in sewers.links_of("weir")}
    ends = {node.id for node in sewers.of_kind("outfall")} - behind
    flows = [twin.flows[link.id] for link in sewers.links.values() if link.end in ends]
    return sum(flows) if flows else None


async def _strange(city: City, site: Site, twin: Snapshot) -> list[Statement]:
    """Level sensors that say what cannot be."""
    statements = []
    for store in site.sewers.of_kind("storage"):
        entity = await city.entity(entity_of("storage", store.id))
        if entity is None:
            continue
        off = twin.strange.get(store.id)
        fault = NONE if off is None else f"{off:+.1f} m off in dry weather: it drifts"
        if city.value(entity, "sensorFault") != fault:
            quality = Quality(Level.UNCERTAIN, Source.ESTIMATED, "compared with the model")
            readings = {"sensorFault": Reading(fault, quality=quality)}
            statements.append(Statement(entity.id, "WasteWaterTank", readings))
    return statements


def _path(city: City, name: str) -> Path:
    if city.folder is None:
        raise NotReadyError("the sewage solution has no folder")
    return city.folder / name
