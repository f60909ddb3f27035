"""The solutions, how they do, and what the operator sees of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import msgspec
from fastapi import APIRouter, Response

from kota.api.kota.answers import Model, problems, quick
from kota.errors import NotFoundError
from kota.model.instant import render
from kota.supervisor import SolutionHealth

if TYPE_CHECKING:
    from kota.api.rooms import Rooms


class TaskView(Model):
    """How one task of a solution does."""

    name: str
    title: str
    state: str
    last_run: str | None
    last_error: str | None
    runs: int
    failures: int


class HealthView(Model):
    """How a solution does: as its worst task."""

    state: str
    tasks: list[TaskView]


class SolutionView(Model):
    """One solution."""

    name: str
    title: str
    alias: str
    description: str
    health: HealthView


class ColorBy(Model):
    """The attribute that colours a layer, and its range."""

    attribute: str
    unit: str | None = None
    min: float
    max: float
    palette: str


class Layer(Model):
    """The entities of one type on the map."""

    id: str
    title: str
    type: str
    geometry: Literal["point", "line", "area"]
    color_by: ColorBy | None = None
    icon: str | None = None


class Card(Model):
    """One attribute of one entity, large, with the range it should stay in."""

    id: str
    title: str
    entity: str
    attribute: str
    unit: str | None = None
    min: float | None = None
    max: float | None = None
    target: float | None = None


class Series(Model):
    """One line of a chart."""

    entity: str
    attribute: str


class ChartView(Model):
    """Several series over the same time."""

    id: str
    title: str
    series: list[Series]


class Page(Model):
    """A page of its own, at `/systems/<solution>/<id>` of the dashboard."""

    id: str
    title: str


class Panel(Model):
    """What the operator sees of a solution."""

    title: str
    pages: list[Page]
    layers: list[Layer]
    cards: list[Card]
    charts: list[ChartView]


def _health(health: SolutionHealth | None) -> HealthView:
    if health is None:
        return HealthView(state="starting", tasks=[])
    return HealthView(
        state=str(health.state),
        tasks=[
            TaskView(
                name=task.name,
                title=task.title,
                state=str(task.state),
                last_run=None if task.last_run is None else render(task.last_run),
                last_error=task.last_error,
                runs=task.runs,
                failures=task.failures,
            )
            for task in health.tasks
        ],
    )


def router(rooms: Rooms) -> APIRouter:
    """The endpoints of this topic."""
    routes = APIRouter(tags=["solutions"])

    @routes.get("/solutions")
    async def solutions() -> list[SolutionView]:
        """All solutions, by name, and how they do."""
        states = {health.name: health for health in rooms.supervisor.health()}
        return [
            SolutionView(
                name=solution.name,
                title=solution.title,
                alias=solution.alias,
                description=solution.description,
                health=_health(states.get(solution.name)),
            )
            for solution in rooms.solutions
        ]

    @routes.get("/solutions/{name}/panel", response_model=Panel, responses=problems(404))
    async def panel(name: str) -> Response:
        """A solution's panel, as data."""
        found: dict[str, Any] = {solution.name: solution.panel for solution in rooms.solutions}
        if name not in found:
            raise NotFoundError(f"solution {name!r}: there is none")
        if found[name] is None:
            raise NotFoundError(f"solution {name!r} has no panel")
        return quick(
            {"layers": [], "cards": [], "charts": [], **msgspec.to_builtins(found[name]())}
        )

    return routes
