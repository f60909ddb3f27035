"""Control as a task: readings to the controller, its settings as commands through `operate`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from kota.city import City, Reading, Statement
from kota.model.instant import SECOND
from kota.model.quality import Level, Quality, Source
from kota.operate.commands.life import State
from kota.solutions.sewage import present
from kota.solutions.sewage.assets import entity_of
from kota.solutions.sewage.control import Controller
from kota.solutions.sewage.site import NETWORK, Site, running_site

LEAST_MOVE: Final = 0.02
"""A gate is not moved for less."""
EXPIRES_S: Final = 240.0


@dataclass(slots=True)
class _Running:
    """The controller of one city, and when it last decided [µs]."""

    site: Site
    controller: Controller
    at: int


_running: dict[str, _Running] = {}


async def control(city: City) -> None:
    """Decide how far the gates are open, and command those that are left to automation."""
    site = await running_site(city)
    if not site.config.actuators:
        return
    running = _of(city, site)
    sensors = site.config.sensors
    now = city.now()
    told = await present.depths(city, site, sensors.depths)
    settings = running.controller.step(
        datetime.fromtimestamp(now / SECOND, UTC),
        told,
        await present.flows(city, site, sensors.flows),
        await present.rain_now(city),
    )
    running.at = now
    standing = await present.openings(city, site)
    reason = _reason(running.controller, told)
    sent = refused = 0
    for actuator, wanted in settings.items():
        setting = round(wanted, 2)
        if abs(standing.get(actuator, -1.0) - setting) < LEAST_MOVE:
            continue
        done = await _command(city, site, actuator, setting, reason)
        sent += done is not None and done not in (State.REFUSED, State.LOGGED)
        refused += done is State.REFUSED
    await city.state([_said(running.controller, reason, sent, refused)])


def _of(city: City, site: Site) -> _Running:
    """The city's controller; a new one where time was set back or the site has changed."""
    key = str(city.folder)
    found = _running.get(key)
    if found is None or found.site is not site or city.now() < found.at:
        found = _running[key] = _Running(site, Controller(site.config), 0)
    return found


async def _command(
    city: City, site: Site, actuator: str, setting: float, reason: str
) -> State | None:
    """Want a setting; what a person keeps in hand is left alone."""
    entity_id = entity_of(site.sewers.links[actuator].kind, actuator)
    entity = await city.entity(entity_id)
    if entity is None or city.value(entity, "controlMode") in (None, "manual"):
        return None
    command = await city.command(entity_id, setting, reason=reason, expires_in=EXPIRES_S)
    return command.state


def _reason(controller: Controller, told: dict[str, float]) -> str:
    """Why, in words for the operator."""
    fullest = max(
        controller.config.storages,
        key=lambda one: told.get(one.id, 0.0) / one.max_depth,
        default=None,
    )
    blind = [notice.id for notice in controller.notices if "is not seen" in notice.what]
    if blind:
        return f"{', '.join(blind)}: not seen, so their gates open towards the safe setting"
    if fullest is None:
        return "as the rules say"
    share = told.get(fullest.id, 0.0) / fullest.max_depth
    return f"equal filling within the limits; {fullest.id} is fullest at {share:.0%}"


def _said(controller: Controller, reason: str, sent: int, refused: int) -> Statement:
    faults = "; ".join(f"{notice.id} {notice.what}" for notice in controller.notices[:4])
    words = f"{reason}. Moved {sent} gates" + (f", {refused} refused" if refused else "")
    level = Level.UNCERTAIN if faults else Level.GOOD
    quality = Quality(level, Source.ESTIMATED, faults[:200] or "control step")
    said = {"controlReason": Reading(words, quality=quality)}
    return Statement(NETWORK, "WasteWaterNetwork", said)
