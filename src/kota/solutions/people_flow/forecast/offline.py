"""Forecasts of a file of counts, issued one after another without foresight, and their score."""

from __future__ import annotations

import csv
import os
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import msgspec
import numpy as np

from kota.errors import SolutionError
from kota.solutions.people_flow.forecast.bars import mean_of_four, seasonal_naive
from kota.solutions.people_flow.forecast.calendar import (
    Region,
    checked_region,
    public_holidays,
    region_of,
)
from kota.solutions.people_flow.forecast.cleaning import Clean, describe, doubts, find_faults
from kota.solutions.people_flow.forecast.counts import (
    DAY,
    WEEK,
    Counts,
    Finding,
    Floats,
    exists,
    hour_of,
    moment_of,
)
from kota.solutions.people_flow.forecast.events import read_events
from kota.solutions.people_flow.forecast.files import read_counts, zone_named
from kota.solutions.people_flow.forecast.forecast import Outlook, walk

COLUMNS: Final = ("sensor_id", "local_time", "issued_at", "forecast", "lower", "upper")
BARS: Final[dict[str, Callable[[Counts, int, int], Floats]]] = {
    "seasonal_naive": seasonal_naive,
    "mean_of_four": mean_of_four,
}


_STALE = 8 * WEEK


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What to forecast.

    Args:
        files: of hourly counts.
        zone: of their local time.
        start: local time of the first issue.
        end: the last issue is before this local time.
        horizon: hours ahead.
        every: hours from issue to issue.
        country, subdivision: whose holidays; None: as the zone tells.
        events: table of further special days, known beforehand, or None.
    """

    files: tuple[Path, ...]
    zone: str
    start: datetime
    end: datetime
    horizon: int = 168
    every: int = 168
    country: str | None = None
    subdivision: str | None = None
    events: Path | None = None


class Score(msgspec.Struct, frozen=True):
    """Errors over the hours that this forecast, and the truth, have a value for.

    Args:
        wape: sum of absolute errors over sum of counts.
        mae: mean absolute error [people in an hour].
        hours: how many were scored.
        ours: WAPE of Kota's forecast over the very same hours.
    """

    wape: float
    mae: float
    hours: int
    ours: float


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """How a run went; what needs the truth is None where the files end before.

    Args:
        wape: sum of absolute errors over sum of counts.
        mae: mean absolute error [people in an hour].
        coverage: share of counts within the interval of 80 %.
        scored: hours of sensors with a count.
        bars: the naive forecasts.
        issues, sensors, rows: how many.
        unforecast: sensors without a count before the last issue.
        holidays: whose: country and subdivision.
        seconds: what all of it took.
        findings: what is wrong with the counts, by kind.
        examples: the first of each kind, in words.
    """

    wape: float | None
    mae: float | None
    coverage: float | None
    scored: int
    bars: dict[str, Score]
    issues: int
    sensors: int
    rows: int
    unforecast: list[str]
    holidays: str
    seconds: float
    findings: dict[str, int]
    examples: list[str]


def run(order: Order, out: Path) -> Summary:
    """Read, forecast and write; the file at `out` is replaced only when all went well.

    Raises:
        SolutionError: the files or the times are wrong.
    """
    begun = time.perf_counter()
    zone = zone_named(order.zone)
    region = region_of(zone)
    if order.country is not None:
        region = checked_region(order.country, order.subdivision)
    events = {} if order.events is None else read_events(order.events)
    counts, findings = read_counts(order.files, zone)
    issues = _issues(order, counts)
    faults = find_faults(counts)
    findings += [*describe(counts, faults), *doubts(counts, faults, issues[-1])]
    first, last = counts.start // DAY - 1, (issues[-1] + order.horizon) // DAY + 4
    holidays = public_holidays(region, first, last)
    outlooks = list(walk(Clean(counts, faults), issues, order.horizon, holidays, events))
    rows = _write(out, _rows(counts, outlooks, zone))
    return _summary(counts, outlooks, region, findings, rows, begun)


def _issues(order: Order, counts: Counts) -> list[int]:
    for name, moment in (("start", order.start), ("end", order.end)):
        if moment.minute or moment.second:
            raise SolutionError(f"{name} {moment} is not on the hour")
    issues = list(range(hour_of(order.start), hour_of(order.end), order.every))
    if not issues:
        raise SolutionError(f"end {order.end} is not after start {order.start}")
    if issues[0] < counts.start + 2 * DAY:
        raise SolutionError(
            f"start {order.start}: nothing was counted before, or less than two days; "
            f"the files begin at {moment_of(counts.start)}",
            hint="start a week or more later",
        )
    if issues[0] > counts.end + _STALE:
        raise SolutionError(
            f"start {order.start}: the files end at {moment_of(counts.end)}",
            hint="start no later than eight weeks after the last count",
        )
    return issues


def _rows(
    counts: Counts, outlooks: Iterable[Outlook], zone: ZoneInfo
) -> Iterator[tuple[object, ...]]:
    for outlook in outlooks:
        issued = moment_of(outlook.at)
        hours = range(outlook.at, outlook.at + len(outlook.middle))
        shown = [k for k, hour in enumerate(hours) if exists(hour, zone)]
        for column, sensor in enumerate(counts.sensors):
            if np.isnan(outlook.middle[:, column]).all():
                continue
            for k in shown:
                values = (
                    each[k, column] for each in (outlook.middle, outlook.lower, outlook.upper)
                )
                yield (sensor, moment_of(hours[k]), issued, *(round(float(v), 2) for v in values))


def _write(out: Path, rows: Iterable[tuple[object, ...]]) -> int:
    beside = out.with_name(f".{out.name}.{os.getpid()}")
    written = 0
    try:
        with beside.open("w", encoding="utf-8", newline="") as stream:
            table = csv.writer(stream, lineterminator="\n")
            table.writerow(COLUMNS)
            for row in rows:
                table.writerow(row)
                written += 1
        beside.replace(out)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise SolutionError(
            f"{out}: cannot be written: {error.strerror}", hint="name a file in a folder that is"
        ) from error
    return written


def _summary(
    counts: Counts,
    outlooks: list[Outlook],
    region: Region,
    findings: list[Finding],
    rows: int,
    begun: float,
) -> Summary:
    horizon = len(outlooks[0].middle)
    truth = np.stack([counts.between(each.at, each.at + horizon) for each in outlooks])
    middle = np.stack([each.middle for each in outlooks])
    lower, upper = (np.stack([getattr(e, n) for e in outlooks]) for n in ("lower", "upper"))
    known = ~np.isnan(truth) & ~np.isnan(middle)
    total = float(truth[known].sum())
    wrong = np.abs(truth - middle)
    within = (truth >= lower) & (truth <= upper)
    kinds: dict[str, list[str]] = {}
    for finding in findings:
        kinds.setdefault(finding.kind, []).append(finding.reason)
    last = outlooks[-1].middle
    return Summary(
        wape=_ratio(float(wrong[known].sum()), total),
        mae=_ratio(float(wrong[known].sum()), int(known.sum())),
        coverage=_ratio(int(within[known].sum()), int(known.sum())),
        scored=int(known.sum()),
        bars={
            name: score
            for name, bar in BARS.items()
            if (score := _score(counts, outlooks, bar, truth, middle)) is not None
        },
        issues=len(outlooks),
        sensors=len(counts.sensors),
        rows=rows,
        unforecast=[
            sensor for k, sensor in enumerate(counts.sensors) if np.isnan(last[:, k]).all()
        ],
        holidays=str(region),
        seconds=round(time.perf_counter() - begun, 2),
        findings={kind: len(reasons) for kind, reasons in kinds.items()},
        examples=[reasons[0] for reasons in kinds.values()],
    )


def _score(
    counts: Counts,
    outlooks: list[Outlook],
    bar: Callable[[Counts, int, int], Floats],
    truth: Floats,
    middle: Floats,
) -> Score | None:
    horizon = truth.shape[1]
    naive = np.stack([bar(counts, each.at, horizon) for each in outlooks])
    known = ~np.isnan(truth) & ~np.isnan(middle) & ~np.isnan(naive)
    total = float(truth[known].sum())
    if not total:
        return None
    wrong = float(np.abs(truth - naive)[known].sum())
    return Score(
        wape=round(wrong / total, 4),
        mae=round(wrong / int(known.sum()), 2),
        hours=int(known.sum()),
        ours=round(float(np.abs(truth - middle)[known].sum()) / total, 4),
    )


def _ratio(part: float, whole: float) -> float | None:
    return round(part / whole, 4) if whole else None
