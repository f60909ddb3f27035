"""Days on which something is on that no calendar of holidays knows, from a table."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Final

from kota.connect.columns import Column, read_columns
from kota.errors import InputError

_COLUMNS: Final = (
    Column(name="date", also=("day",), means="local day, 2026-11-03"),
    Column(
        name="name", also=("event",), means="what is on; the same name each time it is on again"
    ),
)


def read_events(path: Path) -> dict[int, str]:
    """Names of events by day since 1970-01-01.

    An event is to be announced before it happens; a day's counts are compared with those of the
    same event before, so it keeps its name from year to year.

    Args:
        path: ``date, name``.

    Raises:
        InputError: a date that is none, or a day twice; says the line.
    """
    table = read_columns(path, _COLUMNS)
    found: dict[int, str] = {}
    for row, (text, name) in enumerate(
        zip(table.values["date"], table.values["name"], strict=True)
    ):
        try:
            day = date.fromisoformat(str(text)).toordinal() - date(1970, 1, 1).toordinal()
        except ValueError as error:
            raise InputError(
                f"{table.where(row)}: {text!r} is no date", hint="write 2026-11-03"
            ) from error
        if day in found:
            raise InputError(
                f"{table.where(row)}: {text} has the event {found[day]!r} already",
                hint="give one event a day, the larger one",
            )
        found[day] = str(name)
    return found
