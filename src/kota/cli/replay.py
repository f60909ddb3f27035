"""``kota replay``."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from kota.cli.asking import DEFAULT_DATA
from kota.cli.reaching import reached

if TYPE_CHECKING:
    from kota.connect.replay import Put
    from kota.connect.table import Step, Tally
    from kota.connect.table_map import TableMap


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("replay")(replay_file)


def replay_file(
    file: Annotated[Path, typer.Argument(help="Table: .csv, .csv.gz or .parquet.")],
    map_file: Annotated[
        Path, typer.Option("--map", help="TOML file that says what the columns are.")
    ],
    speed: Annotated[
        float, typer.Option(min=0, help="Recorded seconds in a second; 0: as fast as it goes.")
    ] = 1.0,
    mqtt: Annotated[
        str | None, typer.Option(help="Publish to this broker: mqtt://HOST:PORT.")
    ] = None,
    topic: Annotated[
        str | None, typer.Option(help="With --mqtt: topic, as /melbourne/{column}/attrs.")
    ] = None,
    clock: Annotated[
        str | None, typer.Option(help="With --mqtt: tell the recorded time as this plant's clock.")
    ] = None,
    server: Annotated[str | None, typer.Option(help="A running Kota: http://HOST:PORT.")] = None,
    data: Annotated[Path, typer.Option(help="Data folder, where no Kota runs.")] = DEFAULT_DATA,
    json: Annotated[bool, typer.Option("--json", help="Say the result as JSON.")] = False,
) -> None:
    """Let recorded measurements out again, at their own pace or faster."""
    from kota.connect.table_map import load_map
    from kota.model.jsonld import kota_context

    mapping = load_map(map_file, kota_context())
    if mqtt is None:
        work = _to_sink(file, mapping, speed, data=data, server=server)
    else:
        work = _to_broker(file, mapping, speed, url=mqtt, topic=topic, clock=clock)
    tally = asyncio.run(work)
    if json:
        print(msgspec.json.encode(tally).decode())
        return
    print(f"{file}: {tally.rows} rows, {tally.observations} observations let out")
    for fault in tally.shown[:20]:
        print(f"  left out: {fault}")


async def _to_sink(
    file: Path, mapping: TableMap, speed: float, *, data: Path, server: str | None
) -> Tally:
    async with reached(data, server) as sink:

        async def put(steps: list[Step]) -> None:
            await sink.put([patch for step in steps for patch in step.patches])

        return await _run(file, mapping, speed, put)


async def _to_broker(
    file: Path,
    mapping: TableMap,
    speed: float,
    *,
    url: str,
    topic: str | None,
    clock: str | None,
) -> Tally:
    from kota.connect.broker_url import parse_url
    from kota.connect.mqtt_session import MqttSession
    from kota.connect.sinks import MqttSink
    from kota.model.jsonld import kota_context

    where = topic or mapping.table.topic
    if where is None:
        raise typer.BadParameter("name a topic with --topic, or in the map")
    session = MqttSession("", lambda *_: None, clean=True)
    await session.open(parse_url(url))
    sink = MqttSink(session, where, kota_context(), clock=clock)

    async def put(steps: list[Step]) -> None:
        for step in steps:
            await sink.publish(step, speed)

    try:
        return await _run(file, mapping, speed, put)
    finally:
        await session.close()


async def _run(file: Path, mapping: TableMap, speed: float, put: Put) -> Tally:
    from kota.connect.replay import replay
    from kota.connect.row_source import open_rows
    from kota.connect.table import Table

    with open_rows(file, mapping.table.csv) as rows:
        table = Table(mapping, file, rows.columns)
        with _progress() as progress:
            await replay(table.steps(rows), put, speed=speed, tell=_teller(progress))
    return table.tally


def _teller(progress: Progress) -> Callable[[int, int], None]:
    from kota.model.instant import render

    work = progress.add_task("replaying", total=None, at="")

    def tell(rows: int, at: int) -> None:
        progress.update(work, completed=rows, at=render(at))

    return tell


def _progress() -> Progress:
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description} {task.completed:,} rows {task.fields[at]}"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
    )
