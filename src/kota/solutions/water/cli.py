"""``kota water``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from kota.solutions.water.attacks.cli import attacks
from kota.solutions.water.bursts.command import bursts
from kota.solutions.water.dma.command import balance
from kota.solutions.water.estimate.command import estimate
from kota.solutions.water.isolate_command import isolate
from kota.solutions.water.leaks.command import leaks
from kota.solutions.water.outlook.command import outlook, what_if
from kota.solutions.water.pressure.command import pressure
from kota.solutions.water.quality.command import events, origin
from kota.solutions.water.schedule.command import schedule


def make_commands() -> typer.Typer:
    """The verbs of the water solution."""
    app = typer.Typer(help="Drinking water networks.", no_args_is_help=True)
    app.command()(network)
    app.command()(schedule)
    app.command()(attacks)
    app.command()(estimate)
    app.command()(leaks)
    app.command()(isolate)
    app.command()(bursts)
    app.command()(balance)
    app.command()(outlook)
    app.command("what-if")(what_if)
    app.command()(pressure)
    app.command()(events)
    app.command()(origin)
    app.callback()(_water)
    return app


def _water() -> None:
    """Drinking water networks."""


def network(
    file: Annotated[Path, typer.Argument(help="EPANET input file.")],
    json: Annotated[bool, typer.Option("--json", help="Write one JSON object.")] = False,
) -> None:
    """Say what an EPANET network holds."""
    import msgspec
    from rich.console import Console
    from rich.table import Table

    from kota.solutions.water.inp import read_network

    found = summary(read_network(file))
    if json:
        typer.echo(msgspec.json.encode(found).decode())
        return
    table = Table("part", "value", title=file.name)
    for name, value in found.items():
        table.add_row(name.replace("_", " "), f"{value:,}")
    Console().print(table)


def summary(found: Any) -> dict[str, float]:
    """Counts and totals of a network, in m, m³ and m³/h."""
    return {
        "junctions": len(found.junctions),
        "reservoirs": len(found.reservoirs),
        "tanks": len(found.tanks),
        "pipes": len(found.pipes),
        "pumps": len(found.pumps),
        "valves": len(found.valves),
        "pipe_length_m": round(sum(pipe.length for pipe in found.pipes.values()), 1),
        "demand_m3_per_h": round(found.demand, 2),
        "usable_storage_m3": round(found.storage, 1),
    }
