"""Files of counts are joined in time; what is wrong is named with file and row."""

from __future__ import annotations

import gzip
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from kota.errors import SolutionError
from kota.solutions.people_flow.forecast.counts import hour_of
from kota.solutions.people_flow.forecast.files import read_counts, zone_named

ZONE = zone_named("Australia/Melbourne")


def file(folder: Path, text: str, name: str = "counts.csv") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def test_files_are_joined_and_sensors_come_and_go(tmp_path: Path) -> None:
    one = file(tmp_path, "local_time,a,b\n2019-01-01 00:00:00,1,\n2019-01-01 01:00:00,2,7\n")
    two = tmp_path / "two.csv.gz"
    with gzip.open(two, "wt") as stream:
        stream.write("local_time,b,c\n2019-01-01 03:00:00,8,9\n")
    counts, findings = read_counts([one, two], ZONE)
    assert counts.sensors == ("a", "b", "c")
    assert counts.start == hour_of(datetime.fromisoformat("2019-01-01"))
    nan = np.nan
    expected = [[1, nan, nan], [2, 7, nan], [nan, nan, nan], [nan, 8, 9]]
    np.testing.assert_array_equal(counts.values, expected)
    assert findings == []


def test_the_hour_that_autumn_repeats_is_the_mean_and_spring_s_absent_one_is_ignored(
    tmp_path: Path,
) -> None:
    autumn = "local_time,a\n2019-04-07 01:00:00,4\n2019-04-07 02:00:00,10\n2019-04-07 02:00:00,20\n"
    spring = "local_time,a\n2019-10-06 02:00:00,0\n2019-10-06 03:00:00,5\n"
    counts, findings = read_counts(
        [file(tmp_path, autumn), file(tmp_path, spring, "spring.csv")], ZONE
    )
    assert counts.values[1, 0] == 15
    assert np.isnan(
        counts.between(hour_of(datetime.fromisoformat("2019-10-06T02:00")), counts.end)[0, 0]
    )
    assert [finding.kind for finding in findings] == ["repeated hour", "absent hour"]
    assert "counts.csv row 4" in findings[0].reason
    assert "spring.csv row 2" in findings[1].reason


def test_times_with_an_offset_are_brought_to_the_wall_clock(tmp_path: Path) -> None:
    counts, _ = read_counts([file(tmp_path, "local_time,a\n2019-01-01T00:00:00Z,3\n")], ZONE)
    assert counts.start == hour_of(datetime.fromisoformat("2019-01-01T11:00"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("time,a\n", r"counts.csv row 1: the first column is 'time'; expected 'local_time'"),
        ("local_time,a,a\n", r"row 1: column 3 is a second 'a'"),
        ("local_time,a,\n", r"row 1: column 3 has no name"),
        ("local_time,a\n2019-01-01 00:00:00,1\nsoon,2\n", r"row 3: 'soon' is not a time"),
        ("local_time,a\n2019-01-01 00:30:00,1\n", r"row 2: .* is not on the hour"),
        ("local_time,a\n2019-01-01 00:00:00,1,2\n", r"row 2: 3 fields; expected 2"),
        ("local_time,a\n2019-01-01 00:00:00,-4\n", r"row 2: sensor a: '-4' is not a count"),
        ("local_time,a\n2019-01-01 00:00:00,many\n", r"row 2: sensor a: 'many' is not a count"),
        ("local_time,a\n2019-01-01 00:00:00,inf\n", r"row 2: sensor a: 'inf' is not a count"),
        (
            "local_time,a\n2019-01-01 00:00:00,1\n2019-01-01 00:00:00,1\n",
            r"row 3: 2019-01-01 00:00:00 stands in row 2 already",
        ),
        ("local_time,a\n", r"counts.csv: no row of counts"),
    ],
)
def test_a_bad_file_is_refused_with_its_row(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(SolutionError, match=message):
        read_counts([file(tmp_path, text)], ZONE)


def test_files_that_contradict_each_other_are_refused(tmp_path: Path) -> None:
    one = file(tmp_path, "local_time,a\n2019-01-01 00:00:00,1\n")
    two = file(tmp_path, "local_time,a\n2019-01-01 00:00:00,2\n", "two.csv")
    with pytest.raises(SolutionError, match=r"two.csv row 2: sensor a counts 2 .* says 1"):
        read_counts([one, two], ZONE)


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    torn = tmp_path / "torn.csv.gz"
    torn.write_bytes(gzip.compress(b"local_time,a\n2019-01-01 00:00:00,1\n")[:-9])
    for path in (torn, tmp_path / "absent.csv"):
        with pytest.raises(SolutionError, match=path.name):
            read_counts([path], ZONE)


def test_a_zone_that_does_not_exist_is_refused() -> None:
    for name in ("Mars/Olympus", "../etc", ""):
        with pytest.raises(SolutionError, match="is not a time zone"):
            zone_named(name)
