"""``kota rules``."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote, urlencode

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from kota.cli.asking import DEFAULT_DATA, ask
from kota.errors import KotaError

Data = Annotated[Path, typer.Option(help="Data folder.")]
Server = Annotated[str | None, typer.Option(help="A running Kota: http://HOST:PORT.")]
Json = Annotated[bool, typer.Option("--json", help="Say the result as JSON.")]
Files = Annotated[list[Path], typer.Argument(help="Files of rules, or folders of them.")]

BASE = "/api/v1/rules"
_SPAN = re.compile(r"(\d+(?:\.\d+)?)(min|h|d|w)")
_UNITS = {"min": "minutes", "h": "hours", "d": "days", "w": "weeks"}

rules = typer.Typer(name="rules", help="When this holds, then do that.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(rules)


@rules.command("list")
def show_all(data: Data = DEFAULT_DATA, server: Server = None, json: Json = False) -> None:
    """List the rules in force."""
    found = ask("GET", BASE, data=data, server=server).json()
    if json:
        _say(found)
        return
    table = Table("rule", "title", "version", "about", "hold", "fired", "last", "fault", box=None)
    for one in found:
        table.add_row(
            one["id"] if one["enabled"] else f"{one['id']} (off)",
            one["title"],
            f"{one['version']} {one['digest']}",
            str(one["subjects"]),
            str(one["holding"]),
            str(one["fired"]),
            _short(one["fired_at"]),
            one["fault"] or "",
        )
    console = Console(emoji=False, markup=False)
    if found:
        console.print(table)
    console.print(f"{len(found)} rules", highlight=False)


@rules.command()
def why(
    rule: Annotated[str, typer.Argument(help="Id of a rule.")],
    subject: Annotated[str | None, typer.Option(help="Id of the entity that it was about.")] = None,
    data: Data = DEFAULT_DATA,
    server: Server = None,
    json: Json = False,
) -> None:
    """Why a rule fired last: what it saw, and what was done."""
    query = {"rule": rule, "limit": "20"} | ({"subject": subject} if subject else {})
    found = ask("GET", f"{BASE}/firings?{urlencode(query)}", data=data, server=server).json()
    if json:
        _say(found)
        return
    console = Console(emoji=False, markup=False, highlight=False)
    for one in found:
        until = "holds" if one["active"] else f"until {_short(one['ended_at'])}"
        console.print(f"{_short(one['at'])} {one['subject']} (version {one['version']}, {until})")
        _print_evidence(console, one["evidence"])
        for outcome in one["outcomes"]:
            console.print(f"  {outcome['do']}: {outcome['state']} {outcome['words']}")
    console.print(f"{len(found)} firings")


@rules.command()
def check(files: Files) -> None:
    """Check rules without a server; a fault is said with its file and line."""
    from kota.operate.rules.definition_file import read_rules, sources_of
    from kota.runtime import naming
    from kota.solution import load_solutions

    found = read_rules(sources_of(files), naming(tuple(load_solutions())).expand)
    print(f"rules: {len(found)}, all good")


@rules.command("test")
def try_out(
    files: Files,
    since: Annotated[str, typer.Option(help="How far back: 90min, 12h, 7d, 4w.")] = "7d",
    end: Annotated[str | None, typer.Option(help="Until when, ISO 8601; now.")] = None,
    data: Data = DEFAULT_DATA,
    server: Server = None,
    json: Json = False,
) -> None:
    """When rules would have fired, judged over history as they would be live."""
    until = datetime.now(UTC) if end is None else datetime.fromisoformat(end)
    body = {
        "files": _texts(files),
        "start": (until - _span(since)).isoformat(),
        "end": until.isoformat(),
    }
    with Console(stderr=True).status("judging the past"):
        found = ask("POST", f"{BASE}/test", data=data, server=server, body=body).json()
    if json:
        _say(found)
        return
    console = Console(emoji=False, markup=False, highlight=False)
    for one in found["firings"]:
        until_words = f"until {_short(one['ended_at'])}" if one["ended_at"] else "still holds"
        console.print(f"{_short(one['at'])} {one['rule']} {one['subject']}, {until_words}")
        _print_evidence(console, one["evidence"])
    for name, count in found["by_rule"].items():
        console.print(f"{name}: would have fired {count} times")
    for name, fault in found["faults"].items():
        console.print(f"{name}: could not be judged: {fault}")
    console.print(
        f"{found['observations']} changes of {found['entities']} entities judged, nothing was done"
    )


@rules.command()
def load(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Files to put into force; none: read all anew.")
    ] = None,
    data: Data = DEFAULT_DATA,
    server: Server = None,
) -> None:
    """Put rules into force; if one is wrong, all stay as they are."""
    body = {"files": _texts(files) if files else None}
    found = ask("POST", f"{BASE}/load", data=data, server=server, body=body).json()
    changed = ", ".join(found["changed"]) or "none"
    print(f"rules in force: {found['rules']}; new or changed: {changed}")


@rules.command()
def remove(
    file: Annotated[str, typer.Argument(help="Name of a file of the town's folder of rules.")],
    data: Data = DEFAULT_DATA,
    server: Server = None,
) -> None:
    """Take the rules of a file out of force."""
    body = {"files": {file: None}}
    found = ask("POST", f"{BASE}/load", data=data, server=server, body=body).json()
    print(f"rules in force: {found['rules']}")


@rules.command()
def show(
    rule: Annotated[str, typer.Argument(help="Id of a rule.")],
    data: Data = DEFAULT_DATA,
    server: Server = None,
) -> None:
    """One rule as JSON: its definition, its versions, what it did last."""
    _say(ask("GET", f"{BASE}/{quote(rule)}", data=data, server=server).json())


def _texts(files: list[Path]) -> dict[str, str]:
    """The contents of files by their names."""
    found: dict[str, str] = {}
    for path in files:
        for file in sorted(path.glob("*.toml")) if path.is_dir() else [path]:
            if file.name in found:
                raise KotaError(f"{file}: two files are called {file.name}")
            try:
                found[file.name] = file.read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError) as error:
                raise KotaError(f"{file}: {error}", hint="name a TOML file") from error
    return found


def _span(text: str) -> timedelta:
    match = _SPAN.fullmatch(text)
    if match is None:
        raise KotaError(f"since {text!r}: not a time", hint="write 90min, 12h, 7d or 4w")
    return timedelta(**{_UNITS[match[2]]: float(match[1])})


def _print_evidence(console: Console, evidence: list[dict[str, Any]]) -> None:
    for one in evidence:
        seen = "" if one["value"] is None else f": {one['value']}"
        where = f" of {one['entity']}" if one["entity"] else ""
        mark = "yes" if one["holds"] else "no"
        console.print(f"  {mark}: {one['words']}{where}{seen}")


def _short(at: str | None) -> str:
    return "" if at is None else at[:19].replace("T", " ")


def _say(found: Any) -> None:
    print(msgspec.json.encode(found).decode())
