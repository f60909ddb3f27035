"""What is wrong with counts: stuck, dead, repeating and impossible counters, drift, double counts.

Every rule is causal. A fault that takes hours to show is marked with the hour at which it was
known, so that what was forecast in between is as it would have been.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kota.solutions.people_flow.forecast.counts import DAY, WEEK, Counts, Finding, Floats, moment_of

KINDS: Final = ("stuck", "dead", "repeats yesterday", "repeats last week", "impossible")
"""Faults whose counts are not to be used."""
DOUBTS: Final = ("double count", "drift")
"""What is said of a counter while its counts are used all the same."""
NEVER: Final = np.iinfo(np.int64).max

_STUCK_HOURS, _STUCK_SMALL_HOURS, _SMALL = 4, 12, 10
_DEAD_HOURS, _DEAD_PEOPLE = 6, 300.0
_REPEAT_HOURS = 12
_TIMES, _IMPOSSIBLE = 10.0, 500.0
_DOUBLE_DAYS, _DRIFT = 3, 0.35


@dataclass(frozen=True, slots=True)
class Faults:
    """Which counts are wrong.

    Args:
        kind: `(n_hours, n_sensors)` index into `KINDS`; −1: nothing is wrong.
        known: likewise, the hour from whose end on that is known; `NEVER` where nothing is wrong.
    """

    kind: NDArray[np.int8]
    known: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Clean:
    """Counts without their faults, as far as those were known at the time.

    Args:
        raw: the counts as they came.
        faults: of them.
    """

    raw: Counts
    faults: Faults

    def between(self, first: int, last: int, at: int) -> Floats:
        """The counts of `first` up to before `last` that were not known to be wrong at `at`."""
        found = self.raw.between(first, last)
        low, high = max(first, self.raw.start), min(last, self.raw.end)
        if low < high:
            rows = slice(low - self.raw.start, high - self.raw.start)
            found[low - first : high - first][self.faults.known[rows] < at] = np.nan
        return found


def find_faults(counts: Counts) -> Faults:
    """Find counts that are wrong.

    - stuck: the same number of people for 4 hours (12 where fewer than 10);
    - dead: nobody for 6 hours or more in which 300 people were due;
    - repeats yesterday, repeats last week: 12 hours with people that equal those 24 or 168 hours
      before;
    - impossible: ten times what the last eight weeks had in their fullest hours, and 500 people.
    """
    values = counts.values
    kind = np.full(values.shape, -1, dtype=np.int8)
    known = np.full(values.shape, NEVER, dtype=np.int64)
    for index, condition, weight, need in _rules(values):
        length, mass = _runs(condition, weight)
        reached = condition & (mass >= need)
        first = reached.copy()
        first[1:] &= ~reached[:-1]
        for row, column in np.argwhere(first).tolist():
            begin = row - int(length[row, column]) + 1
            part = slice(begin, row + 1)
            fresh = kind[part, column] < 0
            kind[part, column][fresh] = index
            known[part, column][fresh] = counts.start + row
        rest = reached & (kind < 0)
        kind[rest] = index
        known[rest] = counts.start + np.nonzero(rest)[0]
    return Faults(kind, known)


def _rules(values: Floats) -> Iterator[tuple[int, NDArray[np.bool_], Floats, float]]:
    """Each kind as a condition on hours and the weight that an unbroken run of them must reach."""
    ones = np.ones(values.shape)
    same = (values == _shifted(values, 1)) & (values > 0)
    needed = np.where(values >= _SMALL, _STUCK_HOURS - 1.0, _STUCK_SMALL_HOURS - 1.0)
    steps: Floats = ones / needed
    yield 0, same, steps, 1.0 - 1e-9
    due = np.nan_to_num(_due(values))
    zero = values == 0
    share: Floats = np.minimum(due / _DEAD_PEOPLE, 1.0 / _DEAD_HOURS)
    yield 1, zero, share, 1.0 - 1e-9
    for index, lag in ((2, DAY), (3, WEEK)):
        again = values == _shifted(values, lag)
        people: Floats = np.where(values >= _SMALL, 1.0, 0.0)
        yield index, again, people, float(_REPEAT_HOURS)
    limit = np.maximum(_TIMES * _fullest(values), _IMPOSSIBLE)
    yield 4, values > limit, ones, 1.0


def _shifted(values: Floats, lag: int) -> Floats:
    found = np.full_like(values, np.nan)
    if lag < len(values):
        found[lag:] = values[:-lag]
    return found


def _due(values: Floats) -> Floats:
    """The median of the same hour of the last four weeks."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        median: Floats = np.nanmedian(
            np.stack([_shifted(values, k * WEEK) for k in (1, 2, 3, 4)]), axis=0
        )
    return median


