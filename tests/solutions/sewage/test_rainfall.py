"""Rain from files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kota.errors import InputError
from kota.solutions.sewage.rainfall import Rain, read_rain

GAUGES = "time,north,south\n2026-11-27T15:00,0,1\n2026-11-27T15:05,10,3\n2026-11-27T15:10,4,0\n"


def written(folder: Path, text: str) -> Path:
    path = folder / "rain.csv"
    path.write_text(text)
    return path


def test_gauges_are_read_and_a_value_holds_until_the_next(tmp_path: Path) -> None:
    rain = read_rain(written(tmp_path, GAUGES))
    assert rain.names == ("north", "south")
    start = rain.times[0]
    found = rain.at(np.array([start - 1, start + 299, start + 300, start + 900]))
    assert found.tolist() == [[0, 0], [0, 1], [10, 3], [0, 0]]


def test_a_gauge_gets_its_column_or_else_the_mean() -> None:
    rain = Rain(np.array([0.0]), np.array([[2.0, 6.0]]), ("north", "south"))
    assert rain.by_gauge(["south", "west"], {}).values.tolist() == [[6.0, 4.0]]


def test_a_radar_grid_gives_each_gauge_its_nearest_cell(tmp_path: Path) -> None:
    rows = [
        f"2026-11-27T15:{m:02d},{x},{y},{x + y + m}" for m in (0, 5) for x in (0, 9) for y in (0, 9)
    ]
    grid = read_rain(written(tmp_path, "time,x,y,mm_h\n" + "\n".join(rows)))
    found = grid.by_gauge(["g", "h"], {"g": (8.0, 1.0)})
    assert found.values.tolist() == [[9.0, 9.0], [14.0, 14.0]]


def test_netcdf_of_the_classic_format_is_a_radar_grid(tmp_path: Path) -> None:
    from scipy.io import netcdf_file

    path = tmp_path / "radar.nc"
    with netcdf_file(str(path), "w") as file:
        for name, size in (("time", 2), ("y", 2), ("x", 3)):
            file.createDimension(name, size)
            file.createVariable(name, "d", (name,))[:] = np.arange(size)
        file.variables["time"].units = "minutes since 2026-11-27T15:00:00"
        file.createVariable("rain", "d", ("time", "y", "x"))[:] = np.arange(12).reshape(2, 2, 3)
    rain = read_rain(path)
    assert rain.step == 60.0
    assert rain.by_gauge(["g"], {"g": (2.0, 1.0)}).values.tolist() == [[5.0], [11.0]]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "line 1: expected a header"),
        ("time,g\n", "has no rows"),
        ("time,g\nmonday,1\n", "line 2: 'monday' is not a time"),
        ("time,g\n2026-11-27T15:00,wet\n", "line 2: g 'wet' is not a number; expected mm/h"),
        ("time,g\n2026-11-27T15:00\n", "line 2: has 1 fields; expected 2"),
        ("time,g\n2026-11-27T15:00,-1\n", "-1 at 2026-11-27T15:00:00\\+00:00 is no rain"),
        ("time,g\n2026-11-27T15:00,900\n", "expected 0 to 500 mm/h"),
        ("time,g\n2026-11-27T15:00,nan\n", "nan at"),
        ("time,g\n2026-11-27T15:00,1\n2026-11-27T15:00,1\n", "does not come after"),
        (
            "time,g\n2026-11-27T15:00,1\n2026-11-27T15:05,1\n2026-11-27T15:10,1\n"
            "2026-11-27T17:00,1\n",
            "no rain from 2026-11-27T15:10:00",
        ),
        ("time,x,y,mm_h\n2026-11-27T15:00,0,0,1\n2026-11-27T15:05,1,0,1\n", "has no value of cell"),
    ],
)
def test_bad_rain_is_refused_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        read_rain(written(tmp_path, text))


def test_a_file_that_is_no_netcdf_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "radar.nc"
    path.write_text("no")
    with pytest.raises(InputError, match="is no NetCDF of rain"):
        read_rain(path)
