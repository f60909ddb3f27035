"""``kota sewage``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kota.solutions.sewage.ahead_commands import blockages, forecast
from kota.solutions.sewage.asset_command import assets, network

if TYPE_CHECKING:
    from kota.solutions.sewage.comparison import Comparison


def make_commands() -> typer.Typer:
    """The verbs of the sewage solution."""
    app = typer.Typer(help="Sewers and storm water.", no_args_is_help=True)
    app.command()(network)
    app.command()(assets)
    app.command()(control)
    app.command()(forecast)
    app.command()(blockages)
    app.callback()(_sewage)
    return app


def _sewage() -> None:
    """Sewers and storm water."""


def control(
    model: Annotated[Path, typer.Option("--model", help="SWMM input file.")],
    config: Annotated[Path, typer.Option("--config", help="What is controlled, as TOML.")],
    out: Annotated[Path | None, typer.Option("--out", help="Parquet file for each minute.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Write one JSON object.")] = False,
) -> None:
    """Play a SWMM model with Kota's control and without, and compare them in m³."""
    import msgspec
    from rich.console import Console

    from kota.solutions.sewage.comparison import compare, write_log
    from kota.solutions.sewage.config import read_config

    wanted = read_config(config)
    with Console(stderr=True).status("Playing the model without control and with it ..."):
        compared = compare(model, wanted)
    if out is not None:
        write_log(compared, out)
    if json:
        typer.echo(msgspec.json.encode(summary(compared)).decode())
        return
    _show(compared, model.name)


def summary(compared: Comparison) -> dict[str, Any]:
    """Volumes of both runs [m³] on a fixed grid of 60 s, and how long a step took [s]."""
    names = ("flooded_m3", "over_limits_m3", "overflowed_m3")
    rounded = {
        run: {name: round(value, 1) for name, value in zip(names, played.totals, strict=True)}
        for run, played in (
            ("uncontrolled", compared.uncontrolled),
            ("controlled", compared.controlled),
        )
    }
    return {**rounded, "slowest_step_s": round(compared.controlled.slowest_s, 4)}


def _show(compared: Comparison, name: str) -> None:
    from rich.console import Console
    from rich.table import Table

    from kota.solutions.sewage.comparison import MEASURES

    table = Table("m³", "uncontrolled", "Kota", "change", title=name)
    pairs = zip(MEASURES, compared.uncontrolled.totals, compared.controlled.totals, strict=True)
    for measure, bare, held in pairs:
        change = f"{held / bare - 1:+.1%}" if bare > 0 else f"{held - bare:+,.0f} m³"
        table.add_row(measure, f"{bare:,.0f}", f"{held:,.0f}", change)
    console = Console()
    console.print(table)
    console.print(f"slowest control step {compared.controlled.slowest_s * 1000:.1f} ms")
    said = sorted(compared.controlled.notices.items(), key=lambda item: -item[1])
    for (subject, what), times in said[:10]:
        console.print(f"{subject}: {what} ({times} steps)")
