"""What a solution of one city system is, what it is given, and how it is found.

A solution is a value: tables of what it reads and writes, and functions that make its tasks, its
panel, its commands and its simulated plant. It is found under the entry point group
`kota.solutions`, so one in another distribution needs no change here.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol

import msgspec

from kota.errors import KotaError, SolutionError
from kota.model.query import q

if TYPE_CHECKING:
    import typer

    from kota.city import City
    from kota.operate.alarms.definition import AlarmDefinition
    from kota.operate.commands.actuator import ActuatorDefinition
    from kota.store.state import Change

ENTRY_POINTS = "kota.solutions"
MOST_ROWS: Final = 200
"""Entities that a table of a panel shows at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Periodic:
    """A task that runs again and again.

    Args:
        name: unique within its solution.
        title: what it does, for the operator.
        period: from start to start [µs], in the time of the city's clock: a plant that runs
            sixty times faster is served sixty times as often.
        run: the work; it raises when it fails.
    """

    name: str
    title: str
    period: int
    run: Callable[[City], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reactive:
    """A task that runs when entities change.

    Args:
        name: unique within its solution.
        title: what it does, for the operator.
        types: short names of the entity types to watch; empty: all.
        attributes: short names of the attributes to watch; empty: all.
        run: is given the changes since it last ran, oldest first; it raises when it fails.
    """

    name: str
    title: str
    types: tuple[str, ...] = ()
    attributes: tuple[str, ...] = ()
    run: Callable[[City, Sequence[Change]], Awaitable[None]]


Task = Periodic | Reactive


class ColorBy(msgspec.Struct, frozen=True, kw_only=True):
    """The attribute that colours a layer, and the range of its scale."""

    attribute: str
    unit: str
    min: float
    max: float
    palette: str = "sequential"


class Layer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The entities of one type on the map.

    Args:
        shown: whether they are drawn before somebody asks for them.
    """

    id: str
    title: str
    type: str
    geometry: Literal["point", "line", "area"]
    color_by: ColorBy | None = None
    icon: str | None = None
    shown: bool = True


class Card(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One attribute of one entity, large, with the range it should stay in."""

    id: str
    title: str
    entity: str
    attribute: str
    unit: str
    min: float
    max: float
    target: float | None = None


class Series(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of a chart.

    Args:
        entity: its id.
        attribute: short name of a number or, of an outlook, of a JsonProperty.
        outlook: the attribute is ``{"at": [ISO 8601 …], "<any name>": [numbers …],
            "uncertainty": [standard deviations …]}``, all of one length and the last one optional:
            what lies ahead, drawn beyond now as a dashed curve with the band that holds the truth
            nine times in ten (if errors are normal).
    """

    entity: str
    attribute: str
    outlook: bool = False


class Threshold(msgspec.Struct, frozen=True, kw_only=True):
    """A level across a chart that means something, in the unit of its series."""

    value: float
    title: str


class Chart(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Several series over the same time, and the levels that they are held against."""

    id: str
    title: str
    series: tuple[Series, ...]
    thresholds: tuple[Threshold, ...] = ()


class Column(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One attribute of the entities in a table.

    Args:
        attribute: short name; of a relationship the table names and links what it leads to, of a
            text that is an instant it shows the town's time.
        title: its head.
        unit: by UN/CEFACT code, in the place of the unit that the attribute itself tells.
    """

    attribute: str
    title: str
    unit: str | None = None


class Table(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A live list of entities of one type, each of which opens that entity.

    Args:
        id: unique in its panel.
        title: what is listed.
        type: short name.
        columns: besides the entity's name.
        where: NGSI-LD query language (``q``) in short names; empty: all of the type.
        sort_by: short name of an attribute, ``createdAt`` or ``modifiedAt``; empty: by name.
        descending: largest or latest first; a list by name is always from A to Z.
        limit: entities shown, at most 200; the table says how many there are.

    Raises:
        SolutionError: `where` is no query, there is no column, or `limit` is out of its range.
    """

    id: str
    title: str
    type: str
    columns: tuple[Column, ...]
    where: str = ""
    sort_by: str = ""
    descending: bool = True
    limit: int = 20

    def __post_init__(self) -> None:
        where = f"table {self.id!r}"
        if not self.columns:
            raise SolutionError(f"{where} has no column; name at least one attribute")
        if not 1 <= self.limit <= MOST_ROWS:
            raise SolutionError(f"{where}: limit is {self.limit}, not from 1 to {MOST_ROWS}")
        if self.where:
            try:
                q.parse(self.where, str)
            except KotaError as error:
                raise SolutionError(f"{where}: where: {error}") from error


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """A page of its own in the dashboard, where a person needs more than a panel.

    Args:
        id: its address is ``/systems/<solution>/<id>``; the dashboard draws it with the web module
            ``web/src/solutions/<solution>/<id>/page.tsx``, which a browser loads when it is opened.
        title: of the link that leads there.
    """

    id: str
    title: str


class Panel(msgspec.Struct, frozen=True, kw_only=True):
    """What the operator sees of a solution."""

    title: str
    pages: tuple[Page, ...] = ()
    layers: tuple[Layer, ...] = ()
    cards: tuple[Card, ...] = ()
    charts: tuple[Chart, ...] = ()
    tables: tuple[Table, ...] = ()


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What a route is asked.

    Args:
        parts: the texts that stand in the place of ``{name}`` in the path.
        query: of the type that the route names, else None.
        body: likewise.
    """

    parts: Mapping[str, str]
    query: Any = None
    body: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One endpoint of a solution, at ``/api/v1/solutions/<solution>/<path>``.

    Args:
        path: ``scenarios/{scenario}``; ``panel`` is taken.
        method: of HTTP.
        title: what it does, for OpenAPI.
        handler: answers with a value of `response`, or with ``bytes`` that are it as JSON already;
            a `KotaError` that it raises becomes the answer that belongs to it.
        permission: the right that it asks for, one of the solution's `permissions`; None: to look.
        purposes: for which it may be asked, where it shows personal data; empty: it shows none.
        query: a msgspec Struct with the parameters behind the question mark, or None.
        body: the type of the JSON body, for msgspec; None: it takes none.
        response: the type of the answer, for msgspec; None: it has no content.
        status: of an answer that is no error.
    """

    path: str
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = "GET"
    title: str
    handler: Callable[[Asked], Awaitable[Any]]
    permission: str | None = None
    purposes: tuple[str, ...] = ()
    query: type[msgspec.Struct] | None = None
    body: Any = None
    response: Any = None
    status: int = 200


class Plant(Protocol):
    """A simulated piece of the city, behind the same MQTT topics as real devices; pickles."""

    @property
    def name(self) -> str:
        """Its clock is on ``kota/clock/<name>``, its orders come on ``kota/plant/<name>``."""
        ...

    def run(self, host: str, port: int) -> None:
        """Play the plant to the MQTT broker there until the process is told to end."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Solution:
    """One city system.

    Args:
        name: unique, as its folder; ``people_flow``.
        title: for the operator.
        alias: the word for it on the command line; ``flow``.
        description: one sentence.
        reads: short attribute names by short entity type; a city gives it nothing else.
        writes: likewise; a city refuses anything else.
        terms: names that it adds to the Kota context, with their IRIs.
        permissions: names of the rights that it introduces.
        protects: attributes that tell of persons, by short entity type and attribute name, with
            the purposes for which they may be seen.
        tasks: makes its tasks when a city starts.
        routes: makes its endpoints, likewise.
        panel: makes its panel.
        commands: makes its verbs under ``kota <alias>``.
        plant: makes its simulated plant from a seed.
        profiles: device profiles (paths of TOML files) for the devices of its kind.
        phrases: folder with what it says in other languages; see `kota.phrases`.
        alarms: makes its alarm definitions, each checked when a city starts.
        actuators: makes the definitions of what can be commanded, with their interlocks, likewise.
    """

    name: str
    title: str
    alias: str
    description: str
    reads: Mapping[str, Sequence[str]] = field(default_factory=dict)
    writes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    terms: Mapping[str, str] = field(default_factory=dict)
    permissions: tuple[str, ...] = ()
    protects: Mapping[str, Mapping[str, Sequence[str]]] = field(default_factory=dict)
    tasks: Callable[[City], Sequence[Task]] | None = None
    routes: Callable[[City], Sequence[Route]] | None = None
    panel: Callable[[], Panel] | None = None
    commands: Callable[[], typer.Typer] | None = None
    plant: Callable[[int], Plant] | None = None
    profiles: tuple[Path, ...] = ()
    phrases: Path | None = None
    alarms: Callable[[], Sequence[AlarmDefinition]] | None = None
    actuators: Callable[[], Sequence[ActuatorDefinition]] | None = None


def load_solutions(names: Sequence[str] | None = None) -> list[Solution]:
    """The installed solutions, ordered by name.

    Args:
        names: only these; None: all.

    Raises:
        SolutionError: one of `names` is not installed, one cannot be imported or is not a
            `Solution`, or two share a name or an alias.
    """
    found = {point.name: point for point in entry_points(group=ENTRY_POINTS)}
    wanted = sorted(found) if names is None else list(dict.fromkeys(names))
    for name in wanted:
        if name not in found:
            raise SolutionError(
                f"no solution {name!r} is installed",
                hint=f"installed are {', '.join(sorted(found)) or 'none'}",
            )
    solutions = [_load(found[name]) for name in wanted]
    _check_unique(solutions)
    return solutions


def _load(point: EntryPoint) -> Solution:
    where = f"solution {point.name!r} ({point.value})"
    try:
        solution = point.load()
    except (ImportError, AttributeError) as error:
        raise SolutionError(
            f"{where} cannot be imported: {error}", hint="reinstall the package that brings it"
        ) from error
    if not isinstance(solution, Solution):
        raise SolutionError(
            f"{where} is a {type(solution).__name__}", hint="let it name a kota.solution.Solution"
        )
    if solution.name != point.name:
        raise SolutionError(f"{where} calls itself {solution.name!r}", hint="use one name for both")
    return solution


def _check_unique(solutions: Sequence[Solution]) -> None:
    owner: dict[str, str] = {}
    for solution in solutions:
        first = owner.setdefault(solution.alias, solution.name)
        if first != solution.name:
            raise SolutionError(
                f"solutions {first!r} and {solution.name!r} both have the alias "
                f"{solution.alias!r}; rename one"
            )
