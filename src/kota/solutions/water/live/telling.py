"""What was found, as entities: a WaterLeak, and signals that are suspect."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from kota.city import Reading, Statement
from kota.model.entity import Kind
from kota.model.instant import render
from kota.model.quality import Level, Quality, Source
from kota.solutions.water.live.closing import BURST, Closing
from kota.solutions.water.live.explain import Lie
from kota.solutions.water.live.supplied import Supplied
from kota.solutions.water.live.watch import Ongoing
from kota.solutions.water.terms import CUBIC_METRE, CUBIC_METRE_PER_HOUR, urn

LEAK: Final = "WaterLeak"
_NAMED = 8
_FELT = 2.0
"""Junctions whose pressure it lowers by more are said to be affected [m]."""
_FOUND = Quality(Level.GOOD, Source.ESTIMATED, "signals held against the hydraulic model")
SUSPECT: Final = {
    "pressure": ("Junction", "pressure", "m"),
    "meter": ("Junction", "supply", "m³/h"),
    "flow": ("Pipe", "flow", "m³/h"),
    "pump": ("Pump", "flow", "m³/h"),
    "tank": ("Tank", "level", "m"),
}
"""Of each kind of lie: entity type, attribute, unit in words."""


def leak_id(since: int) -> str:
    """The id of a leak that was first seen then.

    >>> leak_id(1764285000000000)
    'urn:ngsi-ld:WaterLeak:20251127T2310'
    """
    return urn(LEAK, render(since)[:16].replace("-", "").replace(":", ""))


def leak_statement(town: Supplied, found: Ongoing, closing: Closing | None) -> Statement:
    """A leak as it stands."""
    pipes = tuple(town.network.pipes)
    order = [k for k in np.argsort(-found.leak.mass)[:_NAMED].tolist() if found.leak.mass[k] > 0.01]
    best = pipes[int(np.argmax(found.leak.mass))]
    is_open = found.status == "open"
    flow = round(found.leak.flow, 1) if is_open else 0.0
    sub: dict[str, float | str] = {"uncertainty": round(found.leak.spread if is_open else 0.0, 1)}
    size = "Burst" if found.leak.flow >= BURST else "Leak"
    candidates = {
        "pipes": [town.links[pipes[k]] for k in order],
        "probability": [round(float(found.leak.mass[k]), 3) for k in order],
    }

    def said(value: Any, unit: str | None = None, kind: Kind = Kind.PROPERTY) -> Reading:
        return Reading(value, unit, found.at, _FOUND, kind=kind)

    readings = {
        "name": said(f"{size}: {_title(town, best)}"),
        "status": said(found.status),
        "leakFlow": Reading(flow, CUBIC_METRE_PER_HOUR, found.at, _FOUND, sub=sub),
        "lostVolume": said(round(found.lost, 1), CUBIC_METRE),
        "beganAt": said(render(found.since)),
        "likeliestPipe": said(town.links[best], kind=Kind.RELATIONSHIP),
        "confidence": said(round(float(found.leak.mass.max()), 3), "C62"),
        "candidates": said(candidates, kind=Kind.JSON_PROPERTY),
        "affects": said(_affected(town, found, best), kind=Kind.LIST_RELATIONSHIP),
    }
    if town.places.get(best) is not None:
        readings["location"] = said(town.places[best], kind=Kind.GEO_PROPERTY)
    if closing is not None:
        valves = [town.sections[name] for name in closing.isolation.shut]
        if is_open:
            readings["valvesToShut"] = said(valves, kind=Kind.LIST_PROPERTY)
        readings |= {
            "stretchConfidence": said(round(closing.mass, 3), "C62"),
            "buildingsWithoutWater": said(closing.buildings, "C62"),
            "residentsWithoutWater": said(closing.residents, "C62"),
            "demandWithoutWater": said(round(closing.isolation.demand, 2), CUBIC_METRE_PER_HOUR),
        }
    return Statement(leak_id(found.since), LEAK, readings)


def closing_reason(town: Supplied, found: Ongoing, closing: Closing) -> str:
    """Why valves are to be shut, and who has no water then, for whoever approves."""
    best = tuple(town.network.pipes)[int(np.argmax(found.leak.mass))]
    return (
        f"Shuts off {_title(town, best)}, which lets out {found.leak.flow:.0f} ± "
        f"{found.leak.spread:.0f} m³/h ({closing.mass:.0%} sure of the stretch). Without water "
        f"then: {closing.buildings} buildings with {closing.residents} residents, "
        f"{closing.isolation.demand:.1f} m³/h. With it: {', '.join(closing.isolation.shut)}."
    )


def suspects(
    town: Supplied, lies: tuple[Lie, ...], before: frozenset[tuple[str, str]], at: int
) -> tuple[list[Statement], frozenset[tuple[str, str]]]:
    """Which signals are suspect, and which no longer are.

    Args:
        town: the network.
        lies: now.
        before: type and id of the entities that were said to be suspect.
        at: the moment [µs].

    Returns:
        Statements, and type and id of the entities that are suspect now.
    """
    words: dict[tuple[str, str], list[str]] = {}
    for lie in lies:
        kind, attribute, unit = SUSPECT[lie.kind]
        more = "more" if lie.by > 0 else "less"
        text = f"{attribute} tells {abs(lie.by):.1f} {unit} {more} than the rest allows"
        words.setdefault((kind, _entity(town, lie)), []).append(text)
    quality = Quality(Level.GOOD, Source.ESTIMATED, "signals held against each other")
    statements = [
        Statement(entity, kind, {"suspect": Reading(text, None, at, quality)})
        for (kind, entity), text in (
            *((key, "; ".join(texts)) for key, texts in words.items()),
            *((key, "") for key in sorted(before - words.keys())),
        )
    ]
    return statements, frozenset(words)


def _entity(town: Supplied, lie: Lie) -> str:
    names, urns = {
        "pressure": (town.loggers, town.nodes),
        "meter": (town.meters, town.nodes),
        "flow": (town.gauges, town.links),
        "pump": (town.pumps, town.links),
        "tank": (town.tanks, town.nodes),
    }[lie.kind]
    return urns[names[lie.column]]


def _affected(town: Supplied, found: Ongoing, pipe: str) -> list[str]:
    """What else may raise an alarm because of it."""
    link = town.network.pipes[pipe]
    felt = [town.loggers[k] for k in np.flatnonzero(found.drops < -_FELT)]
    names = dict.fromkeys([link.start, link.end, *felt, *town.network.tanks])
    return [town.id, town.links[pipe], *(town.nodes[name] for name in names)]


def _title(town: Supplied, pipe: str) -> str:
    return town.titles.get(pipe, f"pipe {pipe}")
