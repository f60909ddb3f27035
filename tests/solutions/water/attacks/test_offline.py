"""``kota water attacks``: from files to a file, the same whatever comes later."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.solutions.water.attacks.made_up_plant import SIGNALS, SMALL, write_csv
from typer.testing import CliRunner

from kota.errors import InputError
from kota.solutions.water.attacks import offline
from kota.solutions.water.attacks.offline import run
from kota.solutions.water.cli import make_commands

LATER = datetime(2024, 6, 1, tzinfo=UTC)
FIRST, LAST = 200, 240


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(offline, "Settings", lambda: SMALL)


def files(tmp_path: Path, town: Any) -> tuple[Path, Path]:
    train = write_csv(tmp_path / "train.csv", town.learnt, labels=[0] * len(town.learnt))
    later = town.later.copy()
    later[FIRST:LAST, SIGNALS.index("L_T1")] -= 0.8
    return train, write_csv(tmp_path / "test.csv", later, first=LATER)


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_each_row_is_flagged_or_not_with_score_and_suspects(tmp_path: Path, town: Any) -> None:
    train, test = files(tmp_path, town)
    summary = run([train], test, tmp_path / "flags.csv")
    told = rows(tmp_path / "flags.csv")
    assert list(told[0]) == ["DATETIME", "flag", "score", "suspects"]
    assert len(told) == len(town.later)
    under = told[FIRST:LAST]
    assert sum(row["flag"] == "1" for row in under) > 0.8 * len(under)
    assert all("L_T1" in row["suspects"] for row in under if row["flag"] == "1")
    assert all(0 <= float(row["score"]) <= 1 for row in told)
    assert all(not row["suspects"] for row in told if row["flag"] == "0")
    assert summary.flagged == sum(row["flag"] == "1" for row in told)
    assert any("L_T1" in each.suspects for each in summary.episodes)
    assert not summary.notes


def test_a_file_that_is_cut_says_the_same_until_then(tmp_path: Path, town: Any) -> None:
    train, test = files(tmp_path, town)
    run([train], test, tmp_path / "whole.csv")
    cut = tmp_path / "cut.csv"
    cut.write_text("\n".join(test.read_text().splitlines()[: FIRST + 20]) + "\n")
    run([train], cut, tmp_path / "part.csv")
    part = rows(tmp_path / "part.csv")
    assert part == rows(tmp_path / "whole.csv")[: len(part)]


def test_the_order_of_columns_does_not_matter(tmp_path: Path, town: Any) -> None:
    train, test = files(tmp_path, town)
    turned = write_csv(tmp_path / "turned.csv", town.later, order=SIGNALS[::-1], first=LATER)
    plain = write_csv(tmp_path / "plain.csv", town.later, first=LATER)
    for file, out in ((turned, "a.csv"), (plain, "b.csv")):
        run([train], file, tmp_path / out)
    assert (tmp_path / "a.csv").read_text() == (tmp_path / "b.csv").read_text()
    assert test.exists()


def test_rows_that_are_unknown_or_attacked_are_not_learnt(tmp_path: Path, town: Any) -> None:
    train, test = files(tmp_path, town)
    wrong = town.learnt[:300] * 1.1
    more = write_csv(tmp_path / "more.csv", wrong, labels=[-999, 1] * 150, first=LATER)
    run([train], test, tmp_path / "a.csv")
    summary = run([train, more], test, tmp_path / "b.csv")
    assert summary.learnt == len(town.learnt)
    assert (tmp_path / "a.csv").read_text() == (tmp_path / "b.csv").read_text()


def test_gaps_and_readings_that_are_missing_or_cannot_be_are_told(
    tmp_path: Path, town: Any
) -> None:
    train, test = files(tmp_path, town)
    lines = test.read_text().splitlines()
    lines[10] = lines[10].rsplit(",", 1)[0] + ","
    cells = lines[20].split(",")
    cells[1] = "-3.0"
    lines[20] = ",".join(cells)
    del lines[30]
    test.write_text("\n".join(lines) + "\n")
    notes = run([train], test, tmp_path / "flags.csv").notes
    assert any(
        "test.csv line 31: " in note and "expected a step of 3600 s" in note for note in notes
    )
    assert "test.csv line 11, P_J3: no reading" in notes
    assert "test.csv line 21, L_T1: -3 cannot be; expected level, m" in notes
    told = rows(tmp_path / "flags.csv")
    assert len(told) == len(town.later) - 1
    assert told[19]["flag"] == "1"
    assert "L_T1" in told[19]["suspects"]


def test_another_unit_is_told_where_it_begins(tmp_path: Path, town: Any) -> None:
    train, _ = files(tmp_path, town)
    later = town.later.copy()
    later[192:, SIGNALS.index("F_PU1")] *= 3.6
    test = write_csv(tmp_path / "test.csv", later, first=LATER)
    notes = run([train], test, tmp_path / "flags.csv").notes
    assert [note for note in notes if "line 194, F_PU1" in note and "m³/h" in note]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda town: {"labels": [-999] * 1000}, "no row is marked 0"),
        (lambda town: {"labels": None}, "no column ATT_FLAG"),
    ],
)
def test_training_that_teaches_nothing_is_refused_and_nothing_written(
    tmp_path: Path, town: Any, change: Any, said: str
) -> None:
    _, test = files(tmp_path, town)
    train = write_csv(tmp_path / "wrong.csv", town.learnt, **change(town))
    out = tmp_path / "flags.csv"
    with pytest.raises(InputError, match=said):
        run([train], test, out)
    assert not out.exists()


def test_a_folder_that_is_not_there_is_told_before_anything_is_learnt(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no folder"):
        run([tmp_path / "unread.csv"], tmp_path / "unread.csv", tmp_path / "none" / "flags.csv")


def test_training_files_in_different_units_are_refused(tmp_path: Path, town: Any) -> None:
    train, test = files(tmp_path, town)
    other = town.learnt[:240].copy()
    other[:, SIGNALS.index("F_PU2")] *= 3.6
    more = write_csv(tmp_path / "more.csv", other, labels=[0] * 240, first=LATER)
    with pytest.raises(InputError, match=r"more\.csv line 2, F_PU2: readings are 3\.6 times"):
        run([train, more], test, tmp_path / "flags.csv")


def test_the_command_takes_several_files_after_train(tmp_path: Path, town: Any) -> None:
    train, test = files(tmp_path, town)
    half = write_csv(tmp_path / "half.csv", town.learnt[:300], labels=[-999] * 300, first=LATER)
    out = tmp_path / "flags.csv"
    asked = ["attacks", "--train", train, half, "--test", test, "--out", out, "--json"]
    answer = CliRunner().invoke(make_commands(), [str(each) for each in asked])
    assert answer.exit_code == 0, answer.output
    assert '"learnt":1000' in answer.output
    assert len(rows(out)) == len(town.later)
