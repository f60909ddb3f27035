"""``kota water isolate``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def isolate(
    network: Annotated[Path, typer.Option(help="EPANET input file.")],
    pipe: Annotated[str, typer.Option(help="Id of the pipe that shall have no water.")],
    valves: Annotated[
        Path | None,
        typer.Option(help="CSV file: valve,pipe,node. Without it they stand by Walski's rule."),
    ] = None,
    stuck: Annotated[
        list[str] | None, typer.Option(help="Id of a valve that does not work; repeatable.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Write one JSON object.")] = False,
) -> None:
    """Say which valves to shut so that a pipe has no water, and who has none then."""
    import msgspec

    from kota.solutions.water.inp import read_network
    from kota.solutions.water.isolation import isolate as find
    from kota.solutions.water.sections import place_valves
    from kota.solutions.water.valve_file import read_valves

    known = read_network(network)
    standing = place_valves(known) if valves is None else read_valves(valves, known)
    found = find(known, standing, pipe, useless=stuck or ())
    if json:
        typer.echo(msgspec.json.encode(found).decode())
        return
    if valves is None:
        typer.echo(f"no valves were given: {len(standing)} are assumed, all but the widest pipe's")
    for words, names in (
        ("shut", found.shut),
        ("may stay open", found.spare),
        ("passed over", found.passed_over),
        ("pipes without water", found.pipes),
        ("junctions without water", found.dry),
    ):
        typer.echo(f"{words}: {', '.join(names) or 'none'}")
    typer.echo(f"demand not met: {found.demand:.2f} m³/h")
