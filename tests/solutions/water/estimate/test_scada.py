"""Readings are laid on an even grid; what cannot be used is named."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kota.errors import InputError
from kota.solutions.water.estimate.scada import joined, read_scada


def folder(
    tmp_path: Path, pressures: str, flows: str = "Timestamp,p1\n2019-01-01 00:00,5\n"
) -> Path:
    tmp_path.mkdir(exist_ok=True)
    (tmp_path / "SCADA_Pressures.csv").write_text(pressures)
    (tmp_path / "SCADA_Flows.csv").write_text(flows)
    return tmp_path


def test_both_manners_of_writing_numbers_are_read(tmp_path: Path) -> None:
    one = read_scada(folder(tmp_path / "a", "Timestamp;n1\n2019-01-01 00:00:00;30,5\n"))
    other = read_scada(folder(tmp_path / "b", "Timestamp,n1\n2019-01-01 00:00,30.5\n"))
    assert one.pressures.values.tolist() == other.pressures.values.tolist() == [[30.5]]
    assert one.times[0] == other.times[0] == 1_546_300_800


def test_gaps_duplicates_and_impossible_values_are_named_and_left_out(tmp_path: Path) -> None:
    rows = [
        "2019-01-01 00:00,30.0",
        "2019-01-01 00:05,31.0",
        "2019-01-01 00:05,32.0",
        "2019-01-01 00:10,-900",
        "2019-01-01 00:20,33.0",
    ]
    scada = read_scada(folder(tmp_path, "Timestamp,n1\n" + "\n".join(rows) + "\n"))
    assert np.isnan(scada.pressures.values[:, 0]).tolist() == [False, False, True, True, False]
    assert scada.pressures.values[1, 0] == 32.0
    said = " | ".join(scada.notices)
    assert "told twice, the first 2019-01-01 00:05" in said
    assert "n1 says -900 at 2019-01-01 00:10" in said
    assert "n1 is silent at 2 steps, first 2019-01-01 00:10" in said


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("Timestamp,n1\n2019-01-01 00:00,abc\n", r"line 2, column n1: 'abc' is not a number"),
        ("Timestamp,n1\n2019-01-01 00:00,1,2\n", r"line 2: 3 columns, 2 expected"),
        ("time,n1\n2019-01-01 00:00,1\n", r"line 1: it should name Timestamp"),
        ("Timestamp,n1,n1\n2019-01-01 00:00,1,2\n", r"n1 is named twice"),
        ("Timestamp,n1\n", r"it holds no readings"),
    ],
)
def test_a_file_that_is_no_table_of_numbers_is_refused_with_its_place(
    tmp_path: Path, content: str, said: str
) -> None:
    with pytest.raises(InputError, match=said):
        read_scada(folder(tmp_path, content))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"SCADA_Pressures\.csv: there is no such file"):
        read_scada(tmp_path)


def test_folders_that_overlap_are_refused(tmp_path: Path) -> None:
    one = read_scada(folder(tmp_path / "a", "Timestamp,n1\n2019-01-01 00:00,30\n"))
    with pytest.raises(InputError, match="overlap at 2019-01-01 00:00"):
        joined([one, one])
