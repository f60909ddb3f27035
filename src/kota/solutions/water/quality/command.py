"""``kota water events`` and ``kota water origin``."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kota.errors import InputError

if TYPE_CHECKING:
    from kota.solutions.water.quality.source import Seen

_HEAD = ["hour", "node", "positive"]
_WORDS = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}


def origin(
    network: Annotated[Path, typer.Option(help="EPANET input file.")],
    seen: Annotated[Path, typer.Option(help="Table hour,node,positive: what sensors said.")],
    out: Annotated[Path, typer.Option(help="JSON file to write.")],
    ahead: Annotated[float, typer.Option(help="Hours after the last that was seen.")] = 12.0,
) -> None:
    """Say where contamination may have entered, and whom it reaches.

    Hours count from the beginning of the run, which is the file's own; positive is 1 or 0.
    """
    import msgspec

    from kota.solutions.water.quality.source import find_origin

    told = read_seen(seen)
    hours = max(each.second for each in told) / 3600 + ahead
    found = find_origin(network, told, hours=hours)
    out.write_bytes(msgspec.json.format(msgspec.json.encode(found), indent=2))
    for each in found.candidates:
        if each.probability >= 0.01:
            begins = each.begins / 3600
            typer.echo(f"{each.node}: {each.probability:.0%}, from hour {begins:.1f} on")
    typer.echo(f"{len(found.reached)} customers' nodes reached, {found.demand:.1f} m³/h expected")


def events(
    readings: Annotated[Path, typer.Option(help="Table: Timestamp, then a column a signal.")],
    out: Annotated[Path, typer.Option(help="CSV file to write: time,kind,score,signals.")],
    driver: Annotated[
        list[str] | None, typer.Option(help="Column that explains the others, as a flow.")
    ] = None,
) -> None:
    """Find events in the water's quality from several sensors at once, each when it is certain.

    The first five days are learnt from. An event moves several signals; where one stands alone, it
    is its sensor that fails.
    """
    from kota.solutions.water.estimate.scada import told
    from kota.solutions.water.quality.replay import replay

    if not readings.is_file():
        raise InputError(f"{readings}: there is no such file")
    names, found = replay(readings, tuple(driver or ()))
    rows = []
    for event in found:
        signals = " ".join(f"{names[k]}:{change:+.3g}" for k, change in event.signals)
        rows.append(f"{told(event.at)},{event.kind},{event.score:.2f},{signals}\n")
        typer.echo(f"{told(event.at)} {event.kind}: {signals}")
    out.write_text("time,kind,score,signals\n" + "".join(rows))


def read_seen(path: Path) -> list[Seen]:
    """What sensors said.

    Raises:
        InputError: a row cannot be understood; names file and line.
    """
    from kota.solutions.water.quality.source import Seen

    if not path.is_file():
        raise InputError(f"{path}: there is no such file")
    found = []
    with path.open(newline="", encoding="utf-8-sig") as file:
        rows = csv.reader(file)
        head = [word.strip().lower() for word in next(rows, [])]
        if head != _HEAD:
            raise InputError(f"{path} line 1: {','.join(head)!r}; expected hour,node,positive")
        for number, row in enumerate(rows, start=2):
            try:
                hour, node, word = (cell.strip() for cell in row)
                found.append(Seen(round(float(hour) * 3600), node, _WORDS[word.lower()]))
            except (ValueError, KeyError, OverflowError) as error:
                where = f"{path} line {number}: {','.join(row)!r}"
                raise InputError(f"{where}; expected 3.5,J-1,1") from error
    if not found:
        raise InputError(f"{path}: it holds no rows")
    return found
