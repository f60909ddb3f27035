"""Files are read in any order of columns, and refused with file, line and signal."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kota.errors import InputError
from kota.solutions.water.attacks.scada import read_scada

GOOD = "DATETIME,L_T1, F_PU1 ,ATT_FLAG\n04/07/16 00, 2.44, 93.63, -999\n04/07/16 01, , 89.41, 1\n"


def read(tmp_path: Path, text: str):  # type: ignore[no-untyped-def]
    file = tmp_path / "scada.csv"
    file.write_text(text)
    return read_scada(file)


def test_names_and_cells_are_stripped_and_an_empty_cell_is_missing(tmp_path: Path) -> None:
    scada = read(tmp_path, GOOD)
    assert scada.signals == ("L_T1", "F_PU1")
    assert scada.labels is not None
    assert scada.labels.tolist() == [-999, 1]
    assert np.isnan(scada.values[1, 0])
    assert scada.times[1] - scada.times[0] == 3600
    assert scada.lines.tolist() == [2, 3]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", r"scada\.csv: holds no rows"),
        ("DATETIME,L_T1\n", r"scada\.csv: holds no rows"),
        ("TIME,L_T1\n1,2\n", r"line 1: no column DATETIME"),
        ("DATETIME,ATT_FLAG\n04/07/16 00,0\n", r"line 1: no column of a signal"),
        ("DATETIME,L_T1,L_T1\n04/07/16 00,1,1\n", r"line 1: column L_T1 is there twice"),
        (GOOD.replace("93.63", "abc"), r"line 2, F_PU1: 'abc' is not a number"),
        (GOOD.replace("93.63", "nan"), r"line 2, F_PU1: 'nan' is not a number"),
        (GOOD.replace("-999", "7"), r"line 2, ATT_FLAG: '7'; expected 0 \(normal\)"),
        (GOOD.replace("04/07/16 01", "soon"), r"line 3: 'soon' is not a time; expected day"),
        (GOOD.replace("16 01", "16 00"), r"line 3: 04/07/16 00 follows 04/07/16 00 and is there"),
        (GOOD.replace("04/07/16 01", "03/07/16 01"), r"line 3: .* and is before it"),
        (GOOD + "04/07/16 02,1\n", r"line 4: 2 cells; expected 4"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        read(tmp_path, text)


def test_a_file_that_is_not_there_is_named() -> None:
    with pytest.raises(InputError, match=r"nowhere\.csv: cannot be read"):
        read_scada(Path("nowhere.csv"))


def test_columns_that_differ_are_named(tmp_path: Path) -> None:
    scada = read(tmp_path, GOOD)
    with pytest.raises(InputError, match="no column P_J1; unknown column F_PU1"):
        scada.ordered(("L_T1", "P_J1"))
