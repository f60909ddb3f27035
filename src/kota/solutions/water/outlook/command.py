"""``kota water outlook`` and ``kota water what-if``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kota.errors import InputError

if TYPE_CHECKING:
    from kota.solutions.water.outlook.course import Begin, Quality
    from kota.solutions.water.outlook.warn import Warned

_Network = Annotated[Path, typer.Option(help="EPANET input file.")]
_Hours = Annotated[float, typer.Option(help="How far ahead.")]
_Level = Annotated[
    list[str] | None, typer.Option(help="TANK=METRES as it stands; may be given again.")
]
_Clock = Annotated[str, typer.Option("--from", help="Time of day at the beginning, HH:MM.")]
_Age = Annotated[bool, typer.Option("--age", help="Follow the water's age too.")]


def outlook(
    network: _Network,
    out: Annotated[Path, typer.Option(help="JSON file to write: levels, power, warnings.")],
    nodes: Annotated[
        Path | None, typer.Option(help="Parquet file to write: pressure by node and step.")
    ] = None,
    hours: _Hours = 24.0,
    clock: _Clock = "00:00",
    level: _Level = None,
    demand_factor: Annotated[float, typer.Option(help="On the file's demands.")] = 1.0,
    age: _Age = False,
    chlorine: Annotated[
        float | None, typer.Option(help="Follow chlorine, held at so much [mg/L] at the sources.")
    ] = None,
) -> None:
    """Run a network ahead from how it stands, and say what its operator must know.

    Tanks that run low, empty or over, customers with low pressure or without water, water that
    grows old; steps of five minutes.
    """
    from kota.solutions.water.inp import read_network
    from kota.solutions.water.outlook.change import Changes
    from kota.solutions.water.outlook.course import Chlorine, look_ahead
    from kota.solutions.water.outlook.table import write_course, write_warnings
    from kota.solutions.water.outlook.warn import warned_of

    changes = Changes(demand_factor=demand_factor)
    if age and chlorine is not None:
        raise InputError("--age and --chlorine: one of them can be followed at a time")
    quality: Quality = "age" if age else "none" if chlorine is None else "chlorine"
    course = look_ahead(
        network,
        _begin(clock, level),
        changes,
        hours=hours,
        quality=quality,
        chlorine=Chlorine(dose=chlorine),
    )
    warned = warned_of(course, read_network(network), quality=quality)
    write_warnings(course, warned, out)
    if nodes is not None:
        write_course(course, quality, nodes)
    for each in warned:
        typer.echo(_said(each))


def what_if(
    network: _Network,
    close: Annotated[list[str] | None, typer.Option(help="Link that is shut.")] = None,
    demand_factor: Annotated[float, typer.Option(help="On all demands.")] = 1.0,
    take: Annotated[
        list[str] | None, typer.Option(help="JUNCTION=M3_PER_H that is taken besides.")
    ] = None,
    setting: Annotated[
        list[str] | None, typer.Option(help="VALVE=VALUE or PUMP=SPEED that is set.")
    ] = None,
    tariff: Annotated[
        Path | None, typer.Option(help="Table from,price of the second run's energy.")
    ] = None,
    hours: _Hours = 24.0,
    clock: _Clock = "00:00",
    level: _Level = None,
    age: _Age = False,
    json: Annotated[bool, typer.Option("--json", help="Write one JSON object.")] = False,
) -> None:
    """Run the hours ahead with and without a change, and say what it would do."""
    import msgspec
    from rich.console import Console
    from rich.table import Table

    from kota.solutions.water.outlook.change import Changes
    from kota.solutions.water.outlook.compare import compare
    from kota.solutions.water.schedule.tariff import Tariff

    changes = Changes(
        closed=tuple(close or ()),
        demand_factor=demand_factor,
        demand=_numbers(take, "--take", "JUNCTION=M3_PER_H"),
        settings=_numbers(setting, "--setting", "VALVE=VALUE"),
    )
    found = compare(
        network,
        changes,
        begin=_begin(clock, level),
        hours=hours,
        after_tariff=None if tariff is None else Tariff.read(tariff),
        quality="age" if age else "none",
    )
    if json:
        typer.echo(msgspec.json.encode(found).decode())
        return
    table = Table("in these hours", "without", "with")
    before, after = msgspec.to_builtins(found.before), msgspec.to_builtins(found.after)
    for name, value in before.items():
        table.add_row(name.replace("_", " "), str(value), str(after[name]))
    Console().print(table)
    if found.without_water:
        typer.echo(f"without water: {', '.join(found.without_water)}")
    for each in found.warnings:
        typer.echo(_said(each))


def _begin(clock: str, levels: list[str] | None) -> Begin:
    from kota.solutions.water.outlook.course import Begin

    hour, _, minute = clock.partition(":")
    if not (hour.isdigit() and minute.isdigit() and int(hour) < 24 and int(minute) < 60):
        raise InputError(f"--from {clock!r}: expected HH:MM")
    told = _numbers(levels, "--level", "TANK=METRES")
    return Begin(clock=int(hour) * 3600 + int(minute) * 60, levels=told)


def _numbers(given: list[str] | None, option: str, form: str) -> dict[str, float]:
    found = {}
    for text in given or ():
        name, _, value = text.rpartition("=")
        try:
            found[name] = float(value)
        except ValueError as error:
            raise InputError(f"{option} {text!r}: expected {form}") from error
        if not name:
            raise InputError(f"{option} {text!r}: expected {form}")
    return found


def _said(warned: Warned) -> str:
    first, last = (f"{second / 3600:.1f} h" for second in (warned.begins, warned.ends))
    more = f" and {warned.count - 1} more" if warned.count > 1 else ""
    return (
        f"{warned.kind} {warned.asset}{more}: {warned.worst:g} (limit {warned.limit:g}), "
        f"{first} to {last} ahead"
    )
