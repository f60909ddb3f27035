"""``kota alarms``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote, urlencode

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from kota.cli.asking import DEFAULT_DATA, ask

Data = Annotated[Path, typer.Option(help="Data folder.")]
Server = Annotated[str | None, typer.Option(help="A running Kota: http://HOST:PORT.")]
Json = Annotated[bool, typer.Option("--json", help="Say the result as JSON.")]
Name = Annotated[str, typer.Argument(help="Id of the alarm, as the list shows it.")]
Comment = Annotated[str | None, typer.Option(help="Why, in words.")]

BASE = "/api/v1/alarms"
PREFIX = "urn:ngsi-ld:Alert:"

alarms = typer.Typer(name="alarms", help="What needs an operator.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(alarms)


@alarms.command("list")
def show_all(
    state: Annotated[
        list[str] | None, typer.Option(help="normal, shelved …; repeatable. Those shown, if none.")
    ] = None,
    priority: Annotated[list[str] | None, typer.Option(help="critical, high …")] = None,
    owner: Annotated[str | None, typer.Option(help="Whom they concern.")] = None,
    limit: Annotated[int, typer.Option(min=0, max=1000)] = 50,
    data: Data = DEFAULT_DATA,
    server: Server = None,
    json: Json = False,
) -> None:
    """List alarms, those first that wait for an operator."""
    query: list[tuple[str, str]] = [("limit", str(limit))]
    query += [("state", one) for one in state or []]
    query += [("priority", one) for one in priority or []]
    query += [("owner", owner)] if owner else []
    found = ask("GET", f"{BASE}?{urlencode(query)}", data=data, server=server).json()
    if json:
        _say(found)
        return
    table = Table("priority", "state", "since", "what", "where", "value", box=None)
    table.add_column("alarm", no_wrap=True, min_width=_widest(found["alarms"]))
    for one in found["alarms"]:
        table.add_row(
            one["priority"],
            one["state"],
            _short(one["since"]),
            one["title"],
            one["entity_name"] or one["entity"],
            _value(one["cause"]),
            one["id"].removeprefix(PREFIX),
        )
    console = Console(emoji=False, markup=False)
    if found["alarms"]:
        console.print(table)
    waiting = sum(found["waiting"].values())
    console.print(f"{found['total']} alarms, {waiting} to acknowledge", highlight=False)
    if found["flood_since"]:
        console.print(f"a flood since {found['flood_since']}", highlight=False)


@alarms.command("show")
def show_one(
    alarm: Name, data: Data = DEFAULT_DATA, server: Server = None, json: Json = False
) -> None:
    """One alarm: why it matters, what to do, what has happened."""
    found = ask("GET", _path(alarm), data=data, server=server).json()
    if json:
        _say(found)
        return
    console = Console(emoji=False, markup=False, highlight=False)
    for name in ("title", "entity", "state", "priority", "consequence", "action", "assignee"):
        if found[name]:
            console.print(f"{name}: {found[name]}")
    table = Table("at", "what", "by", "why", "value", box=None)
    for one in found["history"]:
        table.add_row(_short(one["at"]), one["event"], one["by"], one["why"] or "", _value(one))
    console.print(table)


@alarms.command("ack")
def acknowledge(
    alarm: Name, comment: Comment = None, data: Data = DEFAULT_DATA, server: Server = None
) -> None:
    """Say that an alarm was seen."""
    _act(alarm, "acknowledge", {"comment": comment}, data, server)


@alarms.command()
def shelve(
    alarm: Name,
    comment: Annotated[str, typer.Option(help="Why, in words.")],
    hours: Annotated[float | None, typer.Option(help="For how long; as long as allowed.")] = None,
    data: Data = DEFAULT_DATA,
    server: Server = None,
) -> None:
    """Put an alarm aside for a time."""
    _act(alarm, "shelve", {"comment": comment, "hours": hours}, data, server)


@alarms.command()
def report(
    start: Annotated[str | None, typer.Option(help="ISO 8601; a day before the end.")] = None,
    end: Annotated[str | None, typer.Option(help="ISO 8601; now.")] = None,
    operators: Annotated[float, typer.Option(help="At work at the same time.")] = 1.0,
    data: Data = DEFAULT_DATA,
    server: Server = None,
    json: Json = False,
) -> None:
    """How well the alarms serve the operators, by the measures of ISA-18.2."""
    given = {"start": start, "end": end, "operators": operators}
    query = urlencode({name: value for name, value in given.items() if value is not None})
    found = ask("GET", f"{BASE}/report?{query}", data=data, server=server).json()
    if json:
        _say(found)
        return
    table = Table(show_header=False, box=None)
    for name, value in found.items():
        if name not in ("top", "floods"):
            table.add_row(name.replace("_", " "), _listed(value))
    for one in found["top"]:
        words = f"{one['count']} times, {one['share']:.0%}"
        table.add_row("often", f"{one['alarm'].removeprefix(PREFIX)}: {words}")
    Console(emoji=False, markup=False).print(table)


@alarms.command()
def reload(data: Data = DEFAULT_DATA, server: Server = None) -> None:
    """Let a running Kota read its definitions anew; if one is wrong, all stay as they are."""
    found = ask("POST", f"{BASE}/definitions/reload", data=data, server=server, body={}).json()
    print(f"alarm definitions that hold: {found['definitions']}")


@alarms.command()
def check(
    file: Annotated[list[Path], typer.Argument(help="Files of definitions, or folders of them.")],
) -> None:
    """Check definitions without a server; a fault is said with its file and line."""
    from kota.operate.alarms.definition_file import read_definitions
    from kota.runtime import naming
    from kota.solution import load_solutions

    found = read_definitions(file, naming(tuple(load_solutions())).expand)
    print(f"alarm definitions: {len(found)}, all good")


def _act(alarm: str, action: str, body: dict[str, Any], data: Path, server: str | None) -> None:
    path = f"{_path(alarm)}/{action}"
    after = ask("POST", path, data=data, server=server, body=body).json()
    print(f"{alarm} is {after['state']}")


def _path(alarm: str) -> str:
    full = alarm if alarm.startswith("urn:") else PREFIX + alarm
    return f"{BASE}/{quote(full, safe=':')}"


def _widest(alarms: list[dict[str, Any]]) -> int:
    """So that an id can be copied whole, whatever else is cut."""
    return max((len(one["id"].removeprefix(PREFIX)) for one in alarms), default=0)


def _say(found: Any) -> None:
    print(msgspec.json.encode(found).decode())


def _short(at: str | None) -> str:
    return "" if at is None else at[:19].replace("T", " ")


def _value(cause: dict[str, Any] | None) -> str:
    if not cause or cause["value"] is None:
        return ""
    unit = f" {cause['unit']['symbol']}" if cause["unit"] else ""
    value = cause["value"]
    shown = f"{value:.6g}" if isinstance(value, float) else str(value)
    return f"{shown}{unit}"


def _listed(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {inner}" for name, inner in value.items())
    if isinstance(value, list):
        return ", ".join(str(one).removeprefix(PREFIX) for one in value) or "none"
    return "" if value is None else str(value)