def _fullest(values: Floats) -> Floats:
    """The mean of the fullest hours of the eight weeks before; infinite at first."""
    days = len(values) // DAY
    top = np.full((days + 1, values.shape[1]), np.nan)
    if days:
        daily = np.where(np.isnan(values[: days * DAY]), -1.0, values[: days * DAY])
        peak = daily.reshape(days, DAY, -1).max(axis=1)
        peak = np.where(peak < 0, np.nan, peak)
        for day in range(14, days + 1):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", RuntimeWarning)
                top[day] = np.nanpercentile(peak[max(0, day - 56) : day], 90, axis=0)
    hourly = np.repeat(top, DAY, axis=0)[: len(values)]
    limit: Floats = np.where(np.isnan(hourly), np.inf, hourly)
    return limit


def _runs(condition: NDArray[np.bool_], weight: Floats) -> tuple[Floats, Floats]:
    """Hours, and the sum of weights, of the unbroken run that ends at each hour."""
    length, mass = np.zeros(weight.shape), np.zeros(weight.shape)
    so_far, total = np.zeros(weight.shape[1]), np.zeros(weight.shape[1])
    for row in range(len(weight)):
        so_far = np.where(condition[row], so_far + 1, 0.0)
        total = np.where(condition[row], total + weight[row], 0.0)
        length[row], mass[row] = so_far, total
    return length, mass


def describe(counts: Counts, faults: Faults) -> list[Finding]:
    """The faults as findings, one an unbroken stretch."""
    found = []
    for column, sensor in enumerate(counts.sensors):
        kinds = faults.kind[:, column]
        edges = np.flatnonzero(np.diff(np.r_[-1, kinds, -1]))
        for begin, end in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
            if kinds[begin] < 0:
                continue
            kind = KINDS[kinds[begin]]
            first, last = counts.start + begin, counts.start + end - 1
            reason = (
                f"sensor {sensor}: {kind} from {moment_of(first)} to {moment_of(last)} "
                f"({end - begin} h, {counts.values[begin, column]:g} people at first); not used"
            )
            found.append(Finding(kind, sensor, first, last, reason))
    return found


def doubts(counts: Counts, faults: Faults, at: int) -> list[Finding]:
    """Counters that seem to count twice or to drift, judged by the others before `at`.

    A counter's share of the network is followed over twelve weeks: one that has doubled or halved
    within a day and stayed so for three days may count each person twice (or no longer does); one
    that has moved by more than a third, little by little, drifts. Neither can be told from a
    change in the street for certain, so it is said and no count is withheld.
    """
    clean = Clean(counts, faults)
    first = at - 12 * WEEK
    daily = clean.between(first, at, at).reshape(-1, DAY, len(counts.sensors))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        total = np.log(np.nanmean(daily, axis=1) + 1.0)
        usual = np.nanmedian(total.reshape(-1, 7, total.shape[1]), axis=0)
        off = total - np.tile(usual, (len(total) // 7, 1))
        off = off - np.nanmedian(off, axis=1, keepdims=True)
        late, before = off[-_DOUBLE_DAYS:], off[-_DOUBLE_DAYS - 14 : -_DOUBLE_DAYS]
        jump = np.nanmedian(late, axis=0) - np.nanmedian(before, axis=0)
        steady = np.nanmax(late, axis=0) - np.nanmin(late, axis=0)
        weekly = np.nanmedian(off.reshape(-1, 7, off.shape[1]), axis=1)
        moved = np.nanmedian(weekly[-3:], axis=0) - np.nanmedian(weekly[:3], axis=0)
        rough = np.nanmax(np.abs(np.diff(weekly, axis=0)), axis=0)
    found = []
    for column, sensor in enumerate(counts.sensors):
        if abs(abs(jump[column]) - np.log(2)) < 0.15 and steady[column] < 0.25:
            kind, what = DOUBTS[0], f"{np.exp(jump[column]):.2f} times its share within a day"
        elif abs(moved[column]) > _DRIFT and rough[column] < 0.5 * abs(moved[column]):
            kind, what = DOUBTS[1], f"{np.exp(moved[column]):.2f} times its share in twelve weeks"
        else:
            continue
        reason = f"sensor {sensor}: {kind}? {what}, up to {moment_of(at)}"
        found.append(Finding(kind, sensor, first, at - 1, reason))
    return found


def impute(values: Floats, expected: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """Fill what is missing with what was to be expected, and say where.

    Args:
        values: `(n_hours, n_sensors)`; NaN where missing.
        expected: likewise; NaN where nothing is.

    Returns:
        The values, and true where one was filled in.
    """
    filled = np.isnan(values) & ~np.isnan(expected)
    return np.where(filled, expected, values), filled
