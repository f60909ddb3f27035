"""``kota water leaks``."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer


def leaks(
    network: Annotated[Path, typer.Option(help="EPANET input file.")],
    scada: Annotated[Path, typer.Option(help="Folder with a folder of readings a year.")],
    out: Annotated[Path, typer.Option(help="File to write: pipe, YYYY-MM-DD HH:MM.")],
    until: Annotated[
        str | None, typer.Option(help="Use nothing after this instant, YYYY-MM-DD HH:MM.")
    ] = None,
) -> None:
    """Find leaks in the years after the first, from which is learnt.

    Readings are in the layout of BattLeDIM; the first year may hold leaks_known.csv with the leaks
    that were repaired in it. A line is written for each leak, with the instant from which on it was
    known; what comes later changes no line.
    """
    from rich.progress import Progress

    from kota.errors import InputError
    from kota.solutions.water.estimate.scada import told
    from kota.solutions.water.leaks.search import search

    end: int | None = None
    if until is not None:
        try:
            end = int(datetime.fromisoformat(until).replace(tzinfo=UTC).timestamp())
        except ValueError as error:
            raise InputError(f"--until {until!r}: expected YYYY-MM-DD HH:MM") from error
    if not scada.is_dir():
        raise InputError(f"{scada}: there is no such folder")
    with Progress(transient=True) as progress:
        task = progress.add_task("Following the days", total=1.0)
        outcome = search(
            network, scada, until=end, told=lambda share: progress.update(task, completed=share)
        )
    for notice in outcome.notices:
        typer.echo(notice, err=True)
    out.write_text("".join(f"{leak.pipe}, {told(leak.at)}\n" for leak in outcome.found))
    for leak in outcome.found:
        typer.echo(
            f"{told(leak.at)} {leak.pipe}: {leak.flow:.1f} m³/h, "
            f"{leak.confidence:.0%} within 300 m",
            err=True,
        )
