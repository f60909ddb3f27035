"""The verbs of ``kota flow`` that touch what people did: only tables of counts come out."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from kota.config import SOLUTIONS
from kota.solutions.people_flow.privacy.terms import MOST_CELLS

_DATA = Path("kota-data")
Data = Annotated[Path, typer.Option(help="Data folder of the town, which holds the budgets.")]
Json = Annotated[bool, typer.Option("--json", help="Write one JSON object.")]
MinCell = Annotated[int, typer.Option(min=1, help="Smaller counts are left out.")]
MaxCells = Annotated[int, typer.Option(min=1, help="Cells that one person may touch.")]
DatasetName = Annotated[
    str | None, typer.Option(help="Name whose budget is charged; the file's name where absent.")
]
Person = Annotated[str, typer.Option(help="Column that tells people apart.")]


def add_privacy_commands(app: typer.Typer) -> None:
    """Add the verbs."""
    app.command()(release)
    app.command()(budget)
    app.command()(trajectories)
    app.command()(od)


def release(
    file: Annotated[
        Path, typer.Option("--in", help="A row for each time that a person was somewhere.")
    ],
    places: Annotated[Path, typer.Option(help="CSV of all places, a row each: publicly known.")],
    epsilon: Annotated[float, typer.Option(help="Privacy loss of this release.")],
    out: Annotated[Path, typer.Option(help="CSV file to write.")],
    by: Annotated[
        str,
        typer.Option(help="Columns of places, and any of hour, hour_of_day, weekday; by commas."),
    ] = "origin,destination",
    min_cell: MinCell = 10,
    max_cells: MaxCells = MOST_CELLS,
    dataset: DatasetName = None,
    data: Data = _DATA,
    person: Person = "person",
    time: Annotated[str, typer.Option(help="Column of the time.")] = "time",
    tz: Annotated[str, typer.Option(help="Zone of local times: Asia/Jakarta.")] = "UTC",
    start: Annotated[datetime | None, typer.Option(help="Count from this local time.")] = None,
    end: Annotated[datetime | None, typer.Option(help="Count until this local time.")] = None,
    json: Json = False,
) -> None:
    """Release counts of people with differential privacy, and charge the data set's budget."""
    from kota.solutions.people_flow.forecast.files import zone_named
    from kota.solutions.people_flow.privacy.release_files import Question, Terms, run

    question = Question(
        file=file,
        by=tuple(name.strip() for name in by.split(",") if name.strip()),
        places=places,
        person=person,
        time=time,
        zone=zone_named(tz),
        start=start,
        end=end,
    )
    terms = Terms(
        dataset=dataset or file.name.split(".")[0],
        epsilon=epsilon,
        most_cells=max_cells,
        min_cell=min_cell,
        folder=ledger_folder(data),
    )
    say(run(question, terms, out), out.name, json=json)


