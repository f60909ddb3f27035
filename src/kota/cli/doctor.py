"""``kota doctor``."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from kota.connect.finding import Finding

_COLOURS = {"good": "green", "warning": "yellow", "bad": "red"}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("doctor")(doctor)


def doctor(
    mqtt: Annotated[str, typer.Option(help="Broker to look at.")] = "mqtt://127.0.0.1:1883",
    store: Annotated[
        str | None,
        typer.Option(help="Look at this database: postgresql://USER@HOST:PORT/DATABASE."),
    ] = None,
    conf: Annotated[Path | None, typer.Option(help="Also look at this mosquitto.conf.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Say the findings as JSON.")] = False,
) -> None:
    """Look for what would lose messages or writes; ends with status 1 where something is bad."""
    findings = _of_database(store) if store is not None else _of_broker(mqtt)
    if conf is not None:
        from kota.connect.broker_configuration import examine_configuration

        findings += examine_configuration(conf)
    if json:
        print(msgspec.json.encode(findings).decode())
    else:
        table = Table("check", "", "what was found", "what to do", box=None)
        for one in findings:
            colour = _COLOURS[one.level]
            table.add_row(one.check, f"[{colour}]{one.level}[/]", one.detail, one.advice)
        Console().print(table)
    if any(one.level == "bad" for one in findings):
        raise typer.Exit(1)


def _of_broker(mqtt: str) -> list[Finding]:
    from kota.connect.doctor import examine

    with Console(stderr=True).status(f"probing {mqtt}"):
        return asyncio.run(examine(mqtt))


def _of_database(store: str) -> list[Finding]:
    from kota.connect.finding import Finding
    from kota.store.postgres import require_driver
    from kota.store.postgres.address import parse

    require_driver()
    from kota.store.postgres.examining import examine

    address = parse(store)
    with Console(stderr=True).status(f"looking at {address}"):
        found = asyncio.run(examine(address))
    return [Finding(one.check, one.level, one.detail, one.advice) for one in found]
