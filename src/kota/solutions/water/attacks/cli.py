"""``kota water attacks``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def attacks(
    train: Annotated[
        list[Path],
        typer.Option(help="CSV to learn from: DATETIME, a column a signal, ATT_FLAG.", exists=True),
    ],
    test: Annotated[Path, typer.Option(help="CSV to look at.", exists=True)],
    out: Annotated[Path, typer.Option(help="CSV to write: a row for each row of the test.")],
    more: Annotated[
        list[Path] | None, typer.Argument(help="Further files to learn from.", show_default=False)
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Write one JSON object.")] = False,
) -> None:
    """Find attacks and faults in telemetry, hour by hour, and name the suspect signals."""
    import msgspec
    from rich.console import Console
    from rich.table import Table

    from kota.solutions.water.attacks.offline import run

    summary = run([*train, *(more or ())], test, out)
    if json:
        typer.echo(msgspec.json.encode(summary).decode())
        return
    console = Console(stderr=True, soft_wrap=True)
    for note in summary.notes:
        console.print(f"[yellow]note:[/] {note}", highlight=False)
    title = f"{out.name}: {summary.flagged} of {summary.rows} rows flagged"
    table = Table("from", "to", "rows", "suspects", title=title)
    for each in summary.episodes:
        table.add_row(each.start, each.end, str(each.rows), ", ".join(each.suspects))
    Console().print(table)
