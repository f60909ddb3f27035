"""``kota amenities access`` on tables."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from kota.errors import InputError
from kota.solutions.amenities.cli import make_commands
from kota.solutions.amenities.tables import DEMAND, SUPPLY, read_costs, read_places

RUN = CliRunner()
GOOD = {
    "s.csv": "id,capacity\ns1,4\ns2,2\n",
    "d.csv": "geoid,Population\n01,10\n02,30\n03,5\n",
    "c.csv": "Origin,Destination,Cost\n01,s1,5\n02,s1,9\n02,s2,12\n99,s1,3\n",
}


def tables(folder: Path, **other: str) -> list[str]:
    for name, text in (GOOD | {f"{key}.csv": text for key, text in other.items()}).items():
        (folder / name).write_text(text)
    return [f"--supply={folder}/s.csv", f"--demand={folder}/d.csv", f"--costs={folder}/c.csv"]


def run(*words: str) -> dict[str, object]:
    done = RUN.invoke(make_commands(), ["access", *words, "--json"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    found: dict[str, object] = json.loads(done.output)
    return found


@pytest.mark.parametrize("method", ["2sfca", "e2sfca", "3sfca", "raam", "cumulative", "nearest"])
def test_each_method_writes_a_row_for_each_demand(tmp_path: Path, method: str) -> None:
    out = tmp_path / "access.csv"
    report = run(*tables(tmp_path), f"--method={method}", "--max-cost=10", f"--out={out}")
    rows = list(csv.DictReader(out.read_text().splitlines()))
    assert [row["id"] for row in rows] == ["01", "02", "03"]
    assert report["method"] == method
    expected = {"2sfca": 0.1, "cumulative": 4.0, "nearest": 5.0}
    if method in expected:
        assert float(rows[0][method]) == pytest.approx(expected[method])
    assert (rows[2][method] == "") == (method in ("raam", "nearest"))


def test_what_is_odd_about_the_tables_is_told(tmp_path: Path) -> None:
    report = run(*tables(tmp_path))
    notes = " | ".join(report["notes"])  # type: ignore[arg-type]
    assert "1 rows from places that the demand lacks, such as 99" in notes
    assert "1 places of demand have no way to any supply: 03" in notes


def test_raam_tells_its_residual(tmp_path: Path) -> None:
    report = run(*tables(tmp_path), "--method=raam", "--tau=10")
    assert report["residual"] <= 1e-9  # type: ignore[operator]
    assert report["tau"] == 10


@pytest.mark.parametrize(
    ("other", "options", "reason"),
    [
        ({"d": "id,pop\na,-3\n"}, [], "d.csv line 2, demand: -3 is less than 0"),
        ({"d": "id,pop\na,3\na,4\n"}, [], "d.csv line 3: the id 'a' occurs twice"),
        ({"s": "id,beds2\na,3\n"}, [], "s.csv has no column 'supply'"),
        ({"c": "origin,dest,cost\nx,y,3\n"}, [], "no row joins demand and supply"),
        ({"c": "origin,dest,cost\n01,s1,-3\n"}, [], "c.csv line 2, cost: -3 is less than 0"),
        ({}, ["--weights=wobbly:3"], "there is no decay 'wobbly'"),
        ({}, ["--weights=gaussian:-3"], "gaussian takes 1 numbers above zero"),
        ({}, ["--method=raam", "--weights=binary"], "raam takes no weights"),
        ({}, ["--who=0-4"], "--who, --at and --crs go with maps"),
        ({}, ["--max-cost=-1"], "max-cost -1 is below zero"),
    ],
)
def test_bad_input_is_refused_with_its_place_and_writes_nothing(
    tmp_path: Path, other: dict[str, str], options: list[str], reason: str
) -> None:
    out = tmp_path / "access.csv"
    words = ["access", *tables(tmp_path, **other), *options, f"--out={out}"]
    with pytest.raises(InputError) as raised:
        RUN.invoke(make_commands(), words, catch_exceptions=False)
    assert reason in str(raised.value)
    assert not out.exists()


def test_pairs_are_numbered_by_the_tables(tmp_path: Path) -> None:
    tables(tmp_path)
    demand = read_places(tmp_path / "d.csv", DEMAND)
    supply = read_places(tmp_path / "s.csv", SUPPLY)
    pairs, _ = read_costs(tmp_path / "c.csv", demand, supply)
    assert pairs.demand.tolist() == [0, 1, 1]
    assert pairs.supply.tolist() == [0, 0, 1]
    assert pairs.cost.tolist() == [5.0, 9.0, 12.0]


def test_maps_need_no_table_of_costs(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text("id,lon,lat,capacity\nk,103.45,3.07,5\n")
    (tmp_path / "d.csv").write_text("id,lon,lat,old,young\nh,103.45,3.071,4,9\n")
    words = [f"--supply={tmp_path}/s.csv", f"--demand={tmp_path}/d.csv", "--who=old"]
    report = run(*words, "--max-cost=15")
    assert report["people"] == 4
    assert report["mean"] == pytest.approx(5 / 4)
