"""Sewage and storm water: gates, weirs and pumps that use every cubic metre of storage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kota.solution import Panel, Periodic, Route, Solution
from kota.solutions.sewage.terms import TERMS

if TYPE_CHECKING:
    import typer

    from kota.city import City
    from kota.operate.alarms import AlarmDefinition
    from kota.operate.commands.actuator import ActuatorDefinition
    from kota.solutions.sewage.config import ControlConfig
    from kota.solutions.sewage.control import Controller


def controller(config: Mapping[str, Any] | ControlConfig) -> Controller:
    """A controller that any simulator or site can drive, see `kota.solutions.sewage.control`.

    Args:
        config: the fields of `kota.solutions.sewage.config.ControlConfig`, ``from`` for
            `from_node`.

    Raises:
        ConfigurationError: names the field that is wrong and what was expected.
    """
    from kota.solutions.sewage.control import controller as make_controller

    return make_controller(config)


def _commands() -> typer.Typer:
    from kota.solutions.sewage.cli import make_commands

    return make_commands()


def _tasks(_: City) -> Sequence[Periodic]:
    from kota.solutions.sewage.tasks import TASKS

    return TASKS


def _routes(city: City) -> Sequence[Route]:
    from kota.solutions.sewage.api import make_routes

    return make_routes(city)


def _panel() -> Panel:
    from kota.solutions.sewage.panel import make_panel

    return make_panel()


def _alarms() -> Sequence[AlarmDefinition]:
    from kota.solutions.sewage.alarms import ALARMS

    return ALARMS


def _actuators() -> Sequence[ActuatorDefinition]:
    from kota.solutions.sewage.actuators import ACTUATORS

    return ACTUATORS


_HERE = Path(__file__).parent

solution = Solution(
    name="sewage",
    title="Sewage and storm water",
    alias="sewage",
    description="Warns of overflow and flooding, and moves gates so that every store is used.",
    reads={
        "WasteWaterTank": ["depth", "maxDepth", "storageCapacity"],
        "WasteWaterJunction": ["depth", "maxDepth"],
        "WasteWaterConduit": ["flow", "fullFlow", "startsAt", "endsAt"],
        "WasteWaterGate": ["opening", "flow", "controlMode", "startsAt", "endsAt"],
        "WasteWaterPump": ["flow", "power", "status", "control", "startsAt", "endsAt"],
        "WasteWaterOutfall": ["overflow"],
        "WasteWaterPlant": ["treatmentCapacity"],
        "WeatherObserved": ["precipitation"],
        "WeatherForecast": ["rainOutlook", "precipitationForecast"],
    },
    writes={
        "WasteWaterNetwork": [
            "storedVolume",
            "filling",
            "rainfall",
            "inflow",
            "dryWeatherFlow",
            "infiltration",
            "flowExcess",
            "overflowedVolume",
            "overflowExpected",
            "overflowProbability",
            "overflowLeadTime",
            "overflowOutlook",
            "floodExpected",
            "floodProbability",
            "floodLeadTime",
            "rainOutlook",
            "controlReason",
        ],
        "WasteWaterTank": ["storedVolume", "filling", "depthOutlook", "sensorFault"],
        "WasteWaterJunction": ["floodExpected"],
        "WasteWaterConduit": ["capacityUsed"],
        "WasteWaterPump": ["pumpFault", "specificEnergy"],
        "WasteWaterOutfall": ["overflowedVolume", "overflowExpected", "overflowProbability"],
        "WasteWaterPlant": ["plantInflow"],
    },
    terms=TERMS,
    permissions=("sewage.command", "sewage.plan"),
    tasks=_tasks,
    routes=_routes,
    panel=_panel,
    commands=_commands,
    alarms=_alarms,
    actuators=_actuators,
    profiles=tuple(sorted((_HERE / "profiles").glob("*.toml"))),
    phrases=_HERE / "phrases",
)
