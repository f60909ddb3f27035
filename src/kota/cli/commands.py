"""``kota commands``: what can be moved, and what an operator wants moved."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote, urlencode

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from kota.cli.asking import DEFAULT_DATA, ask

commands = typer.Typer(no_args_is_help=True, help="Commands to pumps, valves, gates and signals.")

PREFIX = "urn:ngsi-ld:"
COMMANDS, ACTUATORS = "/api/v1/commands", "/api/v1/actuators"
Data = Annotated[Path, typer.Option(help="Data folder.")]
Server = Annotated[str | None, typer.Option(help="A running Kota: http://HOST:PORT.")]
Json = Annotated[bool, typer.Option("--json", help="Say the result as JSON.")]
Asset = Annotated[str, typer.Argument(help="Its id; urn:ngsi-ld: may be left out.")]
Name = Annotated[str, typer.Argument(help="Id of the command.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(commands, name="commands")


@commands.command("list")
def show(
    asset: Annotated[str | None, typer.Option(help="Only those of this asset.")] = None,
    waiting: Annotated[bool, typer.Option(help="Only those that wait for approval.")] = False,
    data: Data = DEFAULT_DATA,
    server: Server = None,
    json: Json = False,
) -> None:
    """Commands, the newest first."""
    given = {} if asset is None else {"entity": _full(asset)}
    if waiting:
        given["state"] = "waiting"
    path = f"{COMMANDS}?{urlencode(given)}"
    found = ask("GET", path, data=data, server=server).json()
    if json:
        _say(found)
        return
    table = Table("at", "asset", "setting", "state", "by", "why", "id", box=None)
    for one in found:
        table.add_row(
            _short(one["at"]),
            one["entity"].removeprefix(PREFIX),
            str(one["value"]),
            one["state"],
            one["by"]["name"],
            one["words"] or "",
            one["id"].removeprefix(PREFIX),
        )
    Console(emoji=False, markup=False).print(table)


@commands.command()
def assets(data: Data = DEFAULT_DATA, server: Server = None, json: Json = False) -> None:
    """What can be commanded: who moves it, its setting, and what is wrong."""
    found = ask("GET", ACTUATORS, data=data, server=server).json()
    if json:
        _say(found)
        return
    table = Table("asset", "name", "mode", "setting", "wrong", box=None)
    for one in found:
        table.add_row(
            one["entity"].removeprefix(PREFIX),
            one["name"] or "",
            one["mode"],
            str(one["setting"]),
            one["link"] or one["stale"] or "",
        )
    Console(emoji=False, markup=False).print(table)


@commands.command("show")
def show_one(
    asset: Asset, data: Data = DEFAULT_DATA, server: Server = None, json: Json = False
) -> None:
    """One asset: its mode, its interlocks and what they stand against now."""
    found = ask("GET", _path(asset), data=data, server=server).json()
    if json:
        _say(found)
        return
    console = Console(emoji=False, markup=False, highlight=False)
    for name in ("title", "mode", "setting", "setting_at", "stale", "link", "consequence"):
        if found[name] not in (None, ""):
            console.print(f"{name.replace('_', ' ')}: {found[name]}")
    for one in found["interlocks"]:
        only = ", ".join(str(value) for value in one["only"])
        console.print(f"interlock: {only and f'{only}: '}{one['words']}")
        for refusal in one["refuses"]:
            console.print(f"  stands against {refusal['value']}: {refusal['words']}")


@commands.command()
def send(
    asset: Asset,
    value: Annotated[str, typer.Argument(help="The setting: OPEN, 3.5, true.")],
    comment: Annotated[str, typer.Option(help="Why, in words.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask again.")] = False,
    data: Data = DEFAULT_DATA,
    server: Server = None,
    json: Json = False,
) -> None:
    """Want a setting; the consequence is said, and asked again."""
    plate = ask("GET", _path(asset), data=data, server=server).json()
    if not yes:
        print(plate["consequence"])
        typer.confirm(f"{plate['name'] or asset}: {plate['setting']} to {value}?", abort=True)
    body = {
        "entity": _full(asset),
        "value": _value(value, plate["values"]),
        "comment": comment or None,
    }
    found = ask("POST", COMMANDS, data=data, server=server, body=body).json()
    _tell(found, json)
    if found["state"] in ("refused", "expired"):
        raise typer.Exit(1)


@commands.command()
def approve(
    command: Name, data: Data = DEFAULT_DATA, server: Server = None, json: Json = False
) -> None:
    """Say yes to a command that waits."""
    _tell(_act(command, "approve", data, server), json)


@commands.command()
def cancel(
    command: Name, data: Data = DEFAULT_DATA, server: Server = None, json: Json = False
) -> None:
    """Take a command back, or say no to a proposal."""
    _tell(_act(command, "cancel", data, server), json)


@commands.command()
def undo(
    command: Name, data: Data = DEFAULT_DATA, server: Server = None, json: Json = False
) -> None:
    """Want the setting back that was before a command."""
    _tell(_act(command, "undo", data, server), json)


@commands.command()
def mode(
    asset: Asset,
    to: Annotated[str, typer.Argument(help="shadow, manual, advisory or automatic.")],
    data: Data = DEFAULT_DATA,
    server: Server = None,
) -> None:
    """Say who moves an asset; manual wins at once."""
    body = {"mode": to}
    found = ask("PUT", f"{_path(asset)}/mode", data=data, server=server, body=body).json()
    print(f"{asset} is in {found['mode']}")


@commands.command()
def check(
    file: Annotated[list[Path], typer.Argument(help="Files of actuators, or folders of them.")],
) -> None:
    """Check definitions without a server; a fault is said with its file and line."""
    from kota.operate.commands.definition_file import read_actuators

    print(f"{len(read_actuators(file))} actuator definitions are good")


def _act(command: str, action: str, data: Path, server: str | None) -> Any:
    full = command if command.startswith("urn:") else PREFIX + command
    path = f"{COMMANDS}/{quote(full, safe=':')}/{action}"
    return ask("POST", path, data=data, server=server, body={}).json()


def _tell(found: Any, json: bool) -> None:
    if json:
        _say(found)
        return
    print(f"{found['id'].removeprefix(PREFIX)} is {found['state']}: {found['words']}")


def _value(text: str, values: list[Any]) -> Any:
    """A setting as its actuator has it: one of its own, else a number, a truth or a text."""
    for value in values:
        if str(value) == text:
            return value
    if text in ("true", "false"):
        return text == "true"
    try:
        return float(text)
    except ValueError:
        return text


def _full(asset: str) -> str:
    return asset if asset.startswith("urn:") else PREFIX + asset


def _path(asset: str) -> str:
    return f"{ACTUATORS}/{quote(_full(asset), safe=':')}"


def _say(found: Any) -> None:
    print(msgspec.json.encode(found).decode())


def _short(at: str) -> str:
    return at[:19].replace("T", " ")
