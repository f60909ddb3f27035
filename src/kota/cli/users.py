"""``kota users`` and ``kota tokens``: who may do what."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from kota.cli.asking import DEFAULT_DATA, ask

Data = Annotated[Path, typer.Option(help="Data folder.")]
Server = Annotated[str | None, typer.Option(help="A running Kota: http://HOST:PORT.")]
Json = Annotated[bool, typer.Option("--json", help="Say the result as JSON.")]
Name = Annotated[str, typer.Argument(help="Of the account.")]
Role = Annotated[list[str] | None, typer.Option(help="What somebody may do; repeatable.")]
Area = Annotated[list[str] | None, typer.Option(help="Scope that it holds in; repeatable.")]
Only = Annotated[list[str] | None, typer.Option(help="Solution that it holds for; repeatable.")]
Tenant = Annotated[str | None, typer.Option(help="Whose users; the default tenant's.")]
Within = Annotated[
    str | None, typer.Option("--in", help="Tenant that it holds in; else whose user it is.")
]
Below = Annotated[bool, typer.Option("--below", help="It holds in the tenants below too.")]
Purpose = Annotated[
    list[str] | None, typer.Option(help="Purpose to see personal data for; repeatable.")
]

users = typer.Typer(help="Accounts, and what they may do.", no_args_is_help=True)
tokens = typer.Typer(help="Tokens of services.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(users, name="users")
    app.add_typer(tokens, name="tokens")


@users.command("list")
def list_users(
    data: Data = DEFAULT_DATA,
    tenant: Tenant = None,
    server: Server = None,
    json: Json = False,
) -> None:
    """List the accounts."""
    found = ask("GET", "/api/v1/users", data=data, server=server, tenant=tenant).json()
    if json:
        print(msgspec.json.encode(found).decode())
        return
    table = Table("name", "may", "second factor", "sessions", "state", box=None)
    for one in found:
        state = "password to be changed" if one["must_change"] else ""
        if one["locked_until"]:
            state = f"locked until {one['locked_until']}"
        factor = "yes" if one["second_factor"] else "no"
        table.add_row(one["name"], _said(one["grants"]), factor, str(one["sessions"]), state)
    Console().print(table)


@users.command("add")
def add_user(
    name: Name,
    title: Annotated[str, typer.Option(help="As it stands on the screen.")] = "",
    role: Role = None,
    area: Area = None,
    solution: Only = None,
    purpose: Purpose = None,
    within: Within = None,
    below: Below = False,
    data: Data = DEFAULT_DATA,
    tenant: Tenant = None,
    server: Server = None,
) -> None:
    """Make an account; says its one-time password."""
    body = {
        "name": name,
        "title": title,
        "grants": _grants(role, area, solution, purpose, within, below),
    }
    made = ask("POST", "/api/v1/users", data=data, server=server, body=body, tenant=tenant).json()
    print(f"{name}: the one-time password is {made['password']}")


@users.command("grant")
def grant(
    name: Name,
    role: Role = None,
    area: Area = None,
    solution: Only = None,
    purpose: Purpose = None,
    within: Within = None,
    below: Below = False,
    data: Data = DEFAULT_DATA,
    tenant: Tenant = None,
    server: Server = None,
) -> None:
    """Give an account roles besides those that it has."""
    present = _grants_of(name, data, server, tenant)
    given = [
        one for one in _grants(role, area, solution, purpose, within, below) if one not in present
    ]
    _put(name, [*present, *given], data, server, tenant)


@users.command("revoke")
def revoke(
    name: Name,
    role: Role = None,
    data: Data = DEFAULT_DATA,
    tenant: Tenant = None,
    server: Server = None,
) -> None:
    """Take roles of an account away, wherever they hold; all, if none is named."""
    present = _grants_of(name, data, server, tenant)
    left = [one for one in present if role and one["role"] not in role]
    _put(name, left, data, server, tenant)


@users.command("reset")
def reset(
    name: Name, data: Data = DEFAULT_DATA, tenant: Tenant = None, server: Server = None
) -> None:
    """Give an account a new one-time password and no second factor; its sessions end."""
    made = ask(
        "POST", f"/api/v1/users/{quote(name)}/reset", data=data, server=server, tenant=tenant
    ).json()
    print(f"{name}: the one-time password is {made['password']}")


@users.command("remove")
def remove(
    name: Name, data: Data = DEFAULT_DATA, tenant: Tenant = None, server: Server = None
) -> None:
    """Take an account away."""
    ask("DELETE", f"/api/v1/users/{quote(name)}", data=data, server=server, tenant=tenant).json()
    print(f"{name} is removed")


@tokens.command("make")
def make_token(
    name: Annotated[str, typer.Argument(help="What it is for.")],
    role: Role = None,
    area: Area = None,
    solution: Only = None,
    purpose: Purpose = None,
    within: Within = None,
    below: Below = False,
    days: Annotated[float, typer.Option(help="For how long.", min=0.001, max=3660)] = 365,
    data: Data = DEFAULT_DATA,
    tenant: Tenant = None,
    server: Server = None,
) -> None:
    """Make a token; says its text, which is not kept."""
    body = {
        "name": name,
        "grants": _grants(role, area, solution, purpose, within, below),
        "days": days,
    }
    made = ask("POST", "/api/v1/tokens", data=data, server=server, body=body, tenant=tenant).json()
    print(made["text"])


@tokens.command("list")
def list_tokens(
    data: Data = DEFAULT_DATA,
    tenant: Tenant = None,
    server: Server = None,
    json: Json = False,
) -> None:
    """List the tokens."""
    found = ask("GET", "/api/v1/tokens", data=data, server=server, tenant=tenant).json()
    if json:
        print(msgspec.json.encode(found).decode())
        return
    table = Table("id", "name", "may", "made by", "until", box=None)
    for one in found:
        until = f"{one['expires_at']}{' (over)' if one['expired'] else ''}"
        table.add_row(one["id"], one["name"], _said(one["grants"]), one["made_by"], until)
    Console().print(table)


@tokens.command("revoke")
def revoke_token(
    token: Annotated[str, typer.Argument(help="Its id.")],
    data: Data = DEFAULT_DATA,
    tenant: Tenant = None,
    server: Server = None,
) -> None:
    """Let a token hold no more."""
    ask("DELETE", f"/api/v1/tokens/{quote(token)}", data=data, server=server, tenant=tenant).json()
    print(f"{token} is revoked")


def _grants(
    roles: list[str] | None,
    areas: list[str] | None,
    solutions: list[str] | None,
    purposes: list[str] | None,
    tenant: str | None,
    below: bool,
) -> list[dict[str, Any]]:
    return [
        {
            "role": role,
            "tenant": tenant,
            "below": below,
            "areas": areas or [],
            "solutions": solutions or [],
            "purposes": purposes or [],
        }
        for role in roles or []
    ]


def _grants_of(
    name: str, data: Path, server: str | None, tenant: str | None
) -> list[dict[str, Any]]:
    found = ask("GET", "/api/v1/users", data=data, server=server, tenant=tenant).json()
    present: list[dict[str, Any]] = []
    for one in found:
        if one["name"] == name:
            present = one["grants"]
    return present


def _put(
    name: str,
    grants: list[dict[str, Any]],
    data: Path,
    server: str | None,
    tenant: str | None,
) -> None:
    path = f"/api/v1/users/{quote(name)}/grants"
    changed = ask(
        "PUT", path, data=data, server=server, body={"grants": grants}, tenant=tenant
    ).json()
    print(f"{name} may: {_said(changed['grants']) or 'nothing'}")


def _said(grants: list[dict[str, Any]]) -> str:
    """Grants in a few words."""
    words = []
    for one in grants:
        where = f" in {' '.join(one['areas'])}" if one["areas"] else ""
        tenant = "" if one["tenant"] == "city" else f" at {one['tenant']}"
        of = f" of {' '.join(one['solutions'])}" if one["solutions"] else ""
        for_ = f" for {' '.join(one['purposes'])}" if one["purposes"] else ""
        below = " and below" if one["below"] else ""
        words.append(f"{one['role']}{of}{where}{tenant}{below}{for_}")
    return ", ".join(words)
