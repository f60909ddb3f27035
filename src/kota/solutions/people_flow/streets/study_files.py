"""Before-and-after studies from a table of counts by day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Final, Literal

import msgspec
import numpy as np

from kota.connect.columns import Column, read_columns
from kota.errors import InputError
from kota.solutions.people_flow.streets.studies import (
    Effect,
    difference_in_differences,
    synthetic_control,
)

Method = Literal["difference", "synthetic"]

_DAILY: Final = (
    Column(name="place", also=("sensor_id", "edge"), means="name of the counter"),
    Column(name="date", also=("day",), means="a day such as 2026-05-04"),
    Column(name="count", also=("people",), kind="number", least=0.0, means="people on that day"),
)


class Answer(msgspec.Struct, frozen=True):
    """What a study found; shares of the flow without the change, people a day."""

    method: str
    effect: float
    low: float
    high: float
    level: float
    p_value: float | None
    people_a_day: float
    days_before: int
    days_after: int
    places_changed: int
    places_compared: int


def study_file(
    counts: Path,
    changed: Sequence[str],
    since: date,
    *,
    until: date | None = None,
    method: Method = "difference",
    level: float = 0.9,
    seed: int = 0,
) -> Answer:
    """Say what a change or an event did.

    Args:
        counts: ``place, date, count``.
        changed: places where something changed.
        since: first day of the change.
        until: its last day, for an event; days after it are left out.
        method: against the mean of the others, or against a mixture of them.
        level: of the interval.
        seed: of the bootstrap.

    Raises:
        InputError: the table is wrong, or a place is not in it.
    """
    table = read_columns(counts, _DAILY)
    places = sorted({str(one) for one in table.values["place"]})
    for name in changed:
        if name not in places:
            raise InputError(
                f"{counts.name}: no place is called {name!r}",
                hint=f"there are {', '.join(places[:12])}",
            )
    days = []
    for row, text in enumerate(table.values["date"]):
        try:
            days.append(date.fromisoformat(str(text)))
        except ValueError as error:
            raise InputError(
                f"{table.where(row)}: {text!r} is no day", hint="write 2026-05-04"
            ) from error
    kept = sorted({day for day in days if until is None or day <= until})
    values = np.full((len(kept), len(places)), np.nan)
    of_day = {day: k for k, day in enumerate(kept)}
    of_place = {name: k for k, name in enumerate(places)}
    rows = zip(days, table.values["place"], table.values["count"], strict=True)
    for row, (day, place, count) in enumerate(rows):
        if day not in of_day:
            continue
        cell = of_day[day], of_place[str(place)]
        if np.isfinite(values[cell]):
            raise InputError(f"{table.where(row)}: {place} was counted on {day} already")
        values[cell] = count
    treated = np.array([name in set(changed) for name in places])
    after = np.array([day >= since for day in kept])
    study = difference_in_differences if method == "difference" else synthetic_control
    found = study(values, treated, after, rng=np.random.default_rng(seed), share=level)
    return _answer(found, level, after, treated)


def _answer(found: Effect, level: float, after: np.ndarray, treated: np.ndarray) -> Answer:
    return Answer(
        method=found.method,
        effect=round(found.share, 4),
        low=round(found.low, 4),
        high=round(found.high, 4),
        level=level,
        p_value=None if np.isnan(found.p_value) else round(found.p_value, 4),
        people_a_day=round(found.people, 1),
        days_before=int((~after).sum()),
        days_after=int(after.sum()),
        places_changed=int(treated.sum()),
        places_compared=int((~treated).sum()),
    )
