"""``kota water bursts``."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer


def bursts(
    network: Annotated[Path, typer.Option(help="EPANET input file.")],
    scada: Annotated[Path, typer.Option(help="Folder with SCADA_Pressures.csv, _Flows.csv …")],
    out: Annotated[Path, typer.Option(help="CSV file to write.")],
    until: Annotated[
        str | None, typer.Option(help="Use nothing after this instant, YYYY-MM-DD HH:MM.")
    ] = None,
) -> None:
    """Find bursts step by step, each at the instant at which it is certain.

    The first ten days are learnt from. Writes a row an alarm: time, area, flow_m3_per_h, std,
    pipes (the likeliest first, with probabilities); what comes later changes no row.
    """
    from rich.progress import track

    from kota.errors import InputError
    from kota.solutions.water.bursts.search import row_of, watched
    from kota.solutions.water.estimate.scada import read_scada, told

    if not scada.is_dir():
        raise InputError(f"{scada}: there is no such folder")
    readings = read_scada(scada)
    if until is not None:
        try:
            end = datetime.fromisoformat(until).replace(tzinfo=UTC)
        except ValueError as error:
            raise InputError(f"--until {until!r}: expected YYYY-MM-DD HH:MM") from error
        readings = readings.until(int(end.timestamp()))
    for notice in readings.notices:
        typer.echo(notice, err=True)
    rows = []
    steps = watched(network, readings)
    for _, alarm, _ in track(steps, "Watching", total=len(readings.times), transient=True):
        if alarm is not None:
            rows.append(row_of(alarm))
            typer.echo(
                f"{told(alarm.since)} area {alarm.zone + 1}: {alarm.flow:.1f} ± "
                f"{alarm.deviation:.1f} m³/h near {alarm.places[0][0]}",
                err=True,
            )
    out.write_text("time,area,flow_m3_per_h,std,pipes\n" + "".join(rows))
