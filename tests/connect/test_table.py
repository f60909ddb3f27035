from __future__ import annotations

import gzip
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kota.connect.row_source import open_rows
from kota.connect.table import Step, Table, Tally, batches, refuse_faults
from kota.connect.table_map import TableMap, load_map, parse_map
from kota.connect.toml_source import TomlSource
from kota.errors import ConfigurationError, ConnectError
from kota.model.instant import parse
from kota.model.jsonld import kota_context
from kota.model.terms import LOCATION

EXPAND = kota_context().expand
ENTITY = '[entity]\ntype = "T"\nid = "urn:t:{s}"\n'
LONG = ENTITY + '[time]\ncolumn = "time"\nzone = "Asia/Jakarta"\n'
WIDE = 'layout = "wide"\n[entity]\ntype = "T"\nid = "urn:t:{column}"\n[time]\ncolumn = "time"\n'


def mapped(text: str, path: Path = Path("map.toml")) -> TableMap:
    return parse_map(TomlSource(path, text), kota_context())


def read(path: Path, text: str) -> tuple[list[Step], Tally]:
    mapping = mapped(text, path.parent / "map.toml")
    with open_rows(path, mapping.table.csv) as rows:
        table = Table(mapping, path, rows.columns)
        return list(table.steps(rows)), table.tally


@pytest.fixture
def csv(tmp_path: Path) -> Callable[..., Path]:
    def write(text: str, name: str = "data.csv") -> Path:
        path = tmp_path / name
        raw = text.encode()
        path.write_bytes(gzip.compress(raw) if name.endswith(".gz") else raw)
        return path

    return write


def values(steps: list[Step], attribute: str) -> list[tuple[str, int, Any]]:
    name = EXPAND(attribute)
    return [
        (patch.entity_id, step.at, patch.attrs[name][0].value)
        for step in steps
        for patch in step.patches
        if name in patch.attrs
    ]


def test_a_long_table_gives_one_entity_a_row(csv: Callable[..., Path]) -> None:
    path = csv("time,s,v\n2026-01-01 07:00,a,1.5\n2026-01-01 08:00,b,\n2026-01-01 08:00,b,NA\n")
    steps, tally = read(path, LONG + '[[attribute]]\nname = "p"\nfrom = "v"\nunit = "MTR"')
    assert values(steps, "p") == [("urn:t:a", parse("2026-01-01T00:00:00Z"), 1.5)]
    assert (tally.rows, tally.observations, tally.missing) == (3, 1, 2)


def test_a_wide_table_gives_one_entity_a_column(csv: Callable[..., Path]) -> None:
    path = csv("time,x,y\n2026-01-01T00:00Z,1,2\n2026-01-01T01:00Z,,4\n", "data.csv.gz")
    steps, tally = read(path, WIDE + '[[attribute]]\nname = "p"\ntype = "integer"')
    first, second = parse("2026-01-01T00:00:00Z"), parse("2026-01-01T01:00:00Z")
    assert values(steps, "p") == [
        ("urn:t:x", first, 1), ("urn:t:y", first, 2), ("urn:t:y", second, 4),
    ]  # fmt: skip
    assert (tally.rows, tally.observations, tally.missing) == (2, 3, 1)


def test_columns_of_a_wide_table_are_told_apart_by_pattern(csv: Callable[..., Path]) -> None:
    path = csv("DATETIME;L_T1;F_PU1;S_PU1;ATT\n06/01/14 00;0,5;1.234,5;1;-999\n")
    text = (
        'layout="wide"\n[csv]\ndecimal=","\n[entity]\ntype="T"\nid="urn:t:{what}"\n'
        '[time]\ncolumn="DATETIME"\nformat="%d/%m/%y %H"\n'
        '[[attribute]]\nname="level"\nfrom="L_{what}"\nunit="MTR"\n'
        '[[attribute]]\nname="flow"\nfrom="F_{what}"\nunit="LTR"\n'
        '[[attribute]]\nname="status"\nfrom="S_{what}"\nvalues={"0"="off","1"="on"}\n'
    )
    steps, tally = read(path, text)
    at = parse("2014-01-06T00:00:00Z")
    assert values(steps, "level") == [("urn:t:T1", at, 0.5)]
    assert values(steps, "flow") == [("urn:t:PU1", at, 1234.5)]
    assert values(steps, "status") == [("urn:t:PU1", at, "on")]
    assert [len(step.patches) for step in steps] == [2]
    assert tally.observations == 3


