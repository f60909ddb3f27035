"""Drinking water: the live network, its balance and its tanks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kota.solution import Panel, Periodic, Plant, Route, Solution
from kota.solutions.water.terms import TERMS

if TYPE_CHECKING:
    import typer

    from kota.city import City
    from kota.operate.alarms import AlarmDefinition
    from kota.operate.commands.actuator import ActuatorDefinition


_HERE = Path(__file__).parent


def _tasks(_: City) -> Sequence[Periodic]:
    from kota.solutions.water.live.tasks import live_tasks
    from kota.solutions.water.outlook.live import ahead_tasks
    from kota.solutions.water.tasks import TASKS

    return (*TASKS, *live_tasks(), *ahead_tasks())


def _routes(city: City) -> Sequence[Route]:
    from kota.solutions.water.live.routes import live_routes
    from kota.solutions.water.outlook.live import ahead_routes

    return (*live_routes(city), *ahead_routes(city))


def _panel() -> Panel:
    from kota.solutions.water.panel import make_panel

    return make_panel()


def _commands() -> typer.Typer:
    from kota.solutions.water.cli import make_commands

    return make_commands()


def _plant(seed: int) -> Plant:
    from kota.solutions.water.plant import net3_plant

    return net3_plant(seed)


def _alarms() -> Sequence[AlarmDefinition]:
    from kota.solutions.water.alarms import ALARMS

    return ALARMS


def _actuators() -> Sequence[ActuatorDefinition]:
    from kota.solutions.water.actuators import ACTUATORS

    return ACTUATORS


solution = Solution(
    name="water",
    title="Drinking water",
    alias="water",
    description="Balances a drinking water network, forecasts its tanks and finds leaks.",
    reads={
        "Building": ["suppliedBy", "residents"],
        "Junction": ["pressure", "supply", "elevation", "baseDemand"],
        "Pipe": [
            *("name", "location", "flow", "startsAt", "endsAt", "initialStatus"),
            *("length", "diameter", "roughness", "minorLoss"),
        ],
        "Pump": ["flow", "power", "status", "control", "startsAt", "endsAt", "fills"],
        "SectionValve": ["control", "shuts", "standsAt"],
        "Valve": ["setting", "startsAt", "endsAt", "valveType", "diameter"],
        "Tank": ["level", "minLevel", "maxLevel", "nominalDiameter", "elevation"],
        "Reservoir": ["reservoirHead"],
        "WaterQualityObserved": ["turbidity", "standsAt"],
    },
    writes={
        "WaterNetwork": [
            *("inflow", "consumption", "storageChange", "unaccounted", "coverage"),
            *("leastPressureAhead", "leastPressure24h", "warningsAhead", "hoursToTrouble"),
        ],
        "Tank": ["storedVolume", "levelForecast", "levelOutlook", "levelAhead", "suspect"],
        "Junction": ["suspect"],
        "Pipe": ["suspect"],
        "Pump": ["suspect"],
        "WaterLeak": [
            *("name", "status", "location", "leakFlow", "lostVolume", "beganAt", "affects"),
            *("likeliestPipe", "confidence", "candidates", "stretchConfidence", "valvesToShut"),
            *("buildingsWithoutWater", "residentsWithoutWater", "demandWithoutWater"),
        ],
    },
    terms=TERMS,
    permissions=("water.command",),
    tasks=_tasks,
    routes=_routes,
    panel=_panel,
    commands=_commands,
    plant=_plant,
    alarms=_alarms,
    actuators=_actuators,
    profiles=tuple(sorted((_HERE / "profiles").glob("*.toml"))),
    phrases=_HERE / "phrases",
)
