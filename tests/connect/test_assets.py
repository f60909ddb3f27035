from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pyogrio
import pytest

from kota.clock import WallClock
from kota.connect.asset_diff import difference
from kota.connect.asset_format import AssetTable, GeometryColumns
from kota.connect.assets import Assets, load_asset_table, read_assets, refuse_asset_faults
from kota.connect.profile_format import AttributeTable, EntityTable
from kota.connect.sinks import StoreSink
from kota.context.ingest import Ingest
from kota.errors import ConfigurationError, ConnectError
from kota.model.jsonld import kota_context
from kota.model.terms import LOCATION
from kota.store.history.duckdb import DuckHistory
from kota.store.state.sqlite import SqliteState

EXPAND = kota_context().expand
VALVE = EntityTable(type="Valve")
SINGAPORE = (28001.642, 38744.572)
"""Metres of the origin of SVY21 (EPSG:3414), which is defined as 1°22′ N, 103°50′ E."""
ORIGIN = (103 + 50 / 60, 1 + 22 / 60)


def read(path: Path, **table: Any) -> Assets:
    return read_assets(path, AssetTable(entity=VALVE, **table), kota_context())


def geojson(path: Path, *features: dict[str, Any], **members: Any) -> Path:
    path.write_text(
        json.dumps({"type": "FeatureCollection", "features": list(features), **members})
    )
    return path


def feature(geometry: Any, **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "geometry": geometry, "properties": properties}


POINT = {"type": "Point", "coordinates": [103.8, 1.3]}


def test_a_feature_becomes_an_entity(tmp_path: Path) -> None:
    path = geojson(tmp_path / "v.geojson", feature(POINT, nr=7.0, dia=150, **{"odd (mm)": "x"}))
    table = AssetTable(
        entity=VALVE,
        key="nr",
        rest="keep",
        attribute=(AttributeTable(name="diameter", source="dia", unit="MMT"),),
    )
    (patch,) = read_assets(path, table, kota_context()).patches
    assert patch.entity_id == "urn:ngsi-ld:Valve:7"
    assert patch.types == (EXPAND("Valve"),)
    assert {name: one.value for name, (one,) in patch.attrs.items()} == {
        EXPAND("diameter"): 150,
        EXPAND("odd_mm"): "x",
        LOCATION: POINT,
        EXPAND("source"): "v.geojson",
    }
    assert patch.attrs[EXPAND("diameter")][0].unit_code == "MMT"


def test_a_csv_in_metres_is_brought_to_degrees(tmp_path: Path) -> None:
    path = tmp_path / "v.csv"
    path.write_text(f"id,X,Y,name\na,{SINGAPORE[0]},{SINGAPORE[1]},Main\n")
    (patch,) = read(path, key="id", crs="EPSG:3414", rest="keep").patches
    lon, lat = patch.attrs[LOCATION][0].value["coordinates"]
    assert (lon, lat) == pytest.approx(ORIGIN, abs=1e-7)
    assert patch.attrs[EXPAND("name")][0].value == "Main"


def test_a_csv_with_degrees_needs_no_system(tmp_path: Path) -> None:
    path = tmp_path / "v.csv"
    path.write_text("code;Longitude;Latitude\n007;103.8;1.3\n")
    (patch,) = read(path, key="code").patches
    assert patch.entity_id == "urn:ngsi-ld:Valve:007"
    assert patch.attrs[LOCATION][0].value == POINT


def test_a_csv_may_hold_well_known_text(tmp_path: Path) -> None:
    path = tmp_path / "v.csv"
    path.write_text('id,shape\na,"LINESTRING (103.8 1.3, 103.9 1.3)"\nb,nonsense\nc,\n')
    assets = read(path, key="id", crs="EPSG:4326", geometry=GeometryColumns(wkt="shape"))
    line, empty = assets.patches
    assert line.attrs[LOCATION][0].value["type"] == "LineString"
    assert LOCATION not in empty.attrs
    (fault,) = assets.faults
    assert fault.startswith("v.csv line 3: no geometry: ")


@pytest.mark.parametrize("suffix", ["gpkg", "shp"])
def test_files_of_a_gis_are_read(tmp_path: Path, suffix: str) -> None:
    import numpy as np
    import shapely

    path = tmp_path / f"v.{suffix}"
    pyogrio.raw.write(
        path,
        geometry=np.array([shapely.to_wkb(shapely.Point(*SINGAPORE))], dtype=object),
        field_data=[np.array([12]), np.array([1.5])],
        fields=np.array(["nr", "depth"]),
        geometry_type="Point",
        crs="EPSG:3414",
    )
    (patch,) = read(path, key="nr", rest="keep").patches
    assert patch.entity_id == "urn:ngsi-ld:Valve:12"
    assert patch.attrs[EXPAND("depth")][0].value == 1.5
    coordinates = patch.attrs[LOCATION][0].value["coordinates"]
    assert coordinates == pytest.approx(ORIGIN, abs=1e-7)