def test_tall_tables_go_by_the_text_of_a_column(csv: Callable[..., Path]) -> None:
    path = csv("time,s,what,value\n0,a,p,1\n0,a,q,2\n")
    steps, _ = read(
        path,
        ENTITY + '[time]\ncolumn="time"\nformat="unix"\n'
        '[[attribute]]\nname="p"\nfrom="value"\nwhen={what="p"}\n'
        '[[attribute]]\nname="q"\nfrom="value"\nwhen={what="q"}\n',
    )
    assert values(steps, "p") == [("urn:t:a", 0, 1)]
    assert values(steps, "q") == [("urn:t:a", 0, 2)]


def test_parquet_is_read_with_its_types(tmp_path: Path) -> None:
    path = tmp_path / "data.parquet"
    table = pa.table(
        {
            "time": [datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)],
            "s": [1, 2],
            "v": [float("nan"), 2.5],
            "d": [Decimal("1.50"), None],
        }
    )
    pq.write_table(table, path)
    steps, tally = read(path, LONG + '[[attribute]]\nname="v"\n[[attribute]]\nname="d"')
    assert values(steps, "v") == [("urn:t:2", parse("2026-01-02T00:00:00Z"), 2.5)]
    assert values(steps, "d") == [("urn:t:1", parse("2026-01-01T00:00:00Z"), 1.5)]
    assert tally.missing == 2


def test_repeated_and_left_out_hours_are_counted(csv: Callable[..., Path]) -> None:
    path = csv("time,x\n2018-04-01 02:00,1\n2018-04-01 02:00,2\n2018-10-07 02:00,3\n")
    text = WIDE + 'zone="Australia/Melbourne"\n[[attribute]]\nname="p"\n'
    steps, tally = read(path, text)
    assert [step.at for step in steps] == [
        parse("2018-03-31T15:00:00Z"), parse("2018-03-31T16:00:00Z"),
    ]  # fmt: skip
    assert tally.skipped == 1
    _, tally = read(path, text.replace("[[", 'repeated="uncertain"\ngap="refuse"\n[['))
    assert (tally.doubtful, tally.faults) == (2, 1)
    assert "data.csv line 4: 2018-10-07 02:00:00 does not exist" in tally.shown[0]


