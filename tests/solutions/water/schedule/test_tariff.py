"""Prices by time of day come in as a table, and what is wrong in it is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from kota.errors import InputError
from kota.solutions.water.schedule.tariff import Tariff


def read(folder: Path, text: str) -> Tariff:
    path = folder / "tariff.csv"
    path.write_text(text)
    return Tariff.read(path)


def test_a_price_holds_until_the_next_one_and_over_midnight(tmp_path: Path) -> None:
    tariff = read(tmp_path, "from,price\n07:00,0.12\n22:00,0.03\n")
    hours = (0, 6, 7, 21, 22, 31)
    assert [tariff.at(hour * 3600) for hour in hours] == [0.03, 0.03, 0.12, 0.12, 0.03, 0.12]


def test_a_pattern_begins_at_the_time_of_day_at_which_the_file_does(tmp_path: Path) -> None:
    tariff = read(tmp_path, "from,price\n00:00,0.03\n07:00,0.12\n")
    pattern = tariff.pattern(3600, 6 * 3600)
    assert pattern[:3] == [0.03, 0.12, 0.12]
    assert len(pattern) == 24


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", r"tariff\.csv line 1: ''; expected the columns from,price"),
        ("from,price\n", r"it has no prices"),
        ("from,price\n7,0.1\n", r"line 2: '7' is no time of day; expected 07:00"),
        ("from,price\n24:00,0.1\n", r"line 2: '24:00' is no time of day"),
        ("from,price\n00:00,cheap\n", r"line 2: 'cheap' is no price"),
        ("from,price\n00:00,nan\n", r"line 2: a price of nan is refused"),
        ("from,price\n00:00,-1\n", r"line 2: a price of -1 is refused"),
        ("from,price\n08:00,1\n07:00,2\n", r"line 3: 07:00 is not after the row before"),
        ("from,price\n08:00,1,2\n", r"line 2: 3 values; expected from,price"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        read(tmp_path, text)


def test_a_change_within_a_pattern_period_is_refused(tmp_path: Path) -> None:
    tariff = read(tmp_path, "from,price\n00:00,0.03\n06:30,0.12\n")
    with pytest.raises(InputError, match=r"changes at 06:30, within a pattern period of 3600 s"):
        tariff.pattern(3600, 0)
