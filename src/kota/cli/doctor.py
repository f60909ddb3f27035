"""``kota doctor``."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.table import Table

_COLOURS = {"good": "green", "warning": "yellow", "bad": "red"}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("doctor")(doctor)


def doctor(
    mqtt: Annotated[str, typer.Option(help="Broker to look at.")] = "mqtt://127.0.0.1:1883",
    conf: Annotated[Path | None, typer.Option(help="Also look at this mosquitto.conf.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Say the findings as JSON.")] = False,
) -> None:
    """Look for what would lose messages; ends with status 1 where something is bad."""
    from kota.connect.broker_configuration import examine_configuration
    from kota.connect.doctor import examine

    with Console(stderr=True).status(f"probing {mqtt}"):
        findings = asyncio.run(examine(mqtt))
    if conf is not None:
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
