"""``kota water pressure``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def pressure(
    network: Annotated[Path, typer.Option(help="EPANET input file.")],
    out: Annotated[Path, typer.Option(help="JSON file to write.")],
    least: Annotated[float, typer.Option(help="Pressure that customers must have [m].")] = 20.0,
    stress: Annotated[float, typer.Option(help="Demand on which that is judged.")] = 1.2,
) -> None:
    """Find the lowest set-points of pressure-reducing valves that leave every customer enough."""
    import msgspec

    from kota.solutions.water.pressure.search import lowest

    found = lowest(network, least=least, stress=stress)
    out.write_bytes(msgspec.json.format(msgspec.json.encode(found), indent=2))
    for each in found.setpoints:
        typer.echo(f"{each.valve}: {each.before:g} -> {each.after:g} m")
    typer.echo(
        f"mean pressure {found.mean_before:g} -> {found.mean_after:g} m, leakage that follows it "
        f"{found.leakage:.0%} of what it was; least {found.least_after:g} m at {stress:g} demand"
    )
