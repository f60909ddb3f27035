"""``kota flow``."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from kota.solutions.people_flow.privacy.cli import add_privacy_commands
from kota.solutions.people_flow.streets.cli import add_street_commands


def make_commands() -> typer.Typer:
    """The verbs of the people flow solution."""
    app = typer.Typer(help="How people move.", no_args_is_help=True)
    app.command()(forecast)
    add_privacy_commands(app)
    add_street_commands(app)
    app.callback()(_flow)
    return app


def _flow() -> None:
    """How people move through the city."""


def forecast(
    counts: Annotated[
        list[Path], typer.Option(help="Hourly counts, .csv or .csv.gz: a column a sensor.")
    ],
    tz: Annotated[str, typer.Option(help="Zone of the local time: Australia/Melbourne.")],
    start: Annotated[datetime, typer.Option(help="Local time of the first issue.")],
    end: Annotated[datetime, typer.Option(help="The last issue is before this local time.")],
    out: Annotated[Path, typer.Option(help="CSV file to write.")],
    more: Annotated[
        list[Path] | None, typer.Argument(help="Further files of counts.", show_default=False)
    ] = None,
    horizon: Annotated[int, typer.Option(min=1, max=1344, help="Hours ahead.")] = 168,
    every: Annotated[int, typer.Option(min=1, help="Hours from issue to issue.")] = 168,
    country: Annotated[
        str | None, typer.Option(help="Whose holidays, as AU; else that of the zone.")
    ] = None,
    subdivision: Annotated[str | None, typer.Option(help="Of the country, as VIC.")] = None,
    events: Annotated[
        Path | None, typer.Option(help="Announced events by day: date, name.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Write one JSON object.")] = False,
) -> None:
    """Forecast counts week by week as if time went on, and say how good it was."""
    import msgspec
    from rich.console import Console
    from rich.table import Table

    from kota.solutions.people_flow.forecast.offline import Order, run

    order = Order(
        files=(*counts, *(more or ())),
        zone=tz,
        start=start,
        end=end,
        horizon=horizon,
        every=every,
        country=country,
        subdivision=subdivision,
        events=events,
    )
    summary = run(order, out)
    if json:
        typer.echo(msgspec.json.encode(summary).decode())
        return
    table = Table("", "", title=out.name, show_header=False)
    for name, value in msgspec.to_builtins(summary).items():
        table.add_row(name.replace("_", " "), str(value))
    Console().print(table)
