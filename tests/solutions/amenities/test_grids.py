"""Census grids and places on the map."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kota.errors import InputError
from kota.network import FLAT_SPEED, Plane
from kota.network.files import read_lines
from kota.solutions.amenities.grids import read_map, travel
from kota.solutions.amenities.tables import DEMAND, SUPPLY

PLANE = Plane(103.45, 3.07)


def degrees(*positions: tuple[float, float]) -> list[list[float]]:
    found: list[list[float]] = PLANE.to_degrees(positions).tolist()
    return found


def collection(path: Path, *features: tuple[str, Any, dict[str, Any]]) -> Path:
    items = [
        {"type": "Feature", "properties": given, "geometry": {"type": kind, "coordinates": at}}
        for kind, at, given in features
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": items}))
    return path


def cell(x: float, **given: Any) -> tuple[str, Any, dict[str, Any]]:
    ring = [(x, 0), (x + 100, 0), (x + 100, 100), (x, 100), (x, 0)]
    return "Polygon", [degrees(*ring)], given


@pytest.fixture
def grid(tmp_path: Path) -> Path:
    cells = (
        cell(0, id="c1", population=30, **{"0-4": 5, "65+": 2}),
        cell(500, id="c2", population=40, **{"0-4": 1, "65+": 9}),
    )
    return collection(tmp_path / "grid.geojson", *cells)


@pytest.fixture
def clinics(tmp_path: Path) -> Path:
    (at,) = degrees((50, 350))
    given = {"id": "k", "capacity": 10, "opening_hours": "Mo-Fr 08:00-17:00"}
    return collection(tmp_path / "clinics.geojson", ("Point", at, given))


def test_cells_stand_at_their_middle_and_count_whom_is_asked_for(grid: Path) -> None:
    everybody = read_map(grid, DEMAND)
    children = read_map(grid, DEMAND, columns=["0-4"])
    both = read_map(grid, DEMAND, columns=["0-4", "65+"])
    assert everybody.amount.tolist() == [30, 40]
    assert children.amount.tolist() == [5, 1]
    assert both.amount.tolist() == [7, 10]
    assert everybody.at is not None
    np.testing.assert_allclose(PLANE.to_metres(everybody.at), [[50, 50], [550, 50]], atol=0.01)


def test_walks_are_straight_without_streets_and_along_them_with(
    tmp_path: Path, grid: Path, clinics: Path
) -> None:
    demand, supply = read_map(grid, DEMAND), read_map(clinics, SUPPLY)
    straight = travel(demand, supply, network=None, limit=None)
    bend = degrees((0, 50), (1000, 50)), degrees((50, 50), (50, 350))
    streets = collection(tmp_path / "s.geojson", *(("LineString", line, {}) for line in bend))
    along = travel(demand, supply, network=read_lines(streets), limit=None)
    near = travel(demand, supply, network=read_lines(streets), limit=5.0)
    pace = 1 / FLAT_SPEED / 60
    np.testing.assert_allclose(straight.cost / pace, [300, np.hypot(500, 300)], rtol=1e-4)
    np.testing.assert_allclose(along.cost / pace, [300, 800], rtol=1e-4)
    assert near.demand.tolist() == [0]


def test_supply_that_is_closed_is_left_out(clinics: Path) -> None:
    assert len(read_map(clinics, SUPPLY, open_at=(0, 600))) == 1
    with pytest.raises(InputError, match="no places"):
        read_map(clinics, SUPPLY, open_at=(6, 600))


@pytest.mark.parametrize(
    ("feature", "reason"),
    [
        (cell(0, id="a", population=-4), "feature 1, population: -4 is less than 0"),
        (cell(0, id="a", population="many"), "feature 1, population: 'many' is not a number"),
        (("Point", [29500, 32100], {"id": "a", "population": 1}), "feature 1: .29500, 32100."),
        (cell(0, id="a"), "has no column 'demand'"),
    ],
)
def test_what_is_wrong_in_a_grid_is_told_by_feature(
    tmp_path: Path, feature: tuple[str, Any, dict[str, Any]], reason: str
) -> None:
    with pytest.raises(InputError, match=reason):
        read_map(collection(tmp_path / "g.geojson", feature), DEMAND)


def test_a_place_in_the_sea_is_refused_by_name(tmp_path: Path, grid: Path) -> None:
    (far,) = degrees((50, 9000))
    clinics = collection(tmp_path / "c.geojson", ("Point", far, {"id": "boat", "capacity": 1}))
    line = ("LineString", degrees((0, 50), (1000, 50)), {})
    network = read_lines(collection(tmp_path / "s.geojson", line))
    with pytest.raises(InputError, match="supply boat"):
        travel(read_map(grid, DEMAND), read_map(clinics, SUPPLY), network=network, limit=None)
