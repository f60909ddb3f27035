"""What if it rained more, a gate were shut, a sewer blocked: the model run ahead under changes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated

import msgspec

from kota.errors import InputError
from kota.solutions.sewage.ahead import Looking, Outlook, RainAhead, look_ahead
from kota.solutions.sewage.marching import Rain
from kota.solutions.sewage.network import Sewers
from kota.solutions.sewage.site import Site

STEP_S = 600
PLACES = 12

Factor = Annotated[float, msgspec.Meta(ge=0, le=5)]
Millimetres = Annotated[float, msgspec.Meta(ge=0, le=500)]
Hours = Annotated[float, msgspec.Meta(gt=0, le=12)]
Setting = Annotated[float, msgspec.Meta(ge=0, le=1)]


class Changes(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is asked.

    Args:
        rain: so many times what is expected.
        storm: instead of what is expected, so much rain [mm] in a bell over `storm_hours`.
        storm_hours: how long that storm lasts [h].
        gates: settings of gates and weirs, by id in the model [0..1]; control leaves them alone.
        blocked: conduits that carry nothing, by id in the model.
        controlled: whether Kota moves the other gates.
        hours: how far to look [h].
    """

    rain: Factor = 1.0
    storm: Millimetres | None = None
    storm_hours: Hours = 1.5
    gates: dict[str, Setting] = {}
    blocked: tuple[str, ...] = ()
    controlled: bool = True
    hours: Hours = 4.0


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Volume at one place [m³]."""

    id: str
    volume: float


class Course(msgspec.Struct, frozen=True, kw_only=True):
    """What comes.

    Args:
        overflow, flood: volumes [m³].
        overflow_in, flood_in: minutes until then; None: it does not come.
        outfalls, nodes: where, the largest first.
        rates: overflow [m³/s] at the answer's times.
    """

    overflow: float
    flood: float
    overflow_in: int | None
    flood_in: int | None
    outfalls: tuple[Place, ...]
    nodes: tuple[Place, ...]
    rates: tuple[float, ...]


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """With the changes and without.

    Args:
        times: of the curves [s since the epoch].
        rain: of the changed course [mm/h], at the same times.
        as_it_is, changed: the two courses.
    """

    times: tuple[int, ...]
    rain: tuple[float, ...]
    as_it_is: Course
    changed: Course


def check(site: Site, changes: Changes) -> None:
    """See that everything that is named is there.

    Raises:
        InputError: names what is not, and what was expected.
    """
    for name in changes.gates:
        link = site.sewers.links.get(name)
        if link is None or link.kind not in ("orifice", "weir", "outlet"):
            raise InputError(f"gates: {name!r} is no gate of the model; expected such as G1")
    for name in changes.blocked:
        link = site.sewers.links.get(name)
        if link is None or link.kind != "conduit":
            raise InputError(f"blocked: {name!r} is no conduit of the model; expected such as S1")


def compare(now: Looking, changes: Changes, site: Site) -> Compared:
    """Look ahead twice; for a worker process.

    Args:
        now: how things are, with the rain that is expected.
        changes: checked.
        site: the sewers.
    """
    horizon = round(changes.hours * 3600 / STEP_S) * STEP_S
    config = now.config if changes.controlled else None
    if config is not None:
        free = tuple(one for one in config.actuators if one.id not in changes.gates)
        config = msgspec.structs.replace(config, actuators=free)
    as_it_is = replace(now, horizon=horizon)
    changed = replace(
        as_it_is,
        rain=_rain(now.rain, changes, now.now),
        openings={**now.openings, **changes.gates},
        limits=dict.fromkeys(changes.blocked, 0.0),
        config=config,
    )
    before, after = (look_ahead(one, once=True) for one in (as_it_is, changed))
    return Compared(
        times=after.times,
        rain=tuple(round(changed.rain.expected.at(time - 1), 1) for time in after.times),
        as_it_is=_course(before, site.sewers),
        changed=_course(after, site.sewers),
    )


def _rain(expected: RainAhead, changes: Changes, now: int) -> RainAhead:
    if changes.storm is None:
        rates = tuple(rate * changes.rain for rate in expected.expected.intensities)
        return replace(expected, expected=replace(expected.expected, intensities=rates))
    steps = max(round(changes.storm_hours * 3600 / STEP_S), 1)
    shape = [math.sin(math.pi * (k + 0.5) / steps) ** 2 for k in range(steps)]
    rates = tuple(changes.storm * changes.rain * one / sum(shape) * 3600 / STEP_S for one in shape)
    times = tuple(now + STEP_S * k for k in range(steps))
    rain = Rain(times, rates, now + STEP_S * steps)
    return RainAhead(rain, (0.0,) * steps, "a storm that was asked for")


def _course(outlook: Outlook, sewers: Sewers) -> Course:
    nodes = {
        name: risk.expected
        for name, risk in outlook.nodes.items()
        if sewers.nodes[name].kind != "outfall"
    }
    outfalls = {name: risk.expected for name, risk in outlook.outfalls.items()}
    return Course(
        overflow=round(outlook.overflow.expected, 1),
        flood=round(outlook.flood.expected, 1),
        overflow_in=_minutes(outlook.overflow.lead),
        flood_in=_minutes(outlook.flood.lead),
        outfalls=_largest(outfalls),
        nodes=_largest(nodes),
        rates=outlook.rates,
    )


def _minutes(seconds: int | None) -> int | None:
    return None if seconds is None else round(seconds / 60)


def _largest(volumes: Mapping[str, float]) -> tuple[Place, ...]:
    ordered = sorted(volumes.items(), key=lambda item: (-item[1], item[0]))
    return tuple(
        Place(id=name, volume=round(volume, 1)) for name, volume in ordered[:PLACES] if volume >= 1
    )
