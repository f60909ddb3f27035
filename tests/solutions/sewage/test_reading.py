"""SWMM files become sewers, and what is wrong in them is named."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kota.errors import InputError
from kota.solutions.sewage.network import Link
from kota.solutions.sewage.reading import read_sewers

MODEL = Path(__file__).parent / "two_basins.inp"


def spoilt(folder: Path, before: str, after: str) -> Path:
    text = MODEL.read_text()
    assert before in text
    file = folder / "spoilt.inp"
    file.write_text(text.replace(before, after, 1))
    return file


def test_a_model_is_read_with_its_volumes_and_capacities() -> None:
    sewers = read_sewers(MODEL)
    assert (len(sewers.nodes), len(sewers.links), sewers.gauges) == (6, 5, ("gauge",))
    assert sewers.nodes["a"].volume == pytest.approx(2000)
    assert sewers.area == pytest.approx(20)
    # Manning: 1.131 m² · 0.3^(2/3) · 0.02^(1/2) / 0.013
    assert sewers.links["pipe"].capacity == pytest.approx(5.5145, rel=1e-3)
    assert sewers.links["gate-a"].capacity is None


def test_american_units_become_metres(tmp_path: Path) -> None:
    sewers = read_sewers(spoilt(tmp_path, "CMS", "CFS"))
    assert sewers.nodes["a"].max_depth == pytest.approx(2 * 0.3048)
    assert sewers.nodes["a"].volume == pytest.approx(2000 * 0.3048**3)
    assert sewers.links["pipe"].length == pytest.approx(30.48)
    assert sewers.area == pytest.approx(20 * 0.40468564)


def test_a_store_by_curve_holds_what_lies_under_it(tmp_path: Path) -> None:
    row = "a                10         2          0          FUNCTIONAL 1000      0         0"
    curve = "[CURVES]\nbowl Storage 0 100\nbowl 1 300\n\n[STORAGE]\na 10 2 0 TABULAR bowl"
    file = spoilt(tmp_path, "[STORAGE]\n" + row, curve)
    assert read_sewers(file).nodes["a"].volume == pytest.approx(200 + 300)


def test_coordinates_and_bends_are_kept(tmp_path: Path) -> None:
    more = "[COORDINATES]\na 10 20\nriver 30 40\n[VERTICES]\npipe 1 2\npipe 3 4\n[TIMESERIES]"
    sewers = read_sewers(spoilt(tmp_path, "[TIMESERIES]", more))
    assert sewers.nodes["a"].at == (10, 20)
    assert sewers.nodes["x"].at is None
    assert sewers.links["pipe"].path == ((1, 2), (3, 4))


def test_offsets_may_be_elevations(tmp_path: Path) -> None:
    text = MODEL.read_text().replace("LINK_OFFSETS         DEPTH", "LINK_OFFSETS ELEVATION")
    file = tmp_path / "elevations.inp"
    row = "pipe             x                river            100        0.013"
    file.write_text(text.replace(f"{row}      0          0", f"{row} 7.5 *"))
    assert read_sewers(file).links["pipe"].drop == pytest.approx(2.5)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("HORTON", "HOLTAN", r"INFILTRATION HOLTAN is not one of HORTON"),
        (
            "north            30.0       5.0        4          7          0",
            "north 30.0 5.0",
            r"line 30: infiltration of 'north' has 2 values; HORTON needs 4",
        ),
        ("xa               x  ", "xa nowhere ", r"line 46: \[CONDUITS\] 'ca' leads to 'nowhere'"),
        (
            "river            5 ",
            "river deep ",
            r"line 39: \[OUTFALLS\] of 'river': 'deep' is no num",
        ),
        ("CMS", "KEGS", "FLOW_UNITS KEGS is not one of CFS"),
        ("FUNCTIONAL 1000", "TABULAR bowl", r"names curve 'bowl'; \[CURVES\] has none"),
        ("xb               8 ", "xa               8 ", r"line 35: 'xa' stands there twice"),
        ("[OUTFALLS]", "[OUTLETS]", r"has no \[OUTFALLS\]"),
        ("pipe             CIRCULAR", "pope             CIRCULAR", r"'pipe' has no row in \[XSEC"),
        ("south            gauge            b ", "south gauge q ", r"'south' drains into 'q'"),
    ],
)
def test_a_fault_is_named_with_its_line(tmp_path: Path, before: str, after: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        read_sewers(spoilt(tmp_path, before, after))


def test_a_row_that_names_its_own_method_is_judged_by_that(tmp_path: Path) -> None:
    row = "north            30.0       5.0        4          7          0"
    assert read_sewers(spoilt(tmp_path, row, "north 80 0.5 7 CURVE_NUMBER")).infiltration
    with pytest.raises(InputError, match="CURVE_NUMBER needs 3"):
        read_sewers(spoilt(tmp_path, row, "north 80 0.5 CURVE_NUMBER"))


def test_what_is_no_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_sewers(tmp_path / "absent.inp")
    other = tmp_path / "other.inp"
    other.write_text("hello")
    with pytest.raises(InputError, match="has no sections"):
        read_sewers(other)


@given(st.floats(0.1, 5), st.floats(0.0005, 0.1), st.floats(1.1, 4))
def test_a_wider_or_steeper_pipe_carries_more(height: float, drop: float, more: float) -> None:
    def capacity(height: float, drop: float) -> float:
        pipe = Link("a", "conduit", "x", "y", 10, 0.013, "CIRCULAR", height, drop=drop)
        assert pipe.capacity is not None
        return pipe.capacity

    base = capacity(height, drop)
    assert capacity(height * more, drop) == pytest.approx(base * math.pow(more, 8 / 3))
    assert capacity(height, drop * more) == pytest.approx(base * math.sqrt(more))
