"""``kota amenities access``: accessibility from tables of supply, demand and costs."""

from __future__ import annotations

import enum
import time
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
import typer


class AccessMethod(enum.StrEnum):
    """Measures of access."""

    TWO_STEP = "2sfca"
    ENHANCED = "e2sfca"
    THREE_STEP = "3sfca"
    RAAM = "raam"
    CUMULATIVE = "cumulative"
    NEAREST = "nearest"


_LESS_IS_BETTER: Final = frozenset((AccessMethod.RAAM, AccessMethod.NEAREST))


class AccessReport(msgspec.Struct, frozen=True, omit_defaults=True):
    """What was computed, for people and for machines.

    Args:
        method: the measure.
        demand, supply, pairs: how many of each.
        max_cost: what costs more is out of reach; None: nothing is.
        weights: how willingness falls with cost; None: as the method has it.
        people: all demand.
        mean, gini, worst_decile, p90, without: how access is spread over people; see `Spread`.
        seconds: of computing, without reading and writing.
        residual: of raam: what people could gain by going elsewhere, as a share of what they bear.
        potential: of raam: what is least in equilibrium.
        tau, rho: of raam.
        notes: what is worth knowing about the input.
        out: where the table is.
    """

    method: str
    demand: int
    supply: int
    pairs: int
    max_cost: float | None
    weights: str | None
    people: float
    mean: float
    gini: float
    worst_decile: float
    p90: float
    without: float
    seconds: float
    residual: float | None = None
    potential: float | None = None
    tau: float | None = None
    rho: float | None = None
    notes: tuple[str, ...] = ()
    out: str | None = None


def access(
    supply: Annotated[Path, typer.Option(help="Supply: id, supply (or capacity).")],
    demand: Annotated[Path, typer.Option(help="Demand: id, demand (or population).")],
    costs: Annotated[
        Path | None,
        typer.Option(help="Travel: origin, dest, cost. Without it, minutes on foot by the map."),
    ] = None,
    network: Annotated[
        Path | None, typer.Option(help="Streets to walk along: GeoPackage or GeoJSON lines.")
    ] = None,
    who: Annotated[
        list[str] | None, typer.Option(help="Column of people who count, such as an age group.")
    ] = None,
    at: Annotated[
        str | None, typer.Option(help='Only supply that is open then, "Fr 18:30".')
    ] = None,
    crs: Annotated[
        str | None, typer.Option(help="Coordinate system of the maps, EPSG:3414.")
    ] = None,
    method: Annotated[AccessMethod, typer.Option(help="The measure.")] = AccessMethod.TWO_STEP,
    max_cost: Annotated[
        float | None, typer.Option(help="What costs more is out of reach, in units of the costs.")
    ] = None,
    weights: Annotated[
        str | None,
        typer.Option(
            help="binary, step:10=1,20=0.68, gaussian:10, exponential:10 or power:10,1.5,1."
        ),
    ] = None,
    tau: Annotated[float, typer.Option(help="raam: travel that weighs 1.")] = 60.0,
    rho: Annotated[
        float | None, typer.Option(help="raam: demand for each supply that weighs 1.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Write the access of each demand here.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Write one JSON object.")] = False,
) -> None:
    """Measure how well demand can reach supply."""
    from kota.solutions.amenities.tables import write_access

    wanted, offered, pairs, notes = _read(
        supply, demand, costs, network=network, who=who or [], at=at, crs=crs, limit=max_cost
    )
    begin = time.perf_counter()
    found, more = measure(
        method,
        pairs,
        wanted.amount,
        offered.amount,
        max_cost=max_cost,
        weights=weights,
        tau=tau,
        rho=rho,
    )
    seconds = time.perf_counter() - begin
    if out is not None:
        write_access(out, wanted.names.tolist(), {str(method): found})
    report = _report(
        method, pairs, found, wanted.amount, max_cost=max_cost, weights=weights, notes=notes
    )
    report = msgspec.structs.replace(
        report, seconds=round(seconds, 4), out=None if out is None else str(out), **more
    )
    _tell(report, json)


