"""``kota devices``."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from kota.access.sealing import write_private
from kota.cli.asking import DEFAULT_DATA, ask
from kota.cli.reaching import running_server

if TYPE_CHECKING:
    from kota.connect.device_table import DeviceRow

Data = Annotated[Path, typer.Option(help="Data folder.")]
Server = Annotated[str | None, typer.Option(help="A running Kota: http://HOST:PORT.")]
Json = Annotated[bool, typer.Option("--json", help="Say the result as JSON.")]

devices = typer.Typer(name="devices", help="The devices that Kota knows.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(devices)


@devices.command("list")
def show(
    state: Annotated[str | None, typer.Option(help="pending, approved or rejected.")] = None,
    data: Data = DEFAULT_DATA,
    server: Server = None,
    json: Json = False,
) -> None:
    """List devices; those that are pending wait for a yes."""
    query = f"?state={quote(state)}" if state else ""
    found = ask("GET", f"/api/v1/devices{query}", data=data, server=server).json()
    if json:
        print(msgspec.json.encode(found).decode())
        return
    table = Table("device", "state", "profile", "group", "messages", "last message", box=None)
    for one in found:
        last = (one["payload"] or "")[:60]
        table.add_row(
            one["id"], one["state"], one["profile"], one["group"], str(one["messages"]), last
        )
    Console().print(table)


@devices.command()
def approve(
    device: Annotated[str, typer.Argument(help="Its id.")],
    profile: Annotated[str | None, typer.Option(help="Reads its messages.")] = None,
    entity: Annotated[str | None, typer.Option(help="The entity it observes.")] = None,
    data: Data = DEFAULT_DATA,
    server: Server = None,
) -> None:
    """Take a device's messages from now on."""
    body = {"profile": profile, "entity": entity}
    path = f"/api/v1/devices/{quote(device, safe='')}/approve"
    ask("POST", path, data=data, server=server, body=body).json()
    print(f"{device} is approved")


@devices.command()
def reject(
    device: Annotated[str, typer.Argument(help="Its id.")],
    data: Data = DEFAULT_DATA,
    server: Server = None,
) -> None:
    """Drop a device's messages from now on."""
    path = f"/api/v1/devices/{quote(device, safe='')}/reject"
    ask("POST", path, data=data, server=server, body={}).json()
    print(f"{device} is rejected")


@devices.command("import")
def import_table(
    file: Annotated[
        Path, typer.Argument(help="CSV: id, and any of profile, entity, name, group, lon, lat.")
    ],
    profile: Annotated[
        list[Path] | None, typer.Option(help="Without a server: profile, or folder; repeatable.")
    ] = None,
    dry_run: Annotated[bool, typer.Option(help="Show what would change, change nothing.")] = False,
    skip_faults: Annotated[
        bool, typer.Option(help="Leave faulty lines out instead of refusing the file.")
    ] = False,
    data: Data = DEFAULT_DATA,
    server: Server = None,
    json: Json = False,
) -> None:
    """Enrol devices by the thousand."""
    from kota.connect.device_table import read_device_rows

    rows = read_device_rows(file)
    with Console(stderr=True).status(f"enrolling {len(rows)} devices"):
        url = running_server(data, server)
        if url is not None:
            body = {
                "rows": [msgspec.structs.asdict(row) for row in rows],
                "dry_run": dry_run,
                "skip_faults": skip_faults,
            }
            found = ask("POST", "/api/v1/devices", data=data, server=url, body=body).json()
        else:
            found = asyncio.run(
                _enrol(rows, profile or [], data, dry_run=dry_run, skip_faults=skip_faults)
            )
    if json:
        print(msgspec.json.encode(found).decode())
        return
    for fault in found["faults"][:20]:
        print(f"  left out: {file.name} {fault}")
    note = " (dry run: nothing was changed)" if dry_run else ""
    print(f"{file}: {found['new']} new, {found['changed']} changed, {found['same']} same{note}")


async def _enrol(
    rows: list[DeviceRow],
    profiles: list[Path],
    data: Path,
    *,
    dry_run: bool,
    skip_faults: bool,
) -> dict[str, Any]:
    from kota.config import Settings
    from kota.connect.device_table import enrol_rows
    from kota.runtime import opened

    settings = Settings(data=data, port=0, auth="none", solutions=(), profiles=tuple(profiles))
    async with opened(settings) as kota:
        outcome = await enrol_rows(
            rows,
            kota.devices,
            kota.intake.router.profiles,
            kota.ingest,
            dry_run=dry_run,
            skip_faults=skip_faults,
        )
    return msgspec.structs.asdict(outcome)


@devices.command("issue")
def issue(
    device: Annotated[list[str] | None, typer.Argument(help="Ids; all approved, if none.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="New CSV file for the secrets, for your eyes alone.")
    ] = None,
    days: Annotated[float | None, typer.Option(help="For how long; until revoked.")] = None,
    data: Data = DEFAULT_DATA,
    server: Server = None,
) -> None:
    """Give devices new credentials for MQTT and HTTP; those that they had hold no more."""
    wanted = device or [
        one["id"]
        for one in ask("GET", "/api/v1/devices?state=approved", data=data, server=server).json()
    ]
    if not wanted:
        print("there are no approved devices")
        return
    body = {"devices": wanted, "days": days}
    made = ask("POST", "/api/v1/devices/keys", data=data, server=server, body=body).json()
    lines = ["device,secret", *(f"{one['device']},{one['secret']}" for one in made)]
    if out is None:
        print("\n".join(lines))
        return
    write_private(out, "\n".join([*lines, ""]).encode())
    print(f"{out}: {len(made)} credentials")


@devices.command("revoke")
def revoke(
    device: Annotated[list[str], typer.Argument(help="Their ids.")],
    data: Data = DEFAULT_DATA,
    server: Server = None,
) -> None:
    """Take the credentials of devices away; open connections end."""
    body = {"devices": device}
    found = ask("DELETE", "/api/v1/devices/keys", data=data, server=server, body=body).json()
    print(f"{found['revoked']} revoked")
