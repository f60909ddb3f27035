"""A SWMM model becomes entities that a city can take in."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from kota.errors import InputError
from kota.model.jsonld import kota_context
from kota.model.payload import parse_entity
from kota.solutions.sewage.cli import make_commands
from kota.solutions.sewage.terms import TERMS

MODEL = Path(__file__).parent / "two_basins.inp"


@pytest.fixture
def placed(tmp_path: Path) -> Path:
    at = {"a": (0, 0), "xa": (0, 100), "x": (50, 200), "river": (50, 300)}
    rows = "\n".join(f"{name} {500_000 + x} {330_000 + y}" for name, (x, y) in at.items())
    bend = "[VERTICES]\npipe 500060 330250\n"
    file = tmp_path / "placed.inp"
    file.write_text(MODEL.read_text() + f"\n[COORDINATES]\n{rows}\n{bend}")
    return file


def run(*words: str) -> str:
    return CliRunner().invoke(make_commands(), list(words), catch_exceptions=False).stdout


def test_every_element_becomes_an_entity_of_its_kind(placed: Path, tmp_path: Path) -> None:
    out = tmp_path / "sewers.json"
    said = run("assets", str(placed), "--crs", "EPSG:32648", "--out", str(out), "--json")
    assert json.loads(said) == {"entities": 12, "with_position": 7}
    entities = {one["id"]: one for one in json.loads(out.read_bytes())}
    tank = entities["urn:ngsi-ld:WasteWaterTank:ST-a"]
    assert tank["type"] == "WasteWaterTank"
    assert tank["storageCapacity"]["value"] == 2000
    lon, lat = tank["location"]["value"]["coordinates"]
    assert (lon, lat) == (pytest.approx(105.0, abs=1e-6), pytest.approx(2.985, abs=2e-3))
    pipe = entities["urn:ngsi-ld:WasteWaterConduit:SW-pipe"]
    assert len(pipe["location"]["value"]["coordinates"]) == 3
    assert pipe["endsAt"]["object"] == "urn:ngsi-ld:WasteWaterOutfall:OF-river"
    assert entities["urn:ngsi-ld:WasteWaterGate:GT-gate-a"]["startsAt"]["object"] == tank["id"]
    assert "location" not in entities["urn:ngsi-ld:WasteWaterTank:ST-b"]


def test_what_is_written_is_ngsi_ld(placed: Path, tmp_path: Path) -> None:
    out = tmp_path / "sewers.json"
    run("assets", str(placed), "--crs", "EPSG:32648", "--out", str(out))
    context = kota_context().with_terms(TERMS)
    for one in json.loads(out.read_bytes()):
        assert parse_entity(one, context, now=0).id == one["id"]


def test_a_model_is_summed_up() -> None:
    found = json.loads(run("network", str(MODEL), "--json"))
    assert (found["storages"], found["gates"], found["storage_m3"]) == (2, 2, 4000)


def test_coordinates_that_are_not_on_the_earth_are_refused(placed: Path, tmp_path: Path) -> None:
    for crs in ("EPSG:4326", "town metres"):
        with pytest.raises(InputError):
            run("assets", str(placed), "--crs", crs, "--out", str(tmp_path / "out.json"))
    assert not (tmp_path / "out.json").exists()
