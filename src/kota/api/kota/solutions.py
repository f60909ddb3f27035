"""The solutions, how they do, and what the operator sees of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import msgspec
from fastapi import APIRouter, Request, Response

from kota import solution
from kota.api.eyes import eyes_of
from kota.api.kota.answers import Model, problems, quick
from kota.api.kota.tables import TableView, rows_of
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
    shown: bool = True


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
    """One line of a chart; an `outlook` is drawn ahead of now from a JsonProperty."""

    entity: str
    attribute: str
    outlook: bool = False


class Threshold(Model):
    """A level across a chart that means something."""

    value: float
    title: str


class ChartView(Model):
    """Several series over the same time."""

    id: str
    title: str
    series: list[Series]
    thresholds: tuple[Threshold, ...] = ()


class Column(Model):
    """One attribute of the entities in a table; `unit` stands in the place of their own."""

    attribute: str
    title: str
    unit: str | None = None


class Table(Model):
    """A live list of entities; its rows are at `/solutions/{name}/tables/{id}`."""

    id: str
    title: str
    type: str
    columns: list[Column]
    where: str = ""
    sort_by: str = ""
    descending: bool = True
    limit: int = 20


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
    tables: list[Table]


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
                name=one.name,
                title=one.title,
                alias=one.alias,
                description=one.description,
                health=_health(states.get(one.name)),
            )
            for one in rooms.solutions
        ]

    @routes.get("/solutions/{name}/panel", response_model=Panel, responses=problems(404))
    async def panel(name: str) -> Response:
        """A solution's panel, as data."""
        empty: dict[str, Any] = {"layers": [], "cards": [], "charts": [], "tables": []}
        return quick({**empty, **msgspec.to_builtins(panel_of(name))})

    @routes.get("/solutions/{name}/tables/{table_id}", responses=problems(404))
    async def table(request: Request, name: str, table_id: str) -> TableView:
        """The rows of a table in a solution's panel, as they are now."""
        for shown in panel_of(name).tables:
            if shown.id == table_id:
                return await rows_of(rooms, eyes_of(rooms, request.scope), shown)
        raise NotFoundError(f"solution {name!r} has no table {table_id!r}")

    def panel_of(name: str) -> solution.Panel:
        for one in rooms.solutions:
            if one.name == name:
                if one.panel is None:
                    raise NotFoundError(f"solution {name!r} has no panel")
                return one.panel()
        raise NotFoundError(f"solution {name!r}: there is none")

    return routes