def test_references_bring_what_does_not_change(csv: Callable[..., Path]) -> None:
    csv("id,lat,lon,label\nx,-37.8,144.9,Bridge\n", "sensors.csv")
    path = csv("time,x,y\n2026-01-01T00:00Z,1,2\n2026-01-01T01:00Z,1,2\n")
    steps, _ = read(
        path,
        WIDE + '[[attribute]]\nname="p"\n[[reference]]\nfile="sensors.csv"\nkey="id"\n'
        'equals="{column}"\n[[reference.attribute]]\nname="name"\nfrom="label"\ntype="text"\n'
        '[[reference.attribute]]\nname="location"\nkind="GeoProperty"\nlon="lon"\nlat="lat"\n',
    )
    first, other = steps[0].patches
    assert first.attrs[LOCATION][0].value == {"type": "Point", "coordinates": [144.9, -37.8]}
    assert first.attrs[LOCATION][0].observed_at is None
    assert first.attrs[EXPAND("name")][0].value == "Bridge"
    assert list(other.attrs) == list(steps[1].patches[0].attrs) == [EXPAND("p")]


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("2026-01-01 07:00,a,x", "line 2: column 'v': 'x' is not a number"),
        ("yesterday,a,1", "line 2: 'yesterday' is not a time as ISO 8601 has it"),
        (",a,1", "line 2: no time"),
        ("2026-01-01 07:00,,1", "line 2: no value for the entity's id 'urn:t:{s}'"),
        ("2026-01-01 07:00,a", "line 2: 2 cells for 3 columns"),
    ],
)
def test_a_fault_names_its_line_and_leaves_the_rest(
    csv: Callable[..., Path], row: str, fault: str
) -> None:
    path = csv(f"time,s,v\n{row}\n2026-01-01 08:00,a,2\n")
    steps, tally = read(path, LONG + '[[attribute]]\nname="p"\nfrom="v"\nunit="MTR"')
    assert tally.shown == [f"data.csv {fault}"]
    assert [value for _, _, value in values(steps, "p")] == [2]
    with pytest.raises(ConnectError, match="1 faults in all, nothing was taken in"):
        refuse_faults(tally)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (LONG, "map.toml: the key 'attribute' is missing"),
        (LONG.replace("urn:t:{s}", "{s}") + '[[attribute]]\nname="v"', "line 3: id: no template"),
        (LONG.replace("Jakarta", "Atlantis") + '[[attribute]]\nname="v"', "line 6: zone"),
        (LONG + 'format="isoo"\n[[attribute]]\nname="v"', "line 7: format: 'isoo' is unknown"),
        (LONG + '[csv]\ndecimal=";"\n[[attribute]]\nname="v"', "line 8: decimal"),
        (LONG + '[csv]\nencoding="utf8000"\n[[attribute]]\nname="v"', "line 8: encoding: unknown"),
        (LONG + '[[attribute]]\nname="v"\nvalid=[2,1]', "line 9: valid: [2.0, 1.0] is no range"),
        (LONG + '[[attribute]]\nname="v"\nfrom="w"', "line 9: from: data.csv has no column 'w'"),
        (LONG + '[[attribute]]\nname="v"\nwhen={w="1"}', "line 9: when: data.csv has no column"),
        (
            LONG + '[[attribute]]\nname="v"\n[[reference]]\nfile="none.csv"\nkey="s"',
            "line 10: file: there is no file",
        ),
    ],
)
def test_a_wrong_map_names_its_line(csv: Callable[..., Path], text: str, message: str) -> None:
    path = csv("time,s,v\n")
    with pytest.raises(ConfigurationError) as caught:
        read(path, text)
    assert message.replace("map.toml: ", "") in str(caught.value)
    assert "map.toml line" in str(caught.value)


@pytest.mark.parametrize(
    ("content", "name", "reason"),
    [
        (b"", "x.csv", "the first line has no column names"),
        (b"a,a\n", "x.csv", "the column 'a' occurs twice"),
        (b"a,b\n\xff,1\n", "x.csv", "not utf-8"),
        (b"no gzip", "x.csv.gz", "Not a gzipped file"),
        (gzip.compress(b"a,b\n" + bytes(9000))[:-20], "x.csv.gz", "ended before"),
        (gzip.compress(b"a,b\n")[:12] + b"\xff" * 9, "x.csv.gz", "x.csv.gz: "),
        (b"no parquet", "x.parquet", "not a Parquet file"),
    ],
)
def test_a_broken_file_is_refused(tmp_path: Path, content: bytes, name: str, reason: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ConnectError, match=reason), open_rows(path) as rows:
        list(rows.rows)


def test_batches_hold_about_as_many_as_asked_for(csv: Callable[..., Path]) -> None:
    path = csv("time,x,y\n" + "".join(f"{i},1,2\n" for i in range(5)))
    steps, _ = read(path, WIDE + 'format="unix"\n[[attribute]]\nname="p"')
    assert [len(batch) for batch in batches(steps, 4)] == [4, 4, 2]


def test_the_example_maps_a_year_of_counts(tmp_path: Path, repository: Path) -> None:
    (tmp_path / "sensors.csv").write_text(
        "sensor_id,name,latitude,longitude\n39,Alfred Place,-37.8,144.9\n"
    )
    path = tmp_path / "counts.csv"
    path.write_text("local_time,39\n2018-01-01 00:00:00,\n2018-01-01 01:00:00,12\n")
    mapping = load_map(repository / "examples" / "melbourne.toml", kota_context())
    with open_rows(path) as rows:
        (step,) = Table(mapping, path, rows.columns).steps(rows)
    (patch,) = step.patches
    assert patch.entity_id == "urn:ngsi-ld:CrowdFlowObserved:melbourne:39"
    assert patch.types == (EXPAND("CrowdFlowObserved"),)
    assert patch.attrs[EXPAND("peopleCount")][0].value == 12
    assert patch.attrs[EXPAND("name")][0].value == "Alfred Place"
    assert step.at == parse("2018-01-01T01:00:00+11:00")