def test_without_pyogrio_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "v.gpkg"
    path.write_bytes(b"")
    monkeypatch.setitem(sys.modules, "pyogrio", None)
    with pytest.raises(ConnectError, match=r"need pyogrio; install it with: pip install 'kota"):
        read(path)


def test_without_a_key_the_geometry_tells_features_apart(tmp_path: Path) -> None:
    other = {"type": "Point", "coordinates": [103.9, 1.3]}
    path = geojson(tmp_path / "v.json", feature(POINT), feature(other), feature(POINT, x=1))
    assets = read(path)
    first, second = (patch.entity_id for patch in assets.patches)
    assert first != second
    assert [p.entity_id for p in read(geojson(path, feature(other))).patches] == [second]
    assert assets.faults == [f"v.json feature 3: the same id as v.json feature 1: {first}"]


@pytest.mark.parametrize(
    ("item", "fault"),
    [
        (feature({"type": "Point"}, nr=1), "no GeoJSON geometry"),
        (feature({"type": "Blob", "coordinates": []}, nr=1), "no GeoJSON geometry"),
        (feature(POINT), "column 'nr': no key"),
        (feature({"type": "Point", "coordinates": [500, 1]}, nr=1), "not on Earth; is the coord"),
        (
            feature(
                {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]}, nr=1
            ),
            "its geometry is not valid: Self-intersection",
        ),
        (3, "not a GeoJSON feature"),
    ],
)
def test_a_faulty_feature_is_named_and_left_out(
    tmp_path: Path, item: dict[str, Any], fault: str
) -> None:
    path = geojson(tmp_path / "v.json", item, feature(POINT, nr=2))
    assets = read(path, key="nr")
    assert [patch.entity_id for patch in assets.patches] == ["urn:ngsi-ld:Valve:2"]
    (found,) = assets.faults
    assert found.startswith("v.json feature 1: ")
    assert fault in found
    with pytest.raises(ConnectError, match="1 faults in all, nothing was taken in"):
        refuse_asset_faults(assets)


def test_an_old_geojson_may_name_its_system(tmp_path: Path) -> None:
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::3414"}}
    path = geojson(
        tmp_path / "v.json", feature({"type": "Point", "coordinates": SINGAPORE}), crs=crs
    )
    (patch,) = read(path).patches
    coordinates = patch.attrs[LOCATION][0].value["coordinates"]
    assert coordinates == pytest.approx(ORIGIN, abs=1e-7)


@pytest.mark.parametrize(
    ("name", "text", "table", "message"),
    [
        ("v.csv", "id,x,y\n", {}, "does not say its coordinate system; name it with --crs"),
        ("v.csv", "id,x,y\n", {"crs": "EPSG:1"}, "'EPSG:1' is no coordinate system"),
        ("v.csv", "id,lon,lat\n", {"key": "nr"}, "has no column 'nr'; it has id, lon, lat"),
        ("v.csv", "id\n", {"geometry": GeometryColumns(x="a", y="b")}, "has no column 'a'"),
        ("v.json", "{", {}, "not JSON"),
        ("v.json", "[]", {}, "not a GeoJSON FeatureCollection"),
        ("v.doc", "", {}, ".doc is no known sort of file"),
        ("v.gpkg", "no package", {}, "v.gpkg"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused(
    tmp_path: Path, name: str, text: str, table: dict[str, Any], message: str
) -> None:
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises((ConnectError, ConfigurationError)) as caught:
        read(path, **table)
    assert message in str(caught.value)


def test_a_map_of_assets_is_checked(tmp_path: Path) -> None:
    path = tmp_path / "map.toml"
    path.write_text('crs = "EPSG:1"\n[entity]\ntype = "Valve"\n')
    with pytest.raises(ConfigurationError, match=r"map\.toml line 1: crs: 'EPSG:1' is no coord"):
        load_asset_table(path)


async def test_a_second_import_changes_nothing(
    tmp_path: Path, store: SqliteState, history: DuckHistory
) -> None:
    sink = StoreSink(store, history, Ingest(store, WallClock()))
    path = tmp_path / "v.json"
    other = {"type": "Point", "coordinates": [103.9, 1.3]}

    async def run(*features: dict[str, Any]) -> tuple[int, list[list[str]], int, list[str]]:
        assets = read(geojson(path, *features), key="nr", rest="keep")
        found = difference(assets, await sink.present(assets.types))
        await sink.put(found.patches)
        changed = [change.attributes for change in found.changed]
        return len(found.created), changed, found.unchanged, found.removed

    both = feature(POINT, nr=1, dia=100), feature(other, nr=2, dia=1.0)
    assert await run(*both) == (2, [], 0, [])
    assert await run(*both) == (0, [], 2, [])
    moved = feature(other, nr=1, dia=100), feature(other, nr=2, dia=1.0)
    assert await run(*moved) == (0, [[LOCATION]], 1, [])
    assert await run(moved[0]) == (0, [], 1, ["urn:ngsi-ld:Valve:2"])
    await sink.remove(["urn:ngsi-ld:Valve:2"])
    assert await run(moved[0]) == (0, [], 1, [])
