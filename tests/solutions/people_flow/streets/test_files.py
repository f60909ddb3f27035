"""kota flow streets and kota flow study: files in, an answer or a plain refusal out."""

from __future__ import annotations

import csv
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import numpy as np
import pytest
from typer.testing import CliRunner

from kota.errors import InputError
from kota.solutions.people_flow.cli import make_commands
from kota.solutions.people_flow.streets.files import estimate_file
from kota.solutions.people_flow.streets.study_files import study_file

SIDE = 6
FIRST = datetime.fromisoformat("2026-05-04")


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A small town, ten days of counts on four of its streets."""
    rng = np.random.default_rng(1)
    number = np.arange(SIDE * SIDE).reshape(SIDE, SIDE)
    pairs = [
        *zip(number[:, :-1].ravel(), number[:, 1:].ravel(), strict=True),
        *zip(number[:-1].ravel(), number[1:].ravel(), strict=True),
    ]
    edges = [(f"n{a}", f"n{b}", 80 + k % 7, f"e{k}") for k, (a, b) in enumerate(pairs)]
    _write(tmp_path / "edges.csv", ("from", "to", "length", "name"), edges)
    places = [(f"n{k}", "home", 30) for k in range(SIDE * SIDE)]
    places += [("n14", "trade", 50), ("n20", "marketplace", 300), ("n3", "bus_stop", 1)]
    _write(tmp_path / "places.csv", ("node", "kind", "amount"), places)
    hours = [FIRST + timedelta(hours=k) for k in range(240)]
    counts = [
        (f"e{edge}", at.isoformat(), int(rng.poisson(5 + 3 * abs(12 - abs(at.hour - 12)))))
        for at in hours
        for edge in (4, 17, 33, 50)
    ]
    _write(tmp_path / "counts.csv", ("edge", "time", "count"), counts)
    return tmp_path


def _write(path: Path, head: tuple[str, ...], rows: list[tuple[object, ...]]) -> None:
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(head)
        writer.writerows(rows)


def _changed(path: Path, old: str, new: str) -> None:
    path.write_text(path.read_text().replace(old, new, 1))


def test_every_street_is_estimated_for_the_last_hour(files: Path) -> None:
    options = [f"--{name}={files / name}.csv" for name in ("counts", "places", "out")]
    arguments = ["streets", f"--network={files / 'edges.csv'}", *options, "--json"]
    ran = CliRunner().invoke(make_commands(), arguments)
    assert ran.exit_code == 0, ran.output
    said = msgspec.json.decode(ran.output)
    assert said["streets"] == 60
    assert said["counters"] == 4
    assert said["hours_estimated"] == 1
    with (files / "out.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 60
    assert all(float(r["low"]) <= float(r["flow"]) <= float(r["high"]) for r in rows)


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("counts", "e4,", "e99,", "counts.csv line 2: no edge of the network is called 'e99'"),
        ("counts", "T00:00:00,", "T00:30:00,", "is not the beginning of an hour"),
        ("counts", "T01:00:00", "T00:00:00", "was counted before, in line 2"),
        ("places", "n0,", "n99,", "places.csv line 2: the network has no node 'n99'"),
        ("places", "home", "dragon", "nobody walks to a 'dragon'"),
        ("places", "30", "-30", "line 2"),
    ],
)
def test_bad_rows_are_refused_with_their_place(
    files: Path, name: str, old: str, new: str, said: str
) -> None:
    _changed(files / f"{name}.csv", old, new)
    with pytest.raises(InputError, match=said):
        estimate_file(
            files / "edges.csv", files / "counts.csv", files / "places.csv", files / "out.csv"
        )
    assert not (files / "out.csv").exists()


def test_a_time_before_all_counts_is_refused(files: Path) -> None:
    with pytest.raises(InputError, match="no hour to learn from"):
        estimate_file(
            files / "edges.csv",
            files / "counts.csv",
            files / "places.csv",
            files / "out.csv",
            since=FIRST,
        )


@pytest.fixture
def daily(tmp_path: Path) -> Path:
    rng = np.random.default_rng(3)
    rows: list[tuple[object, ...]] = []
    for day in range(56):
        weather = np.exp(0.1 * rng.standard_normal())
        for place in range(8):
            more = 1.3 if place == 0 and day >= 35 else 1.0
            at = (FIRST + timedelta(days=day)).date().isoformat()
            rows.append((f"p{place}", at, int(rng.poisson(800 * weather * more))))
    _write(tmp_path / "daily.csv", ("place", "date", "count"), rows)
    return tmp_path / "daily.csv"


@pytest.mark.parametrize("how", [[], ["--synthetic"]])
def test_a_study_says_what_changed_and_how_sure_it_is(daily: Path, how: list[str]) -> None:
    arguments = ["study", f"--counts={daily}", "--changed=p0", "--since=2026-06-08", "--json", *how]
    ran = CliRunner().invoke(make_commands(), arguments)
    assert ran.exit_code == 0, ran.output
    said = msgspec.json.decode(ran.output)
    assert said["low"] < 0.3 < said["high"]
    assert said["effect"] == pytest.approx(0.3, abs=0.05)
    assert (said["days_before"], said["days_after"]) == (35, 21)
    assert said["people_a_day"] == pytest.approx(240, abs=50)


def test_a_study_of_a_place_that_is_not_there_is_refused(daily: Path) -> None:
    with pytest.raises(InputError, match="no place is called 'p9'"):
        study_file(daily, ["p9"], FIRST.date())


def test_a_day_that_is_counted_twice_is_refused(daily: Path) -> None:
    _changed(daily, "p1,2026-05-04", "p0,2026-05-04")
    with pytest.raises(InputError, match="line 3: p0 was counted on 2026-05-04 already"):
        study_file(daily, ["p0"], FIRST.date())