def budget(
    dataset: Annotated[str | None, typer.Option(help="Only this data set.")] = None,
    total: Annotated[
        float | None, typer.Option(help="Decide on the whole budget of the data set.")
    ] = None,
    data: Data = _DATA,
    json: Json = False,
) -> None:
    """Show what of each data set's privacy budget is spent, or decide how much there is."""
    import time

    import msgspec
    from rich.console import Console
    from rich.table import Table

    from kota.model.instant import render
    from kota.solutions.people_flow.privacy.budget import Ledger

    ledger = Ledger(ledger_folder(data))
    if total is not None:
        if dataset is None:
            raise typer.BadParameter("name the data set with --dataset")
        ledger.allow(dataset, total, now=time.time_ns() // 1000)
    accounts = [one for one in ledger.accounts() if dataset in (None, one.dataset)]
    if json:
        shown = [
            {
                "dataset": one.dataset,
                "total": one.total,
                "spent": round(one.spent, 9),
                "left": round(one.left, 9),
                "entries": [
                    {"at": render(e.at), "epsilon": e.epsilon, "what": e.what} for e in one.entries
                ],
            }
            for one in accounts
        ]
        typer.echo(msgspec.json.encode(shown).decode())
        return
    table = Table("data set", "budget", "spent", "left", "releases", "last")
    for one in accounts:
        last = render(one.entries[-1].at) if one.entries else ""
        figures = (f"{value:.4g}" for value in (one.total, one.spent, one.left))
        table.add_row(one.dataset, *figures, str(one.releases), last)
    Console().print(table)


def trajectories(
    file: Annotated[Path, typer.Option("--in", help="A row a point: .csv, .csv.gz, .parquet.")],
    out: Annotated[Path, typer.Option(help="CSV of flows to write.")],
    zones: Annotated[Path | None, typer.Option(help="GeoJSON of areas; else a grid.")] = None,
    key: Annotated[str, typer.Option(help="Property that names an area or street.")] = "id",
    grid: Annotated[float, typer.Option(help="Side of the grid's squares, m.")] = 500.0,
    streets: Annotated[Path | None, typer.Option(help="GeoJSON of streets to count on.")] = None,
    street_out: Annotated[Path | None, typer.Option(help="CSV of street counts.")] = None,
    person: Person = "person",
    time: Annotated[str, typer.Option(help="Column of the time.")] = "time",
    lon: Annotated[str, typer.Option(help="Column of the longitude, degrees.")] = "lon",
    lat: Annotated[str, typer.Option(help="Column of the latitude, degrees.")] = "lat",
    tz: Annotated[str, typer.Option(help="Zone of local times: Asia/Jakarta.")] = "UTC",
    max_speed: Annotated[float, typer.Option(help="Nobody is faster, m/s.")] = 50.0,
    gap: Annotated[float, typer.Option(help="Silence that ends a stretch, s.")] = 600.0,
    stop_radius: Annotated[float, typer.Option(help="Within which one stays, m.")] = 50.0,
    stop_duration: Annotated[float, typer.Option(help="From when on it is a stay, s.")] = 300.0,
    min_cell: MinCell = 10,
    epsilon: Annotated[
        float | None, typer.Option(help="Release with this privacy loss instead.")
    ] = None,
    max_cells: MaxCells = MOST_CELLS,
    dataset: DatasetName = None,
    data: Data = _DATA,
    json: Json = False,
) -> None:
    """Clean trajectories and count who went from where to where; no point comes out."""
    from kota.solutions.people_flow.forecast.files import zone_named
    from kota.solutions.people_flow.privacy.release_files import Terms
    from kota.solutions.people_flow.privacy.trajectory_files import Order, run
    from kota.solutions.people_flow.privacy.trajectory_files import release as release_flows

    order = Order(
        file=file,
        zone=zone_named(tz),
        person=person,
        time=time,
        lon=lon,
        lat=lat,
        zones=zones,
        key=key,
        grid=grid,
        streets=streets,
        max_speed=max_speed,
        gap=gap,
        stop_radius=stop_radius,
        stop_duration=stop_duration,
        min_cell=min_cell,
    )
    if epsilon is None:
        say(run(order, out, street_out), out.name, json=json)
        return
    if streets is not None or street_out is not None:
        raise typer.BadParameter("with --epsilon only flows between areas are released")
    terms = Terms(
        dataset=dataset or file.name.split(".")[0],
        epsilon=epsilon,
        most_cells=max_cells,
        min_cell=min_cell,
        folder=ledger_folder(data),
    )
    say(release_flows(order, terms, out), out.name, json=json)


def od(
    file: Annotated[Path, typer.Option("--in", help="CSV, long or wide.")],
    at: Annotated[datetime, typer.Option(help="Local time at which the flows hold.")],
    tz: Annotated[str, typer.Option(help="Zone of that time: Asia/Jakarta.")] = "UTC",
    value: Annotated[str | None, typer.Option(help="Long table: column of numbers.")] = None,
    place: Annotated[str, typer.Option(help="Id of a place's entity.")] = (
        "urn:ngsi-ld:Zone:{place}"
    ),
    dry_run: Annotated[bool, typer.Option(help="Read and check only.")] = False,
    server: Annotated[str | None, typer.Option(help="A running Kota: http://HOST:PORT.")] = None,
    data: Data = _DATA,
    json: Json = False,
) -> None:
    """Bring an origin-destination table into a running Kota."""
    import asyncio

    from kota.model.instant import from_datetime
    from kota.model.jsonld import kota_context
    from kota.solutions.people_flow.forecast.files import zone_named
    from kota.solutions.people_flow.privacy.od_sending import Brought, send
    from kota.solutions.people_flow.privacy.od_tables import flow_patches, read_flows

    moment = at if at.tzinfo is not None else at.replace(tzinfo=zone_named(tz))
    flows = read_flows(file, value)
    patches = flow_patches(
        flows, kota_context(), at=from_datetime(moment), place=place, reason=file.name
    )
    if not dry_run:
        asyncio.run(send(patches, data, server))
    brought = Brought(flows=len(flows), people=sum(flow.people for flow in flows), dry_run=dry_run)
    say(brought, file.name, json=json)


def ledger_folder(data: Path) -> Path:
    """Where the budgets of a town lie: the folder that its running Kota gives the solution."""
    return data / SOLUTIONS / "people_flow"


def say(summary: Any, title: str, *, json: bool) -> None:
    """Print a summary for people or as JSON."""
    import msgspec
    from rich.console import Console
    from rich.table import Table

    if json:
        typer.echo(msgspec.json.encode(summary).decode())
        return
    table = Table("", "", title=title, show_header=False)
    for name, value in msgspec.to_builtins(summary).items():
        table.add_row(name.replace("_", " "), f"{value:,}" if type(value) is int else str(value))
    Console().print(table)
