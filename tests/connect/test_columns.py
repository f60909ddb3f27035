"""Columns of a table under any of their usual names."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kota.connect.columns import Column, read_columns
from kota.errors import InputError

WANTED = (
    Column(name="id", also=("geoid",)),
    Column(name="demand", also=("pop",), kind="number", least=0.0, means="people"),
    Column(name="capacity", kind="number", required=False, default=1.0),
    Column(name="note", required=False),
)


def table(folder: Path, text: str) -> Path:
    path = folder / "t.csv"
    path.write_text(text)
    return path


@pytest.mark.parametrize("title", ["id", "GEOID", "Geo_ID", " geo id "])
def test_names_are_found_whatever_their_case_and_punctuation(tmp_path: Path, title: str) -> None:
    found = read_columns(table(tmp_path, f"{title},Pop\n01,5\n02,6\n"), WANTED)
    assert found.values["id"].tolist() == ["01", "02"]
    assert found.values["demand"].tolist() == [5.0, 6.0]
    assert "capacity" not in found.values


def test_empty_cells_take_their_default_and_other_columns_are_left_alone(tmp_path: Path) -> None:
    path = table(tmp_path, "id,x,demand,capacity,note\na,?,1,,\nb,?,2,7,late\n")
    found = read_columns(path, WANTED)
    assert found.values["capacity"].tolist() == [1.0, 7.0]
    assert found.values["note"].tolist() == ["", "late"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("id,demand\na,1\n\nb,-2\n", "t.csv line 4, demand: -2 is less than 0; people"),
        ("id,demand\na,one\n", "t.csv line 2, demand: 'one' is not a number"),
        ("id,demand\na,1e999\n", "t.csv line 2, demand: '1e999' is not finite"),
        ("id,demand\n  ,1\n", "t.csv line 2, id: no value"),
        ("id,demand\na,NA\n", "t.csv line 2, demand: no value; people"),
        ("name,demand\na,1\n", "t.csv has no column 'id'; it has name, demand; call it id, geoid"),
    ],
)
def test_a_bad_cell_is_told_by_line_and_column(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(InputError) as raised:
        read_columns(table(tmp_path, text), WANTED)
    assert reason in str(raised.value)


def test_compressed_text_and_parquet_read_alike(tmp_path: Path) -> None:
    zipped, parquet = tmp_path / "t.csv.gz", tmp_path / "t.parquet"
    with gzip.open(zipped, "wt") as text:
        text.write("id,demand\n1,2\n3,4\n")
    pq.write_table(pa.table({"id": [1, 3], "demand": [2.0, 4.0]}), parquet)
    for path in (zipped, parquet):
        found = read_columns(path, WANTED)
        assert found.values["id"].tolist() == ["1", "3"]
        np.testing.assert_array_equal(found.values["demand"], [2.0, 4.0])


def test_quoted_lines_keep_their_place(tmp_path: Path) -> None:
    found = read_columns(table(tmp_path, 'id,demand,note\n"a",1,"two\nlines"\nb,2,x\n'), WANTED)
    assert found.values["note"].tolist() == ["two\nlines", "x"]
    assert found.where(0).startswith("t.csv line ")


def test_texts_are_numbered_alike_by_both_readers(tmp_path: Path) -> None:
    quick = read_columns(table(tmp_path, "id,demand\nb,1\na,2\nb,3\n"), WANTED)
    slow = read_columns(table(tmp_path, "id,demand,note\nb,1,\na,2,\nb,3,\n"), WANTED)
    for found in (quick, slow):
        codes, labels = found.coded["id"]
        assert labels[codes].tolist() == found.values["id"].tolist() == ["b", "a", "b"]
