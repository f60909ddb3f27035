"""Noisy tables of people: what bounds a person, what noise costs, what is refused."""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from kota.errors import ConflictError, SolutionError
from kota.solutions.people_flow.cli import make_commands
from kota.solutions.people_flow.privacy.budget import Ledger
from kota.solutions.people_flow.privacy.cli import ledger_folder
from kota.solutions.people_flow.privacy.guarantee import most_auc, strongest_auc
from kota.solutions.people_flow.privacy.release import bounded, calibrate, disturb, tabulate

rows = st.lists(st.tuples(st.integers(0, 8), st.integers(0, 11)), max_size=80)


@given(rows, st.integers(1, 5), st.integers(0, 100))
def test_a_person_counts_once_in_a_cell_and_in_few_cells(
    pairs: list[tuple[int, int]], most: int, seed: int
) -> None:
    persons = np.array([p for p, _ in pairs], dtype=np.int64)
    cells = np.array([c for _, c in pairs], dtype=np.int64)
    kept = bounded(persons, cells, most, np.random.default_rng(seed))
    counted = list(zip(persons[kept].tolist(), cells[kept].tolist(), strict=True))
    assert len(set(counted)) == len(counted)
    touched = Counter(p for p, _ in set(pairs))
    assert Counter(p for p, _ in counted) == {p: min(n, most) for p, n in touched.items()}


@given(rows, rows, st.integers(1, 5), st.integers(0, 100))
@settings(max_examples=60)
def test_neighbours_differ_by_no_more_than_the_noise_is_made_for(
    pairs: list[tuple[int, int]], instead: list[tuple[int, int]], most: int, seed: int
) -> None:
    """One person's whole record is put in the place of another's; others are drawn alike."""
    others = [(p, c) for p, c in pairs if p > 0]
    one = [(p, c) for p, c in pairs if p == 0]
    other = [(0, c) for _, c in instead]

    def table(records: list[tuple[int, int]]) -> np.ndarray:
        total = np.zeros(12, dtype=np.int64)
        for person in range(9):
            mine = np.array([c for p, c in records if p == person], dtype=np.int64)
            rng = np.random.default_rng(seed + person)
            total += tabulate(np.full(len(mine), person), mine, 12, most, rng)
        return total

    distance = np.abs(table(others + one) - table(others + other)).sum()
    assert distance <= 2 * most


@pytest.mark.parametrize("epsilon", [0.01, 0.3, 1.0, 3.7])
@pytest.mark.parametrize("most", [1, 7, 20])
def test_noise_costs_what_was_allowed_and_hardly_less(epsilon: float, most: int) -> None:
    noise = calibrate(epsilon, most)
    assert epsilon * (1 - 1e-6) <= noise.epsilon <= epsilon
    assert noise.scale == pytest.approx(2 * most / epsilon, rel=1e-6)


def test_noise_is_discrete_laplace_with_mean_zero() -> None:
    noise = calibrate(1.0, 4)
    drawn = disturb(np.zeros(40_000, dtype=np.int64), noise)
    alpha = np.exp(-1 / noise.scale)
    spread = np.sqrt(2 * alpha) / (1 - alpha)
    assert abs(drawn.mean()) < 5 * spread / 200
    assert drawn.std() == pytest.approx(spread, rel=0.05)
    for value in (0, 1, 5):
        share = (1 - alpha) / (1 + alpha) * alpha**value
        assert (drawn == value).mean() == pytest.approx(share, abs=0.006)


def test_the_margin_holds_95_percent() -> None:
    noise = calibrate(0.8, 3)
    drawn = np.abs(disturb(np.zeros(40_000, dtype=np.int64), noise))
    assert (drawn <= noise.margin).mean() >= 0.945
    assert (drawn < noise.margin).mean() <= 0.955


def test_two_releases_differ() -> None:
    noise, zeros = calibrate(1.0, 20), np.zeros(50, dtype=np.int64)
    assert (disturb(zeros, noise) != disturb(zeros, noise)).any()


@pytest.mark.parametrize("epsilon", [0.0, -1.0, float("nan"), 50.0])
def test_a_loss_that_protects_nobody_is_refused(epsilon: float) -> None:
    with pytest.raises(SolutionError, match="epsilon"):
        calibrate(epsilon, 20)


@given(st.integers(1, 60), st.floats(0.05, 3.0))
def test_the_strongest_attack_stays_below_what_epsilon_allows(most: int, epsilon: float) -> None:
    scale = 2 * most / epsilon
    assert 0.5 <= strongest_auc(most, scale) <= most_auc(epsilon / 2) + 1e-9
    assert strongest_auc(most, scale) <= strongest_auc(2 * most, scale) + 1e-12
    assert strongest_auc(2 * most, scale) <= most_auc(epsilon) + 1e-9


def test_the_bounds_that_are_the_default_keep_the_strongest_attack_at_chance() -> None:
    noise = calibrate(1.0, 20)
    assert strongest_auc(20, noise.scale) <= 0.55
    assert strongest_auc(40, noise.scale) <= 0.55


