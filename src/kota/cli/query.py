"""``kota query``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlencode

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from kota.cli.asking import DEFAULT_DATA, ask
from kota.model.terms import KOTA_CONTEXT

LINK = f'<{KOTA_CONTEXT}>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(query)


def query(
    type_: Annotated[str | None, typer.Option("--type", help="Entity types: Tank|Pump.")] = None,
    entity_id: Annotated[str | None, typer.Option("--id", help="Entity ids, by comma.")] = None,
    q: Annotated[str | None, typer.Option(help="Condition, such as 'level<2;level>1'.")] = None,
    pick: Annotated[str | None, typer.Option(help="Members to show, by comma.")] = None,
    order_by: Annotated[str | None, typer.Option(help="Member to sort by.")] = None,
    limit: Annotated[int, typer.Option(help="Most entities to show.", min=0, max=1000)] = 20,
    data: Annotated[Path, typer.Option(help="Data folder.")] = DEFAULT_DATA,
    server: Annotated[str | None, typer.Option(help="A running Kota: http://HOST:PORT.")] = None,
    json: Annotated[bool, typer.Option("--json", help="NGSI-LD entities as JSON.")] = False,
) -> None:
    """Show entities of the live model, by the NGSI-LD query language."""
    given = {"type": type_, "id": entity_id, "q": q, "pick": pick, "orderBy": order_by}
    parameters: dict[str, Any] = {name: value for name, value in given.items() if value}
    if not parameters:
        parameters["local"] = "true"
    parameters |= {"limit": limit, "count": "true"}
    if not json:
        parameters["format"] = "simplified"
    path = f"/ngsi-ld/v1/entities?{urlencode(parameters)}"
    answer = ask("GET", path, data=data, server=server, link=LINK)
    entities = answer.json()
    if json:
        print(msgspec.json.encode(entities).decode())
        return
    _show(entities, int(answer.headers.get("ngsild-results-count", len(entities))))


def _show(entities: list[dict[str, Any]], count: int) -> None:
    names = list(dict.fromkeys(name for entity in entities for name in entity))
    table = Table(box=None, pad_edge=False)
    for name in names:
        table.add_column(name, overflow="fold")
    for entity in entities:
        table.add_row(*(_cell(entity.get(name)) for name in names))
    console = Console(emoji=False, markup=False)
    if entities:
        console.print(table)
    console.print(f"{len(entities)} of {count} entities", highlight=False)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, dict) and isinstance(value.get("coordinates"), list):
        return str(value.get("type", ""))
    if isinstance(value, str | int | float):
        return str(value)
    return msgspec.json.encode(value).decode()
