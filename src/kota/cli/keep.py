"""``kota backup``, ``kota restore``, ``kota export``."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console

from kota.cli.asking import DEFAULT_DATA, ask

Data = Annotated[Path, typer.Option(help="Data folder.")]
Server = Annotated[str | None, typer.Option(help="A running Kota: http://HOST:PORT.")]
Json = Annotated[bool, typer.Option("--json", help="Say the result as JSON.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (backup, restore, export):
        app.command()(command)


def backup(
    target: Annotated[Path, typer.Argument(help="New folder to write.")],
    data: Data = DEFAULT_DATA,
    server: Server = None,
    json: Json = False,
) -> None:
    """Copy all data into a new folder, verified, while Kota runs or not."""
    with Console(stderr=True).status("copying and verifying"):
        body = {"target": str(target.absolute())}
        found = ask("POST", "/api/v1/backups", data=data, server=server, body=body).json()
    _say(
        found,
        json,
        f"{target}: {found['entities']} entities, {found['observations']} observations",
    )


def restore(
    source: Annotated[Path, typer.Argument(help="Folder that kota backup wrote.")],
    data: Data = DEFAULT_DATA,
    replace: Annotated[
        bool, typer.Option(help="Set data that is there aside, under another name.")
    ] = False,
    json: Json = False,
) -> None:
    """Put a backup into a new data folder, or in the place of a stopped Kota's."""
    from kota.store import backup as backups

    with Console(stderr=True).status("verifying and copying"):
        found = backups.restore(source, data, replace=replace)
        asyncio.run(_tell(data, source))
    result = {"entities": found.entities, "observations": found.history.rows}
    _say(result, json, f"{data}: {found.entities} entities, {found.history.rows} observations")


def export(
    parquet: Annotated[Path, typer.Option(help="New folder for history as Parquet.")],
    start: Annotated[str | None, typer.Option(help="From this time on, ISO 8601.")] = None,
    end: Annotated[str | None, typer.Option(help="Before this time, ISO 8601.")] = None,
    data: Data = DEFAULT_DATA,
    server: Server = None,
    json: Json = False,
) -> None:
    """Write every observation as Parquet, partitioned by type and day."""
    body = {"target": str(parquet.absolute()), "start": start, "end": end}
    with Console(stderr=True).status("writing"):
        found = ask("POST", "/api/v1/exports", data=data, server=server, body=body).json()
    _say(found, json, f"{parquet}: {found['observations']} observations")


async def _tell(data: Path, source: Path) -> None:
    """Write into the audit that the data are another's from here on."""
    from kota.clock import WallClock
    from kota.operate.actor import Actor, told
    from kota.store.state.sqlite import SqliteState

    clock = WallClock()
    state = SqliteState(data, clock)
    await state.open()
    actor = Actor("operator", "operator", "command line")
    line = told(actor, clock.now(), "backup.restore", str(source.absolute()))
    await state.apply([], audit=[line])
    await state.close()


def _say(result: Any, as_json: bool, sentence: str) -> None:
    print(msgspec.json.encode(result).decode() if as_json else sentence)
