"""``kota serve``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(serve)


def serve(
    data: Annotated[Path | None, typer.Option(help="Folder of the embedded store.")] = None,
    store: Annotated[
        str | None,
        typer.Option(help="Database instead: postgresql://USER@HOST:PORT/DATABASE."),
    ] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
    mqtt: Annotated[str | None, typer.Option(help="Broker: mqtt://HOST:PORT.")] = None,
    profile: Annotated[
        list[Path] | None, typer.Option(help="Device profile, or a folder of them; repeatable.")
    ] = None,
    alarms: Annotated[
        list[Path] | None, typer.Option(help="Alarm definitions, file or folder; repeatable.")
    ] = None,
    actuators: Annotated[
        list[Path] | None,
        typer.Option(help="What can be commanded, file or folder; repeatable."),
    ] = None,
    rules: Annotated[
        list[Path] | None, typer.Option(help="Rules, file or folder; repeatable.")
    ] = None,
    notices: Annotated[
        list[Path] | None, typer.Option(help="Who is told, file or folder; repeatable.")
    ] = None,
    modbus: Annotated[
        list[Path] | None, typer.Option(help="Device over Modbus TCP, its map; repeatable.")
    ] = None,
    opcua: Annotated[
        list[Path] | None, typer.Option(help="Server over OPC UA, its map; repeatable.")
    ] = None,
    context_map: Annotated[
        Path | None, typer.Option(help="TOML or JSON file: JSON-LD context address to file.")
    ] = None,
    allow_host: Annotated[
        list[str] | None, typer.Option(help="Host that Kota may call; repeatable.")
    ] = None,
    solution: Annotated[
        list[str] | None, typer.Option(help="Solution to run; repeatable. All, if none is named.")
    ] = None,
    title: Annotated[str | None, typer.Option(help="Name of the town.")] = None,
    auth: Annotated[
        str | None,
        typer.Option(help="local, oidc, or none: everybody may do everything, on this machine."),
    ] = None,
    config: Annotated[Path | None, typer.Option(help="TOML file with these settings.")] = None,
) -> None:
    """Keep the live model of a city and answer over HTTP until stopped."""
    from kota.config import load, read_context_map
    from kota.server import run

    settings = load(
        config,
        data=data or (None if config else Path("kota-data")),
        store=store,
        host=host,
        port=port,
        mqtt=mqtt,
        profiles=profile,
        alarms=alarms,
        actuators=actuators,
        rules=rules,
        notices=notices,
        modbus=modbus,
        opcua=opcua,
        context_map=read_context_map(context_map) if context_map else None,
        allow_hosts=allow_host,
        solutions=solution,
        title=title,
        auth=auth,
    )
    run(settings)
