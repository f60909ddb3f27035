"""How people move: counted, forecast, and never known by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kota.solution import Panel, Plant, Solution, Task
from kota.solutions.people_flow.forecast.terms import (
    FORECAST_READS,
    FORECAST_TERMS,
    FORECAST_WRITES,
)
from kota.solutions.people_flow.privacy.terms import (
    PRIVACY_READS,
    PRIVACY_TERMS,
    PRIVACY_WRITES,
)
from kota.solutions.people_flow.streets.terms import STREET_READS, STREET_TERMS, STREET_WRITES

if TYPE_CHECKING:
    import typer

    from kota.city import City
    from kota.operate.alarms import AlarmDefinition

_HERE = Path(__file__).parent


def _commands() -> typer.Typer:
    from kota.solutions.people_flow.cli import make_commands

    return make_commands()


def _tasks(_city: City) -> Sequence[Task]:
    from kota.solutions.people_flow.forecast.tasks import FORECAST_TASKS
    from kota.solutions.people_flow.privacy.budget_task import BUDGET_TASK
    from kota.solutions.people_flow.privacy.sightings_tasks import sighting_task
    from kota.solutions.people_flow.streets.crowding_tasks import crowding_task
    from kota.solutions.people_flow.streets.passing_tasks import PASSING_TASK
    from kota.solutions.people_flow.streets.tasks import street_tasks

    return (
        sighting_task(),
        BUDGET_TASK,
        *FORECAST_TASKS,
        *street_tasks(),
        PASSING_TASK,
        crowding_task(),
    )


def _panel() -> Panel:
    from kota.solutions.people_flow.panel import make_panel

    return make_panel()


def _plant(seed: int) -> Plant:
    from kota.solutions.people_flow.pedestrians.plant import grid_plant

    return grid_plant(seed)


def _alarms() -> Sequence[AlarmDefinition]:
    from kota.solutions.people_flow.alarms import ALARMS

    return ALARMS


def _joined(*tables: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """Attribute names by type, of several parts of the solution."""
    kinds = dict.fromkeys(kind for table in tables for kind in table)
    return {
        kind: tuple(dict.fromkeys(name for table in tables for name in table.get(kind, ())))
        for kind in kinds
    }


solution = Solution(
    name="people_flow",
    title="People flow",
    alias="flow",
    description="Understands how people move through the city, without knowing who they are.",
    reads=_joined(PRIVACY_READS, FORECAST_READS, STREET_READS),
    writes=_joined(PRIVACY_WRITES, FORECAST_WRITES, STREET_WRITES),
    terms={**PRIVACY_TERMS, **FORECAST_TERMS, **STREET_TERMS},
    tasks=_tasks,
    panel=_panel,
    commands=_commands,
    plant=_plant,
    alarms=_alarms,
    profiles=tuple(sorted((_HERE / "profiles").glob("*.toml"))),
    phrases=_HERE / "phrases",
)
