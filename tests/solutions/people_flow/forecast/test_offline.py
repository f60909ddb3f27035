"""``kota flow forecast`` writes forecasts without foresight, and refuses what is wrong."""

from __future__ import annotations

import csv
import json
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from tests.solutions.people_flow.forecast.made_up_counts import made_up
from typer.testing import CliRunner

from kota.errors import InputError, SolutionError
from kota.solutions.people_flow.cli import make_commands
from kota.solutions.people_flow.forecast.counts import WEEK, Counts, hour_of, moment_of
from kota.solutions.people_flow.forecast.events import read_events


def write(path: Path, counts: Counts, last: int | None = None) -> Path:
    with path.open("w", newline="") as stream:
        table = csv.writer(stream)
        table.writerow(["local_time", *counts.sensors])
        for k, row in enumerate(counts.values[:last]):
            table.writerow([moment_of(counts.start + k), *row])
    return path


def run(*words: object) -> str:
    result = CliRunner().invoke(make_commands(), ["forecast", *map(str, words)])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.output


TIMES = ("--start", "2024-02-12", "--end", "2024-02-26", "--tz", "Asia/Kuala_Lumpur")


def test_it_writes_a_row_an_hour_and_says_how_good_it_was(tmp_path: Path) -> None:
    counts = made_up(9, sensors=3)
    older = write(tmp_path / "older.csv", counts, 4 * WEEK)
    newer = Counts(counts.sensors, counts.start + 4 * WEEK, counts.values[4 * WEEK :])
    out = tmp_path / "forecast.csv"
    said = run(
        "--counts", older, write(tmp_path / "newer.csv", newer), *TIMES, "--out", out, "--json"
    )
    summary = json.loads(said)
    with out.open() as stream:
        rows = list(csv.DictReader(stream))
    assert list(rows[0]) == ["sensor_id", "local_time", "issued_at", "forecast", "lower", "upper"]
    assert len(rows) == summary["rows"] == 2 * 3 * WEEK
    assert rows[0]["issued_at"] == rows[0]["local_time"] == "2024-02-12 00:00:00"
    assert all(float(r["lower"]) <= float(r["forecast"]) <= float(r["upper"]) for r in rows)
    assert summary["wape"] < summary["bars"]["seasonal_naive"]["wape"]
    assert summary["bars"]["mean_of_four"]["hours"] == summary["scored"] == len(rows)
    assert summary["holidays"] == "MY"
    assert summary["issues"] == 2


def test_cut_at_an_issue_the_forecasts_up_to_it_are_identical(tmp_path: Path) -> None:
    counts = made_up(9, sensors=3)
    found = []
    for name, last in (("whole", None), ("cut", 7 * WEEK)):
        file, out = write(tmp_path / f"{name}.csv", counts, last), tmp_path / f"{name}.out"
        run("--counts", file, *TIMES, "--out", out)
        found.append(out.read_text())
    assert found[0] == found[1]


def test_the_hour_that_the_clock_leaves_out_is_not_forecast(tmp_path: Path) -> None:
    file, out = write(tmp_path / "counts.csv", made_up(12, sensors=2)), tmp_path / "out.csv"
    zone = ("--tz", "Europe/Berlin", "--start", "2024-03-25", "--end", "2024-03-26")
    run("--counts", file, *zone, "--out", out)
    text = out.read_text()
    assert "2024-03-31 01:00:00" in text
    assert "2024-03-31 02:00:00" not in text


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"--tz": "Nowhere"}, "'Nowhere' is not a time zone"),
        ({"--end": "2024-02-01"}, "is not after start"),
        ({"--start": "2024-01-01"}, "nothing was counted before"),
        ({"--start": "2024-02-12T00:30:00"}, "is not on the hour"),
        ({"--start": "2026-02-12", "--end": "2026-02-13"}, "the files end at"),
        ({"--country": "XX"}, "no known holidays"),
        ({"--country": "AU", "--subdivision": "XX"}, "AU has no subdivision 'XX'"),
        ({"--out": "absent/forecast.csv"}, "cannot be written"),
    ],
)
def test_a_wrong_order_is_refused_and_nothing_is_written(
    tmp_path: Path, changed: dict[str, str], message: str
) -> None:
    file = write(tmp_path / "counts.csv", made_up(8, sensors=2))
    options = {**dict(zip(TIMES[::2], TIMES[1::2], strict=True)), "--out": "out.csv", **changed}
    options["--out"] = str(tmp_path / options["--out"])
    with pytest.raises(SolutionError, match=message):
        run("--counts", file, *(word for pair in options.items() for word in pair))
    assert [path.name for path in tmp_path.iterdir()] == ["counts.csv"]


def test_an_announced_event_that_was_on_a_year_before_is_foreseen(tmp_path: Path) -> None:
    counts = made_up(58, sensors=4)
    fairs = ("2024-02-07", "2025-02-05")
    for day in fairs:
        begin = hour_of(datetime.fromisoformat(day)) - counts.start
        counts.values[begin : begin + 24] = np.round(2.5 * counts.values[begin : begin + 24])
    file = write(tmp_path / "counts.csv", counts)
    (tmp_path / "events.csv").write_text("date,name\n" + "".join(f"{d},Fair\n" for d in fairs))
    when = ("--start", "2025-02-05", "--end", "2025-02-06", "--tz", "UTC", "--horizon", 24)
    common = ("--counts", file, *when, "--out", tmp_path / "out.csv", "--json")
    unaware = json.loads(run(*common))["wape"]
    aware = json.loads(run(*common, "--events", tmp_path / "events.csv"))["wape"]
    assert aware < 0.7 * unaware


@pytest.mark.parametrize(
    ("row", "message"),
    [("3.2.2026,Fair", "line 3: '3.2.2026' is no date"), ("2026-01-01,Race", "event 'Fair'")],
)
def test_an_event_that_has_no_day_of_its_own_is_refused(
    tmp_path: Path, row: str, message: str
) -> None:
    (tmp_path / "events.csv").write_text(f"date,name\n2026-01-01,Fair\n{row}\n")
    with pytest.raises(InputError, match=message):
        read_events(tmp_path / "events.csv")
