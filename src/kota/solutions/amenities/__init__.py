"""Amenities: who can reach what on foot, and where new places would help most."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kota.solution import Panel, Periodic, Route, Solution
from kota.solutions.amenities.kinds import KINDS
from kota.solutions.amenities.terms import TERMS

if TYPE_CHECKING:
    import typer

    from kota.city import City


def _tasks(city: City) -> Sequence[Periodic]:
    from kota.solutions.amenities.tasks import make_tasks

    return make_tasks(city)


def _routes(city: City) -> Sequence[Route]:
    from kota.solutions.amenities.api import make_routes

    return make_routes(city)


def _panel() -> Panel:
    from kota.solutions.amenities.panel import make_panel

    return make_panel()


def _commands() -> typer.Typer:
    from kota.solutions.amenities.cli import make_commands

    return make_commands()


solution = Solution(
    name="amenities",
    title="Amenities",
    alias="amenities",
    description="Measures who can reach which places on foot, and finds where new ones help most.",
    reads={
        "Building": ["location", "address", "residents", "residentsByAge"],
        "PointOfInterest": [
            "location",
            "name",
            "category",
            "capacity",
            "openingHours",
            "promisedUse",
        ],
        "Garden": ["location", "name", "category", "promisedUse"],
        "RoadSegment": ["location", "name", "slope", "shade"],
        "CrowdFlowObserved": ["location", "peopleCount"],
    },
    writes={
        "Building": [*(kind.attribute for kind in KINDS), "accessScore"],
        "PointOfInterest": ["servedPeople", "catchmentLoad", "usage", "useRatio"],
        "Garden": ["servedPeople", "catchmentLoad", "usage", "useRatio"],
        "AmenityAccess": [
            "name",
            "amenityKind",
            "servedPeople",
            "withinGoal",
            "unreached",
            "meanWalk",
            "p90Walk",
            "worstDecileWalk",
            "giniWalk",
            "roomPerPerson",
            "byNeighbourhood",
            "byGroup",
        ],
        "AmenityScenario": ["name", "scenario"],
    },
    terms=TERMS,
    permissions=("amenities.plan",),
    tasks=_tasks,
    routes=_routes,
    panel=_panel,
    commands=_commands,
    phrases=Path(__file__).parent / "phrases",
)
