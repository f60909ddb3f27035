"""``kota flow streets``, ``kota flow study`` and ``kota flow catchment``."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

_JSON = typer.Option("--json", help="Write one JSON object.")


def add_street_commands(app: typer.Typer) -> None:
    """Add the verbs to those of the people flow solution."""
    app.command()(streets)
    app.command()(study)
    app.command()(catchment)


def streets(
    network: Annotated[
        Path, typer.Option(help="Edges: from, to, length, name (CSV, gzip or Parquet).")
    ],
    counts: Annotated[Path, typer.Option(help="Counts by local hour: edge, time, count.")],
    places: Annotated[
        Path, typer.Option(help="Who and what is where: node, kind, amount; residents are home.")
    ],
    out: Annotated[Path, typer.Option(help="CSV file to write: edge, time, flow, low, high.")],
    since: Annotated[
        datetime | None, typer.Option(help="First local hour to estimate; else the last alone.")
    ] = None,
    json: Annotated[bool, _JSON] = False,
) -> None:
    """Estimate the flow on every street from counts on a few."""
    import msgspec

    from kota.solutions.people_flow.streets.files import estimate_file

    found = estimate_file(network, counts, places, out, since=since)
    _say(out.name, msgspec.to_builtins(found), json)


def study(
    counts: Annotated[Path, typer.Option(help="Counts by day: place, date, count.")],
    changed: Annotated[list[str], typer.Option(help="A place where something changed; repeat.")],
    since: Annotated[datetime, typer.Option(help="First day of the change or event.")],
    until: Annotated[datetime | None, typer.Option(help="Last day of an event.")] = None,
    synthetic: Annotated[
        bool, typer.Option("--synthetic", help="Compare with a mixture of places, not their mean.")
    ] = False,
    level: Annotated[float, typer.Option(min=0.5, max=0.999, help="Of the interval.")] = 0.9,
    seed: Annotated[int, typer.Option(help="Of the bootstrap.")] = 0,
    json: Annotated[bool, _JSON] = False,
) -> None:
    """Say what a change or an event did to people's flow, with confidence."""
    import msgspec

    from kota.solutions.people_flow.streets.study_files import study_file

    found = study_file(
        counts,
        changed,
        since.date(),
        until=until.date() if until else None,
        method="synthetic" if synthetic else "difference",
        level=level,
        seed=seed,
    )
    _say(counts.name, msgspec.to_builtins(found), json)


def catchment(
    file: Annotated[Path, typer.Option("--in", help="Trips between places, long or wide (CSV).")],
    to: Annotated[str, typer.Option(help="The place whose people are asked for.")],
    value: Annotated[str | None, typer.Option(help="Long table: column of numbers.")] = None,
    json: Annotated[bool, _JSON] = False,
) -> None:
    """Say where the people of a place come from."""
    import msgspec
    from rich.console import Console
    from rich.table import Table

    from kota.solutions.people_flow.privacy.od_tables import read_flows
    from kota.solutions.people_flow.streets.catchments import CORE
    from kota.solutions.people_flow.streets.catchments import catchment as catchment_of

    found = catchment_of(read_flows(file, value), to)
    if json:
        typer.echo(msgspec.json.encode(found).decode())
        return
    title = f"{to}: {found.people:g} people, {CORE:.0%} from {found.core} places"
    table = Table("from", "people", "share", "so far", "of those leaving there", title=title)
    for one in found.origins:
        shares = (f"{share:.1%}" for share in (one.share, one.so_far, one.leaving))
        table.add_row(one.place, f"{one.people:g}", *shares)
    Console().print(table)


def _say(title: str, found: dict[str, Any], json: bool) -> None:
    import msgspec
    from rich.console import Console
    from rich.table import Table

    if json:
        typer.echo(msgspec.json.encode(found).decode())
        return
    table = Table("", "", title=title, show_header=False)
    for name, value in found.items():
        table.add_row(name.replace("_", " "), str(value))
    Console().print(table)