def _read(
    supply: Path,
    demand: Path,
    costs: Path | None,
    *,
    network: Path | None,
    who: list[str],
    at: str | None,
    crs: str | None,
    limit: float | None,
) -> tuple[Any, Any, Any, list[str]]:
    """Demand, supply, the pairs between them, and what is worth telling about them."""
    from kota.errors import InputError
    from kota.network.files import read_lines
    from kota.solutions.amenities.grids import read_map, travel
    from kota.solutions.amenities.hours import read_moment
    from kota.solutions.amenities.tables import DEMAND, SUPPLY, read_costs, read_places

    if costs is not None:
        if network is not None or at is not None or who or crs is not None:
            raise InputError("--network, --who, --at and --crs go with maps, not with --costs")
        wanted, offered = read_places(demand, DEMAND), read_places(supply, SUPPLY)
        pairs, notes = read_costs(costs, wanted, offered)
        return wanted, offered, pairs, notes
    moment = None if at is None else read_moment(at)
    wanted = read_map(demand, DEMAND, columns=who, crs=crs)
    offered = read_map(supply, SUPPLY, crs=crs, open_at=moment)
    streets = None if network is None else read_lines(network, crs=crs)
    return wanted, offered, travel(wanted, offered, network=streets, limit=limit), []


def measure(
    method: AccessMethod,
    pairs: Any,
    demand: Any,
    supply: Any,
    *,
    max_cost: float | None = None,
    weights: str | None = None,
    tau: float = 60.0,
    rho: float | None = None,
) -> tuple[Any, dict[str, Any]]:
    """Access of each demand by one method, and what that method tells besides.

    Raises:
        InputError: an option is out of range or does not go with the method.
    """
    from kota.errors import InputError
    from kota.solutions.amenities.decay import read_decay
    from kota.solutions.amenities.floating import floating_catchment
    from kota.solutions.amenities.opportunities import cumulative, nearest
    from kota.solutions.amenities.raam import raam

    if max_cost is not None and not max_cost >= 0:
        raise InputError(f"max-cost {max_cost:g} is below zero")
    decay = None if weights is None else read_decay(weights)
    if decay is not None and method in _LESS_IS_BETTER:
        raise InputError(f"{method} takes no weights", hint="leave --weights away")
    if method is AccessMethod.RAAM:
        found = raam(pairs.within(max_cost), demand, supply, tau=tau, rho=rho)
        scale = float(demand.sum() / supply.sum()) if rho is None else rho
        more = {"residual": found.residual, "potential": found.potential, "tau": tau, "rho": scale}
        return found.cost, more
    if method is AccessMethod.NEAREST:
        usable = pairs.within(max_cost)
        return nearest(usable.where(supply[usable.supply] > 0))[0][:, 0], {}
    if method is AccessMethod.CUMULATIVE:
        return cumulative(pairs, supply, limit=max_cost, decay=decay), {}
    value: Any = method.value
    access = floating_catchment(pairs, demand, supply, method=value, limit=max_cost, decay=decay)
    return access, {}


def _report(
    method: AccessMethod,
    pairs: Any,
    found: Any,
    people: Any,
    *,
    max_cost: float | None,
    weights: str | None,
    notes: list[str],
) -> AccessReport:
    from kota.solutions.amenities.equity import spread

    over = spread(found, people, less_is_better=method in _LESS_IS_BETTER)
    return AccessReport(
        method=str(method),
        demand=pairs.n_demand,
        supply=pairs.n_supply,
        pairs=len(pairs),
        max_cost=max_cost,
        weights=weights,
        people=over.people,
        mean=over.mean,
        gini=over.gini,
        worst_decile=over.worst_decile,
        p90=over.p90,
        without=over.without,
        seconds=0.0,
        notes=tuple(notes),
    )


def _tell(report: AccessReport, json: bool) -> None:
    from rich.console import Console
    from rich.table import Table

    if json:
        typer.echo(msgspec.json.encode(report).decode())
        return
    table = Table("part", "value", title=f"Access by {report.method}")
    for name, value in msgspec.structs.asdict(report).items():
        if name not in ("notes", "method") and value is not None:
            shown = f"{value:,.6g}" if isinstance(value, float) else f"{value}"
            table.add_row(name.replace("_", " "), shown)
    console = Console()
    console.print(table)
    for note in report.notes:
        console.print(note)
