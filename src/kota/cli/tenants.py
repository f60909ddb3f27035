"""``kota tenants``: who keeps data apart, how much, and how they all do."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import quote

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from kota.cli.asking import DEFAULT_DATA, ask

Data = Annotated[Path, typer.Option(help="Data folder.")]
Server = Annotated[str | None, typer.Option(help="A running Kota: http://HOST:PORT.")]
Json = Annotated[bool, typer.Option("--json", help="Say the result as JSON.")]
Name = Annotated[str, typer.Argument(help="Of the tenant.")]
Entities = Annotated[int | None, typer.Option(help="Entities at the same time.", min=0)]
Observations = Annotated[int | None, typer.Option(help="Observations a day.", min=0)]
_PATH: Final = "/api/v1/tenants"

tenants = typer.Typer(help="Parties that keep their data apart.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(tenants, name="tenants")


@tenants.command("add")
def add(
    name: Name,
    parent: Annotated[str | None, typer.Option(help="Tenant above it.")] = None,
    title: Annotated[str, typer.Option(help="As it stands on the screen.")] = "",
    entities: Entities = None,
    observations: Observations = None,
    solution: Annotated[
        list[str] | None, typer.Option(help="Solution to run on its data; repeatable.")
    ] = None,
    data: Data = DEFAULT_DATA,
    server: Server = None,
) -> None:
    """Make a tenant."""
    body = {
        "name": name,
        "parent": parent,
        "title": title,
        "quota": {"entities": entities, "observations": observations},
        "solutions": solution or [],
    }
    made = ask("POST", _PATH, data=data, server=server, body=body).json()
    print(f"{made['name']} is there, below {made['parent']}")


@tenants.command("list")
def listed(data: Data = DEFAULT_DATA, server: Server = None, json: Json = False) -> None:
    """List the tenants, those below others beneath them."""
    found = ask("GET", _PATH, data=data, server=server).json()
    if json:
        print(msgspec.json.encode(found).decode())
        return
    table = Table("name", "title", "entities", "observations a day", "solutions", box=None)
    for depth, one in _in_order(found):
        quota = one["quota"]
        table.add_row(
            "  " * depth + one["name"],
            one["title"],
            _limit(quota["entities"]),
            _limit(quota["observations"]),
            " ".join(one["solutions"]),
        )
    Console().print(table)


@tenants.command("show")
def show(data: Data = DEFAULT_DATA, server: Server = None, json: Json = False) -> None:
    """Say how the tenants do: what they hold, use, and have standing."""
    found = ask("GET", "/api/v1/portfolio", data=data, server=server).json()
    if json:
        print(msgspec.json.encode(found).decode())
        return
    columns = ("tenant", "entities", "observations today", "alarms", "unacknowledged")
    table = Table(*columns, "orders", "dead letters", "figures", box=None)
    for one in found:
        figures = [f"{each['title']} {each['value']}" for each in one["figures"]]
        table.add_row(
            one["title"],
            _of(one["entities"], one["entities_quota"]),
            _of(one["observations_today"], one["observations_quota"]),
            *(_of(one[key], None) for key in ("alarms", "unacknowledged")),
            *(_of(one[key], None) for key in ("open_orders", "dead_letters")),
            ", ".join(figures),
        )
    Console().print(table)


@tenants.command("quota")
def quota(
    name: Name,
    entities: Entities = None,
    observations: Observations = None,
    data: Data = DEFAULT_DATA,
    server: Server = None,
) -> None:
    """Say how much a tenant may use; what is not given is not limited."""
    body = {"entities": entities, "observations": observations}
    path = f"{_PATH}/{quote(name, safe='')}/quota"
    set_to = ask("PUT", path, data=data, server=server, body=body).json()["quota"]
    print(
        f"{name}: {_limit(set_to['entities'])} entities, "
        f"{_limit(set_to['observations'])} observations a day"
    )


@tenants.command("remove")
def remove(
    name: Name,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    data: Data = DEFAULT_DATA,
    server: Server = None,
) -> None:
    """Delete a tenant with all its data, accounts and tokens."""
    if not yes:
        typer.confirm(f"Delete everything that {name} holds?", abort=True)
    gone = ask("DELETE", f"{_PATH}/{quote(name, safe='')}", data=data, server=server).json()
    print(f"{name} is gone, with {gone['entities']} entities")


@tenants.command("backup")
def backup(
    name: Name,
    target: Annotated[Path, typer.Argument(help="New folder to write.")],
    data: Data = DEFAULT_DATA,
    server: Server = None,
) -> None:
    """Copy all data of a tenant into a new folder, verified."""
    body = {"target": str(target.absolute())}
    made = ask("POST", "/api/v1/backups", data=data, server=server, body=body, tenant=name).json()
    print(f"{target}: {made['entities']} entities, {made['observations']} observations")


@tenants.command("export")
def export(
    name: Name,
    parquet: Annotated[Path, typer.Option(help="New folder for history as Parquet.")],
    data: Data = DEFAULT_DATA,
    server: Server = None,
) -> None:
    """Write every observation of a tenant as Parquet, partitioned by type and day."""
    body = {"target": str(parquet.absolute())}
    made = ask("POST", "/api/v1/exports", data=data, server=server, body=body, tenant=name).json()
    print(f"{parquet}: {made['observations']} observations")


def _in_order(found: list[dict[str, Any]]) -> list[tuple[int, dict[str, Any]]]:
    """Each tenant with how deep it lies, its own below it."""
    names = {one["name"] for one in found}
    tops = [one for one in found if one["parent"] not in names]
    rows: list[tuple[int, dict[str, Any]]] = []

    def put(one: dict[str, Any], depth: int) -> None:
        rows.append((depth, one))
        for child in found:
            if child["parent"] == one["name"]:
                put(child, depth + 1)

    for one in tops:
        put(one, 0)
    return rows


def _limit(value: int | None) -> str:
    return "any" if value is None else f"{value:,}"


def _of(value: int | None, limit: int | None) -> str:
    if value is None:
        return "-"
    return f"{value:,}" if limit is None else f"{value:,} of {limit:,}"
