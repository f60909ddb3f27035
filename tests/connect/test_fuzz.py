"""Files that people write by hand, broken in every way: refused with their place, or read."""

from __future__ import annotations

import contextlib
import gzip
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kota.connect.asset_format import AssetTable
from kota.connect.assets import read_assets
from kota.connect.device_table import check_devices, read_device_rows
from kota.connect.profile import parse_profile
from kota.connect.profile_format import EntityTable
from kota.connect.row_source import open_rows
from kota.connect.table import Table
from kota.connect.table_map import parse_map
from kota.connect.toml_source import TomlSource
from kota.errors import ConfigurationError, ConnectError
from kota.model.jsonld import kota_context

PROFILE = """id = "logger"
topic = "/{apikey}/{device}/attrs"
format = "tts-v3"
rest = "keep"
admit = "any"
interval = 60
[entity]
type = "Junction"
id = "urn:ngsi-ld:Junction:{device}"
scope = ["/town"]
[time]
from = "$.meta.time[0]"
format = "unix-ms"
zone = "Asia/Jakarta"
[[attribute]]
name = "pressure"
from = "p"
unit = "MTR"
scale = 0.1
valid = [0, 120]
[[attribute]]
name = "location"
kind = "GeoProperty"
lon = "x"
lat = "y"
when = {apikey = "k"}
[[constant]]
name = "name"
value = "N"
[[codec]]
port = 2
[[codec.field]]
name = "p"
at = 0
type = "u16be"
bits = [0, 4]
"""
MAP = """layout = "wide"
topic = "/a/{column}"
[entity]
type = "T"
id = "urn:t:{column}"
[time]
column = "time"
format = "%Y-%m-%d"
zone = "Europe/Berlin"
repeated = "first"
gap = "shift"
[csv]
decimal = ","
delimiter = ";"
missing = ["-"]
[[attribute]]
name = "p"
from = "{station}_p"
"""
JUNK = [
    "", "=", "x", "x = ", "[", "[[", "[x", "[[attribute]]", "[attribute]", "[time]", "[entity]",
    '"', "'''", '"""', "= 1", "id = 3", 'name = ""', "type = []", "from = 5", 'from = "a..b"',
    "valid = [1]", "valid = [3, 1]", 'zone = "x"', "scale = nan", "at = 99999999999999999999",
    'topic = "#/a"', 'topic = ["a", 3]', "bits = [9, 9]", "interval = -1", 'format = "%Q"',
    'encoding = "x"', "x.y.z = 1", "\x00", "é = 1", 'zone = "../../etc/passwd"', 'zone = ""',
]  # fmt: skip


def broken(text: str, seed: int) -> str:
    rng = random.Random(seed)
    lines = text.splitlines()
    for _ in range(rng.randint(1, 3)):
        at = rng.randrange(len(lines))
        change = rng.randrange(5)
        if change == 0:
            del lines[at]
        elif change == 1:
            lines.insert(at, rng.choice(JUNK))
        elif change == 2:
            lines[at] = lines[at].partition("=")[0] + rng.choice(JUNK)
        elif change == 3:
            lines.insert(at, rng.choice(lines))
        else:
            cut = rng.randint(0, len(lines[at]))
            lines[at] = lines[at][:cut]
    return "\n".join(lines)


@given(st.integers(0, 2**32))
def test_a_broken_profile_is_refused_with_its_line(seed: int) -> None:
    try:
        parse_profile(TomlSource(Path("p.toml"), broken(PROFILE, seed)), kota_context())
    except ConfigurationError as error:
        if not error.message.startswith("p.toml line "):
            raise AssertionError(error.message) from error


@given(st.integers(0, 2**32))
def test_a_broken_map_is_refused_with_its_line(seed: int) -> None:
    try:
        parse_map(TomlSource(Path("m.toml"), broken(MAP, seed)), kota_context())
    except ConfigurationError as error:
        if not error.message.startswith("m.toml line "):
            raise AssertionError(error.message) from error


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz")


ROWS = st.lists(st.text(alphabet='at1;,"\n\r é.x\0-', max_size=12), max_size=8).map("\n".join)


@given(
    content=st.binary(max_size=80) | ROWS.map(lambda text: f"time;a_p;b\n{text}".encode()),
    name=st.sampled_from(["x.csv", "x.csv.gz", "x.parquet"]),
    zipped=st.booleans(),
)
def test_a_broken_table_is_refused_or_counted(
    folder: Path, content: bytes, name: str, zipped: bool
) -> None:
    path = folder / name
    path.write_bytes(gzip.compress(content) if zipped else content)
    mapping = parse_map(TomlSource(Path("m.toml"), MAP), kota_context())
    with (
        contextlib.suppress(ConnectError, ConfigurationError),
        open_rows(path, mapping.table.csv) as rows,
    ):
        table = Table(mapping, path, rows.columns)
        for _ in table.steps(rows):
            pass


@given(content=st.binary(max_size=60) | ROWS.map(lambda text: f"id,lon,lat\n{text}".encode()))
def test_a_broken_table_of_devices_is_refused_or_counted(folder: Path, content: bytes) -> None:
    path = folder / "devices.csv"
    path.write_bytes(content)
    with contextlib.suppress(ConnectError):
        check_devices(read_device_rows(path), [])


@given(
    content=st.binary(max_size=60) | ROWS.map(lambda text: f"id,lon,lat\n{text}".encode()),
    name=st.sampled_from(["a.csv", "a.geojson", "a.gpkg", "a.shp", "a.csv.gz"]),
)
def test_a_broken_file_of_assets_is_refused_or_counted(
    folder: Path, content: bytes, name: str
) -> None:
    path = folder / name
    path.write_bytes(content)
    with contextlib.suppress(ConnectError, ConfigurationError):
        read_assets(path, AssetTable(entity=EntityTable(type="T"), rest="keep"), kota_context())