@pytest.fixture
def town(tmp_path: Path) -> Path:
    """Trips of 4,000 people between three zones, most from a to b."""
    (tmp_path / "zones.csv").write_text("id,name\na,North\nb,South\nc,Harbour\n")
    with (tmp_path / "trips.csv").open("w", newline="") as file:
        write = csv.writer(file)
        write.writerow(["person", "origin", "destination", "time"])
        for k in range(4000):
            write.writerow([f"p{k}", "a", "b", "2025-11-28T08:10:00+07:00"])
            if k < 1500:
                write.writerow([f"p{k}", "b", "a", "2025-11-28T17:10:00+07:00"])
    return tmp_path


def flow(town: Path, *options: str) -> dict[str, object]:
    command = [
        *("release", "--in", str(town / "trips.csv"), "--places", str(town / "zones.csv")),
        *("--out", str(town / "out.csv"), "--data", str(town / "data"), "--json", *options),
    ]
    result = CliRunner().invoke(make_commands(), command, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    found: dict[str, object] = json.loads(result.output)
    return found


def released(town: Path) -> dict[tuple[str, str], dict[str, str]]:
    with (town / "out.csv").open() as file:
        return {(row["origin"], row["destination"]): row for row in csv.DictReader(file)}


def test_a_release_is_near_the_truth_and_says_how_near(town: Path) -> None:
    said = flow(town, "--epsilon", "0.5", "--max-cells", "4", "--min-cell", "200")
    assert (said["cells"], said["most_cells"], said["dataset"]) == (9, 4, "trips")
    assert said["epsilon"] == pytest.approx(0.5)
    assert said["left"] == pytest.approx(0.5)
    rows = released(town)
    assert set(rows) == {("a", "b"), ("b", "a")}
    assert abs(int(rows["a", "b"]["people"]) - 4000) < 300
    width = int(rows["a", "b"]["upper"]) - int(rows["a", "b"]["people"])
    assert width == said["margin"]


def test_a_release_by_hour_counts_people_of_the_zone_s_hour(town: Path) -> None:
    flow(
        town,
        *("--epsilon", "0.5", "--max-cells", "2", "--by", "origin,hour", "--min-cell", "300"),
        *("--tz", "Asia/Jakarta", "--start", "2025-11-28", "--end", "2025-11-29"),
    )
    with (town / "out.csv").open() as file:
        cells = {(row["origin"], row["hour"]) for row in csv.DictReader(file)}
    assert cells == {("a", "2025-11-28 08:00"), ("b", "2025-11-28 17:00")}


def test_the_budget_stops_the_third_release_and_nothing_is_written(town: Path) -> None:
    flow(town, "--epsilon", "0.5")
    flow(town, "--epsilon", "0.5", "--dataset", "other-name")
    (town / "out.csv").unlink()
    with pytest.raises(ConflictError, match=r"0 of 1 is left"):
        flow(town, "--epsilon", "0.5", "--dataset", "third-name")
    assert not (town / "out.csv").exists()
    shown = CliRunner().invoke(make_commands(), ["budget", "--data", str(town / "data"), "--json"])
    (account,) = json.loads(shown.output)
    assert (account["dataset"], account["left"], len(account["entries"])) == ("trips", 0.0, 2)


def test_the_budget_is_decided_by_name(town: Path) -> None:
    command = ["budget", "--data", str(town / "data"), "--dataset", "trips", "--total", "0.3"]
    result = CliRunner().invoke(make_commands(), command)
    assert "trips" in result.output
    with pytest.raises(ConflictError):
        flow(town, "--epsilon", "0.5")


@pytest.mark.parametrize(
    ("change", "options", "complaint"),
    [
        (("p7,a,b", "p7,x,b"), (), r"trips.csv row \d+: origin 'x' is not in the list"),
        (("p7,a,b", ",a,b"), (), r"row \d+: person is empty"),
        (("person,", "who,"), (), r"no column 'person'; it has 'who'"),
        (("T08:10:00+07:00\np8,", "T25:10\np8,"), ("--by", "weekday"), r"row \d+: time"),
        (("", ""), ("--by", "hour"), "needs a period"),
        (("", ""), ("--by", "origin,origin"), "each dimension once"),
        (("", ""), ("--epsilon", "0"), "epsilon 0"),
        (("", ""), ("--tz", "Mars/Base"), "not a time zone"),
        (("", ""), ("--out", "/no/such/folder/out.csv"), "no folder"),
    ],
)
def test_a_fault_is_named_and_costs_nothing(
    town: Path, change: tuple[str, str], options: tuple[str, ...], complaint: str
) -> None:
    text = (town / "trips.csv").read_text()
    assert change[0] in text
    (town / "trips.csv").write_text(text.replace(*change, 1) if change[0] else text)
    with pytest.raises(SolutionError, match=complaint):
        flow(town, "--epsilon", "0.5", *options)
    assert Ledger(ledger_folder(town / "data")).accounts() == []


@pytest.mark.parametrize(
    ("content", "complaint"),
    [("id\na\na\n", r"row 3: 'a' stands twice"), ("id\n", "no place"), ("", "cannot be read")],
)
def test_a_list_of_places_that_is_none_is_refused(town: Path, content: str, complaint: str) -> None:
    (town / "zones.csv").write_text(content)
    with pytest.raises(SolutionError, match=complaint):
        flow(town, "--epsilon", "0.5")
