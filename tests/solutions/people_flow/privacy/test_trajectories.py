"""Points become trips and flows: what is left out, what is found, and that no point comes out."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from kota.errors import ConflictError, SolutionError
from kota.solutions.people_flow.cli import make_commands
from kota.solutions.people_flow.privacy.trajectories import (
    MODES,
    Points,
    Trips,
    in_order,
    project,
    resampled,
    segments,
    stays,
    travel_modes,
    trips,
    unproject,
    without_leaps,
)


def points(at: object, x: object, y: object | None = None, person: object | None = None) -> Points:
    when = np.asarray(at, dtype=np.float64)
    zeros = np.zeros(len(when))
    return Points(
        np.zeros(len(when), dtype=np.int64) if person is None else np.asarray(person),
        when,
        np.asarray(x, dtype=np.float64),
        zeros if y is None else np.asarray(y, dtype=np.float64),
    )


def test_points_are_ordered_and_one_of_a_time_is_kept() -> None:
    found = in_order(points([20, 0, 10, 10, 0], [2, 0, 1, 9, 7], person=[0, 0, 0, 0, 1]))
    assert found.at.tolist() == [0, 10, 20, 0]
    assert found.x.tolist() == [0, 1, 2, 7]


@pytest.mark.parametrize("length", [1, 2, 3])
def test_a_short_leap_goes_and_the_rest_stays(length: int) -> None:
    x = np.arange(12.0) * 10
    x[5 : 5 + length] += 50_000
    found = without_leaps(points(np.arange(12.0) * 10, x), 50.0)
    assert len(found) == 12 - length
    assert found.x.max() < 200


def test_a_long_excursion_stays_as_a_stretch_of_its_own() -> None:
    x = np.r_[np.zeros(5), np.full(6, 50_000.0), np.zeros(5)]
    one = points(np.arange(16.0) * 10, x)
    kept = without_leaps(one, 50.0)
    assert len(kept) == 16
    assert segments(kept, 50.0, 600.0).tolist() == [0] * 5 + [1] * 6 + [2] * 5


@given(st.integers(2, 60), st.integers(0, 1000))
def test_points_that_can_all_be_are_all_kept(n: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    at = np.cumsum(rng.uniform(1, 30, n))
    x = np.cumsum(np.r_[0.0, rng.uniform(-1, 1, n - 1) * np.diff(at) * 40])
    one = points(at, x)
    assert len(without_leaps(one, 50.0)) == n
    assert segments(one, 50.0, 60.0).max() == 0


def test_a_gap_and_another_person_begin_a_stretch() -> None:
    one = points([0, 10, 700, 710, 0], [0, 1, 2, 3, 0], person=[0, 0, 0, 0, 1])
    assert segments(one, 50.0, 600.0).tolist() == [0, 0, 1, 1, 2]


def day(stay_s: int = 600, walk_s: int = 1000) -> Points:
    """A stay, a walk of 1 m/s, and another stay, a point each 10 s."""
    at = np.arange(0, 2 * stay_s + walk_s, 10.0)
    return points(at, np.clip(at - stay_s, 0, walk_s))


def test_a_stay_is_found_and_a_walk_is_none() -> None:
    one = day()
    still = stays(one, segments(one, 50, 600), 20.0, 300.0)
    walking = (one.at > 600 + 50) & (one.at < 1600 - 50)
    assert still[one.at <= 600].all()
    assert still[one.at >= 1600].all()
    assert not still[walking].any()


@given(st.integers(1, 80), st.integers(0, 500))
def test_stays_are_what_a_loop_over_windows_finds(n: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    at = np.cumsum(rng.integers(1, 90, n)).astype(float)
    x, y = np.cumsum(rng.normal(0, 15, n)), np.cumsum(rng.normal(0, 15, n))
    one = points(at, x, y, np.sort(rng.integers(0, 3, n)))
    segment = segments(one, 50.0, 600.0)
    expected = np.zeros(n, dtype=bool)
    for i in range(n):
        later = [j for j in range(n) if segment[j] == segment[i] and at[j] >= at[i] + 120]
        if later:
            window = slice(i, later[0] + 1)
            if np.hypot(np.ptp(x[window]), np.ptp(y[window])) <= 100:
                expected[window] = True
    assert (stays(one, segment, 50.0, 120.0) == expected).all()


def test_a_trip_goes_from_stay_to_stay() -> None:
    one = day()
    segment = segments(one, 50, 600)
    found = trips(one, segment, stays(one, segment, 20.0, 300.0), 100.0)
    assert len(found.first) == 1
    assert one.x[found.first[0]] < 50
    assert one.x[found.last[0]] > 950


def test_points_between_are_on_the_straight_line() -> None:
    dense, segment = resampled(
        points([0, 10, 30, 0, 10], [0, 10, 50, 5, 5], person=[0, 0, 0, 1, 1]),
        np.array([0, 0, 0, 1, 1]),
        5.0,
    )
    assert dense.at.tolist() == [0, 5, 10, 15, 20, 25, 30, 0, 5, 10]
    assert dense.x.tolist() == [0, 5, 10, 20, 30, 40, 50, 5, 5, 5]
    assert segment.tolist() == [0] * 7 + [1] * 3


@given(st.floats(-179, 179), st.floats(-60, 60))
def test_a_projection_is_undone(lon: float, lat: float) -> None:
    x, y = project(np.array([lon]), np.array([lat]), 106.8, -6.2)
    back = unproject(x, y, 106.8, -6.2)
    assert np.allclose([back[0][0], back[1][0]], [lon, lat], atol=1e-9)


LON, LAT = 106.8, -6.2
DEGREE_M = 111_195.0


@pytest.fixture
def town(tmp_path: Path) -> Path:
    """Two areas 2 km apart with a street between; 30 people go from one to the other, two back."""
    rng = np.random.default_rng(1)
    rows = []
    for person in range(32):
        at = np.arange(0, 3600, 30.0)
        x = np.clip((at - 900) * 1.5, 0, 2000)
        if person >= 30:
            x = 2000 - x
        x = x + rng.normal(0, 4, len(at))
        x[40] += 60_000 * (person % 3 == 0)
        for t, east in zip(at, x, strict=True):
            lon = LON + east / (DEGREE_M * np.cos(np.radians(LAT)))
            minute = f"2025-11-28T{8 + int(t) // 3600:02}:{int(t) // 60 % 60:02}:{int(t) % 60:02}Z"
            rows.append((f"phone-{person}", minute, f"{lon:.7f}", f"{LAT:.7f}"))
    rng.shuffle(rows)
    with (tmp_path / "points.csv").open("w", newline="") as file:
        write = csv.writer(file)
        write.writerow(["person", "time", "lon", "lat"])
        write.writerows(rows)
    square = 0.003
    areas = {"west": LON, "east": LON + 2000 / DEGREE_M}
    features = [
        {
            "type": "Feature",
            "properties": {"id": name},
            "geometry": {
                "type": "Polygon",
                "coordinates": [
                    [
                        [lon + a * square, LAT + b * square]
                        for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1))
                    ]
                ],
            },
        }
        for name, lon in areas.items()
    ]
    (tmp_path / "zones.geojson").write_text(
        json.dumps({"type": "FeatureCollection", "features": features})
    )
    lines = {"main": [[LON, LAT], [LON + 0.02, LAT]], "other": [[LON, LAT + 0.1], [LON, LAT + 1]]}
    streets = [
        {
            "type": "Feature",
            "properties": {"id": name},
            "geometry": {"type": "LineString", "coordinates": line},
        }
        for name, line in lines.items()
    ]
    (tmp_path / "streets.geojson").write_text(
        json.dumps({"type": "FeatureCollection", "features": streets})
    )
    return tmp_path


def run(town: Path, *options: str) -> dict[str, object]:
    command = ["trajectories", "--in", str(town / "points.csv"), "--out", str(town / "out.csv")]
    command += ["--json", "--data", str(town / "data"), *options]
    result = CliRunner().invoke(make_commands(), command, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    found: dict[str, object] = json.loads(result.output)
    return found


def table(path: Path) -> list[dict[str, str]]:
    with path.open() as file:
        return list(csv.DictReader(file))


def test_flows_between_areas_are_told_from_the_minimum_cell_on(town: Path) -> None:
    said = run(town, "--zones", str(town / "zones.geojson"))
    assert table(town / "out.csv") == [{"origin": "west", "destination": "east", "people": "30"}]
    assert (said["leaps"], said["trips"], said["flows_left_out"]) == (11, 32, 1)


def test_people_are_counted_on_the_street_they_walked(town: Path) -> None:
    run(
        town,
        *("--zones", str(town / "zones.geojson"), "--streets", str(town / "streets.geojson")),
        *("--street-out", str(town / "streets.csv")),
    )
    assert table(town / "streets.csv") == [{"street": "main", "people": "32"}]


def test_without_areas_a_grid_is_laid(town: Path) -> None:
    run(town, "--grid", "1000")
    told = table(town / "out.csv")
    assert sum(int(row["people"]) for row in told) >= 20
    assert all(len(row["origin"].split()) == 2 for row in told)


def test_no_point_and_no_person_is_in_what_comes_out(town: Path) -> None:
    said = run(town)
    text = (town / "out.csv").read_text() + json.dumps(said)
    assert "phone" not in text
    assert "2025-11-28" not in text


def test_flows_are_released_with_noise_and_charged(town: Path) -> None:
    zones = ("--zones", str(town / "zones.geojson"))
    said = run(town, *zones, "--epsilon", "1", "--max-cells", "1", "--min-cell", "15")
    assert (said["cells"], said["left"], said["dataset"]) == (4, 0.0, "points")
    (row,) = (row for row in table(town / "out.csv") if row["origin"] == "west")
    assert abs(int(row["people"]) - 30) < 25
    with pytest.raises(ConflictError, match="0 of 1 is left"):
        run(town, *zones, "--epsilon", "0.1")


@pytest.mark.parametrize(
    ("change", "options", "complaint"),
    [
        (("-6.2000000", "106.8"), (), r"row \d+: lat 106.8; expected degrees"),
        (("-6.2000000", "x"), (), r"row \d+: lat: 'x' is not a number"),
        (("-6.2000000", ""), (), r"row \d+: lat"),
        (("2025-11-28T08", "28 Nov 08"), (), r"row \d+: time: '28 Nov"),
        (("person,", "who,"), (), "no column 'person'"),
        (("", ""), ("--max-speed", "0"), "max speed 0"),
        (("", ""), ("--epsilon", "1"), "needs areas"),
        (("", ""), ("--street-out", "x.csv"), "together"),
        (("", ""), ("--zones", "streets"), "'main' is not a polygon"),
        (("", ""), ("--zones", "zones", "--key", "name"), "no property 'name'"),
    ],
)
def test_a_fault_is_named_and_nothing_is_written(
    town: Path, change: tuple[str, str], options: tuple[str, ...], complaint: str
) -> None:
    text = (town / "points.csv").read_text()
    assert change[0] in text
    (town / "points.csv").write_text(text.replace(*change, 1) if change[0] else text)
    files = {"streets": town / "streets.geojson", "zones": town / "zones.geojson"}
    given = [str(files.get(option, option)) for option in options]
    with pytest.raises(SolutionError, match=complaint):
        run(town, *given)
    assert not (town / "out.csv").exists()


def test_how_people_travel_is_told_by_speed_where_enough_do(town: Path) -> None:
    assert run(town)["mode_share"] == {}
    with (town / "points.csv").open("a") as file:
        for k in range(15):
            for step in range(40):
                at = f"2025-11-28T{12 + step // 60:02d}:{step % 60:02d}:00Z"
                file.write(f"rider{k},{at},{106.8 + 0.0022 * step},-6.2\n")
    assert run(town)["mode_share"] == {"foot": 0.6809, "bicycle": 0.3191}


def test_a_trip_has_the_mode_of_most_of_its_time() -> None:
    at = np.arange(0.0, 1000.0, 10.0)
    for metres_a_second, mode in ((1.3, "foot"), (4.5, "bicycle"), (14.0, "motor")):
        speed = np.where(at < 100, 0.5, metres_a_second)
        x = np.cumsum(speed * 10.0)
        points = Points(np.zeros(len(at), dtype=np.int64), at, x, np.zeros(len(at)))
        whole = Trips(np.array([0]), np.array([len(at) - 1]))
        assert MODES[int(travel_modes(points, whole)[0])][0] == mode
