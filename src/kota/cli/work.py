"""``kota work``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlencode

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from kota.cli.asking import DEFAULT_DATA, ask

Data = Annotated[Path, typer.Option(help="Data folder.")]
Server = Annotated[str | None, typer.Option(help="A running Kota: http://HOST:PORT.")]
Json = Annotated[bool, typer.Option("--json", help="Say the result as JSON.")]
Number = Annotated[int, typer.Argument(help="Number of the work order.")]
Comment = Annotated[str, typer.Option(help="Why, in words.")]

BASE = "/api/v1/work"
ALERT = "urn:ngsi-ld:Alert:"

work = typer.Typer(name="work", help="What is to be done in the field.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(work)


@work.command("list")
def show_all(
    state: Annotated[
        list[str] | None, typer.Option(help="open, assigned, under-way, done, cancelled.")
    ] = None,
    assignee: Annotated[str | None, typer.Option(help="Who has it.")] = None,
    data: Data = DEFAULT_DATA,
    server: Server = None,
    json: Json = False,
) -> None:
    """List work orders: the urgent first, then those that are due first."""
    query = [("state", one) for one in state or ["open", "assigned", "under-way"]]
    query += [("assignee", assignee)] if assignee else []
    found = ask("GET", f"{BASE}?{urlencode(query)}", data=data, server=server).json()
    if json:
        _say(found)
        return
    table = Table("number", "priority", "state", "what", "where", "who", "due", "steps", box=None)
    for one in found["orders"]:
        due = (one["due_at"] or "")[:16].replace("T", " ")
        table.add_row(
            str(one["number"]),
            one["priority"],
            one["state"],
            one["title"],
            one["subject_name"] or one["subject"] or "",
            one["assignee"] or "",
            f"{due} overdue" if one["overdue"] else due,
            f"{one['steps'] - one['unticked']}/{one['steps']}" if one["steps"] else "",
        )
    console = Console(emoji=False, markup=False)
    if found["orders"]:
        console.print(table)
    console.print(f"{found['total']} work orders", highlight=False)


@work.command()
def show(number: Number, data: Data = DEFAULT_DATA, server: Server = None) -> None:
    """One work order as JSON."""
    _say(ask("GET", f"{BASE}/{number}", data=data, server=server).json())


@work.command("open")
def open_one(
    title: Annotated[str, typer.Argument(help="What is to be done.")],
    description: Annotated[str, typer.Option(help="In words.")] = "",
    alarm: Annotated[str | None, typer.Option(help="Alarm that it is for.")] = None,
    subject: Annotated[str | None, typer.Option(help="Entity that is worked on.")] = None,
    priority: Annotated[str, typer.Option(help="critical, high, medium, low.")] = "medium",
    assignee: Annotated[str | None, typer.Option(help="Who gets it.")] = None,
    due: Annotated[str | None, typer.Option(help="Until when, ISO 8601.")] = None,
    step: Annotated[list[str] | None, typer.Option(help="Of the checklist; repeatable.")] = None,
    data: Data = DEFAULT_DATA,
    server: Server = None,
) -> None:
    """Open a work order."""
    full = alarm if alarm is None or alarm.startswith("urn:") else ALERT + alarm
    body = {
        "title": title,
        "description": description,
        "alarm": full,
        "subject": subject,
        "priority": priority,
        "assignee": assignee,
        "due_at": due,
        "checklist": step or [],
    }
    found = ask("POST", BASE, data=data, server=server, body=body).json()
    print(f"work order {found['number']} is {found['state']}")


@work.command()
def assign(
    number: Number,
    assignee: Annotated[str, typer.Argument(help="Who gets it.")],
    due: Annotated[str | None, typer.Option(help="Until when, ISO 8601.")] = None,
    data: Data = DEFAULT_DATA,
    server: Server = None,
) -> None:
    """Give a work order to somebody."""
    _act(number, "assign", {"assignee": assignee, "due_at": due}, data, server)


@work.command()
def begin(number: Number, data: Data = DEFAULT_DATA, server: Server = None) -> None:
    """Begin with a work order."""
    _act(number, "begin", {}, data, server)


@work.command()
def tick(
    number: Number,
    step: Annotated[int, typer.Argument(min=1, help="Step of the checklist, from 1.")],
    undo: Annotated[bool, typer.Option("--undo", help="It is not done.")] = False,
    data: Data = DEFAULT_DATA,
    server: Server = None,
) -> None:
    """Say that a step is done."""
    _act(number, f"checklist/{step - 1}", {"done": not undo}, data, server)


@work.command()
def finish(
    number: Number, comment: Comment = "", data: Data = DEFAULT_DATA, server: Server = None
) -> None:
    """Say that it is done."""
    _act(number, "finish", {"comment": comment}, data, server)


@work.command()
def cancel(
    number: Number,
    comment: Annotated[str, typer.Option(help="Why, in words.")],
    data: Data = DEFAULT_DATA,
    server: Server = None,
) -> None:
    """Let it be."""
    _act(number, "cancel", {"comment": comment}, data, server)


def _act(number: int, path: str, body: dict[str, Any], data: Path, server: str | None) -> None:
    found = ask("POST", f"{BASE}/{number}/{path}", data=data, server=server, body=body).json()
    print(f"work order {number} is {found['state']}")


def _say(found: Any) -> None:
    print(msgspec.json.encode(found).decode())
