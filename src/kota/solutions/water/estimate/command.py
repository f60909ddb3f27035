"""``kota water estimate``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def estimate(
    network: Annotated[Path, typer.Option(help="EPANET input file.")],
    readings: Annotated[Path, typer.Option(help="Folder with SCADA_Pressures.csv, _Flows.csv …")],
    out: Annotated[Path, typer.Option(help="Parquet file to write: pressures.")],
    flows: Annotated[
        Path | None, typer.Option(help="Parquet file to write: flow of every link.")
    ] = None,
) -> None:
    """Estimate the pressure at every node and step, and the flow of every link if asked for.

    Writes a row a node and step: time, node, pressure, std, low and high (90 % interval), metres;
    with --flows a row a link and step: time, link, flow, std, low and high, m³/h.
    """
    from rich.progress import track

    from kota.errors import InputError
    from kota.solutions.water.estimate.run import Course
    from kota.solutions.water.estimate.scada import read_scada
    from kota.solutions.water.estimate.table import written

    if not readings.is_dir():
        raise InputError(f"{readings}: there is no such folder")
    scada = read_scada(readings)
    for notice in scada.notices:
        typer.echo(notice, err=True)
    course = Course(network, scada, flows=flows is not None)
    steps = track(course.run(), description="Estimating", total=len(scada.times), transient=True)
    for notice in written(steps, scada, out, flows=flows, course=course):
        typer.echo(notice, err=True)
