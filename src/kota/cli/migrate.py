"""``kota migrate``."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)

from kota.errors import InputError

if TYPE_CHECKING:
    from kota.store.moving import Moved
    from kota.store.postgres.address import Address

_SQLITE = "sqlite:"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(migrate)


def migrate(
    source: Annotated[str, typer.Option("--from", help="sqlite:DIR, the folder of a town.")],
    target: Annotated[
        str, typer.Option("--to", help="postgresql://USER@HOST:PORT/DATABASE, empty.")
    ],
    json: Annotated[bool, typer.Option("--json", help="Say the result as JSON.")] = False,
) -> None:
    """Move a stopped town from its folder into a database, and compare every row."""
    from kota.store.postgres import require_driver
    from kota.store.postgres.address import parse

    require_driver()
    folder = source.removeprefix(_SQLITE).removeprefix("//")
    if not source.startswith(_SQLITE) or not folder:
        raise InputError(f"--from {source!r}: not a town in a folder", hint="write sqlite:DIR")
    moved = asyncio.run(_move(Path(folder), parse(target, where="--to")))
    if json:
        print(msgspec.json.encode(moved, enc_hook=str).decode())
        return
    print(
        f"{moved.state} rows of state and {moved.observations} observations, each compared; "
        f"copied in {moved.copied_s:.1f} s, compared in {moved.compared_s:.1f} s"
    )
    print(f"{folder} names the database from now on; its former files lie in {moved.aside}")


async def _move(data: Path, address: Address) -> Moved:
    from kota.store.moving import move

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as progress:
        tasks: dict[str, TaskID] = {}

        def report(step: str, done: int, total: int) -> None:
            if step not in tasks:
                tasks[step] = progress.add_task(step, total=total)
            progress.update(tasks[step], completed=done)

        return await move(data, address, report)
