"""``kota audit``: who did what, and whether anybody has tampered with it."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated
from urllib.parse import urlencode

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from kota.cli.asking import DEFAULT_DATA, ask

audit = typer.Typer(
    no_args_is_help=True, help="Who did what: read it, hand it out, prove it whole."
)

BASE = "/api/v1/audit"
Data = Annotated[Path, typer.Option(help="Data folder.")]
Server = Annotated[str | None, typer.Option(help="A running Kota: http://HOST:PORT.")]
Json = Annotated[bool, typer.Option("--json", help="Say the result as JSON.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(audit, name="audit")


@audit.command()
def verify(
    data: Data = DEFAULT_DATA,
    seal: Annotated[
        list[Path] | None, typer.Option(help="A seal that was handed out earlier; repeatable.")
    ] = None,
    json: Json = False,
) -> None:
    """Find any tampering, and its place; reads the store itself, whether Kota runs or not."""
    from kota.access.audit_seals import read_seal_file
    from kota.access.audit_verify import verify as look
    from kota.model.instant import render

    handed = [read_seal_file(path) for path in seal or ()]
    with Console(stderr=True).status("reading every line"), _state_file(data) as folder:
        found = look(folder, handed)
    if json:
        print(msgspec.json.encode(found).decode())
    elif found.fault is None:
        until = "" if found.last is None else f", the last of {render(found.last)}"
        print(f"{found.lines} lines are whole{until}; sealed up to line {found.sealed}")
    else:
        fault = found.fault
        at = "" if fault.at is None else f" ({render(fault.at)})"
        print(f"TAMPERED WITH: line {fault.number}{at}: {fault.words}")
    if found.fault is not None:
        raise typer.Exit(1)


@audit.command("list")
def show(
    what: Annotated[str | None, typer.Option(help="Such as command, or alarm.shelve.")] = None,
    subject: Annotated[str | None, typer.Option(help="Id of what it was done to.")] = None,
    who: Annotated[str | None, typer.Option(help="Name of who did it.")] = None,
    start: Annotated[str | None, typer.Option(help="ISO 8601.")] = None,
    end: Annotated[str | None, typer.Option(help="ISO 8601.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 50,
    data: Data = DEFAULT_DATA,
    server: Server = None,
    json: Json = False,
) -> None:
    """What was done, newest first."""
    given = {"what": what, "subject": subject, "who": who, "start": start, "end": end}
    query = urlencode({"limit": limit} | {k: v for k, v in given.items() if v is not None})
    found = ask("GET", f"{BASE}?{query}", data=data, server=server).json()
    if json:
        print(msgspec.json.encode(found).decode())
        return
    table = Table("line", "at", "who", "what", "to what", "why", box=None)
    for one in found:
        at = one["at"][:19].replace("T", " ")
        table.add_row(str(one["number"]), at, one["who"], one["what"], one["subject"], one["why"])
    Console(emoji=False, markup=False).print(table)


@audit.command()
def export(data: Data = DEFAULT_DATA, server: Server = None) -> None:
    """Everything as JSON lines with digests, to standard output, for an auditor."""
    found = ask("GET", f"{BASE}/export", data=data, server=server)
    if found.status >= 400:
        found.json()
    typer.echo(found.body, nl=False)


@audit.command()
def seal(data: Data = DEFAULT_DATA, server: Server = None) -> None:
    """A seal on everything so far, to standard output: keep it where Kota's keepers cannot."""
    found = ask("POST", f"{BASE}/seal", data=data, server=server, body={}).json()
    print(msgspec.json.encode(found).decode())


@contextmanager
def _state_file(data: Path) -> Iterator[Path]:
    """The folder with the town's state file: a copy where the town is in a database."""
    from kota.store.opening import address_of

    address = address_of(data, None)
    if address is None:
        yield data
        return
    from kota.store.postgres.link import Database
    from kota.store.state.postgres.archive import copy_out

    with tempfile.TemporaryDirectory(prefix="kota-audit-") as name:
        asyncio.run(copy_out(Database(address, "kota audit"), Path(name)))
        yield Path(name)
