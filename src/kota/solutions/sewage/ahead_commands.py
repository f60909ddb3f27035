"""``kota sewage forecast`` and ``kota sewage blockages``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer


def forecast(
    model: Annotated[Path, typer.Option("--model", help="SWMM input file.")],
    rain: Annotated[Path, typer.Option("--rain", help="Rain that fell, CSV or NetCDF, mm/h.")],
    ahead: Annotated[
        Path | None, typer.Option("--forecast", help="Rain that is forecast, CSV or NetCDF, mm/h.")
    ] = None,
    now: Annotated[
        str | None, typer.Option("--now", help="Time of the forecast, else the end of the rain.")
    ] = None,
    overflow: Annotated[
        list[str] | None,
        typer.Option("--overflow", help="Link, outfall or node that is an overflow; repeat it."),
    ] = None,
    horizon: Annotated[float, typer.Option("--horizon", help="Hours ahead.", min=0.25)] = 3.0,
    members: Annotated[int, typer.Option("--members", help="Rains that are tried.", min=2)] = 15,
    workers: Annotated[int, typer.Option("--workers", help="Processes.", min=1)] = 1,
    out: Annotated[Path | None, typer.Option("--out", help="Parquet file, a row a place.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Write one JSON object.")] = False,
) -> None:
    """Say where sewers will flood and overflow: probability, lead time and volume."""
    from rich.console import Console

    from kota.solutions.sewage.forecast import Forecaster, write_outlook
    from kota.solutions.sewage.rainfall import read_rain

    fell = read_rain(rain)
    coming = None if ahead is None else read_rain(ahead)
    moment = _time(now, "--now") if now else datetime.fromtimestamp(fell.times[-1] + fell.step, UTC)
    with (
        Console(stderr=True).status("Running the model under the rains that may come ..."),
        Forecaster(
            model, overflow or (), members=members, workers=workers, horizon_h=horizon
        ) as forecaster,
    ):
        found = forecaster.outlook(fell.until(moment), coming, now=moment, depths={}, least=0.05)
    if out is not None:
        write_outlook(found, out)
    rows = [
        (each.id, each.kind, f"{each.probability:.0%}", f"{each.begins:%H:%M}",
         f"{each.lead_min:.0f}", f"{each.volume:,.0f}", f"{each.low:,.0f}–{each.high:,.0f}")
        for each in found
    ]  # fmt: skip
    heads = ("where", "what", "probability", "begins", "in min", "m³", "5–95 %")
    _put(found, rows, heads, json=json, nothing=f"nothing gets out within {horizon:g} h")


def blockages(
    levels: Annotated[Path, typer.Option("--levels", help="CSV `time,NODE,…` of levels in m.")],
    rain: Annotated[
        Path | None, typer.Option("--rain", help="Rain, CSV or NetCDF, mm/h; else all is dry.")
    ] = None,
    model: Annotated[
        Path | None, typer.Option("--model", help="SWMM input file: which node drains to which.")
    ] = None,
    learn_days: Annotated[
        float, typer.Option("--learn-days", help="Days at the beginning to learn from.", min=5.0)
    ] = 14.0,
    json: Annotated[bool, typer.Option("--json", help="Write one JSON object.")] = False,
) -> None:
    """Find blocked sewers: levels that stay above their dry-weather pattern."""
    from kota.solutions.sewage.level_record import read_levels, watch
    from kota.solutions.sewage.rainfall import read_rain

    series = read_levels(levels)
    fallen = None if rain is None else read_rain(rain)
    found = watch(series, fallen, model=model, learn_days=learn_days)
    rows = [
        (each.id, f"{each.since:%Y-%m-%d %H:%M}", f"{each.rise:.3f}", f"{each.score:.1f}")
        for each in found
    ]
    heads = ("below node", "since", "rise m", "standard deviations")
    _put(found, rows, heads, json=json, nothing="no blockage found")


def _time(text: str, option: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"{option}: {text!r} is not a time; expected ISO 8601") from error
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _put(
    found: Sequence[object],
    rows: Sequence[tuple[str, ...]],
    heads: tuple[str, ...],
    *,
    json: bool,
    nothing: str,
) -> None:
    import msgspec
    from rich.console import Console
    from rich.table import Table

    if json:
        typer.echo(msgspec.json.encode({"found": found}).decode())
        return
    console = Console()
    if not rows:
        console.print(nothing)
        return
    table = Table(*heads)
    for row in rows:
        table.add_row(*row)
    console.print(table)
