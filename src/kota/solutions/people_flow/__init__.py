"""How people move: counts cleaned and forecast."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kota.city import City
from kota.solution import Plant, Solution, Task
from kota.solutions.people_flow.privacy_terms import (
    PRIVACY_READS,
    PRIVACY_TERMS,
    PRIVACY_WRITES,
)

if TYPE_CHECKING:
    import typer


def _commands() -> typer.Typer:
    from kota.solutions.people_flow.cli import make_commands

    return make_commands()


def _tasks(_city: City) -> Sequence[Task]:
    from kota.solutions.people_flow.budget_task import BUDGET_TASK
    from kota.solutions.people_flow.sightings_tasks import sighting_task

    return (sighting_task(), BUDGET_TASK)


def _plant(seed: int) -> Plant:
    from kota.solutions.people_flow.plant import grid_plant

    return grid_plant(seed)


solution = Solution(
    name="people_flow",
    title="People flow",
    alias="flow",
    description="Understands how people move through the city, without knowing who they are.",
    reads=PRIVACY_READS,
    writes=PRIVACY_WRITES,
    terms=PRIVACY_TERMS,
    tasks=_tasks,
    commands=_commands,
    plant=_plant,
    profiles=tuple(sorted((Path(__file__).parent / "profiles").glob("*.toml"))),
)
