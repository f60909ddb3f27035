"""What the planner sees of access on the map and in figures."""

from __future__ import annotations

from kota.solution import Card, ColorBy, Layer, Page, Panel
from kota.solutions.amenities.kinds import KINDS, Kind
from kota.solutions.amenities.terms import MINUTES, ONE, urn


def make_panel() -> Panel:
    """Walks to each kind, the share of kinds in reach, and catchments of places."""
    score = ColorBy(attribute="accessScore", unit=ONE, min=0, max=1)
    served = ColorBy(attribute="servedPeople", unit=ONE, min=0, max=3000)
    return Panel(
        title="Amenities",
        pages=(Page(id="plan", title="Plan new places"),),
        layers=(
            Layer(
                id="score",
                title="Kinds of places in walking distance",
                type="Building",
                geometry="area",
                color_by=score,
            ),
            *(_walks(kind) for kind in KINDS),
            Layer(
                id="catchments",
                title="People for whom a place is the nearest",
                type="PointOfInterest",
                geometry="point",
                color_by=served,
            ),
        ),
        cards=tuple(card for kind in KINDS for card in _cards(kind)),
    )


def _walks(kind: Kind) -> Layer:
    scale = ColorBy(attribute=kind.attribute, unit=MINUTES, min=0, max=2 * kind.goal)
    return Layer(
        id=kind.name,
        title=f"Walk to {kind.title.lower()}",
        type="Building",
        geometry="area",
        color_by=scale,
    )


def _cards(kind: Kind) -> tuple[Card, ...]:
    entity = urn("AmenityAccess", kind.name)
    return (
        Card(
            id=f"{kind.name}-within",
            title=f"{kind.title}: people near enough",
            entity=entity,
            attribute="withinGoal",
            unit=ONE,
            min=0,
            max=1,
            target=1,
        ),
        Card(
            id=f"{kind.name}-p90",
            title=f"{kind.title}: nine in ten walk at most",
            entity=entity,
            attribute="p90Walk",
            unit=MINUTES,
            min=0,
            max=2 * kind.goal,
            target=kind.goal,
        ),
    )
