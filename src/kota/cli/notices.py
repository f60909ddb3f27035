"""``kota notices``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from kota.cli.asking import DEFAULT_DATA, ask

Data = Annotated[Path, typer.Option(help="Data folder.")]
Server = Annotated[str | None, typer.Option(help="A running Kota: http://HOST:PORT.")]
Json = Annotated[bool, typer.Option("--json", help="Say the result as JSON.")]

BASE = "/api/v1/notices"

notices = typer.Typer(name="notices", help="Who was told what.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(notices)


@notices.command("list")
def show_all(
    state: Annotated[
        str | None, typer.Option(help="open, over, told, acknowledged, waiting, sent, failed.")
    ] = None,
    data: Data = DEFAULT_DATA,
    server: Server = None,
    json: Json = False,
) -> None:
    """List notices, newest first, with each delivery."""
    query = f"?state={state}" if state else ""
    found = ask("GET", f"{BASE}{query}", data=data, server=server).json()
    if json:
        print(msgspec.json.encode(found).decode())
        return
    table = Table("at", "what", "state", "to", "by", "delivery", "reason", "notice", box=None)
    for one in found["notices"]:
        head = [one["at"][:19].replace("T", " "), one["title"], one["state"]]
        for each in one["deliveries"] or [dict.fromkeys(("contact", "way", "state", "reason"), "")]:
            row = [each["contact"], each["way"], each["state"], each["reason"], one["id"]]
            table.add_row(*head, *row)
            head = ["", "", ""]
    console = Console(emoji=False, markup=False)
    if found["notices"]:
        console.print(table)
    counts = ", ".join(f"{count} {name}" for name, count in found["deliveries"].items())
    console.print(f"deliveries: {counts}", highlight=False)


@notices.command()
def send(
    to: Annotated[str, typer.Argument(help="A contact or a chain.")],
    title: Annotated[str, typer.Argument(help="In a few words.")],
    text: Annotated[str, typer.Option(help="In more words.")] = "",
    priority: Annotated[str, typer.Option(help="critical, high, medium, low.")] = "medium",
    data: Data = DEFAULT_DATA,
    server: Server = None,
) -> None:
    """Tell somebody something."""
    body = {"to": to, "title": title, "text": text, "priority": priority}
    found = ask("POST", BASE, data=data, server=server, body=body).json()
    print(f"notice {found['id']} is {found['state']}")


@notices.command()
def ack(
    notice: Annotated[str, typer.Argument(help="Id of the notice.")],
    data: Data = DEFAULT_DATA,
    server: Server = None,
) -> None:
    """Say that you care: nobody else is told."""
    found = ask("POST", f"{BASE}/{notice}/acknowledge", data=data, server=server, body={}).json()
    print(f"notice {notice} is {found['state']}")


@notices.command()
def retry(
    notice: Annotated[str, typer.Argument(help="Id of the notice.")],
    data: Data = DEFAULT_DATA,
    server: Server = None,
) -> None:
    """Try again what failed."""
    found = ask("POST", f"{BASE}/{notice}/retry", data=data, server=server, body={}).json()
    print(f"notice {notice} is {found['state']}")


@notices.command()
def reload(data: Data = DEFAULT_DATA, server: Server = None) -> None:
    """Read contacts, chains and routes anew; if one is wrong, all stay as they are."""
    found = ask("POST", f"{BASE}/reload", data=data, server=server, body={}).json()
    print(f"contacts: {len(found['contacts'])}, chains: {len(found['chains'])}")


@notices.command()
def check(
    file: Annotated[list[Path], typer.Argument(help="Files of contacts and chains, or folders.")],
) -> None:
    """Check them without a server; a fault is said with its file and line."""
    from kota.operate.notices.definition_file import read_plan
    from kota.operate.rules.definition_file import sources_of

    found = read_plan(sources_of(file))
    counts = len(found.contact), len(found.chain), len(found.route)
    print("contacts: {}, chains: {}, routes: {}, all good".format(*counts))
