"""``kota subject``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from urllib.parse import quote

import msgspec
import typer

from kota.cli.asking import DEFAULT_DATA, ask
from kota.errors import KotaError

Data = Annotated[Path, typer.Option(help="Data folder.")]
Server = Annotated[str | None, typer.Option(help="A running Kota: http://HOST:PORT.")]
Entity = Annotated[str, typer.Argument(help="Id of the entity that tells of somebody.")]

BASE = "/api/v1/subjects"

subject = typer.Typer(name="subject", help="What is held of whom.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(subject)
    app.command()(retention)


@subject.command()
def export(
    entity: Entity,
    to: Annotated[Path | None, typer.Option(help="New file; without it, to the screen.")] = None,
    data: Data = DEFAULT_DATA,
    server: Server = None,
) -> None:
    """Everything that is held of an entity, as JSON."""
    found = ask("GET", f"{BASE}/{quote(entity, safe=':')}", data=data, server=server).json()
    body = msgspec.json.format(msgspec.json.encode(found)).decode()
    if to is None:
        print(body)
        return
    if to.exists():
        raise KotaError(f"{to} exists", hint="name a new file")
    to.write_text(body)
    print(f"{to}: {len(found['history'])} observations, {len(found['about'])} entities about it")


@subject.command()
def erase(
    entity: Entity,
    reason: Annotated[str, typer.Option(help="Why, for the audit; name nobody in it.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    data: Data = DEFAULT_DATA,
    server: Server = None,
) -> None:
    """Erase everything that is held of an entity. There is no way back."""
    if not yes:
        typer.confirm(f"Erase everything that is held of {entity}?", abort=True)
    path = f"{BASE}/{quote(entity, safe=':')}/erase"
    found = ask("POST", path, data=data, server=server, body={"reason": reason}).json()
    print(
        f"erased: {found['entities']} entities with their history, {found['notices']} notices, "
        f"{found['letters']} letters"
    )
    for one in found["named_by"]:
        print(f"still named by {one}")


def retention(
    sweep: Annotated[
        bool, typer.Option("--sweep", help="Forget at once what is older than it may be.")
    ] = False,
    preview: Annotated[
        bool, typer.Option("--preview", help="Count what would be forgotten now; nothing is.")
    ] = False,
    data: Data = DEFAULT_DATA,
    server: Server = None,
) -> None:
    """How long what is kept, by type and purpose."""
    if sweep and preview:
        raise KotaError("--sweep and --preview: give one of them")
    method = "POST" if sweep else "GET"
    body: dict[str, str] | None = {} if sweep else None
    path = "/api/v1/retention" + ("?preview=true" if preview else "")
    found = ask(method, path, data=data, server=server, body=body).json()
    for one in found:
        what = f"{one['type']} ({', '.join(one['attributes']) or 'all'})"
        gone = "" if one["forgotten"] is None else f", {one['forgotten']} forgotten the last time"
        print(f"{what}: {one['keep_days']:g} days for {one['purpose']}{gone}")
        if one["older"] is not None:
            print(f"  present values of {one['entities']} entities would be forgotten")
            for name, count in one["older"].items():
                print(f"  {name}: {count:,} values in history would be")
    if not found:
        print("everything is kept")
