"""How well counts of people are forecast a week ahead, in quiet times and at breaks.

python -m benchmarks.flow_forecast

Reads hourly counts of Melbourne's pedestrian sensors, 2018 and 2019, from ../shared/data (or
KOTA_SHARED); they are not part of Kota. The floor is the better of two naive forecasts over the
same hours, known only afterwards.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np

from benchmarks.report import emit, machine
from kota.solutions.people_flow.forecast.bars import mean_of_four, seasonal_naive
from kota.solutions.people_flow.forecast.calendar import public_holidays, region_of
from kota.solutions.people_flow.forecast.cleaning import Clean, find_faults
from kota.solutions.people_flow.forecast.counts import DAY, WEEK, Counts, Floats, hour_of
from kota.solutions.people_flow.forecast.files import read_counts, zone_named
from kota.solutions.people_flow.forecast.forecast import Outlook, walk

ZONE = "Australia/Melbourne"
WINDOW_WEEKS = 4
GOAL = "below 1 of the better naive forecast"
WINDOWS = {
    "winter_2018": "2018-07-02",
    "spring_2018": "2018-10-08",
    "cup_2018": "2018-11-05",
    "christmas_2018": "2018-12-10",
    "autumn_2019": "2019-02-25",
    "easter_2019": "2019-04-08",
    "winter_2019": "2019-07-08",
    "spring_2019": "2019-09-16",
    "november_2019": "2019-11-04",
}


@dataclass(frozen=True, slots=True)
class Break:
    """A change of behaviour put into real counts.

    Args:
        begins: local date.
        change: of counts from days after that and a generator to counts; drawn from a seed.
        first: days from `begins` to the first issue that is scored.
        weeks: how many issues.
        announced: days from `begins` on that are named as an event, as ``--events`` does.
    """

    begins: str
    change: Callable[[Floats, Floats, np.random.Generator], Floats]
    first: int = -7
    weeks: int = 12
    announced: int = 0


def share(days: Floats, steps: Mapping[float, float]) -> Floats:
    """How much of the usual is left, by straight lines between days `(n_hours, 1)`."""
    return np.interp(days, list(steps), list(steps.values()))[:, None]


def lockdown(steps: Mapping[float, float]) -> Callable[..., Floats]:
    """Each sensor keeps 8 to 40 % of its people; `steps` say how much of the rest is left."""

    def change(values: Floats, days: Floats, rng: np.random.Generator) -> Floats:
        least = rng.uniform(0.08, 0.4, values.shape[1])
        late = np.where((days % 1 > 19 / 24) | (days % 1 < 5 / 24), 0.5, 1.0)[:, None]
        left = share(days, steps)
        kept = np.where(left < 1, least * late, 1.0)
        mean = values * (kept + (1 - kept) * left)
        drawn = rng.poisson(np.nan_to_num(mean)).astype(np.float64)
        return np.where(np.isnan(values) | (left >= 1), values, drawn)

    return change


def new_sensors(values: Floats, days: Floats, rng: np.random.Generator) -> Floats:
    """A third of the sensors are new."""
    chosen = rng.permutation(values.shape[1])[: values.shape[1] // 3]
    changed = values.copy()
    changed[np.ix_(days < 0, chosen)] = np.nan
    return changed


def outage(values: Floats, days: Floats, rng: np.random.Generator) -> Floats:
    """A third of the sensors are silent for sixteen days, half of these tell noughts."""
    chosen = rng.permutation(values.shape[1])[: values.shape[1] // 3]
    changed = values.copy()
    out = (days >= 0) & (days < 16)
    changed[np.ix_(out, chosen[::2])] = np.nan
    changed[np.ix_(out, chosen[1::2])] = 0.0
    return changed


ONSET = {-3.0: 1.0, -1.0: 0.95, 0.0: 0.9, 4.0: 0.0}
RETURN = {42.0: 0.0, 42.1: 0.25, 56.0: 0.25, 56.1: 0.5, 70.0: 0.5, 70.1: 0.75}
BREAKS = {
    "lockdown_a": Break("2019-02-20", lockdown(ONSET | RETURN)),
    "lockdown_b": Break("2018-08-16", lockdown(ONSET | RETURN)),
    "lockdown_c": Break("2019-07-12", lockdown(ONSET | RETURN)),
    "overnight_drop": Break("2018-09-03", lockdown({-0.01: 1.0, 0.0: 0.0, 30.0: 0.1, 90.0: 0.8})),
    "five_days": Break("2019-05-30", lockdown({-0.01: 1.0, 0.0: 0.0, 5.0: 0.0, 5.01: 1.0})),
    "new_sensors": Break("2019-05-01", new_sensors, first=3, weeks=8),
    "outage": Break("2019-08-06", outage, weeks=8),
    "five_days_announced": Break(
        "2019-05-30",
        lockdown({-0.01: 1.0, 0.0: 0.0, 5.0: 0.0, 5.01: 1.0}),
        announced=5,
    ),
}


def data() -> list[Path]:
    """The files of counts."""
    shared = Path(os.environ.get("KOTA_SHARED", Path(__file__).parents[1].parent / "shared"))
    return [shared / f"data/people/melbourne/counts_{year}.csv.gz" for year in (2018, 2019)]


def forecasts(
    counts: Counts, issues: list[int], events: Mapping[int, str] | None = None
) -> list[Outlook]:
    """Kota's, each a week ahead."""
    region = region_of(zone_named(ZONE))
    days = public_holidays(region, counts.start // DAY - 1, issues[-1] // DAY + 11)
    return list(walk(Clean(counts, find_faults(counts)), issues, WEEK, days, events))


def errors(counts: Counts, outlooks: list[Outlook]) -> dict[str, float]:
    """WAPE of Kota and of the naive forecasts over the same hours, and the coverage."""
    truth = np.stack([counts.between(one.at, one.at + WEEK) for one in outlooks])
    ours = np.stack([one.middle for one in outlooks])
    naive = np.stack([seasonal_naive(counts, one.at, WEEK) for one in outlooks])
    mean = np.stack([mean_of_four(counts, one.at, WEEK) for one in outlooks])
    lower, upper = (np.stack([getattr(o, end) for o in outlooks]) for end in ("lower", "upper"))
    scored = ~np.isnan(truth) & ~np.isnan(ours)
    same = scored & ~np.isnan(naive) & ~np.isnan(mean)

    def wape(said: Floats, where: np.ndarray) -> float:
        return float(np.abs(truth - said)[where].sum() / truth[where].sum())

    return {
        "all": wape(ours, scored),
        "ours": wape(ours, same),
        "naive": wape(naive, same),
        "mean": wape(mean, same),
        "coverage": float(((truth >= lower) & (truth <= upper))[scored].mean()),
    }


def report(name: str, found: dict[str, float], goal: str = GOAL) -> None:
    """Print the lines of one window."""
    emit(f"flow.wape.{name}", found["all"], "1")
    floor = min(found["naive"], found["mean"])
    emit(f"flow.wape_same_hours.{name}", found["ours"], "1", floor=floor, goal=goal)
    emit(f"flow.wape_same_hours.{name}.seasonal_naive", found["naive"], "1")
    emit(f"flow.wape_same_hours.{name}.mean_of_four", found["mean"], "1")
    emit(f"flow.coverage.{name}", found["coverage"], "1", goal="0.75 to 0.85 in quiet times")


def quiet(counts: Counts) -> None:
    """The windows of the counts as they are."""
    begun = time.perf_counter()
    starts = {name: hour_of(datetime.fromisoformat(day)) for name, day in WINDOWS.items()}
    first, last = min(starts.values()), max(starts.values()) + WINDOW_WEEKS * WEEK
    outlooks = {one.at: one for one in forecasts(counts, list(range(first, last, WEEK)))}
    seconds = time.perf_counter() - begun
    for name, start in starts.items():
        report(name, errors(counts, [outlooks[start + k * WEEK] for k in range(WINDOW_WEEKS)]))
    report("all_weeks", errors(counts, list(outlooks.values())))
    emit("flow.seconds", seconds, "s", goal="300 s for 50 sensors")


def broken(counts: Counts, case: Break, seed: int) -> Iterator[tuple[str, dict[str, float]]]:
    """The windows of four weeks of a break."""
    begins = hour_of(datetime.fromisoformat(case.begins))
    hours = counts.start + np.arange(len(counts.values))
    rng = np.random.default_rng(seed)
    values = case.change(counts.values, (hours - begins) / DAY, rng)
    changed = Counts(counts.sensors, counts.start, values)
    monday = begins + case.first * DAY
    monday -= (monday // DAY + 3) % 7 * DAY
    events = {begins // DAY + k: "closed" for k in range(case.announced)}
    outlooks = forecasts(changed, [monday + k * WEEK for k in range(case.weeks)], events)
    for k in range(0, case.weeks, WINDOW_WEEKS):
        yield str(k // WINDOW_WEEKS + 1), errors(changed, outlooks[k : k + WINDOW_WEEKS])


def main() -> None:
    """Print the figures; without the data, say so."""
    print(machine(), file=sys.stderr)
    missing = [path for path in data() if not path.exists()]
    if missing:
        print(f"no counts at {missing[0]}: nothing was measured", file=sys.stderr)
        return
    counts, _ = read_counts(data(), zone_named(ZONE))
    quiet(counts)
    for seed, (name, case) in enumerate(BREAKS.items()):
        for window, found in broken(counts, case, seed):
            report(f"{name}.{window}", found)


if __name__ == "__main__":
    main()
